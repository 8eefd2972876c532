"""The desk where agreements are written: what pages and command line do, one transaction at a time.

Each function reads the versions as they are and writes one step; the database judges it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from observatoire import grid_desk
from observatoire.disclosure import Agreed
from observatoire.entries import CLOCK_DAYS
from observatoire.errors import ConflictError, NotFoundError, SchemaError
from observatoire.labels import read_words
from observatoire.protocole import Agreement, Terms, require_sound
from observatoire.screening import find
from observatoire.settings import Site
from observatoire.store import Connection
from observatoire.store import agreements as store
from observatoire.store.agreements import Kept as Kept  # noqa: PLC0414 - for those who read


@dataclass(frozen=True)
class Widening:
    """An act by which a version also rules what was seen before it, since a day."""

    version: int
    since: date
    organisations: tuple[str, ...]
    reason: str
    recorded_on: date


def read_versions(connection: Connection, site: str | None = None) -> list[Kept]:
    """Return every version as it is now, by site then version."""
    found = store.read_agreements(connection)
    return [one for one in found if site in (None, one.agreement.site)]


def in_force(connection: Connection, site: str) -> Kept | None:
    """Return the version that rules a site, None when there is none."""
    found = read_versions(connection, site)
    return next((one for one in found if one.agreement.in_force), None)


def find_version(connection: Connection, site: str, version: int | None = None) -> Kept:
    """Return one version; by default the one in force, else the last.

    Raises
    ------
    NotFoundError
        When the site has no such version.
    """
    own = read_versions(connection, site)
    wanted = [one for one in own if version in (None, one.agreement.version)]
    if not wanted:
        words = read_words("protocole")
        raise NotFoundError(
            f"no agreement of {site}, version {version}",
            user=words("refused.missing"),
            remedy=words("refused.missing_remedy"),
        )
    return next((one for one in wanted if one.agreement.in_force), wanted[-1])


def draft(connection: Connection, site: Site, terms: Terms, *, fictitious: bool = False) -> Kept:
    """Write the draft of a site's open version, or begin the next one."""
    own = read_versions(connection, site.id)
    current = next((one for one in own if one.agreement.is_open), None)
    if current is None:
        last = max((one.agreement.version for one in own), default=0)
        made = Agreement(site.id, site.name, last + 1, terms, fictitious=fictitious)
        current = Kept(made, 0)
    again = replace(current.agreement, terms=terms, status="draft")
    step = store.write_draft(connection, Kept(again, current.step))
    return Kept(again, step)


def begin(connection: Connection, site: Site, terms: Terms, version: int) -> Kept:
    """Begin a version of a site; one that somebody else began in between is left as it is.

    Parameters
    ----------
    version
        The one to begin, as whoever asks saw it.

    Raises
    ------
    ConflictError
        When the site's next version is another, or was begun.
    """
    own = read_versions(connection, site.id)
    last = max((one.agreement.version for one in own), default=0)
    if version != last + 1 or any(one.agreement.is_open for one in own):
        raise _stale(f"version {version} of {site.id} is not the next one")
    made = Agreement(site.id, site.name, version, terms)
    return Kept(made, store.write_draft(connection, Kept(made, 0)))


def redraft(connection: Connection, kept: Kept, terms: Terms) -> Kept:
    """Write other terms over the version that was seen, as a draft; refused when it moved on."""
    again = replace(kept.agreement, terms=terms, status="draft")
    return Kept(again, store.write_draft(connection, Kept(again, kept.step)))


def propose(connection: Connection, kept: Kept) -> Kept:
    """Propose a draft to the partners, once it has no fault.

    Raises
    ------
    SchemaError
        With its faults.
    """
    require_sound(kept.agreement.terms, _collected(connection, kept.agreement.site))
    step = store.write_proposed(connection, kept)
    return Kept(replace(kept.agreement, status="proposed"), step)


def sign(connection: Connection, kept: Kept) -> None:
    """Sign a proposed version for the organisation of whoever asks."""
    store.sign(connection, kept)


def signatories(connection: Connection, kept: Kept) -> list[tuple[str, str]]:
    """Return the organisations that signed a proposed version, and their role."""
    return store.signatories(connection, kept.agreement.site, kept.agreement.version)


def agree(connection: Connection, kept: Kept, on: date, organisations: Sequence[str] = ()) -> Kept:
    """Bring a proposed version into force; the one before is superseded.

    Parameters
    ----------
    organisations
        For the owner's command line, who signed on paper; in the app, those that signed there.
    """
    step = store.write_agreed(connection, kept, organisations, on)
    made = find_version(connection, kept.agreement.site, kept.agreement.version)
    return replace(made, step=step)


