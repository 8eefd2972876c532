"""The tiles of the planche: each perimeter in the colour, the pattern or the disc of the map.

`planche_sheet` makes one page of them, to be projected or printed; the pages show them as tiles
that flow (`views.planche`). Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from observatoire.catalogue import Indicator
from observatoire.classify import (
    BLIND,
    COUNT,
    NOT_COLLECTED,
    OUTSIDE,
    SECRET,
    ZERO,
    Breaks,
    symbol_radius,
    zone_classes,
)
from observatoire.component.painting import is_proportional, site_values
from observatoire.disclosure import ProtectedLayer, require_protected
from observatoire.labels import read_words
from observatoire.labels.numbers import number, quantity
from observatoire.palettes import HATCH, LOOKS, PAPER, text_on
from observatoire.tiles import Sheet, Tile

_LONGEST_UNIT = 3
_EDGE, _PALE = "#2b2a3d", "#8a8a86"
_SYMBOL = 30.0  # pixels: radius of the largest disc


@dataclass(frozen=True)
class TileLook:
    """How one tile is read.

    Attributes
    ----------
    letter
        Class character (`classify.zone_classes`).
    said
        The value, or the word of its absence.
    radius
        Radius of the disc of a count, in pixels; 0 for none.
    hatched
        True when the interval contains the reference.
    """

    letter: str
    said: str
    radius: float = 0.0
    hatched: bool = False


def tile_looks(
    layer: ProtectedLayer, codes: Sequence[str], breaks: Breaks, hatched: Collection[str] = ()
) -> dict[str, TileLook]:
    """Return how each neighbourhood is read, by code: the classes and absences of the map.

    Parameters
    ----------
    codes
        All the neighbourhoods of the sheet: discs are drawn against the largest of them.
    breaks
        Classes of the map; empty for a count.
    hatched
        Codes whose interval contains the reference; one without a value is never hatched.
    """
    one = require_protected(layer).description
    cells = site_values(layer, codes)
    counted = is_proportional(one)
    letters = zone_classes(
        [float(value) for value in cells["value"]], list(cells["status"]), breaks, is_count=counted
    )
    largest = max((float(value) for value in cells["value"].dropna()), default=0.0)
    return {
        code: TileLook(
            letter,
            short_value(float(value), one) if status == "ok" else absence(status),
            symbol_radius(float(value), largest, _SYMBOL) if letter == COUNT else 0.0,
            code in hatched and letter not in OUTSIDE,
        )
        for code, letter, value, status in zip(
            codes, letters, cells["value"], cells["status"], strict=True
        )
    }


def short_value(value: float, one: Indicator) -> str:
    """Return a value with its unit when the unit is a sign; a long unit stands in the title."""
    if one.unit and len(one.unit) <= _LONGEST_UNIT:
        return quantity(value, one.unit, one.decimals)
    return number(value, one.decimals)


def absence(status: str) -> str:
    """Return the one or two words of an absence."""
    return read_words("planche")(f"absent.{status}")


def ground_scale(sheet: Sheet) -> str:
    """Return the words of the scale bar: « 500 m », « 1 km »."""
    length, _ = sheet.bar()
    words = read_words("planche")
    if length < 1000:
        return words("scale.metres", n=number(length))
    return words("scale.kilometres", n=number(length / 1000))


def tile_shapes(tile: Tile, look: TileLook, colours: Mapping[str, str], key: str = "") -> str:
    """Return the SVG of a perimeter around (0, 0), with the patterns it uses.

    Parameters
    ----------
    colours
        `palettes.map_colours` of the number of classes.
    key
        Ends the names of the patterns, when several drawings share a document.
    """
    counted = look.letter == COUNT
    fill = PAPER if counted else colours[look.letter]
    edge, width, dash = _EDGE, 1.1, ""
    defs, over = "", ""
    if look.letter == SECRET:
        defs = _hatch(f"secret{key}", 45, HATCH, LOOKS[SECRET])
        fill, edge = f"url(#secret{key})", _PALE
    elif look.letter == BLIND:
        dash, width = ' stroke-dasharray="1 3.2" stroke-linecap="round"', 2.0
    elif look.letter == ZERO:
        width = 1.8
    elif look.letter in OUTSIDE or counted:
        edge = _PALE
    if look.letter == NOT_COLLECTED:
        defs = _dots(f"dots{key}", colours[look.letter])
        fill = f"url(#dots{key})"
    if look.hatched and not counted:
        defs = _hatch(f"doubt{key}", -45, text_on(fill), fill)
        fill = f"url(#doubt{key})"
    shape = (
        f'<path d="{tile.path}" fill="{fill}" fill-rule="evenodd" stroke="{edge}" '
        f'stroke-width="{width}" stroke-linejoin="round"{dash}/>'
    )
    if counted:
        over, more = _disc(tile, look, colours[COUNT], key)
        defs += more
    return f"{_defined(defs)}{shape}{over}"


def _disc(tile: Tile, look: TileLook, colour: str, key: str) -> tuple[str, str]:
    """Return the disc of a count, and the pattern it needs."""
    defs, fill = "", colour
    if look.hatched:
        defs = _hatch(f"doubt{key}", -45, text_on(colour), colour)
        fill = f"url(#doubt{key})"
    x, y = tile.anchor
    disc = (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{look.radius:.1f}" fill="{fill}" '
        f'fill-opacity=".85" stroke="{PAPER}" stroke-width="1"/>'
    )
    return disc, defs


def _hatch(name: str, angle: int, ink: str, paper: str) -> str:
    width, step = (1.6, 5) if angle > 0 else (1.2, 6)
    return (
        f'<pattern id="{name}" width="{step}" height="{step}" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate({angle})"><rect width="{step}" height="{step}" fill="{paper}"/>'
        f'<rect width="{width}" height="{step}" fill="{ink}"/></pattern>'
    )


def _dots(name: str, paper: str) -> str:
    return (
        f'<pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<rect width="6" height="6" fill="{paper}"/><circle cx="3" cy="3" r="1.1" fill="{HATCH}"/>'
        "</pattern>"
    )


def _defined(defs: str) -> str:
    return f"<defs>{defs}</defs>" if defs else ""
