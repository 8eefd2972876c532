"""The planche on a page: tiles that flow, at one scale, in the colours and absences of the map."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import streamlit as st

from observatoire.classify import ABSENT, COUNT, ZERO, Breaks
from observatoire.component.painting import is_proportional
from observatoire.disclosure import ProtectedLayer
from observatoire.labels import read_words
from observatoire.labels.numbers import period as period_words
from observatoire.labels.typography import typeset
from observatoire.legends import legend_rows
from observatoire.palettes import map_colours, text_on
from observatoire.planche import TileLook, ground_scale, tile_looks, tile_shapes
from observatoire.tiles import Sheet, Tile, tile_sheet
from observatoire.views.doors import Doors
from observatoire.views.downloads import address
from observatoire.views.markup import Markup, join, picture, tag, text, words
from observatoire.views.state import ALL_SITES, MapState

_TILE = 160.0


def planche(
    doors: Doors,
    state: MapState,
    breaks: Breaks,
    *,
    hatched: Collection[str] = (),
    reference: str = "",
) -> Markup:
    """Return the planche of a layer: every neighbourhood of the sites, by site and town.

    Parameters
    ----------
    breaks
        Classes of the map; empty for a count.
    hatched
        Codes of the neighbourhoods whose interval contains the reference.
    reference
        French words of that reference, for the legend; may be empty.
    """
    labels = read_words("planche")
    layer = doors.layer(state)
    sheet = _sheet(doors.published().release.sha256, state.edition, doors)
    if not sheet.tiles:
        return words("p", labels("empty"), of="quiet")
    looks = tile_looks(layer, [tile.code for tile in sheet.tiles], breaks, hatched)
    colours = map_colours(len(breaks))
    sites = [_site(name, tiles, sheet, looks, colours) for name, tiles in sheet.sites().items()]
    return tag(
        "section",
        _lead(layer),
        tag("div", *sites, _scale(sheet), of="planche-sheet"),
        _legend(layer, looks, breaks, reference),
        _file(state),
        _table(layer, sheet, looks),
        of="planche",
        attrs={"aria-label": labels("title")},
    )


@st.cache_resource(show_spinner=False, max_entries=4)
def _sheet(sha256: str, edition: str, _doors: Doors) -> Sheet:
    """Lay the perimeters of a release out, once: it takes a projection."""
    return tile_sheet(_doors.published().boundaries[edition], width=_TILE)


def _lead(layer: ProtectedLayer) -> Markup:
    labels, one = read_words("planche"), layer.description
    form = "lead_count" if is_proportional(one) else "lead"
    said = labels(form, label=typeset(one.label), period=period_words(layer.period))
    unit = f" {labels('unit', unit=typeset(one.unit))}" if one.unit else ""
    badge = words("b", labels("fictitious"), of="badge") if layer.fictitious else ""
    return tag("p", text(said + unit), badge, of="planche-lead")


def _site(
    name: str,
    tiles: tuple[Tile, ...],
    sheet: Sheet,
    looks: Mapping[str, TileLook],
    colours: Mapping[str, str],
) -> Markup:
    counted = read_words("planche").count("count", len(tiles))
    head = tag("header", words("h3", name), words("small", counted), of="planche-site")
    drawn = join(_tile(tile, sheet, looks[tile.code], colours) for tile in tiles)
    return tag("section", head, tag("ul", drawn), of="planche-group")


def _tile(tile: Tile, sheet: Sheet, look: TileLook, colours: Mapping[str, str]) -> Markup:
    """Return one tile: the shape is decoration, the words beside it say all it shows."""
    middle = f"translate({sheet.width / 2:.0f} {sheet.height / 2:.1f})"
    drawn = tag("g", tile_shapes(tile, look, colours), attrs={"transform": middle})
    shown = look.letter not in ABSENT.values()
    lines = [
        picture(_svg(drawn, sheet.width, sheet.height), ""),
        words("b", look.said, of="" if shown else "absent"),
        words("span", tile.name),
    ]
    if tile.commune:
        lines.append(words("small", tile.commune))
    return tag("li", *lines, attrs={"data-code": tile.code})


def _scale(sheet: Sheet) -> Markup:
    """Return the scale bar in a cell as wide as a tile: it shrinks and grows with them."""
    _, length = sheet.bar()
    start = (sheet.width - length) / 2
    line = {
        "d": f"M{start:.1f} 6v12M{start:.1f} 12h{length:.1f}m0 -6v12",
        "fill": "none",
        "stroke": "#1c1b29",
        "stroke-width": "1.6",
    }
    said = ground_scale(sheet)
    drawn = picture(_svg(tag("path", attrs=line), sheet.width, 24), "")
    return tag("div", drawn, words("span", said), of="planche-scale")


def _svg(inside: Markup, width: float, height: float) -> Markup:
    attrs = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {width:.0f} {height:.0f}",
        "width": f"{width:.0f}",
        "height": f"{height:.0f}",
    }
    return tag("svg", inside, attrs=attrs)


def _legend(
    layer: ProtectedLayer, looks: Mapping[str, TileLook], breaks: Breaks, reference: str
) -> Markup:
    """Return the classes and absences of the map on one line, with their counts."""
    labels = read_words("planche")
    letters = "".join(look.letter for look in looks.values())
    named = {letter: status for status, letter in ABSENT.items()} | {ZERO: "zero", COUNT: "count"}
    rows = []
    for row in legend_rows(letters, breaks, layer.description.decimals):
        style = f"background-color:{row.colour};color:{text_on(row.colour)}"
        look = f"swatch look-{named[row.letter]}" if row.letter in named else "swatch"
        mark = words("span", str(row.count), of=look, attrs={"style": style, "aria-hidden": "true"})
        counted = labels.count("count", row.count)
        rows.append(tag("li", mark, tag("span", text(row.text), words("small", counted))))
    if any(look.hatched for look in looks.values()):
        said = labels("hatched_named", reference=reference) if reference else labels("hatched")
        mark = tag("span", of="swatch look-hatched", attrs={"aria-hidden": "true"})
        rows.append(tag("li", mark, words("span", said)))
    return tag("ul", *rows, of="legend-rows planche-legend")


def _file(state: MapState) -> Markup:
    """Return the link to the same planche as one page, in the same classes."""
    attrs = {"href": address(replace(state, view=ALL_SITES), "svg"), "download": ""}
    link = words("a", read_words("planche")("download"), attrs=attrs)
    return tag("ul", tag("li", link), of="files")


def _table(layer: ProtectedLayer, sheet: Sheet, looks: Mapping[str, TileLook]) -> Markup:
    """Return the same figures as a table, folded."""
    labels = read_words("planche")
    heads = [
        words("th", labels(f"column.{name}"), attrs={"scope": "col"})
        for name in ("site", "town", "name", "value")
    ]
    rows = [
        tag(
            "tr",
            words("td", tile.site),
            words("td", tile.commune),
            words("th", tile.name, attrs={"scope": "row"}),
            words("td", looks[tile.code].said),
        )
        for tile in sheet.tiles
    ]
    label, when = typeset(layer.description.label), period_words(layer.period)
    caption = words("caption", labels("caption", label=label, period=when), of="seen-by-readers")
    table = tag(
        "table", caption, tag("thead", tag("tr", *heads)), tag("tbody", *rows), of="plain-table"
    )
    return tag(
        "details", words("summary", labels("table")), tag("div", table, of="scroll"), of="folded"
    )
