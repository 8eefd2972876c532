"""The ledger of releases as it is read: each release, its layers, how many of its cells show."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, func, select

from observatoire.store.tables import cell, layer, release


def read_releases(connection: Connection) -> list[dict[str, Any]]:
    """Return every release, the newest first."""
    columns = [release.c[name] for name in ("id", "sha256", "released_on", "rules", "current")]
    query = select(*columns).order_by(release.c.id.desc())
    return [dict(row) for row in connection.execute(query).mappings()]


def count_layers(
    connection: Connection, releases: Collection[int], editions: Collection[str]
) -> dict[int, int]:
    """Return how many layers of some editions each of these releases holds for whoever asks.

    The parts of a layer, one for each site, are one layer.
    """
    columns = (layer.c.release_id, layer.c.indicator, layer.c.period, layer.c.edition)
    asked = layer.c.release_id.in_(list(releases)), layer.c.edition.in_(list(editions))
    held = select(*columns).where(*asked).distinct().subquery()
    counted = select(held.c.release_id, func.count()).group_by(held.c.release_id)
    return {row[0]: row[1] for row in connection.execute(counted)}


def read_layers(connection: Connection, release_id: int) -> list[dict[str, Any]]:
    """Return the headers of the layers of a release that whoever asks may read, in their order."""
    query = select(layer).where(layer.c.release_id == release_id).order_by(layer.c.rank)
    return [dict(row) for row in connection.execute(query).mappings()]


def count_cells(connection: Connection, layers: Collection[int]) -> list[dict[str, Any]]:
    """Return how many cells of the QPV have each status, in some layers.

    Columns `layer_id`, `zone`, `status`, `n`.
    """
    columns = (cell.c.layer_id, cell.c.zone, cell.c.status)
    query = (
        select(*columns, func.count().label("n"))
        .where(cell.c.layer_id.in_(list(layers)), cell.c.zone_kind == "qpv")
        .group_by(*columns)
    )
    return [dict(row) for row in connection.execute(query).mappings()]
