"""What the page reads of a site, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from observatoire import grid_desk, protocole_desk
from observatoire.protocole import Agreement, Reign
from observatoire.protocole_desk import Kept
from observatoire.publication import Connection
from observatoire.views.doors import Doors
from observatoire.views.protocole.versions import Acts


@dataclass(frozen=True)
class Situation:
    """A site's agreement as whoever asks may know it.

    Attributes
    ----------
    versions
        Every version; drafts for accounts of the site alone.
    names
        Label by code of the items of the grid in force.
    signed
        Organisations that signed the proposed version, and the role they signed by.
    """

    versions: tuple[Kept, ...]
    names: Mapping[str, str]
    signed: tuple[tuple[str, str], ...]
    acts: Acts

    @property
    def agreements(self) -> list[Agreement]:
        """Return the versions without their steps."""
        return [one.agreement for one in self.versions]

    @property
    def reigns(self) -> list[Reign]:
        """Return the versions with the first day of what they rule."""
        return [Reign(one.agreement, one.rules_from) for one in self.versions]

    @property
    def current(self) -> Kept | None:
        """Return the version in force."""
        return next((one for one in self.versions if one.agreement.in_force), None)

    @property
    def being(self) -> Kept | None:
        """Return the version that may still change."""
        return next((one for one in self.versions if one.agreement.is_open), None)

    @property
    def next_version(self) -> int:
        """Return the number that the next version would have."""
        return 1 + max((one.version for one in self.agreements), default=0)


def situation(doors: Doors, site: str) -> Situation:
    """Read all that the page shows of a site."""
    who = doors.visitor
    with doors.access.session() as session:
        versions = tuple(protocole_desk.read_versions(session, site))
        being = next((one for one in versions if one.agreement.status == "proposed"), None)
        signed = tuple(protocole_desk.signatories(session, being)) if being else ()
        on_site = site in who.sites and not who.must_change
        acts = Acts(
            tuple(protocole_desk.suspensions(session, site)) if on_site else None,
            tuple(protocole_desk.meetings(session, site)),
            tuple(protocole_desk.widenings(session, site)),
        )
        return Situation(versions, item_names(session, site), signed, acts)


def item_names(session: Connection, site: str) -> dict[str, str]:
    """Return the label by code of the items of the grid in force."""
    grids = [grid for grid in grid_desk.in_force(session) if grid.site == site]
    return {item.code: item.label for grid in grids for item in grid.items}
