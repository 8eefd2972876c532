"""The figures of the map as rows of a table. Pure but for `show`."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from observatoire.catalogue import Indicator
from observatoire.classify import ABSENT, Breaks
from observatoire.component.table import TableCell, TableColumn, TableRow, values_table
from observatoire.labels import read_words
from observatoire.labels.numbers import number, quantity, status_words
from observatoire.labels.numbers import period as period_words
from observatoire.labels.typography import typeset
from observatoire.palettes import LOOKS, sequential
from observatoire.views.doors import Cell


def show(
    frame: pd.DataFrame, indicator: Indicator, period: str, breaks: Breaks, selected: str
) -> str | None:
    """Show the table; return the code of the neighbourhood just picked in it."""
    caption = read_words("carte")(
        "table.caption", label=typeset(indicator.label), period=period_words(period)
    )
    columns = table_columns(
        indicator,
        outings=indicator.kind == "per_outing",
        sites=frame["site_name"].nunique() > 1,
    )
    return values_table(
        columns,
        table_rows(frame, indicator, breaks, [column.id for column in columns]),
        caption=caption,
        key="tableau",
        sort="value",
        down=True,
        selected=selected,
    )


def table_columns(indicator: Indicator, *, outings: bool, sites: bool) -> list[TableColumn]:
    """Return the columns, in French; outings where they are counted, sites if several."""
    words = read_words("carte")
    value = (
        words("table.value_unit", unit=typeset(indicator.unit))
        if indicator.unit
        else words("table.value")
    )
    columns = [
        TableColumn("name", words("table.name")),
        TableColumn("site", words("table.site")),
        TableColumn("value", value, numeric=True),
        TableColumn("outings", words("table.outings"), numeric=True),
        TableColumn("status", words("table.status")),
        TableColumn("code", words("table.code")),
    ]
    left_out = {"outings"} if not outings else set()
    left_out |= {"site"} if not sites else set()
    return [column for column in columns if column.id not in left_out]


def table_rows(
    frame: pd.DataFrame, indicator: Indicator, breaks: Breaks, columns: Sequence[str]
) -> list[TableRow]:
    """Return one row for each neighbourhood; an absence has words and no rank.

    Parameters
    ----------
    frame
        Indexed by code; columns `name`, `commune`, `site_name`, `value`, `status`, `outings`.
    columns
        Ids of the columns, in order.
    """
    rows = []
    for code, row in frame.iterrows():
        commune = row["commune"] if isinstance(row["commune"], str) else ""
        words = status_words(row["status"])
        cells = {
            "name": TableCell(row["name"], row["name"], more=commune),
            "site": TableCell(row["site_name"], row["site_name"]),
            "value": _value_cell(row["value"], row["status"], indicator, breaks),
            "outings": _outings_cell(row["outings"]),
            "status": TableCell(words, words),
            "code": TableCell(str(code), str(code)),
        }
        rows.append(TableRow(str(code), tuple(cells[column] for column in columns)))
    return rows


def _value_cell(value: float, status: str, indicator: Indicator, breaks: Breaks) -> TableCell:
    if status != "ok":
        look = f"look-{status}"
        return TableCell(
            read_words("carte")("table.absent"), None, colour=LOOKS[ABSENT[status]], look=look
        )
    text = number(value, indicator.decimals)
    colour = sequential(len(breaks))[breaks.class_of(value)] if len(breaks) else ""
    return TableCell(text, float(value), colour=colour)


def _outings_cell(outings: object) -> TableCell:
    if pd.isna(outings):  # type: ignore[call-overload]
        return TableCell(read_words("carte")("table.absent"), None)
    return TableCell(number(int(outings)), float(int(outings)))  # type: ignore[call-overload]


def value_words(cell: Cell, indicator: Indicator) -> str:
    """Return a value with its unit, or the words of its absence."""
    if not cell.is_shown:
        return status_words(cell.status)
    return quantity(cell.value, indicator.unit, indicator.decimals)
