"""How the last action of a page went: said once, after the page is drawn again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from observatoire.errors import ObservatoireError
from observatoire.views import shell

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What one page keeps of it between two runs.

    Attributes
    ----------
    page
        A name of its own, in the state and in the style sheets (`<page>_issue`).
    """

    page: str

    def show(self) -> None:
        """Say it, in a place of its own: what is below keeps its place."""
        with st.container(key=f"{self.page}_issue"):
            if refused := st.session_state.pop(f"{self.page}_refus", None):
                shell.note(" ".join(part for part in refused if part), look="wrong")
            if done := st.session_state.pop(f"{self.page}_fait", None):
                shell.note(done)

    def say(self, done: str) -> None:
        """Keep the sentence that says it was done."""
        st.session_state[f"{self.page}_fait"] = done

    def refuse(self, error: ObservatoireError, remedy: str | None = None) -> None:
        """Keep a refusal, with another remedy when one is given, and its line in the log."""
        log.warning("%s: %s", type(error).__name__, error.message)
        said = error.remedy if remedy is None else remedy
        st.session_state[f"{self.page}_refus"] = (error.user, said)

    def attempt(self, action: Callable[[], object], done: str) -> bool:
        """Do an action, and keep how it went; tell whether it was done."""
        try:
            action()
        except ObservatoireError as error:
            self.refuse(error)
            return False
        self.say(done)
        return True
