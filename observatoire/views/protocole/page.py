"""The page: the agreement in force of a site, its versions, what happened, the next version."""

from __future__ import annotations

import streamlit as st

from observatoire.labels import read_words
from observatoire.settings import Site
from observatoire.views import shell
from observatoire.views.doors import Doors
from observatoire.views.markup import tag, words
from observatoire.views.part import part
from observatoire.views.protocole import actions, compared, drafting, registers
from observatoire.views.protocole.site import Situation, situation
from observatoire.views.protocole.versions import acts_part, timeline
from observatoire.views.site_choice import choose_site


def render(doors: Doors, pages: shell.Pages) -> None:
    """Show the page."""
    labels = read_words("protocole")
    title = words("h1", labels("page.title")) + words(
        "p", labels("page.lead"), of="quiet page-lead"
    )
    st.html(tag("header", title, of="compare-head"))
    _body(doors)


@part
def _body(doors: Doors) -> None:
    """Show all that a choice or a step changes."""
    site = choose_site(doors, "protocole", read_words("protocole")("page.site"))
    actions.outcome.show()
    now = situation(doors, site.id)
    # In places of their own: what is typed below stays where it is.
    with st.container(key="protocole_lire"):
        _read(site, now)
    with st.container(key="protocole_comparer"):
        compared.show(now.agreements, now.names)
    if doors.may_write(site.id):
        drafting.show(doors, site, now)
    elif now.being is not None:
        drafting.show_read(now.being, now)
    registers.show(doors, site, now)
    if doors.visitor.is_public:
        st.html(words("p", read_words("protocole")("page.sign_in"), of="facts"))


def _read(site: Site, now: Situation) -> None:
    """Show the agreement in force beside the versions of the site and what happened."""
    labels, current = read_words("protocole"), now.current
    if current is not None and current.agreement.fictitious:
        label = read_words("commun")("fictitious.label")
        shell.note(labels("page.fictitious"), label, "fictitious")
    if not now.versions:
        st.html(words("p", labels("page.none", site=site.name), of="lead"))
        return
    left, right = st.columns([2.3, 1], gap="large")
    with left:
        if current is None:
            st.html(words("p", labels("page.none_in_force", site=site.name), of="lead"))
        else:
            st.html(drafting.whole(current.agreement, now.names))
    with right:
        st.html(timeline(now.agreements))
        st.html(acts_part(now.acts))
