"""Weeks of a territory where nothing changes: places × themes, about three outings a week.

As docs/methods.md says: holidays halve the outings, one week in twenty has three times as many;
counts are Poisson, or negative binomial of size 3, given the outings.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from observatoire.scoring import Law, pooled_dispersion
from observatoire.vigilance import prior_of

PLACES, THEMES, WEEKS, HISTORY, USUAL = 24, 10, 156, 52, 3.0
RISE = 4
HOLIDAYS = (6, 7, 15, 16, 27, 28, 29, 30, 31, 32, 33, 42, 51)


def quiet_weeks(seed: int, size: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return counts and outings, weeks × series; `size` of the negative binomial law, or none."""
    counts, outings, _, _ = _drawn(seed, size)
    return counts, outings


def _drawn(seed: int, size: float | None) -> tuple[np.ndarray, ...]:
    draw = np.random.default_rng(seed)
    rates = draw.gamma(2.0, 0.075, THEMES)[None, :] * draw.gamma(4.0, 0.25, (PLACES, 1))
    usual = np.full((WEEKS, PLACES), USUAL)
    usual[np.isin(np.arange(WEEKS) % 52, HOLIDAYS)] /= 2
    usual = np.where(draw.random(usual.shape) < 0.05, 3 * usual, usual)
    outings = np.repeat(draw.poisson(usual), THEMES, axis=1).astype(float)
    mean = rates.ravel() * outings
    spread = draw.gamma(size, 1 / size, mean.shape) if size else np.ones_like(mean)
    return draw.poisson(mean * spread).astype(float), outings, mean, spread


def learnt(counts: np.ndarray, outings: np.ndarray, history: int = HISTORY) -> Law:
    """Return the law of each series, as its theme teaches it from the history alone."""
    theme = np.arange(counts.shape[1]) % THEMES
    events, exposure, spreads = np.zeros(THEMES), np.zeros(THEMES), np.ones(THEMES)
    for one in range(THEMES):
        seen, looked = counts[:history, theme == one], outings[:history, theme == one]
        prior = prior_of(pd.Series(seen.sum(axis=0)), pd.Series(looked.sum(axis=0)))
        events[one], exposure[one] = prior.events, prior.exposure
        spreads[one] = pooled_dispersion(seen, looked)
    return Law(events[theme], exposure[theme], dispersion=spreads[theme])


def risen(
    seed: int, size: float | None, ratio: float, history: int = HISTORY
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return counts of `quiet_weeks` with one rise a series, where it is, and their usual count.

    The rise multiplies the rate for `RISE` weeks drawn after the history; what a count adds is
    drawn with the spread that the week already had.
    """
    counts, outings, mean, spread = _drawn(seed, size)
    draw = np.random.default_rng([seed, 1])
    begins = draw.integers(history, WEEKS - RISE + 1, counts.shape[1])
    weeks = np.arange(WEEKS)[:, None]
    during = (weeks >= begins) & (weeks < begins + RISE)
    added = draw.poisson(np.where(during, (ratio - 1) * mean * spread, 0.0))
    return counts + added, during & (outings > 0), mean.mean(axis=0)
