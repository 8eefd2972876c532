"""The map that stays mounted: geometry goes to the browser once, then only values travel.

`site_pane` puts a site's geometry on the shelf (cache its result), `paint_layer` turns a protected
layer into what each pane shows, `living_map` mounts the component and repaints it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import streamlit as st

from observatoire.component.geometry import site_pane
from observatoire.component.shelf import asset_url, leaflet_url
from observatoire.component.specs import MapEvent, MapTexts, PanePaint, PaneSpec
from observatoire.labels import read_words
from observatoire.palettes import map_colours

__all__ = ["MapEvent", "MapTexts", "PanePaint", "PaneSpec", "living_map", "site_pane"]

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

    Returns
    -------
    MapEvent, in the run that follows a click or Enter on a QPV; None otherwise.

    Raises
    ------
    ValueError
        When what is painted does not match the geometry: a wrong colour is never shown.
    """
    _require_same_length(panes, paint)
    result = _component()(
        key=key,
        data=_data(
            panes, paint, texts, classes=classes, view=key, selected=selected, height=height
        ),
        on_pick_change=lambda: None,
    )
    return MapEvent(pick=str(result.pick)) if result.pick else None


@cache
def _component() -> Any:
    return st.components.v2.component("observatoire_living_map", js=_LOADER)


def _data(
    panes: Sequence[PaneSpec],
    paint: Sequence[PanePaint],
    texts: MapTexts,
    *,
    classes: int,
    view: str,
    selected: str,
    height: int,
) -> dict[str, Any]:
    """Return all that travels at a change; the revision is a hash, the same for the same map."""
    shown: dict[str, Any] = {
        "panes": [{"id": pane.id, "title": pane.title, "url": pane.url} for pane in panes],
        "paint": [
            {
                "classes": part.classes,
                "values": list(part.values),
                "notes": list(part.notes),
                "radii": [round(radius, 1) for radius in part.radii],
            }
            for part in paint
        ],
        "colours": map_colours(classes),
        "texts": {
            "heading": texts.heading,
            "absences": texts.absences,
            "warning": texts.warning,
            "sources": texts.sources,
            "tools": _tool_words(),
        },
        "selected": selected,
        "height": height,
        "view": view,
    }
    revision = hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:12]
    return shown | {
        "revision": revision,
        "module": asset_url("living_map.js"),
        "leaflet": leaflet_url("leaflet.js"),
        "css": [leaflet_url("leaflet.css"), asset_url("living_map.css")],
    }


def _tool_words() -> dict[str, str]:
    words = read_words("cartographie")
    tools = {name: words(f"tool.{name}") for name in ("zoom_in", "zoom_out", "back", "whole")}
    return tools | {"help": words("keyboard.help")}


def _require_same_length(panes: Sequence[PaneSpec], paint: Sequence[PanePaint]) -> None:
    if len(panes) != len(paint):
        raise ValueError(f"{len(panes)} panes but {len(paint)} paintings")
    for pane, part in zip(panes, paint, strict=True):
        lengths = {len(pane.codes), len(part.classes), len(part.values)}
        lengths |= {len(extra) for extra in (part.notes, part.radii) if extra}
        if len(lengths) != 1:
            raise ValueError(f"pane {pane.id}: {len(pane.codes)} QPV, painted {lengths}")
