"""Perimeters: every published form is read, repaired openly, refused with a reason."""

from __future__ import annotations

import json
import math
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from contour_files import (
    BOW_TIE,
    feature,
    metric_square,
    perimeters,
    perimeters_2024,
    polygon,
    ring,
    shapefile_parts,
    write_geojson,
    write_layer,
    write_shapefile,
    zip_files,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely.geometry import MultiPolygon, Polygon

from observatoire.boundaries import read_boundaries, repair, require_accepted
from observatoire.boundaries.agreement import DUST_M2, allowed_gap_m, stray_m2
from observatoire.boundaries.repair import area_changes
from observatoire.crs import metric_areas
from observatoire.errors import CodeError, CrsError, FileError
from observatoire.schemas import BOUNDARIES, faults

OVERSEAS = {
    "971": (5490, (636_000, 1_796_000)),
    "972": (5490, (707_000, 1_616_000)),
    "973": (2972, (352_000, 545_000)),
    "974": (2975, (338_000, 7_690_000)),
    "976": (4471, (522_000, 8_586_000)),
    "978": (5490, (490_000, 1_998_000)),
    "987": (3297, (227_000, 8_060_000)),
}


# --- the forms in which perimeters are published ---------------------------------------------


def _written(form: str, frame: gpd.GeoDataFrame, folder: Path) -> Path:
    if form == "shapefile":
        return write_shapefile(frame, folder / "contours.shp")
    if form == "zip":
        path = write_shapefile(frame, folder / "contours.shp")
        return zip_files(folder / "contours.zip", shapefile_parts(path), "SHP/")
    if form == "geopackage":
        return write_layer(frame, folder / "contours.gpkg")
    frame.to_crs(4326).to_file(folder / "contours.geojson", driver="GeoJSON")
    if form == "zipped geojson":
        return zip_files(folder / "c.zip", [folder / "contours.geojson"], "GEOJSON/")
    return folder / "contours.geojson"


FORMS = ("shapefile", "zip", "geopackage", "geojson", "zipped geojson")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_perimeters(form, tmp_path):
    reading = read_boundaries(_written(form, perimeters(), tmp_path))
    assert reading.refused == reading.repaired == ()
    assert (reading.features, reading.edition, reading.tolerance_m) == (3, "2015", 0)
    assert list(reading.frame["code"]) == ["QP042901", "QP042902", "QP042903"]
    assert reading.frame["area_m2"].to_numpy() == pytest.approx(1e6, rel=1e-5)
    assert reading.frame["name"][0] == "Quartier fictif né à l’été 0"
    assert reading.frame["commune"][0] == "Saint-Fictif-lès-Prés"
    assert set(reading.frame["department"]) == {"42"}
    assert faults(reading.frame, BOUNDARIES) == ()


@pytest.mark.parametrize("form", FORMS)
def test_the_columns_of_2024_are_read_in_every_form(form, tmp_path):
    reading = read_boundaries(_written(form, perimeters_2024(), tmp_path))
    assert reading.edition == "2024"
    assert list(reading.frame["code"]) == ["QN04291M", "QN04292M"]
    assert set(reading.frame["commune"]) == {"Saint-Fictif-lès-Prés"}


def test_column_names_may_be_in_either_case(tmp_path):
    frame = perimeters().rename(columns={"CODE_QP": "Code_Qp", "NOM_QP": "nom_QP "})
    assert len(read_boundaries(write_layer(frame, tmp_path / "c.gpkg")).frame) == 3


def test_upper_case_suffixes_are_read(tmp_path):
    path = write_shapefile(perimeters(), tmp_path / "contours.shp")
    for part in shapefile_parts(path):
        part.rename(part.with_suffix(part.suffix.upper()))
    assert len(read_boundaries(path.with_suffix(".SHP")).frame) == 3


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1"])
@pytest.mark.parametrize("declared", ["right", "absent", "wrong"])
def test_accents_are_right_whatever_the_cpg_says(encoding, declared, tmp_path):
    frame = perimeters().assign(NOM_QP="Crêt de Roc – été".replace("–", "-"))
    path = write_shapefile(frame, tmp_path / "contours.shp", encoding)
    cpg = path.with_suffix(".cpg")
    if declared == "wrong":
        cpg.write_text({"UTF-8": "ISO-8859-1", "ISO-8859-1": "UTF-8"}[encoding])
    elif declared == "absent":
        cpg.unlink()
    assert set(read_boundaries(path).frame["name"]) == {"Crêt de Roc - été"}


def test_a_layer_is_chosen_by_its_name(tmp_path):
    path = write_layer(perimeters(), tmp_path / "c.gpkg", layer="quartiers")
    write_layer(perimeters_2024(), path, layer="nouveaux")
    with pytest.raises(FileError, match="2 layers"):
        read_boundaries(path)
    assert read_boundaries(path, layer="nouveaux").edition == "2024"


def test_a_member_of_a_zip_cannot_be_written_elsewhere(tmp_path):
    path = write_shapefile(perimeters(), tmp_path / "contours.shp")
    archive = zip_files(tmp_path / "c.zip", shapefile_parts(path), "../../escaped/")
    assert len(read_boundaries(archive).frame) == 3
    assert not list(tmp_path.parent.glob("escaped*"))


# --- CRS -------------------------------------------------------------------------------------


@pytest.mark.parametrize("department", OVERSEAS)
def test_an_overseas_file_is_read_in_its_own_projection(department, tmp_path):
    epsg, origin = OVERSEAS[department]
    frame = perimeters(codes=(f"QP{department}901",), epsg=epsg, origin=origin)
    reading = read_boundaries(write_shapefile(frame, tmp_path / "c.shp"))
    assert reading.crs == f"EPSG:{epsg}"
    assert reading.frame["department"][0] == department
    assert reading.frame["area_m2"][0] == pytest.approx(1e6, rel=1e-6)


def test_each_territory_of_one_file_is_measured_in_its_own_projection(tmp_path):
    grounds = [
        perimeters(codes=(f"QP{department}901",), epsg=epsg, origin=origin).to_crs(4326)
        for department, (epsg, origin) in OVERSEAS.items()
    ]
    everything = gpd.GeoDataFrame(pd.concat([perimeters().to_crs(4326), *grounds]), crs=4326)
    reading = read_boundaries(write_layer(everything, tmp_path / "c.gpkg"))
    assert reading.refused == ()
    assert reading.frame["area_m2"].to_numpy() == pytest.approx(1e6, rel=1e-5)


def test_a_geojson_without_crs_is_wgs84_by_its_standard(tmp_path):
    assert read_boundaries(write_geojson(tmp_path / "c.geojson", feature())).crs == "EPSG:4326"


@pytest.mark.parametrize(
    ("name", "crs"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"),
        ("urn:ogc:def:crs:EPSG::4326", "EPSG:4326"),
        ("urn:ogc:def:crs:EPSG::2154", "EPSG:2154"),
        ("EPSG:2154", "EPSG:2154"),
    ],
)
def test_a_geojson_may_declare_its_crs_in_the_old_way(name, crs, tmp_path):
    square = shapely.geometry.mapping(metric_square())
    ground = square if crs == "EPSG:2154" else "square"
    declared = {"type": "name", "properties": {"name": name}}
    path = write_geojson(tmp_path / "c.geojson", feature(ground), crs=declared)
    reading = read_boundaries(path)
    assert reading.crs == crs
    assert reading.refused == ()


@pytest.mark.parametrize(
    "declared",
    [
        None,
        {"type": "name", "properties": {"name": "urn:lambda"}},
        {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::99999"}},
        {"type": "name", "properties": {"name": "EPSG:3857"}},
        {"type": "link", "properties": {"href": "crs.txt"}},
        {"type": "name", "properties": None},
        "EPSG:4326",
    ],
)
def test_a_geojson_whose_crs_is_unknown_is_never_taken_for_wgs84(declared, tmp_path):
    with pytest.raises(CrsError):
        read_boundaries(write_geojson(tmp_path / "c.geojson", feature(), crs=declared))


def test_a_height_is_left_out(tmp_path):
    tall = [[lon, lat, 400.0] for lon, lat in ring()]
    reading = read_boundaries(write_geojson(tmp_path / "c.geojson", feature(polygon(tall))))
    assert reading.crs == "EPSG:4326"
    assert not reading.frame.geometry.has_z.any()


@pytest.mark.parametrize(
    ("rings", "words"),
    [
        ([[lat, lon] for lon, lat in ring()], "inversées"),
        ([[lon * 2e5, lat * 1.4e5] for lon, lat in ring()], "en mètres"),
        ([[lon - 40, lat] for lon, lat in ring()], "hors de son territoire"),
        (ring(side=1.0), "km²"),
    ],
)
def test_coordinates_that_cannot_be_are_refused_saying_how(rings, words, tmp_path):
    path = write_geojson(tmp_path / "c.geojson", feature(polygon(rings)))
    (refusal,) = read_boundaries(path).refused
    assert refusal.row == 1
    assert words in refusal.reason


def test_lambert_93_metres_that_are_not_lambert_93_fall_out_of_their_territory(tmp_path):
    frame = perimeters(epsg=2154, origin=(338_000, 7_690_000))
    reading = read_boundaries(write_shapefile(frame, tmp_path / "c.shp"))
    assert len(reading.refused) == 3


# --- editions --------------------------------------------------------------------------------


def test_two_editions_in_one_file_are_refused(tmp_path):
    frame = perimeters(codes=("QP042901", "QN04291M"))
    with pytest.raises(CodeError, match=r"2015.*2024"):
        read_boundaries(write_layer(frame, tmp_path / "c.gpkg"))


def test_the_edition_asked_for_must_be_that_of_the_codes(tmp_path):
    path = write_layer(perimeters(), tmp_path / "c.gpkg")
    assert read_boundaries(path, "2015").edition == "2015"
    with pytest.raises(CodeError):
        read_boundaries(path, "2024")
    with pytest.raises(CodeError, match="unknown"):
        read_boundaries(path, "2020")


# --- rows ------------------------------------------------------------------------------------


def _refusals(tmp_path: Path, *features: dict) -> list[tuple[int, str]]:
    reading = read_boundaries(write_geojson(tmp_path / "c.geojson", *features))
    assert len(reading.frame) + len(reading.refused) == reading.features == len(features)
    return [(refusal.row, refusal.reason) for refusal in reading.refused]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (feature(code_qp="Chez Léa"), "code de quartier"),
        (feature(code_qp=None), "code de quartier"),
        (feature(code_qp="QP988001"), "territoire"),
        (feature(nom_qp="  "), "nom"),
        (feature(nom_qp=None), "nom"),
        (feature(None), "vide"),
        (feature(polygon()), "vide"),
        (feature({"type": "Point", "coordinates": [4.0, 45.4]}), "polygone"),
        (feature(polygon([[4, 45], [4.1, 45.1], [4.2, 45.2], [4, 45]])), "surface"),
        (feature(polygon([[4, 45], [4.1, 45.1]])), "vide ou illisible"),
        (feature(code_qp="QP042900"), "déjà à la ligne 1"),
        (feature(code_qp="QP974901"), "territoire"),
    ],
)
def test_a_wrong_row_is_refused_alone_and_never_quoted(wrong, words, tmp_path):
    right = feature(code_qp="QP042900")
    (found,) = _refusals(tmp_path, right, wrong)
    assert found[0] == 2
    assert words in found[1]
    assert "Léa" not in found[1]


