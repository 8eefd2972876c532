"""Outings as effort: which are distinct, and which reported an observation."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def month_of(dates: pd.Series) -> Ints:
    """Return the number of the month of each date, counted from year 0: 12 × year + month − 1."""
    months: Ints = dates.to_numpy().astype("datetime64[M]").astype(np.int64) + 1970 * 12
    return months


def distinct_outings(outings: pd.DataFrame) -> pd.DataFrame:
    """Return each outing once: the same reference on the same day in the same QPV is one effort.

    Files that overlap (a quarter, then the year) would otherwise count it twice.
    """
    once = outings.drop_duplicates(["outing", "date", "qpv"])
    return once.sort_values(["qpv", "date", "outing"], ignore_index=True)


def link_reports(observations: pd.DataFrame, effort: pd.DataFrame) -> Ints:
    """Return the positions, in `effort`, of the outings that reported an observation at least.

    An observation that names its outing is that outing's, in the same QPV and month (its own day
    first, when a reference was used again). One that names none is an outing's of the same QPV and
    day; of several, the first: they may have been one. A count of zero reports nothing.

    Parameters
    ----------
    observations
        Located ones: `id`, `date`, `precision`, `count`, `outing`, `qpv`.
    effort
        Distinct outings, see `distinct_outings`.
    """
    seen = observations.loc[
        observations["count"] > 0, ["id", "date", "precision", "outing", "qpv"]
    ].assign(month=lambda rows: month_of(rows["date"]))
    held = effort[["outing", "date", "qpv"]].assign(
        month=month_of(effort["date"]), place=np.arange(len(effort))
    )
    named = seen[seen["outing"].notna()].merge(
        held, on=["outing", "qpv", "month"], suffixes=("", "_outing")
    )
    named["other_day"] = named["date"] != named["date_outing"]
    by_name = named.sort_values(["id", "other_day", "place"]).drop_duplicates("id")["place"]
    silent = seen[seen["outing"].isna() & (seen["precision"] == "day")]
    by_day = silent.merge(
        held.drop_duplicates(["qpv", "date"])[["qpv", "date", "place"]], on=["qpv", "date"]
    )["place"]
    found: Ints = np.unique(np.concatenate([by_name.to_numpy(), by_day.to_numpy()]))
    return found.astype(np.int64)
