"""Lighter outlines that stay true: valid, within a stated distance, without new overlaps."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from observatoire.boundaries.repair import as_multipolygon
from observatoire.crs import WGS84, require_crs

DECIMALS = 6
DUST_M2 = 1.0
_GRID = 10.0**-DECIMALS  # degrees: about 0.11 m in latitude
_APART_M = 0.25  # wider than what rounding both outlines to the grid can close


def generalise(geometries: gpd.GeoSeries, epsg: int, tolerance_m: float) -> gpd.GeoSeries:
    """Simplify polygons in a metric CRS and round them to six decimals of a degree.

    Each outline is simplified by itself (Douglas–Peucker, rings never crossing), so it lies
    within `tolerance_m` of the published one, plus the rounding. Where two neighbours that did
    not overlap now do, the second in the given order steps back behind the first.

    Parameters
    ----------
    geometries
        Valid MultiPolygons, EPSG:4326, all in one territory.
    epsg
        The legal metric CRS of that territory.
    tolerance_m
        In metres; 0 only rounds.

    Returns
    -------
    Valid MultiPolygons, EPSG:4326, same index.
    """
    require_crs(geometries, WGS84)
    before = geometries.to_crs(epsg)
    after = simplify(geometries, epsg, tolerance_m)
    for _ in range(10):  # stepping back may meet a third neighbour
        pairs = _new_overlaps(before, after.to_crs(epsg))
        if not pairs:
            break
        after = _step_back(before, after, epsg, pairs)
    return after


def simplify(geometries: gpd.GeoSeries, epsg: int, tolerance_m: float) -> gpd.GeoSeries:
    """Simplify each outline by itself and round it, whatever its neighbours do.

    Parameters and result are those of `generalise`. Parts under one square metre are dust of
    drawing, which the rounding cannot hold: they go, unless there is nothing else.
    """
    require_crs(geometries, WGS84)
    metric = without_dust(geometries.to_crs(epsg))
    lighter = [_within(geometry, tolerance_m) for geometry in metric]
    metric = gpd.GeoSeries(lighter, index=metric.index, crs=epsg)
    return round_to_grid(metric.to_crs(WGS84))


def _within(geometry: Any, tolerance_m: float) -> Any:
    """Simplify one outline so that no point of it moves farther than the tolerance.

    GEOS also drops the point where a ring starts, which adds a second displacement to the first:
    a few outlines in a thousand overshoot, and are simplified less.
    """
    step = tolerance_m
    while step > tolerance_m / 100:
        lighter = geometry.simplify(step)
        if shapely.hausdorff_distance(geometry.boundary, lighter.boundary) <= tolerance_m:
            return lighter
        step /= 2
    return geometry


def without_dust(metric: gpd.GeoSeries) -> gpd.GeoSeries:
    """Drop the parts under 1 m² of MultiPolygons in a metric CRS, unless there is nothing else."""
    kept = [
        as_multipolygon(shapely.multipolygons(solid)) if solid else geometry
        for geometry in metric
        for solid in [[part for part in geometry.geoms if part.area >= DUST_M2]]
    ]
    return gpd.GeoSeries(kept, index=metric.index, crs=metric.crs)


def round_to_grid(geometries: gpd.GeoSeries) -> gpd.GeoSeries:
    """Round degrees to six decimals; the result is valid, its rings start and turn the same way.

    Rings turn as RFC 7946 asks (outside counter-clockwise), parts and starting points are in a
    canonical order, so the same ground always gives the same bytes.
    """
    rounded = shapely.set_precision(geometries.values, _GRID)
    multi = [as_multipolygon(geometry) for geometry in rounded]
    canonical = shapely.orient_polygons(shapely.normalize(np.array(multi, dtype=object)))
    return gpd.GeoSeries(canonical, index=geometries.index, crs=WGS84)


def _new_overlaps(before: gpd.GeoSeries, after: gpd.GeoSeries) -> list[tuple[int, int]]:
    """Return the pairs of positions that overlap on more ground than they did."""
    left, right = after.sindex.query(after.values, predicate="intersects")
    pairs = [(int(i), int(j)) for i, j in zip(left, right, strict=True) if i < j]
    return sorted(pair for pair in pairs if _overlap(after, pair) > _overlap(before, pair) + 1e-6)


def _overlap(geometries: gpd.GeoSeries, pair: tuple[int, int]) -> float:
    one, other = (geometries.iloc[position] for position in pair)
    return float(one.intersection(other).area)


def _step_back(
    before: gpd.GeoSeries, after: gpd.GeoSeries, epsg: int, pairs: list[tuple[int, int]]
) -> gpd.GeoSeries:
    metric = after.to_crs(epsg)
    for first, second in pairs:
        shared = before.iloc[first].intersection(before.iloc[second])
        metric.iloc[second] = _behind(metric.iloc[second], metric.iloc[first], shared)
    return round_to_grid(metric.to_crs(WGS84))


def _behind(outline: Any, neighbour: Any, shared: Any) -> Any:
    """Return an outline cut a little behind its neighbour, but for what they always shared."""
    wall = neighbour.buffer(_APART_M, join_style="mitre")
    kept = outline.difference(wall)
    if shared.area:
        kept = kept.union(outline.intersection(shared))
    return outline if kept.is_empty else kept
