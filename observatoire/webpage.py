"""The page around the app: Streamlit's `index.html` in French, and the headers of every answer.

Streamlit's own page says `lang="en"`, speaks English without JavaScript and carries no security
header; it is rewritten once, when the app is made.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from observatoire.component.shelf import asset_url, leaflet_url, own_assets
from observatoire.labels import read_words

# What is said aloud, dates and numbers follow the page, not the reader's browser.
_LOCALE = (
    "<script>for(const [name,value] of Object.entries({language:'fr-FR',languages:['fr-FR','fr']}))"
    "Object.defineProperty(navigator,name,{value,configurable:true})</script>"
)
HSTS_S = 31536000  # a year
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def french_page() -> str:
    """Return Streamlit's page with its language, title, icon and words without JavaScript.

    Streamlit's own widgets speak the language of `navigator.language`: it is the page's here.

    Raises
    ------
    RuntimeError
        When Streamlit's page is no longer what is rewritten here.
    """
    words = read_words("serveur")
    page = (resources.files("streamlit") / "static" / "index.html").read_text("utf-8")
    title, sentence = html.escape(words("title")), html.escape(words("noscript"))
    icon = asset_url("favicon.svg")
    for pattern, replacement in (
        (r'<html lang="en">', '<html lang="fr">'),
        (r"<title>.*?</title>", f"<title>{title}</title>"),
        (r'<link rel="shortcut icon"[^>]*>', f'<link rel="icon" href="{icon}">'),
        (r"<!--\s*Machine-readable.*?-->\s*<link rel=\"service-desc\"[^>]*>", ""),
        (r"<head>", f"<head>{_LOCALE}"),
        (r"</head>", f"{_preloads()}</head>"),
        (r"<noscript>.*?</noscript>", f"<noscript><p>{sentence}</p></noscript>"),
    ):
        page = _replace_once(page, pattern, replacement)
    return page


def _preloads() -> str:
    """Ask for the map's files while Streamlit starts: the browser keeps them for ever after."""
    urls = [asset_url(name) for name in own_assets()[1] if name.endswith(".js")]
    urls.append(leaflet_url("leaflet.js"))
    return "".join(f'<link rel="modulepreload" href="{url}">' for url in urls)


def _replace_once(page: str, pattern: str, replacement: str) -> str:
    found = list(re.finditer(pattern, page, re.DOTALL))
    if len(found) != 1:
        raise RuntimeError(f"Streamlit's page changed: {pattern} found {len(found)} times")
    return page[: found[0].start()] + replacement + page[found[0].end() :]


def security_headers(page: str, *, secure: bool = False) -> dict[str, str]:
    """Return the headers of every answer: nothing is ever asked of another machine.

    Scripts come from this server, from Streamlit's own page (by hash) and from the small module
    Streamlit makes of a component (`blob:`). Styles are written inline by Streamlit. `secure`:
    readers come by TLS, and their browsers must never come otherwise.
    """
    scripts = " ".join(f"'sha256-{_digest(text)}'" for text in _INLINE_SCRIPT.findall(page))
    policy = {
        "default-src": "'self'",
        "script-src": f"'self' blob: 'wasm-unsafe-eval' {scripts}".strip(),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "worker-src": "'self' blob:",
        "frame-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    only_tls = {"strict-transport-security": f"max-age={HSTS_S}"} if secure else {}
    return {
        "content-security-policy": "; ".join(f"{name} {rule}" for name, rule in policy.items()),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        **only_tls,
    }


@dataclass
class WebPage:
    """ASGI middleware: French page, security headers.

    Attributes
    ----------
    app
        What answers.
    page
        What stands for any HTML page of Streamlit.
    headers
        Added to every answer.
    secure
        Cookies go over TLS alone: Streamlit, which does not see the proxy, does not say so.
    """

    app: ASGIApp
    page: bytes
    headers: Mapping[str, str]
    secure: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, rewriting what is Streamlit's page and adding the headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _Rewriter(self, send, scope["method"]).send)


class _Rewriter:
    def __init__(self, outer: WebPage, send: Send, method: str) -> None:
        self._outer = outer
        self._send = send
        self._method = method
        self._replaced = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in self._outer.headers.items():
                headers[name] = value
            if self._outer.secure:
                message["headers"] = [_over_tls(*pair) for pair in message["headers"]]
                headers = MutableHeaders(scope=message)
            self._replaced = _is_streamlit_page(message["status"], headers)
            if self._replaced:
                for name in ("etag", "last-modified", "content-encoding"):
                    del headers[name]
                headers["content-length"] = str(len(self._outer.page))
                headers["cache-control"] = "no-cache"
            await self._send(message)
        elif message["type"] == "http.response.body" and self._replaced:
            if not message.get("more_body", False):
                body = b"" if self._method == "HEAD" else self._outer.page
                await self._send({"type": "http.response.body", "body": body})
        elif message["type"] != "http.response.pathsend" or not self._replaced:
            await self._send(message)
        else:
            await self._send({"type": "http.response.body", "body": self._outer.page})


def _over_tls(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """Return a header of an answer; a cookie is kept for TLS."""
    if name.lower() != b"set-cookie":
        return name, value
    said = [part.strip().lower() for part in value.split(b";")[1:]]
    return name, value if b"secure" in said else value + b"; Secure"


def _is_streamlit_page(status: int, headers: MutableHeaders) -> bool:
    html_page = headers.get("content-type", "").startswith("text/html")
    return status == 200 and html_page and "content-disposition" not in headers


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
