"""The income panel by QPV, 2012–2021: median income, poverty rate, Gini, S80/S20.

One line per QPV and year. Statistics that did not exist a year (Gini, S80/S20 in 2012) are empty
for all that year: `missing`. Any other empty cell is `secret`: the small QPV of 2021.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from observatoire.errors import FileError
from observatoire.statistics.numerals import read_numbers
from observatoire.statistics.reading import (
    Asked,
    Draft,
    Figures,
    build_frame,
    check_range,
    indicator_of,
    require_column,
)
from observatoire.statistics.secrecy import statuses
from observatoire.statistics.tables import RawTable
from observatoire.statistics.zones import read_zones, refuse_twice

FAMILY = "insee_qpv_panel_revenus"
TITLE = "Panel des revenus par quartier"
KEY, YEAR = "code", "annee"
COLUMNS = {
    "revenu_median": "filosofi.DISP_Q2",
    "taux_pauvrete": "filosofi.TP60",
    "gini": "filosofi.GINI",
    "s80s20": "filosofi.S80S20",
}
MARKS = frozenset({"revenu_median", "taux_pauvrete"})


def read(table: RawTable, asked: Asked) -> Draft:
    """Return the figures of the panel; the year is a column, so `asked` is of no use.

    Raises
    ------
    FileError
        When a zone, a year or a number is not what it should be, or a QPV has a year twice.
    """
    require_column(table, KEY, TITLE)
    require_column(table, YEAR, TITLE)
    zones = read_zones(table, KEY, once=False)
    years = _years(table)
    refuse_twice(table, KEY, zones.codes + years)
    frames = []
    columns = [i for i, name in enumerate(table.columns) if name in COLUMNS]
    values = {column: read_numbers(table, column) for column in columns}
    for column in columns:
        name = table.columns[column]
        check_range(table, name, indicator_of(COLUMNS[name]), values[column])
    for year in sorted(set(years)):
        lines = years == year
        figures = [
            Figures(
                COLUMNS[table.columns[column]],
                year,
                values[column][lines],
                statuses(values[column][lines], _taken(table.cells[column], lines)),
            )
            for column in columns
        ]
        frames.append(build_frame(zones.take(lines), figures, FAMILY))
    ignored = tuple(n for n in table.columns if n not in COLUMNS and n not in (KEY, YEAR))
    return Draft(FAMILY, pd.concat(frames, ignore_index=True), ignored)


def _taken(cells: Sequence[str], lines: npt.NDArray[np.bool_]) -> list[str]:
    return [cell for cell, kept in zip(cells, lines, strict=True) if kept]


def _years(table: RawTable) -> npt.NDArray[np.object_]:
    years = table.column(YEAR)
    for index, year in enumerate(years):
        if not re.fullmatch(r"(19|20)\d{2}", year):
            raise FileError(
                "not a year",
                user="Cette cellule n’est pas une année.",
                remedy="Une année s’écrit sur quatre chiffres, par exemple 2018.",
                file=str(table.path),
                row=table.rows[index],
                column=YEAR,
            )
    return np.array(years, dtype=object)
