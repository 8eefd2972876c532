"""Other areas under the perimeters: their outlines as a script, sent once, and what is painted."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
from shapely import STRtree, box, force_2d, set_precision
from shapely.geometry import mapping

from observatoire.component.geometry import as_script
from observatoire.component.shelf import GEOMETRY_ROUTE, shelf
from observatoire.component.specs import AreaSpec, PaneSpec, Underlay
from observatoire.crs import WGS84, require_crs
from observatoire.labels import read_words
from observatoire.palettes import area_colours

AREA_GRID = 1e-5  # degrees, about a metre
NO_AREAS = AreaSpec("", ())


def area_spec(areas: gpd.GeoDataFrame) -> AreaSpec:
    """Put the outlines of areas on the shelf and return the order their values must come in.

    Parameters
    ----------
    areas
        Indexed by key, EPSG:4326, column `name`. Areas without an outline are left out.

    Notes
    -----
    Deterministic: the same outlines have the same address. Cache the result, which is small.
    """
    require_crs(areas, WGS84)
    drawn = areas[~(areas.geometry.isna() | areas.geometry.is_empty)]
    if drawn.empty:
        return NO_AREAS
    name = shelf().put(f"export const areas = {areas_script(drawn)};\n")
    return AreaSpec(f"{GEOMETRY_ROUTE}/{name}", tuple(str(key) for key in drawn.index))


def areas_script(areas: gpd.GeoDataFrame) -> str:
    """Return a JavaScript object: names by place, and outlines whose id is their place."""
    rounded = set_precision(force_2d(areas.geometry.values), AREA_GRID)
    features = [
        {"type": "Feature", "id": place, "properties": {}, "geometry": mapping(shape)}
        for place, shape in enumerate(rounded)
        if not shape.is_empty
    ]
    names = [
        str(name) if isinstance(name, str) and name else str(key)
        for key, name in zip(areas.index, areas["name"], strict=True)
    ]
    keys = [str(key) for key in areas.index]
    shapes = {"type": "FeatureCollection", "features": features}
    return f"{{keys: {as_script(keys)}, names: {as_script(names)}, shapes: {as_script(shapes)}}}"


def area_data(underlay: Underlay, panes: tuple[PaneSpec, ...]) -> dict[str, Any]:
    """Return what the map's script is given of the areas.

    Raises
    ------
    ValueError
        When what is painted does not match the outlines: a wrong colour is never shown.
    """
    _require_same(underlay, panes)
    words = read_words("cartographie")
    return {
        "panes": [{"url": spec.url} for spec in underlay.specs],
        "paint": [
            {
                "classes": part.classes,
                "values": list(part.values),
                "parts": {code: [list(one) for one in own] for code, own in part.parts.items()},
            }
            for part in underlay.paint
        ],
        "colours": area_colours(underlay.classes),
        "texts": {
            "heading": underlay.texts.heading,
            "absences": underlay.texts.absences,
            "warning": underlay.texts.warning,
            "parts": words("areas.parts"),
            "part": words("areas.part"),
            "more": words("areas.more"),
        },
        "opacity": round(underlay.opacity, 2),
        "over": underlay.over,
    }


def _require_same(underlay: Underlay, panes: tuple[PaneSpec, ...]) -> None:
    counts = {len(panes), len(underlay.specs), len(underlay.paint)}
    if len(counts) != 1:
        raise ValueError(f"{len(panes)} panes, but areas for {sorted(counts)}")
    for pane, spec, part in zip(panes, underlay.specs, underlay.paint, strict=True):
        if {len(part.classes), len(part.values)} != {len(spec.keys)}:
            raise ValueError(f"pane {pane.id}: {len(spec.keys)} areas, painted {part.classes!r}")
        places = [place for own in part.parts.values() for place, _ in own]
        if any(not 0 <= place < len(spec.keys) for place in places):
            raise ValueError(f"pane {pane.id}: a contributing area outside its outlines")


def areas_near(
    areas: gpd.GeoDataFrame, boundaries: gpd.GeoDataFrame, span: float
) -> gpd.GeoDataFrame:
    """Return the areas within `span` degrees of the box of some QPV, in their order.

    Parameters
    ----------
    areas, boundaries
        Both in EPSG:4326. A box is enough to choose what is drawn; nothing is measured here.
    """
    require_crs(areas, WGS84)
    require_crs(boundaries, WGS84)
    grown = [
        box(west - span, south - span, east + span, north + span)
        for west, south, east, north in boundaries.geometry.bounds.to_numpy()
    ]
    found = STRtree(areas.geometry.values).query(grown, predicate="intersects")[1]
    return areas.iloc[sorted(set(found.tolist()))]
