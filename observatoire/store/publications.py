"""The published schema: releases, their layers and cells, the perimeters and outlines shown.

Rows only: what they mean, and whether they may be read, is for `publication` to say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from observatoire.crs import WGS84, require_crs
from observatoire.store.copying import copy_rows
from observatoire.store.geometries import load_frame
from observatoire.store.tables import (
    cell,
    granularity,
    import_file,
    layer,
    published_boundary,
    published_outline,
    release,
    theme,
)

LayerKey = tuple[str, str, str]
"""Indicator, period, edition."""

BOUNDARY_COLUMNS = {
    "edition": "text",
    "code": "text",
    "name": "text",
    "commune": "text",
    "department": "text",
    "area_m2": "float8",
    "tolerance_m": "float8",
}
OUTLINE_COLUMNS = {
    "kind": "text",
    "vintage": "text",
    "code": "text",
    "name": "text",
    "department": "text",
    "tolerance_m": "float8",
}
_CELL_TYPES = {
    "layer_id": "int4",
    "zone_kind": "text",
    "zone": "text",
    "value": "float8",
    "status": "text",
    "outings": "int4",
}


def find_release(connection: Connection, sha256: str) -> int | None:
    """Return the number of the release with that content, None when there is none."""
    found = connection.execute(select(release.c.id).where(release.c.sha256 == sha256))
    return found.scalar_one_or_none()


def add_release(
    connection: Connection, sha256: str, released_on: date, rules: Mapping[str, Any]
) -> int:
    """Write a release, not current yet, and return its number."""
    statement = insert(release).values(sha256=sha256, released_on=released_on, rules=dict(rules))
    return int(connection.execute(statement.returning(release.c.id)).scalar_one())


def add_layers(
    connection: Connection, release_id: int, rows: Sequence[Mapping[str, Any]]
) -> list[int]:
    """Write the headers of the layers of a release, in their reading order; return their ids."""
    values = [{**row, "release_id": release_id, "rank": rank} for rank, row in enumerate(rows)]
    if not values:
        return []
    statement = insert(layer).returning(layer.c.id, sort_by_parameter_order=True)
    return list(connection.execute(statement, values).scalars())


def add_cells(connection: Connection, rows: Iterable[tuple[object, ...]]) -> int:
    """Write cells: `layer_id, zone_kind, zone, value, status, outings`."""
    return copy_rows(connection, cell, _CELL_TYPES, rows)


def make_current(connection: Connection, release_id: int) -> None:
    """Make a release the one that is read."""
    connection.execute(update(release).values(current=release.c.id == release_id))


def note_inputs(connection: Connection, release_id: int, inputs: str) -> None:
    """Keep the hash of what a release was computed from."""
    connection.execute(update(release).where(release.c.id == release_id).values(inputs=inputs))


def imported_files(connection: Connection) -> list[tuple[str, str, str, str]]:
    """Return kind, hash, variant and details of every imported file: what a release rests on."""
    columns = (
        import_file.c.kind,
        import_file.c.sha256,
        import_file.c.variant,
        import_file.c.details,
    )
    rows = connection.execute(select(*columns).order_by(*columns[:2]))
    return [(row[0], row[1], row[2], json.dumps(row[3], sort_keys=True)) for row in rows]


def holds_field_observations(connection: Connection) -> bool:
    """Tell whether a file of real field observations was imported."""
    found = (
        select(import_file.c.id)
        .join(theme, theme.c.id == import_file.c.variant)
        .where(import_file.c.kind == "observations", import_file.c.fictitious.is_(False))
        .where(theme.c.collection == "field")
        .limit(1)
    )
    return connection.execute(found).first() is not None


def current_release(connection: Connection) -> dict[str, Any] | None:
    """Return the columns of the release that is read, None when there is none."""
    found = connection.execute(select(release).where(release.c.current))
    row = found.mappings().one_or_none()
    return dict(row) if row else None


def latest_releases(connection: Connection) -> list[dict[str, Any]]:
    """Return the release that is read, then the newest of the others; fewer when there are."""
    columns = (release.c.id, release.c.sha256, release.c.released_on)
    query = select(*columns).order_by(release.c.current.desc(), release.c.id.desc()).limit(2)
    return [dict(row) for row in connection.execute(query).mappings()]


def layer_hashes(connection: Connection, release_id: int) -> dict[LayerKey, str]:
    """Return the hash of each layer of a release, by indicator, period and edition."""
    columns = (layer.c.indicator, layer.c.period, layer.c.edition, layer.c.sha256)
    found = connection.execute(
        select(*columns).where(layer.c.release_id == release_id).order_by(layer.c.rank)
    )
    hashes: dict[LayerKey, str] = {}
    for row in found:  # the parts of a layer, one for each site, make one hash together
        key = (row.indicator, row.period, row.edition)
        hashes[key] = hashes.get(key, "") + row.sha256
    return hashes


def _is_current() -> ColumnElement[bool]:
    """Tell the layers of the current release, by its number: no other is judged by the policies.

    Joined, every release ever made would be: each layer asks the agreements, which takes a while.
    """
    return layer.c.release_id == select(release.c.id).where(release.c.current).scalar_subquery()


def layer_rows(
    connection: Connection,
    *,
    indicator: str | None = None,
    period: str | None = None,
    edition: str | None = None,
) -> list[dict[str, Any]]:
    """Return the headers of the layers of the current release, in reading order."""
    query = select(layer).where(_is_current()).order_by(layer.c.rank)
    for column, asked in (("indicator", indicator), ("period", period), ("edition", edition)):
        if asked is not None:
            query = query.where(layer.c[column] == asked)
    return [dict(row) for row in connection.execute(query).mappings()]


def moments(connection: Connection, indicator: str) -> list[tuple[str, str, bool]]:
    """Return the period and edition of an indicator's layers, and whether any cell is shown."""
    columns = (layer.c.period, layer.c.edition, layer.c.share_visible)
    query = select(*columns).where(_is_current(), layer.c.indicator == indicator)
    return [(row[0], row[1], bool(row[2])) for row in connection.execute(query)]


