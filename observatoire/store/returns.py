"""What came back to the teams: returns on items of a site, and who read their figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Return:
    """The last return on an item and a period of a site.

    Attributes
    ----------
    step
        Its number, which the next one names; 0 for one that is not written yet.
    period
        A month (`2024-03`) or a quarter (`2024-Q1`).
    decided, outcome
        What was decided, and what came of it (empty: not known yet); at most 500 characters.
    organisation, role, recorded_on
        Who wrote it: never an account.
    """

    step: int
    site: str
    item: str
    period: str
    decided: str
    outcome: str = ""
    organisation: str = ""
    role: str = ""
    recorded_on: date | None = None


@dataclass(frozen=True)
class Readers:
    """An organisation, in one role, that read the figures of an item of a site.

    Attributes
    ----------
    exported
        It took them away as a file too.
    last_on
        The last day it did either.
    """

    item: str
    role: str
    organisation: str
    exported: bool
    last_on: date


def read_returns(connection: Connection, site: str) -> list[Return]:
    """Return the last return on each item and period, the latest period first; for its accounts."""
    rows = connection.execute(text("SELECT * FROM desk.returns(:site)"), {"site": site})
    return [
        Return(
            row["id"],
            row["site"],
            row["item"],
            row["period"],
            row["decided"],
            row["outcome"],
            row["organisation"],
            row["role"],
            row["recorded_on"],
        )
        for row in rows.mappings()
    ]


def write_return(connection: Connection, one: Return) -> int:
    """Write a return after the step that it names; return the number of the new one."""
    statement = text("SELECT desk.write_return(:site, :item, :period, :decided, :outcome, :after)")
    values = {
        "site": one.site,
        "item": one.item,
        "period": one.period,
        "decided": one.decided,
        "outcome": one.outcome,
        "after": one.step,
    }
    return int(connection.execute(statement, values).scalar_one())


def read_readers(connection: Connection, site: str) -> list[Readers]:
    """Return who read or exported the figures of each item, for the teams of the site."""
    rows = connection.execute(text("SELECT * FROM desk.seen_by(:site)"), {"site": site})
    return [
        Readers(row["item"], row["role"], row["organisation"], row["exported"], row["last_on"])
        for row in rows.mappings()
    ]
