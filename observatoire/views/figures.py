"""The figures of a layer with their intervals and grades, and the reference they are read against.

Everything is made from published layers, and kept under the release's own hash.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from observatoire.comparability import scale_of
from observatoire.disclosure import ProtectedLayer
from observatoire.estimates import estimate_layer, part_ids
from observatoire.labels import read_words
from observatoire.views.doors import Doors, zone_figures
from observatoire.views.state import MapState


@dataclass(frozen=True)
class Reference:
    """What the neighbourhoods are read against: its French name, its value in the unit."""

    name: str
    value: float


def estimated(doors: Doors, state: MapState) -> pd.DataFrame:
    """Return the figures of the neighbourhoods of the sites, with what stands beside a value.

    Returns
    -------
    `Doors.values` with `low`, `high` (NaN without interval), `varies`, `numerator`, `denominator`
    (NaN when not published) and `grade` (empty without figure).
    """
    doors.layer(state)  # noted, also when what follows was kept for another account
    key = (state.indicator, state.edition, state.period)
    return _estimated(doors.published().release.sha256, *key, doors)


def reference(doors: Doors, state: MapState) -> Reference | None:
    """Return the reference of a layer; None when nothing published can be one.

    The median of the QPV of France, else France, else the neighbourhoods of the sites together,
    rebuilt from their published parts; never a mean of percentages.
    """
    labels = read_words("carte")
    layer = doors.layer(state)
    if layer.description.kind == "count":
        return None
    for kind, zone in (("spread", "q50"), ("france", "")):
        value = _published(layer, kind, zone)
        if value is not None:
            return Reference(labels(f"reference.{kind}"), value)
    frame = estimated(doors, state)
    known = frame[frame["denominator"].notna()]
    whole = float(known["denominator"].sum())
    if len(known) < 2 or not whole:
        return None
    value = float(known["numerator"].sum()) / whole * scale_of(layer.description)
    return Reference(labels("reference.sites"), value)


def doubtful(frame: pd.DataFrame, against: Reference | None) -> tuple[str, ...]:
    """Return the codes whose interval contains the reference: they cannot be told from it."""
    if against is None:
        return ()
    inside = (frame["low"] <= against.value) & (against.value <= frame["high"])
    return tuple(str(code) for code in frame.index[inside])


def _published(layer: ProtectedLayer, kind: str, zone: str) -> float | None:
    figures = zone_figures(layer, kind)
    if zone:
        figures = figures[figures.index == zone]
    shown = figures.loc[figures["status"] == "ok", "value"]
    return float(shown.iloc[0]) if len(shown) and math.isfinite(float(shown.iloc[0])) else None


@st.cache_resource(show_spinner=False, max_entries=3000)
def _estimated(
    sha256: str, indicator: str, edition: str, period: str, _doors: Doors
) -> pd.DataFrame:
    state = MapState(indicator, edition, period)
    layer, frame = _doors.layer(state), _doors.values(state)
    offered = {(one.indicator, one.edition, one.period) for one in _doors.published().offer.layers}
    parts = {
        name: _doors.layer(MapState(name, edition, period))
        for name in part_ids(layer)
        if (name, edition, period) in offered
    }
    figures = estimate_layer(layer, parts)
    quarters = figures[figures.index.get_level_values("zone_kind") == "qpv"]
    more = quarters.droplevel("zone_kind").reindex(frame.index)
    names = ["low", "high", "varies", "numerator", "denominator", "grade"]
    return frame.join(more[names]).fillna({"varies": "", "grade": ""})
