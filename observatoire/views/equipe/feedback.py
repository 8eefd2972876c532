"""« Retour aux équipes »: for each item, seen by whom, what was decided, what came of it."""

from __future__ import annotations

import streamlit as st

from observatoire import team_desk
from observatoire.grille import Item
from observatoire.labels import read_words
from observatoire.labels.numbers import day
from observatoire.labels.numbers import period as period_words
from observatoire.labels.typography import typeset
from observatoire.settings import Site
from observatoire.team_desk import Readers, Return
from observatoire.views.doors import Doors
from observatoire.views.equipe.names import item_name, site_items
from observatoire.views.equipe.tables import table
from observatoire.views.grilles.contents import listed
from observatoire.views.markup import Markup, join, tag, text, words
from observatoire.views.shell import Pages


def show(doors: Doors, site: Site, pages: Pages) -> None:
    """Show the part."""
    labels = read_words("equipe")
    with doors.access.session() as session:
        items = site_items(session, site.id)
        found = team_desk.read_returns(session, site.id)
        readers = team_desk.read_readers(session, site.id)
    title = words("h2", labels("feedback.title"))
    lead = words("p", labels("feedback.lead"), of="quiet page-lead")
    alive = {one.item for one in found} | {one.item for one in readers}
    codes = [code for code, item in items.items() if item.observed]
    codes += sorted(alive - set(codes))
    if not codes:
        st.html(tag("section", title, words("p", labels("feedback.none"), of="lead")))
        return
    parts = [title, lead]
    if alive:
        parts.append(_table([code for code in codes if code in alive], items, found, readers))
    quiet = [item_name(items, code) for code in codes if code not in alive]
    if quiet:
        said = labels.count("feedback.quiet", len(quiet), names=listed(quiet))
        parts.append(words("p", said, of="quiet"))
    st.html(tag("section", *parts, of="team-part"))
    if doors.visitor.role in team_desk.WRITERS and "retours" in pages:
        st.page_link(pages["retours"], label=labels("feedback.write"))


def _table(
    codes: list[str], items: dict[str, Item], found: list[Return], readers: list[Readers]
) -> Markup:
    labels = read_words("equipe")
    heads = [labels("sharing.items"), labels("feedback.seen"), labels("feedback.came_back")]
    rows = [
        [
            text(item_name(items, code)),
            _seen([one for one in readers if one.item == code]),
            came_back([one for one in found if one.item == code]),
        ]
        for code in codes
    ]
    return table(heads, rows, labels("feedback.title"), "team-feedback")


def _seen(readers: list[Readers]) -> Markup:
    labels, roles = read_words("equipe"), read_words("acces")
    if not readers:
        return words("p", labels("feedback.nobody"), of="quiet")
    lines = []
    for one in readers:
        said = labels(
            "feedback.reader",
            role=roles(f"role.{one.role}"),
            organisation=typeset(one.organisation),
            day=day(one.last_on),
        )
        note = words("small", labels("feedback.exported")) if one.exported else ""
        lines.append(tag("li", text(said), note))
    return tag("ul", *lines, of="team-lines")


def came_back(found: list[Return]) -> Markup:
    """Return what was decided and what came of it, the latest period first."""
    labels, said, roles = read_words("equipe"), read_words("retours"), read_words("acces")
    if not found:
        return words("p", labels("feedback.nothing"), of="quiet")
    parts = []
    for one in found:
        assert one.recorded_on is not None, "it was written"
        by = said(
            "by",
            organisation=typeset(one.organisation),
            role=roles(f"role.{one.role}"),
            day=day(one.recorded_on),
        )
        came = said("outcome", said=typeset(one.outcome)) if one.outcome else said("pending")
        parts.append(
            tag(
                "div",
                words("b", period_words(one.period)),
                words("p", typeset(one.decided), of="team-text"),
                words("p", came, of="team-text" + ("" if one.outcome else " quiet")),
                words("small", by),
                of="team-return",
            )
        )
    return join(parts)
