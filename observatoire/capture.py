"""The desk where street teams write: what the page « Saisie » and the imports of activity ask.

What an entry may hold comes from the agreement and the grid in force; the database judges it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from observatoire.access import Access, Visitor
from observatoire.entries import Kept, Limits, Outing, against, read_outing, text_of
from observatoire.errors import AccessError, ConflictError, SchemaError
from observatoire.labels import read_words
from observatoire.labels.numbers import number
from observatoire.offers import offer_of
from observatoire.rulings import (
    Ruling,
    require_own,
    require_team,
    ruling_of,
    rulings_of,
    site_with,
)
from observatoire.screening import find, rules
from observatoire.settings import Settings
from observatoire.squares import is_near
from observatoire.store import Connection, captured

MOST_AT_ONCE = 3000
"""New outings of one import: each holds a lock until the end of the transaction."""
_RECENT_DAYS = 62


@dataclass(frozen=True)
class Loaded:
    """What became of the outings of an export.

    Attributes
    ----------
    written, again
        How many are new; how many the team held already, or had taken back.
    refused
        By identifier, what stands against the others (`entries.against`).
    """

    written: int
    again: int
    refused: Mapping[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Entries:
    """The desk of entries, for whoever holds a token."""

    settings: Settings
    access: Access

    def frame(self, token: str) -> dict[str, Any]:
        """Return all that the page needs to write without network.

        Raises
        ------
        SignInError, AccessError
            When nobody is signed in, or the account is not a team's.
        """
        door = self.access.signed(token)
        visitor = require_team(door.visitor())
        today = date.today()
        with door.session() as session:
            sites = [
                offer_of(session, one, self.settings.site(one.site).name, today)
                for one in rulings_of(session, visitor)
            ]
        return {
            "team": visitor.organisation,
            "today": today.isoformat(),
            "sites": sites,
            "screening": rules() if any(one["text"] for one in sites) else None,
        }

    def keep(self, token: str, values: Mapping[str, Any], team: str = "") -> Kept:
        """Write an entry once, by what rules the site of its neighbourhood.

        Parameters
        ----------
        team
            In whose name it was written, as the phone says; empty: not said.

        Raises
        ------
        SchemaError
            When it cannot be kept, with every fault.
        SignInError
            When the account is not of the team that wrote it.
        AccessError
            When no agreement in force lets this team write on that site.
        ConflictError
            When the team stored it before, on a site that this account has no longer.
        """
        door = self.access.signed(token)
        visitor = require_team(require_own(door.visitor(), team))
        with door.session() as session:
            if captured.is_known(session, text_of(values, "id")):
                return Kept(text_of(values, "id"), already=True)
            limits = self._limits_at(session, visitor, text_of(values, "qpv"))
        outing = read_outing(values, limits)
        _screen(outing)
        with door.desk() as desk:
            already = captured.keep_outing(desk, outing.as_dict(), imported=False)
        if already:
            self._require_in_sight(door, outing.id)
        return Kept(outing.id, already)

    def load(
        self,
        outings: Sequence[Outing],
        site: str,
        *,
        rehearse: bool = False,
        tell: Callable[[int], None] = lambda _: None,
    ) -> Loaded:
        """Write what a leader loads from another tool for a site, all or nothing.

        `access` is that of the leader. An outing that the agreement or the grid in force does not
        allow is not written, and said; one that the team holds, or took back, changes nothing,
        however old it is.

        Parameters
        ----------
        outings
            As `exchanges` reads them; the database seals their identifiers.
        rehearse
            Do it all, and undo it: what would be written is then said by the database itself.
        tell
            Called with how many outings were looked at.

        Raises
        ------
        AccessError
            When the account is not a leader of the site, or no agreement lets the team write.
        ConflictError
            When there are too many new outings for one transaction.
        """
        visitor = require_team(self.access.visitor())
        with self.access.desk() as desk:
            limits = self._limits(desk, ruling_of(desk, visitor, site))
            known = captured.known_imports(desk, [one.id for one in outings])
            faults = {one.id: tuple(against(one, limits)) for one in outings if one.id not in known}
            new = [one for one in outings if one.id not in known and not faults[one.id]]
            _require_few(len(new))
            undone = desk.begin_nested() if rehearse else None
            for rank, outing in enumerate(new, 1):
                captured.keep_outing(desk, outing.as_dict(), imported=True)
                tell(rank)
            if undone is not None:
                undone.rollback()
        refused = {key: found for key, found in faults.items() if found}
        return Loaded(len(new), len(known), refused)

    def recent(self, token: str) -> list[dict[str, Any]]:
        """Return the team's outings of the last two months, as `Outing.as_dict` gives them."""
        door = self.access.signed(token)
        require_team(door.visitor())
        since = date.today() - timedelta(days=_RECENT_DAYS)
        with door.session() as session:
            found = captured.read_own_outings(session, since)
        return [{**row, "corrects": "", "withdrawn": False} for row in found]

    def withdraw(self, token: str, outing: str) -> None:
        """Take an entry of the team back."""
        with self.access.signed(token).desk() as desk:
            captured.withdraw_outing(desk, outing)

    def _limits_at(self, session: Connection, visitor: Visitor, qpv: str) -> Limits | None:
        """Return what an entry of a neighbourhood may hold; None outside the team's sites."""
        site = site_with(session, visitor, qpv)
        if site is None:
            return None
        limits = self._limits(session, ruling_of(session, visitor, site))
        area = captured.read_perimeter(session, qpv)
        return replace(limits, near=lambda one, cell: is_near(one, area, cell))

    def _require_in_sight(self, door: Access, outing: str) -> None:
        """Refuse to call kept what the team holds where this account sees nothing any more.

        What was sent again is the same entry; a correction under the same identifier is not, and
        would be lost.
        """
        with door.session() as session:
            if captured.is_known(session, outing):
                return
        words = read_words("saisie")
        raise ConflictError(
            "an entry that another site holds",
            user=words("refused.held"),
            remedy=words("refused.held_remedy"),
        )

    def _limits(self, session: Connection, ruling: Ruling) -> Limits:
        if ruling.agreement is None:
            words = read_words("acces")
            raise AccessError(
                "no agreement in force",
                user=words("refused.unagreed"),
                remedy=words("refused.unagreed_remedy"),
            )
        terms, today = ruling.agreement.terms, date.today()
        return Limits(
            qpv=captured.site_quarters(session, ruling.site),
            items={item.code for item in ruling.items},
            precision=terms.precision,
            text=terms.text,
            first=terms.first_day(today),
            last=today + timedelta(days=1),  # a night out may begin tomorrow for the server
        )


def _require_few(new: int) -> None:
    """Refuse more outings than one transaction can lock one by one."""
    if new > MOST_AT_ONCE:
        words = read_words("saisie")
        raise ConflictError(
            f"{new} new outings in one import",
            user=words("refused.many", most=number(MOST_AT_ONCE)),
            remedy=words("refused.many_remedy"),
        )


def _screen(outing: Outing) -> None:
    """Refuse words that may point at a person: checked here too, whatever the phone did."""
    places = [
        f"seen.{rank}.words : {found.advice}"
        for rank, one in enumerate(outing.seen, 1)
        for found in find(one.words)
    ]
    if places:
        raise SchemaError(
            "words that may point at a person",
            user=read_words("saisie")("refused.words"),
            remedy=" ; ".join(places) + ".",
            faults=tuple(places),
        )
