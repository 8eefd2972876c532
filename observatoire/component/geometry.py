"""One site's geometry as a script: folium's own script, wrapped, with the names beside it."""

from __future__ import annotations

import json
from dataclasses import asdict

import geopandas as gpd
from shapely.geometry import MultiPoint, Point

from observatoire.basemap import SiteMap, draw_site, script_of
from observatoire.component.shelf import GEOMETRY_ROUTE, shelf
from observatoire.component.specs import PaneSpec
from observatoire.frames import commune_names
from observatoire.labels import read_words


def site_pane(
    site: str,
    title: str,
    boundaries: gpd.GeoDataFrame,
    *,
    communes: gpd.GeoDataFrame | None = None,
    iris: gpd.GeoDataFrame | None = None,
) -> PaneSpec:
    """Put a site's geometry on the shelf and return the pane that shows it.

    Parameters
    ----------
    site, title
        Key and French name of the site.
    boundaries
        QPV of the site, indexed by code, EPSG:4326, columns `name`, `commune`, `department`.
    communes, iris
        Outlines behind, EPSG:4326, column `name`.

    Notes
    -----
    Deterministic: the same geometry has the same address. Slow enough (simplifying, rendering) to
    be cached by the caller, who keeps only the small `PaneSpec`.
    """
    drawn = draw_site(site, boundaries, communes=communes, iris=iris)
    name = shelf().put(f"export const site = {site_script(drawn, boundaries, communes)};\n")
    return PaneSpec(
        id=site,
        title=title,
        url=f"{GEOMETRY_ROUTE}/{name}",
        codes=drawn.codes,
        towns=tuple(frame.name for frame in drawn.frames),
    )


def site_script(
    drawn: SiteMap, boundaries: gpd.GeoDataFrame, communes: gpd.GeoDataFrame | None
) -> str:
    """Return a JavaScript object: folium's script as a function, and the names beside it.

    The script runs on the component's own element, with its own options: Leaflet must not follow
    the window's size (the container is sometimes 0 × 0 for a moment), and panes share one ground
    scale, which needs fractional zooms.
    """
    points = boundaries.geometry.representative_point()
    qpv = [
        {
            "code": code,
            "name": str(boundaries.at[code, "name"]),
            "commune": _text(boundaries.at[code, "commune"]),
            "at": [round(points[code].y, 6), round(points[code].x, 6)],
        }
        for code in drawn.codes
    ]
    west, south, east, north = (round(float(side), 6) for side in boundaries.total_bounds)
    whole = {"south": south, "west": west, "north": north, "east": east}
    return (
        "{draw: (L0, host, more) => {\n"
        "const L = Object.create(L0);\n"
        "L.map = (_id, options) => L0.map(host, {...options, ...more});\n"
        f"{script_of(drawn.map)}\n"
        f"return {{map: {drawn.map.get_name()}, qpv: {drawn.qpv}}};\n"
        "},\n"
        f"qpv: {as_script(qpv)},\n"
        f"towns: {as_script([asdict(frame) for frame in drawn.frames])},\n"
        f"whole: {as_script(whole)},\n"
        f"places: {as_script(_places(boundaries, communes))},\n"
        f"words: {as_script(_tool_words())}}}"
    )


def _tool_words() -> dict[str, str]:
    words = read_words("cartographie")
    tools = {name: words(f"tool.{name}") for name in ("zoom_in", "zoom_out", "back", "whole")}
    return tools | {"help": words("keyboard.help")}


def as_script(value: object) -> str:
    """Return JSON that is also safe inside a script of a page."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in ("<", "\u2028", "\u2029"):
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _places(
    boundaries: gpd.GeoDataFrame, communes: gpd.GeoDataFrame | None
) -> list[dict[str, object]]:
    """Return the names behind: a town of the QPV stands amid them, the others in their middle."""
    points = boundaries.geometry.representative_point()
    towns: dict[str, list[Point]] = {}
    for code, text in boundaries["commune"].items():
        if names := commune_names(text):
            towns.setdefault(names[0], []).append(points[code])
    named = [
        {"name": name, "main": 1, "at": _at(MultiPoint(here).centroid)}
        for name, here in sorted(towns.items(), key=lambda town: (-len(town[1]), town[0]))
    ]
    if communes is None:
        return named
    middles = communes.geometry.representative_point()
    others = [
        {"name": str(name), "main": 0, "at": _at(point)}
        for name, point in zip(communes["name"], middles, strict=True)
        if str(name) not in towns
    ]
    return named + others


def _at(point: Point) -> list[float]:
    return [round(point.y, 4), round(point.x, 4)]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