def read_cells(connection: Connection, layer_id: int) -> pd.DataFrame:
    """Return the cells of a layer, indexed by (`zone_kind`, `zone`)."""
    columns = (cell.c.zone_kind, cell.c.zone, cell.c.value, cell.c.status, cell.c.outings)
    rows = connection.execute(select(*columns).where(cell.c.layer_id == layer_id)).all()
    kinds, zones, values, statuses, outings = zip(*rows, strict=True) if rows else ([],) * 5
    return pd.DataFrame(
        {
            "value": pd.array(values, dtype="Float64").to_numpy("float64", na_value=float("nan")),
            "status": pd.array(statuses, dtype="str"),
            "outings": pd.array(outings, dtype="Int64"),
        },
        index=pd.MultiIndex.from_arrays(
            [pd.array(kinds, dtype="str"), pd.array(zones, dtype="str")],
            names=["zone_kind", "zone"],
        ),
    )


def read_field_cells(connection: Connection, zones: Sequence[str]) -> list[dict[str, Any]]:
    """Return the cells of some QPV in the field layers of the current release.

    Columns `indicator`, `period`, `zone`, `status`, `value`, `outings`.
    """
    query = (
        select(
            layer.c.indicator,
            layer.c.period,
            cell.c.zone,
            cell.c.status,
            cell.c.value,
            cell.c.outings,
        )
        .join(layer, layer.c.id == cell.c.layer_id)
        .where(_is_current(), layer.c.rule == "field")
        .where(cell.c.zone_kind == "qpv", cell.c.zone.in_(list(zones)))
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def replace_boundaries(connection: Connection, frame: gpd.GeoDataFrame) -> None:
    """Replace all the published perimeters; columns per `BOUNDARY_COLUMNS`, and geometry."""
    connection.execute(delete(published_boundary))
    types = BOUNDARY_COLUMNS | {"geometry": "bytea"}
    copy_rows(connection, published_boundary, types, _rows(frame, BOUNDARY_COLUMNS))


def replace_outlines(connection: Connection, frame: gpd.GeoDataFrame) -> None:
    """Replace all the published outlines; columns per `OUTLINE_COLUMNS`, and geometry."""
    connection.execute(delete(published_outline))
    types = OUTLINE_COLUMNS | {"geometry": "bytea"}
    copy_rows(connection, published_outline, types, _rows(frame, OUTLINE_COLUMNS))


def read_boundaries(connection: Connection, edition: str) -> gpd.GeoDataFrame:
    """Return the published perimeters of an edition, indexed by `code`, in EPSG:4326."""
    table = published_boundary
    columns = [table.c[name] for name in BOUNDARY_COLUMNS]
    query = (
        select(*columns, func.ST_AsBinary(table.c.geometry).label("geometry"))
        .where(table.c.edition == edition)
        .order_by(table.c.code)
    )
    return load_frame(connection, query, "code")


def read_outlines(connection: Connection, kind: str) -> gpd.GeoDataFrame:
    """Return the published outlines of a kind, indexed by `code`, in EPSG:4326."""
    table = published_outline
    columns = [table.c[name] for name in OUTLINE_COLUMNS]
    query = (
        select(*columns, func.ST_AsBinary(table.c.geometry).label("geometry"))
        .where(table.c.kind == kind)
        .order_by(table.c.code)
    )
    return load_frame(connection, query, "code")


def read_levels(connection: Connection) -> dict[tuple[str, str, str, str], str]:
    """Return the level shown so far, by indicator, edition, QPV and year."""
    table = granularity
    rows = connection.execute(
        select(table.c.indicator, table.c.edition, table.c.qpv, table.c.year, table.c.level)
    )
    return {(row[0], row[1], row[2], row[3]): str(row[4]) for row in rows}


def write_levels(connection: Connection, levels: Mapping[tuple[str, str, str, str], str]) -> None:
    """Keep the levels shown by a release; the others stay as they are."""
    values = [
        {"indicator": key[0], "edition": key[1], "qpv": key[2], "year": key[3], "level": level}
        for key, level in levels.items()
    ]
    if values:
        statement = upsert(granularity)
        statement = statement.on_conflict_do_update(
            index_elements=["indicator", "edition", "qpv", "year"],
            set_={"level": statement.excluded.level},
        )
        connection.execute(statement, values)


def _rows(frame: gpd.GeoDataFrame, columns: Mapping[str, str]) -> Iterable[tuple[object, ...]]:
    require_crs(frame, WGS84)
    ground = shapely.to_wkb(shapely.set_srid(frame.geometry.values, WGS84), include_srid=True)
    plain = frame[list(columns)].astype(object)
    plain = plain.where(plain.notna(), None)
    return (
        (*values, wkb)
        for values, wkb in zip(plain.itertuples(index=False, name=None), ground, strict=True)
    )
