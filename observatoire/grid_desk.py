"""The desk where grids are written: what pages and command line do, one transaction at a time.

Each function reads the versions as they are, lets `grille` say what may follow, and writes one
step. The database judges it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from observatoire import grille
from observatoire.errors import ConflictError, NotFoundError
from observatoire.grille import Grid, Item
from observatoire.grille.faults import require_writable
from observatoire.labels import read_words
from observatoire.settings import Site
from observatoire.store import Connection
from observatoire.store import grilles as store
from observatoire.store.grilles import Kept as Kept  # noqa: PLC0414 - for those who read


def read_versions(connection: Connection, site: str | None = None) -> list[Kept]:
    """Return every version as it is now, drafts too, by site then version."""
    found = store.read_grids(connection, drafts=True)
    return [one for one in found if site in (None, one.grid.site)]


def find_version(connection: Connection, site: str, version: int | None = None) -> Kept:
    """Return one version; by default the one in force, else the last.

    Raises
    ------
    NotFoundError
        When the site has no such version.
    """
    own = read_versions(connection, site)
    wanted = [one for one in own if version in (None, one.grid.version)]
    if not wanted:
        words = read_words("grilles")
        raise NotFoundError(
            f"no grid of {site}, version {version}",
            user=words("missing.version", version=version) if own else words("missing.site"),
            remedy=words("missing.remedy"),
        )
    return next((one for one in wanted if one.grid.in_force), wanted[-1])


def begin(connection: Connection, site: Site, items: Iterable[Item] = ()) -> Kept:
    """Write the first step of a site's next version: a draft that holds these items."""
    others = [one.grid for one in read_versions(connection, site.id)]
    return _drafted(connection, Kept(grille.begin(site.id, site.name, others, items), 0))


def save(connection: Connection, kept: Kept, items: Iterable[Item], reason: str) -> Kept:
    """Write other items in a draft; a proposed grid becomes a draft again."""
    return _drafted(connection, replace(kept, grid=grille.redraft(kept.grid, items, reason)))


def propose(connection: Connection, kept: Kept) -> Kept:
    """Propose a draft to the partners."""
    proposed = replace(kept, grid=grille.propose(kept.grid))
    return replace(proposed, step=store.write_proposed(connection, proposed))


def agree(
    connection: Connection, kept: Kept, organisations: Iterable[str], on: date, today: date
) -> Kept:
    """Write that organisations agreed on a proposed grid; the one in force is superseded."""
    agreed = replace(kept, grid=grille.agree(kept.grid, organisations, on, today))
    return replace(agreed, step=store.write_agreed(connection, agreed))


def succeed(connection: Connection, site: Site) -> Kept:
    """Write the draft that will take the place of the grid in force: the same items."""
    current = find_version(connection, site.id).grid
    others = [one.grid for one in read_versions(connection, site.id)]
    made = replace(grille.succeed(current, others), site_name=site.name)
    return _drafted(connection, Kept(made, 0))


def take_in(connection: Connection, site: Site, document: Grid, today: date) -> Kept:
    """Write what a document says, step by step, up to the status it claims.

    The document is the version being drafted, or the next one; a version already as it says is
    left alone.

    Raises
    ------
    ConflictError
        When it is another version of the past, or claims to be superseded.
    SchemaError
        With all that stands against it, unless it is a draft.
    """
    own = read_versions(connection, site.id)
    for one in own:
        if one.grid == replace(document, version=document.version or one.grid.version):
            return one
    kept = _open(connection, site, document, own)
    if document.status in ("proposed", "agreed"):
        kept = propose(connection, kept)
    if document.status == "agreed":
        day = document.agreed_on or today
        kept = agree(connection, kept, document.agreed_by, day, today)
    return kept


def in_force(connection: Connection) -> list[Grid]:
    """Return the grids in force, one for each site that has one."""
    return [one.grid for one in store.read_grids(connection, drafts=False) if one.grid.in_force]


def _open(connection: Connection, site: Site, document: Grid, own: Sequence[Kept]) -> Kept:
    """Write the document's items in the draft it is, or in a new one."""
    if document.status == "superseded":
        raise _refused(document, "import.superseded")
    being = next((one for one in own if one.grid.status in ("draft", "proposed")), None)
    if being is None:
        made = grille.begin(site.id, site.name, [one.grid for one in own], document.items)
        being = Kept(replace(made, reason=document.reason, fictitious=document.fictitious), 0)
    grid = being.grid
    if document.version not in (0, grid.version):
        raise _refused(document, "import.version", expected=grid.version)
    if document.supersedes not in (None, grid.supersedes):
        raise _refused(document, "import.supersedes", expected=grid.supersedes or 0)
    return _drafted(
        connection, replace(being, grid=grille.redraft(grid, document.items, document.reason))
    )


def _drafted(connection: Connection, kept: Kept) -> Kept:
    require_writable(kept.grid)
    return replace(kept, step=store.write_draft(connection, kept))


def _refused(document: Grid, name: str, **fields: object) -> ConflictError:
    words = read_words("grilles")
    return ConflictError(
        f"the document is not the next version of {document.site}",
        user=words(f"{name}", version=document.version, **fields),
        remedy=words("import.remedy"),
    )
