"""Weights by what stands on the ground: dwellings, addresses, households of a grid."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from observatoire.crosswalk.weights import Weights
from observatoire.errors import CrsError, SchemaError

_Positions = npt.NDArray[np.intp]


def dasymetric_weights(
    weights: Weights,
    sources: gpd.GeoSeries,
    targets: gpd.GeoSeries,
    places: gpd.GeoSeries,
    masses: pd.Series,
) -> Weights:
    """Return the weights by mass: w_ij = m_ij / m_i.

    Parameters
    ----------
    weights
        From `area_weights` on the same sources and targets.
    places
        Points (addresses, dwellings) or polygons (buildings, cells of a grid), in the same
        system; the mass of a polygon is spread evenly over its ground.
    masses
        What each place weighs (dwellings, households), not negative, same index.

    Returns
    -------
    Weights by mass. A source without any mass keeps its weights by ground, flagged `fallback`.

    Raises
    ------
    CrsError
        When the places are in another system.
    SchemaError
        On a negative or missing mass, or on places of mixed kinds.

    Notes
    -----
    A point inside counts in every area that holds it; a point on the line between areas counts
    once, in the first. Weighted dasymetric mapping, Wright 1936; Eicher and Brewer 2001.
    """
    _require_masses(sources, places, masses)
    amounts = masses.to_numpy(dtype=float)
    if (shapely.get_type_id(places.to_numpy()) == 0).all():
        found, total = _of_points(sources, targets, places.to_numpy(), amounts)
    else:
        found, total = _of_polygons(weights, sources, targets, places.to_numpy(), amounts)
    pairs = weights.pairs
    keys = pd.MultiIndex.from_frame(pairs[["source", "target"]])
    inside = found.reindex(keys).fillna(0.0).to_numpy()
    whole = total.reindex(pairs["source"]).fillna(0.0).to_numpy()
    weighed = whole > 0
    mass_share = np.divide(inside, whole, out=np.zeros(len(pairs)), where=weighed)
    weight = np.where(weighed, np.minimum(mass_share, 1.0), pairs["weight"])
    return replace(
        weights, pairs=pairs.assign(weight=weight, fallback=~weighed), method="dasymetric"
    )


def _of_points(
    sources: gpd.GeoSeries, targets: gpd.GeoSeries, points: np.ndarray, amounts: np.ndarray
) -> tuple[pd.Series, pd.Series]:
    tree = shapely.STRtree(points)
    in_source, source_point = _holding(tree, sources.to_numpy(), len(points))
    in_target, target_point = _holding(tree, targets.to_numpy(), len(points))
    left = pd.DataFrame({"point": source_point, "source": sources.index.to_numpy()[in_source]})
    left["mass"] = amounts[source_point]
    right = pd.DataFrame({"point": target_point, "target": targets.index.to_numpy()[in_target]})
    both = left.merge(right, on="point")
    found = both.groupby(["source", "target"])["mass"].sum()
    return found, left.groupby("source")["mass"].sum()


def _holding(tree: shapely.STRtree, areas: np.ndarray, count: int) -> tuple[_Positions, _Positions]:
    """Return (area, point) positions: every area that holds a point inside.

    A point that lies inside none goes to the first one on whose line it is.
    """
    inside_area, inside_point = tree.query(areas, predicate="contains")
    touch_area, touch_point = tree.query(areas, predicate="touches")
    held = np.zeros(count, dtype=bool)
    held[inside_point] = True
    _, first = np.unique(touch_point, return_index=True)
    lines = first[~held[touch_point[first]]]
    area = np.concatenate([inside_area, touch_area[lines]])
    point = np.concatenate([inside_point, touch_point[lines]])
    return area, point


def _of_polygons(
    weights: Weights,
    sources: gpd.GeoSeries,
    targets: gpd.GeoSeries,
    polygons: np.ndarray,
    amounts: np.ndarray,
) -> tuple[pd.Series, pd.Series]:
    tree = shapely.STRtree(polygons)
    per_m2 = amounts / shapely.area(polygons)

    def mass(areas: np.ndarray) -> np.ndarray:
        area, place = tree.query(areas, predicate="intersects")
        shared = shapely.area(shapely.intersection(areas[area], polygons[place]))
        return np.bincount(area, weights=shared * per_m2[place], minlength=len(areas))

    pairs = weights.pairs
    pieces = shapely.intersection(
        sources.loc[pairs["source"]].to_numpy(), targets.loc[pairs["target"]].to_numpy()
    )
    keys = pd.MultiIndex.from_frame(pairs[["source", "target"]])
    found = pd.Series(mass(pieces), index=keys)
    used = sources.loc[pd.unique(pairs["source"])]
    return found, pd.Series(mass(used.to_numpy()), index=used.index)


def _require_masses(sources: gpd.GeoSeries, places: gpd.GeoSeries, masses: pd.Series) -> None:
    if places.crs != sources.crs:
        raise CrsError(
            f"weights are in {places.crs}, sources in {sources.crs}",
            user="Les poids et les sources ne sont pas dans le même système de coordonnées.",
            remedy="Reprojetez-les dans le système légal du territoire.",
        )
    amounts = masses.to_numpy(dtype=float)
    wrong = ~np.isfinite(amounts) | (amounts < 0)
    kinds = shapely.get_type_id(places.to_numpy())
    polygonal = np.isin(kinds, (3, 6))
    mixed = bool(len(kinds)) and not ((kinds == 0).all() or polygonal.all())
    unlike = kinds != kinds[0] if len(kinds) and kinds[0] == 0 else ~polygonal
    flat = polygonal & ~(shapely.area(places.to_numpy()) > 0)
    faults = wrong | flat | (unlike if mixed else np.zeros(len(kinds), dtype=bool))
    if faults.any():
        rows = [int(row) + 1 for row in np.flatnonzero(faults)]
        some = ", ".join(map(str, rows[:5])) + (f" et {len(rows) - 5} autres" if rows[5:] else "")
        raise SchemaError(
            f"{len(rows)} weights refused",
            user="Des poids sont absents ou négatifs, ou ne sont ni tous des points ni tous des "
            f"polygones : lignes {some}.",
            remedy="Donnez des points ou des polygones, et un nombre positif ou nul pour chacun.",
            row=rows[0],
            faults=tuple(f"row {row}" for row in rows),
        )
