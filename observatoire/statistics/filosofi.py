"""Disposable income by IRIS or by commune (Filosofi). The year is in the column names.

`DISP_TP6018` (IRIS) and `TP6018` (communes) are of 2018. Published for IRIS of communes of 10 000
inhabitants or more (5 000 from 2019). The tables of declared income by commune name other figures
in the same way: a table of communes is read when it has the taxes (`PIMPOT18`), which only
disposable income has. An empty cell is `secret`. Where the statistic is the same as by QPV it has
the same id: `DISP_MED18` is `filosofi.DISP_Q2`, `DISP_RD18` is `filosofi.DISP_D1D9`.
"""

from __future__ import annotations

import re

from observatoire.errors import FileError
from observatoire.statistics.reading import Asked, Draft, require_column
from observatoire.statistics.simple import Layout, figures_of_year
from observatoire.statistics.tables import RawTable
from observatoire.statistics.zones import read_zones

TITLE = "Filosofi par Iris ou par commune"
KEYS = {"IRIS": "iris", "CODGEO": "commune"}
_NAMES = {
    "IRIS": re.compile(r"DISP_([A-Z0-9]+?)(\d{2})"),
    "CODGEO": re.compile(r"([A-Z0-9]+?)(\d{2})"),
}
_TAXES = "filosofi.PIMPOT"
_SAME = {"TP60", "S80S20", "PACT", "PTSA", "PCHO", "PBEN", "PPEN", "PPAT", "PPSOC", "PPFAM"} | {
    "PPMINI",
    "PPLOGT",
    "PIMPOT",
}
_DISTRIBUTION = ("Q1", "Q3", "EQ", "D1", "D2", "D3", "D4", "D6", "D7", "D8", "D9")
_BASES = (
    {name: f"filosofi.{name}" for name in _SAME}
    | {name: f"filosofi.DISP_{name}" for name in _DISTRIBUTION}
    | {
        "MED": "filosofi.DISP_Q2",
        "Q2": "filosofi.DISP_Q2",
        "RD": "filosofi.DISP_D1D9",
        "GI": "filosofi.GINI",
    }
)


def columns_of(names: tuple[str, ...]) -> dict[str, str]:
    """Return the figure columns among names, with the indicator of each."""
    key = next((name for name in KEYS if name in names), "IRIS")
    matches = {name: _NAMES[key].fullmatch(name) for name in names}
    found = {
        name: _BASES[match[1]] for name, match in matches.items() if match and match[1] in _BASES
    }
    return found if key == "IRIS" or _TAXES in found.values() else {}


def recognises(names: tuple[str, ...]) -> bool:
    """Tell whether the columns are those of this publication."""
    return bool(columns_of(names))


def read(table: RawTable, asked: Asked) -> Draft:
    """Return the income figures by IRIS or by commune.

    Raises
    ------
    FileError
        When the columns are of several years, or of another year than the user says, or a zone or
        a number is not what it should be.
    """
    key = next((name for name in KEYS if name in table.columns), "IRIS")
    require_column(table, key, TITLE)
    columns = columns_of(table.columns)
    years = sorted({f"20{name[-2:]}" for name in columns})
    if len(years) > 1 or (asked.year and asked.year != years[0]):
        raise FileError(
            f"columns of {years}, asked for {asked.year}",
            user=f"Les colonnes de ce fichier sont de {' et de '.join(years)}.",
            remedy="Le millésime est dans le nom des colonnes : n’ajoutez pas --year, et importez "
            "un fichier par année.",
            file=str(table.path),
        )
    kind = KEYS[key]
    zones = read_zones(table, key, (kind,), editions={"commune": years[0]})
    note = f"DISP_NOTE{years[0][2:]}"
    layout = Layout(columns, frozenset({key, "LIBIRIS", "COM", "LIBCOM", "LIBGEO", note}))
    frame, ignored = figures_of_year(table, layout, zones, years[0], f"filosofi_{kind}_{years[0]}")
    return Draft(f"filosofi_{kind}", frame, ignored)
