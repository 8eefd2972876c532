"""COPY: the rows of an imported file in, in binary; the rows of a long answer out."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.csv as pacsv
from psycopg import sql
from sqlalchemy import Connection, Select, Table

from observatoire.errors import StoreError
from observatoire.store.tables import quarantine

Progress = Callable[[str], None]
_TICK = 20_000


def silent(_: str) -> None:
    """Say nothing: the progress of a caller who does not listen."""


def write_quarantine(connection: Connection, import_id: int, aside: pd.DataFrame) -> None:
    """Keep the number, the column and the reason of the rows that were set aside."""
    rows = zip(aside["row"].tolist(), aside["column"], aside["reason"], strict=True)
    types = {"import_id": "int4", "row": "int4", "column": "text", "reason": "text"}
    copy_rows(connection, quarantine, types, ((import_id, *row) for row in rows))


def copy_rows(
    connection: Connection,
    table: Table,
    types: dict[str, str],
    rows: Iterable[Sequence[object]],
    progress: Progress = silent,
) -> int:
    """Copy rows into a table in PostgreSQL's binary form, in the connection's transaction.

    Parameters
    ----------
    types
        PostgreSQL type of each column, in the order of the cells; a geometry is `bytea` (EWKB).

    Returns
    -------
    The number of rows.

    Raises
    ------
    StoreError
        When the store refuses a row; nothing of the transaction is kept.
    """
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    statement = sql.SQL("COPY {} ({}) FROM STDIN WITH (FORMAT BINARY)").format(
        sql.Identifier(table.schema or "public", table.name),
        sql.SQL(", ").join(map(sql.Identifier, types)),
    )
    count = 0
    try:
        with raw.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(list(types.values()))
            for count, row in enumerate(rows, start=1):
                copy.write_row(row)
                if count % _TICK == 0:
                    progress(f"écriture : {count} lignes")
    except psycopg.Error as cause:
        raise StoreError(
            f"{table.name}: a row was refused (SQLSTATE {cause.sqlstate})",
            user="La base de données a refusé une ligne : rien n’a été écrit.",
            remedy="Vérifiez la place sur le disque, puis relancez la commande.",
        ) from None
    return count


def copy_out(
    connection: Connection, query: Select[Any], types: dict[str, pa.DataType]
) -> pd.DataFrame:
    """Run a query and return its answer as a frame; ten times as fast as row by row.

    Parameters
    ----------
    types
        Type of each column, in the order of the query. NULL is missing, an empty text is a text.
    """
    dialect, binds = connection.dialect, {"literal_binds": True}
    words = query.compile(dialect=dialect, compile_kwargs=binds).string
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    answer = io.BytesIO()
    try:
        with raw.cursor() as cursor:
            cursor.execute("SET LOCAL datestyle = 'ISO'")
            with cursor.copy(f"COPY ({words}) TO STDOUT (FORMAT CSV)".encode()) as copy:
                for block in copy:
                    answer.write(block)
    except psycopg.Error as cause:
        raise StoreError(
            f"a long answer was cut (SQLSTATE {cause.sqlstate})",
            user="La base de données n’a pas répondu jusqu’au bout.",
            remedy="Relancez la commande ; « observatoire store status » dit où elle en est.",
        ) from None
    if not answer.tell():
        empty: pd.DataFrame = pa.schema(types.items()).empty_table().to_pandas()
        return empty
    answer.seek(0)
    frame: pd.DataFrame = pacsv.read_csv(
        answer,
        read_options=pacsv.ReadOptions(column_names=list(types)),
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(
            column_types=types,
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    ).to_pandas()
    return frame
