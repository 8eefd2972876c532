"""Choose the outlines that surround QPV, lighter, with their papers."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd

from observatoire.boundaries.generalise import simplify
from observatoire.crs import WGS84, metric_epsg
from observatoire.errors import NotFoundError
from observatoire.outlines.reading import OutlineReading
from observatoire.sources import Source

PROPERTIES = {"code": "code", "nom": "name"}

_PLURALS = {"commune": "communes", "iris": "IRIS"}
_HOLDS_SHARE = 0.01  # generalised outlines cross a QPV by a sliver without holding any of it
_NEIGHBOUR_M = 50.0  # generalised neighbours gap by a few metres


def holders(outlines: gpd.GeoDataFrame, boundaries: gpd.GeoDataFrame) -> set[str]:
    """Return the communes that hold a QPV: at least one per cent of its ground lies there.

    Parameters
    ----------
    outlines
        Communes or IRIS per `schemas.OUTLINES`.
    boundaries
        Perimeters per `schemas.BOUNDARIES`.
    """
    found: set[str] = set()
    for epsg, (zones, areas) in _by_epsg(outlines, boundaries).items():
        ground, around = areas.geometry.to_crs(epsg), zones.geometry.to_crs(epsg)
        left, right = around.sindex.query(ground.values, predicate="intersects")
        for qpv, zone in zip(left, right, strict=True):
            shared = ground.iloc[qpv].intersection(around.iloc[zone]).area
            if shared >= _HOLDS_SHARE * ground.iloc[qpv].area:
                found.add(str(zones["code"].iloc[zone])[:5])
    return found


def around(outlines: gpd.GeoDataFrame, boundaries: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the outlines that give QPV their context, sorted by code.

    Communes: those that hold a QPV and their neighbours. IRIS: those of the communes that hold
    one. Parameters are those of `holders`.

    Raises
    ------
    NotFoundError
        When no outline lies under a QPV.
    """
    holding = holders(outlines, boundaries)
    if not holding:
        raise NotFoundError(
            "no outline holds a QPV",
            user="Aucun de ces contours ne contient de quartier prioritaire.",
            remedy="Donnez les contours du territoire des quartiers.",
        )
    held = outlines["code"].str[:5].isin(holding)
    if outlines["kind"].iloc[0] == "commune":
        for epsg, (zones, _) in _by_epsg(outlines, boundaries).items():
            metric = zones.geometry.to_crs(epsg)
            near = metric.distance(metric[held[zones.index]].union_all()) <= _NEIGHBOUR_M
            held[zones.index] |= near
    return outlines[held].sort_values("code").reset_index(drop=True)


def lighten(outlines: gpd.GeoDataFrame, tolerance_m: float) -> gpd.GeoDataFrame:
    """Return outlines simplified by `tolerance_m` more metres and rounded to six decimals."""
    epsg = outlines["department"].map(metric_epsg)
    light = [
        simplify(group.geometry, int(str(code)), tolerance_m)
        for code, group in outlines.groupby(epsg)
    ]
    ground = gpd.GeoSeries(pd.concat(light).reindex(outlines.index), crs=WGS84)
    return outlines.set_geometry(ground).assign(tolerance_m=outlines["tolerance_m"] + tolerance_m)


def outline_members(
    reading: OutlineReading, source: Source, frame: gpd.GeoDataFrame, name: str
) -> dict[str, Any]:
    """Return what a file of extracted outlines says of itself, as foreign members."""
    tolerance = float(frame["tolerance_m"].iloc[0])
    added = tolerance - reading.tolerance_m
    return {
        "name": name,
        "title": f"{len(frame)} {_PLURALS[reading.kind]} autour des quartiers prioritaires",
        "kind": reading.kind,
        "vintage": reading.vintage,
        "tolerance_m": tolerance,
        "publisher": source.publisher,
        "licence": source.licence,
        "modified": (
            f"contours choisis autour des quartiers, généralisés de {added:g} m, coordonnées "
            f"arrondies à six décimales ; la source est précise à {reading.tolerance_m:g} m environ"
        ),
        "source": {
            "name": source.name,
            "title": source.title,
            "file": source.file or reading.path.name,
            "sha256": reading.sha256,
            "features": reading.features,
        },
    }


def _by_epsg(
    outlines: gpd.GeoDataFrame, boundaries: gpd.GeoDataFrame
) -> dict[int, tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]]:
    """Group outlines and perimeters by the metric CRS in which they are to be compared."""
    zones = outlines["department"].map(metric_epsg)
    areas = boundaries["department"].map(metric_epsg)
    return {
        int(epsg): (outlines[zones == epsg], boundaries[areas == epsg])
        for epsg in sorted(set(zones) & set(areas))
    }
