"""The desk where street teams write: what the page « Saisie » and the imports of activity ask.

What an entry may hold comes from the agreement and the grid in force; the database judges it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from observatoire import grid_desk, protocole_desk
from observatoire.access import Access, Visitor
from observatoire.accounts import TEAM
from observatoire.codes import qpv_edition
from observatoire.entries import Kept, Limits, Outing, identifier_of, read_outing
from observatoire.errors import AccessError, SchemaError
from observatoire.grille import Item
from observatoire.labels import read_words
from observatoire.protocole import Agreement
from observatoire.screening import find, rules
from observatoire.settings import Settings
from observatoire.squares import draw_ground
from observatoire.store import Connection, captured, publications

_RECENT_DAYS = 62


@dataclass(frozen=True)
class _Ruling:
    """What rules a team's entries on a site."""

    site: str
    agreement: Agreement | None
    items: tuple[Item, ...]
    grid: int | None


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
        visitor = _team(door.visitor())
        today = date.today()
        with door.session() as session:
            ruling = _ruling(session, visitor)
            quarters = self._quarters(session, ruling)
        terms = ruling.agreement.terms if ruling.agreement else None
        site = self.settings.site(ruling.site)
        return {
            "team": visitor.organisation,
            "site": {"id": site.id, "name": site.name},
            "today": today.isoformat(),
            "first": (today - timedelta(days=terms.days_back if terms else 0)).isoformat(),
            "grid": ruling.grid,
            "agreement": ruling.agreement.version if ruling.agreement else None,
            "precision": terms.precision if terms else "qpv",
            "text": bool(terms and terms.text),
            "qpv": quarters,
            "items": [_shown(item) for item in ruling.items],
            "screening": rules() if terms and terms.text else None,
        }

    def keep(self, token: str, values: Mapping[str, Any]) -> Kept:
        """Write an entry once.

        Raises
        ------
        SchemaError
            When it cannot be kept, with every fault.
        AccessError
            When no agreement in force lets this team write.
        """
        door = self.access.signed(token)
        visitor = _team(door.visitor())
        with door.session() as session:
            if captured.is_known(session, identifier_of(values)):
                return Kept(identifier_of(values), already=True)
            limits = self._limits(session, _ruling(session, visitor))
        outing = read_outing(values, limits)
        _screen(outing)
        with door.desk() as desk:
            already = captured.keep_outing(desk, outing.as_dict(), imported=False)
        return Kept(outing.id, already)

    def load(self, outings: Iterable[Outing]) -> tuple[int, int]:
        """Write what a leader loads from another tool, all or nothing: how many new, how many not.

        `access` is that of the leader.
        """
        written = again = 0
        visitor = self.access.visitor()
        with self.access.desk() as desk:
            limits = self._limits(desk, _ruling(desk, _team(visitor)))
            for outing in outings:
                made = read_outing(outing.as_dict(), limits)
                if captured.keep_outing(desk, made.as_dict(), imported=True):
                    again += 1
                else:
                    written += 1
        return written, again

    def recent(self, token: str) -> list[dict[str, Any]]:
        """Return the team's outings of the last two months, as `Outing.as_dict` gives them."""
        door = self.access.signed(token)
        _team(door.visitor())
        since = date.today() - timedelta(days=_RECENT_DAYS)
        with door.session() as session:
            found = captured.read_own_outings(session, since)
        return [{**row, "corrects": "", "withdrawn": False} for row in found]

    def withdraw(self, token: str, outing: str) -> None:
        """Take an entry of the team back."""
        with self.access.signed(token).desk() as desk:
            captured.withdraw_outing(desk, outing)

    def _limits(self, session: Connection, ruling: _Ruling) -> Limits:
        if ruling.agreement is None:
            words = read_words("acces")
            raise AccessError(
                "no agreement in force",
                user=words("refused.unagreed"),
                remedy=words("refused.unagreed_remedy"),
            )
        terms, today = ruling.agreement.terms, date.today()
        return Limits(
            qpv=self._codes(session, ruling.site),
            items={item.code for item in ruling.items},
            precision=terms.precision,
            text=terms.text,
            first=today - timedelta(days=terms.days_back),
            last=today,
        )

    def _codes(self, session: Connection, site: str) -> list[str]:
        """Return the QPV a team may write in: those of the latest edition that the site has."""
        return captured.site_quarters(session, site)

    def _quarters(self, session: Connection, ruling: _Ruling) -> list[dict[str, Any]]:
        codes = self._codes(session, ruling.site)
        if not codes:
            return []
        ground = publications.read_boundaries(session, qpv_edition(codes[0]))
        precision = ruling.agreement.terms.precision if ruling.agreement else "qpv"
        size = None if precision == "qpv" else int(precision)
        return [
            {
                "code": code,
                "name": str(row["name"]),
                "commune": str(row["commune"] or ""),
                **_drawn(code, row["geometry"], size),
            }
            for code, row in ground.loc[ground.index.isin(codes)].iterrows()
        ]


def _drawn(code: str, area: Any, size: int | None) -> dict[str, Any]:
    drawn = draw_ground(code, area, size)
    return {"outline": drawn.outline, "cells": [asdict(one) for one in drawn.squares]}


def _team(visitor: Visitor) -> Visitor:
    """Return the visitor when it is a team's account that may write."""
    if visitor.role in TEAM and visitor.sites and not visitor.must_change:
        return visitor
    words = read_words("acces")
    raise AccessError(
        f"role {visitor.role} does not write entries",
        user=words("refused.forbidden"),
        remedy=words("refused.forbidden_remedy"),
    )


def _ruling(session: Connection, visitor: Visitor) -> _Ruling:
    """Return what rules the first of the team's sites where it is party to an agreement."""
    grids = {one.site: one for one in grid_desk.in_force(session)}
    found = []
    for site in visitor.sites:
        kept = protocole_desk.in_force(session, site)
        agreed = kept.agreement if kept else None
        if agreed is not None and visitor.organisation not in agreed.agreed_by:
            agreed = None
        grid = grids.get(site)
        items = tuple(item for item in grid.items if item.observed) if grid else ()
        found.append(_Ruling(site, agreed, items, grid.version if grid else None))
    return next((one for one in found if one.agreement), found[0])


def _shown(item: Item) -> dict[str, Any]:
    return {
        "code": item.code,
        "label": item.label,
        "theme": item.theme,
        "definition": item.definition,
        "direction": item.direction,
    }


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
