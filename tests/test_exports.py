"""Files that leave the house: the same rows in every form, nothing that the door hid."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import tempfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, box
from shapely.geometry import shape
from toy_releases import MONTHS, Month, field_layers, official_layer

from observatoire import exports, sheets
from observatoire.disclosure import ProtectedLayer, Rules, protect
from observatoire.errors import DisclosureError, NotFoundError
from observatoire.labels.numbers import status_words
from observatoire.settings import Site

SITES = (Site("moselle", "Moselle", ("57",)), Site("loire", "Loire", ("42",)))
CODES = ["QP042001", "QP042002", "QP057001", "QP075001"]
NAMES = ["Beauregard", "=1+1", "Côte, d’Or;", "Ailleurs"]


def ground(codes: list[str] = CODES, names: list[str] = NAMES) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"name": names, "department": [code[3:5] for code in codes]},
        geometry=[MultiPolygon([box(n, 45, n + 0.01, 45.01)]) for n in range(len(codes))],
        index=pd.Index(codes, name="code"),
        crs=4326,
    )


def official(value: float = 31.5) -> ProtectedLayer:
    cells = {
        "FR": (14.1, "ok"),
        "QP042001": (value, "ok"),
        "QP042002": (None, "secret"),
        "QP057001": (None, "missing"),
        "QP075001": (0.0, "ok"),
    }
    return protect([official_layer(cells)], Rules(), {})[0]


def observed(period: str = "2023") -> ProtectedLayer:
    years = {
        "QP042001": dict.fromkeys(MONTHS, Month(7, 13, 7)),
        "QP042002": {},
        "QP057001": {"2023-05": Month(1, 13, 1)},
    }
    layers = protect(field_layers(years), Rules(), {})
    return next(layer for layer in layers if layer.period == period)


def read_csv(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))


def read_gpkg(data: bytes) -> gpd.GeoDataFrame:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layer.gpkg"
        path.write_bytes(data)
        return pyogrio.read_dataframe(path)


def test_every_form_has_the_same_rows() -> None:
    layer, frame = official(), ground()
    from_json = json.loads(exports.to_json(layer, frame, SITES))["rows"]
    from_geojson = [
        feature["properties"]
        for feature in json.loads(exports.to_geojson(layer, frame, SITES))["features"]
    ]
    assert from_geojson == from_json
    assert [row["qpv"] for row in read_csv(exports.to_csv(layer, frame, SITES))] == [
        row["qpv"] for row in from_json
    ]
    table = read_gpkg(exports.to_gpkg(layer, frame, SITES))
    assert list(table["qpv"]) == [row["qpv"] for row in from_json]
    assert list(table["status"]) == [row["status"] for row in from_json]
    assert [None if value != value else value for value in table["value"]] == [
        row["value"] for row in from_json
    ]


def test_rows_come_site_by_site_and_hold_the_columns_that_are_promised() -> None:
    rows = sheets.table(official(), ground(), SITES)
    assert list(rows.columns[:8]) == [
        "qpv", "name", "site", "edition", "period", "value", "unit", "status",
    ]  # fmt: skip
    assert list(rows["qpv"]) == ["QP057001", "QP042001", "QP042002", "QP075001"]
    assert list(rows["site"]) == ["moselle", "loire", "loire", ""]
    assert "outings" not in rows
    assert sheets.table(observed(), ground(), SITES)["outings"].tolist()[1] == 156
    loire = sheets.of_site(rows, SITES[1])
    assert list(loire["qpv"]) == ["QP042001", "QP042002"]
    with pytest.raises(NotFoundError):
        sheets.of_site(rows, Site("bastia", "Bastia", ("2B",)))


def test_france_is_no_row_of_a_file_by_qpv() -> None:
    assert "FR" not in set(sheets.table(official(), ground(), SITES)["qpv"])


def test_a_cell_that_is_not_shown_has_no_value_and_says_why_in_french() -> None:
    rows = read_csv(exports.to_csv(observed(), ground(), SITES))
    found = {row["qpv"]: (row["value"], row["outings"], row["status"], row["note"]) for row in rows}
    assert found["QP042002"] == ("", "", "blind", status_words("blind"))
    assert found["QP057001"] == ("", "", "secret", status_words("secret"))
    assert found["QP042001"][1:] == ("156", "ok", "")


def test_zero_is_a_value_in_every_form() -> None:
    layer, frame = official(), ground()
    last = read_csv(exports.to_csv(layer, frame, SITES))[-1]
    assert (last["qpv"], last["value"]) == ("QP075001", "0,0")
    assert json.loads(exports.to_json(layer, frame, SITES))["rows"][-1]["value"] == 0.0


@given(st.text(max_size=12))
def test_no_text_of_a_csv_is_run_as_a_formula(name: str) -> None:
    layer = protect([official_layer({"QP042001": (1.0, "ok")})], Rules(), {})[0]
    data = exports.to_csv(layer, ground(["QP042001"], [name]), SITES)
    text = data.decode("utf-8-sig")
    cells = next(iter(list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))[1:]))
    assert not cells[1].startswith(exports.FORMULA)
    assert cells[1] in (name, f"'{name}")


@pytest.mark.parametrize("value", [-3.25, 1234567.5, 1e-7])
def test_numbers_stay_numbers_with_a_decimal_comma(value: float) -> None:
    row = next(
        row
        for row in read_csv(exports.to_csv(official(value), ground(), SITES))
        if row["qpv"] == "QP042001"
    )
    assert float(row["value"].replace(",", ".")) == value
    assert not row["value"].startswith("'")


def test_a_csv_begins_with_the_mark_that_french_spreadsheets_look_for() -> None:
    data = exports.to_csv(official(), ground(), SITES)
    assert data.startswith(b"\xef\xbb\xbf")
    assert "Côte, d’Or;" in {row["name"] for row in read_csv(data)}


def test_geojson_is_rfc_7946_and_says_what_it_is() -> None:
    collection = json.loads(exports.to_geojson(observed(), ground(), SITES))
    assert collection["type"] == "FeatureCollection"
    assert "crs" not in collection
    assert collection["fictitious"] is True
    assert collection["title"] == "Jeux, 2023, contours 2015 — données fictives"
    for feature in collection["features"]:
        polygon = shape(feature["geometry"]).geoms[0]
        assert polygon.exterior.is_ccw
    assert shape(collection["features"][1]["geometry"]).contains(Point(0.005, 45.005))


def test_a_qpv_without_a_perimeter_is_kept_without_geometry() -> None:
    few = ground(CODES[:3], NAMES[:3])
    features = json.loads(exports.to_geojson(official(), few, SITES))["features"]
    assert features[-1]["geometry"] is None
    assert features[-1]["properties"]["name"] == ""
    assert read_gpkg(exports.to_gpkg(official(), few, SITES)).geometry.isna().tolist()[-1]


def test_a_geopackage_opens_in_wgs_84_with_its_title(tmp_path: Path) -> None:
    data = exports.to_gpkg(observed(), ground(), SITES)
    assert read_gpkg(data).crs.to_epsg() == 4326
    path = tmp_path / "layer.gpkg"
    path.write_bytes(data)
    with sqlite3.connect(path) as base:
        identifier, description = base.execute(
            "SELECT identifier, description FROM gpkg_contents"
        ).fetchone()
    base.close()
    assert identifier == "Jeux, 2023, contours 2015 — données fictives"
    assert "Observations de jeux." in description


@pytest.mark.parametrize("form", list(exports.FORMATS))
def test_the_same_layer_gives_the_same_bytes(form: str) -> None:
    write = exports.FORMATS[form].write
    assert write(observed(), ground(), SITES) == write(observed(), ground(), SITES)


@pytest.mark.parametrize("form", list(exports.FORMATS))
def test_only_what_passed_the_door_is_written(form: str) -> None:
    raw = field_layers({"QP042001": dict.fromkeys(MONTHS, Month(7, 13, 7))})[0]
    with pytest.raises(DisclosureError):
        exports.FORMATS[form].write(raw, ground(), SITES)  # type: ignore[arg-type]


def test_the_name_of_a_file_says_when_it_is_fictitious() -> None:
    assert exports.file_name(observed("2023-Q2"), "csv") == ("terrain.jeux-2015-2023-Q2-fictif.csv")
    assert exports.file_name(official(), "gpkg") == "filosofi.TP60-2015-2018.gpkg"
