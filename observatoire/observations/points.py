"""Where a row is: longitude and latitude by their usual names, or projected coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError as ProjError

from observatoire.crs import WGS84
from observatoire.errors import CrsError, FileError
from observatoire.observations.quarantine import Sieve

Floats = NDArray[np.float64]
_LONGITUDES = ("lon", "longitude", "lng", "long", "lon_wgs84", "x_wgs84", "coord_lon")
_LATITUDES = ("lat", "latitude", "lat_wgs84", "y_wgs84", "coord_lat")
_EASTINGS = ("x", "coord_x", "x_l93", "x_lambert93", "easting")
_NORTHINGS = ("y", "coord_y", "y_l93", "y_lambert93", "northing")

# Extents in degrees (west, south, east, north) of the territories whose legal CRS is known, sea
# included: a point outside all of them has swapped, missing or foreign coordinates.
TERRITORIES: dict[str, tuple[float, float, float, float]] = {
    "hexagone and Corse": (-5.3, 41.2, 9.7, 51.2),
    "Guadeloupe": (-62.0, 15.7, -60.9, 16.6),
    "Saint-Martin and Saint-Barthélemy": (-63.3, 17.8, -62.7, 18.2),
    "Martinique": (-61.3, 14.3, -60.7, 15.0),
    "Guyane": (-54.7, 2.0, -51.5, 6.0),
    "La Réunion": (55.1, -21.5, 55.95, -20.8),
    "Mayotte": (44.9, -13.1, 45.4, -12.5),
    "Polynésie française": (-155.0, -28.0, -134.0, -7.5),
}


@dataclass(frozen=True)
class Place:
    """Columns of the coordinates and their CRS; no column when the file has a geometry."""

    x: str
    y: str
    epsg: int


def find_place(
    headers: Sequence[str], *, x: str | None, y: str | None, epsg: int | None, file: str
) -> Place | None:
    """Return the columns of the coordinates of a table; None when there is none to be found.

    Raises
    ------
    FileError
        When only one of `x` and `y` is named, when a named one is not there, or when projected
        coordinates come without their EPSG code.
    CrsError
        For an EPSG code that does not exist.
    """
    if (x is None) != (y is None):
        raise FileError(
            "only one of the two coordinate columns is named",
            user="Une seule des deux colonnes de coordonnées est nommée.",
            remedy="Donnez --x et --y ensemble, avec --epsg.",
            file=file,
        )
    if x is not None and y is not None:
        for name in (x, y):
            if name not in headers:
                raise missing_column(name, headers, file)
        return Place(x, y, _require_epsg(epsg, file))
    degrees = _pair(headers, _LONGITUDES, _LATITUDES)
    if degrees and epsg in (None, WGS84):
        return Place(*degrees, WGS84)
    metres = _pair(headers, _EASTINGS, _NORTHINGS)
    return Place(*metres, _require_epsg(epsg, file)) if metres else None


def missing_column(name: str, headers: Sequence[str], file: str) -> FileError:
    """Return the error of a column that is not in the file."""
    known = ", ".join(header for header in headers if header) or "aucune"
    return FileError(
        f"no column {name!r}",
        user=f"La colonne « {name} » n’existe pas.",
        remedy=f"Colonnes du fichier : {known}.",
        file=file,
        column=name,
    )


def parse_numbers(values: pd.Series) -> Floats:
    """Read numbers, with a decimal comma or point and any spaces; NaN for what is not a number."""
    if pd.api.types.is_bool_dtype(values):
        return np.full(len(values), np.nan)
    if pd.api.types.is_numeric_dtype(values):
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    text = values.astype("str").str.replace(r"\s", "", regex=True)
    text = text.str.replace(",", ".", regex=False)
    return pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def locate_columns(frame: pd.DataFrame, place: Place, sieve: Sieve) -> tuple[Floats, Floats]:
    """Return longitudes and latitudes from coordinate columns, in degrees."""
    for name in (place.x, place.y):
        empty = frame[name].isna() | (frame[name].astype("str").str.strip() == "")
        sieve.refuse(empty.fillna(True), "no coordinates", name)
    x, y = parse_numbers(frame[place.x]), parse_numbers(frame[place.y])
    for name, values in ((place.x, x), (place.y, y)):
        sieve.refuse(~np.isfinite(values), "unreadable coordinates", name)
    return _in_territory(x, y, place.epsg, sieve, place.x)


def locate_geometry(
    geometry: NDArray[np.object_], epsg: int, sieve: Sieve
) -> tuple[Floats, Floats]:
    """Return longitudes and latitudes of point geometries (a multipoint of one is a point)."""
    sieve.refuse(shapely.is_missing(geometry), "no coordinates", "geometry")
    kinds = shapely.get_type_id(geometry)
    lone = (kinds == shapely.GeometryType.MULTIPOINT) & (shapely.get_num_geometries(geometry) == 1)
    points = geometry.copy()
    points[lone] = shapely.get_geometry(geometry[lone], 0)
    sieve.refuse(shapely.is_empty(geometry), "no coordinates", "geometry")
    sieve.refuse((kinds != shapely.GeometryType.POINT) & ~lone, "not a point", "geometry")
    points[~sieve.kept] = None
    x, y = shapely.get_x(points), shapely.get_y(points)
    sieve.refuse(~(np.isfinite(x) & np.isfinite(y)), "unreadable coordinates", "geometry")
    return _in_territory(x, y, epsg, sieve, "geometry")


def _in_territory(
    x: Floats, y: Floats, epsg: int, sieve: Sieve, column: str
) -> tuple[Floats, Floats]:
    if epsg == WGS84:
        lon, lat = x, y
    else:
        lon, lat = Transformer.from_crs(epsg, WGS84, always_xy=True).transform(x, y)
    inside = np.zeros(len(lon), dtype=bool)
    for west, south, east, north in TERRITORIES.values():
        inside |= (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    sieve.refuse(~inside, "outside the territory", column)
    return lon, lat


def _pair(
    headers: Sequence[str], first: Sequence[str], second: Sequence[str]
) -> tuple[str, str] | None:
    by_name = {header.strip().lower(): header for header in reversed(headers)}
    one = next((by_name[name] for name in first if name in by_name), None)
    two = next((by_name[name] for name in second if name in by_name), None)
    return (one, two) if one is not None and two is not None else None


def _require_epsg(epsg: int | None, file: str) -> int:
    if epsg is None:
        raise FileError(
            "projected coordinates without an EPSG code",
            user="Le système des coordonnées x et y n’est pas dit.",
            remedy="Ajoutez --epsg 2154 (Lambert-93), --epsg 4326 (degrés) ou celui du territoire.",
            file=file,
        )
    try:
        CRS.from_epsg(epsg)
    except ProjError as cause:
        raise CrsError(
            f"EPSG:{epsg} does not exist",
            user=f"Le système de coordonnées EPSG:{epsg} n’existe pas.",
            remedy="Exemples : 2154 (Lambert-93), 4326 (WGS 84), 2975 (La Réunion).",
            file=file,
        ) from cause
    return epsg
