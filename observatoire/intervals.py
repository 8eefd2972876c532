"""Confidence intervals of rates and of shares, and what varies behind each of them.

An interval names what would have come out otherwise: the people drawn (`sampling`, the census),
the events themselves (`process`, counts that are complete and field observations) or the way the
figure was estimated (`model`, overlays). Functions take one place or many, as numpy does.

Pure: plain numbers in, plain numbers out. What is missing (NaN), and a rate over no exposure or a
share of nobody, has a missing interval: nothing was looked at, so nothing can be said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Varies = Literal["sampling", "process", "model"]
LEVEL = 0.95

# A float for one place, an array for many: numpy's own functions promise no more.
Numbers = Any
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """Bounds that would hold the true value in `level` of the repetitions of what `varies`.

    Attributes
    ----------
    low, high
        Unit of the estimate: a rate per unit of exposure, a share from 0 to 1. NaN when nothing
        can be said; `high` is infinite for a ratio to a rate of zero.
    level
        Confidence, 0.95 by default.
    varies
        What would have come out otherwise: `sampling`, `process` or `model`.
    method
        How it was computed; also the key of its French name.
    """

    low: Numbers
    high: Numbers
    level: float
    varies: Varies
    method: str

    def holds(self, value: ArrayLike) -> Numbers:
        """Tell whether the value is inside, bounds included; a missing interval holds nothing."""
        return (self.low <= np.asarray(value)) & (np.asarray(value) <= self.high)


def garwood(
    events: ArrayLike, exposure: ArrayLike, *, level: float = LEVEL, varies: Varies = "process"
) -> Interval:
    """Return the exact interval of a rate: events per unit of exposure. The default for rates.

    Parameters
    ----------
    events
        Whole counts of events; `exposure`: outings, person-years, hours, above zero.
    level, varies
        Confidence, and what varies.

    Returns
    -------
    Bounds in events per unit of exposure; NaN where either is missing or nothing was exposed.

    Raises
    ------
    ValueError
        For a negative or fractional count, a negative exposure, a level outside ]0 ; 1[.

    Notes
    -----
    [χ²(α/2; 2x) ÷ 2T ; χ²(1 − α/2; 2x + 2) ÷ 2T], the lower bound 0 when x = 0. Garwood (1936),
    "Fiducial limits for the Poisson distribution", Biometrika 28. It never covers less than its
    level, and often more: 98 to 99 % at 95 % when fewer than five events are expected.
    """
    x, t = rate_parts(events, exposure)
    tail = _tail(level)
    low = np.where(x > 0, special.gammaincinv(np.maximum(x, 1), tail), 0.0)
    high = special.gammainccinv(x + 1, tail)
    return _interval(low / t, high / t, level, varies, "garwood")


def garwood_mid_p(
    events: ArrayLike, exposure: ArrayLike, *, level: float = LEVEL, varies: Varies = "process"
) -> Interval:
    """Return the mid-P interval of a rate: shorter than `garwood`, right on average only.

    Parameters, missing values and errors are those of `garwood`.

    Notes
    -----
    Each bound leaves P(more extreme) + ½ P(x) = α/2 on its side. Lancaster (1961), "Significance
    tests in discrete distributions", JASA 56.
    """
    x, t = rate_parts(events, exposure)
    tail = _tail(level)
    top = special.gammainccinv(x + 1, tail)

    def above(mean: Floats) -> Floats:
        return np.asarray(special.pdtrc(x, mean) + 0.5 * _poisson(x, mean))

    def below(mean: Floats) -> Floats:
        return np.asarray(special.pdtr(x, mean) - 0.5 * _poisson(x, mean))

    low = _bisect(lambda mean: above(mean) >= tail, np.zeros_like(top), top)
    high = _bisect(lambda mean: below(mean) <= tail, np.zeros_like(top), top)
    low = np.where(x > 0, low, 0.0)
    return _interval(low / t, high / t, level, varies, "garwood_mid_p")


def byar(
    events: ArrayLike, exposure: ArrayLike, *, level: float = LEVEL, varies: Varies = "process"
) -> Interval:
    """Return Byar's approximate interval of a rate, that of the textbooks of epidemiology.

    Parameters, missing values and errors are those of `garwood`.

    Notes
    -----
    x (1 − 1/9x − z/3√x)³ ÷ T and (x + 1)(1 − 1/9(x + 1) + z/3√(x + 1))³ ÷ T, the lower bound 0
    when x = 0. Breslow and Day (1987), Statistical methods in cancer research, vol. II, IARC.
    """
    x, t = rate_parts(events, exposure)
    z = _z(level)
    some, next_ = np.maximum(x, 1), x + 1
    low = some * (1 - 1 / (9 * some) - z / (3 * np.sqrt(some))) ** 3
    high = next_ * (1 - 1 / (9 * next_) + z / (3 * np.sqrt(next_))) ** 3
    return _interval(np.where(x > 0, low, 0.0) / t, high / t, level, varies, "byar")


def wilson(
    successes: ArrayLike, trials: ArrayLike, *, level: float = LEVEL, varies: Varies = "process"
) -> Interval:
    """Return Wilson's score interval of a share (0–1). The default for shares.

    Parameters
    ----------
    successes, trials
        Whole counts, the first never above the second.
    level, varies
        Confidence, and what varies.

    Returns
    -------
    Bounds from 0 to 1; NaN where a part is missing or the whole is empty.

    Raises
    ------
    ValueError
        For a negative or fractional count, a part above its whole, a level outside ]0 ; 1[.

    Notes
    -----
    (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) ÷ (1 + z²/n). Wilson (1927), "Probable inference, the
    law of succession, and statistical inference", JASA 22. It covers 95 % on average, less for
    some shares of a small whole: where a guarantee is needed, `clopper_pearson`.
    """
    x, n = share_parts(successes, trials)
    z = _z(level)
    p = x / n
    middle = p + z**2 / (2 * n)
    reach = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    scale = 1 + z**2 / n
    # the two ends that are exact are not left to rounding
    low = np.where(x == 0, 0.0 * n, (middle - reach) / scale)
    high = np.where(x == n, 1.0 + 0.0 * n, (middle + reach) / scale)
    return _interval(low, high, level, varies, "wilson")


def clopper_pearson(
    successes: ArrayLike, trials: ArrayLike, *, level: float = LEVEL, varies: Varies = "process"
) -> Interval:
    """Return the exact interval of a share (0–1): it never covers less than its level.

    Parameters, missing values and errors are those of `wilson`.

    Notes
    -----
    Beta⁻¹(α/2; x, n − x + 1) and Beta⁻¹(1 − α/2; x + 1, n − x). Clopper and Pearson (1934), "The
    use of confidence or fiducial limits illustrated in the case of the binomial", Biometrika 26.
    """
    x, n = share_parts(successes, trials)
    low, high = _beta_bounds(x, n, _tail(level))
    return _interval(low, high, level, varies, "clopper_pearson")


def _beta_bounds(x: Floats, n: Floats, tail: float) -> tuple[Floats, Floats]:
    low = special.betaincinv(np.maximum(x, 1), n - x + 1, tail)
    high = special.betainccinv(x + 1, np.maximum(n - x, 1), tail)
    known = np.isfinite(n)
    low = np.where(known & (x == 0), 0.0, low)
    high = np.where(known & (x == n), 1.0, high)
    return low, high


def rate_parts(events: ArrayLike, exposure: ArrayLike) -> tuple[Floats, Floats]:
    """Return events and exposure, checked; both NaN where one is missing or nothing was exposed."""
    x, t = counts_of(events, "events"), exposures_of(exposure)
    x, t = np.broadcast_arrays(x, t)
    known = np.isfinite(x) & (t > 0) & np.isfinite(t)
    return np.where(known, x, np.nan), np.where(known, t, np.nan)


def share_parts(successes: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    """Return the parts of a share, checked; both NaN where one is missing or the whole is empty."""
    x, n = np.broadcast_arrays(counts_of(successes, "successes"), counts_of(trials, "trials"))
    if np.any(x > n):
        raise ValueError("successes must not be above trials")
    known = np.isfinite(x) & (n > 0)
    return np.where(known, x, np.nan), np.where(known, n, np.nan)


def _positive(values: ArrayLike, name: str) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    if np.any(found < 0) or np.any(np.isinf(found)):
        raise ValueError(f"{name} must be finite and not negative")
    return found


def exposures_of(values: ArrayLike) -> Floats:
    """Return exposures, checked: finite and not negative, or missing."""
    return _positive(values, "exposure")


def counts_of(values: ArrayLike, name: str) -> Floats:
    """Return counts, checked: whole and not negative, or missing."""
    found = _positive(values, name)
    if np.any((found != np.rint(found)) & ~np.isnan(found)):
        raise ValueError(f"{name} must be whole counts")
    return found


def _poisson(x: Floats, mean: Floats) -> Floats:
    return np.asarray(np.exp(special.xlogy(x, mean) - mean - special.gammaln(x + 1)))


def _bisect(is_high: Any, low: Floats, high: Floats) -> Floats:
    """Return where `is_high` turns true between `low` and `high`, everywhere at once."""
    for _ in range(100):
        middle = (low + high) / 2
        turned = is_high(middle)
        low, high = np.where(turned, low, middle), np.where(turned, middle, high)
    return np.where(np.isnan(high), np.nan, (low + high) / 2)


def _tail(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError("a level is between 0 and 1")
    return (1 - level) / 2


def _z(level: float) -> float:
    return float(-special.ndtri(_tail(level)))


def _interval(low: Floats, high: Floats, level: float, varies: Varies, method: str) -> Interval:
    # [()] makes a number of the array of one place
    return Interval(low[()], high[()], level, varies, method)
