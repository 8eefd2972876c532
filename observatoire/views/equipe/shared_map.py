"""A neighbourhood in squares, with how many shared observations are read in each. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from observatoire.codes import read_cell
from observatoire.labels import read_words
from observatoire.labels.numbers import number
from observatoire.squares import Ground, Ring, draw_ground, square_names
from observatoire.team_desk import Shared
from observatoire.views.grilles.contents import listed
from observatoire.views.markup import Markup, join, picture, tag, text, words

_LAND, _EDGE, _SQUARE, _INK, _PAPER = "#f1efe8", "#35266a", "#8f8d9f", "#1c1b29", "#fcfbf8"
_FAINT = "#6c6a80"
_SHADES = ("#dcdaf3", "#b6b1e3", "#8f88d1")
_STEPS = (1, 4)  # observations under which a shade ends


def grounds(rows: Sequence[Shared], areas: dict[str, Any]) -> dict[tuple[str, int], Ground]:
    """Return each neighbourhood of the rows with the squares of each side that they name.

    Parameters
    ----------
    areas
        The published perimeter of each neighbourhood, EPSG:4326; those that are known.
    """
    read = {(one.qpv, read_cell(one.cell)) for one in rows}
    asked = {(qpv, cell.size_m) for qpv, cell in read if cell is not None and qpv in areas}
    return {(qpv, size): draw_ground(qpv, areas[qpv], size) for qpv, size in sorted(asked)}


def names_of(drawn: dict[tuple[str, int], Ground]) -> dict[tuple[str, str], str]:
    """Return the short name of each square, by neighbourhood and code."""
    return {
        (qpv, cell): name
        for (qpv, _), ground in drawn.items()
        for cell, name in square_names(one.id for one in ground.squares).items()
    }


def maps(rows: Sequence[Shared], quarter: str, drawn: dict[tuple[str, int], Ground]) -> Markup:
    """Return one picture for each side of square, of the one neighbourhood of the rows."""
    labels = read_words("partage")
    pictures = [_figure(rows, quarter, size, ground) for (_, size), ground in drawn.items()]
    title = words("h3", labels("map.title", quarter=quarter))
    return tag("section", title, *pictures, of="team-part shared-maps") if pictures else ""


def _figure(rows: Sequence[Shared], quarter: str, size: int, ground: Ground) -> Markup:
    labels, counted = read_words("partage"), Counter(one.cell for one in rows)
    names = square_names(one.id for one in ground.squares)
    said = [
        labels("map.count", name=name, n=number(counted[cell]))
        for cell, name in sorted(names.items(), key=lambda one: (len(one[1]), one[1]))
        if counted[cell]
    ]
    alt = labels("map.alt", quarter=quarter, size=number(size), counts=listed(said))
    drawing = picture(_drawing(ground, names, counted, size), alt, of="shared-map")
    return tag("figure", drawing, words("figcaption", labels("map.caption", size=number(size))))


def _drawing(ground: Ground, names: dict[str, str], counted: Counter[str], size: int) -> Markup:
    rings = [*ground.outline, *(one.ring for one in ground.squares)]
    width, height = (max(point[axis] for ring in rings for point in ring) for axis in (0, 1))
    edge = size * 0.03
    outline = "".join(_path(ring, height) for ring in ground.outline)
    parts = [tag("path", attrs={"d": outline, "fill": _LAND, "fill-rule": "evenodd"})]
    parts += [_square(one.ring, counted[one.id], height, edge / 3) for one in ground.squares]
    look = {"fill": "none", "stroke": _EDGE, "stroke-width": f"{edge:.1f}"}
    parts.append(tag("path", attrs={"d": outline} | look))
    for one in ground.squares:
        parts += _words(one.ring, names[one.id], counted[one.id], height, size)
    attrs = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"{-edge:.1f} {-edge:.1f} {width + 2 * edge:.1f} {height + 2 * edge:.1f}",
        "width": f"{width / size * 84:.0f}",
        "height": f"{height / size * 84:.0f}",
        "font-family": "sans-serif",
    }
    return tag("svg", join(parts), attrs=attrs)


def _path(ring: Ring, height: int) -> str:
    return "M" + "L".join(f"{x} {height - y}" for x, y in ring) + "Z"


def _square(ring: Ring, count: int, height: int, stroke: float) -> Markup:
    shade = _SHADES[sum(count > step for step in _STEPS)] if count else "none"
    look = {
        "fill": shade,
        "fill-opacity": ".85",
        "stroke": _SQUARE,
        "stroke-width": f"{stroke:.1f}",
    }
    return tag("path", attrs={"d": _path(ring, height)} | look)


def _words(ring: Ring, name: str, count: int, height: int, size: int) -> list[Markup]:
    """Return the name of a square in its corner, and its count in the middle."""
    west, north = min(x for x, _ in ring), max(y for _, y in ring)
    halo = {"paint-order": "stroke", "stroke": _PAPER, "stroke-width": f"{size * 0.05:.0f}"}
    corner = {"x": f"{west + size * 0.06:.0f}", "y": f"{height - north + size * 0.2:.0f}"}
    small = {"font-size": f"{size * 0.16:.0f}", "fill": _INK if count else _FAINT}
    made = [tag("text", text(name), attrs=corner | small | halo)]
    if count:
        middle = {"x": f"{west + size / 2:.0f}", "y": f"{height - north + size * 0.68:.0f}"}
        large = {"font-size": f"{size * 0.34:.0f}", "fill": _INK, "text-anchor": "middle"}
        made.append(tag("text", text(number(count)), attrs=middle | large | halo))
    return made
