"""What is written beside the versions: a suspension, a meeting held, the act that widens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import streamlit as st

from observatoire import protocole_desk
from observatoire.errors import ConflictError, SchemaError
from observatoire.labels import read_words
from observatoire.labels.numbers import day
from observatoire.labels.typography import typeset
from observatoire.protocole import Opening, openings
from observatoire.protocole_desk import Kept
from observatoire.publication import Connection
from observatoire.settings import Site
from observatoire.views.doors import Doors
from observatoire.views.markup import Markup, join, markdown, tag, text, words
from observatoire.views.protocole import actions
from observatoire.views.protocole.phrases import Names, items_said, known, received
from observatoire.views.protocole.reading import LONGEST_REASON, day_of, reason_of
from observatoire.views.protocole.site import Situation


@dataclass(frozen=True)
class Wish:
    """The act as it was asked for, to be read before it is done."""

    seen: Kept
    since: date
    reason: str


def show(doors: Doors, site: Site, now: Situation) -> None:
    """Show what whoever asks may write beside the versions of a site."""
    who = doors.visitor
    if doors.is_team and site.id in who.sites:
        with st.container(key="protocole_pause"):
            _pause(doors, site, now)
    if not (doors.may_write(site.id) and who.role == "team_leader"):
        return
    with st.container(key="protocole_reunion"):  # what waits for it is the teams' to open
        _meeting(doors, site)
    if now.current is not None:
        with st.container(key="protocole_elargir"):
            _widen(doors, site, now, now.current)


def _pause(doors: Doors, site: Site, now: Situation) -> None:
    """Offer to suspend the sharing of one's team, or to take it up again."""
    labels, who = read_words("protocole"), doors.visitor
    st.html(words("h2", labels("pause.title")))
    is_suspended = who.organisation in (now.acts.suspended or ())
    if is_suspended:
        said = labels("pause.on", organisation=typeset(who.organisation))
        st.html(words("p", said, of="note wrong"))
    st.html(words("p", labels("pause.lead"), of="quiet page-lead"))
    if is_suspended and who.role != "team_leader":
        return
    name = "resume" if is_suspended else "suspend"
    st.button(
        labels(f"pause.{name}"),
        on_click=suspend,
        args=(doors, site),
        kwargs={"suspended": not is_suspended},
        key=f"protocole_{name}",
    )


def suspend(doors: Doors, site: Site, *, suspended: bool) -> None:
    """Suspend at once the sharing of one's team, or take it up again."""
    said = read_words("protocole")("done.suspended" if suspended else "done.resumed")
    actions.do(doors, lambda desk: protocole_desk.suspend(desk, site.id, suspended=suspended), said)


def _meeting(doors: Doors, site: Site) -> None:
    labels, key = read_words("protocole"), f"protocole_reunion_{site.id}"
    st.html(words("h2", labels("meeting.title")))
    st.html(words("p", labels("meeting.lead"), of="quiet page-lead"))
    with st.form(f"{key}_forme", border=False):
        hint = labels("form.day_hint")
        st.text_input(labels("meeting.day"), key=key, placeholder=hint, max_chars=10)
        st.form_submit_button(
            labels("meeting.note"), on_click=note_meeting, args=(doors, site, key)
        )


def note_meeting(doors: Doors, site: Site, key: str) -> None:
    """Write that a meeting was held."""
    held: list[date] = []

    def step(desk: Connection) -> None:
        held.append(day_of(str(st.session_state[key])))
        if held[0] > date.today():
            words = read_words("protocole")
            raise ConflictError(
                "a meeting to come",
                user=words("wrong.to_come"),
                remedy=words("wrong.to_come_remedy"),
            )
        protocole_desk.note_meeting(desk, site.id, held[0])

    if actions.do(doors, step):
        actions.outcome.say(read_words("protocole")("done.meeting", day=day(held[0])))
        st.session_state[key] = ""


