"""How an official figure is spread over all the QPV of France: five quantiles, and how many.

What a published percentage without its parts can be held against: the gap between two
neighbourhoods beside the spread of all of them. Rows of kind `spread`, zones `q05`, `q25`, `q50`,
`q75`, `q95`, `n` (QPV with a value) and `total` (QPV of the edition).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from observatoire.schemas import SPREAD_ZONES, STATISTICS

KIND = "spread"
SOURCE = "qpv_spread"
QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
PERIMETERS = {"2015": 1514}
"""QPV of an edition whose official perimeters were counted."""
NATIONAL = 1000
"""A publication that names fewer QPV is an extract: no spread of France is made of it."""

_DECIMALS = 9  # far under any published digit: 53.35, not 53.34999999999991
_MOMENT = ["indicator", "period", "edition"]
_COLUMNS = [column.name for column in STATISTICS.columns]


def national_spread(
    figures: pd.DataFrame, perimeters: Mapping[str, int] | None = None
) -> pd.DataFrame:
    """Return the spread of each indicator, period and edition published for all of France.

    Parameters
    ----------
    figures
        Per `schemas.STATISTICS`, derived shares included; only QPV are read.
    perimeters
        How many perimeters of an edition are at hand, for those that `PERIMETERS` does not count;
        fewer than `NATIONAL` are not all of them.

    Returns
    -------
    Rows per `schemas.STATISTICS`, sorted by key. None for a figure published for fewer than
    `NATIONAL` QPV (whatever their status), nor for one that no QPV shows, nor for an edition whose
    number of QPV is not known.

    Notes
    -----
    Quantiles of the published values, by linear interpolation between the two nearest ranks
    (Hyndman and Fan 1996, definition 7). A value that its producer hides is in no quantile: the
    hidden ones are the small QPV, so `n` is always read beside `total`.
    """
    counted = {name: size for name, size in (perimeters or {}).items() if size >= NATIONAL}
    totals = {**counted, **PERIMETERS}
    qpv = figures[(figures["zone_kind"] == "qpv") & figures["edition"].isin(totals)]
    rows: list[tuple[object, ...]] = []
    for (indicator, period, edition), found in qpv.groupby(_MOMENT, sort=True):
        values = found.loc[found["status"] == "ok", "value"].to_numpy(dtype="float64")
        if len(found) < NATIONAL or not len(values):
            continue
        cuts = np.round(np.quantile(values, list(QUANTILES.values())), _DECIMALS)
        numbers = [*cuts.tolist(), float(len(values)), float(totals[str(edition)])]
        rows += [
            (indicator, KIND, zone, edition, period, number, "ok", SOURCE)
            for zone, number in zip(SPREAD_ZONES, numbers, strict=True)
        ]
    return pd.DataFrame(rows, columns=_COLUMNS).astype({"value": "float64"})


def known_spread(
    figures: pd.DataFrame, held: pd.DataFrame, perimeters: Mapping[str, int] | None = None
) -> pd.DataFrame:
    """Return the spread to publish: made of the figures where they are national, else the one held.

    Parameters
    ----------
    figures, perimeters
        As in `national_spread`.
    held
        Figures per `schemas.STATISTICS`; those of kind `spread` are the ones taken as they are.
    """
    made = national_spread(figures, perimeters)
    kept = held.loc[held["zone_kind"] == KIND, _COLUMNS]
    if made.empty:
        return kept.reset_index(drop=True)
    known = pd.MultiIndex.from_frame(made[_MOMENT])
    kept = kept[~pd.MultiIndex.from_frame(kept[_MOMENT]).isin(known)]
    return pd.concat([made, kept], ignore_index=True) if len(kept) else made
