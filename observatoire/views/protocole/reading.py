"""What was typed or uploaded, read: a document, a day, a reason."""

from __future__ import annotations

from datetime import date, datetime

import streamlit as st

from observatoire.errors import FileError, SchemaError
from observatoire.labels import read_words
from observatoire.protocole import Agreement, require_sound
from observatoire.protocole.documents import LARGEST_BYTES, read_toml

DAY = "%d/%m/%Y"
LONGEST_REASON = 2000


def agreement_of(key: str) -> Agreement:
    """Return the agreement of an uploaded file.

    Raises
    ------
    FileError
        When it is no text, too large or not TOML.
    SchemaError
        When its fields or its terms have faults.
    """
    file = st.session_state.get(key)
    try:
        data = file.getvalue() if file is not None else b""
        text = data.decode("utf-8") if len(data) <= LARGEST_BYTES else ""
    except UnicodeDecodeError:
        text = ""
    if not text.strip():
        words = read_words("protocole")
        raise FileError(
            "no readable document",
            user=words("refused.toml"),
            remedy=words("refused.toml_remedy"),
        )
    found = read_toml(text)
    # Items are judged against the grid at the proposal: a document may be older than the grid.
    require_sound(found.terms)
    return found


def day_of(typed: str) -> date:
    """Return the day that was typed.

    Raises
    ------
    SchemaError
        When it is not one.
    """
    try:
        return datetime.strptime(typed.strip(), DAY).date()
    except ValueError:
        words = read_words("protocole")
        raise SchemaError(
            "not a day", user=words("wrong.day"), remedy=words("wrong.day_remedy")
        ) from None


def reason_of(typed: str) -> str:
    """Return the reason that was typed.

    Raises
    ------
    SchemaError
        When there is none.
    """
    said = typed.strip()
    if not 0 < len(said) <= LONGEST_REASON:
        words = read_words("protocole")
        raise SchemaError(
            "no reason", user=words("wrong.reason"), remedy=words("wrong.reason_remedy")
        )
    return said
