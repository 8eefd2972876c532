"""The ledger of releases as it is read: each release, and the headers of its layers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, func, select

from observatoire.store.tables import layer, release


def read_releases(connection: Connection) -> list[dict[str, Any]]:
    """Return every release, the newest first."""
    columns = [release.c[name] for name in ("id", "sha256", "released_on", "rules", "current")]
    query = select(*columns).order_by(release.c.id.desc())
    return [dict(row) for row in connection.execute(query).mappings()]


def count_open_layers(
    connection: Connection, releases: Collection[int], editions: Collection[str]
) -> dict[int, int]:
    """Return how many layers of some editions each of these releases opens to everybody.

    Real field figures are not counted: each would ask the agreements, which takes a while.
    """
    query = (
        select(layer.c.release_id, func.count())
        .where(layer.c.release_id.in_(list(releases)), layer.c.edition.in_(list(editions)))
        .where((layer.c.rule != "field") | layer.c.fictitious)
        .group_by(layer.c.release_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def read_layers(connection: Connection, release_id: int) -> list[dict[str, Any]]:
    """Return the headers of the layers of a release that whoever asks may read, in their order."""
    query = select(layer).where(layer.c.release_id == release_id).order_by(layer.c.rank)
    return [dict(row) for row in connection.execute(query).mappings()]
