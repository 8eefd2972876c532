"""The legal metric CRS of each territory, and the guards around it.

Coordinates rest and travel in WGS 84 (EPSG:4326). Areas, distances and buffers are computed only
in the territory's legal metric CRS (décret n° 2000-1276 modified, arrêté du 5 mars 2019); a
territory without one here is an error, never a guess.
"""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError as ProjError

from observatoire.codes import qpv_department
from observatoire.errors import CrsError

WGS84 = 4326
LAMBERT93 = 2154

_OVERSEAS_METRIC: dict[str, int] = {
    "971": 5490,  # Guadeloupe
    "972": 5490,  # Martinique
    "977": 5490,  # Saint-Barthélemy
    "978": 5490,  # Saint-Martin
    "973": 2972,  # Guyane
    "974": 2975,  # La Réunion
    "976": 4471,  # Mayotte
    "987": 3297,  # Polynésie française (Tahiti, Moorea)
}
KNOWN_METRIC: frozenset[int] = frozenset({LAMBERT93, *_OVERSEAS_METRIC.values()})


def metric_epsg(department: str) -> int:
    """Return the EPSG code of the legal metric CRS of a department or overseas territory.

    Raises
    ------
    CrsError
        For a territory this module does not know.
    """
    if department in _OVERSEAS_METRIC:
        return _OVERSEAS_METRIC[department]
    if department in ("2A", "2B") or (department.isdigit() and 1 <= int(department) <= 95):
        return LAMBERT93
    raise CrsError(
        f"no legal metric CRS known for territory {department!r}",
        user=f"Aucun système de coordonnées légal n’est connu pour le territoire « {department} ».",
        remedy="Vérifiez les codes du fichier ; ce territoire n’est pas pris en charge.",
    )


def canonical_epsg(crs: object, *, file: str = "") -> int:
    """Return the EPSG code a file's CRS stands for, also for old ESRI `.prj` texts.

    The official Lambert-93 shapefile names itself `RGF93_Lambert_93`, which compares unequal to
    EPSG:2154 though it is the same system; this returns 2154 for it.

    Raises
    ------
    CrsError
        Without a CRS, or with one that has no EPSG equivalent.
    """
    if crs is None:
        raise CrsError(
            "the file declares no coordinate reference system",
            user="Le fichier ne dit pas dans quel système de coordonnées il est.",
            remedy="Ajoutez le fichier .prj, ou exportez en WGS 84 (EPSG:4326).",
            file=file,
        )
    try:
        parsed = CRS.from_user_input(crs).to_2d()
    except ProjError as cause:
        raise _unrecognised("an unreadable definition", file) from cause
    epsg = parsed.to_epsg() or parsed.to_epsg(min_confidence=20)
    if epsg is None or not _same_places(parsed, epsg):
        raise _unrecognised(parsed.name, file)
    return int(epsg)


def _unrecognised(name: str, file: str) -> CrsError:
    return CrsError(
        f"no EPSG code for the CRS {name!r}",
        user="Le système de coordonnées du fichier n’est pas reconnu.",
        remedy="Exportez le fichier en WGS 84 (EPSG:4326) ou en Lambert-93 (EPSG:2154).",
        file=file,
    )


def _same_places(crs: CRS, epsg: int) -> bool:
    """Tell whether a CRS puts points where EPSG's does, to 1e-7 degree (about a centimetre).

    A name is not enough: a `.prj` that calls itself Lambert-93 with another false easting is
    identified as Lambert-93 by its name.
    """
    reference = CRS.from_epsg(epsg)
    if crs == reference or reference.area_of_use is None:
        return bool(crs == reference)
    west, south, east, north = reference.area_of_use.bounds
    inside = [(0.3, 0.3), (0.7, 0.4), (0.5, 0.7)]
    lons = [west + share * (east - west) for share, _ in inside]
    lats = [south + share * (north - south) for _, share in inside]
    there = Transformer.from_crs(WGS84, reference, always_xy=True).transform(lons, lats)
    back = Transformer.from_crs(crs, WGS84, always_xy=True).transform(*there)
    again = Transformer.from_crs(reference, WGS84, always_xy=True).transform(*there)
    axes = zip(back, again, strict=True)
    return all(abs(a - b) < 1e-7 for axis in axes for a, b in zip(*axis, strict=True))


def require_crs(frame: gpd.GeoDataFrame | gpd.GeoSeries, epsg: int) -> None:
    """Raise `CrsError` unless the frame is in exactly that CRS (geopandas would only warn)."""
    if frame.crs is None or frame.crs.to_epsg() != epsg:
        raise CrsError(f"expected EPSG:{epsg}, got {frame.crs}")


def metric_areas(geometries: gpd.GeoSeries, departments: pd.Series) -> pd.Series:
    """Areas in m², each in its territory's legal metric CRS.

    Parameters
    ----------
    geometries
        Polygons in EPSG:4326.
    departments
        Department of each polygon, same index.

    Returns
    -------
    float Series `area_m2`, same index; missing geometry gives missing area.
    """
    require_crs(geometries, WGS84)
    areas = pd.Series(float("nan"), index=geometries.index, name="area_m2")
    for department in departments.unique():
        here = departments == department
        areas[here] = geometries[here].to_crs(metric_epsg(department)).area
    return areas


def qpv_metric_epsg(code: str) -> int:
    """Return the legal metric CRS of a QPV from its code."""
    return metric_epsg(qpv_department(code))
