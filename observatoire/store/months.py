"""What the months of a site were released with, until the year that they add up to is.

For the owner alone: the app's role cannot reach the schema.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from sqlalchemy import Connection, text

COLUMNS = (
    "site",
    "edition",
    "indicator",
    "zone",
    "month",
    "organisation",
    "observations",
    "outings",
    "reports",
)
SQUARE_COLUMNS = (
    "site",
    "edition",
    "zone",
    "month",
    "square",
    "organisation",
    "observations",
    "reports",
)
_NUMBERS = ("observations", "outings", "reports")


def read_months(connection: Connection) -> pd.DataFrame:
    """Return every count that is kept: columns `COLUMNS`."""
    return _read(connection, "month", COLUMNS)


def read_squares(connection: Connection) -> pd.DataFrame:
    """Return every count by square that is kept: columns `SQUARE_COLUMNS`."""
    return _read(connection, "square", SQUARE_COLUMNS)


def keep_months(connection: Connection, frame: pd.DataFrame) -> None:
    """Keep the counts of months that are released now: columns `COLUMNS`."""
    _keep(connection, "month", COLUMNS, frame)


def keep_squares(connection: Connection, frame: pd.DataFrame) -> None:
    """Keep the counts by square of months that are released now: columns `SQUARE_COLUMNS`."""
    _keep(connection, "square", SQUARE_COLUMNS, frame)


def read_forgotten(connection: Connection) -> dict[str, frozenset[str]]:
    """Return, by site, the months whose counts are gone before their year was released."""
    rows = connection.execute(text("SELECT site, month FROM disclosure.forgotten"))
    found: dict[str, set[str]] = {}
    for site, month in rows:
        found.setdefault(site, set()).add(month)
    return {site: frozenset(gone) for site, gone in found.items()}


def forget_years(connection: Connection, years: Iterable[tuple[str, str, str]]) -> None:
    """Delete the counts of (site, edition, year) that are over: nothing adds to them."""
    over = [{"site": site, "edition": edition, "year": year} for site, edition, year in years]
    for name in ("month", "square"):
        statement = text(
            f"DELETE FROM disclosure.{name}"
            " WHERE site = :site AND edition = :edition AND left(month, 4) = :year"
        )
        for one in over:
            connection.execute(statement, one)


def _read(connection: Connection, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    rows = connection.execute(text(f"SELECT {', '.join(columns)} FROM disclosure.{name}"))
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(columns))
    return frame.astype({one: "int64" if one in _NUMBERS else "str" for one in columns})


def _keep(connection: Connection, name: str, columns: tuple[str, ...], frame: pd.DataFrame) -> None:
    names, values = ", ".join(columns), ", ".join(f":{one}" for one in columns)
    rows = [dict(zip(columns, row, strict=True)) for row in frame[list(columns)].to_numpy(object)]
    if rows:
        connection.execute(text(f"INSERT INTO disclosure.{name} ({names}) VALUES ({values})"), rows)
