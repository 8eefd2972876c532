"""The page: what a reader chooses of the journal, a table, and its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from observatoire import grid_desk
from observatoire.accounts import TEAM
from observatoire.errors import ObservatoireError
from observatoire.labels import read_words
from observatoire.labels.numbers import number
from observatoire.labels.typography import typeset
from observatoire.views import shell
from observatoire.views.doors import Doors
from observatoire.views.grilles.contents import listed
from observatoire.views.journal.files import address
from observatoire.views.journal.lines import DAYS, USUAL, Choice, Line, read_lines
from observatoire.views.journal.listing import said, table
from observatoire.views.markup import tag, words
from observatoire.views.part import part

_MOST = 500


def render(doors: Doors, pages: shell.Pages) -> None:
    """Show the page; without an account, one sentence."""
    labels = read_words("journal")
    if doors.visitor.is_public:
        st.html(shell.refusal(labels("page.closed"), labels("page.closed_remedy")))
        return
    title = words("h1", labels("page.title")) + words(
        "p", labels("page.lead"), of="quiet page-lead"
    )
    st.html(tag("header", title, words("p", _concerned(doors)), of="compare-head"))
    _body(doors)


def _concerned(doors: Doors) -> str:
    """Return whose acts whoever asks reads."""
    labels, who = read_words("journal"), doors.visitor
    if who.must_change or who.role not in (*TEAM, "administrator"):
        return labels("page.own")
    names = {site.id: site.name for site in doors.settings.sites}
    return labels("page.all", sites=typeset(listed([names.get(one, one) for one in who.sites])))


@part
def _body(doors: Doors) -> None:
    """Show all that a choice changes."""
    labels = read_words("journal")
    sites = {site.id: site.name for site in doors.settings.sites}
    with st.container(key="journal_choix", horizontal=True):
        days = st.segmented_control(
            labels("filter.days"),
            list(DAYS),
            default=USUAL,
            format_func=lambda one: labels(f"days.{one}"),
            required=True,
            key="journal_jours",
        )
        with doors.access.session() as session:
            lines = read_lines(session, int(days or USUAL), date.today())
        site = _one_of("site", [line.site for line in lines], sites)
        kinds = {line.action: said("kind.", line.action) for line in lines}
        action = _one_of("action", list(kinds), kinds)
    choice = Choice(site, action, int(days or USUAL))
    _lines(doors, choice.kept(lines), choice, sites)


def _one_of(name: str, found: Sequence[str], names: Mapping[str, str]) -> str:
    """Offer all, or one of what the lines hold."""
    labels, key = read_words("journal"), f"journal_{name}"
    options = ["", *sorted(set(found))]
    if st.session_state.get(key, "") not in options:  # of another number of days
        st.session_state[key] = ""
    every = labels(f"filter.every_{name}")
    chosen = st.selectbox(
        labels(f"filter.{name}"),
        options,
        format_func=lambda one: typeset(names.get(one) or one) if one else every,
        key=key,
    )
    return str(chosen or "")


def _lines(doors: Doors, lines: Sequence[Line], choice: Choice, sites: dict[str, str]) -> None:
    labels = read_words("journal")
    if not lines:
        st.html(words("p", labels("page.none"), of="lead"))
        return
    link = {"href": address(choice), "download": ""}
    file = tag("ul", tag("li", words("a", labels("page.file"), attrs=link)), of="files")
    st.html(words("p", labels.count("page.count", len(lines)), of="facts") + file)
    if len(lines) > _MOST:
        shown = labels("page.shown", shown=number(_MOST), total=number(len(lines)))
        shell.note(shown)
    st.html(table(lines[:_MOST], sites, _labels(doors)))


def _labels(doors: Doors) -> dict[str, str]:
    """Return the label of each indicator that is published, and of the items of the grids."""
    with doors.access.session() as session:
        grids = grid_desk.in_force(session)
    own = {f"terrain.{item.code}": item.label for grid in grids for item in grid.items}
    try:
        layers = doors.published().offer.layers
    except ObservatoireError:
        return own
    return own | {layer.indicator: layer.description.label for layer in layers}
