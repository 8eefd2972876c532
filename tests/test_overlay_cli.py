"""`observatoire overlay`, run for real on files."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import Clone, Ran, run_command

CLONE = Path(__file__).resolve().parent.parent
FIGURES = CLONE / "data" / "figures"
IRIS = ("--source", CLONE / "data" / "context" / "iris_2020.geojson", "--key", "code")
CAF = (*IRIS, "--table", FIGURES / "caf_iris_2020.csv", "--table-key", "zone", "--kind", "count")
EAST, NORTH = 800_000, 6_480_000
FIELDS = {
    "qpv",
    "estimate",
    "raw_estimate",
    "lo",
    "hi",
    "grade",
    "coverage",
    "partial_share",
    "parts",
}

Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def run(clone: Clone) -> Run:
    """Return the command line on the published clone; an overlay changes nothing there."""
    return partial(run_command, clone.settings)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return the command line in this process: with --target it needs no store and no settings."""
    from observatoire.cli import main

    def run_here(*args: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["observatoire", *map(str, args)])
        with pytest.raises(SystemExit) as leaving:
            main()
        out, err = capsys.readouterr()
        return Ran(int(leaving.value.code or 0), out, err)

    return run_here


def refused(done: Ran, code: int = 1) -> str:
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def squares(path: Path, key: str, columns: dict[str, list[object]], *west: float) -> Path:
    boxes = [shapely.box(EAST + w, NORTH, EAST + w + 1000, NORTH + 1000) for w in west]
    frame = gpd.GeoDataFrame({key: list(columns.pop("code")), **columns}, geometry=boxes, crs=2154)
    frame.to_crs(4326 if path.suffix == ".geojson" else 2154).to_file(path)
    return path


@pytest.fixture
def toy(tmp_path: Path) -> tuple[object, ...]:
    """Two sources side by side, a target over the first one and one astride; `;` and `,`."""
    source = squares(tmp_path / "zones.gpkg", "ZONE", {"code": ["01", "02"]}, 0, 1000)
    target = squares(tmp_path / "qpv.shp", "CODE_QP", {"code": ["QP042901", "QP042902"]}, 0, 500)
    table = tmp_path / "table.csv"
    table.write_text("ZONE;N;D\n01;10,5;100\n02;20,5;50\n", "utf-8")
    return ("--source", source, "--key", "zone", "--table", table, "--target", target)


def test_the_default_is_the_qpv_of_the_sites_and_none_is_shown_by_ground_alone(run: Run) -> None:
    done = run("overlay", *CAF, "--value", "cnaf.A", "--json")
    assert done.returncode == 0, done.stderr
    rows = done.json()
    assert len(rows) == 45
    assert all(set(row) >= FIELDS for row in rows)
    assert {row["grade"] for row in rows} == {"E"}
    assert all(row["estimate"] is None for row in rows)
    assert sum(row["coverage"] >= 0.95 for row in rows) == 32
    assert all(part["key"] for row in rows for part in row["parts"])
    assert "se chevauchent un peu" in done.stderr


def test_a_table_for_people_holds_no_number_at_grade_e_and_says_why(quick: Run, toy) -> None:
    done = quick("overlay", *toy, "--value", "N", "--kind", "count")
    assert done.returncode == 0, done.stderr
    exact = next(line for line in done.stdout.splitlines() if "QP042901" in line)
    none = next(line for line in done.stdout.splitlines() if line.startswith("│ QP042902"))
    assert "zones entières" in exact
    assert "non estimable" in none
    assert not any(figure in none for figure in ("15", "31", "0 ", "20"))
    assert "Non estimable (QP042902) : L’estimation vient surtout de zones coupées" in done.stdout


def test_a_rate_is_rebuilt_from_both_parts(quick: Run, toy) -> None:
    asked = ("--value", "N", "--kind", "rate", "--denominator", "D", "--per", "100")
    first, second = quick("overlay", *toy, *asked, "--json").json()
    assert first["estimate"] == pytest.approx(10.5)
    assert second["raw_estimate"] == pytest.approx(100 * 31 / 150)
    told = quick("overlay", *toy, "--value", "N", "--kind", "rate", "--json")
    assert "dénominateur" in told.json()["user"]


def test_benchmark_and_official_files(quick: Run, toy, tmp_path: Path) -> None:
    official = tmp_path / "official.csv"
    official.write_text("CODGEO,D,N\nQP042901,90,\nQP042902,60,12\n", "utf-8")
    asked = (*toy, "--value", "N", "--kind", "count", "--json")
    done = quick("overlay", *asked, "--benchmark", official)
    assert "Calage sur la colonne « D »" in done.stderr.replace("\u00a0", " ")
    row = done.json()[1]
    assert (row["grade"], row["method"]) == ("C", "benchmarked")
    assert row["estimate"] == pytest.approx(60 * 15.5 / 75)
    named = ("--benchmark-source", "D", "--benchmark-value", "D", "--benchmark-key", "CODGEO")
    assert quick("overlay", *asked, "--benchmark", official, *named).json()[1] == row
    years = ("--year", "2020", "--benchmark-year", "2018")
    other = quick("overlay", *asked, "--benchmark", official, *named, *years).json()[1]
    assert (other["grade"], other["estimate"]) == ("E", None)
    assert "other_year" in other["reasons"]
    secret, known = quick("overlay", *asked, "--official", official).json()
    assert (secret["grade"], secret["raw_estimate"], secret["lo"]) == ("E", None, None)
    assert (known["grade"], known["estimate"]) == ("A", 12)


