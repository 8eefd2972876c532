"""Agreements of the sites: every version as it is now, and the steps that the desk adds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from observatoire.protocole import Agreement
from observatoire.protocole.terms import terms_from


@dataclass(frozen=True)
class Kept:
    """A version of an agreement as the store holds it, and the number of its last step.

    A next step names it, so that nobody writes over a change that they did not see; 0 for a
    version that the store does not hold yet. `rules_from`: the day of what it rules first, after
    all that was written under an earlier version.
    """

    agreement: Agreement
    step: int
    rules_from: date | None = None


def read_agreements(connection: Connection) -> list[Kept]:
    """Return every version as it is now, by site then version; drafts to those of the site."""
    rows = connection.execute(text("SELECT * FROM desk.agreements()")).mappings()
    return [
        Kept(_agreement(dict(row)), int(row["id"]), row["rules_from"] or row["agreed_on"])
        for row in rows
    ]


def _agreement(row: dict[str, Any]) -> Agreement:
    return Agreement(
        site=row["site"],
        site_name=row["site_name"],
        version=row["version"],
        terms=terms_from(row["terms"]),
        status=row["status"],
        agreed_by=tuple(row["agreed_by"]),
        agreed_on=row["agreed_on"],
        fictitious=row["fictitious"],
    )


def write_draft(connection: Connection, kept: Kept) -> int:
    """Write a draft, new or drafted again; return the number of the step."""
    one = kept.agreement
    return _number(
        connection,
        "draft_agreement(:site, :name, :version, CAST(:terms AS jsonb), :fictitious, :after)",
        site=one.site,
        name=one.site_name,
        version=one.version,
        terms=json.dumps(one.terms.as_dict(), ensure_ascii=False),
        fictitious=one.fictitious,
        after=kept.step,
    )


def write_proposed(connection: Connection, kept: Kept) -> int:
    """Propose the version that the store holds; return the number of the step."""
    return _number(
        connection,
        "propose_agreement(:site, :version, :after)",
        site=kept.agreement.site,
        version=kept.agreement.version,
        after=kept.step,
    )


def write_agreed(
    connection: Connection, kept: Kept, organisations: Sequence[str], day: date
) -> int:
    """Write that a proposed version is in force from a day on; the one before is superseded.

    The organisations are those that signed; the owner's command line names them.
    """
    return _number(
        connection,
        "agree_agreement(:site, :version, CAST(:organisations AS jsonb), :day, :after)",
        site=kept.agreement.site,
        version=kept.agreement.version,
        organisations=json.dumps(list(organisations), ensure_ascii=False),
        day=day,
        after=kept.step,
    )


def sign(connection: Connection, kept: Kept) -> None:
    """Sign a proposed version for the organisation of whoever asks."""
    _call(
        connection,
        "sign_agreement(:site, :version, :after)",
        site=kept.agreement.site,
        version=kept.agreement.version,
        after=kept.step,
    )


def signatories(connection: Connection, site: str, version: int) -> list[tuple[str, str]]:
    """Return the organisations that signed the version as it is proposed, and their role."""
    statement = text("SELECT organisation, role FROM desk.signatures(:site, :version)")
    rows = connection.execute(statement, {"site": site, "version": version})
    return [(row.organisation, row.role) for row in rows]


def widen(connection: Connection, site: str, since: date, reason: str) -> None:
    """Let the version in force also rule what was seen since a day: an act, kept for ever."""
    _call(
        connection,
        "widen_agreement(:site, :since, :reason)",
        site=site,
        since=since,
        reason=reason,
    )


def read_widenings(connection: Connection, site: str) -> list[dict[str, Any]]:
    """Return those acts: `version`, `since`, `organisations`, `reason`, `recorded_on`."""
    rows = connection.execute(text("SELECT * FROM desk.widenings(:site)"), {"site": site})
    return [dict(row) for row in rows.mappings()]


def suspend(connection: Connection, site: str, *, suspended: bool) -> None:
    """Suspend the sharing of the team of whoever asks on a site, or take it up again."""
    _call(connection, "suspend(:site, :suspended)", site=site, suspended=suspended)


def read_suspensions(connection: Connection) -> list[tuple[str, str]]:
    """Return the sites and organisations whose sharing is suspended, as far as one may know."""
    rows = connection.execute(text("SELECT site, organisation FROM desk.suspensions()"))
    return [(row.site, row.organisation) for row in rows]


def note_meeting(connection: Connection, site: str, day: date) -> None:
    """Write that a meeting was held: what waited for it may be read."""
    _call(connection, "note_meeting(:site, :day)", site=site, day=day)


def read_meetings(connection: Connection, site: str) -> list[date]:
    """Return the days of the meetings of a site."""
    rows = connection.execute(text("SELECT * FROM desk.meetings(:site)"), {"site": site})
    return list(rows.scalars())


def _call(connection: Connection, call: str, **values: object) -> None:
    connection.execute(text(f"SELECT desk.{call}"), values)


def _number(connection: Connection, call: str, **values: object) -> int:
    return int(connection.execute(text(f"SELECT desk.{call}"), values).scalar_one())
