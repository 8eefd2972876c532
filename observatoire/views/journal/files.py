"""The journal as a file: the address it is served at, and its bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, fields
from datetime import date
from urllib.parse import urlencode

import pandas as pd

from observatoire.exports import csv_bytes
from observatoire.publication import Connection
from observatoire.views.journal.lines import Choice, Line, choice_from, read_lines

ADDRESS = "/telechargements/journal.csv"


def address(choice: Choice) -> str:
    """Return the address of the lines of a choice."""
    asked = {"site": choice.site, "action": choice.action, "jours": str(choice.days)}
    return f"{ADDRESS}?{urlencode(asked)}"


def journal_file(session: Connection, asked: Mapping[str, str], today: date) -> bytes:
    """Return the lines that an address asks for, those that whoever asks may know.

    Raises
    ------
    SignInError
        When nobody is signed in.
    """
    choice = choice_from(asked)
    lines = choice.kept(read_lines(session, choice.days, today))
    columns = [field.name for field in fields(Line)]
    rows = [(line.day.isoformat(), *astuple(line)[1:]) for line in lines]
    return csv_bytes(pd.DataFrame(rows, columns=columns))
