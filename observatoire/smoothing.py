"""Empirical Bayes: rates of small places drawn towards the rate of their group.

A smoothed rate stands beside the raw one, never instead, and never raises an alert: it is the raw
rate and what the group knows, weighted by how much the place says by itself. Groups are theme by
site: neighbourhoods do not touch one another, so their neighbours in space say nothing.

Pure: plain series in, a plain frame out.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from observatoire.intervals import LEVEL, Floats, garwood, rate_parts

COLUMNS = ("raw", "smoothed", "weight", "low", "high")


def marshall(events: pd.Series, exposure: pd.Series, *, level: float = LEVEL) -> pd.DataFrame:
    """Return the raw and the smoothed rates of one group of places.

    Parameters
    ----------
    events, exposure
        Whole counts and exposure (outings, births), on one index.
    level
        Confidence of the interval of the smoothed rate.

    Returns
    -------
    Frame on the same index: `raw` and `smoothed` rates per unit of exposure, `weight` of the raw
    rate in the smoothed one (0–1), `low` and `high`. A place with a part missing or no exposure
    is NaN everywhere and weighs on nothing: it is not drawn from its group.

    Raises
    ------
    ValueError
        For a negative or fractional count, a negative exposure, or indexes that differ.

    Notes
    -----
    rᵢ = yᵢ/nᵢ, m = Σy/Σn, s² = Σ nᵢ(rᵢ − m)²/Σn, A = max(0, s² − m/n̄), wᵢ = A/(A + m/nᵢ),
    θᵢ = m + wᵢ(rᵢ − m). Marshall (1991), "Mapping disease and mortality rates using empirical
    Bayes estimators", JRSS C 40; global version, as esda and spdep compute it. Interval of the
    Gamma posterior, shape m²/A + yᵢ and rate m/A + nᵢ. When A is 0 the places show no difference
    that chance does not explain: all take m, with the exact interval of the pooled rate.
    """
    if not events.index.equals(exposure.index):
        raise ValueError("events and exposure must have one index")
    counts, effort = rate_parts(events, exposure)
    known = np.isfinite(counts)
    result = pd.DataFrame(np.nan, index=events.index, columns=list(COLUMNS))
    if not known.any():
        return result
    y, n = counts[known], effort[known]
    raw = y / n
    mean, between = group_moments(y, n)
    if between > 0:
        weight = between / (between + mean / n)
        smoothed = mean + weight * (raw - mean)
        law = stats.gamma(mean**2 / between + y, scale=1 / (mean / between + n))
        low, high = law.interval(level)
    else:
        pooled = garwood(y.sum(), n.sum(), level=level)
        weight, smoothed = np.zeros_like(raw), np.full_like(raw, mean)
        low, high = np.full_like(raw, pooled.low), np.full_like(raw, pooled.high)
    result.loc[known, list(COLUMNS)] = np.column_stack([raw, smoothed, weight, low, high])
    return result


def group_moments(events: Floats, exposure: Floats) -> tuple[float, float]:
    """Return the mean rate m of a group and A, the variance of its rates that chance leaves."""
    mean = float(events.sum() / exposure.sum())
    spread = float((exposure * (events / exposure - mean) ** 2).sum() / exposure.sum())
    return mean, max(0.0, spread - mean / float(exposure.mean()))


def marshall_within(
    events: pd.Series, exposure: pd.Series, groups: pd.Series, *, level: float = LEVEL
) -> pd.DataFrame:
    """Return `marshall` group by group (theme by site), on the index of the places.

    Parameters
    ----------
    groups
        Group of each place, on the same index; a place without a group is NaN everywhere.

    Raises
    ------
    ValueError
        As `marshall`, and when the index of the groups differs.
    """
    if not events.index.equals(groups.index):
        raise ValueError("groups must have the index of the events")
    parts = [
        marshall(events[groups == one], exposure[groups == one], level=level)
        for one in groups.dropna().unique()
    ]
    empty = marshall(events.iloc[:0], exposure.iloc[:0])
    return (
        pd.concat([empty, *parts]).reindex(events.index) if parts else empty.reindex(groups.index)
    )
