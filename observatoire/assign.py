"""Points → areas at full precision, by the rule of `ST_Intersects`: a boundary counts. Pure.

Simple and exact on purpose: it is what anything faster is compared with.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from observatoire.crs import WGS84, require_crs


def assign(points: gpd.GeoSeries, areas: gpd.GeoSeries) -> pd.Series:
    """Return the code of the area that each point lies in.

    Parameters
    ----------
    points
        Points in EPSG:4326, any index; a missing or empty point lies nowhere.
    areas
        Polygons in EPSG:4326, indexed by code.

    Returns
    -------
    Text Series `code` with the index of `points`, missing outside every area. A point of several
    areas (on a shared boundary) goes to the first code in alphabetical order.

    Raises
    ------
    CrsError
        When either is not in EPSG:4326: two systems would silently give no match.
    """
    require_crs(points, WGS84)
    require_crs(areas, WGS84)
    ordered = areas.sort_index(ascending=False)
    tree = shapely.STRtree(points.to_numpy())
    which, hit = tree.query(ordered.to_numpy(), predicate="intersects")
    codes = np.full(len(points), None, dtype=object)
    last = np.argsort(which, kind="stable")  # so that the first code is written last
    codes[hit[last]] = ordered.index.to_numpy(dtype=object)[which[last]]
    return pd.Series(codes, index=points.index, dtype="str", name="code")
