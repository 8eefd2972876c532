"""The counts that the months of a site were released with, until the year that they add up to is.

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


def read_months(connection: Connection) -> pd.DataFrame:
    """Return every count that is kept: columns `COLUMNS`."""
    rows = connection.execute(text(f"SELECT {', '.join(COLUMNS)} FROM disclosure.month"))
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(COLUMNS))
    return frame.astype({name: "int64" if name in COLUMNS[-3:] else "str" for name in COLUMNS})


def keep_months(connection: Connection, frame: pd.DataFrame) -> None:
    """Keep the counts of months that are released now: columns `COLUMNS`."""
    names = ", ".join(COLUMNS)
    values = ", ".join(f":{name}" for name in COLUMNS)
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in frame[list(COLUMNS)].to_numpy(object)]
    if rows:
        connection.execute(text(f"INSERT INTO disclosure.month ({names}) VALUES ({values})"), rows)


def forget_years(connection: Connection, years: Iterable[tuple[str, str, str]]) -> None:
    """Delete the counts of (site, edition, year) that are over: nothing adds to them."""
    statement = text(
        "DELETE FROM disclosure.month"
        " WHERE site = :site AND edition = :edition AND left(month, 4) = :year"
    )
    for site, edition, year in years:
        connection.execute(statement, {"site": site, "edition": edition, "year": year})
