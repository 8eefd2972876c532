"""What rules the entries of a team: who may write, and the agreement and the grid in force."""

from __future__ import annotations

from dataclasses import dataclass

from observatoire import grid_desk, protocole_desk
from observatoire.access import Visitor
from observatoire.accounts import TEAM
from observatoire.errors import AccessError
from observatoire.grille import Item
from observatoire.labels import read_words
from observatoire.protocole import Agreement
from observatoire.publication import Connection


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


def ruling_of(session: Connection, visitor: Visitor, only: str = "") -> Ruling:
    """Return what rules a site, or the first of the team's sites where it is party to one.

    Raises
    ------
    AccessError
        When the site is none of the visitor's.
    """
    grids = {one.site: one for one in grid_desk.in_force(session)}
    found = []
    if only and only not in visitor.sites:
        raise _forbidden(visitor.role)
    for site in [only] if only else visitor.sites:
        kept = protocole_desk.in_force(session, site)
        agreed = kept.agreement if kept else None
        if agreed and (agreed.fictitious or visitor.organisation not in agreed.agreed_by):
            agreed = None
        grid = grids.get(site)
        items = tuple(item for item in grid.items if item.observed) if grid else ()
        found.append(Ruling(site, agreed, items, grid.version if grid else None))
    return next((one for one in found if one.agreement), found[0])


def _forbidden(role: str) -> AccessError:
    words = read_words("acces")
    return AccessError(
        f"role {role} does not write entries there",
        user=words("refused.forbidden"),
        remedy=words("refused.forbidden_remedy"),
    )
