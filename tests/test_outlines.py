"""Outlines of communes and IRIS: read with their papers, chosen around the neighbourhoods."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pytest
from contour_files import feature, perimeters, write_geojson, write_layer
from shapely.geometry import box

from observatoire.boundaries import read_boundaries
from observatoire.boundaries.geojson import to_geojson
from observatoire.errors import FileError, NotFoundError
from observatoire.outlines import (
    PROPERTIES,
    around,
    holders,
    lighten,
    outline_members,
    read_outlines,
)
from observatoire.schemas import OUTLINES, faults
from observatoire.sources import find_source

CLONE = Path(__file__).parent.parent
X, Y = 800_000, 6_480_000


def _communes(codes: dict[str, tuple[int, int]], side: int = 2000) -> gpd.GeoDataFrame:
    """Toy communes: squares of 2 km on a grid, at the given column and row."""
    squares = [
        box(X + side * column, Y + side * row, X + side * (column + 1), Y + side * (row + 1))
        for column, row in codes.values()
    ]
    return gpd.GeoDataFrame(
        {"code": list(codes), "nom": [f"Commune fictive {code}" for code in codes]},
        geometry=squares,
        crs=2154,
    )


@pytest.fixture
def communes(tmp_path):
    """A row of five communes; the QPV lies in the first one, which overlaps nothing else."""
    grid = {f"4290{rank}": (rank, 0) for rank in range(5)}
    path = write_layer(_communes(grid), tmp_path / "communes.gpkg")
    return read_outlines(path, "commune", vintage="2026", tolerance_m=10)


@pytest.fixture
def qpv(tmp_path):
    return read_boundaries(write_layer(perimeters(codes=("QP042901",)), tmp_path / "q.gpkg")).frame


def test_outlines_are_read_with_their_vintage_and_precision(communes):
    assert faults(communes.frame, OUTLINES) == ()
    assert (communes.kind, communes.vintage, communes.tolerance_m) == ("commune", "2026", 10)
    assert list(communes.frame["code"]) == ["42900", "42901", "42902", "42903", "42904"]


@pytest.mark.parametrize("missing", ["vintage", "tolerance_m"])
def test_what_the_file_does_not_say_must_be_said(missing, tmp_path):
    path = write_layer(_communes({"42900": (0, 0)}), tmp_path / "c.gpkg")
    said = {"vintage": "2026", "tolerance_m": 10.0}
    del said[missing]
    with pytest.raises(FileError):
        read_outlines(path, "commune", **said)


def test_a_name_that_lost_its_article_finds_it_in_the_address_of_the_town_hall(tmp_path):
    squares = _communes({f"4290{rank}": (rank, 0) for rank in range(6)})
    squares["nom"] = ["Fictive", "Étang", "Fictive", "Sainte-Fictive", "Fictive", "Fictive"]
    squares["mairie_adresse"] = [
        "Place du Marché 42990 La Fictive",
        "1 rue Basse 42991 L'Étang",
        "1 rue de La Fictive 42992 Fictive",
        "2 rue des Écoles 42993 Autre-Fictive",
        None,
        "3 place de La Fictive",  # of a street: no article is made up from it
    ]
    path = write_layer(squares, tmp_path / "c.gpkg")
    frame = read_outlines(path, "commune", vintage="2026", tolerance_m=0).frame
    found = ["La Fictive", "L'Étang", "Fictive", "Sainte-Fictive", "Fictive", "Fictive"]
    assert list(frame["name"]) == found


def test_the_commune_that_holds_a_neighbourhood_and_its_neighbours_are_chosen(communes, qpv):
    assert holders(communes.frame, qpv) == {"42900"}
    assert list(around(communes.frame, qpv)["code"]) == ["42900", "42901"]


def test_a_sliver_over_the_border_does_not_hold_a_neighbourhood(communes, qpv):
    moved = qpv.set_geometry(qpv.to_crs(2154).translate(1005, 0).to_crs(4326))  # 5 m over it
    assert holders(communes.frame, moved) == {"42900"}
    moved = qpv.set_geometry(qpv.to_crs(2154).translate(1020, 0).to_crs(4326))  # 20 m over it
    assert holders(communes.frame, moved) == {"42900", "42901"}


def test_the_iris_of_the_communes_that_hold_a_neighbourhood_are_chosen(tmp_path, qpv):
    cells = {"429000101": (0, 0), "429000102": (3, 0), "429010101": (1, 0), "429020101": (5, 5)}
    frame = _communes(cells).rename(columns={"code": "CODE_IRIS", "nom": "NOM_IRIS"})
    path = write_layer(frame, tmp_path / "iris.gpkg")
    reading = read_outlines(path, "iris", vintage="2020", tolerance_m=0)
    assert list(around(reading.frame, qpv)["code"]) == ["429000101", "429000102"]


def test_no_outline_under_a_neighbourhood_is_an_error(communes, qpv):
    away = qpv.set_geometry(qpv.to_crs(2154).translate(0, 90_000).to_crs(4326))
    with pytest.raises(NotFoundError):
        around(communes.frame, away)


@pytest.mark.parametrize(
    "wrong", [feature(code="4290"), feature(None, code="42900"), feature(code="97411")]
)
def test_a_wrong_row_is_refused_with_its_reason(wrong, tmp_path):
    right = feature(code="42901")
    for item in (right, wrong):
        item["properties"]["nom"] = "Commune fictive"
    path = write_geojson(tmp_path / "c.geojson", right, wrong)
    reading = read_outlines(path, "commune", vintage="2026", tolerance_m=0)
    assert [refusal.row for refusal in reading.refused] == [2]


def test_a_file_of_the_other_kind_is_refused():
    with pytest.raises(FileError):
        read_outlines(CLONE / "data/context/iris_2020.geojson", "commune")
    with pytest.raises(FileError):
        read_outlines(CLONE / "data/context/iris_2020.geojson", "canton")


def test_lighter_outlines_say_their_whole_tolerance(communes):
    light = lighten(communes.frame, 5)
    assert set(light["tolerance_m"]) == {15.0}
    assert light.geometry.is_valid.all()


# --- what the project holds ------------------------------------------------------------------

HELD = {
    "commune": (CLONE / "data/context/communes_2026.geojson", "2026", 184),
    "iris": (CLONE / "data/context/iris_2020.geojson", "2020", 319),
}


@pytest.mark.parametrize("kind", HELD)
def test_the_projects_outlines_read_back_and_surround_every_neighbourhood(kind):
    path, vintage, count = HELD[kind]
    reading = read_outlines(path, kind)
    assert (reading.vintage, reading.features, reading.refused) == (vintage, count, ())
    qpv = read_boundaries(CLONE / "data/qpv_contours/qpv_2015_sites_2m.geojson").frame
    holding = holders(reading.frame, qpv)
    assert {code[:2] for code in holding} == {"2B", "42", "57"}
    assert len(around(reading.frame, qpv)) == count
    union = reading.frame.to_crs(2154).union_all()
    outside = qpv.to_crs(2154).difference(union).area / qpv["area_m2"]
    assert outside.max() < 0.03


def test_the_projects_communes_have_their_articles():
    names = set(read_outlines(HELD["commune"][0], "commune").frame["name"])
    assert {"La Talaudière", "La Tour-en-Jarez", "Le Chambon-Feugerolles", "L'Horme"} <= names
    assert not {"Talaudière", "Tour-en-Jarez", "Chambon-Feugerolles", "Horme"} & names


def test_the_projects_outlines_are_small_and_have_their_papers():
    files = [HELD["commune"][0], HELD["iris"][0]]
    own = CLONE / "data/qpv_contours/qpv_2015_sites_2m.geojson"
    assert sum(path.stat().st_size for path in [*files, own]) < 1_500_000
    for path in files:
        document = json.loads(path.read_text("utf-8"))
        assert all(document[name] for name in ("publisher", "licence", "vintage", "source"))


@pytest.mark.parametrize("kind", HELD)
def test_the_projects_outlines_are_what_the_command_writes(kind, official_data):
    path, vintage, _ = HELD[kind]
    document = json.loads(path.read_text("utf-8"))
    folder = {"commune": "communes", "iris": "iris_2020"}[kind]
    precision, added = {"commune": (150, 10), "iris": (13, 5)}[kind]
    source = official_data / folder / document["source"]["file"]
    reading = read_outlines(source, kind, vintage=vintage, tolerance_m=precision)
    assert reading.sha256 == document["source"]["sha256"]
    qpv = read_boundaries(CLONE / "data/qpv_contours/qpv_2015_sites_2m.geojson").frame
    frame = lighten(around(reading.frame, qpv), added)
    register = find_source(document["source"]["name"])
    members = outline_members(reading, register, frame, path.stem)
    assert to_geojson(frame, PROPERTIES, members) == path.read_text("utf-8")
