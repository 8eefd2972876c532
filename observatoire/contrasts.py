"""Tests of a difference: two rates, two shares, several rates, and many tests at once.

Every test here is exact and two-sided: it doubles the smaller tail of a distribution that knows no
unknown rate, so that it says « different » in at most 5 % of the cases where nothing differs,
however small the counts. Functions take one pair of places or many, as numpy does.

Pure. What is missing, and a comparison where nothing at all was counted, has no p-value (NaN).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from observatoire.intervals import (
    LEVEL,
    Floats,
    Interval,
    Numbers,
    Varies,
    clopper_pearson,
    counts_of,
    exposures_of,
    share_parts,
)

_SAME = 1 + 1e-7  # two probabilities closer than that are one, as in R's binom.test


@dataclass(frozen=True)
class Contrast:
    """A difference between a first and a second place.

    Attributes
    ----------
    estimate
        Ratio of the two rates, or first share minus second share.
    p_value
        Two-sided: twice the smaller tail, at most 1. Below 1 − level exactly when the exact
        interval of a ratio leaves out 1.
    p_higher, p_lower
        One-sided: chance of a first place as high (as low) or more, were the two alike.
    interval
        Of the ratio of two rates; None for two shares.
    """

    estimate: Numbers
    p_value: Numbers
    p_higher: Numbers
    p_lower: Numbers
    interval: Interval | None = None


def rate_ratio(
    events: ArrayLike,
    exposure: ArrayLike,
    other_events: ArrayLike,
    other_exposure: ArrayLike,
    *,
    level: float = LEVEL,
    varies: Varies = "process",
) -> Contrast:
    """Compare two rates: the exact conditional test, and the interval of their ratio.

    Parameters
    ----------
    events, exposure
        Whole counts and exposure (outings) of the first place; the others, of the second.

    Returns
    -------
    Ratio of the first rate to the second: 0 to infinity, NaN where neither counted an event, a
    part is missing or an exposure is zero.

    Raises
    ------
    ValueError
        For a negative or fractional count, a negative exposure.

    Notes
    -----
    Given x₁ + x₂, x₁ is binomial with share T₁ ÷ (T₁ + T₂) when the rates are equal; the interval
    is p ÷ (1 − p) × T₂ ÷ T₁ over the Clopper–Pearson bounds of that share. Przyborowski and
    Wilenski (1940), "Homogeneity of results in testing samples from Poisson series", Biometrika 31.
    """
    x1, t1, x2, t2 = _rate_pairs(events, exposure, other_events, other_exposure)
    total, chance = x1 + x2, t1 / (t1 + t2)
    known = np.isfinite(total)
    higher = np.where(known, stats.binom.sf(x1 - 1, total, chance), np.nan)
    lower = np.where(known, stats.binom.cdf(x1, total, chance), np.nan)
    share = clopper_pearson(x1, total, level=level)
    with np.errstate(divide="ignore"):
        ratio = (x1 / t1) / (x2 / t2)
        bounds = [bound / (1 - bound) * t2 / t1 for bound in (share.low, share.high)]
    return Contrast(
        ratio[()],
        _two_sided(higher, lower),
        higher[()],
        lower[()],
        Interval(bounds[0][()], bounds[1][()], level, varies, "exact_conditional"),
    )


def likelihood_p_value(
    events: ArrayLike, exposure: ArrayLike, other_events: ArrayLike, other_exposure: ArrayLike
) -> Numbers:
    """Return the p-value of two equal rates as R's `poisson.test` gives it.

    It adds every outcome no likelier than the one seen, where `rate_ratio` doubles the smaller
    tail and so agrees with its interval. Parameters and missing values are those of `rate_ratio`.
    """
    x1, t1, x2, t2 = _rate_pairs(events, exposure, other_events, other_exposure)

    def one(seen: float, trials: float, share: float) -> float:
        if not np.isfinite(seen):
            return float("nan")
        odds = stats.binom.pmf(np.arange(int(trials) + 1), int(trials), share)
        return min(1.0, float(odds[odds <= odds[int(seen)] * _SAME].sum()))

    return np.vectorize(one, otypes=[np.float64])(x1, x1 + x2, t1 / (t1 + t2))[()]


def share_difference(
    successes: ArrayLike, trials: ArrayLike, other_successes: ArrayLike, other_trials: ArrayLike
) -> Contrast:
    """Compare two shares of independent groups: Fisher's exact test, smaller tail doubled.

    Returns
    -------
    First share minus second (−1 to 1); NaN where a part is missing or a whole is empty.

    Raises
    ------
    ValueError
        For a negative or fractional count, or a part above its whole.

    Notes
    -----
    Given x₁ + x₂, x₁ is hypergeometric when the shares are equal. Fisher (1935), "The logic of
    inductive inference", JRSS 98. The score test (Pearson's χ²) and the mid-P say « different »
    in more than 5 % of the cases for some shares of small or unequal groups; unconditional exact
    tests (Boschloo 1970) are a little more powerful but search the whole table, thousands of
    people wide here. Of tests that never exceed their size, this is the plain one.
    """
    x1, n1 = share_parts(successes, trials)
    x2, n2 = share_parts(other_successes, other_trials)
    x1, n1, x2, n2 = np.broadcast_arrays(x1, n1, x2, n2)
    known = np.isfinite(x1 + n1 + x2 + n2)
    a, n, b, m = (np.where(known, part, 1.0) for part in (x1, n1, x2, n2))
    higher = np.clip(stats.hypergeom.sf(a - 1, n + m, a + b, n), 0, 1)
    lower = np.clip(stats.hypergeom.cdf(a, n + m, a + b, n), 0, 1)
    higher, lower = np.where(known, higher, np.nan), np.where(known, lower, np.nan)
    estimate = np.where(known, x1 / n1 - x2 / n2, np.nan)
    return Contrast(estimate[()], _two_sided(higher, lower), higher[()], lower[()])


def share_against(successes: ArrayLike, trials: ArrayLike, reference: float) -> Contrast:
    """Compare a share with a reference that is known (0–1): the exact binomial test.

    Raises
    ------
    ValueError
        For a negative or fractional count, a part above its whole, a reference outside [0 ; 1].
    """
    if not 0 <= reference <= 1:
        raise ValueError("a reference share is between 0 and 1")
    x, n = share_parts(successes, trials)
    known = np.isfinite(n)
    higher = np.where(known, stats.binom.sf(x - 1, n, reference), np.nan)
    lower = np.where(known, stats.binom.cdf(x, n, reference), np.nan)
    return Contrast((x / n - reference)[()], _two_sided(higher, lower), higher[()], lower[()])


@dataclass(frozen=True)
class Homogeneity:
    """Whether several rates could be one: statistic G², degrees of freedom, p-value."""

    statistic: float
    freedom: int
    p_value: float


def homogeneity(events: ArrayLike, exposure: ArrayLike) -> Homogeneity:
    """Test that several places share one rate.

    Parameters
    ----------
    events, exposure
        Whole counts and exposure, place by place; a place with a part missing or no exposure is
        left out.

    Returns
    -------
    The test; p-value NaN with fewer than two places.

    Notes
    -----
    G² = 2 Σ [O ln(O/μ) − (O − μ)], μᵢ = Eᵢ ΣO ÷ ΣE, against χ² with k − 1 degrees of freedom. The
    approximation asks for about five expected events a place; under that, read it as an order of
    magnitude.
    """
    counts, effort = np.broadcast_arrays(counts_of(events, "events"), exposures_of(exposure))
    kept = np.isfinite(counts) & np.isfinite(effort) & (effort > 0)
    seen, effort = counts[kept], effort[kept]
    freedom = len(seen) - 1
    if freedom < 1:
        return Homogeneity(float("nan"), max(freedom, 0), float("nan"))
    expected = effort * seen.sum() / effort.sum()
    ratio = np.divide(seen, expected, out=np.ones_like(seen), where=expected > 0)
    statistic = max(0.0, float(2 * np.sum(special.xlogy(seen, ratio) - (seen - expected))))
    return Homogeneity(statistic, freedom, float(stats.chi2.sf(statistic, freedom)))


def adjust(p_values: ArrayLike) -> Floats:
    """Return p-values adjusted for the size of their family; missing ones stay missing.

    Raises
    ------
    ValueError
        For a p-value outside [0 ; 1].

    Notes
    -----
    Benjamini and Hochberg (1995), "Controlling the false discovery rate", JRSS B 57: in
    decreasing order, the running minimum of p × m ÷ rank. Kept under 5 %, at most 5 % of the
    differences announced are expected to be chance.
    """
    found = np.asarray(p_values, dtype=np.float64)
    if np.any((found < 0) | (found > 1)):
        raise ValueError("a p-value is between 0 and 1")
    known = found[np.isfinite(found)]
    order = np.argsort(known)[::-1]
    ranks = np.arange(len(known), 0, -1)
    running = np.minimum.accumulate(np.minimum(known[order] * len(known) / ranks, 1.0))
    adjusted = np.empty_like(known)
    adjusted[order] = running
    result = np.full_like(found, np.nan)
    result[np.isfinite(found)] = adjusted
    return result


def _two_sided(higher: Floats, lower: Floats) -> Numbers:
    return np.minimum(1.0, 2 * np.minimum(higher, lower))[()]


def _rate_pairs(*parts: ArrayLike) -> list[Floats]:
    """Return x₁, T₁, x₂, T₂, checked; all NaN where a comparison makes no sense."""
    x1, t1, x2, t2 = np.broadcast_arrays(
        counts_of(parts[0], "events"),
        exposures_of(parts[1]),
        counts_of(parts[2], "events"),
        exposures_of(parts[3]),
    )
    known = np.isfinite(x1 + x2 + t1 + t2) & (t1 > 0) & (t2 > 0) & (x1 + x2 > 0)
    return [np.where(known, part, np.nan) for part in (x1, t1, x2, t2)]