def test_what_was_refused_stops_an_import_with_its_first_row(tmp_path):
    features = feature(), feature(code_qp="x"), feature(code_qp="y")
    reading = read_boundaries(write_geojson(tmp_path / "c.geojson", *features))
    with pytest.raises(FileError) as raised:
        require_accepted(reading)
    assert raised.value.row == 2
    assert "2 lignes refusées" in raised.value.user


@given(st.lists(st.sampled_from(["QP042901", "QP042902", "x", "", "QP0429O1"]), max_size=6))
@settings(max_examples=25, deadline=None)
def test_accepted_and_refused_rows_make_up_the_file(codes):
    with TemporaryDirectory() as folder:
        features = [feature(code_qp=code) for code in [*codes, "QP042999"]]
        reading = read_boundaries(write_geojson(Path(folder) / "c.geojson", *features))
    assert len(reading.frame) + len(reading.refused) == len(features)
    assert reading.frame["code"].is_unique


# --- repair ----------------------------------------------------------------------------------

coordinates = st.tuples(st.integers(0, 40), st.integers(0, 40))
rings = st.lists(coordinates, min_size=3, max_size=9, unique=True)


def _ground(points: list[tuple[int, int]]) -> gpd.GeoSeries:
    return gpd.GeoSeries(
        [Polygon([(800_000 + 50 * x, 6_480_000 + 50 * y) for x, y in points])], crs=2154
    )


