"""Generalised outlines: valid, within the tolerance, no new overlap, the same bytes each time."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from contour_files import perimeters, write_geojson, write_layer
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely.affinity import translate
from shapely.geometry import MultiPolygon, Point, Polygon, box

from observatoire.boundaries import read_boundaries
from observatoire.boundaries.agreement import DUST_M2, allowed_gap_m, stray_m2
from observatoire.boundaries.extract import PROPERTIES, boundary_members, extract_boundaries
from observatoire.boundaries.generalise import generalise, round_to_grid, without_dust
from observatoire.boundaries.geojson import to_geojson, write_atomically
from observatoire.errors import FileError, NotFoundError
from observatoire.sources import find_source

HERE = (800_000, 6_480_000)
ROUNDING_M = 0.1


def _metric(*grounds: Polygon) -> gpd.GeoSeries:
    return gpd.GeoSeries([MultiPolygon([ground]) for ground in grounds], crs=2154)


@st.composite
def wobbly(draw: st.DrawFn) -> Polygon:
    """A star-shaped outline with many small teeth."""
    radii = draw(st.lists(st.floats(150, 400), min_size=8, max_size=40))
    wheel = [
        translate(Point(0, 0), *HERE)
        .buffer(radius, quad_segs=64)
        .exterior.interpolate(rank / len(radii), normalized=True)
        for rank, radius in enumerate(radii)
    ]
    return Polygon([(point.x, point.y) for point in wheel])


@given(wobbly(), st.sampled_from([0.0, 0.5, 2.0, 10.0, 40.0]))
@settings(deadline=None)
def test_an_outline_stays_valid_and_within_the_tolerance(ground, tolerance):
    before = _metric(ground)
    after = generalise(before.to_crs(4326), 2154, tolerance)
    assert after.is_valid.all()
    assert set(after.geom_type) == {"MultiPolygon"}
    gap = shapely.hausdorff_distance(before.boundary.iloc[0], after.to_crs(2154).boundary.iloc[0])
    assert gap <= tolerance + ROUNDING_M


@given(wobbly(), st.floats(100, 700), st.sampled_from([2.0, 20.0]))
@settings(deadline=None)
def test_neighbours_that_share_an_edge_never_come_to_overlap(ground, width, tolerance):
    """A cut through a wobbly outline: its two halves touch all along the cut."""
    cut = box(HERE[0] - 1000, HERE[1] - 1000, HERE[0] - 350 + width, HERE[1] + 1000)
    left, right = ground.intersection(cut), ground.difference(cut)
    assume(left.geom_type == right.geom_type == "Polygon")
    assume(not left.buffer(-5).is_empty and not right.buffer(-5).is_empty)  # ground, not slivers
    after = generalise(_metric(left, right).to_crs(4326), 2154, tolerance)
    assert after.iloc[0].intersection(after.iloc[1]).area == 0
    assert after.is_valid.all()


def test_an_overlap_that_was_published_is_not_taken_away():
    before = _metric(box(0, 0, 100, 100), box(90, 0, 200, 100)).translate(*HERE)
    after = generalise(before.to_crs(4326), 2154, 2.0).to_crs(2154)
    assert after.iloc[0].intersection(after.iloc[1]).area == pytest.approx(1000, rel=0.02)


def test_dust_goes_but_never_the_last_part():
    speck, square = box(0, 0, 0.5, 0.5), box(50, 50, 150, 150)
    both = gpd.GeoSeries([MultiPolygon([speck, square]), MultiPolygon([speck])], crs=2154)
    kept = without_dust(both)
    assert [len(ground.geoms) for ground in kept] == [1, 1]
    assert kept.area.to_list() == [10_000, 0.25]


@given(wobbly(), st.integers(0, 30))
@settings(deadline=None)
def test_where_a_ring_starts_and_turns_does_not_change_the_result(ground, start):
    points = list(ground.exterior.coords)[:-1]
    turned = Polygon([*points[start % len(points) :], *points[: start % len(points)]][::-1])
    one, other = (round_to_grid(_metric(g).to_crs(4326)).iloc[0] for g in (ground, turned))
    assert one.wkb == other.wkb
    assert one.geoms[0].exterior.is_ccw


# --- extraction ------------------------------------------------------------------------------


@pytest.fixture
def reading(tmp_path):
    return read_boundaries(write_layer(perimeters(), tmp_path / "c.gpkg"))


def _text(reading, frame) -> str:
    members = boundary_members(reading, find_source("qpv_2015_wgs84"), frame, "toy")
    return to_geojson(frame, PROPERTIES, members)


def test_an_extract_reads_back_as_what_it_was(reading, tmp_path):
    frame = extract_boundaries(reading, 2.0, lambda code, department: True)
    path = tmp_path / "extract.geojson"
    write_atomically(path, _text(reading, frame))
    again = read_boundaries(path)
    assert (again.edition, again.tolerance_m, again.refused) == ("2015", 2.0, ())
    pd.testing.assert_frame_equal(
        again.frame[["code", "name", "commune", "department"]],
        frame[["code", "name", "commune", "department"]],
    )
    assert list(again.frame.geometry) == list(frame.geometry)


def test_an_extract_keeps_only_what_is_asked_for(reading):
    frame = extract_boundaries(reading, 2.0, lambda code, department: code == "QP042902")
    assert list(frame["code"]) == ["QP042902"]
    with pytest.raises(NotFoundError):
        extract_boundaries(reading, 2.0, lambda code, department: department == "57")


def test_tolerances_add_up(reading, tmp_path):
    frame = extract_boundaries(reading, 2.0, lambda code, department: True)
    write_atomically(tmp_path / "e.geojson", _text(reading, frame))
    twice = extract_boundaries(read_boundaries(tmp_path / "e.geojson"), 5.0, lambda *_: True)
    assert set(twice["tolerance_m"]) == {7.0}


def test_the_order_of_the_rows_does_not_change_the_bytes(tmp_path):
    forwards = read_boundaries(write_layer(perimeters(), tmp_path / "f.gpkg"))
    backwards = read_boundaries(write_layer(perimeters()[::-1], tmp_path / "b.gpkg"))
    one, other = (
        to_geojson(extract_boundaries(item, 2.0, lambda *_: True), PROPERTIES, {})
        for item in (forwards, backwards)
    )
    assert one == other


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "folder").write_text("a file where a folder should be")
    with pytest.raises(FileError):
        write_atomically(tmp_path / "folder" / "c.geojson", "{}")
    write_geojson(tmp_path / "kept.geojson")
    assert not list(tmp_path.glob("*.part"))


# --- the official file, or what the project holds --------------------------------------------

CLONE = Path(__file__).parent.parent
OWN = CLONE / "data/qpv_contours/qpv_2015_sites_2m.geojson"


def test_the_projects_file_is_its_own_extract(tmp_path):
    """Extracting again, without simplifying more, gives the same ground to the last decimal."""
    reading = read_boundaries(OWN)
    again = extract_boundaries(reading, 0.0, lambda *_: True)
    assert list(again.geometry) == list(reading.frame.geometry)


def test_the_projects_file_is_what_the_command_writes_from_the_official_one(official_data):
    document = json.loads(OWN.read_text("utf-8"))
    path = official_data / "qpv_2015" / document["source"]["file"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == document["source"]["sha256"]
    reading = read_boundaries(path)
    codes = {item["properties"]["code_qp"] for item in document["features"]}
    frame = extract_boundaries(reading, 2.0, lambda code, _: code in codes)
    members = boundary_members(reading, find_source("qpv_2015_wgs84"), frame, OWN.stem)
    assert to_geojson(frame, PROPERTIES, members) == OWN.read_text("utf-8")


def test_every_perimeter_of_france_generalises_within_two_metres(official_data):
    path = official_data / "qpv_2015/QP_METROPOLE_LB93.shp"
    official = read_boundaries(path)
    light = extract_boundaries(official, 2.0, lambda *_: True).set_index("code")
    frame = official.frame.set_index("code").loc[light.index]
    assert light.geometry.is_valid.all()
    allowed = pd.Series(allowed_gap_m(0, 2), index=frame.index)
    stray = stray_m2(frame.geometry, light.geometry, frame["department"], allowed)
    assert stray.max() <= DUST_M2
    vertices = frame.geometry.count_coordinates().sum(), light.geometry.count_coordinates().sum()
    assert vertices[1] < 0.75 * vertices[0]
    assert _overlap_m2(light) <= _overlap_m2(frame) + 1


def _overlap_m2(frame: gpd.GeoDataFrame) -> float:
    metric = frame.geometry.to_crs(2154)
    left, right = metric.sindex.query(metric, predicate="intersects")
    pairs = [(i, j) for i, j in zip(left, right, strict=True) if i < j]
    return sum(metric.iloc[i].intersection(metric.iloc[j]).area for i, j in pairs)
