"""Numbers, periods, dates and statuses as French readers expect them.

The only place where a figure becomes a text. Rounding is half away from zero, on the decimal
writing of the number, so that 2.5 is printed « 3 » as a statistician would by hand.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from observatoire import periods
from observatoire.labels import read_words
from observatoire.labels.typography import NARROW, NO_BREAK, typeset

_MINUS = "−"


def number(value: float, decimals: int = 0) -> str:
    """Return a number with a decimal comma and narrow no-break spaces between thousands.

    Parameters
    ----------
    value
        Finite: an absence has a status, never a number (`status_words`).
    decimals
        Digits after the comma, all printed.

    Raises
    ------
    ValueError
        When the value is not finite.
    """
    if not math.isfinite(value):
        raise ValueError("an absent value has no number: print its status")
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    whole, _, fraction = f"{abs(rounded):f}".partition(".")
    sign = _MINUS if rounded < 0 else ""
    grouped = f"{int(whole):,}".replace(",", NARROW)
    return f"{sign}{grouped},{fraction}" if fraction else f"{sign}{grouped}"


def quantity(value: float, unit: str, decimals: int = 0) -> str:
    """Return a number and its unit, held together by a no-break space: « 12,4 % »."""
    printed = number(value, decimals)
    return f"{printed}{NO_BREAK}{typeset(unit)}" if unit else printed


def period(name: str) -> str:
    """Return a period as it is read: « 2e trimestre 2023 », « mai 2023 », « 2018 ».

    Raises
    ------
    CodeError
        When it is not a calendar period.
    """
    words = read_words("nombres")
    year, part = name[:4], name[5:].lstrip("HQ")
    return words(f"period.{periods.level_of(name)}.{int(part) if part else 'all'}", year=year)


def in_period(name: str) -> str:
    """Return a period as it stands in a sentence: « au 2e trimestre 2023 », « en mai 2023 »."""
    words = read_words("nombres")
    return words(f"in_period.{periods.level_of(name)}", period=period(name))


def level_words(level: periods.Level) -> str:
    """Return the name of a level of period: « trimestre »."""
    return read_words("nombres")(f"level.{level}")


def day(moment: date) -> str:
    """Return a date as it is read: « 1er janvier 2024 », « 22 novembre 2026 »."""
    words = read_words("nombres")
    return words("day.form", day=_rank(moment), month=_month(moment), year=moment.year)


def week(name: str) -> str:
    """Return an ISO week as it is read: « semaine du 5 au 11 octobre 2026 ».

    Raises
    ------
    CodeError
        When it is not one.
    """
    monday = periods.week_start(name)
    sunday = monday + timedelta(days=6)
    words, first = read_words("nombres"), _rank(monday)
    if monday.year != sunday.year:
        first = day(monday)
    elif monday.month != sunday.month:
        first = words("day.short", day=first, month=_month(monday))
    return words("week.form", first=first, last=day(sunday))


def moment(name: str) -> str:
    """Return a day, an ISO week or a period as it is read, by the form of its name.

    Raises
    ------
    CodeError
        When it is none of them.
    """
    if "W" in name:
        return week(name)
    return day(periods.moment_start(name)) if len(name) == 10 else period(name)


def _rank(moment: date) -> str:
    return read_words("nombres")("day.first") if moment.day == 1 else str(moment.day)


def _month(moment: date) -> str:
    return read_words("nombres")(f"month.{moment.month}")


def status_words(status: str) -> str:
    """Return the words of a status: « secret statistique », « non disponible » and so on."""
    return read_words("nombres")(f"status.{status}")


def status_definition(status: str) -> str:
    """Return the sentence that explains a status."""
    return read_words("nombres")(f"status_definition.{status}")


def edition_words(edition: str) -> str:
    """Return an edition of the perimeters as it is read: « contours 2015 »."""
    return read_words("nombres")("edition", edition=edition)


def hectares(area_m2: float) -> str:
    """Return an area of the ground in hectares, one decimal under 10 ha."""
    area_ha = area_m2 / 10_000
    return quantity(area_ha, read_words("nombres")("unit.hectare"), 1 if area_ha < 10 else 0)
