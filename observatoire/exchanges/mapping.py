"""Which column of an export is what: the mapping that a site saves, and what stands against it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from observatoire.codes import is_qpv
from observatoire.entries import MOST_OBSERVATIONS, SLOTS
from observatoire.exchanges.people import is_about_a_person
from observatoire.grille.faults import is_plain
from observatoire.labels import read_words

COUNTS = ("count", "flag")
UNITS = ("min", "h")
DATE_FORMATS = (
    "JJ/MM/AAAA",
    "JJ-MM-AAAA",
    "JJ.MM.AAAA",
    "JJ/MM/AA",
    "MM/JJ/AAAA",
    "AAAA-MM-JJ",
    "AAAA/MM/JJ",
    "AAAAMMJJ",
    "EXCEL",
)
"""How a day may be written; `EXCEL` is the number of days that spreadsheets keep."""
LAST_HEADER_ROW = 50
LONGEST = 200
MOST_ENTRIES = 500
_ID = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_ITEM = re.compile(r"[a-z][a-z0-9_]{1,39}")


@dataclass(frozen=True)
class ItemColumn:
    """A column that counts one item of the site's grid.

    Attributes
    ----------
    column, item
        Its header, and the item's code.
    counts
        `count`: its number is that of the observations made; `flag`: yes or no, and a yes (or a
        number that is not zero) is one observation.
    most
        The largest number that is believed. A row above it is set aside, never cut down.
    """

    column: str
    item: str
    counts: str = "count"
    most: int = MOST_OBSERVATIONS


@dataclass(frozen=True)
class ItemRows:
    """For an export with one row per outing and item.

    Attributes
    ----------
    column
        Header of the column that names the item.
    items
        The tool's name of an item → its code in the grid.
    count
        Header of the column that says how many observations; empty: each row is one.
    most
        The largest number that is believed, for one item of one outing.
    """

    column: str
    items: Mapping[str, str] = field(default_factory=dict)
    count: str = ""
    most: int = MOST_OBSERVATIONS


@dataclass(frozen=True)
class ColumnMapping:
    """How a site's export of activity is read; a text left empty is a column that it lacks.

    Attributes
    ----------
    site, name
        The site and the name of the mapping (the tool's, say). Both are part of the identity of
        each outing: a mapping that is corrected keeps its name.
    day, slot, qpv, duration, workers, outing, nothing
        Headers. `outing` is the reference of an outing in the tool; `nothing`, « rien à signaler ».
    sheet
        Name of the sheet of a workbook; empty: its only sheet.
    header_row
        The row of the titles, from 1.
    slot_otherwise
        The slot of rows that say none, when the team knows it; empty: they are set aside.
    slots, neighbourhoods
        The tool's words → one of `entries.SLOTS`; the tool's places → a QPV code.
    duration_unit
        Unit of a duration written as a plain number.
    date_formats
        Of `DATE_FORMATS`.
    items, rows
        One row per outing: its columns of items. One row per outing and item: `rows`.
    """

    site: str = ""
    name: str = ""
    day: str = ""
    qpv: str = ""
    slot: str = ""
    slot_otherwise: str = ""
    duration: str = ""
    duration_unit: str = "min"
    workers: str = ""
    outing: str = ""
    nothing: str = ""
    sheet: str = ""
    header_row: int = 1
    date_formats: tuple[str, ...] = ("JJ/MM/AAAA", "AAAA-MM-JJ", "EXCEL")
    slots: Mapping[str, str] = field(default_factory=dict)
    neighbourhoods: Mapping[str, str] = field(default_factory=dict)
    items: tuple[ItemColumn, ...] = ()
    rows: ItemRows | None = None

    def columns(self) -> list[str]:
        """Return every header that is read, in no meaningful order, with its repeats."""
        own = [self.day, self.qpv, self.slot, self.duration, self.workers, self.outing]
        own += [self.nothing, *(one.column for one in self.items)]
        own += [self.rows.column, self.rows.count] if self.rows else []
        return [column for column in own if column]


def faults(mapping: ColumnMapping) -> tuple[str, ...]:
    """Return everything that stands against a mapping, as « field : sentence » in French."""
    words = read_words("echanges")
    return tuple(f"{place} : {words(f'fault.{name}')}" for place, name in _faults(mapping))


Found = Iterator[tuple[str, str]]


def _faults(mapping: ColumnMapping) -> Found:
    for name, text in (("site", mapping.site), ("name", mapping.name)):
        if not _ID.fullmatch(text):
            yield name, "id"
    for name, text in (("day", mapping.day), ("qpv", mapping.qpv)):
        if not text:
            yield name, "missing"
    if not 1 <= mapping.header_row <= LAST_HEADER_ROW:
        yield "header_row", "header_row"
    if mapping.duration_unit not in UNITS:
        yield "duration_unit", "unit"
    yield from _of_dates(mapping.date_formats)
    yield from _of_slots(mapping)
    yield from _of_table("neighbourhoods", mapping.neighbourhoods, is_qpv, "qpv")
    yield from _of_items(mapping)
    yield from _of_columns(mapping)


def _of_dates(formats: tuple[str, ...]) -> Found:
    if not formats:
        yield "date_formats", "missing"
    if not set(formats) <= set(DATE_FORMATS):
        yield "date_formats", "format"
    if {"JJ/MM/AAAA", "MM/JJ/AAAA"} <= set(formats):
        yield "date_formats", "ambiguous"


def _of_slots(mapping: ColumnMapping) -> Found:
    if not mapping.slot and not mapping.slot_otherwise:
        yield "slot", "no_slot"
    if mapping.slot_otherwise and mapping.slot_otherwise not in SLOTS:
        yield "slot_otherwise", "slot"
    yield from _of_table("slots", mapping.slots, lambda slot: slot in SLOTS, "slot")


def _of_items(mapping: ColumnMapping) -> Found:
    rows = mapping.rows
    if bool(mapping.items) == (rows is not None):
        yield "item", "layout"
    for rank, one in enumerate(mapping.items, 1):
        if not one.column:
            yield f"item.{rank}.column", "missing"
        if not _ITEM.fullmatch(one.item):
            yield f"item.{rank}.item", "item"
        if one.counts not in COUNTS:
            yield f"item.{rank}.counts", "counts"
        if not 1 <= one.most <= MOST_OBSERVATIONS:
            yield f"item.{rank}.most", "most"
    if rows is None:
        return
    for name, text in (("rows.column", rows.column), ("outing", mapping.outing)):
        if not text:
            yield name, "needed_by_rows"
    if not rows.items:
        yield "rows.items", "missing"
    if not 1 <= rows.most <= MOST_OBSERVATIONS:
        yield "rows.most", "most"
    yield from _of_table("rows.items", rows.items, lambda code: bool(_ITEM.fullmatch(code)), "item")


def _of_columns(mapping: ColumnMapping) -> Found:
    columns = [tidy(column) for column in mapping.columns()]
    if mapping.day and mapping.day == mapping.slot:
        columns.remove(tidy(mapping.slot))  # a day with its hour gives both
    if len(set(columns)) < len(columns):
        yield "columns", "twice"
    if any(map(is_about_a_person, columns)):
        yield "columns", "person"
    texts = [*mapping.columns(), mapping.sheet]
    if any(len(text) > LONGEST or not is_plain(text) for text in texts):
        yield "columns", "text"


def _of_table(place: str, table: Mapping[str, str], holds: object, fault: str) -> Found:
    if len(table) > MOST_ENTRIES:
        yield place, "entries"
    if any(len(text) > LONGEST or not is_plain(text) or not tidy(text) for text in table):
        yield place, "text"
    if callable(holds) and not all(holds(value) for value in table.values()):
        yield place, fault


def tidy(text: str) -> str:
    """Return a header or a label with single spaces: line ends in a title are spaces."""
    return " ".join(text.split())
