"""What one cell says: a day, a slot, a neighbourhood, a duration, a number, a yes or a no.

Each function returns None when the cell does not say it; hours are cut as they are read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import cache

from observatoire.codes import is_qpv
from observatoire.exchanges.mapping import ColumnMapping, tidy
from observatoire.exchanges.tables import is_empty
from observatoire.observations.nominative import plain
from observatoire.observations.outings import SLOTS as SLOT_WORDS

_YES = frozenset({"oui", "yes", "true", "vrai", "x", "o"})
_NO = frozenset({"non", "no", "false", "faux", "n"})
_TOKENS = {"AAAA": r"(?P<y>\d{4})", "AA": r"(?P<y>\d{2})", "MM": r"(?P<m>\d{1,2})"}
_TIME = r"(?:[T ]\d{1,2}[:h]\d{0,2}.*)?"
_SERIALS = range(36_526, 100_000)
_HOUR = re.compile(r"(\d{1,2}) ?[h:] ?(?:\d{2})?(?!\d).*", re.DOTALL)
_LENGTH = re.compile(r"(?:(\d{1,2}) ?(?:h|heures?|:) ?)?(?:(\d{1,3}) ?(?:m|mn|min|minutes?)?)?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2}):\d{2}")
_DAWN, _NOON, _EVENING, _NIGHT = 5, 12, 18, 22
_SATURDAY = 5


def read_day(cell: object, formats: tuple[str, ...], first_serial: date) -> date | None:
    """Return the day that a cell says, in one of these formats or as a spreadsheet's date."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    whole = read_whole(cell, decimals=True)
    if "EXCEL" in formats and whole is not None and whole in _SERIALS:
        return first_serial + timedelta(days=whole)
    text = str(whole) if whole is not None and not isinstance(cell, str) else tidy(str(cell))
    for name in formats:
        found = _form(name).fullmatch(text) if name != "EXCEL" else None
        if found and (day := _valid(found["y"], found["m"], found["d"])):
            return day
    return None


def read_slot(cell: object, day: date, words: Mapping[str, str]) -> str | None:
    """Return the slot that a cell says, in these words (`slot_words`) or by an hour.

    The morning begins at 5, the afternoon at noon, the evening at 18, the night at 22; an hour of
    a Saturday or a Sunday is the week-end.
    """
    hour = _hour(cell)
    if hour is None:
        return words.get("" if is_empty(cell) else plain(str(cell)))
    if day.weekday() >= _SATURDAY:
        return "we"
    if not _DAWN <= hour < _NIGHT:
        return "nuit"
    return "matin" if hour < _NOON else "apm" if hour < _EVENING else "soir"


def slot_words(mapping: ColumnMapping) -> dict[str, str]:
    """Return the words of slots, ours and the mapping's; no word is the slot otherwise."""
    own = {plain(said): slot for said, slot in mapping.slots.items()}
    nothing = {"": mapping.slot_otherwise} if mapping.slot_otherwise else {}
    return {**SLOT_WORDS, **own, **nothing}


def read_label(cell: object, labels: Mapping[str, str]) -> str | None:
    """Return what a table (`label_table`) gives for a cell."""
    return None if is_empty(cell) else labels.get(tidy(str(cell)).casefold())


def read_qpv(cell: object, labels: Mapping[str, str]) -> str | None:
    """Return the code that a cell gives, or that a table gives for its label."""
    code = tidy(str(cell)).upper()
    return code if is_qpv(code) else read_label(cell, labels)


def label_table(labels: Mapping[str, str]) -> dict[str, str]:
    """Return a table whose labels are compared without case or repeated spaces."""
    return {tidy(said).casefold(): code for said, code in labels.items()}


def read_minutes(cell: object, unit: str) -> int | None:
    """Return a duration in whole minutes, from a number in that unit, a clock or words."""
    if isinstance(cell, datetime):
        return None
    if isinstance(cell, time):
        return cell.hour * 60 + cell.minute
    if isinstance(cell, timedelta):
        return round(cell.total_seconds() / 60)
    number = _number(cell)
    if number is not None:
        return round(number * (60 if unit == "h" else 1))
    text = tidy(str(cell)).lower()
    found = _CLOCK.fullmatch(text) or _LENGTH.fullmatch(text)
    if not text or found is None:
        return None
    return int(found[1] or 0) * 60 + int(found[2] or 0)


def read_whole(cell: object, *, decimals: bool = False) -> int | None:
    """Return the whole number that a cell says, from 0; with `decimals`, what precedes them."""
    number = _number(cell)
    if number is None or (number != int(number) and not decimals):
        return None
    return int(number)


def read_answer(cell: object) -> bool | None:
    """Return a yes or a no; an empty cell is a no, a number is a yes unless it is zero."""
    if isinstance(cell, bool):
        return cell
    whole = read_whole(cell)
    if whole is not None:
        return whole > 0
    word = plain(str(cell)) if cell is not None else ""
    if is_empty(cell) or word in _NO:
        return False
    return True if word in _YES else None


def _number(cell: object) -> float | None:
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        return None
    text = re.sub(r"\s", "", cell).replace(",", ".") if isinstance(cell, str) else repr(cell)
    return float(text) if re.fullmatch(r"\d{1,15}(?:\.\d{1,20})?", text) else None


def _hour(cell: object) -> int | None:
    if isinstance(cell, datetime | time):
        return cell.hour
    found = _HOUR.fullmatch(tidy(cell).lower()) if isinstance(cell, str) else None
    if not found and isinstance(cell, str):
        found = re.fullmatch(r".*\d[T ](\d{1,2})[:h]\d{0,2}.*", tidy(cell))
    return int(found[1]) if found and int(found[1]) < 24 else None


@cache
def _form(name: str) -> re.Pattern[str]:
    parts = re.split(r"(AAAA|AA|MM|JJ)", name)
    glued = not re.search(r"[^AMJ]", name)
    tokens = {**_TOKENS, "JJ": r"(?P<d>\d{1,2})"}
    text = "".join(tokens.get(part, re.escape(part)) for part in parts)
    return re.compile((text.replace("{1,2}", "{2}") if glued else text) + _TIME)


def _valid(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
    except ValueError:
        return None
