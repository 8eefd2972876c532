"""The ledger of imported files. A file is its hash: the same bytes are the same import."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from observatoire.store.tables import import_file, observation, theme

_TURN = 0x0B5F


@dataclass(frozen=True)
class Import:
    """A file that the store holds; `details` is what its kind needs to remember."""

    id: int
    variant: str
    imported_on: date
    read: int
    accepted: int
    fictitious: bool
    details: dict[str, Any]


def take_turns(connection: Connection) -> None:
    """Wait until no other import is under way; the next waits until this transaction ends.

    Two imports of one file make one, and no observation is attached with perimeters that another
    import is replacing.
    """
    connection.execute(select(func.pg_advisory_xact_lock(_TURN)))


def find_import(connection: Connection, kind: str, sha256: str) -> Import | None:
    """Return the import of a file, None when the store does not hold it."""
    columns = [import_file.c[name] for name in Import.__dataclass_fields__]
    found = connection.execute(
        select(*columns).where(import_file.c.kind == kind, import_file.c.sha256 == sha256)
    ).one_or_none()
    return Import(**found._mapping) if found else None


def record_import(
    connection: Connection,
    kind: str,
    sha256: str,
    *,
    file_name: str,
    read: int,
    accepted: int,
    variant: str = "",
    fictitious: bool = False,
    details: dict[str, Any] | None = None,
    today: date | None = None,
) -> int:
    """Write an import in the ledger and return its number; `today` is the machine's by default."""
    statement = insert(import_file).values(
        kind=kind,
        sha256=sha256,
        file_name=file_name,
        variant=variant,
        imported_on=today or date.today(),
        read=read,
        accepted=accepted,
        fictitious=fictitious,
        details=details or {},
    )
    return int(connection.execute(statement.returning(import_file.c.id)).scalar_one())


def forget_import(connection: Connection, kind: str, sha256: str) -> None:
    """Remove a file of which no row is left from the ledger."""
    held = (import_file.c.kind == kind) & (import_file.c.sha256 == sha256)
    connection.execute(delete(import_file).where(held))


def holds_exactly(connection: Connection, source: str, hashes: Iterable[str]) -> bool:
    """Tell whether the files that the store holds of a source are exactly those of these hashes."""
    take_turns(connection)
    held = connection.execute(select(import_file.c.sha256).where(_of(source)))
    return set(held.scalars()) == set(hashes)


def remove_source(connection: Connection, source: str) -> int:
    """Remove the files of a source, their rows and the themes left empty; return how many files."""
    take_turns(connection)
    gone = connection.execute(delete(import_file).where(_of(source)))
    unused = theme.c.id.not_in(select(observation.c.theme))
    connection.execute(delete(theme).where(unused))
    return int(gone.rowcount)


def _of(source: str) -> ColumnElement[bool]:
    same: ColumnElement[bool] = import_file.c.details["source"].astext == source
    return same
