"""The choices above the map. Each one writes the address; opacity and order stay in the page."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from observatoire.labels import read_words
from observatoire.labels.numbers import period as period_words
from observatoire.labels.typography import typeset
from observatoire.views.doors import Doors
from observatoire.views.superposer.layers import published_areas
from observatoire.views.superposer.state import (
    ABOVE,
    ALL_SITES,
    FILE,
    METHODS,
    AreaOffer,
    OverlayState,
)

Change = Callable[..., None]
OPACITY, ORDER = "superposer_opacite", "superposer_ordre"
_FULL = 100
_LONG_LIST = 8


def choices(state: OverlayState, offer: AreaOffer, doors: Doors, change: Change) -> None:
    """Show all the choices in one band."""
    with st.container(key="choix", horizontal=True, vertical_alignment="bottom"):
        for name, named, value in _offered(state, offer, doors):
            _choice(name, named, value, change)
        _opacity()
        _order()


Named = tuple[str, dict[str, str], str]


def _offered(state: OverlayState, offer: AreaOffer, doors: Doors) -> list[Named]:
    """Return each choice: its name, its options in words, and the one that stands."""
    labels = read_words("superposer")
    panes = doors.panes(doors.edition())
    views = {pane.id: pane.title for pane in panes} | {ALL_SITES: labels("choice.all_sites")}
    found: list[Named] = [
        ("aires", {kind: _kind(doors, kind) for kind in offer.kinds()}, state.areas)
    ]
    if state.areas != FILE:
        known = offer.variables(state.areas)
        moments = offer.periods(state.areas, state.variable)
        found += [
            ("variable", {name: typeset(one.label) for name, one in known.items()}, state.variable),
            ("periode", {one: period_words(one) for one in moments}, state.period),
        ]
    return [
        *found,
        ("methode", {one: labels(f"methods.{one}") for one in METHODS}, state.method),
        ("quartiers", {one: labels(f"above.{one}") for one in ABOVE}, state.above),
        ("vue", views, state.view),
    ]


def _opacity() -> None:
    st.session_state.setdefault(OPACITY, 85)
    with st.container(key="choix_opacite_superposer"):
        label = read_words("superposer")("choice.opacity")
        st.slider(label, 0, _FULL, step=5, key=OPACITY, format="%d %%")


def _order() -> None:
    labels = read_words("superposer")
    st.session_state.setdefault(ORDER, "under")
    with st.container(key="choix_ordre_superposer"):
        st.segmented_control(
            labels("choice.order"),
            ["under", "over"],
            format_func=lambda one: labels(f"choice.{one}"),
            key=ORDER,
            required=True,
        )


def opacity() -> float:
    """Return the opacity of the areas, from 0 to 1."""
    return float(st.session_state.get(OPACITY, _FULL)) / _FULL


def is_over() -> bool:
    """Tell whether the areas are drawn over the neighbourhoods."""
    return st.session_state.get(ORDER) == "over"


def _kind(doors: Doors, kind: str) -> str:
    labels = read_words("superposer")
    if kind == FILE:
        return labels("areas.fichier")
    vintages = sorted(set(published_areas(doors, kind)["vintage"]))
    return labels(f"areas.{kind}", vintage=", ".join(vintages))


_FIELDS = {
    "aires": "areas",
    "variable": "variable",
    "periode": "period",
    "methode": "method",
    "quartiers": "above",
    "vue": "view",
}


def _choice(name: str, named: dict[str, str], value: str, change: Change) -> None:
    """Show a list whose value is the address's: it is set before, and a choice goes there."""
    labels = read_words("superposer")
    key = f"superposer_{name}"
    st.session_state[key] = value
    with st.container(key=f"choix_{name}_superposer"):
        st.selectbox(
            labels(f"choice.{_FIELDS[name]}"),
            list(named),
            format_func=lambda one: named[one],
            key=key,
            on_change=lambda: change(**{_FIELDS[name]: str(st.session_state[key])}),
            placeholder=labels("choice.pick"),
            filter_mode=None if len(named) < _LONG_LIST else "contains",
        )
