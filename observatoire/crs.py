"""The legal metric CRS of each territory, and the guards around it.

Coordinates rest and travel in WGS 84 (EPSG:4326). Areas, distances and buffers are computed only
in the territory's legal metric CRS (décret n° 2000-1276 modified, arrêté du 5 mars 2019); a
territory without one here is an error, never a guess.
"""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
from pyproj import CRS

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
    parsed = CRS.from_user_input(crs)
    epsg = parsed.to_epsg() or parsed.to_epsg(min_confidence=20)
    if epsg is None:
        authority = parsed.to_authority(min_confidence=20)
        raise CrsError(
            f"no EPSG code for CRS {parsed.name!r} (authority {authority})",
            user=f"Le système de coordonnées « {parsed.name} » n’est pas reconnu.",
            remedy="Exportez le fichier en WGS 84 (EPSG:4326) ou en Lambert-93 (EPSG:2154).",
            file=file,
        )
    return int(epsg)


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
