"""Layers of official figures: what producers publish, and the few shares computed from it.

The producer's own secrecy is kept as it is (rule `producer`). A share is computed from counts that
are all published, and only from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from observatoire.catalogue import Catalogue, Indicator, read_catalogue
from observatoire.indicators.spread import KIND as SPREAD
from observatoire.indicators.spread import known_spread
from observatoire.layers import IndicatorLayer

RULE = "producer"
_OF_EDITION = ("france", SPREAD)
_CONTEXT = ("commune", "epci", *_OF_EDITION)
_ORDER = ("qpv", *_CONTEXT)

Perimeters = Mapping[str, Sequence[str]]


def build_official_layers(
    statistics: pd.DataFrame,
    catalogue: Catalogue | None = None,
    perimeters: Perimeters | None = None,
) -> list[IndicatorLayer]:
    """Return one layer per indicator, period and edition of QPV, derived shares included.

    Parameters
    ----------
    statistics
        Figures per `schemas.STATISTICS`; IRIS are left aside.
    catalogue
        Describes the derived shares; the shipped one by default.
    perimeters
        Codes of the QPV whose perimeter is at hand, by edition.

    Returns
    -------
    Layers sorted by indicator, period and edition. Each holds every QPV of its edition that has a
    perimeter or that any statistic names (`missing` where this one has no line for it), the figures
    of France, communes and EPCI for the same indicator and period, and the spread of all the QPV of
    France. An indicator that is missing for all QPV at a period makes no layer.

    Notes
    -----
    Values keep the producer's unit: percentages are percent points.
    """
    own, spread = spread_figures(statistics, catalogue, perimeters)
    figures = pd.concat([own, spread], ignore_index=True)
    qpv = figures[figures["zone_kind"] == "qpv"]
    context = _context(figures)
    known = {
        str(edition): pd.Index(np.sort(pd.unique(np.array([*zones, *_codes(perimeters, edition)]))))
        for edition, zones in qpv.groupby("edition")["zone"]
    }
    around = dict(iter(context.groupby(["indicator", "period"])))
    layers = []
    for key, rows in qpv.groupby(["indicator", "period", "edition"]):
        beside = around.get(key[:2], context.iloc[:0])
        if (rows["status"] != "missing").any():
            layers.append(_layer(rows, beside, known))
    return layers


def spread_figures(
    statistics: pd.DataFrame,
    catalogue: Catalogue | None = None,
    perimeters: Perimeters | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the figures of QPV and around them, derived shares included, and their spread.

    Parameters are those of `build_official_layers`.
    """
    spread = statistics["zone_kind"] == SPREAD
    shown = statistics[statistics["zone_kind"].isin(_ORDER) & ~spread]
    figures = with_shares(shown, catalogue or read_catalogue())
    sizes = {name: len(codes) for name, codes in (perimeters or {}).items()}
    return figures, known_spread(figures, statistics[spread], sizes)


def share(parts: Iterable[pd.DataFrame], whole: pd.DataFrame) -> pd.DataFrame:
    """Return 100 × Σ parts / whole, zone by zone, in percent points.

    Parameters
    ----------
    parts, whole
        Columns `value` and `status`, one index for all: the zones of the whole. A zone that a part
        does not have is missing there.

    Returns
    -------
    Frame with `value` and `status` on the index of `whole`. `missing` where any part is missing or
    the whole is zero, else `secret` where any part is secret.

    Notes
    -----
    p = 100 · Σᵢ nᵢ / d, on published counts only; nothing is estimated.
    """
    frames = [part.reindex(whole.index) for part in parts]
    statuses = [frame["status"].fillna("missing") for frame in [*frames, whole]]
    total = sum((frame["value"] for frame in frames), pd.Series(0.0, index=whole.index))
    missing = np.logical_or.reduce([status == "missing" for status in statuses])
    secret = np.logical_or.reduce([status == "secret" for status in statuses])
    missing = missing | (whole["value"] == 0).to_numpy()
    status = np.select([missing, secret], ["missing", "secret"], "ok")
    value = 100 * total / whole["value"].where(whole["value"] != 0)
    return pd.DataFrame({"value": value.where(status == "ok"), "status": status}, index=whole.index)


