"""The binary COPY that brings the rows of an imported file in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pandas as pd
import psycopg
from psycopg import sql
from sqlalchemy import Connection, Table

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
