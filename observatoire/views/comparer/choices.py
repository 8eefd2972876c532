"""The choices above a comparison: the neighbourhood, the layer, the reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from observatoire.labels import read_words
from observatoire.search import find
from observatoire.views.chooser import layer_choices
from observatoire.views.comparer.comparison import Comparison
from observatoire.views.comparer.state import REFERENCE, CompareState
from observatoire.views.doors import Doors
from observatoire.views.markup import markdown, words

Change = Callable[..., None]
_OPEN, _TYPED = "quartiers_ouverts", "quartier_cherche"
_FOUND_AT_MOST = 12


def choices(state: CompareState, made: Comparison, doors: Doors, change: Change) -> None:
    """Show all the choices in one band."""
    offer = doors.published().offer
    with st.container(key="choix", horizontal=True, vertical_alignment="bottom"):
        with st.container(key="choix_quartier"):
            _place(state, made, doors, change)
        layer_choices(state.layer, offer, doors.themes(), change)
        with st.container(key="choix_repere"):
            _reference(made, change)


def _place(state: CompareState, made: Comparison, doors: Doors, change: Change) -> None:
    labels = read_words("comparer")
    st.html(words("div", labels("choice.place"), of="field-label"))
    box = st.popover(
        markdown(made.place.name), key=_OPEN, on_change="rerun", width="stretch", type="primary"
    )
    if not box.open:
        return
    places = doors.published().boundaries[state.layer.edition]
    with box:
        typed = st.text_input(
            labels("choice.search"),
            key=_TYPED,
            type="search",
            live="200ms",
            placeholder=labels("choice.hint"),
        )
        with st.container(key="reponses", height=340):
            if not typed:
                for site in doors.settings.sites:
                    st.html(words("h3", site.name))
                    for code in places.index[places["site"] == site.id]:
                        _offer(str(code), places.loc[code], state, change)
                return
            found = find(typed, _texts(places), limit=_FOUND_AT_MOST)
            for code in found:
                _offer(code, places.loc[code], state, change)
            if not found:
                st.html(words("p", labels("choice.nothing", query=typed.strip()), of="quiet"))


def _texts(places: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """Return what each neighbourhood is found by: its name, its commune, its code, its site."""
    return {
        str(code): (row["name"], row["commune"] or "", str(code), row["site_name"])
        for code, row in places.iterrows()  # type: ignore[attr-defined]
    }


def _offer(code: str, row: Mapping[str, object], state: CompareState, change: Change) -> None:
    commune = row["commune"] if isinstance(row["commune"], str) else code
    st.button(
        f"{markdown(str(row['name']))} :gray[· {markdown(commune)}]",
        key=f"comparer_{code}",
        type="secondary" if code == state.qpv else "tertiary",
        width="stretch",
        on_click=_choose,
        args=(code, change),
    )


def _choose(code: str, change: Change) -> None:
    st.session_state[_OPEN] = False
    st.session_state[_TYPED] = ""
    change(qpv=code)


def _reference(made: Comparison, change: Change) -> None:
    labels = read_words("comparer")
    offered = made.references
    key = "repere_choisi"
    chosen = next((name for name, line in offered.items() if line is made.reference), None)
    st.session_state[key] = chosen
    st.selectbox(
        labels("choice.reference"),
        list(offered),
        key=key,
        format_func=lambda name: labels(f"reference.{name}", name=offered[name].name),
        filter_mode=None,
        placeholder=labels("reference.none"),
        disabled=not offered,
        on_change=lambda: change(**{REFERENCE: str(st.session_state[key])}),
    )