def _widen(doors: Doors, site: Site, now: Situation, current: Kept) -> None:
    """Offer the act: first what it would open, then the act itself."""
    labels, key = read_words("protocole"), f"protocole_elargir_{site.id}"
    version = current.agreement.version
    st.html(words("h2", labels("widen.title")))
    st.html(words("p", labels("widen.lead", version=version), of="quiet page-lead"))
    with st.form(f"{key}_forme", border=False):
        hint = labels("form.day_hint")
        st.text_input(labels("widen.since"), key=f"{key}.since", placeholder=hint, max_chars=10)
        st.text_area(
            labels("widen.reason"), key=f"{key}.reason", max_chars=LONGEST_REASON, height=80
        )
        st.form_submit_button(
            labels("widen.look"), on_click=look, args=(key, current), type="primary"
        )
    wish = st.session_state.get(f"{key}.voeu")
    if isinstance(wish, Wish):
        _preview(doors, key, wish, now)


def _preview(doors: Doors, key: str, wish: Wish, now: Situation) -> None:
    labels = read_words("protocole")
    already = [
        one.since for one in now.acts.widenings if one.version == wish.seen.agreement.version
    ]
    found = openings(now.reigns, wish.since, already)
    st.html(would_open(found, wish, now.names))
    with st.container(horizontal=True, key="protocole_elargir_choix"):
        if found:
            st.button(
                markdown(labels("widen.do", since=day(wish.since))),
                on_click=widen,
                args=(doors, key, wish),
                key="protocole_elargir_faire",
            )
        st.button(labels("widen.cancel"), on_click=_forget, args=(key,), key="protocole_renoncer")


def would_open(found: tuple[Opening, ...], wish: Wish, names: Names) -> Markup:
    """Return what the act would open, span by span, and its reason."""
    labels, version = read_words("protocole"), wish.seen.agreement.version
    title = words("h3", labels("widen.would"))
    if not found:
        return title + words("p", labels("widen.nothing", version=version))
    reason = words("p", typeset(wish.reason), of="pact-reason")
    return tag("div", title, join(_opening(one, names) for one in found), reason, of="pact-part")


def _opening(one: Opening, names: Names) -> Markup:
    labels = read_words("protocole")
    days = {"first": day(one.first), "last": day(one.last)}
    if one.version is None:
        head = labels("widen.before_any", **days)
    else:
        head = labels("widen.under", **days, version=one.version)
    if not one.changes and not one.lowered:
        return tag("p", words("b", head), text(f" {labels('widen.same')}"))
    lines = [
        labels(
            "widen.change",
            who=known("who.", change.role),
            items=items_said(names, change.items),
            before=received(change.before),
            after=received(change.after),
        )
        for change in one.changes
    ]
    lines += [
        labels(f"widen.lowered_{fall.threshold}", before=fall.before, after=fall.after)
        for fall in one.lowered
    ]
    return words("p", head, of="pact-span") + tag(
        "ul", join(words("li", line) for line in lines), of="points"
    )


def look(key: str, current: Kept) -> None:
    """Keep the act that is asked for, to say what it would open."""
    _forget(key)
    try:
        since = day_of(str(st.session_state[f"{key}.since"]))
        reason = reason_of(str(st.session_state[f"{key}.reason"]))
    except SchemaError as error:
        actions.outcome.refuse(error)
        return
    st.session_state[f"{key}.voeu"] = Wish(current, since, reason)


def widen(doors: Doors, key: str, wish: Wish) -> None:
    """Do the act, as it was read."""
    one = wish.seen.agreement
    said = read_words("protocole")("done.widened", version=one.version, day=day(wish.since))

    def step(desk: Connection) -> None:
        protocole_desk.widen(desk, one.site, wish.since, wish.reason, wish.seen)

    if actions.do(doors, step, said):
        _forget(key)
        st.session_state[f"{key}.since"] = st.session_state[f"{key}.reason"] = ""


def _forget(key: str) -> None:
    st.session_state.pop(f"{key}.voeu", None)
