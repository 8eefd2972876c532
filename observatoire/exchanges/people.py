"""Refusing an export that is about persons: its headers, its values, the shape of its rows.

To what every nominative file shows (`observations.nominative`) this adds what a file with one row
per person shows, and what is written in words about people. Every column is looked at, those that
no mapping reads too: it is refused whole, so that nobody believes that they were safely left out.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from importlib import resources

import pandas as pd

from observatoire.exchanges.refusals import nominative
from observatoire.observations.nominative import (
    is_nominative,
    plain,
    refuse_nominative_headers,
    refuse_nominative_values,
)

_STICKY = re.compile(
    r"originerencontre|situation(familiale|matrimoniale|administrative)|niveauscolaire"
    r"|premiere?(rencontre|contact)|dateentree|ficheindividuelle"
)
_EMAIL = r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"
_PHONE = (
    r"(?<![\w+.,])(?:(?:\+|00)(?:33|262|590|594|596|689)[ .-]?(?:\(0\))?|0)[1-9]"
    r"(?:[ .-]?[0-9]{2}){4}(?!\d)"
)
_NIR = (
    r"(?<!\d)[12] ?[0-9]{2} ?(?:0[1-9]|1[0-2]) ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}"
    r"(?!\d)"
)
_PERSONAL = re.compile(f"{_EMAIL}|{_PHONE}|{_NIR}")
_LONG = 80
_YEARS = 10
_DAY = re.compile(r"(?:\d{1,2}[/.-]\d{1,2}[/.-](\d{4})|(\d{4})[/.-]\d{1,2}[/.-]\d{1,2})(?:\D.*)?")

Cells = Sequence[object]


def is_about_a_person(header: str) -> bool:
    """Tell whether a header announces a person's identity, or that each row is a person."""
    if is_nominative(header):
        return True
    lists = _words()
    read = plain(header).split()
    words = [word for word in read if word not in lists["links"] and not word.isdigit()]
    if not words or words[0] in lists["figures"]:
        return False
    said = frozenset(words)
    if said & lists["cards"]:
        return said <= lists["cards"] or bool(said & lists["of_persons"])
    if "age" in said and said & lists["averages"]:
        return False
    return bool(said & lists["person"]) or bool(_STICKY.search("".join(words)))


@cache
def _words() -> dict[str, frozenset[str]]:
    text = (resources.files(__package__) / "people.toml").read_text("utf-8")
    return {name: frozenset(words.split()) for name, words in tomllib.loads(text).items()}


def refuse_headers(headers: Iterable[str], file: str) -> None:
    """Raise `NominativeError` when a header names a person, or says that a row is one."""
    named = [header for header in headers if header]
    refuse_nominative_headers(named, file=file)
    about = [header for header in named if is_about_a_person(header)]
    if about:
        raise nominative("row", file, column=", ".join(about))


def refuse_above(lines: Sequence[Cells], file: str) -> None:
    """Raise `NominativeError` when what stands above the titles names somebody."""
    for row, line in enumerate(lines, 1):
        texts = [cell for cell in line if isinstance(cell, str)]
        if any(is_nominative(text) or _PERSONAL.search(text) for text in texts):
            raise nominative("above", file, row=row)


def refuse_values(
    columns: Mapping[str, Cells],
    file: str,
    *,
    today: date | None = None,
    spared: Collection[str] = (),
    numbers: Sequence[int] = (),
) -> None:
    """Raise `NominativeError` when values single people out, or are words about them.

    One e-mail address, telephone or social security number anywhere is enough.

    Parameters
    ----------
    columns
        Cells of every column, those that no mapping reads too.
    today
        Days far before it are birth dates.
    spared
        Columns of slots and of days: their letters are no sexes, their old days no births.
    numbers
        Numbers of the rows; by default from 1.
    """
    likely = {name: cells for name, cells in columns.items() if any(map(_has_enough, cells))}
    refuse_nominative_values({name: _series(cells) for name, cells in likely.items()}, file=file)
    for name, cells in columns.items():
        for place, cell in enumerate(cells):
            if isinstance(cell, str) and _PERSONAL.search(cell):
                row = numbers[place] if numbers else place + 1
                raise nominative("value", file, column=name, row=row)
        fault = _shape(name, cells, today, spared)
        if fault:
            raise nominative(fault, file, column=name)


def _shape(name: str, cells: Cells, today: date | None, spared: Collection[str]) -> str:
    """Return what the values of a column say of people, as an entry of the labels."""
    known = [cell for cell in cells if cell is not None and str(cell).strip()]
    if not known:
        return ""
    lists = _words()
    said = frozenset(plain(name).split())
    texts = Counter(cell for cell in known if isinstance(cell, str))
    words = [(plain(text), times) for text, times in texts.items()]
    spoken = sum(times for text, times in words if _is_spoken(text))
    sexes = sum(times for text, times in words if text in lists["sexes"])
    if name not in spared and _most(sexes, known):
        return "sex"
    if name not in spared and today and _most(sum(_is_old(one, today) for one in known), known):
        return "birth"
    if said & lists["people"] and _most(spoken, known):
        return "people"
    long = sum(isinstance(cell, str) and len(cell) > _LONG for cell in known)
    if (said & lists["free"] and _most(spoken, known)) or _most(long, known):
        return "free"
    return ""


def _has_enough(cell: object) -> bool:
    """Tell whether a cell can be an address or a number that is somebody's: nine figures."""
    return cell is not None and (sum(map(str.isdigit, str(cell))) >= 9 or "@" in str(cell))


def _most(found: int, known: Sequence[object]) -> bool:
    return 2 * found > len(known)


def _is_spoken(text: str) -> bool:
    """Tell whether a text is words: no number, no hour, no yes or no."""
    is_hour = re.fullmatch(r"[\dhmin ]*", text)
    return bool(re.search("[a-z]", text)) and not is_hour and text not in _words()["answers"]


def _is_old(cell: object, today: date) -> bool:
    if isinstance(cell, datetime | date):
        return 1900 < cell.year < today.year - _YEARS
    found = _DAY.fullmatch(cell.strip()) if isinstance(cell, str) else None
    return found is not None and 1900 < int(found[1] or found[2]) < today.year - _YEARS


def _series(cells: Cells) -> pd.Series:
    """Return the cells that say something: numbers when all are, else texts."""
    known = [cell for cell in cells if cell is not None and str(cell).strip()]
    numbers = [
        float(str(cell))
        for cell in known
        if not isinstance(cell, bool) and re.fullmatch(r"\d{1,15}(\.0)?", str(cell).strip())
    ]
    if numbers and len(numbers) == len(known) and not any(_starts_with_0(cell) for cell in known):
        return pd.Series(numbers, dtype="float64")
    return pd.Series([str(cell) for cell in known], dtype="str")


def _starts_with_0(cell: object) -> bool:
    return isinstance(cell, str) and cell.strip().startswith("0")
