"""The commands of one word, run for real: build, layer, layers, catalogue, demo, serve, bench."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyogrio
import pytest
from conftest import Clone, Ran, command_environ, run_command
from ports import free_port
from tests_support import make_home, remove_home

from observatoire import cluster
from observatoire.catalogue import read_catalogue
from observatoire.settings import Settings

Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def run(clone: Clone) -> Run:
    """Return the command line on the published clone; what is read changes nothing."""
    return partial(run_command, clone.settings)


def refused(done: Ran) -> str:
    """Return the one line of a refusal."""
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


# --- layer -----------------------------------------------------------------------------------


def test_a_table_has_a_line_for_each_qpv_and_says_where_it_comes_from(run: Run) -> None:
    done = run("layer", "filosofi.TP60", "--period", "2018", "--format", "table")
    assert done.returncode == 0, done.stderr
    assert sum(line.startswith("│ QP") for line in done.stdout.splitlines()) == 45
    assert "Taux de pauvreté, 2018, contours 2015" in done.stdout
    assert "Source : Insee" in done.stdout


def test_the_latest_period_and_every_site_are_the_default(run: Run) -> None:
    payload = run("layer", "filosofi.TP60", "--json").json()
    assert payload["period"] == "2021"
    assert len(payload["rows"]) == 45
    assert {row["site"] for row in payload["rows"]} == {"bastia", "loire", "moselle"}


def test_one_site_is_kept_in_every_form(run: Run, tmp_path: Path) -> None:
    asked = ("layer", "rp.POP_MUN", "--site", "bastia", "--format")
    rows = list(
        csv.DictReader(io.StringIO(run(*asked, "csv").stdout.lstrip("\ufeff")), delimiter=";")
    )
    codes = [row["qpv"] for row in rows]
    assert codes == ["QP02B001", "QP02B002"]
    assert [row["qpv"] for row in run(*asked, "json").json()["rows"]] == codes
    features = json.loads(run(*asked, "geojson").stdout)["features"]
    assert [feature["id"] for feature in features] == codes
    path = tmp_path / "layer.gpkg"
    assert run(*asked, "gpkg", "--out", path).returncode == 0
    assert list(pyogrio.read_dataframe(path)["qpv"]) == codes


def test_a_field_layer_says_outings_and_that_it_is_fictitious_in_every_form(run: Run) -> None:
    asked = ("layer", "terrain.rassemblements", "--period", "2023", "--format")
    payload = run(*asked, "json").json()
    assert payload["fictitious"] is True
    assert all(row["outings"] >= 10 for row in payload["rows"] if row["status"] == "ok")
    assert "données fictives" in run(*asked, "geojson").stdout
    assert "fictitious" in run(*asked, "csv").stdout.splitlines()[0]
    assert "DONNÉES FICTIVES" in run(*asked, "table").stdout


def test_a_hidden_month_shows_no_value_and_no_outing(run: Run) -> None:
    payload = run("layer", "terrain.trafics", "--period", "2023-05", "--json").json()
    hidden = [row for row in payload["rows"] if row["status"] == "secret"]
    assert hidden
    assert {(row["value"], row["outings"]) for row in hidden} == {(None, None)}
    assert {row["status"] for row in payload["rows"]} <= {"secret", "blind"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("layer", "filosofi.NOPE"), "n’est pas publié"),
        (("layer", "filosofi.TP60", "--period", "1999"), "Périodes publiées"),
        (("layer", "filosofi.TP60", "--edition", "2024"), "pour l’édition 2024."),
        (("layer", "filosofi.TP60", "--site", "nice"), "Sites connus"),
        (("layer", "filosofi.TP60", "--format", "xlsx"), "Formats :"),
        (("layer", "filosofi.TP60", "--format", "gpkg"), "--out"),
        (("layer", "filosofi.TP60", "--out", "x.txt"), "--format csv"),
        (
            ("layer", "filosofi.TP60", "--format", "csv", "--out", "/nowhere/x.csv"),
            "/nowhere/x.csv",
        ),
        (("catalogue", "filosofi.NOPE"), "catalogue"),
    ],
)
def test_a_refusal_is_one_french_line(run: Run, arguments: tuple[str, ...], said: str) -> None:
    assert said in refused(run(*arguments))


def test_a_refusal_in_json_names_its_kind(run: Run) -> None:
    done = run("layer", "filosofi.NOPE", "--json")
    assert done.returncode == 1
    assert done.json()["error"] == "NotFoundError"


# --- layers, catalogue, build, demo, bench ---------------------------------------------------


def test_layers_are_listed_as_they_are_published(run: Run, clone: Clone) -> None:
    assert clone.report.build is not None
    listed = run("layers", "--json").json()
    assert len(listed) == clone.report.build.layers
    assert {"indicator", "label", "period", "edition", "fictitious", "share_visible"} <= set(
        listed[0]
    )
    assert "terrain.trafics" in run("layers").stdout


def test_the_catalogue_describes_every_indicator_and_each_in_full(run: Run) -> None:
    listed = run("catalogue", "--json").json()
    assert [one["id"] for one in listed] == list(read_catalogue().indicators)
    assert len([one for one in listed if not one["id"].startswith("terrain.")]) >= 30
    card = run("catalogue", "filosofi.TP60").stdout
    assert "Définition : " in card
    assert "Ce qu’on peut conclure : " in card


def test_building_again_publishes_nothing_new(run: Run, clone: Clone) -> None:
    assert clone.report.build is not None
    report = run("build", "--json").json()
    assert (report["sha256"], report["written"]) == (clone.report.build.sha256, False)
    assert report["cells"]["field"]["ok"] > 0
    assert "rien de nouveau" in run("build").stdout


def test_the_demonstration_is_there_once_and_can_be_taken_out(run_cli: Run) -> None:
    contours = Path("data/qpv_contours/qpv_2015_sites_2m.geojson")
    assert run_cli("contours", "import", contours).returncode == 0
    first = run_cli("demo", "--json").json()
    assert first["fictitious"] is True
    assert first["observations"] > 1000
    assert run_cli("demo", "--json").json()["already"] is True
    assert run_cli("demo", "--remove", "--json").json()["removed_files"] == 13
    assert "Il n’y en avait pas" in run_cli("demo", "--remove").stdout


def test_a_measure_says_what_was_measured_and_where(run: Run) -> None:
    found = run("bench", "build", "--json").json()
    assert found["layers"] > 100
    assert found["build_s"] > 0
    assert 0 < found["read_median_ms"] <= found["read_max_ms"]
    assert set(found["export_median_ms"]) == {"csv", "json", "geojson", "gpkg"}
    assert found["processors"] >= 1


def test_nothing_published_is_said_with_the_way_out(run_cli: Run) -> None:
    assert "observatoire layers" in refused(run_cli("layer", "filosofi.TP60"))
    assert "observatoire demo" in refused(run_cli("build"))
    assert run_cli("layers", "--json").json() == []


# --- serve -----------------------------------------------------------------------------------


@contextmanager
def served(settings: Settings, port: int) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Give a server that says it is ready, and the lines it printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "observatoire.cli", "serve"],
        env=command_environ(settings) | {"PORT": str(port)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    try:
        for line in process.stdout:
            lines.append(line.rstrip())
            if "L’application est prête" in line:
                break
        yield process, lines
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=120)


def test_a_taken_port_is_refused_before_anything_long(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        home = settings.home.parent / "untouched"
        done = run_command(
            replace(settings, home=home, database_url=None, app_database_url=None),
            "serve",
            env={"PORT": str(port)},
        )
        line = refused(done)
    assert str(port) in line
    assert "./run app" in line
    assert not home.exists()  # no store was made


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_app_is_served_and_the_store_it_started_is_stopped_with_it(
    how: signal.Signals, settings: Settings
) -> None:
    """A private store of its own, figures only: started, filled, served, stopped."""
    home = make_home()
    data = settings.home.parent / "data"
    (data / "figures").mkdir(parents=True)
    name = "sdes_rpls_2022.csv"
    (data / "figures" / name).write_bytes((settings.data / "figures" / name).read_bytes())
    own = replace(settings, home=home, data=data, database_url=None, app_database_url=None)
    port = free_port()
    try:
        with served(own, port) as (process, lines):
            assert cluster.status(own).running
            assert any("couches publiées" in line for line in lines)
            assert lines[-1].startswith(f"L’application est prête : http://localhost:{port}")
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as page:
                assert page.status == 200
            os.kill(process.pid, how)
            process.communicate(timeout=120)
            assert process.returncode in (0, 128 + how)
        assert not cluster.status(own).running
    finally:
        remove_home(home)
