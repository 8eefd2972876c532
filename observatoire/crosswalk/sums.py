"""Weights applied to figures: counts, rates rebuilt from their parts, densities.

A source without a published value is left out of the sum and of the coverage, never counted as
zero; a target that no published source reaches has no value.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from observatoire.crosswalk.weights import WHOLE_SHARE, Weights

TRACE_SHARE = 0.02
"""Share of a target under which a source is a trace: outlines generalised by some metres cross
their neighbours. The same two per cent as for a source that is wholly inside."""


def total_count(weights: Weights, values: pd.Series) -> pd.Series:
    """Return ŷ_j = Σ_i y_i w_ij by target; NaN where no published source reaches.

    Parameters
    ----------
    values
        Counts by source; NaN (or no entry) where the producer publishes none.
    """
    figure = _by_pair(weights, values)
    return _sums(weights, figure * weights.pairs["weight"])


def total_rate(weights: Weights, numerators: pd.Series, denominators: pd.Series) -> pd.Series:
    """Return r̂_j = Σ_i n_i w_ij / Σ_i d_i w_ij over the sources that publish both parts.

    A rate is never averaged by ground: the denominators say how many each source weighs.
    """
    both = numerators.notna() & denominators.reindex(numerators.index).notna()
    top = total_count(weights, numerators.where(both))
    bottom = total_count(weights, denominators.reindex(numerators.index).where(both))
    return top / bottom.where(bottom > 0)


def total_density(weights: Weights, densities: pd.Series) -> pd.Series:
    """Return r̂_j = Σ_i r_i a_ij / Σ_i a_ij over the sources that publish one.

    Right only for what is evenly spread over each source; always by ground, whatever the weights.
    """
    figure = _by_pair(weights, densities)
    shared = weights.pairs["area_m2"].where(figure.notna())
    return _sums(weights, figure * shared) / _sums(weights, shared)


def coverage(weights: Weights, published: pd.Series) -> pd.Series:
    """Return the share of each target's ground (0–1) under sources with a published value.

    Parameters
    ----------
    published
        Truth by source; a source without an entry publishes nothing.
    """
    known = weights.pairs["source"].map(published.astype(bool)).fillna(False).astype(bool)
    shared = _sums(weights, weights.pairs["area_m2"].where(known)).fillna(0.0)
    return (shared / weights.target_m2).clip(upper=1.0)


def hidden_sources(weights: Weights, published: pd.Series) -> pd.Series:
    """Tell which targets have a source without a published value, traces apart."""
    known = weights.pairs["source"].map(published.astype(bool)).fillna(False).astype(bool)
    hidden = ~known & (weights.pairs["target_share"] >= TRACE_SHARE)
    return _any(weights, hidden)


def partial_share(weights: Weights, values: pd.Series) -> pd.Series:
    """Return s_j, the share of the estimate that comes from sources that are not wholly inside.

    s_j = Σ_{i partial} y_i w_ij / ŷ_j. Where the estimate is zero, the same share of the ground.
    """
    amount = _by_pair(weights, values) * weights.pairs["weight"]
    partial = weights.pairs["weight"] < WHOLE_SHARE
    total, cut = _sums(weights, amount), _sums(weights, amount.where(partial)).fillna(0.0)
    ground = weights.pairs["area_m2"].where(amount.notna())
    by_ground = _sums(weights, ground.where(partial)).fillna(0.0) / _sums(weights, ground)
    return (cut / total.where(total > 0)).fillna(by_ground)


def part_of(weights: Weights, values: pd.Series, shares: pd.Series) -> pd.Series:
    """Return the share of each estimate that the sources say of themselves (imputed, say).

    Σ_i s_i y_i w_ij / ŷ_j; NaN where one source that counts does not say.
    """
    amount = _by_pair(weights, values) * weights.pairs["weight"]
    said = weights.pairs["source"].map(shares).astype(float)
    total = _sums(weights, amount)
    unsaid = _any(weights, said.isna() & (amount > 0))
    return (_sums(weights, amount * said).fillna(0.0) / total.where(total > 0)).mask(unsaid)


def _by_pair(weights: Weights, values: pd.Series) -> pd.Series:
    return weights.pairs["source"].map(values.astype(float)).astype(float)


def _sums(weights: Weights, amounts: pd.Series) -> pd.Series:
    """Return sums by target; NaN where there is nothing to add."""
    sums = amounts.groupby(weights.pairs["target"], sort=False).sum(min_count=1)
    return sums.reindex(weights.targets).astype(np.float64)


def _any(weights: Weights, truth: pd.Series) -> pd.Series:
    found = truth.groupby(weights.pairs["target"], sort=False).any()
    return found.reindex(weights.targets).fillna(False).astype(bool)
