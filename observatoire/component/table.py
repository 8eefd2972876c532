"""The figures of a map as a table that sorts by column, with its own words and no other's.

Streamlit's own grid is drawn on a canvas, with menus in English and nothing for a screen reader to
hold on to. This one is an HTML table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import streamlit as st

from observatoire.component.shelf import asset_url
from observatoire.labels import read_words

_LOADER = """// the table's own module, cached by the browser
export default async (component) =>
  (await import(new URL(component.data.module, location.origin).href)).default(component);
"""


@dataclass(frozen=True)
class TableColumn:
    """One column: its key, its French header, and whether it holds numbers."""

    id: str
    label: str
    numeric: bool = False


@dataclass(frozen=True)
class TableCell:
    """What is read in a cell, and what it sorts by.

    Attributes
    ----------
    text, more
        What is read, and a second line under it.
    key
        What the column sorts by; None for an absence, which is always last.
    colour, look
        Colour of a swatch before the text, and the name of its pattern; empty for none.
    """

    text: str
    key: float | str | None
    more: str = ""
    colour: str = ""
    look: str = ""


@dataclass(frozen=True)
class TableRow:
    """One neighbourhood: its code, and one cell for each column."""

    code: str
    cells: tuple[TableCell, ...]


def values_table(
    columns: Sequence[TableColumn],
    rows: Sequence[TableRow],
    *,
    caption: str,
    key: str,
    sort: str,
    down: bool = False,
    selected: str = "",
) -> str | None:
    """Show a table; return the code of the row just picked, None in any other run.

    Parameters
    ----------
    columns, rows
        What it holds; the first column names the row.
    caption
        What the table is, for screen readers.
    key
        Identity of the table in the page; it keeps the order its reader chose.
    sort, down
        Column and direction of the first order.
    selected
        Code of the row to highlight.

    Raises
    ------
    ValueError
        When a row does not have one cell for each column.
    """
    if any(len(row.cells) != len(columns) for row in rows):
        raise ValueError(f"every row needs {len(columns)} cells")
    words = read_words("carte")
    result = _component()(
        key=key,
        data={
            "module": asset_url("values_table.js"),
            "caption": caption,
            "columns": [asdict(column) for column in columns],
            "rows": [
                {"code": row.code, "cells": [_cell(cell) for cell in row.cells]} for row in rows
            ],
            "sort": {"column": sort, "down": down},
            "selected": selected,
            "words": {"sort": words("table.sort"), "pick": words("table.pick")},
        },
        on_pick_change=lambda: None,
    )
    return str(result.pick) if result.pick else None


def _cell(cell: TableCell) -> dict[str, Any]:
    """Return a cell without its empty fields; the key always travels."""
    return {name: value for name, value in asdict(cell).items() if value or name in ("key", "text")}


@cache
def _component() -> Any:
    return st.components.v2.component("observatoire_values_table", js=_LOADER, isolate_styles=False)
