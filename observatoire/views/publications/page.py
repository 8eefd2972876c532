"""The page: the releases, one of them in full, and what « secret » means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from observatoire import protocole_desk, releases
from observatoire.labels import read_words
from observatoire.labels.numbers import day, number
from observatoire.protocole import Agreement
from observatoire.releases import Part, Release
from observatoire.views import shell
from observatoire.views.doors import Doors
from observatoire.views.markup import Markup, join, tag, text, words
from observatoire.views.part import part
from observatoire.views.protocole.site import item_names
from observatoire.views.publications import holdings, visible
from observatoire.views.publications.files import address
from observatoire.views.publications.rules import for_whom, rules_said
from observatoire.views.publications.secret import explained

PART, SECRET = "partie", "secret"


@dataclass(frozen=True)
class Ledger:
    """The releases, the newest first, and how many layers each opens to everybody."""

    releases: tuple[Release, ...]
    layers: dict[int, int]


def render(doors: Doors, pages: shell.Pages) -> None:
    """Show the page; an address that asks for the meaning of « secret » has it first."""
    labels = read_words("publications")
    doors.published()  # refused with its remedy when nothing was ever released
    lead = words("p", labels("lead"), of="page-lead")
    own = words("p", labels("own"), of="facts")
    st.html(tag("header", words("h1", labels("title")), lead, own, of="compare-head"))
    first = st.query_params.get(PART) == SECRET
    if first:
        st.html(explained())
    _body(doors)
    if not first:
        st.html(explained())


@part
def _body(doors: Doors) -> None:
    """Show the releases, and the one that was chosen."""
    labels = read_words("publications")
    ledger = _ledger(doors.published().release.sha256, doors)
    known = {one.id: one for one in ledger.releases}
    current = next(one.id for one in ledger.releases if one.current)
    with st.container(key="publications_liste"):
        table = holdings.ledger(ledger.releases, ledger.layers)
        st.html(_section(labels("ledger.title"), table))
        asked = current
        if len(known) > 1:
            asked = st.selectbox(
                labels("choose"),
                list(known),
                index=list(known).index(current),
                format_func=lambda one: _called("option", known[one]),
                key="publications_numero",
            )
    _one(doors, known.get(asked, known[current]))


def _one(doors: Doors, release: Release) -> None:
    """Show a release in full: its hash, what it holds, what shows of it, for whom, its rules."""
    sites = {site.id: site.name for site in doors.settings.sites}
    parts = _content(doors.published().release.sha256, release.id, doors)
    agreements, items = _in_force(doors, list(sites))
    labels = read_words("publications")
    found = holdings.families(parts, doors.themes(), sites)
    lines = visible.lines_of(parts, sites)
    held = holdings.contents(found) if found else words("p", labels("one.empty"))
    shown = words("p", labels("visible.lead"), of="facts") + visible.share_tables(lines)
    said = [words("li", one) for one in rules_said(release.rules, sites)]
    sections = [
        _section(labels("holds.title"), held),
        _section(labels("visible.title"), shown + visible.proposed(lines)),
        _section(labels("whom.title"), for_whom(agreements, items, sites)),
        _section(labels("rules.title"), tag("ul", *said, of="points")),
    ]
    st.html(_heading(release, len(parts)) + join(sections))


def _heading(release: Release, layers: int) -> Markup:
    labels = read_words("publications")
    link = {"href": address(release.id), "download": ""}
    file = tag("ul", tag("li", words("a", labels("one.file"), attrs=link)), of="files")
    state = labels("one.current" if release.current else "one.former")
    whole = words("code", release.sha256, of="release-hash")
    return tag(
        "header",
        words("h2", _called("one.title", release)),
        words("p", f"{state} {labels.count('one.layers', layers)}"),
        tag("p", words("b", labels("one.hash")), text(" "), whole),
        words("p", labels("one.hash_note"), of="facts"),
        file,
        of="release-part release-head",
    )


def _called(name: str, release: Release) -> str:
    fields = {"id": number(release.id), "day": day(release.released_on)}
    return read_words("publications")(name, **fields)


def _section(title: str, inside: Markup) -> Markup:
    return tag("section", words("h2", title), inside, of="release-part")


def _in_force(
    doors: Doors, sites: Sequence[str]
) -> tuple[dict[str, Agreement], dict[str, dict[str, str]]]:
    """Return the agreements in force by site, and the names of the items of their grids."""
    with doors.access.session() as session:
        versions = [one.agreement for one in protocole_desk.read_versions(session)]
        found = {one.site: one for one in versions if one.in_force and one.site in sites}
        return found, {site: item_names(session, site) for site in found}


@st.cache_resource(show_spinner=False, max_entries=20)
def _ledger(sha256: str, _doors: Doors) -> Ledger:
    with _doors.access.session() as session:
        found = releases.read_releases(session)
        shown = [one.id for one in holdings.newest(found)]
        return Ledger(tuple(found), releases.count_open(session, shown))


@st.cache_resource(show_spinner=False, max_entries=40)
def _content(sha256: str, release_id: int, _doors: Doors) -> tuple[Part, ...]:
    with _doors.access.session() as session:
        return tuple(releases.read_parts(session, release_id))
