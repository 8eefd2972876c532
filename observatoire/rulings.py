"""What rules the entries of a team: who may write, and the agreement and the grid in force."""

from __future__ import annotations

from dataclasses import dataclass

from observatoire import grid_desk, protocole_desk
from observatoire.access import Visitor
from observatoire.accounts import TEAM
from observatoire.errors import AccessError, SignInError
from observatoire.grille import Grid, Item
from observatoire.labels import read_words
from observatoire.protocole import Agreement
from observatoire.publication import Connection
from observatoire.team_desk import site_quarters


@dataclass(frozen=True)
class Ruling:
    """What rules a team's entries on a site.

    Attributes
    ----------
    agreement
        The one in force that the team signed; None: nothing may be written.
    items
        What its teams observe, by the grid in force.
    grid
        Version of that grid; None when there is none.
    """

    site: str
    agreement: Agreement | None
    items: tuple[Item, ...]
    grid: int | None


def require_team(visitor: Visitor) -> Visitor:
    """Return the visitor when it is a team's account that may write.

    Raises
    ------
    AccessError
        When it is not.
    """
    if visitor.role in TEAM and visitor.sites and not visitor.must_change:
        return visitor
    raise _forbidden(visitor.role)


def require_own(visitor: Visitor, team: str) -> Visitor:
    """Return the visitor when it is of the team that wrote; empty: nothing is said of it.

    Raises
    ------
    SignInError
        When the visitor is of another team: the session that wrote it is over.
    """
    if not team or team == visitor.organisation:
        return visitor
    raise SignInError("written by another team", user=read_words("saisie")("refused.other_team"))


def rulings_of(session: Connection, visitor: Visitor) -> list[Ruling]:
    """Return what rules each of the team's sites: their agreements and grids are their own."""
    grids = {one.site: one for one in grid_desk.in_force(session)}
    return [_ruling(session, visitor, site, grids.get(site)) for site in visitor.sites]


def ruling_of(session: Connection, visitor: Visitor, site: str) -> Ruling:
    """Return what rules a site.

    Raises
    ------
    AccessError
        When the site is none of the visitor's.
    """
    if site not in visitor.sites:
        raise _forbidden(visitor.role)
    grids = {one.site: one for one in grid_desk.in_force(session)}
    return _ruling(session, visitor, site, grids.get(site))


def site_with(session: Connection, visitor: Visitor, qpv: str) -> str | None:
    """Return which of the team's sites a QPV is of; None when it is of none of them."""
    return next((one for one in visitor.sites if qpv in site_quarters(session, one)), None)


def _ruling(session: Connection, visitor: Visitor, site: str, grid: Grid | None) -> Ruling:
    kept = protocole_desk.in_force(session, site)
    agreed = kept.agreement if kept else None
    if agreed and (agreed.fictitious or visitor.organisation not in agreed.agreed_by):
        agreed = None
    items = tuple(item for item in grid.items if item.observed) if grid else ()
    return Ruling(site, agreed, items, grid.version if grid else None)


def _forbidden(role: str) -> AccessError:
    words = read_words("acces")
    return AccessError(
        f"role {role} does not write entries there",
        user=words("refused.forbidden"),
        remedy=words("refused.forbidden_remedy"),
    )
