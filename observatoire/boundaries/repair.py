"""Repair invalid rings without losing ground silently."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from observatoire.crs import WGS84, metric_epsg


@dataclass(frozen=True)
class Repair:
    """One perimeter that was repaired.

    Attributes
    ----------
    code
        Code of the QPV.
    area_change_m2
        Area after repair minus the area that the published rings give by the usual formula, in
        the legal metric CRS. Two lobes crossed in a figure of eight cancel in that formula, so
        the change may be large where nothing moved.
    """

    code: str
    area_change_m2: float


def repair(geometries: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return valid MultiPolygons: every invalid ring repaired, everything else untouched.

    The `structure` method of `make_valid` keeps what the rings enclose, once: ground that a ring
    covers twice stays inside (the `linework` method would punch it out), and both lobes of a
    crossed ring stay (a zero buffer would drop one). Lines and points left over are not ground.

    Parameters
    ----------
    geometries
        Polygons or MultiPolygons, in any CRS; missing stays missing.
    """
    values = geometries.array.to_numpy() if len(geometries) else np.array([], dtype=object)
    invalid = ~shapely.is_missing(values) & ~shapely.is_valid(values)
    repaired = values.copy()
    repaired[invalid] = shapely.make_valid(
        values[invalid], method="structure", keep_collapsed=False
    )
    multi = [as_multipolygon(geometry) for geometry in repaired]
    return gpd.GeoSeries(multi, index=geometries.index, crs=geometries.crs)


def polygons(geometries: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return repaired MultiPolygons in WGS 84; missing where there is no ground.

    Rounding to another CRS may cross a ring again, so both sides are repaired.
    """
    polygonal = geometries.where(geometries.geom_type.isin(["Polygon", "MultiPolygon"]))
    return repair(repair(polygonal).to_crs(WGS84))


def as_multipolygon(geometry: shapely.Geometry | None) -> shapely.MultiPolygon | None:
    """Return the polygonal parts of a geometry as one MultiPolygon; None when there is none."""
    if geometry is None:
        return None
    parts = [
        part
        for part in shapely.get_parts(shapely.get_parts(geometry))
        if part.geom_type == "Polygon" and not part.is_empty
    ]
    return shapely.MultiPolygon(parts) if parts else None


def area_changes(before: gpd.GeoSeries, after: gpd.GeoSeries, departments: pd.Series) -> pd.Series:
    """Areas after minus before, in m² of each territory's legal metric CRS; same index."""
    changes = pd.Series(0.0, index=before.index, name="area_change_m2")
    for department in departments.unique():
        here = departments == department
        epsg = metric_epsg(department)
        changes[here] = after[here].to_crs(epsg).area - before[here].to_crs(epsg).area
    return changes
