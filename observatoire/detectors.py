"""Older detectors of a rise, beside the weekly law: none of them knows how often somebody went out.

EARS compares a week with the mean and the standard deviation of seven weeks just before it (C1) or
from nine to three weeks before (C2), and adds three weeks up (C3). The Bayesian detector compares
it with the negative binomial law that the counts of a window foretell. They are there to be
compared (docs/methods.md); no level comes from them. Pure: weeks × series in, weeks × series out.
"""

from __future__ import annotations

import numpy as np

from observatoire.scoring import upper_tail

EARS_ALARM = 3.0902323061678132
"""Standard deviations above which C1 and C2 alarm: the normal quantile at 99.9 %."""
C3_ALARM = 2.0
BAYES_ALARM = 0.01
_BASE, _LEAST = 7, 4
_C2_GUARD = 2
_SUMMED = 3


def c1(counts: np.ndarray, *, least_deviation: float = 0.0) -> np.ndarray:
    """Return (y − x̄) / s of each week, x̄ and s those of the weeks t − 7 to t − 1.

    Parameters
    ----------
    counts
        Weeks × series; NaN for a week that is missing or hidden.
    least_deviation
        Least s: in weeks that were all alike s is 0, and one more event is infinitely many
        deviations away.

    Returns
    -------
    array
        NaN where the week is missing, or under four of the seven are known. Above `EARS_ALARM`
        it alarms.

    Notes
    -----
    s has n − 1 under the sum. Hutwagner, Thompson, Seeman and Treadwell (2003), "The bioterrorism
    preparedness and response Early Aberration Reporting System", Journal of Urban Health 80.
    """
    return _deviations(counts, 0, least_deviation)


def c2(counts: np.ndarray, *, least_deviation: float = 0.0) -> np.ndarray:
    """Return (y − x̄) / s of each week, x̄ and s those of the weeks t − 9 to t − 3; as `c1`."""
    return _deviations(counts, _C2_GUARD, least_deviation)


def c3(counts: np.ndarray, *, least_deviation: float = 0.0) -> np.ndarray:
    """Return Σ max(0, C2 − 1) over a week and the two before it; above `C3_ALARM` it alarms.

    NaN where the C2 of the week is; a week before without one adds nothing. As `c1`.
    """
    own = c2(counts, least_deviation=least_deviation)
    beyond = np.where(own > 1, own - 1, 0.0)
    sums = np.zeros(own.shape)
    for lag in range(_SUMMED):
        sums += _back(beyond, lag)
    return np.where(np.isnan(own), np.nan, sums)


def bayes(counts: np.ndarray, *, window: int = 52) -> np.ndarray:
    """Return P(Y ≥ y) of each week, as the counts of so many weeks before it foretell.

    Parameters
    ----------
    counts
        Weeks × series; NaN for a week that is missing or hidden.
    window
        How many weeks before it; fewer at the beginning.

    Returns
    -------
    array
        NaN where the week is missing or no week before it is known. At `BAYES_ALARM` or under it
        alarms.

    Notes
    -----
    Negative binomial of size Σy + ½ and probability n / (n + 1), n the known weeks. Riebler (2004),
    R surveillance's `bayes`: y above the quantile at 1 − α is P(Y ≥ y) ≤ α.
    """
    known = np.isfinite(counts)
    number = _before(known.astype(float), window)
    events = _before(np.where(known, counts, 0.0), window) + 0.5
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(number > 0, events / number, np.nan)
        variance = mean * (1 + 1 / number)
    return np.where(known, upper_tail(np.where(known, counts, 0.0), mean, variance), np.nan)


def _deviations(counts: np.ndarray, guard: int, least: float) -> np.ndarray:
    known = np.isfinite(counts)
    seen = np.where(known, counts, 0.0)
    number, total, squares = (_window(one, guard) for one in (known.astype(float), seen, seen**2))
    with np.errstate(divide="ignore", invalid="ignore"):
        # of whole numbers, n Σy² − (Σy)² is exact: 0 where all are alike
        spread = np.sqrt((number * squares - total**2) / (number * (number - 1)))
        gap = counts - total / number
        found = np.where(counts * number == total, 0.0, gap / np.maximum(spread, least))
    found[~known | (number < _LEAST)] = np.nan
    return found


def _window(values: np.ndarray, guard: int) -> np.ndarray:
    """Return the sum over the seven weeks that end before the guard."""
    total = np.zeros(values.shape)
    for lag in range(1, _BASE + 1):
        total += _back(values, guard + lag)
    return total


def _before(values: np.ndarray, window: int) -> np.ndarray:
    """Return the sum over so many weeks before each."""
    sums = np.cumsum(values, axis=0)
    recent: np.ndarray = _back(sums, 1) - _back(sums, 1 + window)
    return recent


def _back(values: np.ndarray, lag: int) -> np.ndarray:
    """Return the values of so many weeks before, 0 before the first."""
    moved = np.zeros(values.shape)
    if lag < len(values):
        moved[lag:] = values[: len(values) - lag]
    return moved
