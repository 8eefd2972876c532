"""Folium documents that leave the house: one map, or a whole page that opens without a network.

Only a protected layer comes in. Nothing undisplayed goes into a document: folium embeds all that
it is given.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import folium
import geopandas as gpd
from branca.element import Element, Figure

from observatoire.basemap import draw_site
from observatoire.classify import ABSENT, BLIND, COUNT, NOT_COLLECTED, SECRET, Breaks
from observatoire.component.geometry import as_script, site_script
from observatoire.component.painting import (
    layer_breaks,
    layer_texts,
    paint_layer,
)
from observatoire.component.payload import map_data
from observatoire.component.shelf import leaflet_files, own_assets
from observatoire.component.specs import PanePaint, PaneSpec
from observatoire.disclosure import ProtectedLayer, require_protected
from observatoire.document import MAP_PLACE, DocumentTexts, values_table
from observatoire.labels import read_words
from observatoire.labels.numbers import status_words
from observatoire.palettes import PAPER, map_colours
from observatoire.sources import Source

# The component's modules, each after those it uses; joined into one script for a lone document.
_MODULES = (
    "dom",
    "memory",
    "looks",
    "tooltip",
    "names",
    "controls",
    "underlay",
    "pane",
    "living_map",
)
_HEIGHT = 460
_DISC = 6.0  # pixels
_DASHES = {BLIND: "1 3", SECRET: "3 2", NOT_COLLECTED: "6 3"}


@dataclass(frozen=True)
class SiteParts:
    """What a document needs of a site.

    Attributes
    ----------
    id, title
        Key (letters and digits) and French name.
    boundaries
        QPV indexed by code, EPSG:4326, columns `name`, `commune`, `department`.
    communes
        Outlines behind, EPSG:4326, column `name`; None for none.
    """

    id: str
    title: str
    boundaries: gpd.GeoDataFrame
    communes: gpd.GeoDataFrame | None = None


def draw_map(
    layer: ProtectedLayer,
    boundaries: gpd.GeoDataFrame,
    *,
    communes: gpd.GeoDataFrame | None = None,
    breaks: Breaks | None = None,
) -> folium.Map:
    """Draw one folium map of a layer, for a notebook or to be saved; it needs no network.

    Each QPV has its perimeter and a symbol that stays visible from afar: a disc in its class
    colour, or for a count a circle whose area follows it.

    Parameters
    ----------
    boundaries
        QPV to show, indexed by code, EPSG:4326, columns `name`, `commune`, `department`.
    communes
        Outlines behind, EPSG:4326.
    breaks
        Classes; those of the values shown when not given.

    Raises
    ------
    DisclosureError
        When the layer did not pass the door.
    """
    require_protected(layer)
    pane = PaneSpec("carte", "", "", tuple(sorted(str(code) for code in boundaries.index)), ())
    found = layer_breaks(layer, [pane]) if breaks is None else breaks
    paint = paint_layer(layer, [pane], found)[0]
    colours = map_colours(len(found))
    styles = {
        code: {"fillColor": colours[letter], "fillOpacity": 1, "color": "#2b2a3d", "weight": 0.8}
        for code, letter in zip(pane.codes, paint.classes, strict=True)
        if letter != COUNT
    }
    drawn = draw_site("carte", boundaries, communes=communes, styles=styles)
    _add_symbols(drawn.map, boundaries, pane, paint, colours)
    _stand_alone(drawn.map)
    west, south, east, north = (float(side) for side in boundaries.total_bounds)
    drawn.map.fit_bounds([[south, west], [north, east]])
    return drawn.map


def write_offline_html(
    layer: ProtectedLayer,
    sites: Sequence[SiteParts],
    *,
    source: Source | None = None,
    breaks: Breaks | None = None,
    hatched: Collection[str] = (),
) -> str:
    """Return one HTML page that opens without a network: maps, legend, table, source.

    The maps are those of the pages, with their towns, tooltips and keyboard, side by side at one
    scale; Leaflet and every style are inside.

    Parameters
    ----------
    sites
        In reading order; those without QPV are left out.
    source
        Entry of the register for the layer's source.
    breaks
        Classes; five on the QPV shown when not given.
    hatched
        Codes of the QPV whose interval contains the reference (`painting.paint_layer`).

    Raises
    ------
    DisclosureError
        When the layer did not pass the door.
    """
    require_protected(layer)
    shown = [site for site in sites if len(site.boundaries)]
    panes = [
        PaneSpec(site.id, site.title, site.id, tuple(sorted(map(str, site.boundaries.index))), ())
        for site in shown
    ]
    found = layer_breaks(layer, panes) if breaks is None else breaks
    paint = paint_layer(layer, panes, found, hatched)
    doubtful = sum(len(part.hatched) for part in paint)
    texts = DocumentTexts(layer, found, "".join(part.classes for part in paint), source, doubtful)
    table = values_table(layer, [(site.title, site.boundaries) for site in shown])
    figure = Figure(title=html.escape(texts.title()))
    figure.header.add_child(Element(_unbraced(_styles())))
    figure.html.add_child(Element(_unbraced(texts.body(table))))
    data = map_data(
        panes,
        paint,
        layer_texts(layer, sources=texts.line()),
        classes=len(found),
        view="",
        selected="",
        height=_HEIGHT,
    )
    figure.script.add_child(Element(_unbraced(_script(shown, data))))
    return str(figure.render()).replace("<html>", '<html lang="fr">', 1)


def _script(sites: Sequence[SiteParts], data: Mapping[str, Any]) -> str:
    """Return Leaflet, the component and the geometry as one script."""
    geometry = ",\n".join(
        f"{as_script(site.id)}: {site_script(_drawn(site), site.boundaries, site.communes)}"
        for site in sites
    )
    return (
        f"{leaflet_files()[1]['leaflet.js'].decode('utf-8')}\n"
        "(() => {\n"
        f"{joined_modules()}\n"
        f"const sites = {{{geometry}}};\n"
        f"const data = {as_script({**data, 'css': []})};\n"
        "data.panes.forEach((pane) => (pane.module = sites[pane.id]));\n"
        f"const parentElement = document.getElementById('{MAP_PLACE}');\n"
        "livingMap({ data, parentElement, setTriggerValue: () => {} });\n"
        "})();\n"
    )


def joined_modules() -> str:
    """Return the component's modules as one text: no import, no export, one scope."""
    files = own_assets()[1]
    texts = [files[f"{name}.js"].decode("utf-8") for name in _MODULES]
    bare = [re.sub(r"(?m)^import .*$", "", text) for text in texts]
    return "\n".join(re.sub(r"(?m)^export (default )?", "", text) for text in bare)


