"""Where in a neighbourhood its observations of a year lie: squares that hold enough. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from observatoire.codes import Cell, read_cell
from observatoire.disclosure import SQUARE_KIND, ProtectedLayer
from observatoire.labels import read_words
from observatoire.labels.numbers import number, quantity
from observatoire.squares import Ring, draw_ground, square_names
from observatoire.views.grilles.contents import listed
from observatoire.views.markup import Markup, join, picture, tag, text, words

_LAND, _EDGE, _SQUARE, _INK, _PAPER = "#f1efe8", "#35266a", "#8f8d9f", "#1c1b29", "#fcfbf8"
_SHADES = ("#dcdaf3", "#b6b1e3", "#8f88d1")
_STEPS = (2.0, 5.0)  # observations per hectare under which a shade ends
_LONGEST_PX = 520


@dataclass(frozen=True)
class Where:
    """What is told of the squares of a neighbourhood.

    Attributes
    ----------
    counts
        Observations by square, each without the finer ones inside it.
    rest
        Observations in none of them.
    status
        `ok`; `secret` or `blind` where nothing is told by square.
    """

    counts: Mapping[Cell, int]
    rest: int
    status: str


def read_where(layer: ProtectedLayer, qpv: str) -> Where | None:
    """Return what a layer of squares tells of a QPV; None where it says nothing of it."""
    frame = layer.frame
    names = frame.index.get_level_values("zone").astype("str")
    of_squares = frame.index.get_level_values("zone_kind") == SQUARE_KIND
    own = frame[of_squares & names.str.startswith(f"{qpv}/")].droplevel("zone_kind")
    if own.empty:
        return None
    shown = own[own["status"] == "ok"]
    if shown.empty:
        return Where({}, 0, str(own["status"].iloc[0]))
    counts: pd.Series = (shown["value"] * shown["outings"].astype("float64")).round()
    told = {str(zone).partition("/")[2]: int(count) for zone, count in counts.items()}
    rest = told.pop("", 0)
    cells = {cell: count for code, count in told.items() if (cell := read_cell(code))}
    return Where(cells, rest, "ok")


def where(found: Where, year: str, name: str, qpv: str, area: Any) -> Markup:
    """Return the squares of a year: a drawing, its words and its table.

    Parameters
    ----------
    area
        The perimeter of the QPV, EPSG:4326.
    """
    labels = read_words("quartier")
    if found.status != "ok":
        return words("p", labels(f"where.{found.status}", year=year), of="note")
    total = sum(found.counts.values()) + found.rest
    lead = words("p", labels.count("where.lead", total, year=year))
    note = words("p", labels("where.note"), of="facts")
    if not found.counts:
        return words("p", labels("where.zero", year=year), of="note")
    names = _names(found)
    drawing = _figure(found, names, name, qpv, area)
    return tag("div", drawing, tag("div", lead, _table(found, names, total), note), of="where")


def _names(found: Where) -> dict[Cell, str]:
    """Return short names of the squares, apart for each side."""
    made: dict[Cell, str] = {}
    for side in sorted({cell.size_m for cell in found.counts}):
        own = {cell.code: cell for cell in found.counts if cell.size_m == side}
        made |= {own[code]: called for code, called in square_names(own).items()}
    return made


def _table(found: Where, names: Mapping[Cell, str], total: int) -> Markup:
    labels = read_words("quartier")
    heads = [
        words("th", labels(f"where.{one}"), attrs={"scope": "col"})
        for one in ("place", "count", "share")
    ]
    ordered = sorted(found.counts, key=lambda cell: (-found.counts[cell], cell))
    lines = [(_called(cell, names), found.counts[cell]) for cell in ordered]
    lines += [(labels("where.rest"), found.rest)] if found.rest else []
    rows = [
        tag(
            "tr",
            words("th", place, attrs={"scope": "row"}),
            words("td", number(count)),
            words("td", quantity(100 * count / total, "%")),
        )
        for place, count in lines
    ]
    caption = words("caption", labels("where.table"), of="seen-by-readers")
    body = tag("tbody", *rows)
    return tag("table", caption, tag("thead", tag("tr", *heads)), body, of="plain-table")


def _called(cell: Cell, names: Mapping[Cell, str]) -> str:
    return read_words("quartier")("where.square", name=names[cell], side=number(cell.size_m))


def _figure(found: Where, names: Mapping[Cell, str], name: str, qpv: str, area: Any) -> Markup:
    labels = read_words("quartier")
    said = [f"{_called(cell, names)} : {number(count)}" for cell, count in found.counts.items()]
    alt = labels("where.alt", quarter=name, counts=listed(said))
    side = min(cell.size_m for cell in found.counts)
    drawing = picture(_drawing(found, names, qpv, area), alt, of="where-map")
    caption = words("figcaption", labels("where.caption", side=number(side)))
    return tag("figure", drawing, caption)


def _drawing(found: Where, names: Mapping[Cell, str], qpv: str, area: Any) -> Markup:
    ground = draw_ground(qpv, area, 1600)  # its origin is a corner of the widest squares
    first = read_cell(ground.squares[0].id)
    assert first is not None
    (x, y), *_ = ground.squares[0].ring
    west, south = first.east - x, first.north - y
    rings = {cell: _ring(cell, west, south) for cell in found.counts}
    every = [point for ring in (*ground.outline, *rings.values()) for point in ring]
    low, high = ([pick(one[axis] for one in every) for axis in (0, 1)] for pick in (min, max))
    pad = 0.03 * max(high[0] - low[0], high[1] - low[1])
    width, height = (high[axis] - low[axis] + 2 * pad for axis in (0, 1))
    outline = "".join(_path(ring) for ring in ground.outline)
    parts = [tag("path", attrs={"d": outline, "fill": _LAND, "fill-rule": "evenodd"})]
    for cell in sorted(rings, key=lambda one: -one.size_m):  # finer ones lie over the wider
        look = {"fill": _shade(cell, found.counts), "stroke": _SQUARE}
        parts.append(
            tag("path", attrs={"d": _path(rings[cell]), "stroke-width": f"{pad / 10:.1f}"} | look)
        )
    edge = {"fill": "none", "stroke": _EDGE, "stroke-width": f"{pad / 6:.1f}"}
    parts.append(tag("path", attrs={"d": outline} | edge))
    for cell, ring in rings.items():
        parts += _words(cell, ring, names[cell], found.counts)
    scale = _LONGEST_PX / max(width, height)
    attrs = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"{low[0] - pad:.0f} {-high[1] - pad:.0f} {width:.0f} {height:.0f}",
        "width": f"{width * scale:.0f}",
        "height": f"{height * scale:.0f}",
        "font-family": "sans-serif",
    }
    return tag("svg", join(parts), attrs=attrs)


def _ring(cell: Cell, west: int, south: int) -> Ring:
    x, y, side = cell.east - west, cell.north - south, cell.size_m
    return [[x, y], [x + side, y], [x + side, y + side], [x, y + side]]


def _path(ring: Ring) -> str:
    return "M" + "L".join(f"{x} {-y}" for x, y in ring) + "Z"


def _inside(cell: Cell, others: Mapping[Cell, int]) -> list[Cell]:
    """Return the told squares that lie in a wider one."""
    return [
        one
        for one in others
        if one.size_m < cell.size_m
        and 0 <= one.east - cell.east < cell.size_m
        and 0 <= one.north - cell.north < cell.size_m
    ]


def _shade(cell: Cell, counts: Mapping[Cell, int]) -> str:
    area: float = cell.size_m**2
    inner = _inside(cell, counts)
    for one in inner:
        if not any(one in _inside(wider, counts) for wider in inner):
            area -= one.size_m**2
    dense = 10_000 * counts[cell] / max(area, 40_000)
    return _SHADES[sum(dense >= step for step in _STEPS)]


def _words(cell: Cell, ring: Ring, name: str, counts: Mapping[Cell, int]) -> list[Markup]:
    """Return the name of a square in its corner, and its count where no finer one lies."""
    (west, south), size = ring[0], cell.size_m
    halo = {"paint-order": "stroke", "stroke": _PAPER, "stroke-linejoin": "round"}
    halo["stroke-width"] = f"{min(size, 400) * 0.05:.0f}"
    letter = min(size, 400)
    corner = {"x": f"{west + size * 0.05:.0f}", "y": f"{-(south + size) + letter * 0.2:.0f}"}
    small = {"font-size": f"{letter * 0.16:.0f}", "fill": _INK}
    middle = {"x": f"{west + size / 2:.0f}", "y": f"{-(south + size * 0.38):.0f}"}
    if _inside(cell, counts):  # beside its name: the middle may be another's
        middle = {"x": f"{west + size * 0.05 + letter * 0.55:.0f}", "y": corner["y"]}
    large = {"font-size": f"{letter * 0.3:.0f}", "fill": _INK, "text-anchor": "middle"}
    return [
        tag("text", text(name), attrs=corner | small | halo),
        tag("text", text(number(counts[cell])), attrs=middle | large | halo),
    ]
