"""The home page: my neighbourhood, what changed, three doors, what is real."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from observatoire.component.painting import layer_breaks, paint_layer
from observatoire.labels import read_words
from observatoire.labels.numbers import period as period_words
from observatoire.labels.typography import typeset
from observatoire.palettes import map_colours
from observatoire.search import find
from observatoire.views import card, news, shell
from observatoire.views.doors import Doors
from observatoire.views.downloads import links
from observatoire.views.markup import Markup, markdown, tag, words
from observatoire.views.miniature import miniature
from observatoire.views.part import part

_FOUND_AT_MOST = 12
_TYPED = "mon_quartier"


def render(doors: Doors, pages: shell.Pages) -> None:
    """Show the page."""
    labels = read_words("accueil")
    published = doors.published()
    sites = doors.settings.sites
    count = labels.count("hero.qpv", len(published.boundaries[doors.edition()]))
    with st.container(key="accueil"):
        lead = labels("hero.lead", qpv=count, sites=_listed([site.name for site in sites]))
        said = tag("div", words("h1", labels("hero.title")), words("p", lead, of="lead"))
        st.html(tag("header", said, _hero_map(doors), of="hero"))
        _my_neighbourhood(doors, pages)
        st.html(words("h2", labels("doors.title")))
        _doors(doors, pages)
        left, right = st.columns(2, gap="large")
        with left:
            news.show(doors)
            st.html(words("p", labels("account.public"), of="note"))
            st.page_link(pages["methode"], label=labels("real.method"))
        with right:
            _real()


def _hero_map(doors: Doors) -> Markup:
    """Return the small drawing of the three towns, in the colours of the map shown first."""
    labels = read_words("accueil")
    state = doors.default_state()
    one = doors.published().offer.info(state).description
    doors.layer(state)  # noted, also when what follows was kept for another account
    drawing = _drawing(doors.published().release.sha256, doors)
    what = labels("hero.figure", label=typeset(one.label), period=period_words(state.period))
    return tag("figure", drawing, words("figcaption", what))


@st.cache_resource(show_spinner=False, max_entries=2)
def _drawing(sha256: str, _doors: Doors) -> Markup:
    """Return the drawing of a release, kept: it takes a projection."""
    state = _doors.default_state()
    layer, panes = _doors.layer(state), _doors.panes(state.edition)
    breaks = layer_breaks(layer, panes)
    steps = map_colours(len(breaks))
    painted = zip(panes, paint_layer(layer, panes, breaks), strict=True)
    colours = {
        code: steps[letter]
        for pane, paint in painted
        for code, letter in zip(pane.codes, paint.classes, strict=True)
    }
    drawn, communes = _doors.published().boundaries[state.edition], _doors.communes()
    sites = [
        (
            site.name,
            drawn[drawn["site"] == site.id],
            communes[communes["department"].isin(site.departments)],
        )
        for site in _doors.settings.sites
    ]
    return miniature(sites, colours, read_words("accueil")("hero.drawing"))


@part
def _my_neighbourhood(doors: Doors, pages: shell.Pages) -> None:
    """Show the search, then the card of the neighbourhood found."""
    labels = read_words("accueil")
    with st.container(key="recherche"):
        places = doors.published().boundaries[doors.edition()]
        st.html(words("h2", labels("search.title")))
        typed = st.text_input(
            labels("search.label"),
            key=_TYPED,
            type="search",
            live="250ms",
            placeholder=labels("search.hint"),
            on_change=_forget,
        )
        code = st.query_params.get("qpv", "").upper()
        if code and code not in places.index:
            shell.note(labels("search.unknown", given=code[:40]), look="wrong")
            code = ""
        found = find(typed or "", _texts(doors), limit=_FOUND_AT_MOST)
        if not code and len(found) == 1:
            code = found[0]
        if code:
            card.show(doors, pages, code)
        elif typed and found:
            _offers(found, doors, "trouves", labels.count("search.found", len(found)))
        elif typed:
            st.html(words("p", labels("search.nothing", query=typed.strip()), of="quiet"))
        if not code:
            with st.expander(labels("search.all")):
                for site in doors.settings.sites:
                    st.html(words("h3", site.name))
                    _offers(list(places.index[places["site"] == site.id]), doors, site.id)


def _forget() -> None:
    """Forget the neighbourhood of the address as soon as another is typed."""
    st.query_params.pop("qpv", None)


def _offers(codes: list[str], doors: Doors, key: str, title: str = "") -> None:
    """Offer neighbourhoods as buttons."""
    places = doors.published().boundaries[doors.edition()]
    if title:
        st.html(words("p", title, of="quiet"))
    with st.container(horizontal=True, gap="small", key=f"offres_{key}"):
        for code in codes:
            row = places.loc[code]
            commune = row["commune"] if isinstance(row["commune"], str) else code
            st.button(
                f"{markdown(row['name'])} :gray[· {markdown(commune)}]",
                key=f"quartier_{key}_{code}",
                on_click=_choose,
                args=(code,),
            )


def _choose(code: str) -> None:
    st.session_state[_TYPED] = ""
    st.query_params["qpv"] = code


def _texts(doors: Doors) -> Mapping[str, tuple[str, ...]]:
    """Return what each neighbourhood is found by: its name, its commune, its code, its site."""
    places = doors.published().boundaries[doors.edition()]
    return {
        str(code): (row["name"], row["commune"] or "", str(code), row["site_name"])
        for code, row in places.iterrows()
    }


def _doors(doors: Doors, pages: shell.Pages) -> None:
    """Show the three doors: explore, compare, prepare a meeting."""
    labels = read_words("accueil")
    offer = doors.published().offer
    state = doors.default_state()
    explore, compare, meet = st.columns(3, gap="medium")
    with explore, st.container(key="porte_explorer"):
        _door("explore")
        st.page_link(pages["carte"], label=labels("doors.explore.link"))
    with compare, st.container(key="porte_comparer"):
        _door("compare")
        st.page_link(pages["comparer"], label=labels("doors.compare.link"))
    with meet, st.container(key="porte_reunion"):
        _door("meet", indicator=typeset(offer.info(state).description.label))
        st.html(links(state, only=("html", "csv")))


def _door(name: str, **fields: str) -> None:
    labels = read_words("accueil")
    title, said = labels(f"doors.{name}.title"), labels(f"doors.{name}.text", **fields)
    st.html(words("h3", title) + words("p", said))


def _real() -> None:
    labels = read_words("accueil")
    rows = [
        words("dt", labels(f"real.{name}_title")) + words("dd", labels(f"real.{name}"))
        for name in ("official", "fictitious", "never")
    ]
    st.html(words("h2", labels("real.title")) + tag("dl", *rows, of="real"))


def _listed(names: list[str]) -> str:
    """Return names as a French list: « Bastia, Loire et Moselle »."""
    labels = read_words("commun")
    if len(names) < 2:
        return "".join(names)
    return labels("list.last", first=", ".join(names[:-1]), last=names[-1])
