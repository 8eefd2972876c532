"""What each organisation saw by itself: who knows its own rows may take them from a total."""

from __future__ import annotations

import pandas as pd

from observatoire.indicators.efforts import month_of

_KEYS = ["theme", "qpv", "month", "organisation"]


def count_teams(observations: pd.DataFrame, outings: pd.DataFrame) -> pd.DataFrame:
    """Count what each organisation wrote down, by theme, QPV and month.

    Parameters
    ----------
    observations, outings
        Entries of the teams, with their `organisation`: see `store.captured`.

    Returns
    -------
    Columns `indicator`, `zone`, `month` (`2026-05`), `organisation`, `observations`, `outings`
    (of that organisation in that QPV and month), `reports` (distinct outings that report the
    theme), whatever the edition: the layers say which rows they count. Imported files name no
    organisation: nobody is held to know their rows.
    """
    seen = _by_month(observations)
    counted = seen.groupby(_KEYS).agg(observations=("count", "sum"), reports=("outing", "nunique"))
    effort = _by_month(outings).groupby(_KEYS[1:])["outing"].nunique().rename("outings")
    rows = counted.reset_index().merge(effort.reset_index(), on=_KEYS[1:], how="left")
    rows["indicator"] = "terrain." + rows.pop("theme").astype(str)
    rows = rows.rename(columns={"qpv": "zone"})
    numbers = dict.fromkeys(("observations", "outings", "reports"), "int64")
    return rows.fillna({"outings": 0}).astype(numbers)


def _by_month(rows: pd.DataFrame) -> pd.DataFrame:
    months = month_of(rows["date"])
    names = [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in months]
    return rows.assign(month=pd.array(names, dtype="str"))
