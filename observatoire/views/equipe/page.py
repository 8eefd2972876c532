"""The page: one part at a time, for teams and their leaders; what teams share, for services."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from observatoire.labels import read_words
from observatoire.settings import Site
from observatoire.views import shell
from observatoire.views.doors import Doors
from observatoire.views.equipe import feedback, importing, outings, shared, sharing
from observatoire.views.markup import tag, words
from observatoire.views.outcome import Outcome
from observatoire.views.part import part

_PART = "partie"
_PARTS = ("sorties", "partage", "autres", "importer", "retour")


def render(doors: Doors, pages: shell.Pages) -> None:
    """Show the page; one sentence to whoever has nothing to read there."""
    labels = read_words("equipe")
    if not doors.reads_shared or not doors.visitor.sites:
        st.html(tag("header", words("h1", labels("title")), of="compare-head"))
        shell.note(f"{labels('not_team')} {labels('not_team_remedy')}")
        return
    own, read = (labels("title"), labels("lead")), read_words("partage")
    title, lead = own if doors.is_team else (read("title_service"), read("lead"))
    head = words("h1", title) + words("p", lead, of="quiet page-lead")
    st.html(tag("header", head, of="compare-head"))
    _body(doors, pages)


@part
def _body(doors: Doors, pages: shell.Pages) -> None:
    """Show all that a choice or an action changes."""
    with st.container(key="choix_equipe"):
        site = chosen_site(doors, "equipe_site")
        part = _part() if doors.is_team else "autres"
    Outcome("equipe").show()
    parts: dict[str, Callable[[Doors, Site], None]] = {
        "sorties": outings.show,
        "partage": sharing.show,
        "autres": shared.show,
        "importer": importing.show,
        "retour": partial(feedback.show, pages=pages),
    }
    parts[part](doors, site)


def chosen_site(doors: Doors, key: str) -> Site:
    """Return the site of the account, or the one picked when it has several."""
    own = [site for site in doors.settings.sites if site.id in doors.visitor.sites]
    if len(own) == 1:
        return own[0]
    names = {site.id: site.name for site in own}
    picked = st.segmented_control(
        read_words("equipe")("choice.site"),
        list(names),
        default=own[0].id,
        format_func=lambda name: names[name],
        required=True,
        key=key,
    )
    return doors.settings.site(str(picked))


def _part() -> str:
    """Return the part of the address, or the first one; offer the others."""
    labels = read_words("equipe")
    asked = st.query_params.get(_PART, "")
    picked = st.segmented_control(
        labels("choice.part"),
        list(_PARTS),
        default=asked if asked in _PARTS else _PARTS[0],
        format_func=lambda name: labels(f"part.{name}"),
        required=True,
        key="equipe_partie",
    )
    if picked != asked:
        st.query_params[_PART] = str(picked)
    return str(picked)
