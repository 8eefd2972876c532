"""`observatoire contours …`: the answers, and every malformed file refused in one line."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest
from conftest import Ran, command_environ
from contour_files import (
    BOW_TIE,
    feature,
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
from shapely.geometry import Point, Polygon
from sqlalchemy import text

from observatoire.cli.console import run_guarded
from observatoire.cli.main import app

CLONE = Path(__file__).parent.parent
OWN = CLONE / "data/qpv_contours/qpv_2015_sites_2m.geojson"
TABLES = ("import_file", "boundary", "outline", "observation", "attachment", "quarantine")


def _content(store) -> dict[str, list]:
    with store.owner() as connection:
        return {
            table: connection.execute(text(f"SELECT * FROM raw.{table} ORDER BY 1, 2")).all()
            for table in TABLES
        }


@pytest.fixture
def guarded(settings, monkeypatch, capfd):
    """Run the command line in this process: quicker, and just as whole."""
    for name in list(os.environ):
        if name.startswith("OBSERVATOIRE_"):
            monkeypatch.delenv(name)
    for name, value in command_environ(settings).items():
        if name.startswith("OBSERVATOIRE_"):
            monkeypatch.setenv(name, value)

    def run(*args: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["observatoire", *map(str, args)])
        with pytest.raises(SystemExit) as left:
            run_guarded(app)
        out, err = capfd.readouterr()
        return Ran(int(left.value.code or 0), out, err)

    return run


# --- answers ---------------------------------------------------------------------------------


def test_check_says_what_a_file_holds_and_writes_nothing(guarded, store, tmp_path):
    frame = perimeters()
    frame.loc[1, "geometry"] = Polygon([(800_000 + x, 6_480_000 + y) for x, y in BOW_TIE])
    path = write_shapefile(frame, tmp_path / "contours.shp")
    asked = guarded("contours", "check", path, "--json")
    answer = asked.json()
    assert asked.returncode == 0
    assert (answer["features"], answer["crs"], answer["edition"]) == (3, "EPSG:2154", "2015")
    assert [item["code"] for item in answer["repaired"]] == ["QP042902"]
    assert answer["repaired"][0]["area_change_m2"] == pytest.approx(500_000, rel=1e-6)
    assert answer["refused"] == []
    assert not any(_content(store).values())


def test_check_lists_what_it_refuses_and_leaves_with_an_error(guarded, tmp_path):
    features = feature(), feature(code_qp="Chez Léa"), feature(None, code_qp="QP042902")
    path = write_geojson(tmp_path / "c.geojson", *features)
    asked = guarded("contours", "check", path, "--json")
    assert asked.returncode == 1
    assert [item["row"] for item in asked.json()["refused"]] == [2, 3]
    assert set(asked.json()["refused"][0]) == {"row", "reason"}
    assert len(asked.stderr.strip().splitlines()) == 1
    assert "Léa" not in asked.stdout + asked.stderr
    readable = guarded("contours", "check", path)
    assert readable.returncode == 1
    assert "refusés : 2" in readable.stdout


def test_import_loads_once_and_says_what_it_did(run_cli, store, tmp_path):
    path = write_layer(perimeters_2024(), tmp_path / "contours.gpkg")
    first = run_cli("contours", "import", path, "--edition", "2024", "--json").json()
    before = _content(store)
    again = run_cli("contours", "import", path, "--json").json()
    assert (first["added"], first["already_imported"]) == (2, False)
    assert (again["added"], again["already_imported"]) == (0, True)
    assert _content(store) == before
    listed = run_cli("contours", "list", "--json").json()
    assert listed == [{"edition": "2024", "tolerance_m": 0.0, "count": 2}]


def test_the_projects_perimeters_and_outlines_load_by_command(guarded, store):
    imported = guarded("contours", "import", OWN, "--json").json()
    assert (imported["added"], imported["tolerance_m"]) == (45, 2.0)
    for kind, name, count in (
        ("commune", "communes_2026", 184),
        ("iris", "iris_2020", 319),
    ):
        path = CLONE / f"data/context/{name}.geojson"
        assert guarded("contours", "outlines", path, "--kind", kind, "--json").json()["added"] == (
            count
        )
    readable = guarded("contours", "list")
    assert "2 m" in readable.stdout


def test_extract_writes_the_sites_and_gives_the_same_bytes_twice(guarded, tmp_path):
    for name in ("one", "two"):
        done = guarded(
            *("contours", "extract", OWN, "--sites", "--tolerance", 0),
            *("--source", "qpv_2015_wgs84", "--out", tmp_path / name / "own.geojson", "--json"),
        )
        assert (done.returncode, done.json()["features"]) == (0, 45)
    one, two = (tmp_path / name / "own.geojson" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert json.loads(one.read_text("utf-8"))["tolerance_m"] == 2.0


def test_extract_outlines_keeps_those_around(guarded, tmp_path):
    done = guarded(
        *("contours", "extract-outlines", CLONE / "data/context/iris_2020.geojson"),
        *("--kind", "iris", "--around", OWN, "--source", "iris_2020"),
        *("--out", tmp_path / "iris.geojson", "--json"),
    )
    assert (done.returncode, done.json()["features"]) == (0, 319)


@pytest.mark.parametrize(
    ("name", "features", "repaired"),
    [("QP_METROPOLEOUTREMER_WGS84_EPSG4326", 1514, 34), ("QP_METROPOLE_LB93", 1296, 25)],
)
def test_a_national_file_loads_by_command(guarded, official_data, name, features, repaired):
    path = official_data / f"qpv_2015/{name}.shp"
    for command in ("check", "import"):
        asked = guarded("contours", command, path, "--json")
        answer = asked.json()
        assert asked.returncode == 0
        assert (answer["features"], len(answer["repaired"])) == (features, repaired)
        assert answer["refused"] == []
    assert answer["added"] == features


# --- malformed files -------------------------------------------------------------------------

Make = Callable[[Path], tuple[object, ...]]


def _geojson(folder: Path, *features: dict, **members: object) -> tuple[object, ...]:
    return (write_geojson(folder / "c.geojson", *features, **members),)


def _raw(folder: Path, content: bytes, name: str = "c.geojson") -> tuple[object, ...]:
    (folder / name).write_bytes(content)
    return (folder / name,)


def _shapefile(folder: Path, frame: gpd.GeoDataFrame | None = None) -> Path:
    return write_shapefile(perimeters() if frame is None else frame, folder / "c.shp")


def _cut(path: Path, suffix: str, keep: int) -> tuple[object, ...]:
    part = path.with_suffix(suffix)
    part.write_bytes(part.read_bytes()[:keep])
    return (path,)


def _without(path: Path, suffix: str) -> tuple[object, ...]:
    path.with_suffix(suffix).unlink()
    return (path,)


def _edited_prj(folder: Path, old: str, new: str) -> tuple[object, ...]:
    path = _shapefile(folder)
    prj = path.with_suffix(".prj")
    assert old in prj.read_text()
    prj.write_text(prj.read_text().replace(old, new))
    return (path,)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _zip_of_two(folder: Path) -> tuple[object, ...]:
    one, two = folder / "one.shp", folder / "two.shp"
    for path in (one, two):
        write_shapefile(perimeters(), path)
    return (zip_files(folder / "c.zip", [*shapefile_parts(one), *shapefile_parts(two)]),)


def _zip_with_password(folder: Path) -> tuple[object, ...]:
    """Flag every member as encrypted, as an archive with a password does."""
    archive = zip_files(folder / "c.zip", shapefile_parts(_shapefile(folder)))
    content = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            content[member.header_offset + 6] |= 1
    start = 0
    while (start := content.find(b"PK\x01\x02", start)) >= 0:
        content[start + 8] |= 1
        start += 4
    archive.write_bytes(content)
    return (archive,)


def _two_layers(folder: Path) -> tuple[object, ...]:
    path = write_layer(perimeters(), folder / "c.gpkg", layer="one")
    return (write_layer(perimeters_2024(), path, layer="two"),)


CASES: dict[str, Make] = {
    "no such file": lambda f: (f / "absent.shp",),
    "a folder": lambda f: (f,),
    "a folder named as a file": lambda f: (_folder(f / "d.shp"),),
    "another format": lambda f: _raw(f, b"<kml/>", "c.kml"),
    "an empty file": lambda f: _raw(f, b""),
    "half a GeoJSON": lambda f: _raw(f, b'{"type": "FeatureCollection", "features": [{"ty'),
    "a list": lambda f: _raw(f, b"[1, 2]"),
    "a single feature": lambda f: _raw(f, json.dumps(feature()).encode()),
    "nested without end": lambda f: _raw(f, b"[" * 100_000),
    "not UTF-8": lambda f: _raw(f, b'{"type": "FeatureCollection", "name": "\xe9"}'),
    "no feature": _geojson,
    "features that are not": lambda f: _raw(f, b'{"type":"FeatureCollection","features":"no"}'),
    "crs null": lambda f: _geojson(f, feature(), crs=None),
    "crs unknown": lambda f: _geojson(
        f, feature(), crs={"type": "name", "properties": {"name": "urn:x"}}
    ),
    "web mercator": lambda f: (write_layer(perimeters().to_crs(3857), f / "c.gpkg"),),
    "no crs": lambda f: (
        write_layer(perimeters().set_crs(None, allow_override=True), f / "c.gpkg"),
    ),
    "no code column": lambda f: (write_layer(perimeters().drop(columns="CODE_QP"), f / "c.gpkg"),),
    "no name column": lambda f: (write_layer(perimeters().drop(columns="NOM_QP"), f / "c.gpkg"),),
    "code column twice": lambda f: _geojson(f, feature(CODE_QP="QP042902")),
    "a malformed code": lambda f: _geojson(f, feature(code_qp="Chez Léa")),
    "a number for a code": lambda f: _geojson(f, feature(code_qp=42901)),
    "no code": lambda f: _geojson(f, feature(code_qp=None), feature()),
    "a code twice": lambda f: _geojson(f, feature(), feature()),
    "two editions": lambda f: _geojson(f, feature(), feature(code_qp="QN04291M")),
    "another edition": lambda f: (*_geojson(f, feature()), "--edition", "2024"),
    "an unknown edition": lambda f: (*_geojson(f, feature()), "--edition", "2020"),
    "no name": lambda f: _geojson(f, feature(nom_qp=" ")),
    "no geometry": lambda f: _geojson(f, feature(None)),
    "a point": lambda f: _geojson(f, feature({"type": "Point", "coordinates": [4, 45.4]})),
    "points only": lambda f: (
        write_shapefile(
            perimeters().set_geometry([Point(800_000, 6_480_000)] * 3, crs=2154), f / "p.shp"
        ),
    ),
    "a line for a ring": lambda f: _geojson(f, feature(polygon([[4, 45], [4.1, 45], [4, 45]]))),
    "an open ring": lambda f: _geojson(f, feature(polygon([[4, 45], [4.1, 45]]))),
    "words for coordinates": lambda f: _geojson(f, feature(polygon([["a", "b"]] * 4))),
    "NaN for coordinates": lambda f: _geojson(f, feature(polygon([[float("nan"), 45.4]] * 4))),
    "huge coordinates": lambda f: _geojson(
        f, feature(polygon([[1e308, 1], [2, 1e308], [3, 3], [1e308, 1]]))
    ),
    "swapped axes": lambda f: _geojson(f, feature(polygon([[y, x] for x, y in ring()]))),
    "metres as degrees": lambda f: (
        write_layer(perimeters().set_crs(4326, allow_override=True), f / "c.gpkg"),
    ),
    "degrees as metres": lambda f: (
        write_layer(perimeters().to_crs(4326).set_crs(2154, allow_override=True), f / "c.gpkg"),
    ),
    "the wrong territory": lambda f: _geojson(f, feature(code_qp="QP974901")),
    "a territory without CRS": lambda f: _geojson(f, feature(code_qp="QP988901")),
    "no .dbf": lambda f: _without(_shapefile(f), ".dbf"),
    "no .shx": lambda f: _without(_shapefile(f), ".shx"),
    "no .prj": lambda f: _without(_shapefile(f), ".prj"),
    "an unreadable .prj": lambda f: _edited_prj(f, "PROJCS", "PROJ"),
    "Lambert-93 in name only": lambda f: _edited_prj(f, "700000", "600000"),
    "half a .shp": lambda f: _cut(_shapefile(f), ".shp", 150),
    "half a .dbf": lambda f: _cut(_shapefile(f), ".dbf", 200),
    "no .shp header": lambda f: _cut(_shapefile(f), ".shp", 20),
    "a damaged zip": lambda f: _raw(f, b"PK\x03\x04 not a zip", "c.zip"),
    "a zip of nothing": lambda f: (zip_files(f / "c.zip", []),),
    "a zip of two": _zip_of_two,
    "a zip with a password": _zip_with_password,
    "half a GeoPackage": lambda f: _cut(write_layer(perimeters(), f / "c.gpkg"), ".gpkg", 5000),
    "two layers": _two_layers,
    "an unknown layer": lambda f: (write_layer(perimeters(), f / "c.gpkg"), "--layer", "rien"),
    "a negative tolerance": lambda f: _geojson(f, feature(), tolerance_m=-1),
    "words for a tolerance": lambda f: _geojson(f, feature(), tolerance_m="deux"),
    "an edition that the codes deny": lambda f: _geojson(f, feature(), edition="2024"),
}


def test_a_malformed_file_is_one_line_and_changes_nothing(guarded, store, tmp_path, subtests):
    before = _content(store)
    for case, make in CASES.items():
        with subtests.test(case):
            (folder := tmp_path / case.replace(" ", "_")).mkdir()
            arguments = make(folder)
            refused = guarded("contours", "import", *arguments)
            assert (refused.returncode, refused.stdout) == (1, "")
            assert len(refused.stderr.strip().splitlines()) == 1, refused.stderr
            assert "Traceback" not in refused.stderr
            assert "Léa" not in refused.stderr
            checked = guarded("contours", "check", *arguments, "--json")
            assert checked.returncode == 1
            assert "error" in checked.json() or checked.json()["refused"]
            assert _content(store) == before


def test_a_good_file_is_accepted_by_the_same_test(guarded, store, tmp_path):
    """The cases above are refused for what is wrong in them, not by the way they are run."""
    done = guarded("contours", "import", *_geojson(tmp_path, feature()), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.json()["added"] == 1


def test_there_are_enough_ways_to_be_wrong():
    assert len(CASES) >= 40


def test_a_contradiction_is_one_line_and_changes_nothing(guarded, store, tmp_path):
    first = write_geojson(tmp_path / "a.geojson", feature())
    moved = write_geojson(tmp_path / "b.geojson", feature(polygon(ring(lat=45.41))))
    assert guarded("contours", "import", first).returncode == 0
    before = _content(store)
    refused = guarded("contours", "import", moved)
    assert refused.returncode == 1
    assert "QP042901" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    assert _content(store) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("extract", "FILE", "--out", "OUT"),  # its hash is in no registered source
        ("extract", "FILE", "--sites", "--source", "rien", "--out", "OUT"),
        ("outlines", "FILE", "--kind", "canton"),
        ("outlines", "FILE", "--kind", "commune"),
        ("extract-outlines", "FILE", "--kind", "iris", "--around", "FILE", "--out", "OUT"),
    ],
)
def test_other_commands_refuse_in_one_line_and_write_nothing(arguments, guarded, tmp_path):
    path = write_geojson(tmp_path / "c.geojson", feature())
    places = {"FILE": path, "OUT": tmp_path / "out.geojson"}
    refused = guarded("contours", *(places.get(item, item) for item in arguments))
    assert refused.returncode == 1
    assert len(refused.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out.geojson").exists()
