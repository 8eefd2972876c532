"""Tests that know which counts are never published: a figure is seen because it was high enough.

Small counts are hidden, by producers and by our own rules. Among places that are all alike, those
that show a figure are therefore the high ones, and the zeros: the usual test, which expects every
outcome, would announce differences that the hiding alone has made. Here the outcomes that would
have been hidden are taken out of the law, and the size of the test is kept among what is shown.

Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from observatoire.catalogue import Indicator
from observatoire.contrasts import Contrast, rate_ratio, share_against, share_difference
from observatoire.intervals import LEVEL, Floats, Interval, Varies

# Of our own observations, as the door applies it; a test compares the two.
OWN_LEAST, OWN_LEAST_SENSITIVE = 5, 10
# Counts under five are blank in the files of these producers, zeros included.
PRODUCERS_LEAST = {"cnaf": 5, "ft": 5, "asp": 5, "cnam": 5}
_MANY = 100_000  # events; beyond, what is hidden weighs nothing
_STEPS = 60
_WIDEST = 40.0  # log of the largest ratio looked at


@dataclass(frozen=True)
class Hidden:
    """Which counts are not published: those under `least`, zero included unless `zero` is shown."""

    least: int
    zero: bool = False

    def shows(self, counts: Floats) -> NDArray[np.bool_]:
        """Tell which counts would be published."""
        found = counts >= self.least
        return found | (counts == 0) if self.zero else found


def hidden_of(indicator: Indicator) -> Hidden:
    """Return which counts of an indicator are never published, by its producer or by ourselves."""
    if indicator.kind == "per_outing":
        return Hidden(OWN_LEAST_SENSITIVE if indicator.sensitive else OWN_LEAST, zero=True)
    return Hidden(PRODUCERS_LEAST.get(indicator.producer, 0))


def rate_ratio_shown(
    events: float,
    exposure: float,
    other_events: float,
    other_exposure: float,
    hidden: Hidden,
    *,
    level: float = LEVEL,
    varies: Varies = "process",
) -> Contrast:
    """Compare two published rates of one pair of places; see `contrasts.rate_ratio`.

    Parameters
    ----------
    hidden
        Which counts would not have been published, in either place.

    Notes
    -----
    Given x₁ + x₂ and that both are shown, x₁ has the binomial law without the outcomes that would
    have hidden one of them; its tails are doubled, and inverted for the interval.
    """
    plain = rate_ratio(events, exposure, other_events, other_exposure, level=level, varies=varies)
    if np.isnan(plain.p_value) or events + other_events > _MANY:
        return plain
    counts = _outcomes(events + other_events)
    allowed = hidden.shows(counts) & hidden.shows(counts[::-1])
    if not allowed[int(events)]:
        return plain
    kept = counts[allowed]
    odds = -special.gammaln(kept + 1) - special.gammaln(events + other_events - kept + 1)

    def tails(log_ratio: float) -> tuple[float, float]:
        tilt = kept * (log_ratio + np.log(exposure / other_exposure))
        return _tails(odds + tilt, kept, events)

    higher, lower = tails(0.0)
    tail = (1 - level) / 2
    # the higher the ratio, the likelier an outcome as high: each bound is where it reaches α/2
    low = 0.0 if events == kept[0] else _crossing(lambda ratio: tails(ratio)[0] >= tail)
    high = np.inf if events == kept[-1] else _crossing(lambda ratio: tails(ratio)[1] <= tail)
    span = Interval(low, high, level, varies, "exact_conditional")
    return replace(_told(plain, higher, lower), interval=span)


def share_difference_shown(
    successes: float,
    trials: float,
    other_successes: float,
    other_trials: float,
    hidden: Hidden,
    *,
    other_is_rest: bool = False,
) -> Contrast:
    """Compare two shares made of published counts; see `contrasts.share_difference`.

    Parameters
    ----------
    hidden
        Which counts would not have been published.
    other_is_rest
        The second is a remainder (a commune without its neighbourhood): no rule hides it.
    """
    plain = share_difference(successes, trials, other_successes, other_trials)
    if np.isnan(plain.p_value):
        return plain
    total = successes + other_successes
    counts = _outcomes(min(total, trials))
    counts = counts[counts >= total - other_trials]
    allowed = hidden.shows(counts)
    if not other_is_rest:
        allowed &= hidden.shows(total - counts)
    odds = stats.hypergeom.logpmf(counts, trials + other_trials, total, trials)
    return _kept(plain, odds, counts, allowed, successes)


def share_against_shown(
    successes: float, trials: float, reference: float, hidden: Hidden
) -> Contrast:
    """Compare a share made of published counts with a known one; see `contrasts.share_against`."""
    plain = share_against(successes, trials, reference)
    if np.isnan(plain.p_value) or not 0 < reference < 1:
        return plain
    counts = _outcomes(trials)
    odds = stats.binom.logpmf(counts, trials, reference)
    return _kept(plain, odds, counts, hidden.shows(counts), successes)


def _outcomes(most: float) -> Floats:
    return np.arange(int(most) + 1, dtype=np.float64)


def _kept(
    plain: Contrast, odds: Floats, counts: Floats, allowed: NDArray[np.bool_], seen: float
) -> Contrast:
    """Return a contrast judged among the outcomes that are shown; as it was if it is not one."""
    if not allowed[counts == seen].any():
        return plain
    return _told(plain, *_tails(odds[allowed], counts[allowed], seen))


def _told(plain: Contrast, higher: float, lower: float) -> Contrast:
    p_value = min(1.0, 2 * min(higher, lower))
    return replace(plain, p_value=p_value, p_higher=higher, p_lower=lower)


def _tails(odds: Floats, counts: Floats, seen: float) -> tuple[float, float]:
    """Return the chances of an outcome as high, and as low, from the logarithms of their odds."""
    weights = np.exp(odds - odds.max())
    whole = weights.sum()
    return (
        float(weights[counts >= seen].sum() / whole),
        float(weights[counts <= seen].sum() / whole),
    )


def _crossing(is_beyond: Callable[[float], bool]) -> float:
    """Return the ratio at which a condition turns true, by halving its logarithm."""
    low, high = -_WIDEST, _WIDEST
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_beyond(middle) else (middle, high)
    return float(np.exp((low + high) / 2))
