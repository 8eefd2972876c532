"""Own tables of figures: one tidy CSV per source, written and read without loss.

`indicator,period,zone_kind,zone,edition,value,status,source`. The value is empty unless the status
is `ok`; an integer has no decimals, any other number is the shortest text that reads back equal.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from observatoire import codes
from observatoire.catalogue import read_catalogue
from observatoire.errors import CodeError, FileError
from observatoire.periods import level_of
from observatoire.schemas import SPREAD_ZONES
from observatoire.statistics.numerals import read_numbers
from observatoire.statistics.reading import COLUMNS, Asked, Draft, check_range
from observatoire.statistics.tables import RawTable
from observatoire.statistics.zones import FRANCE, refuse_twice

TITLE = "Table de chiffres du projet"
_STATUSES = ("ok", "secret", "missing")
_EDITION = re.compile(r"(19|20)\d{2}")
_SOURCE = re.compile(r"[a-z0-9_]+")


def recognises(names: tuple[str, ...]) -> bool:
    """Tell whether the columns are those of such a table, in any order."""
    return set(names) == set(COLUMNS)


def read(table: RawTable, asked: Asked) -> Draft:
    """Return the figures of a table that this project wrote.

    Raises
    ------
    FileError
        When a cell is not what `write_figures` writes.
    """
    frame = pd.DataFrame({name: list(table.column(name)) for name in COLUMNS}, dtype=object)
    frame["value"] = read_numbers(table, table.columns.index("value"))
    _check_words(table, frame)
    _check_zones(table, frame)
    consistent = (frame["status"] == "ok") == frame["value"].notna()
    _refuse_where(table, "value", ~consistent, "La valeur et le statut se contredisent.")
    keys = frame[list(COLUMNS[:5])].agg("|".join, axis=1).to_numpy(dtype=object)
    refuse_twice(table, "zone", keys)
    catalogue = read_catalogue()
    places = frame[frame["zone_kind"] != "spread"]
    counted = places["zone_kind"] != "iris"  # by IRIS, the census estimates
    for (indicator, whole), values in places.groupby(["indicator", counted])["value"]:
        numbers = np.full(len(frame), np.nan)
        numbers[values.index] = values
        check_range(table, "value", catalogue[str(indicator)], numbers, whole=bool(whole))
    _check_spread(table, frame[frame["zone_kind"] == "spread"])
    return Draft("figures", frame)


def write_figures(frame: pd.DataFrame) -> str:
    """Return the CSV text of figures per `schemas.STATISTICS`, sorted, without loss."""
    ordered = frame[list(COLUMNS)].sort_values(list(COLUMNS[:5]), kind="stable")
    texts = ordered.assign(value=[_written(value) for value in ordered["value"]])
    return texts.to_csv(index=False, lineterminator="\n")


def _written(value: float) -> str:
    if np.isnan(value):
        return ""
    return str(int(value)) if value == int(value) else repr(float(value))


def _check_words(table: RawTable, frame: pd.DataFrame) -> None:
    catalogue = read_catalogue()
    known = frame["indicator"].map(lambda name: name in catalogue)
    _refuse_where(table, "indicator", ~known, "Cet indicateur n’est pas au catalogue.")
    status = frame["status"].isin(_STATUSES)
    _refuse_where(table, "status", ~status, f"Un statut est {', '.join(_STATUSES)}.")
    _refuse_where(table, "period", ~frame["period"].map(_is_period), "Ce n’est pas une période.")
    edition = frame["edition"].map(lambda text: bool(_EDITION.fullmatch(text)))
    _refuse_where(table, "edition", ~edition, "Une édition est une année.")
    source = frame["source"].map(lambda text: bool(_SOURCE.fullmatch(text)))
    _refuse_where(table, "source", ~source, "Ce n’est pas le nom d’une source.")


def _check_zones(table: RawTable, frame: pd.DataFrame) -> None:
    tests = {
        "qpv": codes.is_qpv,
        "iris": codes.is_iris,
        "commune": codes.is_commune,
        "epci": codes.is_epci,
        "france": lambda code: code == FRANCE,
        "spread": SPREAD_ZONES.__contains__,
    }
    known = frame["zone_kind"].isin(tests)
    _refuse_where(table, "zone_kind", ~known, f"Un type de territoire est {', '.join(tests)}.")
    for kind, test in tests.items():
        here = frame["zone_kind"] == kind
        wrong = here & ~frame["zone"].map(test)
        _refuse_where(table, "zone", wrong, "Ce code n’est pas celui d’un territoire de ce type.")
    qpv = frame[frame["zone_kind"] == "qpv"]
    other = qpv["zone"].map(codes.qpv_edition) != qpv["edition"]
    wrong = pd.Series(False, index=frame.index)
    wrong[qpv.index] = other
    _refuse_where(table, "edition", wrong, "Ce code de quartier est d’une autre édition.")


def _check_spread(table: RawTable, rows: pd.DataFrame) -> None:
    """Refuse quantiles that are not in order, and more QPV with a value than there are."""
    wide = rows.pivot(index=["indicator", "period", "edition"], columns="zone", values="value")
    wide = wide.reindex(columns=list(SPREAD_ZONES))
    ordered = (wide[list(SPREAD_ZONES[:5])].diff(axis=1).iloc[:, 1:] >= 0).all(axis=1)
    wrong = ~(ordered & (wide["n"] >= 1) & (wide["n"] <= wide["total"]))
    if wrong.any():
        moments = pd.MultiIndex.from_frame(rows[wide.index.names])
        first = rows.index[moments.isin(wide.index[wrong])][0]
        bad = pd.Series(False, index=range(len(table.rows)))
        bad[first] = True
        _refuse_where(table, "value", bad, "La répartition d’un indicateur n’est pas dans l’ordre.")


def _is_period(text: str) -> bool:
    try:
        level_of(text)
    except CodeError:
        return False
    return True


def _refuse_where(table: RawTable, column: str, wrong: pd.Series, user: str) -> None:
    if wrong.any():
        raise FileError(
            f"bad {column}",
            user=user,
            remedy="Reprenez la table telle que « observatoire statistics extract » l’écrit.",
            file=str(table.path),
            row=table.rows[int(wrong.to_numpy().argmax())],
            column=column,
        )
