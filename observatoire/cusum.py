"""The cumulative sum of Rogerson and Yamada: a rise of a rate, where exposure changes. Pure.

Of a count with expectation θ_t: S_t = max(0, S_{t−1} + (y_t − k_t) / h_t), a signal from 1 on.
k and h are those of a Poisson law of that expectation, in tenths: k lies between it and the rise
looked for, and h makes a false signal come every so many weeks on average. Where the expectation
is the same every week it is the usual cumulative sum, divided by h.

References: Rogerson and Yamada (2004), Statistics in Medicine 23: 2195; Lucas (1985),
Technometrics 27: 129; run lengths by a Markov chain, Brook and Evans (1972). Equal to
R surveillance's `algo.rogerson` for the same k and h (tests/test_cusum.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import log, sqrt
from types import MappingProxyType

import numpy as np
from scipy import stats

TENTHS = 10
_CLOSE = 1e-9


def reference_value(expected: float, *, deviations: float = 1.0) -> float:
    """Return k in tenths: (θ₁ − θ₀) / ln(θ₁ / θ₀), θ₁ = θ₀ + deviations × √θ₀.

    Raises
    ------
    ValueError
        When the expectation is not above 0.
    """
    if not expected > 0:
        raise ValueError("an expectation is above 0")
    raised = expected + deviations * sqrt(expected)
    return round((raised - expected) / log(raised / expected) * TENTHS) / TENTHS


def run_length(expected: float, k: float, h: float) -> float:
    """Return after how many weeks on average a Poisson count of that mean signals by chance.

    Exact where k and h are tenths: the sum is then a Markov chain over tenths.
    """
    size, step = round(h * TENTHS), round(k * TENTHS)
    places = np.arange(size)
    stays = np.zeros((size, size))
    for count in range(int((size + step) / TENTHS) + 1):
        then = np.maximum(0, places + count * TENTHS - step)
        kept = then < size
        np.add.at(stays, (places[kept], then[kept]), stats.poisson.pmf(count, expected))
    return float(np.linalg.solve(np.eye(size) - stays, np.ones(size))[0])


@cache
def threshold(expected: float, k: float, weeks: float) -> float:
    """Return h in tenths: the one whose false signals come nearest to once in so many weeks."""
    tenths, before = 1, 0.0
    while (now := run_length(expected, k, tenths / TENTHS)) < weeks:
        tenths, before = tenths + 1, now
    return (tenths if now - weeks <= weeks - before else tenths - 1) / TENTHS


def exposure_cusum(
    counts: np.ndarray,
    expected: np.ndarray,
    *,
    weeks: float = 100.0,
    deviations: float = 1.0,
    designs: Mapping[float, tuple[float, float]] = MappingProxyType({}),
) -> tuple[np.ndarray, np.ndarray]:
    """Return S_t, and the least count that would signal, week after week.

    Parameters
    ----------
    counts, expected
        Of one series; NaN or an expectation of 0 for a week that is missing: the sum stays.
    weeks
        How many weeks between false signals, on average.
    deviations
        The rise looked for, in standard deviations of a Poisson law.
    designs
        k and h of expectations for which they are given, rather than found.

    Returns
    -------
    tuple
        Both arrays NaN in a missing week; a signal is S of 1 or more, and takes nothing back.
    """
    sums, bounds = np.full(len(counts), np.nan), np.full(len(counts), np.nan)
    now = 0.0
    for week, (count, mean) in enumerate(zip(counts.tolist(), expected.tolist(), strict=True)):
        if not (np.isfinite(count) and mean > 0):
            continue
        k, h = designs.get(mean) or _design(mean, weeks, deviations)
        bounds[week] = max(0.0, np.ceil(k + (1 - now) * h - _CLOSE))
        now = max(0.0, now + (count - k) / h)
        sums[week] = now
    return sums, bounds


def _design(mean: float, weeks: float, deviations: float) -> tuple[float, float]:
    k = reference_value(mean, deviations=deviations)
    return k, threshold(mean, k, weeks)
