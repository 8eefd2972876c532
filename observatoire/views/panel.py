"""The panel of the neighbourhood picked on the map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from observatoire.catalogue import Indicator
from observatoire.labels import read_words
from observatoire.labels.numbers import hectares, number, status_definition, status_words
from observatoire.labels.numbers import period as period_words
from observatoire.labels.typography import typeset
from observatoire.periods import level_of
from observatoire.views.doors import Cell, Doors, Place, as_cell, zone_figures
from observatoire.views.markup import Markup, join, tag, words
from observatoire.views.meaning import secret_link
from observatoire.views.state import MapState
from observatoire.views.table import value_words

_LONGEST_HISTORY = 12


def show(doors: Doors, state: MapState, *, card: st.Page, clear: Callable[[], None]) -> None:
    """Show what is known of the neighbourhood picked, or how to pick one."""
    labels = read_words("carte")
    st.html(words("h2", labels("panel.title")))
    if not state.qpv:
        st.html(words("p", labels("panel.hint"), of="quiet"))
        return
    place = doors.published().place(state.edition, state.qpv)
    parts = (_identity(place), _value(doors, state), _history(doors, state))
    st.html(tag("article", *parts, of="card"))
    with st.container(key="panneau_actions", horizontal=True):
        st.page_link(card, label=labels("panel.card"), query_params={"qpv": state.qpv})
        st.button(labels("panel.clear"), key="retirer", on_click=clear, type="tertiary")


def _identity(place: Place) -> Markup:
    labels = read_words("carte")
    facts = [
        labels("panel.place", commune=place.commune, site=place.site_name),
        labels("panel.code", code=place.code),
        hectares(place.area_m2),
    ]
    return words("h3", place.name) + tag(
        "p", join(words("span", fact) for fact in facts), of="facts"
    )


def _value(doors: Doors, state: MapState) -> Markup:
    """Return the figure on the map, in large, or why there is none; then the nation's."""
    labels = read_words("carte")
    layer, cell = doors.layer(state), doors.cell(state, state.qpv)
    one = layer.description
    what = labels("panel.value", label=typeset(one.short), period=period_words(layer.period))
    lines = [
        words("p", value_words(cell, one), of="figure" if cell.is_shown else "figure absent"),
        words("p", what, of="facts"),
    ]
    if not cell.is_shown:
        lines.append(words("p", status_definition(cell.status), of="facts"))
        lines.append(secret_link() if cell.status == "secret" else "")
    elif cell.outings is not None:
        lines.append(words("p", labels.count("panel.outings", cell.outings), of="facts"))
    national = zone_figures(layer, "france")
    for zone in national.index:
        other = as_cell(national, zone)
        if other.is_shown:
            line = labels("panel.france", value=value_words(other, one))
            lines.append(words("p", line, of="facts"))
    return join(lines)


def _history(doors: Doors, state: MapState) -> Markup:
    """Return the same neighbourhood at the other periods of the same level, latest first."""
    labels = read_words("carte")
    offer = doors.published().offer
    level = level_of(state.period)
    names = [
        name for name in offer.periods(state.indicator, state.edition) if level_of(name) == level
    ]
    if len(names) < 2:
        return ""
    one = offer.info(state).description
    cells = {
        name: doors.cell(replace(state, period=name), state.qpv)
        for name in names[:_LONGEST_HISTORY]
    }
    largest = max((abs(cell.value) for cell in cells.values() if cell.is_shown), default=0.0)
    lines = [
        _bar(name, cell, one, largest, here=name == state.period) for name, cell in cells.items()
    ]
    notes = [
        words("p", labels("panel.break", period=period_words(name)), of="facts")
        for name in one.breaks_after
        if name in names and name != names[0]
    ]
    return words("h4", labels("panel.history")) + tag("ul", join(lines), of="bars") + join(notes)


def _bar(name: str, cell: Cell, one: Indicator, largest: float, *, here: bool) -> Markup:
    """Return one period as a line with a bar; an absence has words and no bar.

    The value has no unit here: it stands above, in large.
    """
    bar, said = "", status_words(cell.status)
    if cell.is_shown:
        share = abs(cell.value) / largest if largest else 0.0
        bar = tag("i", attrs={"style": f"width:{share:.1%}", "aria-hidden": "true"})
        said = number(cell.value, one.decimals)
    parts = (words("span", period_words(name)), tag("b", bar), words("em", said))
    return tag("li", *parts, of="here" if here else "")
