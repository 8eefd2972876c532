"""The publications of one table, one producer, one year: shared by social housing and the CAF."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from observatoire.statistics.numerals import read_numbers
from observatoire.statistics.reading import Figures, build_frame, check_range, indicator_of
from observatoire.statistics.secrecy import statuses
from observatoire.statistics.tables import RawTable
from observatoire.statistics.zones import Zones


@dataclass(frozen=True)
class Layout:
    """Where a table of one year has its figures.

    Attributes
    ----------
    columns
        Published column → indicator.
    text
        Columns that hold no figure and are known.
    """

    columns: Mapping[str, str]
    text: frozenset[str]


def figures_of_year(
    table: RawTable, layout: Layout, zones: Zones, period: str, source: str
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the figures of a table whose columns are all of one period, and unknown columns.

    An empty cell is `secret`, unless the column is empty for every zone.

    Raises
    ------
    FileError
        When a number is not one, or is out of range.
    """
    figures = []
    for column, name in enumerate(table.columns):
        if name not in layout.columns:
            continue
        indicator = layout.columns[name]
        values = read_numbers(table, column)
        check_range(table, name, indicator_of(indicator), values)
        figures.append(Figures(indicator, period, values, statuses(values, table.cells[column])))
    ignored = tuple(
        name for name in table.columns if name not in layout.columns and name not in layout.text
    )
    return build_frame(zones, figures, source), ignored
