"""The provider: where it is, with which keys it signs, what it gives against a code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from requests.auth import HTTPBasicAuth

from observatoire.errors import SettingsError
from observatoire.oidc.fetching import Kept, fetch_json
from observatoire.oidc.pending import Attempt
from observatoire.oidc.proof import Expected, Key, prove_subject
from observatoire.oidc.refusals import ProviderError
from observatoire.settings import Oidc, is_safe_address

_KEPT_S = 3600.0
_AGAIN_S = 30.0  # an unknown key asks for the keys anew, but not at each forged token
_LARGEST_SECRET = 1024
_WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass
class Provider:
    """What a provider says of itself, asked once an hour.

    Attributes
    ----------
    settings
        Which provider.
    secret
        None for a public client.
    """

    settings: Oidc
    secret: str | None = field(default=None, repr=False)
    _about: Kept[Mapping[str, Any]] = field(default_factory=Kept, repr=False)
    _keys: Kept[Sequence[Key]] = field(default_factory=Kept, repr=False)

    def address(self, attempt: Attempt, back: str) -> str:
        """Return where the browser is sent; it comes back to `back` with a code.

        Raises
        ------
        ProviderError
            When the provider does not say where.
        """
        asked = {
            "response_type": "code",
            "client_id": self.settings.client,
            "redirect_uri": back,
            "scope": "openid",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        start = self._endpoint("authorization_endpoint")
        return f"{start}{'&' if urlsplit(start).query else '?'}{urlencode(asked)}"

    def subject(self, code: str, attempt: Attempt, back: str) -> str:
        """Return whom a code proves.

        Raises
        ------
        ProviderError
            When the provider does not answer, refuses the code, or its answer is not believed.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": attempt.verifier,
        }
        answer = self._exchange(form)
        expected = Expected(self.settings.issuer, self.settings.client, attempt.nonce)
        # the access token is of no use here: it is dropped with the answer
        return prove_subject(answer.get("id_token"), self._keys_now, expected)

    def check_sender(self, issuer: str | None) -> None:
        """Refuse an answer that says it comes from another provider (RFC 9207)."""
        must = self._described().get("authorization_response_iss_parameter_supported") is True
        if issuer != self.settings.issuer and (must or issuer is not None):
            raise ProviderError("forged", "the answer names another issuer")

    def _exchange(self, form: dict[str, str]) -> dict[str, Any]:
        end = self._endpoint("token_endpoint")
        client = self.settings.client
        if self.secret is None:
            return fetch_json(end, form={**form, "client_id": client})
        ways = self._described().get("token_endpoint_auth_methods_supported")
        if isinstance(ways, list) and "client_secret_basic" not in ways:
            own = {"client_id": client, "client_secret": self.secret}
            return fetch_json(end, form={**form, **own})
        # RFC 6749, 2.3.1: both are form-encoded before they are joined
        return fetch_json(
            end, form=form, auth=HTTPBasicAuth(quote(client, safe=""), quote(self.secret, safe=""))
        )

    def _endpoint(self, name: str) -> str:
        """Return an address of the provider; one that is asked by https names no other."""
        found = self._described().get(name)
        if not isinstance(found, str) or not is_safe_address(found) or "#" in found:
            raise ProviderError("answer", f"the provider has no usable {name}")
        if urlsplit(found).scheme != urlsplit(self.settings.issuer).scheme:
            raise ProviderError("answer", f"the provider has no usable {name}")
        return found

    def _described(self) -> Mapping[str, Any]:
        return self._about.get(self._describe, _KEPT_S)

    def _describe(self) -> Mapping[str, Any]:
        found = fetch_json(self.settings.issuer.rstrip("/") + _WELL_KNOWN)
        if found.get("issuer") != self.settings.issuer:
            raise ProviderError("answer", "the provider says it is another issuer")
        return found

    def _keys_now(self, anew: bool) -> Sequence[Key]:
        where = self._endpoint("jwks_uri")
        return self._keys.get(lambda: _read_keys(where), _AGAIN_S if anew else _KEPT_S)


def _read_keys(where: str) -> Sequence[Key]:
    found = fetch_json(where).get("keys")
    if not isinstance(found, list):
        raise ProviderError("answer", "the provider gives no keys")
    return [key for key in found if isinstance(key, dict)]


def open_provider(settings: Oidc) -> Provider:
    """Return the provider, with the secret that it gave us.

    Raises
    ------
    SettingsError
        When the file of the secret cannot be read, is empty, or is open to everybody.
    """
    return Provider(settings, _secret(settings))


def _secret(settings: Oidc) -> str | None:
    file = settings.secret_file
    if file is None:
        return None
    remedy = f"Vérifiez {file} : une ligne, lisible par le service et par personne d’autre."
    try:
        is_open = bool(file.stat().st_mode & 0o007)
        text = file.read_text("utf-8")[:_LARGEST_SECRET].strip()
    except (OSError, UnicodeDecodeError) as cause:
        raise SettingsError(
            f"the provider's secret cannot be read ({type(cause).__name__})",
            user="Le secret du fournisseur d’identité est illisible.",
            remedy=remedy,
        ) from None
    if is_open or not text or not text.isprintable():
        raise SettingsError(
            "the provider's secret is empty, or open to everybody",
            user="Le secret du fournisseur d’identité est vide, ou ouvert à tous.",
            remedy=remedy,
        )
    return text
