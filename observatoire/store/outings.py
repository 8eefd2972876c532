"""Outings of the store: the effort that observations are counted against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, select

from observatoire.observations import Reading
from observatoire.store.copying import Progress, copy_out, copy_rows, silent, write_quarantine
from observatoire.store.imports import find_import, record_import, take_turns
from observatoire.store.tables import boundary, import_file, outing

KIND = "outings"
_TYPES = {
    "import_id": "int4",
    "row": "int4",
    "outing": "text",
    "date": "date",
    "slot": "text",
    "qpv": "text",
    "edition": "text",
    "duration_min": "float8",
    "workers": "float8",
    "nothing_to_report": "bool",
}
_ANSWER = {
    "id": pa.int64(),
    "outing": pa.string(),
    "date": pa.date32(),
    "slot": pa.string(),
    "qpv": pa.string(),
    "edition": pa.string(),
    "duration_min": pa.float64(),
    "workers": pa.float64(),
    "nothing_to_report": pa.bool_(),
    "fictitious": pa.bool_(),
}


@dataclass(frozen=True)
class ImportedOutings:
    """What an import of outings did; `unknown_qpv` counts rows whose perimeter is not loaded."""

    already: bool
    unknown_qpv: int


def write_outings(
    connection: Connection,
    reading: Reading,
    *,
    today: date,
    source: str,
    progress: Progress = silent,
) -> ImportedOutings:
    """Write what was read of a file, or nothing when the store already holds that file.

    Parameters
    ----------
    today
        Day of the import.
    source
        Name in the register of sources.
    """
    take_turns(connection)
    known = find_import(connection, KIND, reading.sha256)
    if known is None:
        import_id = record_import(
            connection,
            KIND,
            reading.sha256,
            file_name=reading.file,
            read=reading.read,
            accepted=len(reading.frame),
            fictitious=reading.fictitious,
            details={"source": source},
            today=today,
        )
        copy_rows(connection, outing, _TYPES, _rows(import_id, reading.frame), progress)
        write_quarantine(connection, import_id, reading.quarantine)
    loaded = set(connection.execute(select(boundary.c.code).distinct()).scalars())
    return ImportedOutings(known is not None, int((~reading.frame["qpv"].isin(loaded)).sum()))


def holds_outings(connection: Connection, *, fictitious: bool) -> bool:
    """Tell whether any outing is known, among the invented ones or among the real ones."""
    found = (
        select(outing.c.id)
        .join(import_file, import_file.c.id == outing.c.import_id)
        .where(import_file.c.fictitious.is_(fictitious))
        .limit(1)
    )
    return connection.execute(found).first() is not None


def read_outings(connection: Connection) -> pd.DataFrame:
    """Return every outing.

    Returns
    -------
    Columns `id`, `outing`, `date` (datetime64[s]), `slot`, `qpv`, `edition`, `duration_min`,
    `workers`, `nothing_to_report`, `fictitious`; what is not known is missing.
    """
    query = (
        select(
            outing.c.id,
            outing.c.outing,
            outing.c.date,
            outing.c.slot,
            outing.c.qpv,
            outing.c.edition,
            outing.c.duration_min,
            outing.c.workers,
            outing.c.nothing_to_report,
            import_file.c.fictitious,
        )
        .join(import_file, import_file.c.id == outing.c.import_id)
        .order_by(outing.c.id)
    )
    return copy_out(connection, query, _ANSWER).astype({"date": "datetime64[s]"})


def _rows(import_id: int, frame: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    return zip(
        np.full(len(frame), import_id).tolist(),
        frame["row"].tolist(),
        frame["outing"],
        frame["date"].to_numpy().astype("datetime64[D]").tolist(),
        _or_none(frame["slot"]),
        frame["qpv"],
        frame["edition"],
        _or_none(frame["duration_min"]),
        _or_none(frame["workers"]),
        frame["nothing_to_report"].tolist(),
        strict=True,
    )


def _or_none(values: pd.Series) -> pd.Series:
    cells = values.astype(object)
    return cells.where(cells.notna(), None)
