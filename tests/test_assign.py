"""Points → areas: exact, a boundary counts, and PostGIS says the same."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from observatoire.assign import assign
from observatoire.errors import CrsError
from observatoire.observations import Columns, read_observations

CORNERS = st.integers(0, 8)
BOXES = st.tuples(CORNERS, CORNERS, st.integers(1, 4), st.integers(1, 4)).map(
    lambda at: shapely.box(at[0], at[1], at[0] + at[2], at[1] + at[3])
)
# Half steps: points inside, on edges, on corners and outside all occur.
POINTS = st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=40).map(
    lambda pairs: gpd.GeoSeries([shapely.Point(x / 2, y / 2) for x, y in pairs], crs=4326)
)
AREAS = st.lists(BOXES, max_size=8).map(
    lambda boxes: gpd.GeoSeries(
        boxes, index=[f"QP042{number:03d}" for number in range(len(boxes))], crs=4326
    )
)


def slow(points: gpd.GeoSeries, areas: gpd.GeoSeries) -> list[str | None]:
    """The definition, one point and one area at a time."""
    return [
        next((code for code in sorted(areas.index) if areas[code].intersects(point)), None)
        for point in points
    ]


def given_codes(codes: pd.Series) -> list[str | None]:
    return [None if pd.isna(code) else code for code in codes]


@given(points=POINTS, areas=AREAS)
def test_a_point_has_the_first_area_that_it_intersects(points, areas):
    assert given_codes(assign(points, areas)) == slow(points, areas)


@given(points=POINTS, areas=AREAS, seed=st.randoms(use_true_random=False))
def test_neither_the_order_of_points_nor_that_of_areas_matters(points, areas, seed):
    order, codes = list(points.index), list(areas.index)
    seed.shuffle(order)
    seed.shuffle(codes)
    shuffled = assign(points.loc[order], areas.loc[codes])
    pd.testing.assert_series_equal(shuffled.sort_index(), assign(points, areas).sort_index())


@given(points=POINTS, areas=AREAS)
def test_the_index_of_the_points_is_kept(points, areas):
    named = points.set_axis([f"p{number}" for number in range(len(points))])
    assert list(assign(named, areas).index) == list(named.index)


def test_a_boundary_and_a_corner_count_and_a_hole_does_not():
    ring = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    areas = gpd.GeoSeries([ring], index=["QP042901"], crs=4326)
    points = gpd.GeoSeries(
        gpd.points_from_xy([0, 3, 1, 1.5, 0.5, 4], [0, 1.5, 1.5, 1.5, 0.5, 4]), crs=4326
    )
    assert assign(points, areas).notna().tolist() == [True, True, True, False, True, False]


def test_a_missing_or_empty_point_lies_nowhere():
    areas = gpd.GeoSeries([shapely.box(0, 0, 1, 1)], index=["QP042901"], crs=4326)
    points = gpd.GeoSeries([None, shapely.Point(), shapely.Point(0.5, 0.5)], crs=4326)
    assert given_codes(assign(points, areas)) == [None, None, "QP042901"]


def test_another_crs_is_an_error_not_an_empty_answer():
    points = gpd.GeoSeries([shapely.Point(4, 45)], crs=4326)
    areas = gpd.GeoSeries([shapely.box(0, 0, 1, 1)], index=["QP042901"], crs=4326)
    with pytest.raises(CrsError):
        assign(points, areas.to_crs(2154))
    with pytest.raises(CrsError):
        assign(points.set_crs(2975, allow_override=True), areas)


def test_postgis_says_the_same_on_edges_corners_and_anywhere(store):
    draw = np.random.Generator(np.random.PCG64(4))
    corners = draw.integers(0, 8, (12, 2))
    boxes = [shapely.box(x, y, x + 2, y + 1) for x, y in corners]
    areas = gpd.GeoSeries(boxes, index=[f"QP042{n:03d}" for n in range(12)], crs=4326)
    points = gpd.GeoSeries(shapely.points(draw.integers(0, 40, (500, 2)) / 4), crs=4326)
    with store.owner() as connection:
        answer = connection.execute(
            text(
                "SELECT p.n, min(a.code)"
                " FROM unnest(CAST(:points AS bytea[])) WITH ORDINALITY AS p(wkb, n)"
                " JOIN unnest(CAST(:codes AS text[]), CAST(:areas AS bytea[])) AS a(code, wkb)"
                " ON ST_Intersects(ST_GeomFromWKB(a.wkb), ST_GeomFromWKB(p.wkb)) GROUP BY p.n"
            ),
            {
                "points": points.to_wkb().tolist(),
                "codes": list(areas.index),
                "areas": areas.to_wkb().tolist(),
            },
        ).all()
    ours = assign(points, areas)
    assert {number - 1: code for number, code in answer} == ours.dropna().to_dict()
    assert ours.isna().any()


def test_the_restaurants_of_the_three_sites_are_701_at_full_precision(official_data):
    reading = read_observations(
        official_data / "points" / "sirene_restauration_rapide.csv",
        theme="restauration",
        columns=Columns(date="mois_creation"),
        today=date(2026, 12, 31),
    )
    file = official_data / "qpv_2015" / "QP_METROPOLEOUTREMER_WGS84_EPSG4326.shp"
    exact = gpd.read_file(file).set_index("CODE_QP").geometry.make_valid()
    metric = exact.loc[exact.index.str[2:5].isin(["02B", "042", "057"])].to_crs(2154)
    coarse = metric.simplify(2, preserve_topology=True).to_crs(4326)
    assert assign(reading.frame.geometry, exact).notna().sum() == 701
    assert assign(reading.frame.geometry, coarse).notna().sum() != 701
