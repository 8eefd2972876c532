"""What is believed of an ID token: a signature by the provider's key, and every claim checked.

Nothing of a token is ever logged: a message says which check failed, and no value.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt

from observatoire.oidc.refusals import ProviderError

# A key, and never a secret: what is signed with a public key taken for a secret (HS256), or not
# signed at all, is refused before anything else is read.
_FAMILIES = {"RS256": "RSA", "ES256": "EC"}
_REQUIRED = ["iss", "sub", "aud", "exp", "iat", "nonce"]
_LEEWAY_S, _OLDEST_S = 60, 600
_SHORTEST_RSA, _LONGEST_SUBJECT = 2048, 255
Key = Mapping[str, Any]
KeysNow = Callable[[bool], Sequence[Key]]
"""Gives the provider's keys; asked with True, the ones it has now, not those kept."""


@dataclass(frozen=True)
class Expected:
    """What a token has to say."""

    issuer: str
    client: str
    nonce: str


def prove_subject(token: object, keys: KeysNow, expected: Expected) -> str:
    """Return the subject that the provider vouches for.

    Raises
    ------
    ProviderError
        When the token is not signed by one of its keys, or does not say what it must.
    """
    if not isinstance(token, str):
        raise ProviderError("answer", "the provider gives no ID token")
    try:
        claims = _claims(token, keys, expected)
    except jwt.ExpiredSignatureError:
        raise ProviderError("expired", "the ID token has expired") from None
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, RecursionError) as cause:
        raise _forged(type(cause).__name__) from None
    _judge(claims, expected)
    subject = claims["sub"]
    is_one = isinstance(subject, str) and 0 < len(subject) <= _LONGEST_SUBJECT
    if not is_one or not subject.isprintable():
        raise _forged("subject")
    return str(subject)


def _claims(token: str, keys: KeysNow, expected: Expected) -> dict[str, Any]:
    header = jwt.get_unverified_header(token)
    algorithm = header.get("alg")
    if algorithm not in _FAMILIES or "crit" in header:
        raise _forged("algorithm")
    key = _choose(keys(False), header) or _choose(keys(True), header)
    if key is None:
        raise _forged("unknown key")
    return jwt.decode(
        token,
        jwt.PyJWK(dict(key), algorithm=algorithm),
        algorithms=[algorithm],
        audience=expected.client,
        issuer=expected.issuer,
        leeway=_LEEWAY_S,
        options={"require": _REQUIRED},
    )


def _choose(keys: Sequence[Key], header: Mapping[str, Any]) -> Key | None:
    """Return the one key that the header means, None when there is none, or no telling which."""
    algorithm, name = header["alg"], header.get("kid")
    fits = [
        key
        for key in keys
        if key.get("kty") == _FAMILIES[algorithm]
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (name is None or key.get("kid") == name)
        and _is_strong(key)
    ]
    return fits[0] if len(fits) == 1 else None


def _is_strong(key: Key) -> bool:
    if key.get("kty") == "EC":
        return key.get("crv") == "P-256"
    # base64url: six bits a character
    return len(str(key.get("n", "")).rstrip("=")) * 6 >= _SHORTEST_RSA


def _judge(claims: Mapping[str, Any], expected: Expected) -> None:
    """Check what the library does not: exact issuer, whom it is for, its age, its nonce."""
    if claims["iss"] != expected.issuer:
        raise _forged("issuer")
    audience, party = claims["aud"], claims.get("azp")
    alone = audience in (expected.client, [expected.client])
    if party != expected.client and not (alone and party is None):
        raise _forged("authorized party")
    if not isinstance(claims["iat"], int | float) or not isinstance(claims["nonce"], str):
        raise _forged("types")
    if claims["iat"] < time.time() - _OLDEST_S - _LEEWAY_S:
        raise ProviderError("expired", "the ID token is too old")
    if not secrets.compare_digest(claims["nonce"].encode(), expected.nonce.encode()):
        raise _forged("nonce")


def _forged(check: str) -> ProviderError:
    return ProviderError("forged", f"the ID token is refused ({check})")
