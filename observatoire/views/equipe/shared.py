"""« Les autres équipes »: what they share, observation by observation, as the agreement lets read.

What is read is kept nowhere, neither in a cache nor in the session: each run asks again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import streamlit as st

from observatoire import protocole_desk, team_desk
from observatoire.labels import read_words
from observatoire.labels.numbers import number
from observatoire.labels.numbers import period as period_words
from observatoire.settings import Site
from observatoire.team_desk import Shared
from observatoire.views import shell
from observatoire.views.doors import Doors
from observatoire.views.equipe.names import quarter_names, site_items
from observatoire.views.equipe.shared_map import grounds, maps, names_of
from observatoire.views.equipe.shared_rows import Choice, Names, listing, month_of
from observatoire.views.equipe.shared_terms import Reading, nothing_said, terms_said
from observatoire.views.markup import join, tag, words

_MOST = 300


def show(doors: Doors, site: Site) -> None:
    """Show the part."""
    labels = read_words("partage")
    rows = team_desk.read_shared(doors.access, site.id)
    with doors.access.session() as session:
        items = site_items(session, site.id)
        kept = protocole_desk.in_force(session, site.id)
        stopped = team_desk.suspended(session, site.id)
    if doors.is_team:
        stopped = [name for name in stopped if name != doors.visitor.organisation]
        title = words("h2", labels("title")) + words("p", labels("lead"), of="quiet page-lead")
        st.html(tag("section", title, of="team-part"))
    agreement = kept.agreement if kept else None
    reading = Reading(agreement, doors.visitor.role, len(stopped))
    said = terms_said(reading, {code: one.label for code, one in items.items()}, date.today())
    if not rows:
        st.html(tag("section", nothing_said(reading), said, of="team-part"))
        return
    st.html(tag("section", said, of="team-part"))
    codes = sorted({one.qpv for one in rows})
    names = Names(items, quarter_names(doors, codes), {})
    chosen = _choice(rows, names).kept(rows)
    if chosen:
        _read(doors, chosen, names, len(rows))
    else:
        st.html(words("p", labels("empty.choice"), of="lead"))


def _choice(rows: Sequence[Shared], names: Names) -> Choice:
    """Return what is chosen of what there is: an item, a neighbourhood, a month."""
    with st.container(key="partage_choix", horizontal=True):
        return Choice(
            _one_of("item", sorted({one.item for one in rows}, key=names.item), names.item),
            _one_of(
                "quarter",
                sorted({one.qpv for one in rows}, key=lambda code: names.quarters[code]),
                lambda code: names.quarters[code],
            ),
            _one_of("month", sorted({month_of(one) for one in rows}, reverse=True), period_words),
        )


def _one_of(name: str, options: Sequence[str], said: Callable[[str], str]) -> str:
    """Offer all, or one of what the rows hold."""
    labels, key = read_words("partage"), f"partage_{name}"
    if st.session_state.get(key, "") not in ("", *options):  # of rows that are read no more
        st.session_state[key] = ""
    every = labels(f"filter.every_{name}")
    chosen = st.selectbox(
        labels(f"filter.{name}"),
        ["", *options],
        format_func=lambda one: said(one) if one else every,
        key=key,
    )
    return str(chosen or "")


def _read(doors: Doors, rows: Sequence[Shared], names: Names, total: int) -> None:
    """Show how many were chosen, the squares of one neighbourhood, and the table."""
    labels = read_words("partage")
    codes = {one.qpv for one in rows}
    areas = {code: area for code in codes if (area := doors.ground(code)) is not None}
    drawn = grounds(rows, areas)
    whole = "some" if len(rows) < total else "all"
    parts = [words("p", labels.count(f"count.{whole}", len(rows), total=number(total)), of="facts")]
    if len(codes) == 1:
        parts.append(maps(rows, names.quarters[rows[0].qpv], drawn))
    elif drawn:
        parts.append(words("p", labels("map.hint"), of="facts"))
    st.html(join(parts))
    if len(rows) > _MOST:
        shell.note(labels("count.shown", shown=number(_MOST), total=number(len(rows))))
    named = Names(names.items, names.quarters, names_of(drawn))
    st.html(listing(rows[:_MOST], named))
