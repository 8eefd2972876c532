"""One row of an export: what it says of an outing, or the first thing that is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from observatoire.codes import edition_in_force
from observatoire.entries import MOST_MINUTES, MOST_WORKERS
from observatoire.exchanges import cells
from observatoire.exchanges.mapping import ColumnMapping, ItemColumn, tidy
from observatoire.exchanges.tables import Table, is_empty
from observatoire.exchanges.workbooks import NoValue
from observatoire.observations.nominative import PERSONAL_VALUE

LONGEST_REFERENCE = 40
_PERSONAL = re.compile(PERSONAL_VALUE)


@dataclass(frozen=True)
class Line:
    """A row that can be read; `counts` gives how many observations of each item."""

    row: int
    reference: str
    day: date
    slot: str
    qpv: str
    duration_min: int | None
    workers: int | None
    nothing: bool
    counts: tuple[tuple[str, int], ...]

    @property
    def effort(self) -> tuple[object, ...]:
        """Return what rows of the same outing have in common."""
        return (self.day, self.slot, self.qpv)


@dataclass(frozen=True)
class Bad:
    """A row that cannot be: where, why, and of which outing when that at least is known."""

    row: int
    column: str
    reason: str
    reference: str = ""
    day: date | None = None


class _WrongError(Exception):
    """A cell that does not say what its column should."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


class LineReader:
    """Reads the rows of a table by a mapping.

    Parameters
    ----------
    table, mapping
        Every column of the mapping is in the table.
    today
        The last day that an outing may have.
    """

    def __init__(self, table: Table, mapping: ColumnMapping, today: date) -> None:
        self._table, self._mapping, self._today = table, mapping, today
        self._places = {header: place for place, header in enumerate(table.headers)}
        self._slots = cells.slot_words(mapping)
        self._neighbourhoods = cells.label_table(mapping.neighbourhoods)
        self._items = cells.label_table(mapping.rows.items if mapping.rows else {})

    def read(self, row: int, values: tuple[object, ...]) -> Line | Bad:
        """Return what a row says."""
        reference, day = "", None
        try:
            reference = self._reference(values)
            day = self._day(values)
            return Line(
                row,
                reference,
                day,
                self._slot(values, day),
                self._qpv(values),
                self._duration(values),
                self._workers(values),
                self._nothing(values),
                self._counts(values),
            )
        except _WrongError as wrong:
            return Bad(row, wrong.column, wrong.reason, reference, day)

    def _cell(self, values: tuple[object, ...], column: str) -> object:
        if not column:
            return None
        cell = values[self._places[tidy(column)]]
        if isinstance(cell, NoValue):
            raise _WrongError(column, "formula")
        return cell

    def _reference(self, values: tuple[object, ...]) -> str:
        column = self._mapping.outing
        if not column:
            return ""
        cell = self._cell(values, column)
        whole = cells.read_whole(cell) if not isinstance(cell, str) else None
        text = str(whole) if whole is not None else tidy("" if cell is None else str(cell))
        said = re.search(r"\d", text) or " " not in text  # words are somebody, or a remark
        if not text or not said or len(text) > LONGEST_REFERENCE or _PERSONAL.match(text):
            raise _WrongError(column, "outing")
        return text

    def _day(self, values: tuple[object, ...]) -> date:
        column = self._mapping.day
        cell = self._cell(values, column)
        day = cells.read_day(cell, self._mapping.date_formats, self._table.first_serial)
        if day is None:
            raise _WrongError(column, "day")
        if day > self._today:
            raise _WrongError(column, "future")
        if edition_in_force(day) is None:
            raise _WrongError(column, "before")
        return day

    def _slot(self, values: tuple[object, ...], day: date) -> str:
        column = self._mapping.slot
        slot = cells.read_slot(self._cell(values, column), day, self._slots)
        if slot is None:
            raise _WrongError(column, "slot")
        return slot

    def _qpv(self, values: tuple[object, ...]) -> str:
        column = self._mapping.qpv
        code = cells.read_qpv(self._cell(values, column), self._neighbourhoods)
        if code is None:
            raise _WrongError(column, "qpv")
        return code

    def _duration(self, values: tuple[object, ...]) -> int | None:
        column = self._mapping.duration
        cell = self._cell(values, column)
        if is_empty(cell):
            return None
        minutes = cells.read_minutes(cell, self._mapping.duration_unit)
        if minutes is None or not 0 < minutes <= MOST_MINUTES:
            raise _WrongError(column, "duration")
        return minutes

    def _workers(self, values: tuple[object, ...]) -> int | None:
        column = self._mapping.workers
        cell = self._cell(values, column)
        if is_empty(cell):
            return None
        workers = cells.read_whole(cell)
        if workers is None or not 0 < workers <= MOST_WORKERS:
            raise _WrongError(column, "workers")
        return workers

    def _nothing(self, values: tuple[object, ...]) -> bool:
        answer = cells.read_answer(self._cell(values, self._mapping.nothing))
        if answer is None:
            raise _WrongError(self._mapping.nothing, "answer")
        return answer

    def _counts(self, values: tuple[object, ...]) -> tuple[tuple[str, int], ...]:
        if self._mapping.rows is not None:
            return self._listed(values)
        counts: dict[str, int] = {}
        for one in self._mapping.items:
            counts[one.item] = counts.get(one.item, 0) + self._count(values, one)
        return tuple(sorted((item, count) for item, count in counts.items() if count))

    def _count(self, values: tuple[object, ...], one: ItemColumn) -> int:
        cell = self._cell(values, one.column)
        if one.counts == "flag":
            answer = cells.read_answer(cell)
            if answer is None:
                raise _WrongError(one.column, "answer")
            return int(answer)
        return _whole(cell, one.column, one.most)

    def _listed(self, values: tuple[object, ...]) -> tuple[tuple[str, int], ...]:
        rows = self._mapping.rows
        assert rows is not None
        cell = self._cell(values, rows.column)
        count = 1
        if rows.count:
            count = _whole(self._cell(values, rows.count), rows.count, rows.most)
        if is_empty(cell):
            if rows.count and count:
                raise _WrongError(rows.column, "item")
            return ()
        item = cells.read_label(cell, self._items)
        if item is None:
            raise _WrongError(rows.column, "item")
        return ((item, count),) if count else ()


def _whole(cell: object, column: str, most: int) -> int:
    count = 0 if is_empty(cell) else cells.read_whole(cell)
    if count is None:
        raise _WrongError(column, "count")
    if count > most:
        raise _WrongError(column, "most")
    return count
