"""The census by IRIS, and the same columns by commune (`base-cc-…`, « dossier complet »).

INSEE's bases `base-ic-evol-struct-pop`, `-logement`, `-diplomes-formation` and
`-activite-residents`. The vintage is in the column names: `P18_POP1117` is of 2018. Counts are
estimates with decimals. A base of year N is in the geography of 1 January N + 2. Columns of the
complementary exploitation (`C18_…`) are not read; those of the places, of which older bases hold
more, neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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
)
from observatoire.statistics.secrecy import statuses
from observatoire.statistics.tables import RawTable
from observatoire.statistics.zones import read_zones

TITLE = "Recensement par Iris ou par commune"
FAMILY = "insee_ic"
KEYS = {"IRIS": "iris", "CODGEO": "commune"}
_NAME = re.compile(r"P(\d{2})_([A-Z0-9_]+)")
_LAG = 2  # years from the census to the geography it is published in
_PLACES = "COM LIBCOM LIBIRIS LAB_IRIS TYP_IRIS MODIF_IRIS TRIRIS GRD_QUART LIBGEO REG DEP"
_TEXT = frozenset([*_PLACES.split(), "REG2016", "UU2010", "UU2020", *KEYS])


@dataclass(frozen=True)
class Base:
    """One base: its source, the column that tells it apart, and the columns read of it."""

    source: str
    mark: str
    names: tuple[str, ...]


def _base(source: str, mark: str, names: str) -> Base:
    return Base(source, mark, tuple(names.split()))


BASES = (
    _base(
        "insee_ic_population",
        "POPH",
        "POP POPH POPF POP0002 POP0305 POP0610 POP1117 POP1824 POP2539 POP4054 POP5564 POP6579 "
        "POP80P POP0019 POP2064 POP65P POP_ETR POP_IMM",
    ),
    _base(
        "insee_ic_logement",
        "LOGVAC",
        "LOG RP LOGVAC RP_PROP RP_LOC RP_LOCHLMV RP_VOIT1P NPER_RP",
    ),
    _base(
        "insee_ic_diplomes",
        "NSCOL15P",
        "POP1517 SCOL1517 POP1824 SCOL1824 NSCOL15P NSCOL15P_DIPLMIN",
    ),
    _base(
        "insee_ic_activite",
        "ACT1564",
        "POP1564 POP1524 ACT1564 ACT1524 ACTOCC1564 CHOM1564 CHOM1524 ETUD1564 SAL15P SAL15P_CDD "
        "SAL15P_INTERIM",
    ),
)
COLUMNS = {
    name: "rp.POP_MUN" if name == "POP" else f"rp.P_{name}" for base in BASES for name in base.names
}


def recognises(names: tuple[str, ...]) -> bool:
    """Tell whether the columns are those of a base of the census."""
    return any(key in names for key in KEYS) and bool(_bases(names))


def read(table: RawTable, asked: Asked) -> Draft:
    """Return the census counts by IRIS or by commune, at each vintage that the columns name.

    Raises
    ------
    FileError
        When the columns are of another year than the user says, or a zone or a number is not what
        it should be.
    """
    found = _columns(table.columns)
    last = max(year for _, year, _ in found.values())
    if asked.year and asked.year != last:
        raise FileError(
            f"columns of {last}, asked for {asked.year}",
            user=f"Les colonnes de ce fichier sont de {last}.",
            remedy="Le millésime est dans le nom des colonnes : n’ajoutez pas --year.",
            file=str(table.path),
        )
    key = next(name for name in KEYS if name in table.columns)
    edition = str(int(last) + _LAG)
    zones = read_zones(table, key, (KEYS[key],), editions={KEYS[key]: edition})
    frames = []
    for column, (source, year, name) in found.items():
        indicator, values = COLUMNS[name], read_numbers(table, column)
        check_range(table, table.columns[column], indicator_of(indicator), values, whole=False)
        figures = Figures(indicator, year, values, statuses(values, table.cells[column]))
        frames.append(build_frame(zones, [figures], source))
    ignored = tuple(
        name for index, name in enumerate(table.columns) if index not in found and name not in _TEXT
    )
    return Draft(FAMILY, pd.concat(frames, ignore_index=True), ignored)


def _bases(names: tuple[str, ...]) -> list[Base]:
    matches = [_NAME.fullmatch(name) for name in names]
    held = {match[2] for match in matches if match}
    return [base for base in BASES if base.mark in held]


def _columns(names: tuple[str, ...]) -> dict[int, tuple[str, str, str]]:
    """Return the columns to read: position → source, year of the data, bare name.

    A column that two bases of one file share is read once.
    """
    bases = _bases(names)
    found: dict[int, tuple[str, str, str]] = {}
    for index, name in enumerate(names):
        match = _NAME.fullmatch(name)
        base = next((one for one in bases if match and match[2] in one.names), None)
        if match and base:
            century = "20" if int(match[1]) < 60 else "19"
            found[index] = (base.source, f"{century}{match[1]}", match[2])
    return found
