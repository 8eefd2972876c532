"""`observations import` on a real PostGIS: what is kept, attached, refused; never by halves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import command_environ
from in_process import contents, in_process_command  # noqa: F401
from psycopg import sql
from sqlalchemy import select, text
from toy_ground import SIDE, SOUTH, SQUARES_2015, SQUARES_2024, WEST, load_squares, write_rows

from observatoire.access import Access
from observatoire.cli.console import describe
from observatoire.errors import ConflictError, NotFoundError
from observatoire.observations import Columns, read_observations
from observatoire.settings import Settings
from observatoire.store import attachments
from observatoire.store.observations import read_observations as stored
from observatoire.store.observations import reattach, write_observations
from observatoire.store.tables import import_file, metadata, quarantine

HEADER = ("date", "lon", "lat", "n", "sortie")
TODAY = date(2024, 6, 30)
INSIDE = {"QP042901": 4.005, "QP042902": 4.015, "QP042903": 4.035}
LAT = 45.405


def import_rows(store: Access, path: Path, **named: object) -> attachments.Attached:
    """Read and write a file as the command does."""
    edition = named.pop("edition", None)
    reading = read_observations(
        path, theme=str(named.pop("theme", "essai")), columns=Columns(date="date"), today=TODAY
    )
    with store.owner() as connection:
        return write_observations(
            connection, reading, today=TODAY, source="terrain", edition=edition, **named
        ).placed


# --- what is said and kept ---------------------------------------------------------------------


def test_the_command_says_what_was_read_set_aside_and_attached(store, tmp_path, run_cli):
    load_squares(store, tmp_path)
    rows = [("2023-05-02", lon, LAT, 2, "S1") for lon in INSIDE.values()]
    rows += [("2023-05-02", 4.5, LAT, 1, ""), ("2010-05-02", 4.005, LAT, 1, "")]
    rows += [("2024-05-02", 4.005, LAT, 1, ""), ("2023-05-02", "x", LAT, 1, "")]
    path = write_rows(tmp_path / "points.csv", HEADER, rows)
    command = ("observations", "import", path, "--theme", "Essai n° 1", "--date", "date")
    ran = run_cli(*command, "--count", "n", "--outing", "sortie", "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    said = ran.json()
    assert (said["read"], said["accepted"], said["quarantined"]) == (7, 6, 1)
    assert (said["attached"], said["attached_in_sites"], said["outside"]) == (3, 3, 3)
    assert said["edition"] == "in force"
    assert said["theme"] == "essai_n_1"
    assert said["reasons"] == {
        "before any edition": 1,
        "edition 2024 not loaded": 1,
        "in no perimeter loaded": 1,
    }
    assert said["perimeters"] == [{"edition": "2015", "count": 3, "tolerance_m": 0.0}]
    assert (
        said["quarantine"][0] | {"rows": 1, "first_row": 7, "column": "lon"}
        == (said["quarantine"][0])
    )
    again = run_cli(*command, "--count", "n", "--outing", "sortie")
    assert again.returncode == 0
    assert "3 des 6 points sont dans un quartier de l’édition en vigueur" in again.stdout
    assert "déjà importées" in again.stdout


def test_a_point_carries_its_qpv_in_the_edition_in_force_at_its_date(store, tmp_path):
    load_squares(store, tmp_path)
    load_squares(store, tmp_path, SQUARES_2024, name="later.geojson")
    draw = np.random.Generator(np.random.PCG64(7))
    # On a lattice of half cells: edges, corners, insides and outsides.
    lon = (WEST - 0.01 + draw.integers(0, 14, 400) * SIDE / 2).round(6)
    lat = (SOUTH - 0.01 + draw.integers(0, 8, 400) * SIDE / 2).round(6)
    year = draw.integers(2012, 2025, 400)
    days = [
        f"{when}-{month:02d}-01" for when, month in zip(year, draw.integers(1, 6, 400), strict=True)
    ]
    path = write_rows(
        tmp_path / "points.csv", ("date", "lon", "lat"), list(zip(days, lon, lat, strict=True))
    )
    import_rows(store, path)
    with store.owner() as connection:
        found = stored(connection).set_index("id")
    assert found["in_force"].dropna().all()
    for row, (when, x, y) in enumerate(zip(year, lon, lat, strict=True)):
        edition = None if when < 2015 else "2015" if when < 2024 else "2024"
        squares = {"2015": SQUARES_2015, "2024": SQUARES_2024}.get(str(edition), {})
        codes = [
            code
            for code, east in sorted(squares.items())
            if WEST + east - 1e-9 <= x <= WEST + east + SIDE + 1e-9
            and SOUTH - 1e-9 <= y <= SOUTH + SIDE + 1e-9
        ]
        said = found.iloc[row]
        assert (None if pd.isna(said["edition"]) else said["edition"]) == edition
        assert (None if pd.isna(said["qpv"]) else said["qpv"]) == (codes[0] if codes else None)


def test_a_named_edition_attaches_whatever_the_date_and_adds_only_attachments(store, tmp_path):
    load_squares(store, tmp_path)
    days = ["2010-01-01", "2023-01-01", "2024-02-01"]
    path = write_rows(
        tmp_path / "points.csv", ("date", "lon", "lat"), [(day, 4.005, LAT) for day in days]
    )
    assert import_rows(store, path).attached == 1
    before = contents(store)
    named = import_rows(store, path, edition="2015")
    assert (named.edition, named.attached, named.by_qpv) == ("2015", 3, {"QP042901": 3})
    assert contents(store) == before | {"raw.attachment": 3}
    import_rows(store, path, edition="2015")
    assert contents(store) == before | {"raw.attachment": 3}
    assert import_rows(store, path).attached == 1, "in force still says in force"
    with store.owner() as connection:
        assert stored(connection)["in_force"].tolist() == [False, True, False]


def test_the_same_file_twice_adds_nothing_and_equal_rows_all_count(store, tmp_path):
    load_squares(store, tmp_path)
    path = write_rows(
        tmp_path / "points.csv", ("date", "lon", "lat"), [("2023-01-01", 4.005, LAT)] * 4
    )
    assert import_rows(store, path).attached == 4
    before = contents(store)
    assert before["raw.observation"] == 4
    copied = tmp_path / "renamed.csv"
    copied.write_bytes(path.read_bytes())
    assert import_rows(store, copied).attached == 4
    assert contents(store) == before


def test_one_file_has_one_theme_one_choice_of_columns_and_one_collection(store, tmp_path):
    path = write_rows(tmp_path / "points.csv", HEADER, [("2023-01-01", 4.005, LAT, 3, "")])
    import_rows(store, path)
    before = contents(store)
    with pytest.raises(ConflictError) as other_theme:
        import_rows(store, path, theme="autre")
    assert "--theme essai" in other_theme.value.remedy
    with pytest.raises(ConflictError) as other_collection:
        import_rows(store, path, collection="register")
    assert "--register" in other_collection.value.remedy
    counted = read_observations(
        path, theme="essai", columns=Columns(date="date", count="n"), today=TODAY
    )
    with pytest.raises(ConflictError), store.owner() as connection:
        write_observations(connection, counted, today=TODAY, source="terrain")
    assert contents(store) == before


def test_a_named_edition_must_be_loaded(store, tmp_path):
    path = write_rows(tmp_path / "points.csv", ("date", "lon", "lat"), [("2023-01-01", 4, LAT)])
    before = contents(store)
    with pytest.raises(NotFoundError) as refusal:
        import_rows(store, path, edition="2015")
    assert "contours import" in refusal.value.remedy
    assert contents(store) == before


def test_without_perimeters_points_wait_and_are_attached_when_they_come(store, tmp_path):
    path = write_rows(
        tmp_path / "points.csv",
        ("date", "lon", "lat"),
        [("2023-01-01", 4.005, LAT), ("2024-02-01", 4.012, LAT), ("2023-01-01", 5.5, LAT)],
    )
    placed = import_rows(store, path)
    assert (placed.attached, placed.reasons) == (0, {"in no perimeter loaded": 3})
    load_squares(store, tmp_path)
    load_squares(store, tmp_path, SQUARES_2024, name="later.geojson")
    with store.owner() as connection:
        found = stored(connection)
    assert found["edition"].tolist() == ["2015", "2024", "2015"]
    assert found["qpv"].fillna("").tolist() == ["QP042901", "QN04291M", ""]


def test_finer_perimeters_move_points_and_keep_how_each_file_was_imported(store, tmp_path):
    edge = WEST + SIDE + 1e-5 / 2  # half a metre to the east of the first square
    squares = {"QP042901": 0.0}
    load_squares(store, tmp_path, squares, name="coarse.geojson", grown=1e-5, tolerance_m=2)
    rows = [("2023-01-01", edge, LAT), ("2010-01-01", edge, LAT), ("2023-01-01", 4.005, LAT)]
    header = ("date", "lon", "lat")
    in_force = write_rows(tmp_path / "a.csv", header, rows)
    named = write_rows(tmp_path / "b.csv", header, [*rows, rows[0]])
    assert import_rows(store, in_force).attached == 2
    assert import_rows(store, named, edition="2015").attached == 4
    load_squares(store, tmp_path, squares, name="exact.geojson")
    assert import_rows(store, in_force).attached == 1
    assert import_rows(store, named, edition="2015").attached == 1
    with store.owner() as connection:
        assert reattach(connection, "2015") == 0, "attaching again changes nothing more"


def test_attaching_searches_the_index_of_the_points(store, tmp_path):
    load_squares(store, tmp_path)
    draw = np.random.Generator(np.random.PCG64(3))
    lon, lat = draw.uniform(3, 6, 20_000).round(6), draw.uniform(45, 46, 20_000).round(6)
    path = tmp_path / "points.csv"
    pd.DataFrame({"date": "2023-01-01", "lon": lon, "lat": lat}).to_csv(path, index=False)
    import_rows(store, path)
    with store.owner() as connection:
        hits = attachments._hits(["2015"], text("true"))
        words = str(select(hits).compile(connection.engine, compile_kwargs={"literal_binds": True}))
        plan = "\n".join(connection.execute(text(f"EXPLAIN {words}")).scalars())
    assert "Index Scan" in plan, plan
    assert "Seq Scan on observation" not in plan, plan


def test_nothing_stored_tells_an_hour_a_person_or_another_column(store, tmp_path):
    load_squares(store, tmp_path)
    path = write_rows(
        tmp_path / "points.csv",
        ("date", "lon", "lat", "commentaire"),
        [("2023-05-02T21:37:11", 4.005, LAT, "devant le 12"), ("hier", 4.005, LAT, "chez Kevin")],
    )
    import_rows(store, path)
    with store.owner() as connection:
        for table in metadata.sorted_tables:
            kept = str(connection.execute(select(table)).all())
            for word in ("21:37", "21, 37", "devant", "Kevin", "hier"):
                assert word not in kept, (table.fullname, word)


def test_a_register_is_remembered_as_one(store, tmp_path, run_cli):
    path = write_rows(tmp_path / "points.csv", HEADER, [GOOD])
    command = ("observations", "import", path, "--theme", "commerces", "--date", "date")
    ran = run_cli(*command, "--register", "--json")
    assert (ran.json()["collection"], ran.json()["source"]) == ("register", "registre")
    with store.owner() as connection:
        assert stored(connection)["collection"].tolist() == ["register"]
    assert run_cli(*command).returncode == 1


def test_the_ledger_agrees_with_the_rows_and_the_quarantine(store, tmp_path):
    rows = [("2023-01-01", 4.005, LAT), ("hier", 4.005, LAT), ("2023-01-01", "", LAT)]
    import_rows(store, write_rows(tmp_path / "points.csv", ("date", "lon", "lat"), rows))
    with store.owner() as connection:
        ledger = connection.execute(select(import_file.c.read, import_file.c.accepted)).one()
        aside = connection.execute(select(quarantine.c.row, quarantine.c.column)).all()
    assert tuple(ledger) == (3, 1)
    assert [tuple(row) for row in aside] == [(2, "date"), (3, "lon")]


# --- all or nothing ----------------------------------------------------------------------------


@pytest.mark.parametrize("held", ["observation", "quarantine", "attachment"])
def test_a_kill_in_the_middle_leaves_nothing_and_the_next_import_everything(
    store, settings, tmp_path, run_cli, held
):
    load_squares(store, tmp_path)
    rows = [("2023-05-02", 4.005, LAT)] * 3000 + [("?", 4.005, LAT)]
    path = write_rows(tmp_path / "points.csv", ("date", "lon", "lat"), rows)
    before = contents(store)
    arguments = ("observations", "import", path, "--theme", "essai", "--date", "date")
    with psycopg.connect(settings.database_url) as blocker:
        blocker.execute(
            sql.SQL("LOCK TABLE raw.{} IN ACCESS EXCLUSIVE MODE").format(sql.Identifier(held))
        )
        running = subprocess.Popen(
            [sys.executable, "-m", "observatoire.cli", *map(str, arguments)],
            env=command_environ(settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _wait_until_blocked(blocker, running)
        os.kill(running.pid, signal.SIGKILL)
        assert running.wait() == -signal.SIGKILL
        blocker.rollback()
    _wait_until_alone(settings)
    assert contents(store) == before
    ran = run_cli(*arguments, "--json")
    assert (ran.json()["accepted"], ran.json()["attached"]) == (3000, 3000)
    assert contents(store)["raw.observation"] == 3000


def _wait_until_blocked(connection: psycopg.Connection, running: subprocess.Popen) -> None:
    """Wait until the import stands before the table that is held; fail if it ends instead."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation IS NOT NULL"
    while connection.execute(waiting).fetchone() == (0,):
        assert running.poll() is None, "the import ended before it was held"
        time.sleep(0.05)


