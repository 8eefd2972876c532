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
    cells = pd.concat([_cells_of(layer) for layer in layers], ignore_index=True)
    if cells.duplicated(["zone", "period"]).any():
        raise DisclosureError("a QPV appears twice in a period of the same theme")
    _require_sums(cells)
    cells["passes"] = cells["covered"] & _passes(cells, thresholds)
    return cells


def _cells_of(layer: IndicatorLayer) -> pd.DataFrame:
    frame, period = layer.frame, layer.period
    name = f"{layer.indicator} {period}"
    kinds = set(frame.index.get_level_values("zone_kind"))
    if kinds - {"qpv"}:
        raise DisclosureError(f"{name}: field layers cover QPV only, got {sorted(kinds)}")
    if not frame["status"].isin(_STATUSES).all():
        raise DisclosureError(f"{name}: a status that the door does not know")
    level = level_of(period)
    parent = period_of(first_day(period), COARSER[level]) if level in COARSER else ""
    cells = pd.DataFrame(
        {
            "zone": frame.index.get_level_values("zone").astype("str"),
            "period": period,
            "level": level,
            "year": period[:4],
            "parent": parent,
            "covered": (frame["status"] == "ok").to_numpy(),
        }
    )
    for column, counted in zip(("count", "outings", "reports"), _COUNTS, strict=True):
        cells[column] = _whole(frame, counted, name, required=layer.rule == FIELD)
    cells["reports"] = cells[["reports", "count"]].min(axis=1)
    _require_values(frame, cells, layer)
    return cells


def _whole(frame: pd.DataFrame, column: str, name: str, *, required: bool) -> np.ndarray:
    """Return a column of counts; a register counts observations only, its effort is zero."""
    if column not in frame.columns and column != "observations" and not required:
        return np.zeros(len(frame), dtype=np.int64)
    if column not in frame.columns:
        raise DisclosureError(f"{name}: column {column!r} is missing")
    values = pd.to_numeric(frame[column]).astype("float64").to_numpy(na_value=np.nan)
    if not required and column != "observations":
        values = np.nan_to_num(values)
    if not (np.isfinite(values).all() and (values >= 0).all() and (values % 1 == 0).all()):
        raise DisclosureError(f"{name}: {column} are not whole counts")
    return values.astype(np.int64)


def _require_values(frame: pd.DataFrame, cells: pd.DataFrame, layer: IndicatorLayer) -> None:
    """Refuse a layer whose values are not its counts (per outing, for field observations)."""
    covered = cells["covered"].to_numpy()
    counts, outings = cells["count"].to_numpy()[covered], cells["outings"].to_numpy()[covered]
    if layer.rule == FIELD and (outings == 0).any():
        raise DisclosureError(f"{layer.indicator} {layer.period}: a rate without an outing")
    expected = counts / outings if layer.rule == FIELD else counts
    values = frame["value"].to_numpy(dtype="float64")
    if not np.allclose(values[covered], expected, rtol=1e-9, atol=0, equal_nan=False):
        raise DisclosureError(f"{layer.indicator} {layer.period}: values are not their counts")
    if not np.isnan(values[~covered]).all():
        raise DisclosureError(f"{layer.indicator} {layer.period}: a value where nobody looked")


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
