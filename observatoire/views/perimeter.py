"""One neighbourhood in its communes: a small drawing in the legal metric CRS. Pure."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
from shapely import box
from shapely.ops import polylabel

from observatoire.crs import WGS84, metric_epsg, require_crs
from observatoire.labels import read_words
from observatoire.views.markup import Markup, join, picture, tag, text

_WIDTH, _HEIGHT, _PAD = 420.0, 300.0, 46.0
_AROUND_M = 12.0
_WATER, _LAND, _LIMIT, _EDGE, _INK = "#f1efe8", "#ffffff", "#cfcabb", "#d9d5c8", "#55546a"
_FILL, _STROKE = "#8799d6", "#35266a"
_LEAST_SHARE = 0.05  # of the drawing: a smaller piece of a commune has no room for its name


def perimeter(quarter: gpd.GeoDataFrame, communes: gpd.GeoDataFrame, alt: str) -> Markup:
    """Return the perimeter with the communes around, their names and a scale bar.

    Parameters
    ----------
    quarter
        One row, EPSG:4326, column `department`.
    communes
        Outlines in EPSG:4326, column `name`.
    alt
        What the drawing shows, in words.
    """
    require_crs(quarter, WGS84)
    metric = metric_epsg(str(quarter["department"].iloc[0]))
    ground = quarter.to_crs(metric).geometry.iloc[0]
    west, south, east, north = ground.bounds
    metres = max((east - west) / (_WIDTH - 2 * _PAD), (north - south) / (_HEIGHT - 2 * _PAD))
    middle = ((west + east) / 2, (south + north) / 2)
    half = (_WIDTH / 2 * metres, _HEIGHT / 2 * metres)
    sheet = box(middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1])
    seen = _around(communes, metric, sheet)
    view = _View(middle, metres)
    size = {"width": f"{_WIDTH:.0f}", "height": f"{_HEIGHT:.0f}"}
    land = {"fill": _LAND, "stroke": _LIMIT, "stroke-width": "1.5"}
    own = {"fill": _FILL, "stroke": _STROKE, "stroke-width": "1.6", "stroke-linejoin": "round"}
    pieces = [
        tag("rect", attrs=size | {"fill": _WATER}),
        *(view.shape(piece, land) for _, piece in seen),
        view.shape(ground, own),
        *(view.name(name, _free(piece, ground)) for name, piece in seen if _is_roomy(piece, sheet)),
        _bar(metres),
        tag("rect", attrs=size | {"fill": "none", "stroke": _EDGE}),
    ]
    attrs = size | {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {_WIDTH:.0f} {_HEIGHT:.0f}",
        "font-family": "sans-serif",
    }
    return picture(tag("svg", join(pieces), attrs=attrs), alt, of="perimeter")


class _View:
    """From metres to the pixels of the drawing, north up."""

    def __init__(self, middle: tuple[float, float], metres: float) -> None:
        self.middle, self.metres = middle, metres

    def at(self, x: float, y: float) -> tuple[float, float]:
        return (
            _WIDTH / 2 + (x - self.middle[0]) / self.metres,
            _HEIGHT / 2 - (y - self.middle[1]) / self.metres,
        )

    def shape(self, ground: Any, look: dict[str, str]) -> Markup:
        parts = [one for one in getattr(ground, "geoms", [ground]) if one.geom_type == "Polygon"]
        rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
        path = "".join(
            "M" + "L".join("{:.1f} {:.1f}".format(*self.at(x, y)) for x, y, *_ in ring.coords) + "Z"
            for ring in rings
        )
        return tag("path", attrs={"d": path, "fill-rule": "evenodd"} | look)

    def name(self, name: str, piece: Any) -> Markup:
        point = polylabel(piece, tolerance=self.metres)
        x, y = self.at(point.x, point.y)
        half = len(name) * 13 * 0.29
        attrs = {
            "x": f"{min(max(x, half + 6), _WIDTH - half - 6):.1f}",
            "y": f"{min(max(y, 18), _HEIGHT - 30):.1f}",
            "text-anchor": "middle",
            "font-size": "13",
            "fill": _INK,
            "stroke": "#ffffff",
            "stroke-width": "3",
            "paint-order": "stroke",
        }
        return tag("text", text(name), attrs=attrs)


def _around(communes: gpd.GeoDataFrame, metric: int, sheet: Any) -> list[tuple[str, Any]]:
    """Return the pieces of the communes that the drawing holds, largest first."""
    if communes.empty:
        return []
    near = communes.to_crs(metric)
    found = [
        (str(name), ground.simplify(_AROUND_M).intersection(sheet))
        for name, ground in zip(near["name"], near.geometry, strict=True)
        if ground.intersects(sheet)
    ]
    return sorted(found, key=lambda one: -one[1].area)


def _is_roomy(piece: Any, sheet: Any) -> bool:
    return bool(piece.area > _LEAST_SHARE * sheet.area)


def _free(piece: Any, quarter: Any) -> Any:
    """Return the largest part of a commune that the neighbourhood does not cover."""
    left = piece.difference(quarter)
    parts = [one for one in getattr(left, "geoms", [left]) if one.geom_type == "Polygon"]
    whole = max(getattr(piece, "geoms", [piece]), key=lambda one: one.area)
    return max(parts, key=lambda one: one.area, default=whole)


def _bar(metres: float) -> Markup:
    """Return the scale bar: the longest of 50 m to 2 km that a third of the drawing holds."""
    length = max(
        one for one in (50, 100, 200, 500, 1000, 2000) if one <= max(_WIDTH / 3 * metres, 50)
    )
    pixels = length / metres
    words = read_words("planche")
    form, units = ("kilometres", length // 1000) if length >= 1000 else ("metres", length)
    said = words(f"scale.{form}", n=units)
    line = {
        "d": f"M14 {_HEIGHT - 20:.0f}v8M14 {_HEIGHT - 16:.0f}h{pixels:.1f}m0 -4v8",
        "stroke": "#1c1b29",
        "stroke-width": "1.5",
        "fill": "none",
    }
    at = {"x": f"{20 + pixels:.1f}", "y": f"{_HEIGHT - 11:.0f}", "font-size": "13"}
    return tag("path", attrs=line) + tag("text", text(said), attrs=at)
