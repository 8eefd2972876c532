"""Grids of the sites: every version as it is now, and the steps that the desk adds.

Writing goes through the functions of the schema `desk`, with the app's role as with the owner's:
what they refuse comes back in French.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from observatoire.errors import ConflictError
from observatoire.grille import Grid
from observatoire.grille.documents import from_values
from observatoire.labels import read_words

_REFUSALS = {"OG001": "order", "OG002": "stale", "OG003": "content", "OG004": "kept"}
_FIELDS = (
    "site",
    "site_name",
    "version",
    "status",
    "supersedes",
    "reason",
    "agreed_by",
    "agreed_on",
    "fictitious",
)


@dataclass(frozen=True)
class Kept:
    """A version of a grid as the store holds it.

    Attributes
    ----------
    step
        Number of its last step: what a next step must name, so that nobody writes over a change
        that they did not see. 0 for a version that the store does not hold yet.
    """

    grid: Grid
    step: int


def read_grids(connection: Connection, *, drafts: bool) -> list[Kept]:
    """Return every version as it is now, by site then version; drafts among them when asked."""
    names = ["shared_grids", "draft_grids"] if drafts else ["shared_grids"]
    found = [_kept(row) for name in names for row in _rows(connection, name)]
    return sorted(found, key=lambda one: (one.grid.site, one.grid.version))


def write_draft(connection: Connection, kept: Kept) -> int:
    """Write a draft, new or drafted again; return the number of the step.

    Raises
    ------
    ConflictError
        When another step came in between, or the version cannot be drafted.
    """
    grid = kept.grid
    return _call(
        connection,
        "draft_grid(:site, :site_name, :version, :supersedes, :reason, CAST(:items AS jsonb),"
        " :fictitious, :after)",
        site=grid.site,
        site_name=grid.site_name,
        version=grid.version,
        supersedes=grid.supersedes,
        reason=grid.reason,
        items=_json([item.as_dict() for item in grid.items]),
        fictitious=grid.fictitious,
        after=kept.step,
    )


def write_proposed(connection: Connection, kept: Kept) -> int:
    """Propose the version that the store holds; return the number of the step."""
    return _call(
        connection,
        "propose_grid(:site, :version, :after)",
        site=kept.grid.site,
        version=kept.grid.version,
        after=kept.step,
    )


def write_agreed(connection: Connection, kept: Kept) -> int:
    """Write that organisations agreed on the version held; the one in force is superseded."""
    return _call(
        connection,
        "agree_grid(:site, :version, CAST(:organisations AS jsonb), :day, :after)",
        site=kept.grid.site,
        version=kept.grid.version,
        organisations=_json(list(kept.grid.agreed_by)),
        day=kept.grid.agreed_on,
        after=kept.step,
    )


def _rows(connection: Connection, function: str) -> Iterator[dict[str, Any]]:
    for row in connection.execute(text(f"SELECT * FROM desk.{function}()")).mappings():
        yield dict(row)


def _kept(row: dict[str, Any]) -> Kept:
    values = {name: row[name] for name in _FIELDS if row[name] is not None}
    return Kept(from_values(values | {"item": row["items"]}), int(row["id"]))


def _json(value: object) -> str:
    # PostgreSQL's jsonb holds no NUL: a text with one is refused before, as any control character.
    return json.dumps(value, ensure_ascii=False)


def _call(connection: Connection, call: str, **values: object) -> int:
    with _refused():
        return int(connection.execute(text(f"SELECT desk.{call}"), values).scalar_one())


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except DBAPIError as cause:
        known = _REFUSALS.get(str(getattr(cause.orig, "sqlstate", "")))
        if known is None:
            raise
        words = read_words("grilles")
        raise ConflictError(
            f"the desk refuses the step: {known}",
            user=words(f"desk.{known}"),
            remedy=words("desk.remedy"),
        ) from None
