"""A workbook (.xlsx) → the table of one sheet. Nothing in it is run, and no size is believed."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from observatoire.exchanges import people
from observatoire.exchanges.mapping import tidy
from observatoire.exchanges.refusals import nominative, refused
from observatoire.exchanges.tables import (
    FIRST_SERIAL,
    MOST_COLUMNS,
    MOST_ROWS,
    Cells,
    Table,
    is_empty,
    shaped,
    trimmed,
)

MOST_UNPACKED = 200 << 20
MOST_MEMBERS = 1_000
MOST_LINES = 1_048_576
"""Rows of the largest sheet that a spreadsheet writes."""
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_UNWANTED = {
    "vbaProject": "macro",
    "pivotCache": "pivot",
    "embeddings": "embedded",
    "externalLinks": "embedded",
}
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
    EOFError,
    SyntaxError,  # what is not XML
    NotImplementedError,
    RuntimeError,
    OverflowError,
)


class NoValue:
    """What a formula has when the file does not hold its result."""

    def __str__(self) -> str:
        return ""


NO_VALUE = NoValue()


def read_workbook(
    file: str, content: bytes, sheet: str, header_row: int, *, today: date | None = None
) -> Table:
    """Read one sheet of a workbook, after looking at the others for persons.

    Raises
    ------
    NominativeError
        When another sheet is about persons, or a hidden one holds anything.
    FileError
        When it is damaged, too large once unpacked, holds a macro, the data of a pivot table or
        another file, or when the sheet is not there or not the only one.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what a workbook has and we do not read
            formulas = _require_safe(file, content)
            book = _opened(content, results=True)
            asked = _asked(book, file, sheet)
            for other in book.worksheets:
                if other.title != asked.title:
                    _require_no_person(file, list(_filled(file, other)), today)
            lines = _lines(file, asked)
            if formulas:
                written = _lines(file, _opened(content, results=False)[asked.title])
                lines = (_marked(one, two) for one, two in zip(lines, written, strict=True))
            first = _first_serial(book)
            return shaped(file, lines, header_row, first_serial=first, untitled=True)
    except _BROKEN:
        raise refused("damaged", file) from None


def _require_safe(file: str, content: bytes) -> bool:
    """Refuse what should not be opened; tell whether the sheets hold formulas."""
    formulas = False
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > MOST_UNPACKED:
            raise refused("bomb", file)
        if any(one.flag_bits & 1 for one in members):
            raise refused("locked", file)
        for member in members:
            for part, name in _UNWANTED.items():
                if part in member.filename:
                    raise refused(name, file)
            if member.filename.lower().endswith((".xml", ".rels")):
                text = archive.read(member)  # no more than the size it says
                if b"<!DOCTYPE" in text or b"<!ENTITY" in text or b"\0" in text[:1000]:
                    raise refused("damaged", file)
                formulas = formulas or bool(_FORMULA.search(text))
    return formulas


def _first_serial(book: Any) -> date:
    """Return the day that is number 0: workbooks of old Macintosh count from 1904."""
    return date(1904, 1, 1) if book.epoch.year == 1904 else FIRST_SERIAL


def _opened(content: bytes, *, results: bool) -> Any:
    return openpyxl.load_workbook(
        io.BytesIO(content), read_only=True, data_only=results, keep_links=False
    )


def _asked(book: Any, file: str, name: str) -> Any:
    """Return the sheet that is meant; no hidden one may hold anything."""
    filled = [sheet for sheet in book.worksheets if any(True for _ in _filled(file, sheet))]
    if any(sheet.sheet_state != "visible" for sheet in filled):
        raise nominative("hidden", file)
    if not filled:
        raise refused("empty", file)
    if not name:
        if len(filled) > 1:
            raise refused("sheets", file)
        return filled[0]
    found = [sheet for sheet in filled if tidy(sheet.title) == tidy(name)]
    if not found:
        raise refused("no_sheet", file, sheet=name)
    return found[0]


def _lines(file: str, sheet: Any) -> Iterator[Cells]:
    """Give every line of a sheet, empty ones too, whatever size it claims."""
    sheet.reset_dimensions()
    filled = 0
    for line, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        kept = trimmed(cells)
        filled += bool(kept)
        if len(kept) > MOST_COLUMNS:
            raise refused("columns", file)
        if filled > MOST_ROWS + 100 or line > MOST_LINES:
            raise refused("rows", file)
        yield kept


def _filled(file: str, sheet: Any) -> Iterator[Cells]:
    return (cells for cells in _lines(file, sheet) if cells)


def _marked(results: Cells, written: Cells) -> Cells:
    """Return the results of a line, with a mark where a formula has none."""
    width = max(len(results), len(written))
    pairs = zip(_wide(results, width), _wide(written, width), strict=True)
    return tuple(
        NO_VALUE if result is None and not is_empty(formula) else result
        for result, formula in pairs
    )


def _wide(cells: Cells, width: int) -> Cells:
    return cells + (None,) * (width - len(cells))


def _require_no_person(file: str, lines: list[Cells], today: date | None) -> None:
    """Look for persons in a sheet that is not read: its first filled line holds its titles."""
    if not lines:
        return
    width = max(map(len, lines))
    titles = [tidy(str(cell or "")) for cell in _wide(lines[0], width)]
    people.refuse_headers(titles, file)
    body = [_wide(line, width) for line in lines[1:]]
    columns = {
        title or f"n° {place + 1}": [line[place] for line in body]
        for place, title in enumerate(titles)
    }
    people.refuse_values(columns, file, today=today)
