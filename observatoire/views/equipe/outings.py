"""« Nos sorties »: counted by week and neighbourhood, one by one, and what was taken back."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import streamlit as st

from observatoire import team_desk
from observatoire.grille import Item
from observatoire.labels import read_words
from observatoire.labels.numbers import day, number
from observatoire.labels.typography import typeset
from observatoire.settings import Site
from observatoire.team_desk import Own
from observatoire.views.doors import Doors
from observatoire.views.equipe.names import item_name, monday, quarter_names, site_items
from observatoire.views.equipe.tables import table
from observatoire.views.markup import Markup, join, tag, text, words
from observatoire.views.outcome import Outcome

_PICKED, _ASKED = "equipe_retirer", "equipe_retirer_sur"


def show(doors: Doors, site: Site) -> None:
    """Show the part."""
    labels = read_words("equipe")
    with doors.access.session() as session:
        own = team_desk.read_own(session, date.today())
        items = site_items(session, site.id)
    own = Own([one for one in own.outings if _is_of(doors, one, site)], own.closed)
    link = tag("a", text(labels("outings.write")), attrs={"href": "/saisie", "target": "_self"})
    parts = [
        words("h2", labels("outings.title")),
        words("p", labels("outings.lead"), of="quiet page-lead"),
        tag("div", link, of="files"),
    ]
    names = quarter_names(doors, sorted({one["qpv"] for one in own.outings}))
    if own.outings:
        parts += [_summary(own), _weeks(own, names), _list(own, names, items)]
    else:
        parts.append(words("p", labels("outings.none"), of="lead"))
    st.html(tag("section", *parts, of="team-part"))
    if own.outings:
        _withdrawing(doors, own, names, items)
    st.html(_traces(own))


def _is_of(doors: Doors, outing: dict[str, Any], site: Site) -> bool:
    """Tell whether an outing is of the site shown; an account of one site has no other."""
    return len(doors.visitor.sites) == 1 or bool(outing["site"] == site.id)


def _summary(own: Own) -> Markup:
    labels, seen = read_words("equipe"), sum(len(one["seen"]) for one in own.outings)
    said = [
        labels.count("outings.count", len(own.outings)),
        labels.count("outings.observations", seen),
    ]
    return tag("p", *(words("span", one) for one in said), of="facts")


def _weeks(own: Own, names: dict[str, str]) -> Markup:
    """Return how many outings there were, by neighbourhood and week."""
    labels = read_words("equipe")
    counted = Counter((one["qpv"], monday(date.fromisoformat(one["day"]))) for one in own.outings)
    weeks = sorted({week for _, week in counted})
    heads = [words("th", labels("outings.quarter"), attrs={"scope": "col"})]
    for week in weeks:
        short = labels("outings.week", day=f"{week.day:02}", month=f"{week.month:02}")
        said = labels("outings.week_said", day=day(week))
        heads.append(words("th", short, of="number", attrs={"scope": "col", "title": said}))
    heads.append(words("th", labels("outings.total"), of="number", attrs={"scope": "col"}))
    rows = []
    for code in sorted(names, key=lambda one: names[one]):
        counts = [counted[code, week] for week in weeks]
        cells = [words("td", number(one) if one else "·", of="number") for one in counts]
        cells.append(tag("td", words("b", number(sum(counts))), of="number"))
        rows.append(tag("tr", words("th", names[code], attrs={"scope": "row"}), *cells))
    made = tag(
        "table",
        words("caption", labels("outings.by_week"), of="seen-by-readers"),
        tag("thead", tag("tr", *heads)),
        tag("tbody", *rows),
        of="plain-table team-weeks",
    )
    return words("h3", labels("outings.by_week")) + tag("div", made, of="scroll")


def _list(own: Own, names: dict[str, str], items: dict[str, Item]) -> Markup:
    """Return every outing, with what was noted."""
    labels = read_words("equipe")
    heads = [labels(f"outings.{name}") for name in ("day", "slot", "quarter", "what")]
    rows = []
    for one in own.outings:
        badge = (
            words("span", labels("outings.imported"), of="badge")
            if one["origin"] == "import"
            else ""
        )
        rows.append(
            [
                text(day(date.fromisoformat(one["day"]))) + badge,
                text(_slot(one)) + tag("small", text(_effort(one))),
                text(names[one["qpv"]]),
                text(noted(one, items)),
            ]
        )
    inside = table(heads, rows, labels("outings.list"))
    if len(rows) > 12:
        summary = words("summary", labels.count("outings.list_fold", len(rows)))
        inside = tag("details", summary, inside, of="folded")
    return words("h3", labels("outings.list")) + inside


def noted(outing: dict[str, Any], items: dict[str, Item]) -> str:
    """Return what was noted of an outing, in words: items, how many times, kinds of place."""
    labels, kinds = read_words("equipe"), read_words("saisie")
    if outing["nothing_to_report"]:
        return labels("outings.nothing")
    seen: Counter[tuple[str, str]] = Counter((one["item"], one["place"]) for one in outing["seen"])
    said = []
    for (code, place), times in seen.items():
        label = item_name(items, code)
        if place:
            kind = kinds(f"choice.place.{place}").lower()
            label = labels("outings.where", label=label, place=kind)
        said.append(label if times == 1 else labels("outings.times", label=label, n=number(times)))
    return " ; ".join(said) if said else labels("outings.empty")


def _slot(outing: dict[str, Any]) -> str:
    return read_words("saisie")(f"choice.slot.{outing['slot']}")


def _effort(outing: dict[str, Any]) -> str:
    labels, said = read_words("equipe"), []
    if outing["duration_min"] is not None:
        said.append(labels("outings.effort", minutes=number(outing["duration_min"])))
    if outing["workers"] is not None:
        said.append(labels.count("outings.people", outing["workers"]))
    return ", ".join(said)


def _withdrawing(doors: Doors, own: Own, names: dict[str, str], items: dict[str, Item]) -> None:
    """Offer to take one outing back: chosen, asked, then confirmed."""
    labels = read_words("equipe")
    said = {
        one["id"]: labels(
            "withdraw.option",
            day=day(date.fromisoformat(one["day"])),
            slot=_slot(one).lower(),
            quarter=names[one["qpv"]],
            what=noted(one, items),
        )
        for one in own.outings
    }
    with st.container(key="equipe_retrait"):
        title = words("h3", labels("withdraw.title"))
        st.html(title + words("p", labels("withdraw.lead"), of="facts"))
        picked = st.selectbox(
            labels("withdraw.which"),
            list(said),
            index=None,
            format_func=lambda one: said[one],
            placeholder=labels("withdraw.choose"),
            key=_PICKED,
        )
        if picked is None:
            return
        if st.session_state.get(_ASKED) != picked:
            st.button(labels("withdraw.ask"), on_click=_ask, args=(picked,))
            return
        st.html(words("p", labels("withdraw.sure"), of="note"))
        with st.container(horizontal=True):
            st.button(
                labels("withdraw.yes"), on_click=_withdraw, args=(doors, picked), type="primary"
            )
            st.button(labels("withdraw.no"), on_click=_ask, args=(None,))


def _ask(outing: str | None) -> None:
    st.session_state[_ASKED] = outing


def _withdraw(doors: Doors, outing: str) -> None:
    done = read_words("equipe")("done.withdrawn")
    if Outcome("equipe").attempt(lambda: team_desk.withdraw(doors.access, outing), done):
        st.session_state[_PICKED] = None
    st.session_state[_ASKED] = None


def _traces(own: Own) -> Markup:
    """Return what was corrected or taken back: its kind and its day, nothing else is left."""
    labels = read_words("equipe")
    parts = [
        words("h3", labels("trace.title")),
        words("p", labels("trace.lead"), of="facts"),
    ]
    if own.closed:
        counted = Counter((when, kind) for kind, when in own.closed)
        heads = [labels(f"trace.{name}") for name in ("day", "corrected", "withdrawn")]
        rows = [
            [
                text(day(when)),
                *(text(number(counted[when, kind])) for kind in ("corrected", "withdrawn")),
            ]
            for when in sorted({when for when, _ in counted}, reverse=True)
        ]
        parts.append(table(heads, rows, labels("trace.title"), "team-traces"))
    else:
        parts.append(words("p", typeset(labels("trace.none")), of="quiet"))
    return tag("section", join(parts), of="team-part")
