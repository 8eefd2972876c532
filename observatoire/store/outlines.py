"""Outlines of communes and IRIS in the store; of one vintage, the finest is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
from sqlalchemy import ARRAY, Connection, Text, any_, delete, func, literal, select

from observatoire.errors import FileError
from observatoire.outlines import OutlineReading
from observatoire.store.geometries import copy_frame, load_frame
from observatoire.store.imports import find_import, record_import, take_turns
from observatoire.store.tables import outline

KIND = "outlines"
_TYPES = {
    "kind": "text",
    "vintage": "text",
    "code": "text",
    "name": "text",
    "department": "text",
    "tolerance_m": "float8",
}


@dataclass(frozen=True)
class OutlineWrite:
    """What an import of outlines did: codes added, replaced by a finer outline, left as they were.

    `already_imported` tells that the very same file was there: nothing was done.
    """

    kind: str
    vintage: str
    already_imported: bool
    added: int = 0
    replaced: int = 0
    kept: int = 0


def write_outlines(
    connection: Connection,
    reading: OutlineReading,
    *,
    today: date | None = None,
    advance: Callable[[], None] = lambda: None,
) -> OutlineWrite:
    """Write the outlines of a file that are new or finer than those held; all, or nothing.

    Raises
    ------
    FileError
        When the reading refused a row.
    """
    _require_accepted(reading)
    take_turns(connection)
    ledger = f"{reading.kind}:{reading.vintage}"
    if find_import(connection, KIND, reading.fingerprint):
        return OutlineWrite(reading.kind, reading.vintage, already_imported=True)
    same = (outline.c.kind == reading.kind, outline.c.vintage == reading.vintage)
    held = dict(
        connection.execute(select(outline.c.code, outline.c.tolerance_m).where(*same)).all()
    )
    codes = reading.frame["code"]
    added = ~codes.isin(held)
    finer = codes.map(lambda code: reading.tolerance_m < held.get(code, float("-inf")))
    identity = record_import(
        connection,
        KIND,
        reading.fingerprint,
        file_name=reading.path.name,
        variant=ledger,
        read=reading.features,
        accepted=int((added | finer).sum()),
        details={"crs": reading.crs, "tolerance_m": reading.tolerance_m, "sha256": reading.sha256},
        today=today,
    )
    coarser = literal(list(codes[finer]), ARRAY(Text))
    connection.execute(delete(outline).where(*same, outline.c.code == any_(coarser)))
    new = reading.frame[added | finer]
    copy_frame(connection, outline, new, _TYPES, import_id=identity, advance=advance)
    counts = int(added.sum()), int(finer.sum())
    return OutlineWrite(reading.kind, reading.vintage, False, *counts, len(codes) - sum(counts))


def _require_accepted(reading: OutlineReading) -> None:
    if not reading.refused:
        return
    first = reading.refused[0]
    raise FileError(
        f"{len(reading.refused)} of {reading.features} rows refused",
        user=f"{first.reason[:1].upper()}{first.reason[1:]}.",
        remedy="Rien n’a été importé.",
        file=str(reading.path),
        row=first.row,
    )


def read_outlines(
    connection: Connection, kind: str, vintage: str | None = None
) -> gpd.GeoDataFrame:
    """Return the outlines of a kind (`commune`, `iris`), of the latest vintage by default.

    Returns
    -------
    Frame indexed by `code` and sorted, EPSG:4326, with the other columns of `schemas.OUTLINES`;
    empty when the store has none.
    """
    latest = select(func.max(outline.c.vintage)).where(outline.c.kind == kind).scalar_subquery()
    columns = [outline.c[name] for name in _TYPES]
    query = (
        select(*columns, func.ST_AsBinary(outline.c.geometry).label("geometry"))
        .where(outline.c.kind == kind)
        .where(outline.c.vintage == (latest if vintage is None else vintage))
        .order_by(outline.c.code)
    )
    return load_frame(connection, query, "code")
