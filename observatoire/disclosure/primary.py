"""The cells of our own layers, and which of them pass the thresholds by themselves.

One frame holds every period of a theme, from month to year, for every QPV: whether a cell may be
shown depends on the cells that it adds up to.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from observatoire.disclosure.rules import FIELD, Thresholds
from observatoire.errors import DisclosureError
from observatoire.layers import IndicatorLayer
from observatoire.periods import LEVELS, Level, first_day, level_of, period_of

COARSER: dict[Level, Level] = dict(pairwise(LEVELS))
_COUNTS = ("observations", "outings", "reports")
_STATUSES = ("ok", "blind", "missing", "not_collected")


def build_cells(layers: Sequence[IndicatorLayer], thresholds: Thresholds) -> pd.DataFrame:
    """Gather the layers of one theme and edition, one row for each QPV and period.

    Returns
    -------
    Columns `zone`, `period`, `level`, `year`, `parent` (period of the next level, empty for a
    year), `count`, `outings`, `reports`, `covered` (somebody looked), `passes`.

    Raises
    ------
    DisclosureError
        When the layers are not what the door can judge: other zones than QPV, counts that are
        not whole, periods that do not add up.
    """
    cells = _stack(layers)
    if cells.duplicated(["zone", "period"]).any():
        raise DisclosureError("a QPV appears twice in a period of the same theme")
    _require_sums(cells)
    cells["passes"] = cells["covered"] & _passes(cells, thresholds)
    return cells


def _stack(layers: Sequence[IndicatorLayer]) -> pd.DataFrame:
    """Stack the cells of all the layers, and refuse what they cannot say."""
    sizes = [len(layer.frame) for layer in layers]
    periods = [layer.period for layer in layers]
    levels = [level_of(period) for period in periods]
    parents = [
        period_of(first_day(period), COARSER[level]) if level in COARSER else ""
        for period, level in zip(periods, levels, strict=True)
    ]
    kinds = set().union(*(layer.frame.index.get_level_values("zone_kind") for layer in layers))
    if kinds - {"qpv"}:
        raise DisclosureError(f"{layers[0].indicator}: field layers cover QPV only, got {kinds}")
    cells = pd.DataFrame(
        {
            "zone": np.concatenate(
                [layer.frame.index.get_level_values("zone").to_numpy(object) for layer in layers]
            ),
            "period": np.repeat(np.array(periods, object), sizes),
            "level": np.repeat(np.array(levels, object), sizes),
            "year": np.repeat(np.array([period[:4] for period in periods], object), sizes),
            "parent": np.repeat(np.array(parents, object), sizes),
            "status": _column(layers, "status", object),
            "value": _column(layers, "value", float),
        }
    ).astype(dict.fromkeys(("zone", "period", "level", "year", "parent", "status"), "str"))
    if not cells["status"].isin(_STATUSES).all():
        raise DisclosureError(f"{layers[0].indicator}: a status that the door does not know")
    cells["covered"] = cells["status"] == "ok"
    field = layers[0].rule == FIELD
    for column, counted in zip(("count", "outings", "reports"), _COUNTS, strict=True):
        effort = column != "count"
        cells[column] = 0 if effort and not field else _whole(layers, counted)
    cells["reports"] = cells[["reports", "count"]].min(axis=1)
    _require_values(cells, layers[0].indicator, field=field)
    return cells.drop(columns=["status", "value"])


def _column(layers: Sequence[IndicatorLayer], column: str, kind: type) -> np.ndarray:
    if not all(column in layer.frame.columns for layer in layers):
        raise DisclosureError(f"{layers[0].indicator}: column {column!r} is missing")
    return np.concatenate([layer.frame[column].to_numpy(kind) for layer in layers])


def _whole(layers: Sequence[IndicatorLayer], column: str) -> np.ndarray:
    """Return a column of counts, refused unless all are whole."""
    values = _column(layers, column, float)
    if not (np.isfinite(values).all() and (values >= 0).all() and (values % 1 == 0).all()):
        raise DisclosureError(f"{layers[0].indicator}: {column} are not whole counts")
    return values.astype(np.int64)


def _require_values(cells: pd.DataFrame, indicator: str, *, field: bool) -> None:
    """Refuse values that are not their counts (per outing, for field observations)."""
    seen, unseen = cells[cells["covered"]], cells[~cells["covered"]]
    if field and (seen["outings"] == 0).any():
        raise DisclosureError(f"{indicator}: a rate without an outing")
    expected = seen["count"] / seen["outings"] if field else seen["count"]
    if not np.allclose(seen["value"], expected, rtol=1e-9, atol=0, equal_nan=False):
        raise DisclosureError(f"{indicator}: values are not their counts")
    if unseen["value"].notna().any():
        raise DisclosureError(f"{indicator}: a value where nobody looked")


def _require_sums(cells: pd.DataFrame) -> None:
    """Refuse periods that are not the sums of their parts: the door could not judge them."""
    sums = (
        cells[cells["parent"] != ""]
        .groupby(["zone", "parent"], sort=False)[["count", "outings"]]
        .sum()
        .rename_axis(index=["zone", "period"])
    )
    totals = cells[cells["level"] != LEVELS[0]].set_index(["zone", "period"])
    totals = totals[["count", "outings"]]
    if len(sums) != len(totals) or not sums.index.isin(totals.index).all():
        raise DisclosureError("a theme must come with all its periods, from month to year")
    if not (sums.reindex(totals.index) == totals).all(axis=None):
        raise DisclosureError("the periods of a theme are not the sums of their parts")


def _passes(cells: pd.DataFrame, thresholds: Thresholds) -> pd.Series:
    """Tell which cells reach the thresholds by themselves.

    A count needs one observation more where a month had a single outing: two outings at least
    reported, so that one cannot have reported all, and the hidden month would be known within k.
    """
    zero = cells["count"] == 0
    needed = thresholds.k + _has_single_outing(cells).astype("int64")
    seen = (cells["count"] >= needed) & (cells["reports"] >= thresholds.reports)
    looked = cells["outings"] >= thresholds.base
    return looked & np.where(zero, cells["outings"] >= thresholds.zero_outings, seen)


def _has_single_outing(cells: pd.DataFrame) -> pd.Series:
    """Tell which periods longer than a month hold a month with one outing only."""
    months = cells[(cells["level"] == "month") & (cells["outings"] == 1)]
    held = {
        (zone, period_of(first_day(month), level))
        for zone, month in zip(months["zone"], months["period"], strict=True)
        for level in LEVELS[1:]
    }
    keys = zip(cells["zone"], cells["period"], strict=True)
    return pd.Series([key in held for key in keys] if held else False, index=cells.index)
