"""« Notre partage »: what the agreement in force gives to whom, and whether it is suspended."""

from __future__ import annotations

import streamlit as st

from observatoire import protocole_desk, team_desk
from observatoire.grille import Item
from observatoire.labels import read_words
from observatoire.labels.numbers import day
from observatoire.protocole import Agreement, Share
from observatoire.settings import Site
from observatoire.views import shell
from observatoire.views.doors import Doors
from observatoire.views.equipe.names import item_name, site_items
from observatoire.views.equipe.tables import table
from observatoire.views.grilles.contents import listed
from observatoire.views.markup import Markup, tag, text, words
from observatoire.views.outcome import Outcome


def show(doors: Doors, site: Site) -> None:
    """Show the part."""
    labels = read_words("equipe")
    with doors.access.session() as session:
        kept = protocole_desk.in_force(session, site.id)
        stopped = doors.visitor.organisation in team_desk.suspended(session, site.id)
        items = site_items(session, site.id)
    title = words("h2", labels("sharing.title"))
    if kept is None:
        st.html(tag("section", title, words("p", labels("sharing.none"), of="lead")))
        return
    agreement = kept.agreement
    if agreement.fictitious:
        label = read_words("commun")("fictitious.label")
        shell.note(labels("sharing.fictitious"), label, "fictitious")
    _suspension(doors, site, stopped=stopped)
    parts = [title, words("p", _version(agreement))]
    if doors.visitor.organisation not in agreement.agreed_by:
        parts.append(words("p", labels("sharing.not_party"), of="note"))
    parts += [words("p", _notes(agreement), of="quiet"), shares_table(agreement, items)]
    st.html(tag("section", *parts, of="team-part"))


def _suspension(doors: Doors, site: Site, *, stopped: bool) -> None:
    """Show whether the team's sharing is suspended, with what its role may do at once."""
    labels = read_words("equipe")
    with st.container(key="equipe_suspension"):
        state = "on" if stopped else "off"
        st.html(
            words("p", labels(f"suspension.{state}"), of=f"team-state {state}")
            + words("p", labels("suspension.lead"), of="facts")
        )
        if not stopped:
            st.button(labels("suspension.suspend"), on_click=_set, args=(doors, site, True))
        elif doors.visitor.role == "team_leader":
            st.button(
                labels("suspension.resume"),
                on_click=_set,
                args=(doors, site, False),
                type="primary",
            )
        else:
            st.html(words("p", labels("suspension.leader"), of="facts"))


def _set(doors: Doors, site: Site, stop: bool) -> None:
    done = read_words("equipe")("done.suspended" if stop else "done.resumed")
    Outcome("equipe").attempt(
        lambda: team_desk.suspend(doors.access, site.id, suspended=stop), done
    )


def _version(agreement: Agreement) -> str:
    assert agreement.agreed_on is not None, "it is in force"
    return read_words("equipe")(
        "sharing.version",
        version=agreement.version,
        day=day(agreement.agreed_on),
        by=listed(agreement.agreed_by),
    )


def _notes(agreement: Agreement) -> str:
    labels, terms = read_words("equipe"), agreement.terms
    said = labels(
        "sharing.notes",
        precision=labels(f"sharing_precision.{terms.precision}"),
        days=terms.days_back,
        months=terms.retention_months,
    )
    own = "sharing.words" if terms.text else "sharing.no_words"
    return f"{said} {labels(own, months=terms.text_months)}"


def shares_table(agreement: Agreement, items: dict[str, Item]) -> Markup:
    """Return one row for each role that receives something, and what."""
    labels, shares = read_words("equipe"), agreement.terms.shares
    if not shares:
        return words("p", labels("sharing.nobody"), of="lead")
    heads = [labels(f"sharing.{name}") for name in ("who", "items", "precision", "rhythm", "form")]
    rows = [
        [
            text(labels(f"sharing_role.{one.role}")),
            text(_items(one, shares, items)),
            _place(one),
            text(labels(f"sharing_rhythm.{one.rhythm}")),
            text(labels("sharing.one_by_one" if one.is_one_by_one else "sharing.figures")),
        ]
        for one in shares
    ]
    return table(heads, rows, labels("sharing.title"))


def _place(share: Share) -> Markup:
    labels = read_words("equipe")
    said = text(labels(f"sharing_precision.{share.precision}"))
    return said + words("small", labels("sharing.squares")) if share.has_squares else said


def _items(share: Share, shares: tuple[Share, ...], items: dict[str, Item]) -> str:
    labels = read_words("equipe")
    if "*" in share.items:
        named = any(one.role == share.role and "*" not in one.items for one in shares)
        return labels("sharing.others" if named else "sharing.every")
    return listed([item_name(items, code) for code in share.items])
