"""Perimeters in the store: editions side by side, precisions side by side, nothing overwritten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from observatoire.boundaries.agreement import DUST_M2, allowed_gap_m, stray_m2
from observatoire.boundaries.perimeters import BoundaryReading, require_accepted
from observatoire.errors import ConflictError
from observatoire.store.attachments import reattach
from observatoire.store.geometries import copy_frame, load_frame
from observatoire.store.imports import find_import, record_import, take_turns
from observatoire.store.outlines import OutlineWrite, read_outlines, write_outlines
from observatoire.store.tables import boundary

__all__ = [
    "BoundaryWrite",
    "Holding",
    "OutlineWrite",
    "list_boundaries",
    "read_boundaries",
    "read_outlines",
    "write_boundaries",
    "write_outlines",
]

KIND = "boundaries"
_TYPES = {
    "edition": "text",
    "code": "text",
    "tolerance_m": "float8",
    "name": "text",
    "commune": "text",
    "department": "text",
    "area_m2": "float8",
}


@dataclass(frozen=True)
class BoundaryWrite:
    """What an import of perimeters did.

    Attributes
    ----------
    edition, tolerance_m
        Edition and precision of the file.
    already_imported
        The very same file was there: nothing was done.
    added
        Codes written by this import, sorted.
    present
        Number of codes that were there at this precision, and agree.
    changed
        Codes whose finest outline is now another: observations attached with the former one were
        attached again.
    """

    edition: str
    tolerance_m: float
    already_imported: bool
    added: tuple[str, ...] = ()
    present: int = 0
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Holding:
    """How many perimeters of an edition the store holds at one precision."""

    edition: str
    tolerance_m: float
    count: int


def write_boundaries(
    connection: Connection,
    reading: BoundaryReading,
    *,
    today: date | None = None,
    advance: Callable[[], None] = lambda: None,
) -> BoundaryWrite:
    """Write the perimeters of a file that are not there yet; all of them, or nothing.

    Parameters
    ----------
    connection
        The owner's, in a transaction.
    today
        Day kept in the ledger; by default the machine's.
    advance
        Called after each row written, for a progress bar.

    Raises
    ------
    FileError
        When the reading refused a row.
    ConflictError
        When a perimeter contradicts the one the store holds for the same code and edition.
    """
    require_accepted(reading)
    edition, tolerance = str(reading.edition), reading.tolerance_m
    take_turns(connection)
    if earlier := find_import(connection, KIND, reading.fingerprint):
        _require_same_tolerance(earlier.details, reading)
        return BoundaryWrite(edition, tolerance, already_imported=True)
    held = _held(connection, edition, list(reading.frame["code"]))
    _require_agreement(reading, held)
    here = set(held.index[held["tolerance_m"] == tolerance])
    finer = set(held.index[held["tolerance_m"] < tolerance])
    new = reading.frame[~reading.frame["code"].isin(here)]
    added = tuple(sorted(new["code"]))
    identity = record_import(
        connection,
        KIND,
        reading.fingerprint,
        file_name=reading.path.name,
        variant=edition,
        read=reading.features,
        accepted=len(new),
        details=_details(reading),
        today=today,
    )
    copy_frame(connection, boundary, new, _TYPES, import_id=identity, advance=advance)
    changed = tuple(code for code in added if code not in finer)
    if changed:
        reattach(connection, edition)
    present = len(reading.frame) - len(new)
    return BoundaryWrite(edition, tolerance, False, added, present, changed)


def read_boundaries(connection: Connection, edition: str) -> gpd.GeoDataFrame:
    """Return the perimeters of an edition, each at the finest precision the store holds.

    Returns
    -------
    Frame indexed by `code` and sorted, EPSG:4326, with the other columns of
    `schemas.BOUNDARIES`; empty when the store has none.
    """
    query = (
        _select()
        .where(boundary.c.edition == edition)
        .ext(distinct_on(boundary.c.code))
        .order_by(boundary.c.code, boundary.c.tolerance_m)
    )
    return load_frame(connection, query, "code").sort_index()


def list_boundaries(connection: Connection) -> tuple[Holding, ...]:
    """Return what the store holds, by edition and precision."""
    key = (boundary.c.edition, boundary.c.tolerance_m)
    query = select(*key, func.count().label("count")).group_by(*key).order_by(*key)
    return tuple(
        Holding(str(row.edition), float(row.tolerance_m), int(row[2]))
        for row in connection.execute(query)
    )


def _select() -> Select[tuple[object, ...]]:
    columns = [boundary.c[name] for name in _TYPES]
    return select(*columns, func.ST_AsBinary(boundary.c.geometry).label("geometry"))


def _held(connection: Connection, edition: str, codes: list[str]) -> gpd.GeoDataFrame:
    """Return every outline held for these codes, at any precision, indexed by code."""
    held = load_frame(connection, _select().where(boundary.c.edition == edition), "code")
    return held[held.index.isin(codes)]


def _require_agreement(reading: BoundaryReading, held: gpd.GeoDataFrame) -> None:
    """Raise `ConflictError` unless each new outline agrees with all that is held for its code."""
    new = reading.frame.set_index("code").loc[held.index]
    positions = pd.RangeIndex(len(held))
    stray = stray_m2(
        new.geometry.set_axis(positions),
        held.geometry.set_axis(positions),
        held["department"].set_axis(positions),
        pd.Series(
            [allowed_gap_m(reading.tolerance_m, other) for other in held["tolerance_m"]],
            index=positions,
            dtype="float",
        ),
    )
    faulty = sorted(set(held.index[(stray > DUST_M2).to_numpy()]))
    if faulty:
        some = ", ".join(faulty[:5]) + (f" et {len(faulty) - 5} autres" if faulty[5:] else "")
        raise ConflictError(
            f"{len(faulty)} perimeters contradict those of edition {reading.edition}",
            user=f"Des périmètres contredisent ceux déjà chargés pour l’édition : {some}.",
            remedy=(
                "Une édition ne se remplace pas ; si le fichier est généralisé, dites-le avec "
                "--tolerance."
            ),
            file=str(reading.path),
        )


def _require_same_tolerance(details: dict[str, object], reading: BoundaryReading) -> None:
    if details.get("tolerance_m") == reading.tolerance_m:
        return
    raise ConflictError(
        f"already imported with tolerance {details.get('tolerance_m')}",
        user="Ce fichier est déjà importé avec une autre tolérance.",
        remedy="Une précision ne se change pas après coup ; retirez --tolerance.",
        file=str(reading.path),
    )


def _details(reading: BoundaryReading) -> dict[str, object]:
    return {
        "crs": reading.crs,
        "tolerance_m": reading.tolerance_m,
        "sha256": reading.sha256,
        "repaired": [
            {"code": item.code, "area_change_m2": item.area_change_m2} for item in reading.repaired
        ],
    }