def _wait_until_alone(settings: Settings) -> None:
    """Wait until the database has noticed that its client is dead."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND state <> 'idle'"
    )
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        while connection.execute(others).fetchone() != (0,):
            time.sleep(0.05)


def test_two_imports_of_one_file_at_once_make_one(store, settings, tmp_path):
    rows = [("2023-05-02", 4.005, LAT)] * 500
    path = write_rows(tmp_path / "points.csv", ("date", "lon", "lat"), rows)
    command = [sys.executable, "-m", "observatoire.cli", "observations", "import", str(path)]
    command += ["--theme", "essai", "--date", "date", "--json"]
    both = [
        subprocess.Popen(command, env=command_environ(settings), stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    answers = [json.loads(one.communicate()[0]) for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert sorted(answer["already_imported"] for answer in answers) == [False, True]
    assert contents(store)["raw.observation"] == 500


# --- bad input ---------------------------------------------------------------------------------

GOOD = ("2023-05-02", "4.005", str(LAT), "1", "S1")


def csv_file(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> Callable[[Path], Path]:
    return lambda folder: write_rows(folder / "points.csv", header, rows)


def raw_file(name: str, content: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return write


def cut_short(name: str) -> Callable[[Path], Path]:
    """A file that a full disk or an interrupted download cut in the middle."""

    def write(folder: Path) -> Path:
        path = folder / name
        points = gpd.points_from_xy([4.005] * 500, [LAT] * 500)
        frame = gpd.GeoDataFrame(
            {"date": "2023-05-02"}, index=range(500), geometry=points, crs=4326
        )
        frame.to_parquet(path) if name.endswith("parquet") else frame.to_file(path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        return path

    return write


def two_layers(folder: Path) -> Path:
    points = gpd.GeoDataFrame({"date": ["2023-05-02"]}, geometry=gpd.points_from_xy([4], [45]))
    for layer in ("un", "deux"):
        points.set_crs(4326).to_file(folder / "points.gpkg", layer=layer)
    return folder / "points.gpkg"


def table_of(folder: Path, **columns: object) -> Path:
    pd.DataFrame(columns).to_parquet(folder / "points.parquet")
    return folder / "points.parquet"


def no_crs(folder: Path) -> Path:
    import warnings

    points = gpd.GeoDataFrame({"date": ["2023-05-02"]}, geometry=gpd.points_from_xy([4], [45]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        points.to_parquet(folder / "points.parquet")
    return folder / "points.parquet"


def geoparquet(geo: str, shape: bytes = b"x", column: str = "geometry") -> Callable[[Path], Path]:
    """A Parquet file with that `geo` metadata and that well-known binary."""

    def write(folder: Path) -> Path:
        table = pa.table({"date": ["2023-05-02"], column: [shape]})
        path = folder / "points.parquet"
        pq.write_table(table.replace_schema_metadata({"geo": geo}), path)
        return path

    return write


def geo(**column: object) -> str:
    described = {"encoding": "WKB", "geometry_types": ["Point"]} | column
    return json.dumps(
        {"version": "1.0.0", "primary_column": "geometry"} | {"columns": {"geometry": described}}
    )


FAR_CRS = (
    b'{"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name":'
    b' "urn:ogc:def:crs:EPSG::99999"}}, "features": [{"type": "Feature", "properties":'
    b' {"date": "2023-05-02"}, "geometry": {"type": "Point", "coordinates": [4.005, 45.405]}}]}'
)
EMAILS = tuple(("2023-05-02", "4.005", str(LAT), "1", f"p{n}@exemple.fr") for n in range(4))
MALFORMED: dict[str, tuple[Callable[[Path], Path], tuple[str, ...], tuple[str, ...]]] = {
    "missing file": (lambda folder: folder / "absent.csv", (), ("absent.csv", "n’existe pas")),
    "a folder": (lambda folder: folder, (), ("n’existe pas",)),
    "empty": (raw_file("points.csv", b""), (), ("vide",)),
    "header only": (csv_file(), (), ("aucune ligne",)),
    "binary": (raw_file("points.csv", bytes(range(256)) * 50), (), ("abîmé",)),
    "utf-16": (raw_file("points.csv", "date,lon,lat\n".encode("utf-16")), (), ("UTF-8",)),
    "unclosed quote": (
        raw_file("points.csv", b'date,lon,lat\n2023-05-02,4.005,"45.4\n' + b"x,y,z\n" * 9),
        (),
        ("points.csv",),
    ),
    "unknown format": (raw_file("points.docx", b"PK"), (), (".docx", "CSV, GeoJSON")),
    "no date column": (csv_file(GOOD), ("--date", "jour"), ("colonne « jour »", "date, lon, lat")),
    "no count column": (csv_file(GOOD), ("--count", "effectif"), ("colonne « effectif »",)),
    "no outing column": (csv_file(GOOD), ("--outing", "id"), ("colonne « id »",)),
    "repeated column": (
        csv_file(GOOD[:4], header=("date", "lon", "lat", "lon")),
        (),
        ("colonne « lon »", "plusieurs fois"),
    ),
    "no coordinates": (
        csv_file(GOOD[:1], header=("date",)),
        (),
        ("Aucune colonne de coordonnées", "--x"),
    ),
    "x without y": (csv_file(GOOD), ("--x", "lon"), ("--y",)),
    "x and y of no system": (
        csv_file(GOOD[:3], header=("date", "x", "y")),
        (),
        ("--epsg 2154",),
    ),
    "no such epsg": (
        csv_file(GOOD),
        ("--x", "lon", "--y", "lat", "--epsg", "999999"),
        ("EPSG:999999",),
    ),
    "separator of two characters": (csv_file(GOOD), ("--sep", "||"), ("un seul caractère",)),
    "swapped coordinates": (
        csv_file(("2023-05-02", str(LAT), "4.005", "1", "")),
        (),
        ("ligne 1", "colonne « lon »", "hors des limites", "longitude-latitude"),
    ),
    "metres taken for degrees": (
        csv_file(("2023-05-02", "808000", "6480000", "1", "")),
        (),
        ("ligne 1", "hors des limites"),
    ),
    "dates of nowhere": (
        csv_file(("lundi", "4.005", str(LAT), "1", ""), ("mardi", "4.005", str(LAT), "1", "")),
        (),
        ("ligne 1", "colonne « date »", "date absente ou illisible, 2 fois"),
    ),
    "dates to come": (csv_file(("2093-01-01", *GOOD[1:])), (), ("dans le futur",)),
    "nominative header": (
        csv_file((*GOOD, "x"), header=(*HEADER, "Prénom")),
        (),
        ("« Prénom »", "Retirez ces colonnes"),
    ),
    "siren": (csv_file((*GOOD, "x"), header=(*HEADER, "SIREN")), (), ("« SIREN »",)),
    "e-mails in a plain column": (csv_file(*EMAILS), (), ("« sortie »", "messagerie")),
    "half fictitious": (
        csv_file((*GOOD, "oui"), (*GOOD, "non"), header=(*HEADER, "fictif")),
        (),
        ("ligne 2", "colonne « fictif »"),
    ),
    "geojson cut short": (cut_short("points.geojson"), (), ("points.geojson", "geojson")),
    "geopackage cut short": (cut_short("points.gpkg"), (), ("points.gpkg",)),
    "parquet cut short": (cut_short("points.parquet"), (), ("points.parquet",)),
    "geojson of nothing": (
        raw_file("points.geojson", b'{"type": "FeatureCollection", "features": []}'),
        (),
        ("points.geojson",),
    ),
    "json of something else": (raw_file("points.json", b'{"a": [1, 2]}'), (), ("points.json",)),
    "two layers": (two_layers, (), ("2 couches",)),
    "parquet without places": (
        lambda folder: table_of(folder, date=["2023-05-02"]),
        (),
        ("Aucune colonne de coordonnées",),
    ),
    "parquet of names": (
        lambda folder: table_of(folder, date=["2023-05-02"], lon=[4.0], lat=[45.4], Nom=["x"]),
        (),
        ("« Nom »",),
    ),
    "geometry of no system": (no_crs, (), ("système de coordonnées",)),
    "geojson of an unknown system": (
        raw_file("points.geojson", FAR_CRS),
        (),
        ("système de coordonnées", "pas reconnu"),
    ),
    "geoparquet of an unknown system": (geoparquet(geo(crs="x")), (), ("pas reconnu",)),
    "geoparquet that says nothing": (geoparquet("{}"), (), ("GeoParquet",)),
    "geoparquet of no geometry": (geoparquet(geo(), column="autre"), (), ("GeoParquet",)),
    "geoparquet of broken shapes": (geoparquet(geo()), (), ("points.parquet", "abîmé")),
    "geopackage of another program": (
        raw_file("points.gpkg", b"SQLite format 3\x00" + bytes(2000)),
        (),
        ("points.gpkg", "abîmé"),
    ),
    "one endless line": (raw_file("points.csv", b"a" * 200_000 + b"\n1\n"), (), ("abîmé",)),
    "unknown edition": (csv_file(GOOD), ("--edition", "2019"), ("2019", "2015, 2024")),
    "edition not loaded": (csv_file(GOOD), ("--edition", "2024"), ("contours import",)),
    "no theme": (csv_file(GOOD), ("--theme", "·"), ("thème",)),
}


def test_the_words_of_a_file_are_printed_as_they_are(store, tmp_path, in_process):
    load_squares(store, tmp_path)
    path = tmp_path / "points.csv"
    path.write_text("[/b]jour,lon,lat\n2023-05-02,4.5,45.405\nhier,4.5,45.405\n", "utf-8")
    code, out, _ = in_process(
        "observations", "import", path, "--theme", "essai", "--date", "[/b]jour"
    )
    assert code == 0
    assert "[/b]jour" in out
    assert "Acceptées : 1" in out
    assert "Le seul point n’est pas dans un quartier" in out
    assert "Aucune sortie n’est importée" in out


def test_a_register_or_a_theme_with_outings_is_not_told_that_outings_are_missing(
    store, tmp_path, in_process
):
    load_squares(store, tmp_path)
    path = tmp_path / "points.csv"
    path.write_text("jour,lon,lat\n2023-05-02,4.5,45.405\n", "utf-8")
    arguments = ("observations", "import", path, "--date", "jour")
    code, out, _ = in_process(*arguments, "--theme", "essai", "--register")
    assert code == 0
    assert "Aucune sortie" not in out
    efforts = tmp_path / "outings.csv"
    efforts.write_text("outing,date,qpv\nA1,2023-05-02,QP042001\n", "utf-8")
    assert in_process("outings", "import", efforts)[0] == 0
    path.write_text("jour,lon,lat\n2023-05-03,4.5,45.405\n", "utf-8")
    code, out, _ = in_process(*arguments, "--theme", "autre")
    assert code == 0
    assert "Aucune sortie" not in out


def test_a_text_file_of_lone_returns_is_read(store, tmp_path):
    path = tmp_path / "points.csv"
    path.write_bytes(b"date,lon,lat\r2023-05-02,4.005,45.405\r2023-05-03,4.015,45.405\r")
    reading = read_observations(path, theme="essai", columns=Columns(date="date"), today=TODAY)
    assert (reading.read, len(reading.frame)) == (2, 2)


def test_malformed_files_are_one_line_in_french_and_leave_the_store_unchanged(
    store, tmp_path, in_process, subtests
):
    load_squares(store, tmp_path)
    before = contents(store)
    for case, (write, options, fragments) in MALFORMED.items():
        folder = tmp_path / case.replace(" ", "-")
        folder.mkdir()
        path = write(folder)
        wanted = () if "--theme" in options else ("--theme", "essai")
        wanted += () if "--date" in options else ("--date", "date")
        code, out, err = in_process("observations", "import", path, *wanted, *options)
        with subtests.test(case):
            assert (code, out, err.count("\n")) == (1, "", 1), err
            for fragment in fragments:
                assert fragment in err, err
            for content in ("exemple.fr", "45.405", "lundi"):
                assert content not in err, "a refusal never quotes a row"
            assert contents(store) == before


def test_with_json_a_refusal_is_an_object_too(store, tmp_path, in_process):
    path = write_rows(tmp_path / "points.csv", (*HEADER, "Nom"), [(*GOOD, "x")])
    code, out, err = in_process(
        "observations", "import", path, "--theme", "essai", "--date", "date", "--json"
    )
    said = json.loads(out)
    assert code == 1
    assert said["error"] == "NominativeError"
    assert said["column"] == "Nom"
    assert said["file"] == "points.csv"
    assert err.strip() == describe(NotFoundError("", **_words(said)))


def _words(said: dict[str, str]) -> dict[str, str]:
    return {name: said[name] for name in ("user", "remedy", "file", "column")}


# --- official files ----------------------------------------------------------------------------


@pytest.fixture
def national(official_data: Path, run_cli: Callable[..., object]) -> Path:
    """The official national perimeters, imported first."""
    file = official_data / "qpv_2015" / "QP_METROPOLEOUTREMER_WGS84_EPSG4326.shp"
    assert run_cli("contours", "import", file).returncode == 0
    return official_data / "points"


def test_the_restaurants_are_701_in_the_2015_edition_and_282_in_force(national, run_cli, store):
    file = national / "sirene_restauration_rapide.csv"
    command = ("observations", "import", file, "--theme", "restauration")
    command += ("--date", "mois_creation", "--json")
    named = run_cli(*command, "--edition", "2015").json()
    assert (named["read"], named["accepted"], named["quarantined"]) == (10_637, 10_637, 0)
    assert (named["edition"], named["attached"], named["outside"]) == ("2015", 701, 9_936)
    assert (named["attached_in_sites"], named["source"]) == (701, "sirene_restauration")
    assert named["sites"] == {"bastia": 72, "loire": 305, "moselle": 324}
    in_force = run_cli(*command).json()
    assert (in_force["edition"], in_force["attached"]) == ("in force", 282)
    assert in_force["reasons"] == {
        "before any edition": 318,
        "edition 2024 not loaded": 101,
        "in no perimeter loaded": 9_936,
    }
    assert contents(store)["raw.observation"] == 10_637


def test_the_accidents_are_28_in_the_2015_edition_and_none_in_force_which_it_explains(
    national, run_cli
):
    file = national / "accidents_2013_2B_42_57.geojson"
    command = ("observations", "import", file, "--theme", "accidents", "--date", "date")
    in_force = run_cli(*command, "--json").json()
    assert (in_force["read"], in_force["attached"], in_force["outside"]) == (823, 0, 823)
    assert "28 dans un contour mais avant la première édition" in in_force["explanation"]
    named = run_cli(*command, "--edition", "2015", "--json").json()
    assert (named["attached"], named["reasons"]) == (28, {"in no perimeter of edition 2015": 795})


def test_the_official_perimeters_attach_again_what_generalised_ones_attached(
    official_data, settings, run_cli
):
    contours = next((settings.data / "qpv_contours").glob("qpv_2015_*.geojson"))
    assert run_cli("contours", "import", contours).returncode == 0
    file = official_data / "points" / "sirene_restauration_rapide.csv"
    command = ("observations", "import", file, "--theme", "restauration")
    command += ("--date", "mois_creation", "--edition", "2015", "--json")
    coarse = run_cli(*command).json()
    assert coarse["perimeters"] == [{"edition": "2015", "count": 45, "tolerance_m": 2.0}]
    assert coarse["attached"] != 701
    exact = official_data / "qpv_2015" / "QP_METROPOLEOUTREMER_WGS84_EPSG4326.shp"
    assert run_cli("contours", "import", exact).returncode == 0
    assert run_cli(*command).json()["attached"] == 701