def with_shares(statistics: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Add to the figures the shares that the catalogue derives from them."""
    derived = [item for item in catalogue.indicators.values() if item.derived]
    added = [_share_rows(statistics, item) for item in derived]
    return pd.concat([statistics, *(rows for rows in added if not rows.empty)], ignore_index=True)


def _share_rows(statistics: pd.DataFrame, indicator: Indicator) -> pd.DataFrame:
    """Return the figures of one derived share, wherever its whole and its parts are published."""
    key = ["period", "zone_kind", "zone", "edition"]
    wholes = statistics[statistics["indicator"] == indicator.denominator_id].set_index(key)
    parts = [
        statistics[statistics["indicator"] == name].set_index(key)
        for name in indicator.numerator_ids
    ]
    editions = set.intersection(*(_moments(part) for part in [wholes, *parts]))
    moment = pd.MultiIndex.from_arrays(
        [wholes.index.get_level_values(level) for level in ("period", "edition")]
    )
    whole = wholes[moment.isin(list(editions))]
    rows = share(parts, whole[["value", "status"]]).reset_index()
    return rows.assign(indicator=indicator.id, source=whole["source"].to_numpy())


def _codes(perimeters: Perimeters | None, edition: object) -> Sequence[str]:
    return (perimeters or {}).get(str(edition), ())


def _moments(rows: pd.DataFrame) -> set[tuple[str, str]]:
    """Return the (period, edition) pairs at which an indicator is published at all."""
    levels = (rows.index.get_level_values(level) for level in ("period", "edition"))
    return set(zip(*levels, strict=True))


def _layer(
    rows: pd.DataFrame, beside: pd.DataFrame, known: Mapping[str, pd.Index]
) -> IndicatorLayer:
    """Return the layer of one indicator, period and edition.

    Parameters
    ----------
    rows
        Its figures by QPV.
    beside
        Figures of the places around and spread, for the same indicator and period.
    known
        QPV of each edition.
    """
    first = rows.iloc[0]
    edition = str(first["edition"])
    here = ~beside["zone_kind"].isin(_OF_EDITION) | (beside["edition"] == edition)
    return IndicatorLayer(
        indicator=str(first["indicator"]),
        period=str(first["period"]),
        edition=edition,
        rule=RULE,
        source=main_source(rows["source"]),
        fictitious=False,
        frame=_frame(rows, known[edition], beside[here]),
    )


def _context(figures: pd.DataFrame) -> pd.DataFrame:
    """Return what stands beside the QPV, in the order of a layer: each place once.

    Of two vintages of codes of a place, the latest names it.
    """
    beside = figures[figures["zone_kind"].isin(_CONTEXT)]
    ranks = beside["zone_kind"].map({kind: rank for rank, kind in enumerate(_CONTEXT)})
    beside = beside.assign(rank=ranks).sort_values(["rank", "zone", "edition"])
    later = beside.duplicated(["indicator", "period", "zone_kind", "zone"], keep="last")
    return beside[~later | beside["zone_kind"].isin(_OF_EDITION)]


def _frame(rows: pd.DataFrame, known: pd.Index, beside: pd.DataFrame) -> pd.DataFrame:
    """Return a layer's frame: every known QPV, then what stands beside them, in its order."""
    columns = ["value", "status"]
    qpv = rows.set_index("zone")[columns].reindex(known)
    qpv["status"] = qpv["status"].fillna("missing")
    frame = pd.concat([qpv, beside[columns]])
    kinds = [*["qpv"] * len(known), *beside["zone_kind"]]
    names = ["zone_kind", "zone"]
    return frame.set_axis(
        pd.MultiIndex.from_arrays([kinds, [*known, *beside["zone"]]], names=names)
    )


def main_source(sources: pd.Series) -> str:
    """Return the source of most figures; the first by name when several have as many."""
    counts = sources.value_counts()
    return str(min(counts[counts == counts.max()].index))
