"""The classes of the map as its address asks for them, and the choices that write them there."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import streamlit as st

from observatoire.catalogue import Indicator
from observatoire.classify import MANUAL, MOST_CLASSES, Breaks
from observatoire.classing import FEWEST_CLASSES, FROZEN, METHODS, Classing, read_edges
from observatoire.component.painting import is_proportional
from observatoire.errors import BreaksError
from observatoire.labels import read_words
from observatoire.labels.typography import typeset
from observatoire.legends import edge_words
from observatoire.views import shell
from observatoire.views.markup import words
from observatoire.views.state import MapState

Change = Callable[..., None]
_METHOD, _NUMBER, _EDGES = "classes_methode", "classes_nombre", "classes_bornes"
_OWN, _HATCHED, _REFUSED = "classes_site", "classes_hachures", "classes_refusees"

_NOISE = 1e-9
"""What a binary fraction adds to a decimal one, at most."""


def map_breaks(frame: pd.DataFrame, state: MapState, indicator: Indicator) -> Breaks:
    """Return the classes of the map of a state; none for a count.

    Parameters
    ----------
    frame
        The figures of the neighbourhoods of all the sites: `value`, `site`.
    """
    if is_proportional(indicator):
        return Breaks()
    own = frame.loc[frame["site"] == state.site, "value"]
    pooled, alone = (map(float, values) for values in (frame["value"], own))
    return state.classing.breaks(pooled, alone)


def kept(state: MapState, changes: dict[str, str]) -> Classing:
    """Return the classes that outlive a change: edges typed for an indicator are its own."""
    other = changes.get("indicator", state.indicator) != state.indicator
    return FROZEN if other and state.classing.method == MANUAL else state.classing


def banner(state: MapState) -> None:
    """Say above the map that its classes are not the shared ones."""
    labels = read_words("carte")
    if state.classing.own_scale:
        shell.note(labels("classes.own_banner"), labels("classes.own_label"), "wrong")
    elif not state.classing.is_frozen:
        shell.note(labels("classes.changed_banner"), labels("classes.changed_label"), "wrong")


def choices(
    state: MapState, breaks: Breaks, indicator: Indicator, change: Change, *, reference: bool
) -> None:
    """Show the choices of classes, folded under the legend.

    Parameters
    ----------
    reference
        Whether some interval may contain a reference: else there is nothing to hatch.
    """
    labels = read_words("carte")
    with st.expander(labels("classes.open"), key="choix_classes"):
        if is_proportional(indicator):
            st.html(words("p", labels("classes.count_note"), of="quiet"))
        else:
            _classes(state, breaks, indicator, change)
        _hatching(state, change, possible=reference)
        if not state.classing.is_frozen:
            st.button(
                labels("classes.reset"),
                key="classes_communes",
                on_click=lambda: change(classing=FROZEN),
                width="stretch",
            )


def _classes(state: MapState, breaks: Breaks, indicator: Indicator, change: Change) -> None:
    labels, now = read_words("carte"), state.classing
    st.session_state[_METHOD] = now.method
    st.radio(
        labels("classes.method"),
        METHODS,
        key=_METHOD,
        format_func=lambda name: labels(f"classes.methods.{name}"),
        on_change=lambda: change(
            classing=of_method(now, st.session_state[_METHOD], breaks, indicator.decimals)
        ),
    )
    if now.method == MANUAL:
        _edges(now, indicator, change)
        return
    st.session_state[_NUMBER] = now.classes
    st.segmented_control(
        labels("classes.number"),
        list(range(FEWEST_CLASSES, MOST_CLASSES + 1)),
        key=_NUMBER,
        required=True,
        on_change=lambda: change(classing=replace(now, classes=st.session_state[_NUMBER])),
    )
    if state.site:
        st.session_state[_OWN] = now.own_scale
        st.toggle(
            labels("classes.own"),
            key=_OWN,
            on_change=lambda: change(classing=replace(now, own_scale=st.session_state[_OWN])),
        )


def of_method(now: Classing, method: str, breaks: Breaks, decimals: int) -> Classing:
    """Return the choice of another method; typed edges start from those on the map.

    The two extremes are rounded outwards to the digits that are printed, so that every
    neighbourhood stays inside.
    """
    if method != MANUAL:
        return replace(now, method=method, edges=())
    unit = 10.0**decimals
    low = math.floor(breaks.edges[0] * unit + _NOISE) / unit
    high = math.ceil(breaks.edges[-1] * unit - _NOISE) / unit
    inner = breaks.edges[1:-1]
    return Classing(MANUAL, edges=(low, *inner, high if high > low else low + 1 / unit))


def _edges(now: Classing, indicator: Indicator, change: Change) -> None:
    """Offer the edges as a line of numbers; what makes no class changes nothing and says why."""
    labels = read_words("carte")
    shown = " ; ".join(edge_words(edge, indicator.decimals) for edge in now.edges)

    def apply() -> None:
        try:
            edges = read_edges(st.session_state[_EDGES])
        except BreaksError as error:
            st.session_state[_REFUSED] = typeset(f"{error.user} {error.remedy}")
            return
        st.session_state.pop(_REFUSED, None)
        change(classing=replace(now, edges=edges))

    refused = st.session_state.pop(_REFUSED, "")
    if not refused:
        st.session_state[_EDGES] = shown
    st.text_input(
        labels("classes.edges"),
        key=_EDGES,
        placeholder=labels("classes.edges_hint"),
        on_change=apply,
    )
    if refused:
        shell.note(refused, look="wrong")
    st.html(words("p", labels("classes.edges_apply"), of="facts"))


def _hatching(state: MapState, change: Change, *, possible: bool) -> None:
    labels = read_words("carte")
    if not possible:
        st.html(words("p", labels("classes.hatched_none"), of="facts"))
        return
    st.session_state[_HATCHED] = state.hatched
    st.toggle(
        labels("classes.hatched"),
        key=_HATCHED,
        on_change=lambda: change(hatched=bool(st.session_state[_HATCHED])),
    )
