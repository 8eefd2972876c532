"""Everything published of one neighbourhood: the latest figure of each indicator, by theme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from observatoire.catalogue import Indicator
from observatoire.labels import read_words
from observatoire.labels.typography import typeset
from observatoire.series import Point
from observatoire.sources import find_source
from observatoire.views.doors import Doors, zone_figures
from observatoire.views.figures import estimated
from observatoire.views.history import read_points
from observatoire.views.state import MapState


@dataclass(frozen=True)
class Entry:
    """One indicator as the page of a neighbourhood tells it.

    Attributes
    ----------
    state, indicator
        The layer of its latest period, and what it is.
    here
        The neighbourhood's figure, with its interval.
    grade
        Letter of the figure; empty without one.
    others, total
        Published values of the site's other neighbourhoods, and how many those are.
    national, national_name
        Median of the QPV of France, else France; NaN and empty when neither is published.
    points
        The neighbourhood at each period of the same length, the earliest first.
    source, fictitious
        Publisher and vintage, typeset; whether the figures are invented.
    """

    state: MapState
    indicator: Indicator
    here: Point
    grade: str
    others: tuple[float, ...]
    total: int
    national: float
    national_name: str
    points: tuple[Point, ...]
    source: str
    fictitious: bool


def read_dossier(doors: Doors, edition: str, code: str) -> dict[str, list[Entry]]:
    """Return the entries of a neighbourhood by theme, themes and indicators in reading order."""
    return _dossier(doors.published().release.sha256, edition, code, doors)


@st.cache_resource(show_spinner=False, max_entries=60)
def _dossier(sha256: str, edition: str, code: str, _doors: Doors) -> dict[str, list[Entry]]:
    """Read them, once for all readers: it looks at every layer."""
    offer = _doors.published().offer
    found: dict[str, list[Entry]] = {name: [] for name in _doors.themes()}
    for name, one in offer.indicators().items():
        if edition in offer.editions(name):
            state = MapState(name, edition, offer.periods(name, edition)[0])
            found[one.theme].append(read_entry(_doors, state, code))
    return {theme: entries for theme, entries in found.items() if entries}


def read_entry(doors: Doors, state: MapState, code: str) -> Entry:
    """Return what the page tells of one layer."""
    info = doors.published().offer.info(state)
    frame = estimated(doors, state)
    row: dict[Any, Any] = frame.loc[code].to_dict()
    site = frame[(frame["site"] == row["site"]) & (frame.index != code)]
    shown = site.loc[site["status"] == "ok", "value"]
    national, named = national_value(doors, state)
    source = find_source(info.source)
    return Entry(
        state,
        info.description,
        Point(
            state.period,
            state.edition,
            float(row["value"]),
            str(row["status"]),
            float(row["low"]),
            float(row["high"]),
        ),
        str(row["grade"]),
        tuple(float(value) for value in shown),
        len(site),
        national,
        named,
        read_points(doors, state, code),
        typeset(", ".join(part for part in (source.publisher, source.vintage) if part)),
        info.fictitious,
    )


def national_value(doors: Doors, state: MapState) -> tuple[float, str]:
    """Return the national landmark of a layer and its French name; NaN and empty without one."""
    doors.layer(state)  # noted, also when what follows was kept for another account
    return _national(
        doors.published().release.sha256, state.indicator, state.edition, state.period, doors
    )


@st.cache_resource(show_spinner=False, max_entries=3000)
def _national(
    sha256: str, indicator: str, edition: str, period: str, _doors: Doors
) -> tuple[float, str]:
    labels = read_words("quartier")
    layer = _doors.layer(MapState(indicator, edition, period))
    for kind in ("spread", "france"):
        figures = zone_figures(layer, kind)
        shown = figures.loc[figures["status"] == "ok", "value"]
        if kind == "spread":
            shown = shown[shown.index == "q50"]
        if len(shown):
            return float(shown.iloc[0]), labels(f"national.{kind}")
    return float("nan"), ""
