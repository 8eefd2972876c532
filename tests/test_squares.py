"""The squares of the public grids: their names, and which of them are of a neighbourhood."""

from __future__ import annotations

import math
import random

import pytest
import shapely
from entry_town import make_town
from map_layers import perimeters
from pyproj import Transformer
from sqlalchemy import text

from observatoire.codes import read_cell
from observatoire.squares import MARGIN_M, draw_ground, grid_of, is_near, square_names
from observatoire.store import captured

SIZES = (200, 400, 800, 1600)
# Invented perimeters of territories that the project's own data does not hold.
OVERSEAS = {"QP974001": (55.45, -20.88), "QP971001": (-61.53, 16.24)}
WITHOUT_GRID = {"QP973001": (-52.33, 4.92)}


def some_area(longitude, latitude):
    return shapely.box(longitude, latitude, longitude + 0.004, latitude + 0.003)


def around(draw, qpv, area, count=60):
    """Return squares of every side within two kilometres of a neighbourhood, and far ones."""
    epsg = grid_of(qpv) or 3035
    to_metres = Transformer.from_crs(4326, epsg, always_xy=True)
    x, y = to_metres.transform(*shapely.centroid(area).coords[0])
    for _ in range(count):
        size = draw.choice(SIZES)
        reach = draw.choice([800, 2000, 60_000])
        east, north = (
            math.floor((one + draw.uniform(-reach, reach)) / size) * size for one in (x, y)
        )
        yield f"CRS{epsg}RES{size}mN{north}E{east}"


def test_every_square_that_is_offered_is_of_its_neighbourhood():
    for code, area in list(perimeters().geometry.items())[::9]:
        for size in SIZES:
            for one in draw_ground(code, area, size).squares:
                assert is_near(code, area, one.id), (code, one.id)


def test_a_square_further_than_the_margin_is_of_another_place():
    code = "QP042001"
    area = perimeters().geometry[code]
    far = read_cell(max(one.id for one in draw_ground(code, area, 200).squares))
    gone = f"CRS3035RES200mN{far.north + 200 * 40}E{far.east}"
    for cell in (gone, gone.replace("3035", "2975"), "45.44,4.38", "CRS3035RES200mN1E1", ""):
        assert not is_near(code, area, cell)
    assert not is_near(code, None, draw_ground(code, area, 200).squares[0].id)
    assert MARGIN_M < 200, "less than the smallest square"


def test_squares_are_named_as_on_a_chess_board():
    cells = [f"CRS3035RES400mN{north}E{east}" for north in (800, 1200) for east in (-400, 0, 400)]
    assert square_names(cells) == {
        "CRS3035RES400mN1200E-400": "A1",
        "CRS3035RES400mN1200E0": "B1",
        "CRS3035RES400mN1200E400": "C1",
        "CRS3035RES400mN800E-400": "A2",
        "CRS3035RES400mN800E0": "B2",
        "CRS3035RES400mN800E400": "C2",
    }
    row = [f"CRS3035RES200mN0E{200 * rank}" for rank in range(30)]
    assert list(square_names(row).values())[24:29] == ["Y1", "Z1", "AA1", "AB1", "AC1"]
    assert square_names([]) == {}


@pytest.fixture
def town(store, settings):
    make_town(store, settings)
    with store.owner() as owner:
        for code, place in (OVERSEAS | WITHOUT_GRID).items():
            owner.execute(
                text(
                    "INSERT INTO published.boundary VALUES ('2015', :code, 'x', 'x', :department,"
                    " 1, 0, ST_Multi(ST_GeomFromWKB(:area, 4326)))"
                ),
                {
                    "code": code,
                    "department": code[2:5],
                    "area": shapely.to_wkb(some_area(*place)),
                },
            )
    return store


def test_the_database_and_the_page_know_the_same_squares(town):
    """Two hundred squares near and far, of the metropolis and overseas; none is on the limit."""
    draw, seen = random.Random(7), {True: 0, False: 0}
    quarters = [*list(perimeters().index)[::7], *OVERSEAS, *WITHOUT_GRID]
    statement = text("SELECT capture.is_near(:cell, :qpv)")
    with town.owner() as owner:
        for qpv in quarters:
            area = captured.read_perimeter(owner, qpv)
            for cell in around(draw, qpv, area):
                found = owner.execute(statement, {"cell": cell, "qpv": qpv}).scalar()
                assert found == is_near(qpv, area, cell), (qpv, cell)
                seen[found] += qpv in OVERSEAS or qpv not in WITHOUT_GRID
        for qpv, cell in (
            ("QP042001", "CRS2975RES200mN2000000E4000000"),
            ("QP042001", "45.44,4.38"),
            ("QP042001", ""),
            ("QP974001", "CRS3035RES200mN2547200E3901600"),
            ("QP999001", "CRS3035RES200mN2547200E3901600"),
        ):
            area = captured.read_perimeter(owner, qpv)
            assert not is_near(qpv, area, cell)
            assert not owner.execute(statement, {"cell": cell, "qpv": qpv}).scalar()
    assert min(seen.values()) > 100
