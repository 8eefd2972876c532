"""What every reader of a publication shares: years, checks, and the frame they make."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from observatoire.catalogue import Indicator, read_catalogue
from observatoire.errors import FileError
from observatoire.statistics.tables import RawTable
from observatoire.statistics.zones import Zones

COLUMNS = ("indicator", "period", "zone_kind", "zone", "edition", "value", "status", "source")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_PRODUCERS = ("rp", "filosofi", "cnaf", "cnam", "ft", "asp", "rpls")


@dataclass(frozen=True)
class Asked:
    """What the user says of a file that its own columns do not.

    Attributes
    ----------
    year
        Year of the publication, when its name does not tell it.
    vintages
        Year of the data by producer (`{"rp": "2018"}`), for a publication whose vintages this
        project does not know.
    """

    year: str | None = None
    vintages: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for value in (*self.vintages.values(), *([self.year] if self.year else [])):
            if not _YEAR.fullmatch(value):
                raise FileError(
                    f"not a year: {value!r}",
                    user=f"« {value} » n’est pas une année.",
                    remedy="Une année s’écrit sur quatre chiffres, par exemple 2022.",
                )
        for producer in self.vintages:
            if producer not in _PRODUCERS:
                raise FileError(
                    f"unknown producer {producer!r}",
                    user=f"Le producteur « {producer} » n’existe pas.",
                    remedy=f"Producteurs connus : {', '.join(_PRODUCERS)}.",
                )


@dataclass(frozen=True)
class StatisticsReading:
    """A publication that was read.

    Attributes
    ----------
    path, sha256
        File, and hash of its bytes.
    family
        Which publication it is.
    frame
        Its figures, per `schemas.STATISTICS`.
    ignored
        Named columns that hold no known figure.
    variant
        What the user added that changed the reading (years), for the record of the import.
    """

    path: Path
    sha256: str
    family: str
    frame: pd.DataFrame
    ignored: tuple[str, ...] = ()
    variant: str = ""

    @property
    def periods(self) -> tuple[str, ...]:
        """Return the periods it holds, in order."""
        return tuple(sorted(self.frame["period"].unique()))

    def count(self, status: str) -> int:
        """Return how many figures have that status."""
        return int((self.frame["status"] == status).sum())


@dataclass(frozen=True)
class Draft:
    """What a family's reader hands back: the rest of a reading is the same for all."""

    family: str
    frame: pd.DataFrame
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figures:
    """One published column, ready: an indicator at a period, a value and a status per line."""

    indicator: str
    period: str
    values: npt.NDArray[np.float64]
    statuses: npt.NDArray[np.object_]


def file_year(path: Path, asked: Asked) -> str:
    """Return the year of a publication: the one year in its name, else what the user says.

    Raises
    ------
    FileError
        When nothing tells it, or the name and the user contradict each other.
    """
    found: list[str] = sorted(set(_YEAR.findall(path.stem)))
    if asked.year and len(found) == 1 and found[0] != asked.year:
        raise FileError(
            f"the name says {found[0]}, the user {asked.year}",
            user=f"Le nom du fichier dit {found[0]}, --year dit {asked.year}.",
            remedy="Retirez --year, ou rendez au fichier le nom sous lequel il est publié.",
            file=str(path),
        )
    if asked.year:
        return asked.year
    if len(found) == 1:
        return found[0]
    reason = "plusieurs années" if found else "aucune année"
    raise FileError(
        f"the file name holds {len(found)} years",
        user=f"Le nom du fichier ne dit pas l’année de la publication ({reason}).",
        remedy="Ajoutez --year, par exemple --year 2022.",
        file=str(path),
    )


def require_column(table: RawTable, name: str, publication: str) -> None:
    """Raise `FileError` when the key column of a publication is not there."""
    if name not in table.columns:
        raise FileError(
            f"key column {name!r} is missing",
            user=f"La colonne des codes manque dans ce fichier « {publication} ».",
            remedy=f"Reprenez le fichier tel que publié, avec sa colonne {name}.",
            file=str(table.path),
            column=name,
        )


def check_range(
    table: RawTable, name: str, indicator: Indicator, values: npt.ArrayLike, *, whole: bool = True
) -> None:
    """Raise `FileError` when a count is negative or not whole, or a share is outside 0–100.

    Parts of the income and evolutions are `ratio` in the catalogue: they may be negative, or over
    100. A count that its producer estimates need not be `whole`.
    """
    numbers = np.asarray(values, dtype=float)
    if indicator.kind == "count":
        fraction = (numbers != np.floor(numbers)) & np.isfinite(numbers)
        wrong = (numbers < 0) | fraction & whole
        user = "Un effectif est un nombre entier positif ou nul."
        if not whole:
            user = "Un effectif n’est pas négatif."
        remedy = ""
    elif indicator.kind == "share":
        wrong = (numbers < 0) | (numbers > 100)
        user, remedy = "Un pourcentage va de 0 à 100.", ""
    else:
        return
    if wrong.any():
        raise FileError(
            f"value out of range for {indicator.id} ({indicator.kind})",
            user=user,
            remedy=remedy or "Reprenez le fichier tel que publié.",
            file=str(table.path),
            row=table.rows[int(wrong.argmax())],
            column=name,
        )


def indicator_of(name: str) -> Indicator:
    """Return the catalogue's description of an id that a reader of this package names."""
    return read_catalogue()[name]


def build_frame(zones: Zones, figures: Sequence[Figures], source: str) -> pd.DataFrame:
    """Return the figures of a table, one row per zone and indicator, per `schemas.STATISTICS`."""
    lines, columns = len(zones.codes), len(figures)
    return pd.DataFrame(
        {
            "indicator": np.repeat([item.indicator for item in figures], lines),
            "period": np.repeat([item.period for item in figures], lines),
            "zone_kind": np.tile(zones.kinds, columns),
            "zone": np.tile(zones.codes, columns),
            "edition": np.tile(zones.editions, columns),
            "value": np.concatenate([item.values for item in figures]),
            "status": np.concatenate([item.statuses for item in figures]),
            "source": source,
        }
    )
