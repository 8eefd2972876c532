"""`observatoire statistics …`, run for real."""

import tomllib
from pathlib import Path

import pytest
from made_statistics import communes, csv_text, demo, write
from sqlalchemy import text

CLONE = Path(__file__).resolve().parent.parent
FIGURES = sorted((CLONE / "data" / "figures").glob("*.csv"))


def count(store):
    with store.owner() as connection:
        return connection.execute(text("SELECT count(*) FROM raw.statistic")).scalar_one()


def test_check_tells_what_a_file_holds_and_writes_nothing(run_cli, store, tmp_path):
    done = run_cli("statistics", "check", demo(tmp_path), "--json")
    assert done.returncode == 0, done.stderr
    (report,) = done.json()["files"]
    assert report["family"] == "insee_qpv_demo"
    assert report["periods"] == ["2018", "2022"]
    assert report["sources"] == ["insee_qpv_demo_2022"]
    assert report["zones"] == {"france": 1, "qpv": 5}
    assert report["ok"] + report["secret"] + report["missing"] == report["figures"] == 30
    assert count(store) == 0


def test_import_loads_a_file_once(run_cli, store, tmp_path):
    path = demo(tmp_path)
    first = run_cli("statistics", "import", path, "--json")
    assert first.returncode == 0, first.stderr
    assert first.json()["added"] == 30 == count(store)
    second = run_cli("statistics", "import", path)
    assert second.returncode == 0, second.stderr
    assert "DEMO_2022.csv" in second.stdout
    assert "import" in second.stdout
    assert count(store) == 30


def test_one_bad_file_among_good_ones_and_nothing_is_loaded(run_cli, store, tmp_path):
    good = demo(tmp_path)
    bad = write(tmp_path, "REVN_2022.csv", csv_text(["CODGEO", "TP60"], [["QP042001", "quarante"]]))
    done = run_cli("statistics", "import", good, bad)
    assert done.returncode == 1
    assert done.stderr.strip().count("\n") == 0
    assert str(bad) in done.stderr
    assert "ligne 1" in done.stderr
    assert "TP60" in done.stderr
    assert "quarante" not in done.stderr + done.stdout
    assert count(store) == 0


def test_a_contradiction_is_refused_and_the_store_is_as_it_was(run_cli, store, tmp_path):
    one = write(tmp_path, "REVN_2022.csv", csv_text(["CODGEO", "TP60"], [["QP042001", "40,1"]]))
    other = write(
        tmp_path, "panel.csv", "code,revenu_median,taux_pauvrete,annee\nQP042001,1,40.2,2018\n"
    )
    done = run_cli("statistics", "import", one, other, "--json")
    assert done.returncode == 1
    assert done.json()["error"] == "ConflictError"
    assert "QP042001" in done.json()["user"]
    assert count(store) == 0


@pytest.mark.parametrize(
    "options", [["--year", "2019"], ["--year", "22"], ["--vintage", "rp"], ["--vintage", "x=2018"]]
)
def test_options_that_make_no_sense_are_refused(run_cli, store, tmp_path, options):
    done = run_cli("statistics", "check", demo(tmp_path), *options)
    assert done.returncode == 1
    assert done.stderr.strip().count("\n") == 0
    assert "Traceback" not in done.stderr


def test_the_year_of_several_files_is_not_given_at_once(run_cli, tmp_path):
    files = [demo(tmp_path, name=f"{name}.csv") for name in ("un", "deux")]
    done = run_cli("statistics", "check", *files, "--year", "2022")
    assert done.returncode == 1
    assert "--year" in done.stderr


def test_the_tables_of_the_project_make_the_round_trip(run_cli, store, tmp_path):
    done = run_cli("statistics", "import", *FIGURES, "--json")
    assert done.returncode == 0, done.stderr
    assert len(done.json()["files"]) == len(FIGURES)
    out = tmp_path / "figures"
    done = run_cli("statistics", "extract", "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    for path in FIGURES:
        assert (out / path.name).read_bytes() == path.read_bytes(), path.name
    papers = (out / "figures.toml").read_text("utf-8")
    assert papers == (CLONE / "data" / "figures" / "figures.toml").read_text("utf-8")
    for name, table in tomllib.loads(papers).items():
        assert (out / name).is_file()
        assert table["publisher"]
        assert table["licence"]
        assert len(table.get("source_sha256", "")) == 64 or "computed_from" in table


def test_there_is_nothing_to_extract_from_an_empty_store(run_cli, store, tmp_path):
    done = run_cli("statistics", "extract", "--out", tmp_path / "figures")
    assert done.returncode == 1
    assert "statistics import" in done.stderr
    assert not (tmp_path / "figures").exists()


def test_extract_needs_files_of_outlines(run_cli, store, tmp_path):
    path = communes(tmp_path, {"code": "42218", "population_municipale": 3})
    done = run_cli("statistics", "extract", "--out", tmp_path / "f", "--context", tmp_path)
    assert done.returncode == 1
    assert str(path) in done.stderr


def test_the_page_of_the_indicators_is_written(run_cli, tmp_path):
    out = tmp_path / "indicators.md"
    assert run_cli("statistics", "document", "--out", out).returncode == 0
    assert out.read_bytes() == (CLONE / "docs" / "indicators.md").read_bytes()
