"""What reading a file of observations or of outings gives, and the steps that both share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
from numpy.typing import NDArray

from observatoire.errors import FileError
from observatoire.observations.csv_files import CsvSource
from observatoire.observations.dates import parse_dates
from observatoire.observations.files import Rows, Source, unreadable
from observatoire.observations.geo_files import ParquetSource, VectorSource
from observatoire.observations.nominative import (
    PERSONAL_VALUE,
    refuse_nominative_headers,
    refuse_nominative_values,
)
from observatoire.observations.points import missing_column
from observatoire.observations.quarantine import Sieve, summarise

_LONGEST_OUTING = 40
_FICTITIOUS = ("fictif", "fictitious")
_YES = ("oui", "yes", "true", "vrai", "1")


@dataclass(frozen=True)
class Reading:
    """What was read of a file.

    Attributes
    ----------
    file, sha256
        Name and hash: with the row number, the identity of a row.
    frame
        The accepted rows, per `schemas.OBSERVATIONS` or `schemas.OUTINGS`.
    quarantine
        `row`, `column`, `reason` of every other row.
    fictitious
        True when the file says that all of its rows are invented.
    columns
        The choice of columns, part of what makes two imports the same one.
    """

    file: str
    sha256: str
    frame: pd.DataFrame
    quarantine: pd.DataFrame
    fictitious: bool = False
    columns: dict[str, object] = field(default_factory=dict)

    @property
    def read(self) -> int:
        """Return the number of rows in the file: accepted and quarantined."""
        return len(self.frame) + len(self.quarantine)


def open_source(path: Path, *, sep: str | None = None) -> Source:
    """Open a file by its extension.

    Raises
    ------
    FileError
        When the file is not there, is empty, is of no known kind, or cannot be read.
    """
    if not path.is_file():
        raise FileError(
            f"no such file: {path.name}",
            user="Ce fichier n’existe pas.",
            remedy="Vérifiez le chemin.",
            file=path.name,
        )
    if path.stat().st_size == 0:
        raise FileError("empty file", user="Le fichier est vide.", file=path.name)
    kind = path.suffix.lower()
    try:
        if kind in (".csv", ".txt", ".tsv"):
            return CsvSource(path, sep)
        if kind in (".parquet", ".geoparquet"):
            return ParquetSource(path)
        if kind in (".geojson", ".json", ".gpkg"):
            return VectorSource(path)
    except (pa.ArrowException, pyogrio.errors.DataSourceError, OSError, ValueError) as cause:
        raise unreadable(path.name, kind) from cause
    raise FileError(
        f"unknown kind of file: {kind!r}",
        user=f"Le format « {kind or path.name} » n’est pas lu.",
        remedy="Formats lus : CSV, GeoJSON, GeoPackage, Parquet.",
        file=path.name,
    )


def open_checked(path: Path, sep: str | None) -> Source:
    """Open a file and refuse it whole when it looks nominative."""
    source = open_source(path, sep=sep)
    refuse_nominative_headers(source.headers, file=path.name)
    refuse_nominative_values(source.sample(), file=path.name)
    return source


def read_wanted(source: Source, wanted: list[str], file: str, *, geometry: bool = False) -> Rows:
    """Read the named columns; raise `FileError` when one is not there or there is no row."""
    for column in wanted:
        if column not in source.headers:
            raise missing_column(column, source.headers, file)
    rows = source.read(list(dict.fromkeys(wanted)), geometry=geometry)
    if len(rows.frame) + len(rows.broken) == 0:
        raise FileError(
            "no row",
            user="Le fichier n’a aucune ligne sous son en-tête.",
            remedy="Vérifiez l’export.",
            file=file,
        )
    return rows


def says_fictitious(source: Source, file: str) -> bool:
    """Tell whether a file marks its rows as invented; it must then mark all of them."""
    marks = [header for header in source.headers if header.lower() in _FICTITIOUS]
    if not marks:
        return False
    frame = source.read(marks[:1], geometry=False).frame
    said = frame[marks[0]].astype("str").str.strip().str.lower().isin(_YES)
    if said.any() and not said.all():
        raise FileError(
            "some rows are fictitious and some are not",
            user="Certaines lignes sont fictives et d’autres non.",
            remedy="Séparez-les en deux fichiers.",
            file=file,
            row=int(frame.index[~said][0]),
            column=marks[0],
        )
    return bool(said.all())


def refuse_if_nothing_left(kept: pd.DataFrame, quarantine: pd.DataFrame, file: str) -> None:
    """Raise `FileError` when every row was set aside, with the first row's reason."""
    if len(kept):
        return
    first = quarantine.iloc[0]
    most = summarise(quarantine)[0]
    raise FileError(
        f"all {len(quarantine)} rows are set aside, most of them: {most['reason']}",
        user=f"Aucune des {len(quarantine)} lignes n’est utilisable "
        f"(surtout : {most['user']}, {most['rows']} fois).",
        remedy="Vérifiez les colonnes nommées, l’ordre longitude-latitude et le format des dates.",
        file=file,
        row=int(first["row"]),
        column=str(first["column"]),
    )


def sift_dates(values: pd.Series, sieve: Sieve, today: date) -> pd.DataFrame:
    """Read a column of dates; set aside what is unreadable or still to come."""
    dates = parse_dates(values)
    sieve.refuse(dates["date"].isna(), "unreadable date", str(values.name))
    sieve.refuse(dates["date"] > pd.Timestamp(today), "date in the future", str(values.name))
    return dates


def clean_outings(values: pd.Series) -> pd.Series:
    """Return identifiers of outings, trimmed; missing when empty."""
    text = _as_text(values).str.strip()
    return text.where(text.notna() & (text != ""))


def unusable_outings(outings: pd.Series) -> NDArray[np.bool_]:
    """Tell which identifiers are words rather than a reference, or somebody's phone or e-mail."""
    words = outings.str.contains(r"\s", regex=True) & ~outings.str.contains(r"\d", regex=True)
    unusable = words | outings.str.match(PERSONAL_VALUE) | (outings.str.len() > _LONGEST_OUTING)
    return unusable.fillna(False).to_numpy(dtype=bool)


def _as_text(values: pd.Series) -> pd.Series:
    """Return text; whole numbers that a missing value made decimal (`12.0`) are whole again."""
    if pd.api.types.is_float_dtype(values):
        whole = values.dropna().mod(1).eq(0).all()
        values = values.astype("Int64") if whole else values
    return values.astype("str").where(values.notna())
