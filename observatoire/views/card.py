"""The card of a neighbourhood: its key figures, each with its period, its source and its place."""

from __future__ import annotations

import streamlit as st

from observatoire.labels import read_words
from observatoire.labels.numbers import edition_words, hectares, number, status_definition
from observatoire.labels.numbers import period as period_words
from observatoire.labels.typography import typeset
from observatoire.sources import find_source
from observatoire.views import shell
from observatoire.views.doors import Doors
from observatoire.views.markup import Markup, join, tag, words
from observatoire.views.state import MapState
from observatoire.views.strip import strip
from observatoire.views.table import value_words

KEY_FIGURES = (
    "rp.POP_MUN",
    "filosofi.TP60",
    "filosofi.DISP_Q2",
    "rp.TX_TOT_0A24",
    "rp.TX_TOT_EMPL",
    "ft.ABC",
    "cnaf.part_AM",
    "rpls.nbLsPls",
)


def show(doors: Doors, pages: shell.Pages, code: str) -> None:
    """Show the card, and the way to the map."""
    labels = read_words("accueil")
    found = doors.published().place(doors.edition(), code)
    place = labels(
        "card.place",
        commune=found.commune,
        site=found.site_name,
        code=code,
        area=hectares(found.area_m2),
        edition=edition_words(doors.edition()),
    )
    figures = join(_figure(doors, state, code) for state in key_states(doors))
    st.html(
        tag(
            "article",
            words("h3", found.name),
            words("p", place, of="facts"),
            tag("ul", figures, of="figures"),
            words("p", labels("card.note"), of="facts"),
            of="card neighbourhood",
        )
    )
    params = doors.default_state().as_params() | {"vue": found.site, "qpv": code}
    with st.container(key="fiche_actions", horizontal=True):
        st.page_link(pages["quartier"], label=labels("card.whole"), query_params={"qpv": code})
        st.page_link(pages["carte"], label=labels("card.map"), query_params=params)
        st.button(labels("search.other"), key="autre_quartier", on_click=_clear, type="tertiary")


def _clear() -> None:
    st.query_params.pop("qpv", None)
    st.session_state["mon_quartier"] = ""


def key_states(doors: Doors) -> list[MapState]:
    """Return the layers of the key figures that are published, latest period of each."""
    offer, edition = doors.published().offer, doors.edition()
    return [
        MapState(name, edition, offer.periods(name, edition)[0])
        for name in KEY_FIGURES
        if edition in offer.editions(name)
    ]


def _figure(doors: Doors, state: MapState, code: str) -> Markup:
    labels = read_words("accueil")
    info = doors.published().offer.info(state)
    one, cell = info.description, doors.cell(state, code)
    frame = doors.values(state)
    shown = [float(value) for value in frame.loc[frame["status"] == "ok", "value"]]
    source = typeset(find_source(info.source).publisher)
    when = labels("card.period", period=period_words(state.period), source=source)
    lines = [
        words("span", typeset(one.label), of="name"),
        words("b", value_words(cell, one), of="value" if cell.is_shown else "value absent"),
    ]
    if not cell.is_shown:
        lines.append(words("small", status_definition(cell.status)))
    if shown:
        here = cell.value if cell.is_shown else None
        low, high = number(min(shown), one.decimals), number(max(shown), one.decimals)
        lines.append(strip(shown, here, labels("card.strip")))
        among = labels("card.among", low=low, high=high, n=number(len(shown)))
        lines.append(words("small", among))
    lines.append(words("small", when, of="when"))
    return tag("li", *lines)
