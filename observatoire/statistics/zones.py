"""The zones that a publication names: QPV, IRIS, communes, EPCI, or all QPV of France."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from observatoire import codes
from observatoire.errors import FileError
from observatoire.statistics.tables import RawTable

FRANCE = "FR"
IRIS_EDITION = "2020"
"""Year of the IRIS codes at hand: every IRIS of the three departments that the publications of
2018 to 2020 name exists in the outlines of 2020."""

_CODES = {
    "qpv": "d’un quartier prioritaire (QP042001, QN04201M)",
    "iris": "d’un Iris (422180101)",
    "commune": "d’une commune (42218)",
    "epci": "d’un EPCI (neuf chiffres, le premier est 2)",
}
_TESTS = {"iris": codes.is_iris, "commune": codes.is_commune, "epci": codes.is_epci}


@dataclass(frozen=True)
class Zones:
    """The zones of a table, line by line: kind, code and edition."""

    kinds: npt.NDArray[np.object_]
    codes: npt.NDArray[np.object_]
    editions: npt.NDArray[np.object_]

    @property
    def national(self) -> npt.NDArray[np.bool_]:
        """Tell which lines are the whole of France."""
        return np.asarray(self.kinds == "france", dtype=bool)

    def take(self, lines: npt.NDArray[np.bool_]) -> Zones:
        """Return some of the lines."""
        return Zones(self.kinds[lines], self.codes[lines], self.editions[lines])


def read_zones(
    table: RawTable,
    key: str,
    accepts: tuple[str, ...] = ("qpv",),
    *,
    once: bool = True,
    editions: Mapping[str, str] | None = None,
) -> Zones:
    """Return the zones that a key column names: of one kind and one edition.

    Parameters
    ----------
    key
        Name of the column.
    accepts
        Kinds of zones that the publication has; `france` is a line « Ensemble » (all QPV of
        France), which gets the code `FR` and the edition of the other lines.
    once
        Refuse a zone that appears twice.
    editions
        Year of the geography of the kinds of zones whose codes do not say it; by default
        `IRIS_EDITION` for IRIS.

    Raises
    ------
    FileError
        For a code that is not one, a zone twice, two kinds or two editions in one file.
    """
    raw = table.column(key)
    years = {"iris": IRIS_EDITION, **(editions or {})}
    found = [_kind_of(table, index, key, accepts, years) for index in range(len(raw))]
    own = sorted({pair for pair in found if pair[0] != "france"})
    if len(own) > 1:
        _refuse_mixed(table, key, own)
    kinds = np.array([kind for kind, _ in found], dtype=object)
    zones = Zones(
        kinds,
        np.where(kinds == "france", FRANCE, np.array(raw, dtype=object)),
        np.array([own[0][1] if own else "2015"] * len(raw), dtype=object),
    )
    if once:
        refuse_twice(table, key, zones.codes)
    return zones


def _kind_of(
    table: RawTable, index: int, key: str, accepts: tuple[str, ...], years: Mapping[str, str]
) -> tuple[str, str]:
    code = table.column(key)[index]
    if "france" in accepts and code.lower() == "ensemble":
        return "france", ""
    if "qpv" in accepts and codes.is_qpv(code):
        return "qpv", codes.qpv_edition(code)
    for kind, test in _TESTS.items():
        if kind in accepts and test(code):
            return kind, years[kind]
    expected = " ou ".join(_CODES[kind] for kind in accepts if kind in _CODES)
    raise FileError(
        f"not a code of {accepts}",
        user=f"Ce code n’est pas celui {expected}.",
        remedy="Reprenez le fichier tel que publié : les codes sont du texte, zéros compris.",
        file=str(table.path),
        row=table.rows[index],
        column=key,
    )


def _refuse_mixed(table: RawTable, key: str, own: list[tuple[str, str]]) -> None:
    words = " et ".join(f"{kind} {edition}" for kind, edition in own)
    raise FileError(
        f"several geographies in one file: {own}",
        user=f"Le fichier mêle plusieurs géographies ({words}).",
        remedy="Importez un fichier par géographie.",
        file=str(table.path),
        column=key,
    )


def refuse_twice(table: RawTable, key: str, keys: npt.NDArray[np.object_]) -> None:
    """Raise `FileError` at the first line whose key a line above already has."""
    again = pd.Series(keys).duplicated().to_numpy()
    if again.any():
        raise FileError(
            "a zone appears twice",
            user="Ce territoire figure deux fois dans le fichier.",
            remedy="Gardez une seule ligne par territoire : reprenez le fichier tel que publié.",
            file=str(table.path),
            row=table.rows[int(again.argmax())],
            column=key,
        )
