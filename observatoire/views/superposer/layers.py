"""The areas under the neighbourhoods and one variable of theirs: what can be drawn, or carried."""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd
import streamlit as st

from observatoire import publication
from observatoire.catalogue import Indicator, read_catalogue
from observatoire.disclosure import ProtectedLayer
from observatoire.superposition import AreaFigures, Calibration, Known
from observatoire.views.doors import Doors, zone_figures
from observatoire.views.state import MapState
from observatoire.views.superposer.state import KINDS, AreaOffer, OverlayState, nearest_period

BENCHMARKS = ("cnaf.A",)


@dataclass(frozen=True)
class Shown:
    """Areas and one variable of theirs.

    Attributes
    ----------
    label, unit, decimals, period, source
        What the variable is; `period` is empty when a loaded file says none, and `source` is the
        name of the register, or of the file.
    areas
        Outlines indexed by key, EPSG:4326, column `name`.
    cells
        Indexed by the same keys: `value` (NaN unless the status is `ok`), `status`.
    is_count
        Drawn per km², since a large area holds more than a small one.
    figures
        What can be carried to the neighbourhoods; None when nothing can.
    refusal
        Why nothing can: `median`, `index`, `rate`, `not_additive`; empty when something can.
    loaded
        What tells a loaded file and its columns from others; empty for what is published.
    """

    label: str
    unit: str
    decimals: int
    period: str
    source: str
    areas: gpd.GeoDataFrame = field(repr=False)
    cells: pd.DataFrame = field(repr=False)
    is_count: bool
    figures: AreaFigures | None
    refusal: str = ""
    loaded: str = ""

    @property
    def is_loaded(self) -> bool:
        """Tell whether a reader loaded it."""
        return bool(self.loaded)


def area_offer(doors: Doors) -> AreaOffer:
    """Return the published layers of IRIS and communes."""
    return _offer(doors.published().release.sha256, doors)


def published_areas(doors: Doors, kind: str) -> gpd.GeoDataFrame:
    """Return the published outlines of a kind, indexed by code, EPSG:4326."""
    return _outlines(doors.published().release.sha256, kind, doors)


def published_shown(doors: Doors, offer: AreaOffer, state: OverlayState) -> Shown:
    """Return the published areas of a state and their figures."""
    layer = _layer(doors, offer, state)
    areas = published_areas(doors, state.areas)
    one = layer.description
    figures, refusal = carried(doors, offer, state, layer)
    return Shown(
        one.label,
        one.unit,
        one.decimals,
        layer.period,
        layer.source,
        areas,
        _cells(layer, state.areas, areas.index),
        one.kind == "count" and one.additivity == "sum",
        figures,
        refusal,
    )


def carried(
    doors: Doors, offer: AreaOffer, state: OverlayState, layer: ProtectedLayer
) -> tuple[AreaFigures | None, str]:
    """Return the figures that may be carried to other areas, or why none may be."""
    one = layer.description
    keys = published_areas(doors, state.areas).index
    if one.kind == "count" and one.additivity == "sum":
        return AreaFigures("count", _cells(layer, state.areas, keys)["value"]), ""
    if one.derived:
        names = (*one.numerator_ids, one.denominator_id)
        known = [(info.indicator, info.period) for info in offer.layers[state.areas]]
        if all((name, state.period) in known for name in names):
            parts = [_part(doors, offer, state, name, keys) for name in names]
            top = pd.concat(parts[:-1], axis=1).sum(axis=1, skipna=False)
            return AreaFigures("rate", top, parts[-1], per=100.0), ""
    return None, refusal_of(one)


def refusal_of(one: Indicator) -> str:
    """Return why an indicator cannot be carried, as the name of a sentence."""
    if one.kind == "amount":
        return "median"
    if one.kind in ("index", "ratio"):
        return "index"
    return "rate" if one.kind == "share" else "not_additive"


def calibration(
    doors: Doors, offer: AreaOffer, state: OverlayState
) -> tuple[Calibration, str] | None:
    """Return an official total of the same producer to calibrate on, and the period it is said of.

    None when the producer publishes none, or when it is the very variable that is carried.
    """
    producer = state.variable.partition(".")[0]
    for name in BENCHMARKS:
        if name == state.variable or name.partition(".")[0] != producer:
            continue
        if state.period not in offer.periods(state.areas, name):
            continue
        official = official_layer(doors, name, state.period)
        if official is None:
            continue
        keys = published_areas(doors, state.areas).index
        by_area = _part(doors, offer, state, name, keys)
        totals = zone_figures(official, "qpv")["value"]
        return Calibration(by_area, totals), official.period
    return None


def official_layer(doors: Doors, indicator: str, period: str) -> ProtectedLayer | None:
    """Return the neighbourhoods' own layer of an indicator at the nearest year, if any."""
    offer, edition = doors.published().offer, doors.edition()
    if indicator not in offer.indicators() or edition not in offer.editions(indicator):
        return None
    found = nearest_period(period, offer.periods(indicator, edition))
    return doors.layer(MapState(indicator, edition, found)) if found else None


def known_figures(official: ProtectedLayer | None, period: str) -> Known | None:
    """Return what is officially known of the very variable and year.

    A figure of another year is not this one; a secret of another year stays one.
    """
    if official is None:
        return None
    cells = zone_figures(official, "qpv")
    if official.period == period:
        return Known(cells["value"], cells["status"])
    kept = cells["status"].where(cells["status"] == "secret", "missing")
    return Known(pd.Series(float("nan"), index=cells.index), kept)


def benchmark_label() -> str:
    """Return the name of the official total that estimates are calibrated on."""
    return read_catalogue()[BENCHMARKS[0]].label


def _layer(doors: Doors, offer: AreaOffer, state: OverlayState) -> ProtectedLayer:
    info = offer.info(state)
    return doors.layer(MapState(info.indicator, info.edition, info.period))


def _part(
    doors: Doors, offer: AreaOffer, state: OverlayState, name: str, keys: pd.Index
) -> pd.Series:
    wanted = OverlayState(state.areas, name, state.period)
    return _cells(_layer(doors, offer, wanted), state.areas, keys)["value"]


def _cells(layer: ProtectedLayer, kind: str, keys: pd.Index) -> pd.DataFrame:
    """Return the cells of all the outlines; one the layer says nothing of is `missing`."""
    cells = zone_figures(layer, kind).reindex(keys)[["value", "status"]]
    return cells.assign(status=cells["status"].fillna("missing"))


@st.cache_resource(show_spinner=False, max_entries=2)
def _offer(sha256: str, _doors: Doors) -> AreaOffer:
    with _doors.access.session() as session:
        found = {kind: tuple(publication.list_layers(session, kind)) for kind in KINDS}
    return AreaOffer(found)


@st.cache_resource(show_spinner=False, max_entries=4)
def _outlines(sha256: str, kind: str, _doors: Doors) -> gpd.GeoDataFrame:
    with _doors.access.session() as session:
        return publication.read_outlines(session, kind)
