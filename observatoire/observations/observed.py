"""A file of observations → a validated frame of points, and what was set aside.

Only the row number, the date, its precision, the count, the outing and the point are kept: no
other column of the file is held, and no hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from observatoire import schemas
from observatoire.crs import WGS84
from observatoire.errors import FileError
from observatoire.observations.files import Rows, Source
from observatoire.observations.nominative import plain
from observatoire.observations.points import (
    Floats,
    Place,
    find_place,
    locate_columns,
    locate_geometry,
    parse_numbers,
)
from observatoire.observations.quarantine import Sieve
from observatoire.observations.reading import (
    Reading,
    clean_outings,
    open_checked,
    read_wanted,
    refuse_if_nothing_left,
    says_fictitious,
    sift_dates,
    unusable_outings,
)
from observatoire.sources import file_sha256

_LARGEST_COUNT = 1_000_000


@dataclass(frozen=True)
class Columns:
    """Which columns of a file hold what; `x` and `y` with the EPSG code of their CRS."""

    date: str
    x: str | None = None
    y: str | None = None
    epsg: int | None = None
    count: str | None = None
    outing: str | None = None

    def as_dict(self) -> dict[str, object]:
        """Return the choice as it is remembered with the import."""
        return {name: value for name, value in vars(self).items() if value is not None}


def theme_id(text: str) -> str:
    """Return the id of a theme: lower case, without accents, words joined by underscores.

    Raises
    ------
    FileError
        When nothing is left of it.
    """
    name = "_".join(plain(text).split())
    if not name or len(name) > 60:
        raise FileError(
            f"not a theme: {text!r}",
            user="Le nom du thème est vide ou trop long.",
            remedy="Donnez un nom court, par exemple --theme rassemblements.",
        )
    return name


def read_observations(
    path: Path, *, theme: str, columns: Columns, today: date, sep: str | None = None
) -> Reading:
    """Read a CSV, GeoJSON, GeoPackage or Parquet file of observations.

    Parameters
    ----------
    theme
        Id of the theme, the same for the whole file.
    columns
        Where the date is, and where the coordinates, the count and the outing are when the file
        does not say it by usual names.
    today
        The day from which a date is in the future.
    sep
        Separator of a CSV file; found when not given.

    Raises
    ------
    NominativeError
        When a column looks nominative: the whole file is refused.
    FileError
        When the file, or a column that was named, cannot be used, or when every row is set aside.
    """
    name = path.name
    source = open_checked(path, sep)
    place = _place(source, columns, name)
    wanted = [columns.date, columns.count, columns.outing]
    wanted += [place.x, place.y] if place else []
    rows = read_wanted(source, [one for one in wanted if one], name, geometry=place is None)
    sieve = Sieve(rows.frame.index)
    if place:
        lon, lat = locate_columns(rows.frame, place, sieve)
    else:
        lon, lat = _locate_shapes(rows, source, sieve)
    table = _table(rows.frame, theme, columns, sieve, today=today)
    frame = _with_points(table, lon, lat, sieve.kept)
    kept = frame[sieve.kept].reset_index(drop=True)
    quarantine = sieve.quarantine(rows.broken)
    refuse_if_nothing_left(kept, quarantine, name)
    schemas.validate(kept, schemas.OBSERVATIONS)
    remembered = {"theme": theme} | columns.as_dict()
    return Reading(
        name, file_sha256(path), kept, quarantine, says_fictitious(source, name), remembered
    )


def _place(source: Source, columns: Columns, file: str) -> Place | None:
    """Return the coordinate columns, None to use the geometry."""
    if source.epsg is not None and columns.x is None and columns.y is None:
        return None
    place = find_place(source.headers, x=columns.x, y=columns.y, epsg=columns.epsg, file=file)
    if place is None:
        raise FileError(
            "no coordinates",
            user="Aucune colonne de coordonnées n’a été trouvée.",
            remedy="Nommez-les : --x COLONNE --y COLONNE --epsg 4326 (degrés) ou 2154 (mètres).",
            file=file,
        )
    return place


def _locate_shapes(rows: Rows, source: Source, sieve: Sieve) -> tuple[Floats, Floats]:
    assert rows.geometry is not None
    assert source.epsg is not None
    return locate_geometry(rows.geometry, source.epsg, sieve)


def _table(
    table: pd.DataFrame, theme: str, columns: Columns, sieve: Sieve, *, today: date
) -> pd.DataFrame:
    """Return everything but the point, for every row, set aside or not."""
    dates = sift_dates(table[columns.date], sieve, today)
    counts = _counts(table, columns.count, sieve)
    outings = pd.Series(pd.NA, index=table.index, dtype="str")
    if columns.outing:
        outings = clean_outings(table[columns.outing])
        sieve.refuse(unusable_outings(outings), "unreadable outing", columns.outing)
    return pd.DataFrame(
        {
            "row": table.index.to_numpy(),
            "theme": pd.Series(theme, index=table.index, dtype="str"),
            "date": dates["date"],
            "precision": dates["precision"],
            "count": counts,
            "outing": outings,
        }
    )


def _with_points(
    table: pd.DataFrame, lon: Floats, lat: Floats, kept: NDArray[np.bool_]
) -> gpd.GeoDataFrame:
    points = np.full(len(table), None, dtype=object)
    points[kept] = shapely.points(lon[kept], lat[kept])
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(points, index=table.index, crs=WGS84))


def _counts(table: pd.DataFrame, column: str | None, sieve: Sieve) -> NDArray[np.int64]:
    """Return the counts; one for each row when the file has no such column."""
    if column is None:
        return np.ones(len(table), dtype=np.int64)
    values = parse_numbers(table[column])
    whole = np.isfinite(values) & (np.mod(values, 1) == 0) & (values <= _LARGEST_COUNT)
    sieve.refuse(~whole, "unreadable count", column)
    sieve.refuse(values < 0, "negative count", column)
    return np.where(sieve.kept, values, 0).astype(np.int64)
