"""Text tables: separator and encoding are found, quoting may span lines."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from observatoire.errors import FileError
from observatoire.observations.files import Rows, refuse_repeated, unreadable

_BLOCK = 1 << 20
_SEPARATORS = (",", ";", "\t", "|")
_SEPARATOR_NAMES = {"tab": "\t", "\\t": "\t"}


class CsvSource:
    """A CSV file."""

    epsg: int | None = None

    def __init__(self, path: Path, sep: str | None) -> None:
        self._path = path
        self._encoding = _encoding(path)
        self._separator = _SEPARATOR_NAMES.get(sep, sep) if sep else self._found_separator()
        if len(self._separator) != 1:
            raise FileError(
                f"not a separator: {sep!r}",
                user="Le séparateur doit être un seul caractère.",
                remedy="Exemples : --sep ';', --sep ',', --sep tab.",
                file=path.name,
            )
        self._raw = tuple(self._header())
        self.headers = tuple(header.strip() for header in self._raw)
        refuse_repeated(self.headers, path.name)

    def sample(self) -> dict[str, pd.Series]:
        """Return the text of the first megabyte, column by column."""
        if not self._has_rows():
            return {}
        try:
            with pacsv.open_csv(self._path, **self._options([], None)) as stream:
                first = stream.read_next_batch()
        except (pa.ArrowInvalid, StopIteration) as cause:
            raise unreadable(self._path.name, "CSV") from cause
        return {
            header: pd.Series(first.column(place).to_pandas(), dtype="str")
            for place, header in enumerate(self.headers)
            if place < first.num_columns
        }

    def read(self, columns: Sequence[str], *, geometry: bool = False) -> Rows:
        """Return the rows; those with too few or too many cells are numbered in `broken`."""
        broken: list[int] = []
        wanted = [self._raw[self.headers.index(column)] for column in columns]
        try:
            table = pacsv.read_csv(self._path, **self._options(broken, wanted))
        except pa.ArrowInvalid as cause:
            raise unreadable(self._path.name, "CSV") from cause
        frame = table.rename_columns(list(columns)).to_pandas().astype("str")
        numbers = np.arange(1, len(frame) + len(broken) + 1)
        frame.index = pd.Index(np.setdiff1d(numbers, broken), name="row")
        return Rows(frame, broken=tuple(broken))

    def _options(self, broken: list[int], wanted: Sequence[str] | None) -> dict[str, object]:
        def set_aside(row: pacsv.InvalidRow) -> str:
            broken.append(row.number - 1)  # the header is row 1
            return "skip"

        return {
            "read_options": pacsv.ReadOptions(
                use_threads=False, block_size=_BLOCK, encoding=self._encoding
            ),
            "parse_options": pacsv.ParseOptions(
                delimiter=self._separator, newlines_in_values=True, invalid_row_handler=set_aside
            ),
            "convert_options": pacsv.ConvertOptions(
                column_types=dict.fromkeys(self._raw, pa.string()),
                strings_can_be_null=False,
                include_columns=list(wanted or ()),
            ),
        }

    def _found_separator(self) -> str:
        try:
            return _guess(self._head())
        except csv.Error as cause:
            raise unreadable(self._path.name, "CSV") from cause

    def _header(self) -> list[str]:
        lines = io.StringIO(self._head(), newline=None)  # a lone return ends a line too
        try:
            return next(csv.reader(lines, delimiter=self._separator), [])
        except csv.Error as cause:
            raise unreadable(self._path.name, "CSV") from cause

    def _has_rows(self) -> bool:
        return len(self._head().strip().splitlines()) > 1

    def _head(self) -> str:
        with self._path.open("rb") as stream:
            head = stream.read(_BLOCK)
        return head.decode(self._encoding, errors="ignore").lstrip("\ufeff\r\n")


def _encoding(path: Path) -> str:
    """Return `utf8`, or `latin-1` for what French spreadsheets still write."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    encoding = "utf8"
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            if b"\x00" in block:
                raise unreadable(path.name, "CSV (texte UTF-8)")
            if encoding == "utf8":
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    encoding = "latin-1"
    return encoding


def _guess(head: str) -> str:
    """Return the separator that cuts the header into most columns."""
    line = head.splitlines()[0] if head.strip() else ""
    return max(_SEPARATORS, key=lambda one: len(next(csv.reader([line], delimiter=one), [])))
