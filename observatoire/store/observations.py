"""Observations of the store: written with the file they come from, read with their QPV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from observatoire.crs import WGS84
from observatoire.errors import ConflictError
from observatoire.observations import Reading
from observatoire.store.attachments import (
    Attached,
    Perimeters,
    attach,
    loaded_perimeters,
    reattach,
    require_loaded,
    summarise_attachments,
)
from observatoire.store.copying import Progress, copy_out, copy_rows, silent, write_quarantine
from observatoire.store.imports import Import, find_import, record_import, take_turns
from observatoire.store.tables import attachment, import_file, observation, theme

KIND = "observations"
Collection = Literal["field", "register"]
_TYPES = {
    "import_id": "int4",
    "row": "int4",
    "theme": "text",
    "date": "date",
    "precision": "text",
    "count": "int4",
    "outing": "text",
    "geometry": "bytea",
}
_ANSWER = {
    "id": pa.int64(),
    "theme": pa.string(),
    "date": pa.date32(),
    "precision": pa.string(),
    "count": pa.int64(),
    "outing": pa.string(),
    "edition": pa.string(),
    "qpv": pa.string(),
    "in_force": pa.bool_(),
    "fictitious": pa.bool_(),
    "collection": pa.string(),
    "source": pa.string(),
}


@dataclass(frozen=True)
class Imported:
    """What an import of observations did.

    Attributes
    ----------
    already
        True when the store held the file before: no observation was added.
    placed
        Where its observations are, in the edition that was asked for.
    perimeters
        The perimeters that were loaded then, by edition.
    """

    already: bool
    placed: Attached
    perimeters: dict[str, Perimeters]


def write_observations(
    connection: Connection,
    reading: Reading,
    *,
    today: date,
    source: str,
    edition: str | None = None,
    collection: Collection = "field",
    progress: Progress = silent,
) -> Imported:
    """Write what was read of a file, or nothing when the store already holds that file.

    Parameters
    ----------
    today
        Day of the import.
    source
        Name in the register of sources.
    edition
        Also attach every observation in that edition, whatever its date.
    collection
        `register` for an exhaustive source without outings.

    Raises
    ------
    ConflictError
        When the file was imported under another theme or with other columns, or when the theme
        is of the other collection.
    NotFoundError
        When the perimeters of the named edition are not loaded.
    """
    take_turns(connection)
    if edition:
        require_loaded(connection, edition)
    name = str(reading.columns["theme"])
    known = find_import(connection, KIND, reading.sha256)
    if known:
        _require_same(known, reading)
    _require_collection(connection, name, collection, reading.file)
    import_id = known.id if known else _add(connection, reading, today, source, progress)
    details = known.details if known else _details(reading, source)
    newly_named = bool(edition) and edition not in details["editions"]
    if newly_named:
        editions = sorted([*details["editions"], edition])
        connection.execute(
            update(import_file)
            .where(import_file.c.id == import_id)
            .values(details=details | {"editions": editions})
        )
    if known is None or newly_named:
        progress("rattachement aux quartiers")
        attach(connection, import_id, named=edition)
    placed = summarise_attachments(connection, import_id, named=edition)
    return Imported(known is not None, placed, loaded_perimeters(connection))


def field_themes(connection: Connection) -> list[str]:
    """Return the field themes of the files of observations imported, in order."""
    found = (
        select(theme.c.id)
        .join(import_file, import_file.c.variant == theme.c.id)
        .where(import_file.c.kind == KIND, theme.c.collection == "field")
        .distinct()
        .order_by(theme.c.id)
    )
    return list(connection.execute(found).scalars())


def read_observations(connection: Connection) -> pd.DataFrame:
    """Return every observation with its QPV, one row for each edition it is attached in.

    Returns
    -------
    Columns `id`, `theme`, `date` (datetime64[s]), `precision`, `count`, `outing`, `edition`,
    `qpv` (missing: outside every QPV of that edition), `in_force`, `fictitious`, `collection`
    (`field` or `register`), `source`. An observation attached in no edition has one row, with a
    missing edition. No coordinates.
    """
    query = (
        select(
            observation.c.id,
            observation.c.theme,
            observation.c.date,
            observation.c.precision,
            observation.c["count"],
            observation.c.outing,
            attachment.c.edition,
            attachment.c.qpv,
            attachment.c.in_force,
            import_file.c.fictitious,
            theme.c.collection,
            import_file.c.details["source"].astext,
        )
        .select_from(observation)
        .join(import_file, import_file.c.id == observation.c.import_id)
        .join(theme, theme.c.id == observation.c.theme)
        .outerjoin(attachment, attachment.c.observation_id == observation.c.id)
        .order_by(observation.c.id, attachment.c.edition)
    )
    frame = copy_out(connection, query, _ANSWER)
    return frame.astype({"date": "datetime64[s]", "in_force": "boolean"})


def count_observations(connection: Connection) -> int:
    """Return the number of observations in the store."""
    return int(connection.execute(select(func.count()).select_from(observation)).scalar_one())


def _add(
    connection: Connection, reading: Reading, today: date, source: str, progress: Progress
) -> int:
    import_id = record_import(
        connection,
        KIND,
        reading.sha256,
        file_name=reading.file,
        variant=str(reading.columns["theme"]),
        read=reading.read,
        accepted=len(reading.frame),
        fictitious=reading.fictitious,
        details=_details(reading, source),
        today=today,
    )
    copy_rows(connection, observation, _TYPES, _rows(import_id, reading.frame), progress)
    write_quarantine(connection, import_id, reading.quarantine)
    connection.execute(text("ANALYZE raw.observation"))  # so that attaching uses the index
    return import_id


def _details(reading: Reading, source: str) -> dict[str, Any]:
    return {"columns": reading.columns, "editions": [], "source": source}


def _rows(import_id: int, frame: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    points = shapely.set_srid(frame["geometry"].to_numpy(), WGS84)
    outings = frame["outing"].astype(object)
    return zip(
        np.full(len(frame), import_id).tolist(),
        frame["row"].tolist(),
        frame["theme"],
        frame["date"].to_numpy().astype("datetime64[D]").tolist(),
        frame["precision"],
        frame["count"].tolist(),
        outings.where(outings.notna(), None),
        shapely.to_wkb(points, include_srid=True).tolist(),
        strict=True,
    )


def _require_same(known: Import, reading: Reading) -> None:
    asked = str(reading.columns["theme"])
    if known.variant != asked:
        raise ConflictError(
            f"already imported under theme {known.variant!r}",
            user=f"Ce fichier est déjà importé sous le thème « {known.variant} ».",
            remedy=f"Un fichier a un seul thème : gardez --theme {known.variant}.",
            file=reading.file,
        )
    if known.details["columns"] != reading.columns:
        raise ConflictError(
            f"already imported with columns {known.details['columns']}",
            user="Ce fichier est déjà importé, avec un autre choix de colonnes.",
            remedy="Reprenez les mêmes options ; un fichier n’est lu que d’une façon.",
            file=reading.file,
        )


def _require_collection(
    connection: Connection, name: str, collection: Collection, file: str
) -> None:
    connection.execute(
        insert_or_skip(theme).values(id=name, collection=collection).on_conflict_do_nothing()
    )
    held = connection.execute(select(theme.c.collection).where(theme.c.id == name)).scalar_one()
    if held != collection:
        other = "un registre exhaustif" if held == "register" else "des observations de terrain"
        raise ConflictError(
            f"theme {name!r} is of collection {held}",
            user=f"Le thème « {name} » est déjà celui qui décrit {other}.",
            remedy="Prenez un autre nom de thème, ou "
            + ("ajoutez --register." if held == "register" else "retirez --register."),
            file=file,
        )


__all__ = [
    "Imported",
    "count_observations",
    "read_observations",
    "reattach",
    "write_observations",
]
