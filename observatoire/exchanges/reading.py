"""An export of activity → outings, by a saved mapping; what is not one is set aside, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from observatoire.entries import Outing, sorted_by_id
from observatoire.exchanges import cells, people
from observatoire.exchanges.documents import unusable
from observatoire.exchanges.grouping import grouped
from observatoire.exchanges.lines import Bad, Line, LineReader
from observatoire.exchanges.mapping import ColumnMapping, faults, tidy
from observatoire.exchanges.refusals import refused
from observatoire.exchanges.suggestions import suggest
from observatoire.exchanges.tables import MOST_BYTES, Table, is_empty, read_csv, require_kind
from observatoire.exchanges.workbooks import read_workbook
from observatoire.labels import read_words
from observatoire.labels.typography import typeset

MOST_UNKNOWN = 200


@dataclass(frozen=True)
class SetAside:
    """A row that is no outing: where, and why; never its content.

    Attributes
    ----------
    row, column
        Its number below the titles, and the column; empty when the whole row is meant.
    reason
        Name of an entry of `reason` in the labels.
    """

    row: int
    column: str
    reason: str

    @property
    def words(self) -> str:
        """Return the reason in French."""
        return read_words("echanges")(f"reason.{self.reason}")


@dataclass(frozen=True)
class ActivityReading:
    """What was read of an export.

    Attributes
    ----------
    outings
        In the order of their identifiers: none of arrival.
    quarantine
        The rows that are set aside, in the order of the file.
    rows
        The numbers of the rows that each outing is made of, by its identifier.
    kept
        How many rows the outings are made of.
    sha256
        Hash of the file.
    """

    outings: list[Outing]
    quarantine: list[SetAside]
    kept: int
    sha256: str
    rows: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def read(self) -> int:
        """Return how many rows say something: kept, and set aside."""
        return self.kept + len(self.quarantine)


def read_activity(
    path: Path, mapping: ColumnMapping, *, today: date, content: bytes | None = None
) -> ActivityReading:
    """Read an export (CSV or .xlsx) with one row per outing, or one per outing and item.

    The same outing always has the same identifier (`identity.outing_id` says how and why): reading
    an export again, or a longer one, makes the same outings again, which the store keeps once.

    Parameters
    ----------
    path
        The file; its name alone when `content` is given.
    mapping
        Which column is what.
    today
        A later day is set aside.
    content
        What was loaded in a page; nothing is then read from the disk.

    Raises
    ------
    SchemaError
        When the mapping cannot be used, with all its faults.
    NominativeError
        When the file is about persons, in a column that is read or in any other.
    FileError
        When it is no such file, or lacks columns of the mapping.
    """
    wrong = faults(mapping)
    if wrong:
        raise unusable(wrong)
    content = read_content(path) if content is None else content
    table = _table(path.name, content, mapping.sheet, mapping.header_row, today)
    _require_nobody(table, path.name, today, mapping)
    _require_columns(table, mapping, path.name)
    reader = LineReader(table, mapping, today)
    read = [reader.read(row, values) for row, values in table.rows]
    lines = [one for one in read if isinstance(one, Line)]
    bad = [one for one in read if isinstance(one, Bad)]
    outings, more = grouped(lines, bad, mapping)
    bad += [*more, *(Bad(row, "", "torn") for row in table.torn)]
    aside = sorted((one.row, one.column, one.reason) for one in bad)
    return ActivityReading(
        sorted_by_id([outing for outing, _ in outings]),
        [SetAside(*one) for one in aside],
        len(lines) - len(more),
        hashlib.sha256(content).hexdigest(),
        {outing.id: rows for outing, rows in outings},
    )


def read_headers(
    path: Path,
    *,
    today: date,
    sheet: str = "",
    header_row: int = 1,
    content: bytes | None = None,
) -> tuple[str, ...]:
    """Return the titles of an export, for a mapping to be proposed; refused like any other."""
    content = read_content(path) if content is None else content
    table = _table(path.name, content, sheet, header_row, today)
    _require_nobody(table, path.name, today, suggest(table.headers))
    return table.headers


@dataclass(frozen=True)
class Unknown:
    """The words of an export that a mapping does not understand, in the order of the file.

    Attributes
    ----------
    places, slots, items
        Of its columns of neighbourhoods, slots and (one row per outing and item) items.
    """

    places: tuple[str, ...]
    slots: tuple[str, ...]
    items: tuple[str, ...]


def read_unknown(
    path: Path, mapping: ColumnMapping, *, today: date, content: bytes | None = None
) -> Unknown:
    """Return the words that a mapping lacks, for whoever writes it; refused like any other file.

    The mapping may have faults; columns that the file lacks give no word.
    """
    content = read_content(path) if content is None else content
    table = _table(path.name, content, mapping.sheet, mapping.header_row, today)
    _require_nobody(table, path.name, today, mapping)
    places, slots = cells.label_table(mapping.neighbourhoods), cells.slot_words(mapping)
    items = cells.label_table(mapping.rows.items if mapping.rows else {})
    return Unknown(
        _words(table, mapping.qpv, lambda cell: cells.read_qpv(cell, places)),
        _words(table, mapping.slot, lambda cell: cells.read_slot(cell, today, slots)),
        _words(
            table,
            mapping.rows.column if mapping.rows else "",
            lambda cell: cells.read_label(cell, items),
        ),
    )


def _words(table: Table, column: str, read: Callable[[object], str | None]) -> tuple[str, ...]:
    """Return the first texts of a column that are not understood."""
    own = table.columns().get(tidy(column), ()) if column else ()
    texts = (cell for cell in own if isinstance(cell, str) and not is_empty(cell))
    unknown = dict.fromkeys(tidy(cell) for cell in texts if read(cell) is None)
    return tuple(unknown)[:MOST_UNKNOWN]


def read_content(path: Path) -> bytes:
    """Return what a file holds, no more than what is refused as too large; `FileError` for none."""
    if not path.is_file():
        raise refused("no_file", path.name)
    with path.open("rb") as stream:
        return stream.read(MOST_BYTES + 1)


def _table(file: str, content: bytes, sheet: str, header_row: int, today: date) -> Table:
    if require_kind(file, content) == "xlsx":
        return read_workbook(file, content, sheet, header_row, today=today)
    return read_csv(file, content, header_row)


def _require_nobody(table: Table, file: str, today: date, mapping: ColumnMapping) -> None:
    people.refuse_headers(table.headers, file)
    people.refuse_above(table.above, file)
    people.refuse_values(
        table.columns(),
        file,
        today=today,
        spared=(tidy(mapping.slot), tidy(mapping.day)),
        numbers=[number for number, _ in table.rows],
    )
    if not table.rows and not table.torn:
        raise refused("no_row", file)


def _require_columns(table: Table, mapping: ColumnMapping, file: str) -> None:
    """Refuse a file that lacks columns: all are named, and none of the file's own."""
    wanted = dict.fromkeys(tidy(column) for column in mapping.columns())
    lacking = [column for column in wanted if column not in table.headers]
    if lacking:
        names = typeset(", ".join(f"« {column} »" for column in lacking))
        raise refused("lacking", file, column=", ".join(lacking), columns=names)