def test_a_secret_in_the_table_that_calibrates_is_not_undone(
    quick: Run, toy, tmp_path: Path
) -> None:
    """The totals are there, the very variable that is estimated is hidden beside them."""
    official = tmp_path / "official.csv"
    official.write_text("CODGEO,D,N\nQP042901,90,8\nQP042902,60,\n", "utf-8")
    asked = (*toy, "--value", "N", "--kind", "count", "--benchmark", official, "--json")
    whole, hidden = quick("overlay", *asked).json()
    assert whole["grade"] == "B"
    assert hidden["reasons"] == ["official_secret"]
    numbers = ("estimate", "raw_estimate", "lo", "hi", "model_low", "model_high")
    assert [hidden[name] for name in numbers] == [None] * 6
    same = quick("overlay", *asked, "--benchmark-source", "N").json()[1]
    assert same["raw_estimate"] is None
    rate = (*toy, "--value", "N", "--denominator", "D", "--kind", "rate", "--benchmark", official)
    assert quick("overlay", *rate, "--json").json()[1]["raw_estimate"] is None
    official.write_text("CODGEO,D,N\nQP042901,90,8\nQP042902,60,nd\n", "utf-8")
    assert quick("overlay", *asked).json()[1]["grade"] == "C"


def test_dwellings_weigh(quick: Run, toy, tmp_path: Path) -> None:
    places = tmp_path / "logements.geojson"
    points = gpd.points_from_xy([EAST + 700, EAST + 100, EAST + 1200], [NORTH + 500] * 3)
    gpd.GeoDataFrame({"n": [3, 1, 7]}, geometry=points, crs=2154).to_crs(4326).to_file(places)
    asked = (
        "--value",
        "N",
        "--kind",
        "count",
        "--weights",
        places,
        "--weights-value",
        "n",
        "--json",
    )
    row = quick("overlay", *toy, *asked).json()[1]
    assert row["raw_estimate"] == pytest.approx(0.75 * 10.5 + 20.5)
    assert row["grade"] == "C"


def test_wrong_input_is_one_line_that_names_the_file_and_the_rows(
    quick: Run, toy, tmp_path: Path
) -> None:
    count = ("--value", "N", "--kind", "count")
    table = tmp_path / "table.csv"
    table.write_text("ZONE;N;D\n01;-1;1\n02;2;\n", "utf-8")
    line = refused(quick("overlay", *toy, *count))
    assert str(table) in line
    assert "ligne 1" in line
    line = refused(quick("overlay", *toy, "--value", "D", "--kind", "rate", "--denominator", "N"))
    assert "négatif" in line
    table.write_text("ZONE;N;D\n01;1;1\n09;2;3\n", "utf-8")
    assert "09 (ligne 2)" in refused(quick("overlay", *toy, *count))
    assert quick("overlay", *toy, *count, "--extra-rows").returncode == 0
    twice = squares(tmp_path / "twice.gpkg", "ZONE", {"code": ["01", "01"]}, 0, 1000)
    line = refused(quick("overlay", *toy, *count, "--source", twice))
    assert "01 (ligne 2)" in line
    assert str(twice) in line
    over = squares(tmp_path / "over.gpkg", "ZONE", {"code": ["01", "09"]}, 0, 300)
    assert "se chevauchent" in refused(quick("overlay", *toy, *count, "--source", over))
    assert "médiane" in refused(quick("overlay", *toy, "--value", "N", "--kind", "median"))
    assert "Cette colonne" in refused(quick("overlay", *toy, "--value", "Z", "--kind", "count"))


def test_the_reference_files_from_the_command_line(quick: Run, reference_data: Path) -> None:
    folder = reference_data / "qpv"
    asked = (
        *("--source", folder / "iris2020_touching_qpv_l93.gpkg", "--key", "CODE_IRIS"),
        *("--table", folder / "caf_iris_2020_touching_qpv.csv", "--table-key", "CODGEO"),
        *("--target", folder / "qpv2015_3dep_l93.gpkg", "--kind", "count", "--json"),
    )
    official = pd.read_csv(folder / "caf_qpv_official_DEMO_2021.csv").set_index("CODGEO")
    plain = quick("overlay", *asked, "--value", "A").json()
    covered = [row for row in plain if row["coverage"] >= 0.95]
    ratios = [row["raw_estimate"] / official["A"][row["qpv"]] for row in covered]
    assert np.median(ratios) == pytest.approx(0.39616757, abs=1e-6)
    assert all(row["lo"] <= official["A"][row["qpv"]] <= row["hi"] for row in covered)
    benchmark = (
        "--benchmark",
        folder / "caf_qpv_official_DEMO_2021.csv",
        "--benchmark-source",
        "A",
    )
    rows = quick("overlay", *asked, "--value", "PERCOU", *benchmark).json()
    shown = [row for row in rows if row["estimate"] is not None]
    gaps = [abs(row["estimate"] / official["PERCOU"][row["qpv"]] - 1) for row in shown]
    assert len(shown) == 31
    assert {row["grade"] for row in shown} == {"C"}
    assert np.mean(gaps) <= 0.05
