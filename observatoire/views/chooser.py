"""The choices above the map: indicator, period, edition, view. Each one writes the address."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from observatoire.catalogue import Indicator
from observatoire.labels import read_words
from observatoire.labels.numbers import edition_words
from observatoire.labels.numbers import period as period_words
from observatoire.labels.typography import typeset
from observatoire.search import find
from observatoire.settings import Site
from observatoire.views.markup import markdown, words
from observatoire.views.state import ALL_SITES, MapState, Offer

Change = Callable[..., None]
_OPEN = "catalogue_ouvert"
_FOUND_AT_MOST = 30


def choices(
    state: MapState, offer: Offer, sites: Sequence[Site], themes: dict[str, str], change: Change
) -> None:
    """Show all the choices in one band."""
    with st.container(key="choix", horizontal=True, vertical_alignment="bottom"):
        with st.container(key="choix_indicateur"):
            _indicator(state, offer, themes, change)
        with st.container(key="choix_vue"):
            _view(state, sites, change)
        _moment(state, offer, change)


def layer_choices(state: MapState, offer: Offer, themes: dict[str, str], change: Change) -> None:
    """Show the choices of a layer alone, without the view; the caller holds the band."""
    with st.container(key="choix_indicateur"):
        _indicator(state, offer, themes, change)
    _moment(state, offer, change)


def _moment(state: MapState, offer: Offer, change: Change) -> None:
    with st.container(key="choix_periode"):
        _period(state, offer, change)
    with st.container(key="choix_edition"):
        _edition(state, offer, change)


def _indicator(state: MapState, offer: Offer, themes: dict[str, str], change: Change) -> None:
    labels = read_words("carte")
    published = offer.indicators()
    st.html(words("div", labels("choice.indicator"), of="field-label"))
    box = st.popover(
        markdown(typeset(published[state.indicator].label)),
        key=_OPEN,
        on_change="rerun",
        width="stretch",
        type="primary",
    )
    if not box.open:
        return
    with box:
        query = st.text_input(
            labels("choice.search"),
            key="recherche_indicateur",
            type="search",
            live="200ms",
            placeholder=labels("choice.search_hint"),
        )
        if query:
            _answers(query, state, published, themes, change)
        else:
            _themes(state, published, themes, change)


def _answers(
    query: str,
    state: MapState,
    published: dict[str, Indicator],
    themes: dict[str, str],
    change: Change,
) -> None:
    labels = read_words("carte")
    texts = {name: _search_texts(one, themes) for name, one in published.items()}
    found = find(query, texts, limit=_FOUND_AT_MOST)
    if not found:
        st.html(words("p", labels("choice.nothing", query=query.strip()), of="quiet"))
        return
    with st.container(key="reponses", height=360):
        for name in found:
            _offer(published[name], state, themes, change, with_theme=True)


def _themes(
    state: MapState, published: dict[str, Indicator], themes: dict[str, str], change: Change
) -> None:
    labels = read_words("carte")
    here = [name for name in themes if any(one.theme == name for one in published.values())]
    current = published[state.indicator].theme
    theme = st.pills(
        labels("choice.theme"),
        here,
        default=current if current in here else here[0],
        format_func=lambda name: typeset(themes[name]),
        required=True,
        key="theme_choisi",
    )
    with st.container(key="reponses", height=300):
        for one in published.values():
            if one.theme == theme:
                _offer(one, state, themes, change, with_theme=False)


def _offer(
    one: Indicator, state: MapState, themes: dict[str, str], change: Change, *, with_theme: bool
) -> None:
    """Offer one indicator as a button; the one on the map is marked."""
    label = markdown(typeset(one.label))
    if with_theme:
        label = f"{label} :gray[· {markdown(typeset(themes[one.theme]))}]"
    st.button(
        label,
        key=f"indicateur_{one.id}",
        type="secondary" if one.id == state.indicator else "tertiary",
        width="stretch",
        on_click=_choose_indicator,
        args=(one.id, change),
    )


def _choose_indicator(name: str, change: Change) -> None:
    st.session_state[_OPEN] = False
    change(indicator=name)


def _search_texts(one: Indicator, themes: dict[str, str]) -> tuple[str, ...]:
    return (one.label, one.short, themes.get(one.theme, ""), one.definition, one.id)


def _period(state: MapState, offer: Offer, change: Change) -> None:
    labels = read_words("carte")
    _widget(
        st.selectbox,
        "periode_choisie",
        state.period,
        lambda chosen: change(period=chosen),
        labels("choice.period"),
        list(offer.periods(state.indicator, state.edition)),
        format_func=period_words,
        filter_mode=None,
        placeholder=labels("choice.pick"),
    )


def _edition(state: MapState, offer: Offer, change: Change) -> None:
    labels = read_words("carte")
    _widget(
        st.selectbox,
        "edition_choisie",
        state.edition,
        lambda chosen: change(edition=chosen),
        labels("choice.edition"),
        list(offer.editions(state.indicator)),
        format_func=edition_words,
        filter_mode=None,
        placeholder=labels("choice.pick"),
    )


def _view(state: MapState, sites: Sequence[Site], change: Change) -> None:
    labels = read_words("carte")
    names = {ALL_SITES: labels("choice.all_sites")} | {site.id: site.name for site in sites}
    _widget(
        st.segmented_control,
        "vue_choisie",
        state.view,
        lambda chosen: change(view=chosen),
        labels("choice.view"),
        list(names),
        format_func=lambda name: names[name],
        required=True,
    )


def _widget(
    make: Callable[..., object],
    key: str,
    value: str,
    chosen: Callable[[str], None],
    *args: object,
    **options: object,
) -> None:
    """Show a widget whose value is the address's: it is set before, and a choice goes there."""
    st.session_state[key] = value
    make(*args, key=key, on_change=lambda: chosen(str(st.session_state[key])), **options)
