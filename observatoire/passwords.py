"""Passwords and tokens: what is random, what is hashed, what the store is given.

The store never holds a password, nor its argon2 hash: it holds the SHA-256 of that hash. Whoever
signs in is given the salt, hashes the password here, and sends the hash, which the store compares.
So a stolen connection string of the app gives salts, and no hash to try passwords on.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from argon2.low_level import Type, hash_secret_raw

from observatoire.errors import AccessError
from observatoire.labels import read_words

SHORTEST, LONGEST = 12, 200
COST: dict[str, int] = {"time": 3, "memory": 65536, "parallelism": 1}
"""Argon2id: 3 passes over 64 MiB (RFC 9106, second recommended setting, one lane)."""
_SALT_BYTES, _HASH_BYTES, _TOKEN_BYTES = 16, 32, 32


@dataclass(frozen=True)
class Verifier:
    """What the store keeps of a password."""

    salt: bytes
    cost: Mapping[str, int]
    verifier: bytes


def new_verifier(password: str) -> Verifier:
    """Return what is kept of a new password.

    Raises
    ------
    AccessError
        When it is shorter than 12 characters, or longer than 200.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        words = read_words("acces")
        raise AccessError(
            "a password too short or too long",
            user=words("password.length", shortest=SHORTEST, longest=LONGEST),
        )
    salt = secrets.token_bytes(_SALT_BYTES)
    hashed = hash_password(password, salt, COST)
    return Verifier(salt, COST, hashlib.sha256(hashed).digest())


def hash_password(password: str, salt: bytes, cost: Mapping[str, Any]) -> bytes:
    """Return the argon2id hash of a password (32 bytes)."""
    return hash_secret_raw(
        password.encode("utf-8"),
        salt,
        time_cost=int(cost["time"]),
        memory_cost=int(cost["memory"]),
        parallelism=int(cost["parallelism"]),
        hash_len=_HASH_BYTES,
        type=Type.ID,
    )


def new_token() -> str:
    """Return a new session token: 32 random bytes, safe in a cookie."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """Return what the store knows of a token."""
    return hashlib.sha256(token.encode("utf-8")).digest()


def provisional_password() -> str:
    """Return a password to be given once and changed at the first sign-in: five groups of four."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is read as another
    groups = ["".join(secrets.choice(letters) for _ in range(4)) for _ in range(5)]
    return "-".join(groups)
