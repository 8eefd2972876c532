"""Calendar periods: `2023`, `2023-H1`, `2023-Q2`, `2023-05`. Never a rolling window.

Only calendar periods nest (a month lies in one quarter, one half-year, one year), which is what
keeps two published periods from revealing a third by subtraction. An ISO week (`2026-W41`) nests in
none: it tells when an observation was seen, and no figure is published by it.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Literal, get_args

from observatoire.errors import CodeError

Level = Literal["month", "quarter", "half", "year"]
LEVELS: tuple[Level, ...] = get_args(Level)
_MONTHS: dict[Level, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_WEEK = re.compile(r"^(\d{4})-W([0-5]\d)$")
_FORM = re.compile(r"^(\d{4})(?:-(?:H([12])|Q([1-4])|(0[1-9]|1[0-2])))?$")


def period_of(day: date, level: Level) -> str:
    """Return the calendar period of that level that holds the day."""
    if level == "year":
        return f"{day.year:04d}"
    if level == "half":
        return f"{day.year:04d}-H{(day.month - 1) // 6 + 1}"
    if level == "quarter":
        return f"{day.year:04d}-Q{(day.month - 1) // 3 + 1}"
    return f"{day.year:04d}-{day.month:02d}"


def level_of(period: str) -> Level:
    """Return the level of a period; raise `CodeError` when it is not one."""
    match = _FORM.fullmatch(period)
    if match is None:
        raise CodeError(
            f"not a period: {period!r}",
            user=f"« {period} » n’est pas une période.",
            remedy="Une période s’écrit 2023, 2023-H1, 2023-Q2 ou 2023-05.",
        )
    _, half, quarter, month = match.groups()
    return "half" if half else "quarter" if quarter else "month" if month else "year"


def first_day(period: str) -> date:
    """Return the first day of a period."""
    level = level_of(period)
    year = int(period[:4])
    if level == "year":
        return date(year, 1, 1)
    number = int(period[6:]) if level in ("half", "quarter") else int(period[5:])
    return date(year, (number - 1) * _MONTHS[level] + 1, 1)


def week_start(week: str) -> date:
    """Return the Monday of an ISO week; raise `CodeError` when it is not one."""
    match = _WEEK.fullmatch(week)
    try:
        if match is not None:
            return date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError:
        pass
    raise CodeError(f"not a week: {week!r}", user=f"« {week} » n’est pas une semaine.")


def moment_start(name: str) -> date:
    """Return the first day of a day (`2026-10-05`), of an ISO week or of a period.

    Raises
    ------
    CodeError
        When it is none of them.
    """
    if _WEEK.fullmatch(name):
        return week_start(name)
    try:
        return date.fromisoformat(name) if len(name) == 10 else first_day(name)
    except ValueError:
        raise CodeError(f"not a day: {name!r}", user=f"« {name} » n’est pas un jour.") from None


def last_day(period: str) -> date:
    """Return the last day of a period."""
    start = first_day(period)
    month = start.month + _MONTHS[level_of(period)]
    following = date(start.year + (month - 1) // 12, (month - 1) % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


def parts(period: str, level: Level) -> tuple[str, ...]:
    """Return the periods of a finer (or equal) level that make up a period, in order."""
    start, step = first_day(period), _MONTHS[level]
    months = range(start.month, start.month + _MONTHS[level_of(period)], step)
    return tuple(period_of(date(start.year, month, 1), level) for month in months)


def sort_key(period: str) -> tuple[date, int]:
    """Order periods by their first day, coarser first."""
    return first_day(period), -_MONTHS[level_of(period)]
