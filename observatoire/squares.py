"""The squares of INSEE's grids over a neighbourhood, and its outline in the same metres. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from math import ceil, floor

import shapely
from pyproj import Transformer

from observatoire.codes import Cell, qpv_department, read_cell

Ring = list[list[int]]
_GRIDS = {"974": 2975, "971": 5490, "972": 5490, "977": 5490, "978": 5490}
_METROPOLIS = 3035
_NO_GRID = frozenset({"973", "976", "987", "988"})
MARGIN_M = 50
"""How far from a neighbourhood a square may still be said to be of it: perimeters are generalised,
and a phone may hold those of an earlier release. `capture.is_near` says the same in SQL."""


@dataclass(frozen=True)
class Square:
    """One square: INSEE's identifier, and its ring in metres from the ground's origin."""

    id: str
    ring: Ring


@dataclass(frozen=True)
class Ground:
    """A neighbourhood in metres: outline rings, holes included, and the squares that meet it."""

    outline: list[Ring]
    squares: list[Square]


def grid_of(qpv: str) -> int | None:
    """Return the EPSG code of the public grid of a QPV's territory, None when it has none.

    EPSG:3035 for the metropolis, 2975 for La Réunion, 5490 for the French Antilles: the CRS of
    INSEE's 200 m grids.
    """
    department = qpv_department(qpv)
    return None if department in _NO_GRID else _GRIDS.get(department, _METROPOLIS)


def draw_ground(qpv: str, area: shapely.Geometry, size: int | None) -> Ground:
    """Return a QPV's outline and the squares of a side of `size` metres that meet it.

    Parameters
    ----------
    area
        Its perimeter, EPSG:4326.
    size
        None: no square.

    Notes
    -----
    Coordinates are whole metres from the south-west corner of the ground, y to the north.
    """
    epsg = grid_of(qpv)
    projected = _project(area, epsg or _METROPOLIS)
    west, south, east, north = projected.bounds
    step = size or 200
    origin = (floor(west / step) * step, floor(south / step) * step)
    outline = [
        _ring(ring.coords, origin)
        for part in shapely.get_parts(projected)
        for ring in (part.exterior, *part.interiors)
    ]
    if size is None or epsg is None:
        return Ground(outline, [])
    shapely.prepare(projected)
    squares = [
        _square(epsg, size, x, y, origin)
        for y in range(origin[1], ceil(north / size) * size, size)
        for x in range(origin[0], ceil(east / size) * size, size)
        if projected.intersects(shapely.box(x, y, x + size, y + size))
    ]
    return Ground(outline, squares)


def is_near(qpv: str, area: shapely.Geometry | None, cell: str) -> bool:
    """Tell whether a square meets a QPV, or nearly (`MARGIN_M`).

    Parameters
    ----------
    area
        Its perimeter, EPSG:4326; None when it is not known: no square is then of it.
    """
    square = read_cell(cell)
    if square is None or area is None or square.epsg != grid_of(qpv):
        return False
    side = shapely.box(
        square.east, square.north, square.east + square.size_m, square.north + square.size_m
    )
    return bool(shapely.dwithin(_project(area, square.epsg), side, MARGIN_M))


def square_names(cells: Iterable[str]) -> dict[str, str]:
    """Return short names of the squares of one side over a QPV: « A1 », as the page Saisie says.

    Letters go from the west, numbers from the north, by the corners that their codes hold.
    """
    read = {cell: read_cell(cell) for cell in cells}
    placed = {
        cell: (one.east // one.size_m, one.north // one.size_m)
        for cell, one in read.items()
        if one is not None
    }
    west = min((east for east, _ in placed.values()), default=0)
    top = max((north for _, north in placed.values()), default=0)
    return {
        cell: f"{_letters(east - west)}{top - north + 1}" for cell, (east, north) in placed.items()
    }


def _letters(rank: int) -> str:
    head = _letters(rank // 26 - 1) if rank >= 26 else ""
    return head + chr(ord("A") + rank % 26)


def _project(area: shapely.Geometry, epsg: int) -> shapely.Geometry:
    return shapely.transform(area, _to_metres(epsg).transform, interleaved=False)


@cache
def _to_metres(epsg: int) -> Transformer:
    """Return what projects to a grid: costly to make, and safe for all threads once made."""
    return Transformer.from_crs(4326, epsg, always_xy=True)


def _square(epsg: int, size: int, x: int, y: int, origin: tuple[int, int]) -> Square:
    corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]
    return Square(Cell(epsg, size, y, x).code, _ring(corners, origin))


def _ring(coordinates: object, origin: tuple[int, int]) -> Ring:
    return [[round(x - origin[0]), round(y - origin[1])] for x, y, *_ in coordinates]  # type: ignore[attr-defined]
