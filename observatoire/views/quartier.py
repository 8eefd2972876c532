"""The page of one neighbourhood: who it is, everything published of it, and what the words mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import streamlit as st

from observatoire.codes import CELL_SIDES, squares_edition
from observatoire.labels import read_words
from observatoire.labels.numbers import edition_words, hectares, number, status_words
from observatoire.labels.typography import typeset
from observatoire.publication import LayerInfo
from observatoire.views import shell
from observatoire.views.card import KEY_FIGURES
from observatoire.views.doors import Doors, Place
from observatoire.views.dossier import Entry, read_dossier
from observatoire.views.dossier_table import source_cell, theme_table, value_cell
from observatoire.views.evolution import evolution, key
from observatoire.views.glossary import glossary, terms_in
from observatoire.views.history import read_evolution
from observatoire.views.markup import Markup, join, tag, text, words
from observatoire.views.perimeter import perimeter
from observatoire.views.state import MapState
from observatoire.views.where import read_where, where

_CHOSEN = "quartier_de_la_fiche"


def render(doors: Doors, pages: shell.Pages) -> None:
    """Show the page."""
    labels = read_words("quartier")
    asked = st.query_params.get("qpv", "").upper()
    edition = edition_of(doors, asked)
    with st.container(key="fiche_choix"):
        _choose(doors, asked if edition else "")
    if asked and not edition:
        shell.note(labels("unknown", given=asked[:40]), look="wrong")
    if not edition:
        st.html(words("h1", labels("title")) + words("p", labels("lead"), of="lead"))
        return
    place = doors.published().place(edition, asked)
    entries = read_dossier(doors, edition, asked)
    st.html(_identity(doors, place, edition))
    _ways(doors, pages, place, edition)
    _essential(doors, entries, place)
    _where(doors, place, edition)
    st.html(words("h2", labels("themes")))
    opened = st.toggle(labels("unfold"), key="fiche_deplier")
    themes = doors.themes()
    for theme, found in entries.items():
        st.html(_theme(typeset(themes[theme]), found, place, opened=opened))
    st.html(_glossary(entries))


def edition_of(doors: Doors, code: str) -> str:
    """Return the edition in which a code is a neighbourhood of the sites; empty for none."""
    codes = doors.published().codes
    return next((name for name in sorted(codes, reverse=True) if code in codes[name]), "")


def file_address(code: str, edition: str) -> str:
    """Return the address of the file of everything published of a neighbourhood."""
    return f"/telechargements/quartier/{quote(edition, safe='')}/{quote(code, safe='')}.csv"


def _choose(doors: Doors, code: str) -> None:
    """Offer every neighbourhood in one list; the choice goes to the address."""
    labels, published = read_words("quartier"), doors.published()
    names: dict[str, str] = {}
    for edition in sorted(published.boundaries, reverse=True):
        for one, row in published.boundaries[edition].iterrows():
            commune = row["commune"] if isinstance(row["commune"], str) else str(one)
            fields = {"name": row["name"], "commune": commune, "site": row["site_name"]}
            names.setdefault(str(one), labels("choice.name", **fields))
    st.session_state[_CHOSEN] = code or None
    st.selectbox(
        labels("choice.label"),
        list(names),
        key=_CHOSEN,
        format_func=lambda one: names[one],
        placeholder=labels("choice.hint"),
        on_change=_go,
    )


def _go() -> None:
    chosen = st.session_state[_CHOSEN]
    st.query_params.from_dict({"qpv": chosen} if chosen else {})


def _identity(doors: Doors, place: Place, edition: str) -> Markup:
    labels = read_words("quartier")
    facts = [
        ("commune", place.commune),
        ("site", place.site_name),
        ("edition", edition_words(edition)),
        ("area", hectares(place.area_m2)),
        ("code", place.code),
    ]
    rows = [
        tag("div", words("dt", labels(f"identity.{name}")), words("dd", said))
        for name, said in facts
    ]
    drawing = _drawing(doors.published().release.sha256, edition, place.code, doors)
    title = words("h1", place.name) + tag("dl", *rows, of="identity-facts")
    caption = words("figcaption", labels("identity.drawing"))
    return tag("header", tag("div", title), tag("figure", drawing, caption), of="identity")


@st.cache_resource(show_spinner=False, max_entries=200)
def _drawing(sha256: str, edition: str, code: str, _doors: Doors) -> Markup:
    """Return the perimeter in its communes, kept: it takes a projection."""
    quarter = _doors.published().boundaries[edition].loc[[code]]
    communes = _doors.communes()
    here = communes[communes["department"] == quarter["department"].iloc[0]]
    fields = {"name": quarter["name"].iloc[0]}
    return perimeter(quarter, here, read_words("quartier")("identity.alt", **fields))


def _ways(doors: Doors, pages: shell.Pages, place: Place, edition: str) -> None:
    """Show the ways to the map, to the comparison and to the file."""
    labels = read_words("quartier")
    state = doors.published().offer.settle(doors.default_state())
    params = state.as_params() | {"edition": edition, "vue": place.site, "qpv": place.code}
    with st.container(key="fiche_actions", horizontal=True):
        st.page_link(pages["carte"], label=labels("way.map"), query_params=params)
        if "comparer" in pages:
            given = {name: params[name] for name in ("indicateur", "edition", "periode", "qpv")}
            st.page_link(pages["comparer"], label=labels("way.compare"), query_params=given)
        link = words(
            "a",
            labels("way.file"),
            attrs={"href": file_address(place.code, edition), "download": ""},
        )
        st.html(tag("ul", tag("li", link), of="files"), width="content")
    st.html(words("p", labels("way.print"), of="facts screen-only"))


def _essential(doors: Doors, entries: Mapping[str, Sequence[Entry]], place: Place) -> None:
    """Show the key figures, each with its evolution and its grade, under one key."""
    labels = read_words("quartier")
    known = {entry.state.indicator: entry for found in entries.values() for entry in found}
    cards, drawn = [], []
    for name in KEY_FIGURES:
        if name not in known:
            continue
        entry = known[name]
        made = read_evolution(doors, entry.state, place.code)
        lines = [
            words("span", typeset(entry.indicator.label), of="name"),
            value_cell(entry),
            evolution(made, small=True),
            tag("div", source_cell(entry), of="when"),
        ]
        cards.append(tag("li", *lines))
        drawn += [made] if len(made.here) > 1 else []
    said = key(*drawn) if drawn else ""
    st.html(
        words("h2", labels("essential")) + said + tag("ul", join(cards), of="figures essential")
    )


def _where(doors: Doors, place: Place, edition: str) -> None:
    """Show where the observations of a year lie, to who may read squares of the site."""
    labels, published = read_words("quartier"), doors.published()
    sides = {squares_edition(side, edition): side for side in reversed(CELL_SIDES)}
    finest: dict[str, LayerInfo] = {}
    for one in sorted(
        (one for one in published.squares if one.edition in sides),
        key=lambda one: -sides[one.edition],
    ):
        finest[one.period] = one
    found = {
        year: read
        for year, one in sorted(finest.items(), reverse=True)
        if (read := read_where(doors.layer(MapState(one.indicator, one.edition, year)), place.code))
    }
    if not found:
        return
    st.html(words("h2", labels("where.title")))
    year = next(iter(found))
    if len(found) > 1:
        year = st.selectbox(labels("where.year"), list(found), key="fiche_annee", width=160)
    area = published.boundaries[edition].geometry[place.code]
    st.html(where(found[year], year, place.name, place.code, area))


def _theme(name: str, entries: Sequence[Entry], place: Place, *, opened: bool) -> Markup:
    """Return a theme that folds: its table, and the warning when its figures are invented."""
    common = read_words("commun")
    title = tag("summary", words("h2", name), words("small", _counted(entries)))
    warning = ""
    if any(entry.fictitious for entry in entries):
        label = words("b", common("fictitious.label") + ". ")
        warning = tag("p", label, text(common("fictitious.sentence")), of="note fictitious")
    inside = tag("div", warning, theme_table(name, entries, place.site_name))
    return tag("details", title, inside, of="theme", attrs={"open": ""} if opened else {})


def _counted(entries: Sequence[Entry]) -> str:
    labels = read_words("quartier")
    shown = sum(entry.here.is_shown for entry in entries)
    return labels.count("theme.count", shown, total=number(len(entries)))


def _glossary(entries: Mapping[str, Sequence[Entry]]) -> Markup:
    """Return the terms used on the page with what they mean."""
    labels = read_words("quartier")
    said: set[str] = {labels("column.source"), labels("grade.A")}
    for found in entries.values():
        for entry in found:
            one = entry.indicator
            said |= {one.label, one.definition, one.caveat, one.unit, entry.source}
            said |= {status_words(point.status) for point in entry.points}
            if entry.here.has_interval:
                said.add(labels("interval", low="", high=""))
    terms = terms_in(sorted(said))
    head = words("h2", labels("glossary")) + words("p", labels("glossary_lead"), of="quiet")
    return tag("section", head, glossary(terms), of="glossary-section")
