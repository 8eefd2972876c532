"""The other tables of the page: the areas as they are drawn, and official figures alone. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from observatoire.component.table import TableCell, TableColumn, TableRow
from observatoire.labels import read_words
from observatoire.labels.numbers import number, period, status_words
from observatoire.labels.typography import typeset
from observatoire.views.superposer.layers import Shown
from observatoire.views.superposer.words import area_names, official_cell


def area_columns(shown: Shown) -> list[TableColumn]:
    """Return the columns of the table of areas."""
    labels = read_words("superposer")
    unit = typeset(shown.unit)
    value = labels("parts.value", unit=unit) if unit else labels("parts.value_bare")
    return [
        TableColumn("name", labels("parts.area")),
        TableColumn("code", labels("areas.code")),
        TableColumn("value", value, numeric=True),
    ]


def area_rows(shown: Shown, keys: Iterable[str]) -> list[TableRow]:
    """Return one row for each area; an absence has words and no rank."""
    names = area_names(shown)
    cells = shown.cells.reindex(list(keys))
    return [
        TableRow(
            str(key),
            (
                TableCell(names.get(str(key), str(key)), names.get(str(key), str(key))),
                TableCell(str(key), str(key)),
                _value(float(value), str(status), shown),
            ),
        )
        for key, value, status in zip(cells.index, cells["value"], cells["status"], strict=True)
    ]


def official_columns(shown: Shown, when: str) -> list[TableColumn]:
    """Return the columns of the table of official figures."""
    labels = read_words("superposer")
    return [
        TableColumn("name", labels("table.name")),
        TableColumn("official", labels("table.official", period=period(when)), numeric=True),
    ]


def official_rows(
    shown: Shown, places: pd.DataFrame, official: pd.DataFrame, codes: Iterable[str]
) -> list[TableRow]:
    """Return one row for each neighbourhood: its official figure, or why there is none."""
    rows = []
    for code in codes:
        name, commune = str(places.at[code, "name"]), places.at[code, "commune"]
        more = commune if isinstance(commune, str) else ""
        cells = (TableCell(name, name, more=more), official_cell(official, code, shown))
        rows.append(TableRow(code, cells))
    return rows


def _value(value: float, status: str, shown: Shown) -> TableCell:
    if status != "ok":
        return TableCell(status_words(status), None)
    return TableCell(number(value, shown.decimals), value)
