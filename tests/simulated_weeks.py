"""Weeks of a territory where nothing changes: places × themes, about three outings a week.

As docs/methods.md says: holidays halve the outings, one week in twenty has three times as many;
counts are Poisson, or negative binomial of size 3, given the outings.
"""

from __future__ import annotations

import numpy as np

PLACES, THEMES, WEEKS, HISTORY, USUAL = 24, 10, 156, 52, 3.0
HOLIDAYS = (6, 7, 15, 16, 27, 28, 29, 30, 31, 32, 33, 42, 51)


def quiet_weeks(seed: int, size: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return counts and outings, weeks × series; `size` of the negative binomial law, or none."""
    draw = np.random.default_rng(seed)
    rates = draw.gamma(2.0, 0.075, THEMES)[None, :] * draw.gamma(4.0, 0.25, (PLACES, 1))
    usual = np.full((WEEKS, PLACES), USUAL)
    usual[np.isin(np.arange(WEEKS) % 52, HOLIDAYS)] /= 2
    usual = np.where(draw.random(usual.shape) < 0.05, 3 * usual, usual)
    outings = np.repeat(draw.poisson(usual), THEMES, axis=1).astype(float)
    mean = rates.ravel() * outings
    spread = draw.gamma(size, 1 / size, mean.shape) if size else 1.0
    return draw.poisson(mean * spread).astype(float), outings


def learnt(counts: np.ndarray, outings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rate and the dispersion of each series' theme, from the history alone."""
    seen, looked = counts[:HISTORY], outings[:HISTORY]
    rate = (seen.sum(axis=0) + 0.1) / (looked.sum(axis=0) + 0.6)
    mean = rate * looked
    gaps = np.divide((seen - mean) ** 2, mean, out=np.zeros_like(mean), where=mean > 0)
    theme = np.arange(counts.shape[1]) % THEMES
    rates, spreads = np.zeros(THEMES), np.ones(THEMES)
    for one in range(THEMES):
        own = theme == one
        rates[one] = seen[:, own].sum() / looked[:, own].sum()
        freedom = (mean[:, own] > 0).sum() - own.sum()
        spreads[one] = max(1.0, gaps[:, own].sum() / freedom)
    return rates[theme], spreads[theme]
