"""Calibration on an official total of a related variable, of the same producer and year."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from observatoire.crosswalk.sums import total_count
from observatoire.crosswalk.weights import Weights


@dataclass(frozen=True)
class Benchmark:
    """A count that the producer publishes both by source and, officially, by target.

    Attributes
    ----------
    totals
        Official counts by target; NaN (or no entry) where none is published.
    sources
        The same variable by source; NaN where the producer publishes none.
    comparable
        Same producer and same year as the figures: without it nothing is benchmarked.
    """

    totals: pd.Series
    sources: pd.Series
    comparable: bool = True


def factors(weights: Weights, benchmark: Benchmark, used: pd.Series) -> pd.Series:
    """Return f_j = Y_j / Σ_i Y_i w_ij by target; NaN where it cannot be had.

    Parameters
    ----------
    used
        Truth by source: which sources count, the same in the factor and in what it multiplies.
    """
    known = benchmark.sources.where(used.reindex(benchmark.sources.index).fillna(False))
    estimated = total_count(weights, known)
    official = benchmark.totals.reindex(weights.targets).astype(float)
    return official / estimated.where(estimated > 0)


def benchmarked(
    weights: Weights, values: pd.Series, factor: pd.Series, bounds: pd.DataFrame
) -> pd.Series:
    """Return x̂_j = f_j Σ_i x_i w_ij by target, kept within its hard bounds.

    Parameters
    ----------
    factor
        From `factors`, by target.
    bounds
        `lo`, `hi` by target; NaN does not bound.
    """
    scaled = factor * total_count(weights, values)
    return scaled.clip(lower=bounds["lo"].fillna(0.0), upper=bounds["hi"].fillna(float("inf")))
