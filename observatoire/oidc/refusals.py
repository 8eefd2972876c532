"""Why a sign-in by the provider is refused: one sentence, its remedy, its status."""

from __future__ import annotations

from typing import Literal

from observatoire.errors import AccessError
from observatoire.labels import read_words

Reason = Literal[
    "down", "answer", "declined", "state", "forged", "expired", "unknown", "closed", "locked"
]
_STATUSES: dict[Reason, int] = {"down": 503, "answer": 502, "state": 400}


class ProviderError(AccessError):
    """A sign-in by the provider that is refused.

    Attributes
    ----------
    status
        Of the answer.
    shown
        What the person must pass on to the administrator: her own number at the provider.
    """

    def __init__(self, reason: Reason, message: str, *, shown: str = "") -> None:
        words = read_words("acces")
        user, remedy = words(f"provider.{reason}"), words(f"provider.{reason}_remedy")
        super().__init__(message, user=user, remedy=remedy)
        self.status = _STATUSES.get(reason, 403)
        self.shown = shown
