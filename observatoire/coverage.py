"""How often the intervals hold the true value: computed, not simulated, and drawn for the docs.

Coverage at a true rate or share is the sum of the chances of every outcome whose interval holds
it. The chart is the same bytes for the same program.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from observatoire.intervals import (
    LEVEL,
    Floats,
    Interval,
    byar,
    clopper_pearson,
    garwood,
    garwood_mid_p,
    wilson,
)

RATES: Mapping[str, Callable[..., Interval]] = {
    "garwood": garwood,
    "garwood_mid_p": garwood_mid_p,
    "byar": byar,
}
SHARES: Mapping[str, Callable[..., Interval]] = {
    "wilson": wilson,
    "clopper_pearson": clopper_pearson,
}
TRIALS = (10, 30, 100, 300, 1000)
_FORGOTTEN = 1e-12  # chance of the outcomes beyond the last one that is counted
_NAMES = {
    "garwood": "Garwood",
    "garwood_mid_p": "mid-P",
    "byar": "Byar",
    "wilson": "Wilson",
    "clopper_pearson": "Clopper–Pearson",
}
_INKS = ("#3a2a72", "#b35806", "#1b7837")
# The chart says nothing of when or by which version it was written.
_SALT = "observatoire"


@dataclass(frozen=True)
class Covered:
    """Coverage of a method over a grid of true values: mean, least, and where it is least.

    Attributes
    ----------
    method, trials
        How the interval is computed; the size of the whole for a share, 0 for a rate.
    mean, least
        Coverage, from 0 to 1.
    at
        True value where it is least: expected events, or share.
    """

    method: str
    trials: int
    mean: float
    least: float
    at: float


def rate_coverage(method: str, expected: ArrayLike, *, level: float = LEVEL) -> Floats:
    """Return how often the interval of a count holds each expected number of events.

    Raises
    ------
    KeyError
        For a method that is not one of `RATES`.
    """
    means = np.atleast_1d(np.asarray(expected, dtype=np.float64))
    last = int(stats.poisson.isf(_FORGOTTEN, means.max())) + 2
    counts = np.arange(last)
    found = RATES[method](counts, 1, level=level)
    chances = stats.poisson.pmf(counts, means[:, None])
    return np.asarray((chances * found.holds(means[:, None])).sum(axis=1))


def share_coverage(method: str, trials: int, shares: ArrayLike, *, level: float = LEVEL) -> Floats:
    """Return how often the interval of a share of `trials` holds each true share (0–1).

    Raises
    ------
    KeyError
        For a method that is not one of `SHARES`.
    """
    true = np.atleast_1d(np.asarray(shares, dtype=np.float64))
    counts = np.arange(trials + 1)
    found = SHARES[method](counts, trials, level=level)
    chances = stats.binom.pmf(counts, trials, true[:, None])
    return np.asarray((chances * found.holds(true[:, None])).sum(axis=1))


def expected_grid() -> Floats:
    """Return the expected events looked at: 0.05 to 50, by hundredths."""
    return np.arange(5, 5001) / 100


def share_grid() -> Floats:
    """Return the true shares looked at: 1 to 99 %, by twentieths of a percent point."""
    return np.arange(20, 1981) / 2000


def report() -> tuple[Covered, ...]:
    """Return mean and least coverage of every method at 95 %, over the two grids."""
    means, shares = expected_grid(), share_grid()
    rates = [_covered(name, 0, means, rate_coverage(name, means)) for name in RATES]
    parts = [
        _covered(name, trials, shares, share_coverage(name, trials, shares))
        for name in SHARES
        for trials in TRIALS
    ]
    return (*rates, *parts)


def draw() -> bytes:
    """Return the chart as SVG: coverage of rates by expected events, of shares by true share."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": _SALT, "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(9, 6.4), layout="constrained")
        top, bottom = figure.subplots(2, 1)
        means = expected_grid()[: 20 * 100]
        for ink, name in zip(_INKS, RATES, strict=True):
            top.plot(means, 100 * rate_coverage(name, means), color=ink, lw=0.9, label=_NAMES[name])
        top.set_xlabel("expected events")
        shares = share_grid()
        for ink, trials in zip(_INKS, (10, 30, 300), strict=True):
            covered = 100 * share_coverage("wilson", trials, shares)
            bottom.plot(100 * shares, covered, color=ink, lw=0.9, label=f"Wilson, n = {trials}")
        bottom.set_xlabel("true share (%)")
        for axes in (top, bottom):
            axes.axhline(100 * LEVEL, color="#55555f", lw=0.8, ls=(0, (4, 3)))
            axes.set_ylim(82, 100.5)
            axes.set_ylabel("coverage (%)")
            axes.legend(loc="lower right", ncols=3, frameon=False)
            axes.spines[["top", "right"]].set_visible(False)
        target = io.BytesIO()
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    return target.getvalue()


def _covered(method: str, trials: int, grid: Floats, covered: Floats) -> Covered:
    worst = int(covered.argmin())
    return Covered(method, trials, float(covered.mean()), float(covered[worst]), float(grid[worst]))