def widen(
    connection: Connection, site: str, since: date, reason: str, seen: Kept | None = None
) -> None:
    """Let the version in force also rule what was seen since a day: an act, kept for ever.

    Parameters
    ----------
    seen
        The version whose openings were read; refused when another is in force.

    Raises
    ------
    ConflictError
        When it is not the one that was seen.
    SchemaError
        When the reason, which everybody reads for ever, has words that may point at a person.
    """
    found = [one.advice for one in find(reason)]
    if found:
        raise SchemaError(
            "words that may point at a person",
            user=read_words("saisie")("refused.words"),
            remedy=" ; ".join(found) + ".",
        )
    if seen is not None:
        ruling = in_force(connection, site)
        if ruling is None or ruling.step != seen.step:
            raise _stale(f"another version of {site} is in force")
    store.widen(connection, site, since, reason)


def widenings(connection: Connection, site: str) -> list[Widening]:
    """Return those acts, by version then day."""
    return [
        Widening(
            row["version"],
            row["since"],
            tuple(row["organisations"]),
            row["reason"],
            row["recorded_on"],
        )
        for row in store.read_widenings(connection, site)
    ]


def suspend(connection: Connection, site: str, *, suspended: bool) -> None:
    """Suspend at once the sharing of the team of whoever asks, or take it up again."""
    store.suspend(connection, site, suspended=suspended)


def suspensions(connection: Connection, site: str) -> list[str]:
    """Return the organisations whose sharing is suspended, to accounts of the site alone."""
    return [who for where, who in store.read_suspensions(connection) if where == site]


def meetings(connection: Connection, site: str) -> list[date]:
    """Return the days of the meetings held, the oldest first."""
    return store.read_meetings(connection, site)


def note_meeting(connection: Connection, site: str, day: date) -> None:
    """Write that a meeting was held: what waited for it may be read."""
    store.note_meeting(connection, site, day)


def retained_since(connection: Connection, today: date) -> dict[str, date]:
    """Return, by site with an agreement, the day before which its observations may be gone."""
    ruling = [
        one.agreement
        for one in read_versions(connection)
        if one.agreement.in_force and not one.agreement.fictitious
    ]
    return {
        one.site: (pd.Timestamp(today) - pd.DateOffset(months=one.terms.retention_months)).date()
        for one in ruling
    }


def begun_on(connection: Connection) -> dict[str, date]:
    """Return the day of the first agreement of each site."""
    found: dict[str, date] = {}
    for one in read_versions(connection):
        day = one.agreement.agreed_on
        if day is not None and not one.agreement.fictitious:
            found[one.agreement.site] = min(found.get(one.agreement.site, day), day)
    return found


def settled(connection: Connection) -> dict[str, int]:
    """Return, by site with an agreement, how many days after its end entries come to a period.

    As late as its terms let write, and two days for clocks that are not the database's.
    """
    ruling = (one.agreement for one in read_versions(connection) if one.agreement.in_force)
    return {one.site: one.terms.days_back + CLOCK_DAYS for one in ruling if not one.fictitious}


def agreed_thresholds(
    connection: Connection,
) -> tuple[dict[str, Agreed], dict[str, tuple[tuple[date, Agreed], ...]]]:
    """Return what figures of each site must reach, by its agreement in force and by earlier ones.

    Returns
    -------
    tuple
        By site, the thresholds in force; by site, those of the versions before, each with the day
        until which they hold: that of the next version, or of the act that opens to the present
        one what was seen before it. The house's own are not repeated.
    """
    by_site: dict[str, list[Kept]] = {}
    for one in read_versions(connection):
        if one.rules_from is not None and not one.agreement.fictitious:
            by_site.setdefault(one.agreement.site, []).append(one)
    ruling: dict[str, Agreed] = {}
    former: dict[str, tuple[tuple[date, Agreed], ...]] = {}
    for site, versions in by_site.items():
        if not versions[-1].agreement.in_force:
            continue
        asked = [_asked(one.agreement.terms) for one in versions]
        if asked[-1] != Agreed():
            ruling[site] = asked[-1]
        current = versions[-1].agreement.version
        acts = widenings(connection, site)
        opened = [act.since for act in acts if act.version == current]
        before = _reigns(versions, asked, opened)
        if any(one != asked[-1] for _, one in before):
            former[site] = before
    return ruling, former


def _asked(terms: Terms) -> Agreed:
    return Agreed(terms.k, terms.outings, terms.base)


def _reigns(
    versions: Sequence[Kept], asked: Sequence[Agreed], opened: Sequence[date]
) -> tuple[tuple[date, Agreed], ...]:
    """Return what each earlier version asks and until when, no later than what was opened since."""
    ends = [one.rules_from for one in versions[1:] if one.rules_from is not None]
    return tuple((min([end, *opened]), one) for end, one in zip(ends, asked[:-1], strict=True))


def _collected(connection: Connection, site: str) -> set[str] | None:
    """Return the codes of the grid in force, None when the site has none."""
    grids = [one for one in grid_desk.in_force(connection) if one.site == site]
    return {item.code for grid in grids for item in grid.items} or None


def _stale(message: str) -> ConflictError:
    words = read_words("acces")
    return ConflictError(message, user=words("refused.stale"), remedy=words("refused.stale_remedy"))
