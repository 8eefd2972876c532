"""The desk of « Équipe » and « Retours »: outings, sharing, what others share, what came back.

Each function asks the functions of `desk`, which judge who may; words are screened here first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from observatoire.access import Access
from observatoire.errors import SchemaError
from observatoire.grille.faults import is_plain
from observatoire.labels import read_words
from observatoire.screening import find
from observatoire.store import Connection, agreements, captured, people, returns
from observatoire.store.returns import Readers as Readers  # noqa: PLC0414 - for those who read
from observatoire.store.returns import Return as Return  # noqa: PLC0414 - for those who read

RECENT_DAYS = 62
"""How far back a team reads its own outings: two months."""
LONGEST = 500
ONE_BY_ONE = "observations"
"""What the journal says was read of an item, when it is no figure."""
WRITERS = ("delegate", "copilot", "facilitator", "geographer", "team_leader", "service")
"""The roles that may write a return."""


@dataclass(frozen=True)
class Own:
    """What a team wrote lately.

    Attributes
    ----------
    outings
        As `Outing.as_dict` gives them, latest day first, with `site` and `origin` (`street` or
        `import`).
    closed
        The kind (`corrected`, `withdrawn`) and the day of what it took back, latest first.
    """

    outings: list[dict[str, Any]]
    closed: list[tuple[str, date]]


def read_own(session: Connection, today: date) -> Own:
    """Return the outings of one's own team, and the trace of what it corrected or took back."""
    since = today - timedelta(days=RECENT_DAYS)
    return Own(captured.read_own_outings(session, since), captured.read_closed(session, since))


@dataclass(frozen=True)
class Shared:
    """An observation of another team, as the agreements let an account read it.

    Attributes
    ----------
    said_on
        The day, the ISO week or the month that it was seen in, no finer than agreed.
    size_band, place
        Empty: not said.
    cell
        The square that it was seen in, no finer than agreed; empty: the whole QPV.
    """

    site: str
    qpv: str
    item: str
    said_on: str
    intensity: int
    size_band: str
    place: str
    cell: str


def read_shared(access: Access, site: str) -> list[Shared]:
    """Return what teams share of a site with whoever asks, and note that it was read.

    One transaction: the journal holds that each item was read, or nothing is given. What is
    returned is kept nowhere: a suspension, or another agreement, shows at the next reading.
    """
    with access.desk() as desk:
        rows = [Shared(**row) for row in captured.read_shared(desk)]
        found = [one for one in rows if one.site == site]
        for item in sorted({one.item for one in found}):
            people.note(desk, site, "read", f"terrain.{item} {ONE_BY_ONE}")
    return found


def withdraw(access: Access, outing: str) -> None:
    """Take an outing of one's own team back: its content is gone, a trace stays."""
    with access.desk() as desk:
        captured.withdraw_outing(desk, outing)


def site_quarters(session: Connection, site: str) -> list[str]:
    """Return the QPV of a site, of the latest edition it has, by code."""
    return captured.site_quarters(session, site)


def suspended(session: Connection, site: str) -> list[str]:
    """Return the organisations whose sharing is suspended on a site."""
    return [name for where, name in agreements.read_suspensions(session) if where == site]


def suspend(access: Access, site: str, *, suspended: bool) -> None:
    """Suspend the sharing of one's own team on a site at once, or take it up again."""
    with access.desk() as desk:
        agreements.suspend(desk, site, suspended=suspended)


def read_returns(session: Connection, site: str) -> list[Return]:
    """Return the last return on each item and period of a site, the latest period first."""
    return returns.read_returns(session, site)


def read_readers(session: Connection, site: str) -> list[Readers]:
    """Return which organisations, in which role, read the figures of each item, and when last."""
    return returns.read_readers(session, site)


def write_return(access: Access, one: Return) -> int:
    """Write what was decided of an item and what came of it, after the step that it names.

    Raises
    ------
    SchemaError
        When a text is missing, too long, or may point at a person: never kept then.
    ConflictError
        When somebody else wrote in between, or the item or the period is none.
    AccessError
        When the account may not write returns on that site.
    """
    one = replace(one, decided=_tidy(one.decided), outcome=_tidy(one.outcome))
    faults = tuple(_faults(one))
    if faults:
        words = read_words("retours")
        raise SchemaError(
            f"a return that cannot be kept: {len(faults)} faults",
            user=words("refused.sentence"),
            remedy=" ; ".join(faults) + ".",
            faults=faults,
        )
    with access.desk() as desk:
        return returns.write_return(desk, one)


def _tidy(text: str) -> str:
    """Return a text with plain line ends and single spaces, and no control character."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join("".join(filter(is_plain, line)) for line in lines).strip()


def _faults(one: Return) -> list[str]:
    """Return what stands against the words of a return, as « field : sentence »."""
    words = read_words("retours")
    found = []
    if not one.decided:
        found.append(f"{words('form.decided')} : {words('refused.missing')}")
    for name in ("decided", "outcome"):
        text, place = getattr(one, name), words(f"form.{name}")
        if len(text) > LONGEST:
            found.append(f"{place} : {words('refused.long', most=LONGEST)}")
        found += [f"{place} : {seen.advice}" for seen in find(text)]
    return found
