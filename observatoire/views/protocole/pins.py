"""The version that a form was opened on: what is typed is written over it, and over no other.

A draft that somebody else changes while one is typing keeps its form, with all that was typed: the
desk refuses the step, and its reader chooses to write over the version as it is now, or to leave.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from observatoire.protocole_desk import Kept

_TURN = "protocole_tour"


@dataclass(frozen=True)
class Pin:
    """The draft that the forms of a site show, and the turn in the names of their fields."""

    kept: Kept
    turn: int

    def key(self, name: str) -> str:
        """Return the name of a field: another turn begins it anew."""
        return f"protocole_{self.kept.agreement.site}_{self.turn}_{name}"


def pin(site: str, being: Kept | None) -> Pin | None:
    """Return what the forms of a site were opened on; a draft opens them."""
    found = st.session_state.get(_key(site))
    if isinstance(found, Pin):
        return found
    if being is None or being.agreement.status != "draft":
        return None
    settle(site, being)
    made = st.session_state[_key(site)]
    return made if isinstance(made, Pin) else None


def settle(site: str, kept: Kept) -> None:
    """Begin the forms anew after a step of one's own; none when the version is no draft."""
    if kept.agreement.status != "draft":
        drop(site)
        return
    turn = int(st.session_state.get(_TURN, 0)) + 1
    st.session_state[_TURN] = turn
    st.session_state[_key(site)] = Pin(kept, turn)


def keep(site: str, being: Kept) -> None:
    """Keep what was typed, to be written over the version as it is now."""
    found = st.session_state.get(_key(site))
    if isinstance(found, Pin):
        st.session_state[_key(site)] = replace(found, kept=being)


def drop(site: str) -> None:
    """Leave what was typed."""
    st.session_state.pop(_key(site), None)


def _key(site: str) -> str:
    return f"protocole_ouvert_{site}"
