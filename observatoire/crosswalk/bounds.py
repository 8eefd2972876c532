"""What no method can go beyond: bounds from the sources that are wholly or partly inside."""

from __future__ import annotations

import numpy as np
import pandas as pd

from observatoire.crosswalk.weights import Weights


def count_bounds(weights: Weights, values: pd.Series) -> pd.DataFrame:
    """Return the hard bounds of a count by target.

    L_j = Σ y_i over the sources that are wholly inside (98 % of their ground), U_j = Σ y_i over all
    that share ground with the target.

    Parameters
    ----------
    values
        Counts by source, not negative; NaN where the producer publishes none. What is not
        published is in neither sum: the upper bound holds for the published sources.

    Returns
    -------
    Frame `lo`, `hi` indexed by target; NaN where no published source reaches.
    """
    figure = weights.pairs["source"].map(values.astype(float)).astype(float)
    known = figure.notna()

    def sums(amounts: pd.Series) -> pd.Series:
        found = amounts.groupby(weights.pairs["target"], sort=False).sum(min_count=1)
        return found.reindex(weights.targets)

    reached = sums(known.astype(float).where(known)).notna()
    low = sums(figure.where(weights.whole)).fillna(0.0).where(reached)
    return pd.DataFrame({"lo": low, "hi": sums(figure)})


def rate_bounds(weights: Weights, tops: pd.Series, bottoms: pd.Series) -> pd.DataFrame:
    """Return the hard bounds of a ratio of two counts by target.

    Where no source has a numerator over its denominator, the rate is taken for a share (what is
    counted above is a part of what is counted below, everywhere); with m = d − n the rest,
    L_n / (L_n + U_m) ≤ r ≤ U_n / (U_n + L_m). Otherwise L_n / U_d ≤ r ≤ U_n / L_d.

    Returns
    -------
    Frame `lo`, `hi` indexed by target; NaN where nothing bounds the ratio.
    """
    both = tops.notna() & bottoms.notna()
    top, bottom = tops.where(both), bottoms.where(both)
    numerator = count_bounds(weights, top)
    if (top[both] <= bottom[both]).all():
        rest = count_bounds(weights, bottom - top)
        low = _ratio(numerator["lo"], numerator["lo"] + rest["hi"])
        high = _ratio(numerator["hi"], numerator["hi"] + rest["lo"])
        return pd.DataFrame({"lo": low, "hi": high})
    denominator = count_bounds(weights, bottom)
    low = numerator["lo"] / denominator["hi"].where(denominator["hi"] > 0)
    high = numerator["hi"] / denominator["lo"].where(denominator["lo"] > 0)
    return pd.DataFrame({"lo": low, "hi": high})


def _ratio(top: pd.Series, bottom: pd.Series) -> pd.Series:
    """Return top / bottom; zero over zero is zero: there is nothing to count."""
    values = np.divide(
        top.to_numpy(dtype=float),
        bottom.to_numpy(dtype=float),
        out=np.where(bottom.isna(), np.nan, 0.0),
        where=(bottom > 0).to_numpy(),
    )
    return pd.Series(values, index=top.index)
