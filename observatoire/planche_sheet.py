"""The planche as one page: title, tiles by site, legend, scale bar, source. SVG text."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from html import escape
from itertools import chain

import geopandas as gpd

from observatoire.classify import Breaks
from observatoire.disclosure import ProtectedLayer, require_protected
from observatoire.labels import read_words
from observatoire.labels.numbers import edition_words
from observatoire.labels.numbers import period as period_words
from observatoire.labels.typography import typeset
from observatoire.legends import legend_rows
from observatoire.palettes import INK, PAPER, map_colours
from observatoire.planche import TileLook, ground_scale, tile_looks, tile_shapes
from observatoire.sheets import cite
from observatoire.tiles import Sheet, Tile, tile_sheet

COLUMNS = 12
_TILE, _GAP, _WORDS, _HEAD, _FOOT, _MARGIN = 160.0, 10.0, 82.0, 104.0, 104.0, 26.0
_SOFT = "#55546a"
_LETTER = 0.56  # width of a letter over its size, on average


def write_planche(
    layer: ProtectedLayer,
    boundaries: gpd.GeoDataFrame,
    *,
    breaks: Breaks,
    hatched: Collection[str] = (),
    reference: str = "",
) -> str:
    """Return the planche as an SVG document.

    Parameters
    ----------
    boundaries
        Neighbourhoods of the sites, as `tiles.tile_sheet` takes them.
    breaks
        Classes of the map; empty for a count.
    hatched, reference
        Codes whose interval contains the reference, and the words of that reference.

    Raises
    ------
    DisclosureError
        When the layer did not pass the door.
    """
    require_protected(layer)
    sheet = tile_sheet(boundaries, width=_TILE)
    codes = [tile.code for tile in sheet.tiles]
    looks = tile_looks(layer, codes, breaks, hatched)
    places = _places(sheet)
    rows = max((row for _, row, _ in places), default=0) + 1
    step = sheet.height + _WORDS + _GAP
    width = COLUMNS * (_TILE + _GAP) - _GAP + 2 * _MARGIN
    height = _HEAD + rows * step + _FOOT
    colours = map_colours(len(breaks))
    cells = [
        f'<g transform="translate({_MARGIN + column * (_TILE + _GAP):.0f} '
        f'{_HEAD + row * step:.0f})">{_cell(cell, sheet, looks, colours)}</g>'
        for column, row, cell in places
    ]
    said = " ".join(_heading(layer))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" lang="fr" '
        f'font-family="sans-serif" fill="{INK}"><title>{escape(said)}</title>'
        f'<rect width="100%" height="100%" fill="{PAPER}"/>{_title(layer)}{"".join(cells)}'
        f"{_foot(layer, sheet, looks, breaks, reference=reference, height=height)}</svg>\n"
    )


def _places(sheet: Sheet) -> list[tuple[int, int, Tile | tuple[str, int]]]:
    """Return column, row and content of every cell: each site begins with a cell of its own."""
    cells: list[Tile | tuple[str, int]] = list(
        chain.from_iterable(((name, len(tiles)), *tiles) for name, tiles in sheet.sites().items())
    )
    return [(rank % COLUMNS, rank // COLUMNS, cell) for rank, cell in enumerate(cells)]


def _cell(
    cell: Tile | tuple[str, int],
    sheet: Sheet,
    looks: Mapping[str, TileLook],
    colours: Mapping[str, str],
) -> str:
    if isinstance(cell, Tile):
        return _tile(cell, sheet, looks[cell.code], colours)
    name, count = cell
    counted = read_words("planche").count("count", count)
    return (
        f'<rect y="4" width="6" height="{sheet.height:.0f}" fill="{INK}"/>'
        + text(name, 18, sheet.height / 2, 26, weight=700)
        + text(counted, 18, sheet.height / 2 + 24, 15, fill=_SOFT)
    )


def _tile(tile: Tile, sheet: Sheet, look: TileLook, colours: Mapping[str, str]) -> str:
    words = read_words("planche")
    fields = {"name": tile.name, "commune": tile.commune, "said": look.said}
    said = words("alt" if tile.commune else "alt_bare", **fields)
    middle, under = _TILE / 2, sheet.height
    shown = not look.letter.isalpha() or look.letter in ("p", "z")
    value = text(
        look.said,
        middle,
        under + 22,
        22 if shown else 17,
        weight=700 if shown else 400,
        anchor="middle",
    )
    names = "".join(
        text(line, middle, under + 41 + 15 * rank, 13.5, anchor="middle")
        for rank, line in enumerate(wrapped(tile.name, 13.5, _TILE, 2))
    )
    below = under + 41 + 15 * len(wrapped(tile.name, 13.5, _TILE, 2))
    (commune,) = wrapped(tile.commune, 12, _TILE, 1) or ("",)
    town = text(commune, middle, below, 12, fill=_SOFT, anchor="middle") if commune else ""
    drawn = tile_shapes(tile, look, colours, f"-{tile.code}")
    shape = f'<g transform="translate({middle:.0f} {under / 2:.1f})">{drawn}</g>'
    return f"<title>{escape(said)}</title>{shape}{value}{names}{town}"


def _heading(layer: ProtectedLayer) -> tuple[str, ...]:
    words = read_words("planche")
    label = typeset(layer.description.label)
    title = words("heading", label=label, period=period_words(layer.period))
    line = words("line", edition=edition_words(layer.edition), source=typeset(cite(layer)))
    unit = words("unit", unit=typeset(layer.description.unit)) if layer.description.unit else ""
    return tuple(part for part in (title, unit, line) if part)


def _title(layer: ProtectedLayer) -> str:
    title, *lines = _heading(layer)
    drawn = text(title, _MARGIN, 48, 32, weight=700)
    drawn += text(" ".join(lines), _MARGIN, 78, 16, fill=_SOFT)
    if layer.fictitious:
        words = read_words("planche")
        end = COLUMNS * (_TILE + _GAP) - _GAP + _MARGIN
        drawn += (
            f'<rect x="{end - 230:.0f}" y="18" width="230" height="38" rx="6" fill="#fff1cf"/>'
            + text(words("fictitious"), end - 115, 44, 20, weight=700, anchor="middle")
        )
    return drawn


def _foot(
    layer: ProtectedLayer,
    sheet: Sheet,
    looks: Mapping[str, TileLook],
    breaks: Breaks,
    *,
    reference: str,
    height: float,
) -> str:
    """Return the legend and the scale bar on one line, the note on hatching under it."""
    top = height - _FOOT + 22
    letters = "".join(look.letter for look in looks.values())
    pieces, x = [], _MARGIN
    for row in legend_rows(letters, breaks, layer.description.decimals):
        swatch, label = _swatch(row.letter, row.colour), f"{row.text} ({row.count})"
        pieces.append(f'<g transform="translate({x:.0f} {top:.0f})">{swatch}</g>')
        pieces.append(text(label, x + 42, top + 18, 15))
        x += 42 + len(label) * 15 * _LETTER + 18
    if any(look.hatched for look in looks.values()):
        words = read_words("planche")
        said = words("hatched_named", reference=reference) if reference else words("hatched")
        pieces.append(text(said, _MARGIN, top + 54, 15))
    _, length = sheet.bar()
    end = COLUMNS * (_TILE + _GAP) - _GAP + _MARGIN
    pieces.append(_bar(end - length, top + 44, length))
    pieces.append(text(ground_scale(sheet), end - length / 2, top + 36, 15, anchor="middle"))
    return "".join(pieces)


def _bar(x: float, y: float, length: float) -> str:
    return (
        f'<path d="M{x:.1f} {y - 5:.1f}v10M{x:.1f} {y:.1f}h{length:.1f}m0 -5v10" '
        f'fill="none" stroke="{INK}" stroke-width="1.6"/>'
    )


def _swatch(letter: str, colour: str) -> str:
    box = Tile("", "", "", "", "M-16 -12L16 -12L16 12L-16 12Z", (0.0, 0.0), (0.0, 0.0))
    look = TileLook(letter, "", 9.0 if letter == "p" else 0.0)
    drawn = tile_shapes(box, look, {letter: colour}, f"-l{letter}")
    return f'<g transform="translate(16 12)">{drawn}</g>'


def text(
    plain: str,
    x: float,
    y: float,
    size: float,
    *,
    weight: int = 400,
    fill: str = INK,
    anchor: str = "start",
) -> str:
    """Return one line of SVG text, escaped."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}" fill="{fill}">{escape(plain)}</text>'
    )


def wrapped(plain: str, size: float, width: float, lines: int) -> tuple[str, ...]:
    """Cut a name into lines that hold in a width, the last one ended by « … » when it must be."""
    most = max(int(width / (size * _LETTER)), 4)
    found: list[str] = []
    for word in plain.split():
        if found and len(found[-1]) + 1 + len(word) <= most:
            found[-1] += f" {word}"
        else:
            found.append(word)
    if len(found) > lines:
        found = [*found[: lines - 1], " ".join(found[lines - 1 :])]
    return tuple(line if len(line) <= most else line[: most - 1] + "…" for line in found)
