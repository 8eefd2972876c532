"""The folium document of one site: perimeters, and the communes behind them as an offline basemap.

Names of variables in folium's script are random; ours are fixed, so that the same geometry gives
the same text and a browser may keep it for ever. Nothing here carries a value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import folium
import geopandas as gpd
from folium.map import CustomPane
from shapely import force_2d, set_precision
from shapely.geometry import mapping

from observatoire.crs import WGS84, require_crs
from observatoire.frames import TownFrame, town_frames

# Degrees kept in what is sent: about 1 m for the perimeters, 10 m for the outlines behind them.
QPV_GRID = 1e-5
CONTEXT_GRID = 1e-4
GROUND = {"color": "#d6d3c8", "weight": 1, "fillColor": "#fdfcf9", "fillOpacity": 1}
LIMITS = {"color": "#d3d1c9", "weight": 0.6, "fill": False, "dashArray": "2 3"}
BARE = {"color": "#55546a", "weight": 1, "fillColor": "#ffffff", "fillOpacity": 1}


@dataclass(frozen=True)
class SiteMap:
    """A folium map with the variable names its script uses for its parts.

    Attributes
    ----------
    map
        The folium map: no tile, no control.
    qpv, context
        Variable names of the perimeters and of the layers behind, bottom first.
    codes
        QPV codes in the order of the perimeters' layer.
    frames
        Town frames, those with most QPV first.
    """

    map: folium.Map
    qpv: str
    context: tuple[str, ...]
    codes: tuple[str, ...]
    frames: tuple[TownFrame, ...]


def draw_site(
    site: str,
    boundaries: gpd.GeoDataFrame,
    *,
    communes: gpd.GeoDataFrame | None = None,
    iris: gpd.GeoDataFrame | None = None,
    styles: Mapping[str, Mapping[str, Any]] | None = None,
    span_m: float = 9000,
) -> SiteMap:
    """Draw the perimeters of a site over the outlines around them.

    Parameters
    ----------
    site
        Key of the site, letters and digits; names the variables of the script.
    boundaries
        Indexed by code, EPSG:4326, columns `name`, `commune`, `department`.
    communes, iris
        Outlines behind, EPSG:4326; left out when not given.
    styles
        Leaflet style of each perimeter by code; bare outlines when not given.
    span_m
        See `frames.town_frames`.
    """
    require_crs(boundaries, WGS84)
    frames = town_frames(boundaries, span_m=span_m)
    codes = tuple(sorted(str(code) for code in boundaries.index))
    drawn = folium.Map(location=_centre(boundaries), tiles=None, zoom_control=False, zoom_start=11)
    drawn._id = f"map_{site}"
    context = []
    for kind, outlines in (("communes", communes), ("iris", iris)):
        if outlines is not None and len(outlines):
            require_crs(outlines, WGS84)
            context.append(_draw_outlines(drawn, f"{kind}_{site}", outlines, kind))
    shapes = folium.GeoJson(
        _collection(boundaries, codes), style_function=_styler(styles), smooth_factor=0.6
    )
    shapes._id = f"qpv_{site}"
    shapes.add_to(drawn)
    return SiteMap(drawn, shapes.get_name(), tuple(context), codes, frames)


def script_of(drawn: folium.Map) -> str:
    """Return the JavaScript folium writes for a map, the same text for the same map."""
    figure: Any = drawn.get_root()
    figure.render()
    return str(figure.script.render())


def _draw_outlines(drawn: folium.Map, name: str, outlines: gpd.GeoDataFrame, kind: str) -> str:
    """Add outlines as ONE shape: a browser moves one long path faster than 700 short ones."""
    pane = CustomPane(f"{kind}", z_index=350 if kind == "communes" else 360, pointer_events=False)
    pane._id = f"pane_{name}"
    pane.add_to(drawn)
    rounded = set_precision(force_2d(outlines.geometry.values), CONTEXT_GRID)
    parts = [part for shape in rounded if shape is not None for part in _polygons(shape)]
    feature = {
        "type": "Feature",
        "id": name,
        "properties": {},
        "geometry": {
            "type": "MultiPolygon",
            "coordinates": [mapping(part)["coordinates"] for part in parts],
        },
    }
    style = GROUND if kind == "communes" else LIMITS
    layer = folium.GeoJson(
        {"type": "FeatureCollection", "features": [feature]},
        style_function=lambda _feature: dict(style),
        smooth_factor=1.2,
        interactive=False,
        pane=kind,
    )
    layer._id = name
    layer.add_to(drawn)
    return str(layer.get_name())


def _polygons(shape: Any) -> list[Any]:
    if shape.is_empty:
        return []
    if shape.geom_type == "Polygon":
        return [shape]
    return [part for piece in getattr(shape, "geoms", ()) for part in _polygons(piece)]


def _collection(boundaries: gpd.GeoDataFrame, codes: Sequence[str]) -> dict[str, Any]:
    shapes = boundaries.geometry.loc[list(codes)]
    rounded = set_precision(force_2d(shapes.values), QPV_GRID)
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "id": code, "properties": {}, "geometry": mapping(shape)}
            for code, shape in zip(codes, rounded, strict=True)
        ],
    }


def _styler(styles: Mapping[str, Mapping[str, Any]] | None) -> Any:
    def style(feature: Mapping[str, Any]) -> dict[str, Any]:
        return dict((styles or {}).get(feature["id"], BARE))

    return style


def _centre(boundaries: gpd.GeoDataFrame) -> list[float]:
    west, south, east, north = boundaries.total_bounds
    return [float(south + north) / 2, float(west + east) / 2]