def _even_odd_area(ring: Polygon) -> float:
    """Return the area of the faces from which a ray crosses the ring an odd number of times.

    Nothing of `make_valid` here: its linework takes ground in where a ring runs over itself.
    """
    x, y = (np.array(side) for side in ring.exterior.xy)
    area = 0.0
    for face in shapely.get_parts(shapely.polygonize([shapely.node(ring.exterior)])):
        at = face.representative_point()
        spans = np.flatnonzero((y[:-1] > at.y) != (y[1:] > at.y))
        share = (at.y - y[spans]) / (y[spans + 1] - y[spans])
        right = x[spans] + share * (x[spans + 1] - x[spans]) > at.x
        area += face.area * (right.sum() % 2)
    return area


@given(rings)
@example([(0, 3), (1, 0), (0, 2), (0, 0), (1, 1), (0, 1)])  # it runs twice over one stretch
def test_a_repair_loses_no_ground_that_the_ring_encloses(points):
    """Even-odd ground is all kept; ground wound twice is kept too, counted once."""
    before = _ground(points)
    after = repair(before).iloc[0]
    area = _even_odd_area(before.iloc[0])
    if after is None:
        assert area == 0
        return
    assert after.is_valid
    assert after.geom_type == "MultiPolygon"
    assert after.area >= area - 1e-6
    assert after.area <= before.iloc[0].convex_hull.area + 1e-6


