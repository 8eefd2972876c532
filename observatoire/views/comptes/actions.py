"""What the buttons of the page do: one step at the desk, and how it went.

A password is shown by the run that follows and kept nowhere: not in the log, not in the state.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from observatoire import accounts
from observatoire.accounts import NewAccount
from observatoire.errors import ObservatoireError, SchemaError
from observatoire.labels import read_words
from observatoire.publication import Connection
from observatoire.views.doors import Doors
from observatoire.views.markup import words
from observatoire.views.outcome import Outcome

outcome = Outcome("comptes")
_GIVEN = "comptes_donne"


def show_outcome() -> None:
    """Say once how the last step went, and show once the password that it gave."""
    outcome.show()
    with st.container(key="comptes_mot_de_passe"):
        given = st.session_state.pop(_GIVEN, None)
        if isinstance(given, NewAccount):
            labels = read_words("comptes")
            st.html(words("h2", labels("password.title", login=given.login)))
            st.code(given.password, language=None)
            st.html(words("p", labels("password.note"), of="facts"))


def create(doors: Doors, key: str) -> None:
    """Open an account as the form says; what was typed is left when it is refused."""

    def step(desk: Connection) -> NewAccount:
        typed = {name: st.session_state[f"{key}.{name}"] for name in _FIELDS}
        sites = [str(site) for site in typed["sites"] or ()]
        organisation = str(typed["organisation"] or "").strip()
        _require(organisation, sites)
        return accounts.create_account(
            desk,
            str(typed["login"] or "").strip(),
            role=str(typed["role"]),
            organisation=organisation,
            sites=sites,
        )

    if _do(doors, step, "made"):
        st.session_state[f"{key}.login"] = ""


_FIELDS = ("login", "role", "organisation", "sites")


def _require(organisation: str, sites: list[str]) -> None:
    words = read_words("comptes")
    missing = "organisation" if not 0 < len(organisation) <= 120 else "" if sites else "sites"
    if missing:
        raise SchemaError(
            f"no {missing}",
            user=words(f"wrong.{missing}"),
            remedy=words(f"wrong.{missing}_remedy"),
        )


def reset(doors: Doors, login: str) -> None:
    """Give an account a new password."""
    _do(doors, lambda desk: accounts.reset_password(desk, login), "reset")


def set_active(doors: Doors, login: str, *, active: bool) -> None:
    """Close an account, or open it and lift its lock."""

    def step(desk: Connection) -> NewAccount:
        accounts.set_account(desk, login, active=active)
        return NewAccount(login, "")

    _do(doors, step, "opened" if active else "closed")


def _do(doors: Doors, step: Callable[[Connection], NewAccount], done: str) -> bool:
    """Do a step in one transaction, and keep how it went for the page to say."""
    try:
        with doors.access.desk() as desk:
            made = step(desk)
    except ObservatoireError as error:
        outcome.refuse(error)
        return False
    outcome.say(read_words("comptes")(f"done.{done}", login=made.login))
    if made.password:
        st.session_state[_GIVEN] = made
    return True
