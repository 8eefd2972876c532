"""Perimeters in the store: nothing overwritten, nothing twice, the finest read."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from contour_files import feature, perimeters, perimeters_2024, write_geojson, write_layer
from sqlalchemy import func, select, text

from observatoire.boundaries import BoundaryReading, read_boundaries
from observatoire.boundaries.extract import PROPERTIES, extract_boundaries
from observatoire.boundaries.geojson import to_geojson, write_atomically
from observatoire.errors import ConflictError, FileError, ObservatoireError
from observatoire.outlines import read_outlines
from observatoire.schemas import BOUNDARIES, OUTLINES, faults
from observatoire.store import boundaries as contours
from observatoire.store.attachments import attach
from observatoire.store.tables import boundary, import_file

CLONE = Path(__file__).parent.parent
OWN = CLONE / "data/qpv_contours/qpv_2015_sites_2m.geojson"


def _reading(frame: gpd.GeoDataFrame, path: Path, **options: object) -> BoundaryReading:
    return read_boundaries(write_layer(frame, path), **options)


def _generalised(official: BoundaryReading, path: Path) -> BoundaryReading:
    frame = extract_boundaries(official, 2.0, lambda *_: True)
    write_atomically(path, to_geojson(frame, PROPERTIES, {"edition": "2015", "tolerance_m": 2}))
    return read_boundaries(path)


@pytest.fixture
def official(tmp_path) -> BoundaryReading:
    return _reading(perimeters(), tmp_path / "official.gpkg")


def test_what_was_read_is_what_the_store_gives_back(store, official):
    with store.owner() as connection:
        written = contours.write_boundaries(connection, official, today=date(2026, 1, 2))
    with store.owner() as connection:
        held = contours.read_boundaries(connection, "2015")
        ledger = connection.execute(select(import_file)).one()
    assert written.added == written.changed == ("QP042901", "QP042902", "QP042903")
    assert faults(held.reset_index(), BOUNDARIES) == ()
    expected = official.frame.set_index("code")
    assert held["area_m2"].to_dict() == expected["area_m2"].to_dict()
    assert shapely.equals(held.geometry.values, expected.geometry.values).all()
    assert (ledger.imported_on, ledger.read, ledger.accepted) == (date(2026, 1, 2), 3, 3)


def test_a_missing_commune_stays_missing(store, tmp_path):
    frame = perimeters(codes=("QP042901",)).drop(columns="COMMUNE_QP")
    reading = _reading(frame, tmp_path / "c.gpkg")
    assert reading.frame["commune"].isna().all()
    with store.owner() as connection:
        contours.write_boundaries(connection, reading)
        assert contours.read_boundaries(connection, "2015")["commune"].isna().all()


def test_an_edition_that_is_not_there_reads_as_an_empty_frame(store):
    with store.owner() as connection:
        held = contours.read_boundaries(connection, "2024")
    assert held.empty
    assert held.crs.to_epsg() == 4326
    assert {column.name for column in BOUNDARIES.columns} <= {*held.columns, "code"}


def test_importing_twice_changes_nothing(store, official):
    with store.owner() as connection:
        contours.write_boundaries(connection, official)
        before = connection.execute(select(boundary)).all()
        again = contours.write_boundaries(connection, official)
        assert connection.execute(select(boundary)).all() == before
        assert connection.execute(select(func.count()).select_from(import_file)).scalar() == 1
    assert again.already_imported
    assert again.added == again.changed == ()


def test_editions_stand_side_by_side(store, official, tmp_path):
    newer = _reading(perimeters_2024(), tmp_path / "newer.gpkg")
    with store.owner() as connection:
        contours.write_boundaries(connection, official)
        contours.write_boundaries(connection, newer)
        assert len(contours.read_boundaries(connection, "2015")) == 3
        assert len(contours.read_boundaries(connection, "2024")) == 2
        holdings = contours.list_boundaries(connection)
    assert [(item.edition, item.count) for item in holdings] == [("2015", 3), ("2024", 2)]


@pytest.mark.parametrize("finest_first", [True, False])
def test_the_finest_outline_is_read_whatever_the_order_of_import(
    store, official, tmp_path, finest_first
):
    light = _generalised(official, tmp_path / "light.geojson")
    files = [official, light] if finest_first else [light, official]
    with store.owner() as connection:
        first, second = (contours.write_boundaries(connection, item) for item in files)
        held = contours.read_boundaries(connection, "2015")
        assert connection.execute(select(func.count()).select_from(boundary)).scalar() == 6
    assert set(held["tolerance_m"]) == {0.0}
    assert len(first.changed) == 3
    assert second.changed == (() if finest_first else first.changed)


def test_a_file_that_agrees_adds_only_what_is_new(store, official, tmp_path):
    wider = perimeters(codes=("QP042901", "QP042902", "QP042903", "QP042904"))
    with store.owner() as connection:
        contours.write_boundaries(connection, official)
        written = contours.write_boundaries(connection, _reading(wider, tmp_path / "wider.gpkg"))
        assert len(contours.read_boundaries(connection, "2015")) == 4
    assert written.added == ("QP042904",)
    assert written.present == 3


def test_the_same_ground_in_degrees_agrees_with_that_in_metres(store, official, tmp_path):
    degrees = _reading(perimeters().to_crs(4326), tmp_path / "degrees.gpkg")
    with store.owner() as connection:
        contours.write_boundaries(connection, official)
        assert contours.write_boundaries(connection, degrees).added == ()


@pytest.mark.parametrize("tolerance", [None, 2.0])
def test_a_perimeter_that_moved_is_a_conflict_and_nothing_is_written(
    store, official, tmp_path, tolerance
):
    moved = perimeters(codes=("QP042901", "QP042902", "QP042903", "QP042904"))
    moved.loc[1, "geometry"] = shapely.affinity.translate(moved.geometry[1], 5, 0)
    with store.owner() as connection:
        contours.write_boundaries(connection, official)
    reading = _reading(moved, tmp_path / "moved.gpkg", tolerance_m=tolerance)
    with pytest.raises(ConflictError) as raised, store.owner() as connection:
        contours.write_boundaries(connection, reading)
    assert "QP042902" in raised.value.user
    assert "QP042901" not in raised.value.user
    with store.owner() as connection:
        assert connection.execute(select(func.count()).select_from(boundary)).scalar() == 3
        assert connection.execute(select(func.count()).select_from(import_file)).scalar() == 1


def test_one_file_is_not_imported_under_two_tolerances(store, tmp_path):
    path = write_layer(perimeters(), tmp_path / "c.gpkg")
    with store.owner() as connection:
        contours.write_boundaries(connection, read_boundaries(path))
        with pytest.raises(ConflictError):
            contours.write_boundaries(connection, read_boundaries(path, tolerance_m=2))


def test_a_refused_row_stops_the_whole_file(store, tmp_path):
    reading = read_boundaries(
        write_geojson(tmp_path / "c.geojson", feature(), feature(code_qp="x"))
    )
    with pytest.raises(FileError), store.owner() as connection:
        contours.write_boundaries(connection, reading)
    with store.owner() as connection:
        assert contours.read_boundaries(connection, "2015").empty


def test_a_failure_after_the_perimeters_are_written_leaves_nothing(store, official):
    def write_then_fail() -> None:
        with store.owner() as connection:
            contours.write_boundaries(connection, official)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_then_fail()
    with store.owner() as connection:
        assert contours.read_boundaries(connection, "2015").empty
        assert connection.execute(select(func.count()).select_from(import_file)).scalar() == 0


def test_two_imports_of_one_file_at_once_make_one(store, official):
    results = []

    def run() -> None:
        with store.owner() as connection:
            results.append(contours.write_boundaries(connection, official).already_imported)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, True, True, True]


def test_observations_are_attached_again_when_finer_perimeters_come(store, official, tmp_path):
    """A point between the coarse outline and the true one changes side."""
    light = _generalised(official, tmp_path / "light.geojson")
    coarse = light.frame.to_crs(2154).geometry[0]
    true = official.frame.to_crs(2154).geometry[0]
    point = true.difference(coarse).union(coarse.difference(true)).representative_point()
    wkt = gpd.GeoSeries([point], crs=2154).to_crs(4326).iloc[0].wkt
    with store.owner() as connection:
        contours.write_boundaries(connection, light)
        _observe(connection, wkt)
        before = _attached(connection)
        contours.write_boundaries(connection, official)
        after = _attached(connection)
    assert before != after
    assert after == ("QP042901" if true.contains(point) else None)


def _observe(connection, wkt: str) -> None:
    """Write one observation by hand, attached with the perimeters of the moment."""
    identity = connection.execute(
        text(
            "INSERT INTO raw.import_file (kind, sha256, file_name, imported_on, read, accepted,"
            " details) VALUES ('observations', 'x', 'x.csv', '2026-01-01', 1, 1,"
            " '{\"editions\": []}') RETURNING id"
        )
    ).scalar_one()
    connection.execute(
        text(
            "INSERT INTO raw.observation (import_id, row, theme, date, precision, geometry)"
            " VALUES (:id, 1, 'toy', '2020-01-01', 'day', ST_GeomFromText(:wkt, 4326))"
        ),
        {"id": identity, "wkt": wkt},
    )
    attach(connection, identity)


def _attached(connection) -> str | None:
    return connection.execute(text("SELECT qpv FROM raw.attachment")).scalar()


def test_the_app_cannot_read_raw_perimeters(store, official):
    with store.owner() as connection:
        contours.write_boundaries(connection, official)
    with pytest.raises(ObservatoireError), store.session() as connection:
        contours.read_boundaries(connection, "2015")


# --- outlines --------------------------------------------------------------------------------


def test_outlines_come_back_as_they_were_read(store):
    reading = read_outlines(CLONE / "data/context/communes_2026.geojson", "commune")
    with store.owner() as connection:
        written = contours.write_outlines(connection, reading)
        held = contours.read_outlines(connection, "commune")
        again = contours.write_outlines(connection, reading)
        assert contours.read_outlines(connection, "iris").empty
    assert (written.added, written.replaced, written.kept) == (184, 0, 0)
    assert again.already_imported
    assert faults(held.reset_index(), OUTLINES) == ()
    expected = reading.frame.set_index("code").sort_index()
    assert shapely.equals(held.geometry.values, expected.geometry.values).all()


def test_a_finer_outline_replaces_a_coarser_one_and_never_the_other_way(store, tmp_path):
    path = write_geojson(tmp_path / "a.geojson", *_communes("42901", "42902"), name="a")
    finer = write_geojson(tmp_path / "b.geojson", *_communes("42901", "42903"), name="b")
    coarse = read_outlines(path, "commune", vintage="2026", tolerance_m=100)
    fine = read_outlines(finer, "commune", vintage="2026", tolerance_m=1)
    with store.owner() as connection:
        contours.write_outlines(connection, coarse)
        written = contours.write_outlines(connection, fine)
        held = contours.read_outlines(connection, "commune")
    assert (written.added, written.replaced, written.kept) == (1, 1, 0)
    assert held["tolerance_m"].to_dict() == {"42901": 1, "42902": 100, "42903": 1}


def test_the_latest_vintage_is_read_unless_another_is_named(store, tmp_path):
    with store.owner() as connection:
        for vintage in ("2026", "2020"):
            path = write_geojson(tmp_path / f"{vintage}.geojson", *_communes("42901"), v=vintage)
            reading = read_outlines(path, "commune", vintage=vintage, tolerance_m=1)
            contours.write_outlines(connection, reading)
        assert set(contours.read_outlines(connection, "commune")["vintage"]) == {"2026"}
        assert set(contours.read_outlines(connection, "commune", "2020")["vintage"]) == {"2020"}


def _communes(*codes: str) -> list[dict]:
    made = [feature() for _ in codes]
    for item, code in zip(made, codes, strict=True):
        item["properties"] = {"code": code, "nom": "Commune fictive"}
    return made


# --- the official national files -------------------------------------------------------------


def test_the_national_files_complete_one_another_over_the_projects_own(store, official_data):
    own = read_boundaries(OWN)
    lambert = read_boundaries(official_data / "qpv_2015/QP_METROPOLE_LB93.shp")
    france = read_boundaries(official_data / "qpv_2015/QP_METROPOLEOUTREMER_WGS84_EPSG4326.shp")
    with store.owner() as connection:
        done = [contours.write_boundaries(connection, item) for item in (own, lambert, france)]
        held = contours.read_boundaries(connection, "2015")
    assert [len(item.added) for item in done] == [45, 1296, 218]
    assert [item.present for item in done] == [0, 0, 1296]
    assert len(held) == 1514
    assert set(held["tolerance_m"]) == {0.0}
    assert faults(held.reset_index(), BOUNDARIES) == ()