@given(rings)
def test_the_reported_change_is_the_difference_of_the_two_areas(points):
    before = _ground(points)
    after = repair(before)
    if after.isna().any():
        return
    change = area_changes(before, after.to_crs(4326), pd.Series(["42"])).iloc[0]
    assert change == pytest.approx(after.area.iloc[0] - before.area.iloc[0], abs=1e-2)


@given(rings)
def test_what_is_valid_is_not_touched(points):
    before = _ground(points)
    if before.iloc[0].is_valid:
        assert repair(before).iloc[0].equals(before.iloc[0])


def test_both_lobes_of_a_crossed_ring_are_kept():
    bow_tie = Polygon([(800_000 + x, 6_480_000 + y) for x, y in BOW_TIE])
    after = repair(gpd.GeoSeries([bow_tie], crs=2154)).iloc[0]
    assert len(after.geoms) == 2
    assert after.area == pytest.approx(500_000)
    assert bow_tie.buffer(0).area == pytest.approx(250_000)  # what a zero buffer would keep


def test_a_repaired_row_says_its_code_and_its_change(tmp_path):
    frame = perimeters()
    frame.loc[1, "geometry"] = Polygon([(800_000 + x, 6_480_000 + y) for x, y in BOW_TIE])
    reading = read_boundaries(write_layer(frame, tmp_path / "c.gpkg"))
    (fixed,) = reading.repaired
    assert fixed.code == "QP042902"
    assert fixed.area_change_m2 == pytest.approx(500_000, rel=1e-6)  # the rings' formula gives 0
    assert reading.frame["area_m2"][1] == pytest.approx(500_000, rel=1e-6)


def test_the_same_crossed_ring_is_repaired_alike_in_degrees_and_in_metres(tmp_path):
    frame = perimeters()
    frame.loc[0, "geometry"] = Polygon([(800_000 + x, 6_480_000 + y) for x, y in BOW_TIE])
    metres = read_boundaries(write_layer(frame, tmp_path / "m.gpkg"))
    degrees = read_boundaries(write_layer(frame.to_crs(4326), tmp_path / "d.gpkg"))
    assert metres.frame["area_m2"].to_numpy() == pytest.approx(degrees.frame["area_m2"].to_numpy())


# --- agreement -------------------------------------------------------------------------------


def _stray(move: tuple[float, float], allowed: float) -> float:
    one = perimeters(codes=("QP042901",)).geometry
    other = one.translate(*move)
    department = pd.Series(["42"])
    return stray_m2(
        one.map(lambda g: MultiPolygon([g])).to_crs(4326),
        other.map(lambda g: MultiPolygon([g])).to_crs(4326),
        department,
        pd.Series([allowed]),
    ).iloc[0]


@given(st.floats(0, 2 * math.pi), st.floats(0, 0.009))
def test_outlines_within_the_allowed_gap_agree(angle, distance):
    assert _stray((distance * math.cos(angle), distance * math.sin(angle)), 0.01) <= DUST_M2


