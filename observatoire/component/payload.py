"""All that travels to the map at a change: class characters, texts of values, the palette."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from observatoire.component.areas import area_data
from observatoire.component.specs import MapTexts, PanePaint, PaneSpec, Underlay
from observatoire.labels import read_words
from observatoire.palettes import hatch_inks, map_colours


def map_data(
    panes: Sequence[PaneSpec],
    paint: Sequence[PanePaint],
    texts: MapTexts,
    *,
    classes: int,
    view: str,
    selected: str,
    height: int,
    underlay: Underlay | None = None,
) -> dict[str, Any]:
    """Return what the map's script is given; the revision is a hash, the same for the same map.

    Raises
    ------
    ValueError
        When what is painted does not match the geometry: a wrong colour is never shown.
    """
    _require_same_length(panes, paint)
    colours = map_colours(classes)
    shown: dict[str, Any] = {
        "panes": [{"id": pane.id, "title": pane.title, "url": pane.url} for pane in panes],
        "paint": [_painted(part) for part in paint],
        "colours": colours,
        "texts": {
            "heading": texts.heading,
            "absences": texts.absences,
            "warning": texts.warning,
            "sources": texts.sources,
            "broken": read_words("cartographie")("tool.broken"),
        },
        "selected": selected,
        "height": height,
        "view": view,
    }
    if any(part.hatched for part in paint):
        shown["inks"] = hatch_inks(colours)
    if underlay is not None:
        shown["under"] = area_data(underlay, tuple(panes))
    revision = hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:12]
    return shown | {"revision": revision}


def _painted(part: PanePaint) -> dict[str, Any]:
    painted: dict[str, Any] = {
        "classes": part.classes,
        "values": list(part.values),
        "notes": list(part.notes),
        "radii": [round(radius, 1) for radius in part.radii],
    }
    return painted | ({"hatched": list(part.hatched)} if part.hatched else {})


def _require_same_length(panes: Sequence[PaneSpec], paint: Sequence[PanePaint]) -> None:
    if len(panes) != len(paint):
        raise ValueError(f"{len(panes)} panes but {len(paint)} paintings")
    for pane, part in zip(panes, paint, strict=True):
        lengths = {len(pane.codes), len(part.classes), len(part.values)}
        lengths |= {len(extra) for extra in (part.notes, part.radii) if extra}
        if len(lengths) != 1:
            raise ValueError(f"pane {pane.id}: {len(pane.codes)} QPV, painted {lengths}")
        if any(not 0 <= place < len(pane.codes) for place in part.hatched):
            raise ValueError(f"pane {pane.id}: a hatching outside its {len(pane.codes)} QPV")
