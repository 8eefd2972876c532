"""A small OpenID Connect provider for tests: real HTTP, real keys, and the lies a test wants."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlencode

import jwt
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "observatoire", "pas un secret: d'essai"
Claims = dict[str, Any]


def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(claims: Claims, key: Any, algorithm: str, **header: object) -> str:
    """Sign claims as they are: the library's own writer refuses those that make no sense."""
    return jwt.PyJWS().encode(json.dumps(claims).encode(), key, algorithm, header)


def ends_redirect(uri: str, query: dict[str, str]) -> RedirectResponse:
    return RedirectResponse(f"{uri}?{urlencode(query)}", 302)


@dataclass
class Provider:
    """What a provider is and does; a test changes it before a browser comes.

    Attributes
    ----------
    subject
        Who is there.
    change
        Changes the claims of the next tokens.
    sign
        Writes a token from claims; a test's own forges.
    declines, asks, is_down
        The person refuses; is asked on a page; the server answers 500 to all.
    redirects
        The addresses where browsers may be sent back.
    """

    port: int
    subject: str = "s-001"
    change: Callable[[Claims], None] = lambda claims: None
    sign: Callable[[Claims], str] | None = None
    declines: bool = False
    asks: bool = False
    is_down: bool = False
    redirects: list[str] = field(default_factory=list)
    rsa: rsa.RSAPrivateKey = field(default_factory=rsa_key)
    ec: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    kid: str = "r1"
    about: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        # another site than localhost for the browser, as a provider is
        return f"http://127.0.0.1:{self.port}/realms/essai"

    def reset(self) -> None:
        self.change, self.sign, self.subject = (lambda claims: None), None, "s-001"
        self.declines = self.asks = self.is_down = False
        self.about = {}

    # --- tokens ------------------------------------------------------------------------------

    def by_rsa(self, claims: Claims, **header: object) -> str:
        return signed(claims, self.rsa, "RS256", kid=self.kid, **header)

    def by_ec(self, claims: Claims, kid: str = "e1") -> str:
        return signed(claims, self.ec, "ES256", kid=kid)

    def by_public_key_as_secret(self, claims: Claims) -> str:
        """HS256, with what everybody knows for a secret: the library would not write it."""
        pem = self.rsa.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        head = {"alg": "HS256", "typ": "JWT", "kid": self.kid}
        body = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}"
        return f"{body}.{b64(hmac.new(pem, body.encode(), 'sha256').digest())}"

    def unsigned(self, claims: Claims) -> str:
        return signed(claims, None, "none", kid=self.kid)

    def claims(self, nonce: str) -> Claims:
        now = int(time.time())
        made = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
        }
        self.change(made)
        return made

    # --- addresses ---------------------------------------------------------------------------

    def discovery(self, _request: Request) -> Response:
        known = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?realm=essai",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        return JSONResponse(known | self.about)

    def keys(self, _request: Request) -> Response:
        rsa_jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.rsa.public_key()))
        ec_jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.ec.public_key()))
        return JSONResponse(
            {"keys": [rsa_jwk | {"kid": self.kid, "use": "sig"}, ec_jwk | {"kid": "e1"}]}
        )

    def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["realm"] == "essai"
        assert asked["client_id"] == CLIENT
        assert asked["redirect_uri"] in self.redirects
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        if self.asks and "yes" not in asked:
            here = f"{request.url}&yes=1".replace("&", "&amp;")
            return HTMLResponse(f'<!doctype html><title>x</title><a href="{here}">Je suis moi</a>')
        if self.declines:
            said = {"error": "access_denied", "error_description": "non", "state": asked["state"]}
            return ends_redirect(asked["redirect_uri"], said)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return ends_redirect(asked["redirect_uri"], {"code": code, "state": asked["state"]})

    async def token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await self._form(request)).items()}
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if (
            asked is None
            or asked["code_challenge"] != b64(digest)
            or asked["redirect_uri"] != form["redirect_uri"]
            or not self._is_client(request, form)
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        claims = self.claims(asked["nonce"])
        made = (self.sign or self.by_rsa)(claims)
        self.tokens.append(made)
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": made})

    async def _form(self, request: Request) -> dict[str, str]:
        pairs = (pair.partition("=") for pair in (await request.body()).decode().split("&"))
        return {name: unquote(value.replace("+", " ")) for name, _, value in pairs}

    def _is_client(self, request: Request, form: dict[str, str]) -> bool:
        given = request.headers.get("authorization", "")
        if not given:
            return form.get("client_id") == CLIENT
        name, _, secret = base64.b64decode(given.removeprefix("Basic ")).decode().partition(":")
        return (unquote(name), unquote(secret)) == (CLIENT, SECRET)

    # --- what a broken server answers ----------------------------------------------------------

    def large(self, _request: Request) -> Response:
        return JSONResponse({"x": "y" * 2**20})

    def away(self, _request: Request) -> Response:
        return RedirectResponse(f"{self.issuer}/keys", 302)

    def words(self, _request: Request) -> Response:
        return HTMLResponse("<p>bonjour")

    def squeezed(self, _request: Request) -> Response:
        return Response(b"\x1f\x8b", headers={"content-encoding": "gzip"})

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.asked.append(scope["path"])
            if self.is_down:
                await Response(status_code=500)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def __post_init__(self) -> None:
        names = ("authorize", "token", "keys", "large", "away", "words", "squeezed")
        routes = [
            Route(f"/realms/essai/{name}", getattr(self, name), methods=["GET", "POST"])
            for name in names
        ]
        known = "/realms/essai/.well-known/openid-configuration"
        self._app = Starlette(routes=[*routes, Route(known, self.discovery)])


@contextmanager
def provided() -> Iterator[Provider]:
    """Serve a provider on a free port of 127.0.0.1 for as long as it is wanted."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen(64)
        made = Provider(held.getsockname()[1])
        config = uvicorn.Config(made, log_level="critical", lifespan="off", access_log=False)
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [held]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield made
        finally:
            server.should_exit = True
            thread.join(30)
