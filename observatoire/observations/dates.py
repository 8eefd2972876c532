"""Dates to the day or to the month. An hour is cut off as it is read and never kept."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

import pandas as pd

Precision = Literal["day", "month"]
FIRST_YEAR = 1800
_TIME = r"(?:[T ]\d{1,2}[:h]\d{2}.*)?"
_DAY_FORMS = (
    re.compile(rf"^(?P<y>\d{{4}})[-/](?P<m>\d{{1,2}})[-/](?P<d>\d{{1,2}}){_TIME}$"),
    re.compile(rf"^(?P<d>\d{{1,2}})/(?P<m>\d{{1,2}})/(?P<y>\d{{4}}){_TIME}$"),
)
_MONTH_FORMS = (
    re.compile(r"^(?P<y>\d{4})[-/](?P<m>\d{1,2})$"),
    re.compile(r"^(?P<m>\d{1,2})/(?P<y>\d{4})$"),
)


def parse_date(text: str) -> tuple[date, Precision] | None:
    """Read one date; None when it is not one.

    `2013-06-07`, `07/06/2013` (day first, as in French), `2013-06` and `06/2013` are understood; a
    date followed by an hour is cut to its day, in the clock it was written in. A month stands as
    its first day.
    """
    text = text.strip()
    for form in _DAY_FORMS:
        if match := form.match(text):
            return _valid(match, int(match["d"]), "day")
    for form in _MONTH_FORMS:
        if match := form.match(text):
            return _valid(match, 1, "month")
    return None


def parse_dates(values: pd.Series) -> pd.DataFrame:
    """Read a column of dates, of text or of any date type.

    Returns
    -------
    Frame of the same index: `date` (datetime64[s], NaT when unreadable or empty) and `precision`
    (`day` or `month`, empty with it). Each distinct text is read once.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        days = values.dt.tz_localize(None).dt.normalize().astype("datetime64[s]")
        days = days.where(days.dt.year >= FIRST_YEAR)
        precision = pd.Series("day", index=values.index, dtype="str").where(days.notna())
        return pd.DataFrame({"date": days, "precision": precision})
    codes, texts = pd.factorize(values.astype("str"))
    read = [parse_date(text) for text in texts]
    days = pd.Series([pair[0] if pair else None for pair in read] + [None])
    kinds = pd.Series([pair[1] if pair else None for pair in read] + [None], dtype="str")
    return pd.DataFrame(
        {
            "date": pd.to_datetime(days).astype("datetime64[s]").to_numpy()[codes],
            "precision": kinds.array[codes],
        },
        index=values.index,
    )


def _valid(match: re.Match[str], day: int, precision: Precision) -> tuple[date, Precision] | None:
    try:
        found = date(int(match["y"]), int(match["m"]), day)
    except ValueError:
        return None
    return (found, precision) if found.year >= FIRST_YEAR else None