def _drawn(site: SiteParts) -> Any:
    return draw_site(site.id, site.boundaries, communes=site.communes)


def _styles() -> str:
    own = own_assets()[1]
    leaflet = leaflet_files()[1]["leaflet.css"].decode("utf-8")
    # Leaflet's few pictures (controls that are not used) would be asked for beside the document.
    leaflet = re.sub(r"url\([^)]*\)", "none", leaflet)
    sheets = [leaflet, own["living_map.css"].decode("utf-8"), own["document.css"].decode("utf-8")]
    viewport = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
    )
    guard = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return "\n".join([viewport, guard, *(f"<style>{sheet}</style>" for sheet in sheets)])


def _add_symbols(
    drawn: folium.Map,
    boundaries: gpd.GeoDataFrame,
    pane: PaneSpec,
    paint: PanePaint,
    colours: Mapping[str, str],
) -> None:
    points = boundaries.geometry.representative_point()
    words = read_words("cartographie")
    for place, (code, letter) in enumerate(zip(pane.codes, paint.classes, strict=True)):
        status = {mark: name for name, mark in ABSENT.items()}.get(letter, "ok")
        folium.CircleMarker(
            [points[code].y, points[code].x],
            radius=paint.radii[place] if letter == COUNT else _DISC,
            color="#ffffff" if letter == COUNT else "#2b2a3d",
            weight=1,
            dash_array=_DASHES.get(letter),
            fill_color=colours[letter],
            fill_opacity=0.82 if letter == COUNT else 1,
            tooltip=words(
                "document.tooltip",
                name=html.escape(str(boundaries.at[code, "name"])),
                value=html.escape(paint.values[place] or status_words(status)),
            ),
        ).add_to(drawn)


def _stand_alone(drawn: folium.Map) -> None:
    """Put Leaflet inside the document instead of the addresses folium would ask for."""
    files = leaflet_files()[1]
    style = re.sub(r"url\([^)]*\)", "none", files["leaflet.css"].decode("utf-8"))
    drawn.default_js = []
    drawn.default_css = []
    header: Any = drawn.get_root().header  # type: ignore[attr-defined]
    for text in (
        f"<style>{style} .leaflet-container {{ background: {PAPER}; }}</style>",
        f"<script>{files['leaflet.js'].decode('utf-8')}</script>",
    ):
        header.add_child(Element(_unbraced(text)))


def _unbraced(text: str) -> str:
    """Keep folium's templating away from a text: what it holds is shown as it is."""
    return "{% raw %}" + text.replace("{% endraw %}", "") + "{% endraw %}"
