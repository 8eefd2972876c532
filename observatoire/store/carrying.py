"""What a restore may not undo: what was taken back, agreed, closed or written in the journal since.

A copy of the store is older than the store. Put back alone, it would show withdrawn entries again,
lift suspensions, open closed accounts and bring an older, wider agreement into force. So all that
the current database says of these is carried into the one that takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

_SAME_STORE = "SELECT key FROM people.sealing"
# The entries of before a withdrawal or a correction: their words and observations go with them.
_TAKE_BACK = (
    "DELETE FROM capture.outing o USING capture.closed c"
    " WHERE c.id = o.id AND c.organisation = o.organisation"
)
_KEEP_NUMBERS = (
    "SELECT setval(pg_get_serial_sequence(%(table)s, 'id'), greatest(max(id), 1)) FROM {table}"
)


@dataclass(frozen=True)
class _Carried:
    """A table, and what happens to the rows that the copy holds too.

    Attributes
    ----------
    updated
        The current row takes the place of the copy's; otherwise rows are added alone.
    numbered
        Its rows are numbered in order.
    whole
        Rows of an account: they are what they are now, what the copy alone holds was taken away.
    """

    schema: str
    name: str
    updated: bool = False
    numbered: bool = False
    whole: bool = False

    @property
    def path(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.name)


_TABLES = (
    _Carried("people", "organisation"),
    _Carried("people", "account", updated=True),
    _Carried("people", "account_site", whole=True),
    _Carried("people", "tie", whole=True),
    _Carried("agreements", "step", numbered=True),
    _Carried("agreements", "signature"),
    _Carried("agreements", "widening"),
    _Carried("agreements", "suspension", numbered=True),
    _Carried("agreements", "meeting"),
    _Carried("exchanges", "answer", numbered=True),
    _Carried("exchanges", "mapping", numbered=True),
    _Carried("audit", "event"),
    _Carried("capture", "closed"),
)


def carry(current: psycopg.Connection, restored: psycopg.Connection) -> int:
    """Carry what a restore may not undo; return how many entries were taken back again.

    Both as the owner. Nothing is carried between two stores of different origin, nor from one that
    has no such tables; doing it twice changes nothing.
    """
    if _origin(current) is None or _origin(current) != _origin(restored):
        return 0
    with restored.transaction():
        for table in _TABLES:
            _carry_table(current, restored, table)
        return restored.execute(_TAKE_BACK).rowcount


def _origin(connection: psycopg.Connection) -> bytes | None:
    """Return the key that a store is made with, None when it has none yet."""
    (known,) = connection.execute(
        "SELECT to_regclass('people.sealing') IS NOT NULL"
    ).fetchone() or (False,)
    if not known:
        return None
    row = connection.execute(_SAME_STORE).fetchone()
    return bytes(row[0]) if row else None


def _carry_table(
    current: psycopg.Connection, restored: psycopg.Connection, table: _Carried
) -> None:
    there = _columns(restored, table)
    columns = [name for name in _columns(current, table) if name in there]
    if not columns:
        return
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statements = {"table": table.path, "names": names, "changes": _changes(columns)}
    restored.execute(
        sql.SQL(
            "CREATE TEMP TABLE carried ON COMMIT DROP AS SELECT {names} FROM {table} LIMIT 0"
        ).format(**statements)
    )
    out = sql.SQL("COPY (SELECT {names} FROM {table}) TO STDOUT").format(**statements)
    into = sql.SQL("COPY carried FROM STDIN")
    with current.cursor().copy(out) as source, restored.cursor().copy(into) as target:
        for block in source:
            target.write(block)
    if table.whole:
        known = [one for (one,) in current.execute("SELECT id FROM people.account").fetchall()]
        gone = sql.SQL("DELETE FROM {table} WHERE account = ANY (%s)").format(**statements)
        restored.execute(gone, [known])
    conflict = "DO NOTHING" if not table.updated else "(id) DO UPDATE SET {changes}"
    # rows are judged as they come in: those that are there are not offered again
    rest = f"WHERE id > (SELECT coalesce(max(id), 0) FROM {table.schema}.{table.name}) ORDER BY id"
    rest = rest if table.numbered else ""
    restored.execute(
        sql.SQL(
            "INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE"
            f" SELECT {{names}} FROM carried {rest} ON CONFLICT {conflict}"
        ).format(**statements)
    )
    if table.numbered:
        path = {"table": f"{table.schema}.{table.name}"}
        restored.execute(sql.SQL(_KEEP_NUMBERS).format(**statements), path)
    restored.execute("DROP TABLE carried")


def _columns(connection: psycopg.Connection, table: _Carried) -> list[str]:
    found = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s)"
        " AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        [f"{table.schema}.{table.name}"],
    )
    return [str(name) for (name,) in found.fetchall()]


def _changes(columns: Sequence[str]) -> sql.Composed:
    """Every column as the current store says it."""
    return sql.SQL(", ").join(
        sql.SQL("{name} = EXCLUDED.{name}").format(name=sql.Identifier(name)) for name in columns
    )
