"""Does the store answer? Asked often, by anybody: it says no more than that, and costs little."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from observatoire.errors import ObservatoireError

KEPT_S = 2.0


@dataclass
class Health:
    """Asks the store at most once every two seconds, however many ask us.

    Attributes
    ----------
    ask
        Raises an `ObservatoireError` when the store does not answer.
    clock
        Seconds that only grow.
    """

    ask: Callable[[], None]
    clock: Callable[[], float] = time.monotonic
    _asked_at: float = field(default=float("-inf"), repr=False)
    _refusal: ObservatoireError | None = field(default=None, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def check(self) -> None:
        """Return when the store answers; raise its refusal otherwise."""
        with self._lock:
            if self.clock() - self._asked_at > KEPT_S:
                self._refusal = None
                try:
                    self.ask()
                except ObservatoireError as error:
                    self._refusal = error
                self._asked_at = self.clock()
            if self._refusal is not None:
                raise self._refusal