@given(st.floats(0, 2 * math.pi), st.floats(0.05, 100))
def test_outlines_that_somebody_moved_disagree(angle, distance):
    assert _stray((distance * math.cos(angle), distance * math.sin(angle)), 0.01) > DUST_M2


@given(st.floats(0, 100), st.floats(0, 100))
def test_the_allowed_gap_is_symmetric_and_holds_both_tolerances(one, other):
    assert allowed_gap_m(one, other) == allowed_gap_m(other, one) >= one + other
    assert allowed_gap_m(0, 0) == 0.01


# --- the official national files, or what the project holds ----------------------------------


def test_the_projects_own_file_says_its_edition_and_tolerance(project_perimeters):
    reading = read_boundaries(project_perimeters)
    assert (reading.features, reading.refused, reading.repaired) == (45, (), ())
    assert (reading.edition, reading.tolerance_m) == ("2015", 2)
    assert reading.frame["department"].value_counts().to_dict() == {"57": 24, "42": 19, "2B": 2}


def test_the_projects_own_file_does_not_overlap_itself(project_perimeters):
    metric = read_boundaries(project_perimeters).frame.to_crs(2154)
    left, right = metric.sindex.query(metric.geometry, predicate="overlaps")
    assert list(left) == list(right) == []


def test_the_projects_own_file_has_its_papers(project_perimeters):
    document = json.loads(project_perimeters.read_text("utf-8"))
    for member in ("publisher", "decree", "licence", "vintage", "modified", "source"):
        assert document[member], member
    assert len(document["source"]["sha256"]) == 64


@pytest.fixture
def project_perimeters() -> Path:
    return Path(__file__).parent.parent / "data/qpv_contours/qpv_2015_sites_2m.geojson"


WGS84_FILE = "qpv_2015/QP_METROPOLEOUTREMER_WGS84_EPSG4326.shp"
LAMBERT_FILE = "qpv_2015/QP_METROPOLE_LB93.shp"


@pytest.mark.parametrize(
    ("name", "features", "repaired", "crs"),
    [(WGS84_FILE, 1514, 34, "EPSG:4326"), (LAMBERT_FILE, 1296, 25, "EPSG:2154")],
)
def test_a_national_file_is_read_whole(name, features, repaired, crs, official_data):
    reading = read_boundaries(official_data / name)
    assert reading.features == len(reading.frame) == features
    assert len(reading.repaired) == repaired
    assert reading.refused == ()
    assert (reading.crs, reading.edition) == (crs, "2015")
    assert faults(reading.frame, BOUNDARIES) == ()
    assert reading.frame.geometry.is_valid.all()
    names = dict(zip(reading.frame["code"], reading.frame["name"], strict=True))
    assert names["QP042014"] == "Crêt De Roc - Soleil"


def test_no_repair_of_the_national_file_loses_ground(official_data):
    """Where the rings' formula counts ground twice, the repair counts it once: under 1 m²."""
    reading = read_boundaries(official_data / WGS84_FILE)
    changes = {item.code: item.area_change_m2 for item in reading.repaired}
    assert min(changes.values()) > -1
    assert changes.pop("QP084012") == pytest.approx(49_182, abs=1)  # two lobes, crossed
    assert max(changes.values()) < 10


def test_the_two_national_files_agree_to_a_millimetre(official_data):
    lambert = read_boundaries(official_data / LAMBERT_FILE).frame.set_index("code")
    degrees = read_boundaries(official_data / WGS84_FILE).frame.set_index("code").loc[lambert.index]
    allowed = pd.Series(0.001, index=lambert.index)
    stray = stray_m2(lambert.geometry, degrees.geometry, lambert["department"], allowed)
    assert stray.max() == 0
    assert (lambert["name"] == degrees["name"]).all()


def test_every_territory_of_the_national_file_is_measured_true(official_data):
    frame = read_boundaries(official_data / WGS84_FILE).frame
    geod = CRS.from_epsg(4326).get_geod()
    truth = np.array([abs(geod.geometry_area_perimeter(ground)[0]) for ground in frame.geometry])
    gaps = np.abs(frame["area_m2"].to_numpy() / truth - 1)
    assert gaps.max() < 0.006
    wrong = metric_areas(frame.geometry, pd.Series("42", index=frame.index))
    overseas = (frame["department"] == "974").to_numpy()
    assert (wrong[overseas] / truth[overseas]).min() > 3
