"""How the last action of the page went: said once, after the page is drawn again."""

from __future__ import annotations

import logging
from collections.abc import Callable

import streamlit as st

from observatoire.errors import ObservatoireError
from observatoire.views import shell

log = logging.getLogger(__name__)
_REFUSED, _DONE = "equipe_refus", "equipe_fait"


def show() -> None:
    """Say it, in a place of its own: what is below keeps its place."""
    with st.container(key="equipe_issue"):
        if refused := st.session_state.pop(_REFUSED, None):
            shell.note(" ".join(part for part in refused if part), look="wrong")
        if done := st.session_state.pop(_DONE, None):
            shell.note(done)


def attempt(action: Callable[[], object], done: str) -> bool:
    """Do an action, and keep how it went for the page to say; tell whether it was done."""
    try:
        action()
    except ObservatoireError as error:
        log.warning("%s: %s", type(error).__name__, error.message)
        st.session_state[_REFUSED] = (error.user, error.remedy)
        return False
    st.session_state[_DONE] = done
    return True
