"""The lines of the journal that a reader chose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from observatoire.accounts import read_journal
from observatoire.publication import Connection

DAYS = (7, 30, 90, 365)
USUAL = 30


@dataclass(frozen=True)
class Line:
    """One thing done on a site, kept once a day."""

    day: date
    login: str
    role: str
    organisation: str
    site: str
    action: str
    object: str


@dataclass(frozen=True)
class Choice:
    """What a reader chose: a site and an action, empty for all, and how many days back."""

    site: str = ""
    action: str = ""
    days: int = USUAL

    def kept(self, lines: Sequence[Line]) -> list[Line]:
        """Return the lines that were chosen."""
        return [
            line
            for line in lines
            if self.site in ("", line.site) and self.action in ("", line.action)
        ]


def choice_from(asked: Mapping[str, str]) -> Choice:
    """Return the choice that an address holds; what is no choice is the usual one."""
    typed = asked.get("jours", "")
    days = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else USUAL
    return Choice(asked.get("site", ""), asked.get("action", ""), days if days in DAYS else USUAL)


def read_lines(session: Connection, days: int, today: date) -> list[Line]:
    """Return what whoever asks may know of the last days, the latest first."""
    since = today - timedelta(days=days)
    return [Line(**row) for row in read_journal(session, since)]
