"""The main town of each site as one small drawing, at one ground scale. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
from shapely import box

from observatoire.crs import metric_epsg
from observatoire.frames import town_frames
from observatoire.views.markup import Markup, join, picture, tag, text

Site = tuple[str, gpd.GeoDataFrame, gpd.GeoDataFrame]
"""French name, perimeters, communes around."""

_SIDE, _GAP, _CAPTION, _MARGIN = 190, 14, 26, 12
_DETAIL_M, _AROUND_M = 15.0, 60.0
_WATER, _LAND, _LIMIT, _EDGE, _INK = "#f1efe8", "#ffffff", "#dedbd0", "#d9d5c8", "#55546a"
_OUTLINE = {"stroke": "#35266a", "stroke-width": ".8"}


def miniature(sites: Sequence[Site], colours: Mapping[str, str], alt: str) -> Markup:
    """Return the main towns side by side, one colour for each neighbourhood.

    Parameters
    ----------
    sites
        Name of each; perimeters indexed by code in EPSG:4326 with `commune`, `department`;
        outlines of communes in EPSG:4326 to stand behind.
    colours
        Fill of each neighbourhood, by code.
    alt
        What the drawing shows, for who does not see it.

    Notes
    -----
    Lengths are those of each site's legal metric CRS; the scale is the one at which the widest
    town fits.
    """
    towns = [(name, *_main_town(frame, around)) for name, frame, around in sites if len(frame)]
    scale = (_SIDE - 2 * _MARGIN) / max((_span(town) for _, town, _ in towns), default=1.0)
    panels = [
        tag(
            "g",
            _panel(name, town, around, colours, scale),
            attrs={"transform": f"translate({1 + rank * (_SIDE + _GAP)} 1)"},
        )
        for rank, (name, town, around) in enumerate(towns)
    ]
    width = len(towns) * (_SIDE + _GAP) - _GAP + 2
    attrs = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {width} {_SIDE + _CAPTION}",
        "font-family": "Georgia, serif",
        "font-size": "16",
    }
    return picture(tag("svg", join(panels), attrs=attrs), alt, of="miniature")


def _main_town(
    frame: gpd.GeoDataFrame, around: gpd.GeoDataFrame
) -> tuple[gpd.GeoSeries, gpd.GeoSeries]:
    """Return the town with most neighbourhoods and the communes behind it, in metres, lightened."""
    metric = metric_epsg(str(frame["department"].iloc[0]))
    codes = list(town_frames(frame)[0].codes)
    town = frame.loc[codes].to_crs(metric).geometry.simplify(_DETAIL_M)
    return town, around.to_crs(metric).geometry.simplify(_AROUND_M)


def _span(town: gpd.GeoSeries) -> float:
    west, south, east, north = (float(side) for side in town.total_bounds)
    return max(east - west, north - south)


def _panel(
    name: str,
    town: gpd.GeoSeries,
    around: gpd.GeoSeries,
    colours: Mapping[str, str],
    scale: float,
) -> Markup:
    west, south, east, north = (float(side) for side in town.total_bounds)
    middle, half = ((west + east) / 2, (south + north) / 2), _SIDE / 2 / scale
    sheet = box(middle[0] - half, middle[1] - half, middle[0] + half, middle[1] + half)
    seen = [ground.intersection(sheet) for ground in around if ground.intersects(sheet)]
    land = {"fill": _LAND, "stroke": _LIMIT, "stroke-width": "1"}
    quarters = [
        _shape(ground, middle, scale, {"fill": colours[str(code)]} | _OUTLINE)
        for code, ground in town.items()
    ]
    full = {"width": f"{_SIDE}", "height": f"{_SIDE}"}
    caption = {"x": f"{_SIDE / 2}", "y": f"{_SIDE + 19}", "text-anchor": "middle", "fill": _INK}
    return (
        tag("rect", attrs=full | {"fill": _WATER})
        + join(_shape(ground, middle, scale, land) for ground in seen)
        + join(quarters)
        + tag("rect", attrs=full | {"fill": "none", "stroke": _EDGE})
        + tag("text", text(name), attrs=caption)
    )


def _shape(
    ground: Any, middle: tuple[float, float], scale: float, look: Mapping[str, str]
) -> Markup:
    """Return a polygon as an SVG path, north up."""
    parts = [part for part in getattr(ground, "geoms", [ground]) if part.geom_type == "Polygon"]
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    path = "".join(
        "M"
        + "L".join(
            f"{_SIDE / 2 + (x - middle[0]) * scale:.1f} {_SIDE / 2 - (y - middle[1]) * scale:.1f}"
            for x, y, *_ in ring.coords
        )
        + "Z"
        for ring in rings
    )
    return tag("path", attrs={"d": path, "fill-rule": "evenodd"} | dict(look))
