"""What can be said of a percentage published without its parts: no interval, but two landmarks.

The gap beside the spread of the QPV of France tells whether it is large among such places; the
denominator under which chance could make it tells how many people it takes to believe it.

Pure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from scipy import stats

from observatoire.intervals import LEVEL

Band = Literal["lowest", "low", "middle", "high", "highest"]


@dataclass(frozen=True)
class Spread:
    """How an indicator is spread over the QPV of France: quantiles, and how many have a figure."""

    q05: float
    q25: float
    q50: float
    q75: float
    q95: float
    n: int
    total: int

    def band(self, value: float) -> Band:
        """Return where a value stands: `middle` is between the two quartiles, bounds included."""
        if value < self.q05:
            return "lowest"
        if value < self.q25:
            return "low"
        if value <= self.q75:
            return "middle"
        return "high" if value <= self.q95 else "highest"

    def steps(self, gap: float) -> float:
        """Return a gap in interquartile ranges (0 or more); NaN when the range is nil."""
        width = self.q75 - self.q25
        return abs(gap) / width if width > 0 else math.nan


def denominator_needed(first: float, second: float, *, known: bool, level: float = LEVEL) -> float:
    """Return how many people each percentage needs for their gap to exceed chance.

    Parameters
    ----------
    first, second
        Shares, from 0 to 1.
    known
        The second is taken as known; else both rest on as many people.

    Returns
    -------
    Whole number of people, 1 or more; infinite for equal shares.

    Notes
    -----
    n = z² q(1 − q) ÷ d², q the second share when it is known, else n = 2 z² q(1 − q) ÷ d², q the
    mean of the two: the gap at which the usual normal test begins to announce a difference.
    """
    gap = first - second
    if gap == 0:
        return math.inf
    centre = second if known else (first + second) / 2
    z = float(stats.norm.isf((1 - level) / 2))
    variance = centre * (1 - centre) * (1 if known else 2)
    return float(max(1, math.ceil(z**2 * variance / gap**2)))
