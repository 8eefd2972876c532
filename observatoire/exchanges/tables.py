"""A file of activity → its titles and its rows, whatever its kind; nothing is kept on disk."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from pathlib import PurePath

from observatoire.exchanges.mapping import tidy
from observatoire.exchanges.refusals import refused

MOST_BYTES = 20 << 20
MOST_ROWS = 50_000
MOST_COLUMNS = 200
FIRST_SERIAL = date(1899, 12, 30)
"""Day 0 of the numbers that spreadsheets keep as days."""
_SEPARATORS = (";", ",", "\t", "|")
_TEXTS = (".csv", ".txt", ".tsv")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK"

Cells = tuple[object, ...]


@dataclass(frozen=True)
class Table:
    """What stands in a file.

    Attributes
    ----------
    headers
        Its titles, all different, none empty.
    rows
        Number (1 is the first below the titles) and cells of each row that holds something.
    torn
        Numbers of the rows that do not have as many cells as there are titles.
    above
        The lines over the titles.
    first_serial
        The day that is number 0.
    """

    headers: tuple[str, ...]
    rows: tuple[tuple[int, Cells], ...]
    torn: tuple[int, ...] = ()
    above: tuple[Cells, ...] = ()
    first_serial: date = FIRST_SERIAL

    def columns(self) -> dict[str, list[object]]:
        """Return the cells of each column."""
        return {
            header: [cells[place] for _, cells in self.rows]
            for place, header in enumerate(self.headers)
        }


def require_kind(file: str, content: bytes) -> str:
    """Return `csv` or `xlsx`, from the name and the content of a file.

    Raises
    ------
    FileError
        When it is empty, too large, or of a kind that is not read, with what to do instead.
    """
    suffix = PurePath(file).suffix.lower()
    if not content:
        raise refused("empty", file)
    if len(content) > MOST_BYTES:
        raise refused("large", file)
    if suffix in (".xlsm", ".xltm", ".xlam"):
        raise refused("macro", file)
    if content.startswith(_OLD_EXCEL):
        raise refused("xls" if suffix == ".xls" else "locked", file)
    if suffix == ".xls":
        raise refused("xls", file)
    if suffix == ".xlsx":
        return "xlsx"
    if suffix not in _TEXTS:
        raise refused("kind", file)
    if content.startswith(_ZIP):
        raise refused("not_text", file)
    return "csv"


def read_csv(file: str, content: bytes, header_row: int) -> Table:
    """Read a text table: its separator and its encoding are found."""
    text = _decoded(file, content)
    lines = text.splitlines()
    head = lines[header_row - 1] if len(lines) >= header_row else ""
    separator = max(_SEPARATORS, key=head.count)
    if separator not in head:
        raise refused("not_table", file)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        raise refused("damaged", file) from None
    return shaped(file, rows, header_row, untitled=False)


def shaped(
    file: str,
    lines: Iterable[Sequence[object]],
    header_row: int,
    *,
    first_serial: date = FIRST_SERIAL,
    untitled: bool,
) -> Table:
    """Return the table that lines make, without its empty rows and columns.

    Parameters
    ----------
    untitled
        Cells under no title refuse the file (a workbook: a merged title); else they tear their row
        (a text: a separator too many).
    """
    above: list[Cells] = []
    titles: list[str] = []
    rows: list[tuple[int, Cells]] = []
    torn: list[int] = []
    for line, read in enumerate(lines, 1):
        cells = trimmed(read)
        if line < header_row:
            above.append(cells)
        elif line == header_row:
            titles = [tidy(str(cell)) if cell is not None else "" for cell in cells]
        elif cells:
            number = line - header_row
            whole = len(cells) <= len(titles) <= len(read) or untitled
            rows.append((number, cells)) if whole else torn.append(number)
            if len(rows) + len(torn) > MOST_ROWS:
                raise refused("rows", file)
    made = Table(tuple(titles), tuple(rows), tuple(torn), tuple(above), first_serial)
    return _squared(file, made)


def trimmed(cells: Sequence[object]) -> Cells:
    """Return cells without the empty ones at their end."""
    last = len(cells)
    while last and is_empty(cells[last - 1]):
        last -= 1
    return tuple(cells[:last])


def is_empty(cell: object) -> bool:
    """Tell whether a cell says nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _squared(file: str, table: Table) -> Table:
    """Return a table whose rows all have one cell under each title; no title is empty or twice."""
    titles, rows = list(table.headers), table.rows
    width = max([len(titles), *(len(cells) for _, cells in rows)])
    if not any(titles):
        raise refused("no_header", file)
    if width > MOST_COLUMNS:
        raise refused("columns", file)
    titles = titles + [""] * (width - len(titles))
    padded = [(number, cells + (None,) * (width - len(cells))) for number, cells in rows]
    for place, title in enumerate(titles):
        if not title and not all(is_empty(cells[place]) for _, cells in padded):
            raise refused("untitled", file, rank=place + 1)
    kept = [place for place, title in enumerate(titles) if title]
    headers = tuple(titles[place] for place in kept)
    repeated = [name for name, group in groupby(sorted(headers)) if len(list(group)) > 1]
    if repeated:
        raise refused("repeated", file, column=repeated[0])
    taken = tuple((number, tuple(cells[place] for place in kept)) for number, cells in padded)
    return replace(table, headers=headers, rows=taken)


def _decoded(file: str, content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError:
            raise refused("not_text", file) from None
    if b"\0" in content:
        raise refused("not_text", file)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
