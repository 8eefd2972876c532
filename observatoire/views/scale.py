"""The axis of a chart: round ends that hold every value, and a few round ticks. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

MOST_TICKS = 7
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
# Zero is shown when it is near: starting just above it would exaggerate small gaps.
_NEAR_ZERO = 0.25


@dataclass(frozen=True)
class Scale:
    """A line of values from `low` to `high`, with its ticks, in the unit of the values."""

    low: float
    high: float
    ticks: tuple[float, ...]
    decimals: int

    def at(self, value: float) -> float:
        """Return where a value stands, from 0 (the low end) to 1; values outside are brought in."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


def scale_of(values: Iterable[float], *, most: int = MOST_TICKS, zero: bool = False) -> Scale:
    """Return the scale that holds all the values; missing and infinite ones are left out.

    Parameters
    ----------
    most
        Most ticks to print, at least 3.
    zero
        Start from zero whatever the values.

    Notes
    -----
    The step is the smallest of 1, 2, 2.5, 5 × 10ⁿ that needs no more ticks than `most`.
    """
    known = [value for value in values if math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if low >= 0 and (zero or low <= _NEAR_ZERO * (high - low)):
        low = 0.0
    if high - low < 1e-9 * max(abs(low), abs(high), 1e-6):
        low, high = (low - 0.5 * abs(low), low + 0.5 * abs(low)) if abs(low) > 1e-9 else (0.0, 1.0)
    for step in _steps((high - low) / most):
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first + 1 <= most:
            break
    ticks = tuple(round(index * step, 12) for index in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], ticks, _decimals(step))


def _steps(least: float) -> Iterable[float]:
    power = math.floor(math.log10(least))
    return (step * 10.0**tens for tens in range(power, power + 3) for step in _STEPS)


def _decimals(step: float) -> int:
    """Return the digits after the comma that tell every tick apart."""
    return next(
        count for count in range(13) if abs(step * 10**count - round(step * 10**count)) < 1e-6
    )
