"""The page: the accounts of one's sites, what changes them, and a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from observatoire import accounts
from observatoire.accounts import ROLES
from observatoire.labels import read_words
from observatoire.labels.typography import typeset
from observatoire.views import shell
from observatoire.views.comptes import actions
from observatoire.views.comptes.listing import Account, roles, table
from observatoire.views.doors import Doors
from observatoire.views.markup import tag, words
from observatoire.views.part import part

_GESTURES = {
    "active": ("close",),
    "must_change": ("close",),
    "closed": ("open",),
    "locked": ("unlock", "close"),
}


def render(doors: Doors, pages: shell.Pages) -> None:
    """Show the page; to who is no administrator, one sentence."""
    labels = read_words("comptes")
    if not doors.keeps_accounts:
        st.html(shell.refusal(labels("page.closed"), labels("page.closed_remedy")))
        return
    title = words("h1", labels("page.title")) + words(
        "p", labels("page.lead"), of="quiet page-lead"
    )
    st.html(tag("header", title, of="compare-head"))
    _body(doors)


@part
def _body(doors: Doors) -> None:
    """Show all that a choice or a step changes."""
    actions.show_outcome()
    with doors.access.session() as session:
        found = [Account(**row) for row in accounts.list_accounts(session)]
    known = {site.id: site.name for site in doors.settings.sites}
    labels = read_words("comptes")
    st.html(words("h2", labels.count("list.title", len(found))))
    st.html(table(found, known, doors.visitor.login))
    left, right = st.columns(2, gap="large")
    with left, st.container(key="comptes_changer"):
        _change(doors, found)
    with right, st.container(key="comptes_ouvrir"):
        _new(doors, known)
    with st.expander(labels("new.roles")):
        st.html(roles())


def _change(doors: Doors, found: Sequence[Account]) -> None:
    """Offer what may be done to one account."""
    labels, held = read_words("comptes"), {one.login: one for one in found}
    st.html(words("h2", labels("change.title")))
    chosen = st.selectbox(labels("change.account"), list(held), key="comptes_choix")
    one = held[str(chosen)]
    if one.login == doors.visitor.login:
        st.html(words("p", labels("change.own"), of="facts"))
        return
    with st.container(horizontal=True, key="comptes_gestes"):
        st.button(
            labels("change.reset"),
            on_click=actions.reset,
            args=(doors, one.login),
            key="comptes_mdp",
        )
        for name in _GESTURES[one.state]:
            st.button(
                labels(f"change.{name}"),
                on_click=actions.set_active,
                args=(doors, one.login),
                kwargs={"active": name != "close"},
                key=f"comptes_{name}",
            )
    st.html(words("p", labels("change.reset_note"), of="facts"))


def _new(doors: Doors, known: Mapping[str, str]) -> None:
    """Offer to open an account."""
    labels, key = read_words("comptes"), "comptes_nouveau"
    own = list(doors.visitor.sites)
    st.session_state.setdefault(f"{key}.sites", own if len(own) == 1 else [])
    st.html(words("h2", labels("new.title")))
    with st.form(key, border=False):
        st.text_input(labels("new.login"), max_chars=40, key=f"{key}.login", autocomplete="off")
        st.html(words("p", labels("new.login_note"), of="facts"))
        st.selectbox(
            labels("new.role"),
            list(ROLES),
            format_func=lambda role: read_words("acces")(f"role.{role}"),
            key=f"{key}.role",
        )
        st.text_input(labels("new.organisation"), max_chars=120, key=f"{key}.organisation")
        st.html(words("p", labels("new.organisation_note"), of="facts"))
        st.multiselect(
            labels("new.sites"),
            own,
            format_func=lambda site: typeset(known.get(site, site)),
            placeholder=labels("new.sites_hint"),
            key=f"{key}.sites",
        )
        st.form_submit_button(
            labels("new.make"), on_click=actions.create, args=(doors, key), type="primary"
        )
