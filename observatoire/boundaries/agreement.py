"""Whether two files of perimeters say the same thing.

Two outlines of one perimeter agree when at most one square metre of either lies farther than the
allowed gap from the other. Measured on the two official files of 2015: between the WGS 84 and the
Lambert-93 shapefile the 1 296 common perimeters lie within 0.21 mm of each other (3 µm where no
ring was repaired). One centimetre is allowed between outlines at full precision: it lets through a
re-export with seven decimals of a degree, and nothing that anybody moved.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from observatoire.boundaries.generalise import DUST_M2
from observatoire.crs import WGS84, metric_epsg, require_crs

__all__ = ["DUST_M2", "allowed_gap_m", "stray_m2"]

EXACT_M = 0.01
ROUNDING_M = 0.2  # two outlines written with six decimals of a degree


def allowed_gap_m(tolerance_m: float, other_tolerance_m: float) -> float:
    """Return how far apart two outlines of one perimeter may lie, in metres.

    Each lies within its own tolerance of the truth, so the two lie within the sum; generalised
    outlines are also rounded to the sixth decimal of a degree.
    """
    both = tolerance_m + other_tolerance_m
    return both + (ROUNDING_M if both else EXACT_M)


def stray_m2(
    ones: gpd.GeoSeries, others: gpd.GeoSeries, departments: pd.Series, allowed_m: pd.Series
) -> pd.Series:
    """Ground of either outline that lies farther than allowed from the other, in m².

    Parameters
    ----------
    ones, others
        MultiPolygons in EPSG:4326, with the same index; none missing.
    departments
        Department of each, same index: it says in which legal metric CRS to measure.
    allowed_m
        Allowed gap of each pair, in metres, same index.

    Returns
    -------
    float Series, same index; the pair agrees when it is at most `DUST_M2`.
    """
    require_crs(ones, WGS84)
    require_crs(others, WGS84)
    stray = pd.Series(0.0, index=ones.index, name="stray_m2")
    for department in departments.unique():
        here = departments == department
        epsg = metric_epsg(department)
        stray[here] = _stray(
            ones[here].to_crs(epsg).values, others[here].to_crs(epsg).values, allowed_m[here]
        )
    return stray


def _stray(one: Any, other: Any, allowed: pd.Series) -> Any:
    metres = allowed.to_numpy(dtype=float)
    return sum(
        shapely.area(shapely.difference(left, shapely.buffer(right, metres)))
        for left, right in ((one, other), (other, one))
    )
