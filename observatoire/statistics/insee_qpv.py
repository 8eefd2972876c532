"""The thematic databases by QPV: Démographie (DEMO), Revenus (REVN), Insertion (IPRO).

INSEE publishes the same columns for the communes and the EPCI that hold a QPV, to compare with. It
does not say of which year their codes are: the year of the file is taken.

A file gathers several producers, and its year is not the year of the data. The same column name
means different things: `A` is recipient households of the CAF in DEMO and REVN, job-seekers of
category A in IPRO. After the columns of some producers stands a `NOTE_…` column; see `secrecy`
for what an empty cell means.

`TX_TOT_FAM_MONO`, of older files, is not read on purpose: its denominator went from households to
families, and no file at hand holds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from observatoire.errors import FileError
from observatoire.statistics.numerals import read_numbers
from observatoire.statistics.reading import (
    Asked,
    Draft,
    Figures,
    build_frame,
    check_range,
    file_year,
    indicator_of,
    require_column,
)
from observatoire.statistics.secrecy import statuses, uncovered_by_note, uncovered_territories
from observatoire.statistics.tables import RawTable
from observatoire.statistics.zones import Zones, read_zones

KEY = "CODGEO"
_TEXT = frozenset({KEY, "LIBGEO", "LIB_COM"})
_POPULATIONS = frozenset({"POP_MUN", "POP_COM_QP", "POP_COM"})


def _ids(producer: str, names: str) -> dict[str, str]:
    return {name: f"{producer}.{name}" for name in names.split()}


@dataclass(frozen=True)
class Theme:
    """One thematic database.

    Attributes
    ----------
    family, title
        Name here, and as INSEE titles it.
    marks
        Columns that tell it apart from the others.
    columns
        Published column → indicator.
    vintages
        Year of the file → year of the data, for the producers whose data are older than the file;
        the data of the others are of the file's year.
    """

    family: str
    title: str
    marks: frozenset[str]
    columns: Mapping[str, str]
    vintages: Mapping[str, Mapping[str, str]]


CENSUS = {"2019": "2013", "2022": "2018"}
INCOME = {"2019": "2015", "2021": "2017", "2022": "2018"}

DEMO = Theme(
    "insee_qpv_demo",
    "Démographie",
    frozenset({"POP_MUN", "IND_JEUNE", "TX_TOT_0A24"}),
    _ids("rp", "POP_MUN POP_COM_QP POP_COM TX_F TX_TOT_0A24 TX_F_0A24 TX_TOT_60ETPLUS")
    | _ids("rp", "TX_F_60ETPLUS IND_JEUNE TX_TOT_MEN1 TX_TOT_MEN6 TX_TOT_ET TX_F_ET")
    | _ids("cnaf", "A PERCOU AM AI ACSSENF ACAVENF AC3ENF A_NETUD_24 A_ETUD ENF ENF_2 ENF_3_5")
    | _ids("cnaf", "ENF_6_10 ENF_11_14 ENF_15_17 ENF_18_24"),
    {"rp": CENSUS},
)
REVN = Theme(
    "insee_qpv_revn",
    "Revenus",
    frozenset({"TP60", "BREV", "DISP_Q2", "DECUC_Q2"}),
    _ids("filosofi", "PMIMP PART_CHOMPRINC DECUC_Q1 DECUC_Q2 DECUC_Q3 DECUC_D1 DECUC_D9 BREV")
    | _ids("filosofi", "DECUC_D1D9 DISP_Q1 DISP_Q2 DISP_Q3 DISP_D1 DISP_D9 DISP_D1D9 TP60")
    | _ids("filosofi", "PACT PPEN PPSOC PIMPOT PPAT")
    | _ids("cnam", "CCMUC C CC2S C_C2SNP C_C2SP")
    | _ids("cnaf", "A APRES50 APRES100 APPA ARSAS AAAH"),
    {"filosofi": INCOME},
)
_LEVELS = "ABC_INFCAPBEP ABC_CAPBEP ABC_BAC ABC_SUPBAC ABC_DUR1 ABC_DUR2 ABC_DUR3 ABC_DUR4 ABC_RSA"
_BY_SEX = f"ABCDE ABC A {_LEVELS}"
IPRO = Theme(
    "insee_qpv_ipro",
    "Insertion professionnelle",
    frozenset({"ABCDE", "ABC", "TX_TOT_EMPL"}),
    _ids("rp", "TX_TOT_EMPL TX_F_EMPL TX_ET_EMPL TX_TOT_EPREC TX_F_EPREC TX_ET_EPREC")
    | _ids("rp", "TX_TOT_EDLIM TX_F_EDLIM TX_ET_EDLIM")
    | _ids("asp", "CA EVOL_CA_N_E")
    | _ids("ft", " ".join(f"{name}{sex}" for name in _BY_SEX.split() for sex in ("", "_F", "_H")))
    | _ids("ft", "ABC_25 ABC_2649 ABC_50 ABC_FR ABC_E")
    | _ids("ft", " ".join(f"EVOL_{c}{sex}_T4" for c in ("ABC", "A") for sex in ("", "_F", "_H"))),
    {"rp": CENSUS},
)
THEMES = (DEMO, REVN, IPRO)


def read(table: RawTable, theme: Theme, asked: Asked) -> Draft:
    """Return the figures of a thematic database.

    Raises
    ------
    FileError
        When a zone, a number or a year is not what it should be.
    """
    require_column(table, KEY, theme.title)
    year = file_year(table.path, asked)
    accepts = ("qpv", "france", "commune", "epci")
    zones = read_zones(table, KEY, accepts, editions={"commune": year, "epci": year})
    known = [i for i, name in enumerate(table.columns) if name in theme.columns]
    values = {column: read_numbers(table, column) for column in known}
    absences = _absences(table, theme, zones, values)
    figures = []
    for column in known:
        name = table.columns[column]
        indicator = theme.columns[name]
        check_range(table, name, indicator_of(indicator), values[column])
        absent = absences[column] | zones.national | _undefined(table, name, values)
        figures.append(
            Figures(
                indicator,
                vintage(table, theme, indicator, year, asked),
                values[column],
                statuses(values[column], table.cells[column], absent),
            )
        )
    ignored = tuple(
        name
        for name in table.columns
        if name not in theme.columns and name not in _TEXT and not name.startswith("NOTE")
    )
    family = theme.family.replace("qpv", _own_kind(zones))
    return Draft(family, build_frame(zones, figures, f"{family}_{year}"), ignored)


def _own_kind(zones: Zones) -> str:
    """Return the kind of the zones of a file, its national line left aside."""
    return next((str(kind) for kind in zones.kinds if kind != "france"), "qpv")


def vintage(table: RawTable, theme: Theme, indicator: str, year: str, asked: Asked) -> str:
    """Return the year of the data of an indicator in a file of that year.

    Raises
    ------
    FileError
        When the data are older than the file and this project does not know by how much.
    """
    producer = indicator.split(".", 1)[0]
    if producer in asked.vintages:
        return asked.vintages[producer]
    if producer not in theme.vintages:
        return year
    known = theme.vintages[producer]
    if year in known:
        return known[year]
    raise FileError(
        f"vintage of {producer} unknown in the {theme.family} file of {year}",
        user=f"Le millésime des données {producer} de « {theme.title} » {year} est inconnu.",
        remedy=f"Lisez-le dans sa documentation et ajoutez --vintage {producer}=AAAA "
        f"(fichiers connus : {', '.join(known)}).",
        file=str(table.path),
    )


def _absences(
    table: RawTable,
    theme: Theme,
    zones: Zones,
    values: Mapping[int, npt.NDArray[np.float64]],
) -> dict[int, npt.NDArray[np.bool_]]:
    """Return, for each column of figures, the lines its producer does not cover."""
    found = {}
    notes = _notes(table, theme)
    filled: dict[str, npt.NDArray[np.bool_]] = {}
    for column, numbers in values.items():
        if table.columns[column] not in _POPULATIONS:
            producer = _producer(table, theme, column)
            known = np.isfinite(numbers)
            filled[producer] = filled.get(producer, np.zeros(len(known), dtype=bool)) | known
    for column in values:
        producer = _producer(table, theme, column)
        absent = np.zeros(len(zones.codes), dtype=bool)
        if producer in filled:
            absent |= uncovered_territories(zones.codes, zones.kinds, filled[producer])
        if column in notes:
            absent |= uncovered_by_note(table.cells[notes[column]], zones.national)
        found[column] = absent
    return found


def _producer(table: RawTable, theme: Theme, column: int) -> str:
    return theme.columns[table.columns[column]].split(".", 1)[0]


def _notes(table: RawTable, theme: Theme) -> dict[int, int]:
    """Return the note column of each column: the one that closes its producer's run, if any.

    By position, not by name: a file may name the same note twice.
    """
    found: dict[int, int] = {}
    run: list[int] = []
    for index, name in enumerate(table.columns):
        if name.startswith("NOTE"):
            found.update(dict.fromkeys(run, index))
            run = []
        elif name in theme.columns:
            if run and _producer(table, theme, run[-1]) != _producer(table, theme, index):
                run = []
            run.append(index)
    return found


def _undefined(
    table: RawTable, name: str, values: Mapping[int, npt.NDArray[np.float64]]
) -> npt.NDArray[np.bool_]:
    """Tell where an interdecile ratio does not exist, its first decile being zero."""
    lines = np.zeros(len(table.rows), dtype=bool)
    decile = name.removesuffix("D9")
    if name.endswith("_D1D9") and decile in table.columns:
        lines |= values[table.columns.index(decile)] == 0
    return lines
