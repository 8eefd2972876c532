"""The sign-ins that went to the provider and did not come back yet: kept here, used once."""

from __future__ import annotations

import hashlib
import secrets
import time
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

KEPT_S = 600
_MOST = 5000
"""About 2 MB; beyond, the oldest is forgotten: who floods delays others and gains nothing."""


@dataclass(frozen=True)
class Attempt:
    """What one browser went to the provider with.

    Attributes
    ----------
    state, nonce
        Come back beside the code, and inside the ID token.
    verifier
        Proves that who brings the code is who asked for it (PKCE); never leaves but with the code.
    path
        Where the person was going.
    """

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    path: str = "/"

    @property
    def challenge(self) -> str:
        """What is shown of the verifier beforehand (S256)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass
class Pending:
    """The attempts of this process, by a random key that only the browser holds.

    Attributes
    ----------
    clock
        Seconds that only grow.
    """

    clock: Callable[[], float] = time.monotonic
    _kept: OrderedDict[str, tuple[float, Attempt]] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def begin(self, path: str) -> tuple[str, Attempt]:
        """Return a new attempt, and the key for the browser's cookie."""
        key = _draw()
        made = Attempt(_draw(), _draw(), _draw(), path)
        with self._lock:
            self._kept[key] = (self.clock() + KEPT_S, made)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return key, made

    def take(self, key: str | None, state: str) -> Attempt | None:
        """Return the attempt of this browser, once; None when it is not there or is another's."""
        with self._lock:
            ends, found = self._kept.pop(key or "", (0.0, None))
        if found is None or self.clock() > ends:
            return None
        is_same = secrets.compare_digest(found.state.encode(), state.encode("utf-8", "replace"))
        return found if is_same else None


def _draw() -> str:
    """Return 32 random bytes, safe in an address."""
    return secrets.token_urlsafe(32)
