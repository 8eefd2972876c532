"""The map that stays mounted: geometry goes to the browser once, then only values travel.

`site_pane` puts a site's geometry on the shelf (cache its result), `paint_layer` turns a protected
layer into what each pane shows, `living_map` mounts the component and repaints it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from observatoire.component.areas import area_spec
from observatoire.component.geometry import site_pane
from observatoire.component.payload import map_data
from observatoire.component.shelf import asset_url, leaflet_url
from observatoire.component.specs import (
    AreaPaint,
    AreaSpec,
    MapEvent,
    MapTexts,
    PanePaint,
    PaneSpec,
    Underlay,
)

__all__ = [
    "AreaPaint",
    "AreaSpec",
    "MapEvent",
    "MapTexts",
    "PanePaint",
    "PaneSpec",
    "Underlay",
    "area_spec",
    "living_map",
    "site_pane",
]

# Two lines on purpose: Streamlit takes a one-line text with a slash for a path.
_LOADER = """// the map's own module, cached by the browser
export default async (component) =>
  (await import(new URL(component.data.module, location.origin).href)).default(component);
"""


def living_map(
    panes: Sequence[PaneSpec],
    paint: Sequence[PanePaint],
    texts: MapTexts,
    *,
    classes: int,
    key: str,
    selected: str = "",
    height: int = 440,
    underlay: Underlay | None = None,
) -> MapEvent | None:
    """Mount the map, or repaint it when it is already there.

    Parameters
    ----------
    panes
        Sites side by side, or one of them large.
    paint
        What each pane shows, in the order of `panes`.
    texts
        French words of the map.
    classes
        Number of classes of the palette (0 for a count).
    key
        Identity of the map in the page: the same key keeps it mounted, centre and zoom included.
    selected
        Code of the QPV to highlight, empty for none.
    height
        Height of a pane, in pixels.
    underlay
        Other areas drawn with the QPV; their outlines are sent once, like the geometry.

    Returns
    -------
    MapEvent, in the run that follows a click or Enter on a QPV; None otherwise.

    Raises
    ------
    ValueError
        When what is painted does not match the geometry: a wrong colour is never shown.
    """
    shown = map_data(
        panes,
        paint,
        texts,
        classes=classes,
        view=key,
        selected=selected,
        height=height,
        underlay=underlay,
    )
    result = _component()(key=key, data=shown | _addresses(), on_pick_change=lambda: None)
    return MapEvent(pick=str(result.pick)) if result.pick else None


def _addresses() -> dict[str, Any]:
    return {
        "module": asset_url("living_map.js"),
        "leaflet": leaflet_url("leaflet.js"),
        "css": [leaflet_url("leaflet.css"), asset_url("living_map.css")],
    }


@cache
def _component() -> Any:
    import streamlit as st

    return st.components.v2.component("observatoire_living_map", js=_LOADER)
