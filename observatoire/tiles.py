"""Every perimeter at one ground scale, each in a tile of its own, ordered by site and town.

A map of three distant sites makes a neighbourhood of ten hectares a speck; side by side at one
scale, shapes and sizes can be read from the back of a room. Pure: frames of boundaries in, paths
out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from observatoire.crs import WGS84, metric_epsg, require_crs
from observatoire.frames import commune_names

_MARGIN = 6.0  # pixels around the largest perimeter
_DETAIL = 0.4  # pixels: what is finer is not seen


@dataclass(frozen=True)
class Tile:
    """One neighbourhood.

    Attributes
    ----------
    code, name, commune, site
        `commune` as the official file writes it, empty when it does not; `site` is its name.
    path
        SVG path in pixels, north up, the middle of its bounds at (0, 0).
    anchor
        A point inside, in the same pixels: the middle of a proportional symbol.
    span
        Width and height on the ground, in metres of the legal metric CRS.
    """

    code: str
    name: str
    commune: str
    site: str
    path: str
    anchor: tuple[float, float]
    span: tuple[float, float]


@dataclass(frozen=True)
class Sheet:
    """Tiles of one size at one scale.

    Attributes
    ----------
    tiles
        By site, then by town, then by name.
    width, height
        Of every tile, in pixels.
    metres
        Metres of the ground in one pixel.
    """

    tiles: tuple[Tile, ...]
    width: float
    height: float
    metres: float

    def sites(self) -> dict[str, tuple[Tile, ...]]:
        """Return the tiles of each site, in order."""
        found: dict[str, list[Tile]] = {}
        for tile in self.tiles:
            found.setdefault(tile.site, []).append(tile)
        return {name: tuple(tiles) for name, tiles in found.items()}

    def bar(self) -> tuple[float, float]:
        """Return the scale bar: its length in metres, a round number, and in pixels.

        The longest of 1, 2 or 5 × 10ⁿ metres that half a tile holds.
        """
        most = self.width / 2 * self.metres
        power = 10.0 ** math.floor(math.log10(most))
        length = max(step * power for step in (1, 2, 5) if step * power <= most)
        return length, length / self.metres


def tile_sheet(boundaries: gpd.GeoDataFrame, *, width: float = 160) -> Sheet:
    """Lay out the perimeters in tiles.

    Parameters
    ----------
    boundaries
        Indexed by QPV code, EPSG:4326, columns `name`, `commune` (may be missing), `department`
        and `site_name`, in the order of the sites.
    width
        Width of a tile, in pixels.

    Returns
    -------
    Sheet whose scale is the largest at which the widest perimeter fits; without any perimeter, a
    sheet without tiles.

    Notes
    -----
    Lengths are those of each territory's legal metric CRS, so that a metre in Bastia, in the Loire
    or overseas has the same length on the sheet.
    """
    require_crs(boundaries, WGS84)
    grounds = _metric(boundaries)
    if not grounds:
        return Sheet((), width, width, 1.0)
    spans = {code: _span(ground) for code, ground in grounds.items()}
    widest = max(span[0] for span in spans.values())
    tallest = max(span[1] for span in spans.values())
    metres = widest / (width - 2 * _MARGIN)
    tiles = [
        _tile(boundaries.loc[code], code, grounds[code], spans[code], metres)
        for code in _ordered(boundaries)
    ]
    return Sheet(tuple(tiles), width, tallest / metres + 2 * _MARGIN, metres)


def _metric(boundaries: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return each perimeter in the metres of its territory."""
    found: dict[str, Any] = {}
    for department, part in boundaries.groupby("department", sort=False):
        for code, ground in part.geometry.to_crs(metric_epsg(str(department))).items():
            found[str(code)] = ground
    return found


def _ordered(boundaries: gpd.GeoDataFrame) -> list[str]:
    """Return the codes by site (in the order given), town, name; without a town, last."""
    sites = {name: rank for rank, name in enumerate(boundaries["site_name"].drop_duplicates())}
    towns = boundaries["commune"].map(lambda text: (commune_names(text) or ["\uffff"])[0])
    keys = pd.DataFrame(
        {
            "site": boundaries["site_name"].map(sites),
            "town": towns,
            "name": boundaries["name"],
            "qpv": boundaries.index,
        },
        index=boundaries.index,
    )
    return [str(code) for code in keys.sort_values(["site", "town", "name", "qpv"]).index]


def _tile(row: pd.Series, code: str, ground: Any, span: tuple[float, float], metres: float) -> Tile:
    west, south, east, north = ground.bounds
    middle = ((west + east) / 2, (south + north) / 2)
    seen = ground.simplify(_DETAIL * metres)
    point = ground.representative_point()
    return Tile(
        code,
        str(row["name"]),
        row["commune"] if isinstance(row["commune"], str) else "",
        str(row["site_name"]),
        _path(seen, middle, metres),
        _pixels(point.x, point.y, middle, metres),
        span,
    )


def _span(ground: Any) -> tuple[float, float]:
    west, south, east, north = ground.bounds
    return float(east - west), float(north - south)


def _path(ground: Any, middle: tuple[float, float], metres: float) -> str:
    parts = [part for part in getattr(ground, "geoms", [ground]) if part.geom_type == "Polygon"]
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    return "".join(_ring(ring.coords, middle, metres) for ring in rings)


def _ring(coords: Sequence[Sequence[float]], middle: tuple[float, float], metres: float) -> str:
    points = [_pixels(point[0], point[1], middle, metres) for point in coords]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def _pixels(x: float, y: float, middle: tuple[float, float], metres: float) -> tuple[float, float]:
    return (x - middle[0]) / metres, (middle[1] - y) / metres
