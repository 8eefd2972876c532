"""The tables of an overlay: figures of the sources, official values of the targets.

A table has one row for each area, as published, or one row for each figure, as in the project's
own tables: there a column is an id of the catalogue.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd

from observatoire.crosswalk import Official
from observatoire.errors import FileError
from observatoire.overlays.areas import find_column
from observatoire.statistics.numerals import MISSING_WORDS, read_numbers, words
from observatoire.statistics.tables import RawTable, parse_table, read_text

_LONG = {"indicator", "period", "zone", "value", "status"}


def read_figures(
    path: Path, key: str, columns: Collection[str], *, period: str | None = None
) -> pd.DataFrame:
    """Read columns of a table as numbers, by key.

    Parameters
    ----------
    key
        Column of the code; for a table of the project (one row per figure) it is `zone`.
    columns
        Names of columns, or ids of the catalogue for a table of the project.
    period
        Which period of a table of the project, when it holds several.

    Returns
    -------
    Frame indexed by key in the order of the file; NaN where a cell is empty, `s`, `ns` or `nd`.

    Raises
    ------
    FileError
        When it is no table, lacks a column, or holds text where a number is expected.
    """
    table = parse_table(read_text(path))
    if _is_long(table):
        found = _long(table, columns, period)
        return pd.DataFrame({name: values for name, (values, _) in found.items()})
    codes = pd.Index(table.column(find_column(table.columns, key, path)), name="key")
    numbers = {name: _numbers(table, name, path) for name in columns}
    return pd.DataFrame(numbers, index=codes)


def read_official(
    path: Path,
    column: str,
    targets: Collection[str],
    *,
    key: str | None = None,
    period: str | None = None,
) -> Official:
    """Read official values by target, with why one is not there.

    Parameters
    ----------
    targets
        Codes of the targets; other rows are left aside.
    key
        Column of the code; by default the one that holds codes of targets.

    Returns
    -------
    Values and statuses by code: an empty cell, `s` or `ns` is `secret`, `nd` is `missing`; a target
    without a row has no entry.

    Raises
    ------
    FileError
        As `read_figures`, and when no row is of a target or one stands twice.
    """
    table = parse_table(read_text(path))
    if _is_long(table):
        values, statuses = _long(table, [column], period)[column]
    else:
        name = key_column(table, targets, key)
        codes = pd.Index(table.column(find_column(table.columns, name, path)), name="key")
        cells = table.column(find_column(table.columns, column, path))
        values = pd.Series(_numbers(table, column, path), index=codes)
        absent = np.where(words(cells, MISSING_WORDS), "missing", "secret")
        statuses = pd.Series(np.where(values.notna(), "ok", absent), index=codes)
    kept = values.index.isin(list(targets))
    values, statuses = values[kept], statuses[kept]
    if values.empty or values.index.has_duplicates:
        twice = [str(code) for code in values.index[values.index.duplicated()][:5]]
        raise FileError(
            f"{len(twice)} targets stand twice" if twice else "no row is of a target",
            user=f"Des quartiers y figurent deux fois : {', '.join(twice)}."
            if twice
            else "Aucune ligne n’est d’un des quartiers demandés.",
            remedy="Vérifiez le fichier et la colonne des codes.",
            file=str(path),
        )
    return Official(values, statuses)


def read_hidden(
    path: Path,
    columns: Collection[str],
    targets: Collection[str],
    *,
    key: str | None = None,
    period: str | None = None,
) -> Official | None:
    """Read which targets have a secret cell in one of these columns of a table of official values.

    Returns
    -------
    Secrets alone, without any value; None when there is none, or when the table has no such column.
    """
    known = {name.lower(): name for name in table_columns(path)}
    hidden: set[str] = set()
    for name in columns:
        column = known.get(name.strip().lower())
        if column is None or not _has_period(path, column, period):
            continue
        statuses = read_official(path, column, targets, key=key, period=period).statuses
        hidden.update(map(str, statuses.index[statuses == "secret"]))
    if not hidden:
        return None
    codes = pd.Index(sorted(hidden), name="key")
    return Official(pd.Series(np.nan, index=codes), pd.Series("secret", index=codes))


def _has_period(path: Path, column: str, period: str | None) -> bool:
    table = parse_table(read_text(path))
    if not _is_long(table):
        return True
    pairs = zip(table.column("indicator"), table.column("period"), strict=True)
    periods = {when for name, when in pairs if name == column}
    return period in periods or (period is None and len(periods) == 1)


def key_column(table: RawTable, targets: Collection[str], asked: str | None = None) -> str:
    """Return the column that holds codes of targets, or the one asked for."""
    if asked:
        return find_column(table.columns, asked, table.path)
    wanted = set(targets)
    for name, cells in zip(table.columns, table.cells, strict=True):
        if wanted.intersection(cells):
            return name
    raise FileError(
        "no column holds codes of the targets",
        user="Aucune colonne de ce tableau ne contient les codes des quartiers.",
        remedy="Vérifiez le fichier, ou nommez la colonne du code.",
        file=str(table.path),
    )


def table_columns(path: Path) -> tuple[str, ...]:
    """Return the names of the columns of a table; the ids it holds for a table of the project."""
    table = parse_table(read_text(path))
    if _is_long(table):
        return tuple(dict.fromkeys(table.column("indicator")))
    return table.columns


def _numbers(table: RawTable, name: str, path: Path) -> np.ndarray:
    column = find_column(table.columns, name, path)
    return read_numbers(table, table.columns.index(column))


def _is_long(table: RawTable) -> bool:
    return set(table.columns) >= _LONG


def _long(
    table: RawTable, names: Collection[str], period: str | None
) -> dict[str, tuple[pd.Series, pd.Series]]:
    """Return values and statuses by zone of each indicator of a table of the project."""
    texts = pd.DataFrame(
        {name: table.column(name) for name in sorted(_LONG)},
        index=pd.Index(table.column("zone"), name="key"),
    )
    found = {}
    for name in names:
        rows = texts[texts["indicator"] == name]
        periods = sorted(rows["period"].unique())
        only = periods[0] if len(periods) == 1 and period is None else None
        chosen = period if period in periods else only
        if chosen is None:
            raise FileError(
                f"{name} at {len(periods)} periods, asked for {period}",
                user="Le tableau ne dit pas quelle période lire."
                if periods
                else "Cet indicateur n’est pas dans le tableau.",
                remedy=f"Périodes : {', '.join(periods)}."
                if periods
                else f"Indicateurs : {', '.join(list(dict.fromkeys(texts['indicator']))[:12])}.",
                file=str(table.path),
                column=name,
            )
        rows = rows[rows["period"] == chosen]
        values = pd.to_numeric(rows["value"], errors="coerce").astype(float)
        found[name] = (values, rows["status"])
    return found
