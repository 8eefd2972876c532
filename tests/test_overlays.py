"""Other areas over the QPV: territories, repairs, refusals by row, and what may be shown."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from observatoire.crs import metric_epsg
from observatoire.errors import CrsError, FileError, NotFoundError, ObservatoireError, SchemaError
from observatoire.labels.typography import faults
from observatoire.overlays import (
    Benchmark,
    Official,
    OverlayOptions,
    OverlayResult,
    OverlayRow,
    overlay,
    shown,
)
from observatoire.overlays.areas import own_figures, read_areas, read_places, read_targets
from observatoire.overlays.result import grade_words, method_words
from observatoire.overlays.tables import read_figures, read_official, table_columns

CLONE = Path(__file__).resolve().parent.parent
DATA = CLONE / "data"
EAST, NORTH = 800_000, 6_480_000
NAN = float("nan")
COUNT = OverlayOptions(value="n")


def areas(crs: int = 2154, east: float = EAST, north: float = NORTH, **corners) -> gpd.GeoDataFrame:
    found = {
        name: shapely.box(east + w, north + s, east + e, north + n)
        for name, (w, s, e, n) in corners.items()
    }
    return gpd.GeoDataFrame(geometry=gpd.GeoSeries(found, crs=crs))


def table(**values: float) -> pd.DataFrame:
    return pd.DataFrame({"n": pd.Series(values, dtype=float)})


TWO = areas(a=(0, 0, 1000, 1000), b=(1000, 0, 2000, 1000))
FIGURES = table(a=100, b=60)
QPV = areas(QP042901=(0, 0, 1000, 1000), QP042902=(1500, 0, 2000, 500))


def test_each_territory_is_measured_in_its_own_legal_system() -> None:
    """A square that is half inside is half inside, in Loire, on La Réunion and in Martinique."""
    places = {"42": (EAST, NORTH), "974": (340_000, 7_650_000), "972": (710_000, 1_620_000)}
    sources, targets, expected = [], [], {}
    for rank, (department, (east, north)) in enumerate(places.items()):
        epsg = metric_epsg(department)
        code = f"QP{department.zfill(3)}9{rank:02d}"
        sources.append(areas(epsg, east, north, **{f"s{rank}": (0, 0, 1000, 1000)}).to_crs(4326))
        targets.append(areas(epsg, east, north, **{code: (500, 0, 1500, 1000)}).to_crs(4326))
        expected[code] = 50 * (rank + 1)
    found = overlay(pd.concat(sources), table(s0=100, s1=200, s2=300), pd.concat(targets), COUNT)
    for code, half in expected.items():
        assert found.row(code).raw_estimate == pytest.approx(half, rel=1e-6)
        assert found.row(code).coverage == pytest.approx(0.5, abs=1e-6)
    assert found.conservation is not None
    assert found.conservation.total == 600
    assert found.conservation.gap == pytest.approx(0, abs=1e-9)


def test_the_files_own_system_changes_nothing() -> None:
    here = overlay(TWO, FIGURES, QPV, COUNT)
    there = overlay(TWO.to_crs(4326), FIGURES, QPV.to_crs(4326), COUNT)
    for one, other in zip(here, there, strict=True):
        assert one.raw_estimate == pytest.approx(other.raw_estimate, rel=1e-6)
        assert one.grade == other.grade


def test_a_row_says_all_that_must_stand_beside_a_number() -> None:
    whole, cut = overlay(TWO, FIGURES, QPV, COUNT).rows
    assert (whole.estimate, whole.grade, whole.lo, whole.hi) == (100, "B", 100, 100)
    assert (cut.estimate, cut.raw_estimate, cut.grade) == (None, 15, "E")
    assert (cut.lo, cut.hi, cut.partial_share) == (0, 60, 1)
    assert cut.model_low == 15
    assert cut.model_high == pytest.approx(60 * 8.6 * 0.25 / (8.6 * 0.25 + 0.75))
    fields = json.loads(json.dumps(cut.as_dict()))
    wanted = {"qpv", "estimate", "raw_estimate", "lo", "hi", "grade", "coverage", "partial_share"}
    assert wanted | {"parts"} <= set(fields)
    assert fields["parts"] == [{"key": "b", "share": 0.25, "target_share": 1.0, "published": True}]


def test_what_is_shown_at_grade_e_holds_no_number_of_the_figures() -> None:
    result = overlay(TWO, FIGURES, QPV, COUNT)
    seen = shown(result)
    row = seen.row("QP042902")
    assert row.grade == "E"
    numbers = (row.estimate, row.raw_estimate, row.lo, row.hi, row.model_low, row.model_high)
    assert numbers == (None,) * 6
    assert (row.partial_share, row.imputed_share) == (None, None)
    assert row.coverage == 1.0
    assert row.why
    assert seen.conservation is not None
    assert (seen.conservation.inside, seen.conservation.outside) == (None, None)
    assert "15" not in json.dumps([seen.row("QP042902").as_dict(), str(seen.conservation)])
    assert seen.row("QP042901").estimate == 100
    assert shown(seen) == seen
    with pytest.raises(KeyError):
        seen.row("QP042999")


def test_the_total_is_kept_and_what_lies_outside_is_measured() -> None:
    found = overlay(TWO, FIGURES, QPV, COUNT).conservation
    assert found is not None
    assert (found.total, found.inside, found.outside) == pytest.approx((160, 115, 45))
    assert found.gap == pytest.approx(0, abs=1e-12)
    assert (found.sources, found.hidden) == (2, 0)


def test_targets_that_overlap_are_estimated_and_never_added_up() -> None:
    targets = areas(QP042901=(0, 0, 1000, 1000), QP042902=(500, 0, 1000, 1000))
    found = overlay(TWO, FIGURES, targets, COUNT)
    assert found.conservation is None
    assert "QP042901 et QP042902" in found.warnings[0]
    assert not faults(found.warnings[0])


@pytest.mark.parametrize(("metres", "said"), [(0.1, "moins de 0,1"), (30.0, "au plus 3,0")])
def test_a_slight_overlap_is_said_with_a_share_that_is_not_zero(metres: float, said: str) -> None:
    sources = areas(a=(0, 0, 1000, 1000), b=(1000 - metres, 0, 2000, 1000))
    warning = overlay(sources, FIGURES, QPV, COUNT).warnings[0]
    assert f"({said}\u00a0% de la plus petite)" in warning
    assert not faults(warning)


def test_what_the_producer_hides_stays_hidden() -> None:
    hidden = overlay(TWO, table(a=100, b=NAN), QPV, COUNT)
    assert hidden.row("QP042902").raw_estimate is None
    assert hidden.row("QP042902").coverage == 0
    assert "hidden_source" in hidden.row("QP042902").reasons
    assert overlay(TWO, table(a=100), QPV, COUNT).rows == hidden.rows  # no row: not a zero either
    codes = list(QPV.index)
    official = Official(pd.Series([NAN, 12.0], codes), pd.Series(["secret", "ok"], codes))
    secret, known = overlay(TWO, FIGURES, QPV, COUNT, official=official).rows
    assert (secret.grade, secret.estimate, secret.raw_estimate, secret.lo) == (
        "E",
        None,
        None,
        None,
    )
    assert (known.grade, known.estimate, known.method) == ("A", 12, "official")


def test_a_benchmark_and_dwellings_change_the_grade() -> None:
    benchmark = Benchmark(pd.Series({"QP042902": 30.0}), pd.Series({"a": 100.0, "b": 60.0}))
    row = overlay(TWO, table(a=10, b=20), QPV, COUNT, benchmark=benchmark).row("QP042902")
    assert (row.grade, row.method, row.estimate) == ("C", "benchmarked", 10)
    points = gpd.GeoSeries.from_xy(
        [EAST + 1600.0, EAST + 1100.0], [NORTH + 100.0] * 2, crs=2154
    ).to_crs(4326)
    dwellings = gpd.GeoDataFrame({"weight": [3.0, 1.0]}, geometry=points)
    by_people = overlay(TWO, FIGURES, QPV, COUNT, weights=dwellings).row("QP042902")
    assert by_people.raw_estimate == pytest.approx(45)
    assert by_people.grade == "E"  # a single source, cut: more than half is partial


def test_a_crossed_ring_is_repaired_and_said() -> None:
    crossed = shapely.Polygon([(0, 0), (1000, 1000), (1000, 0), (0, 1000)])
    moved = shapely.affinity.translate(crossed, EAST + 2000, NORTH)
    sources = pd.concat([TWO, gpd.GeoDataFrame(geometry=gpd.GeoSeries({"c": moved}, crs=2154))])
    targets = pd.concat([QPV, areas(QP042903=(2000, 0, 3000, 1000))])
    found = overlay(sources, table(a=1, b=2, c=3), targets, COUNT)
    assert [(one.what, one.key) for one in found.repairs] == [("source", "c")]
    assert found.repairs[0].area_change_m2 == pytest.approx(500_000)
    assert found.row("QP042903").lo == 3


@pytest.mark.parametrize(
    ("sources", "figures", "targets", "options", "error", "named"),
    [
        (areas(a=(0, 0, 10, 10), b=(5, 0, 15, 10)), table(a=1, b=1), areas(QP042901=(0, 0, 8, 8)),
         COUNT, SchemaError, "a (ligne 1) et b (ligne 2)"),
        (pd.concat([TWO, TWO.loc[["a"]]]), FIGURES, QPV, COUNT, SchemaError, "a (ligne 3)"),
        (TWO, FIGURES, pd.concat([QPV, QPV]), COUNT, SchemaError, "QP042901 (ligne 3)"),
        (TWO, table(a=1, b=-2), QPV, COUNT, SchemaError, "b (ligne 2)"),
        (TWO, table(a=1, x=2), QPV, COUNT, SchemaError, "x (ligne 2)"),
        (TWO, pd.concat([FIGURES, FIGURES]), QPV, COUNT, SchemaError, "a (ligne 3)"),
        (TWO, FIGURES, QPV, OverlayOptions(kind="rate", value="n"), SchemaError, "dénominateur"),
        (TWO, FIGURES, QPV, OverlayOptions(value="absent"), SchemaError, "n’existe pas"),
        (TWO, FIGURES, QPV, OverlayOptions(kind="median", value="n"), SchemaError, "médiane"),
        (TWO, FIGURES.rename(columns={"n": "DISP_MED18"}), QPV,
         OverlayOptions(value="DISP_MED18"), SchemaError, "Revenu disponible médian"),
        (TWO, FIGURES, areas(QP042901=(90_000, 0, 90_100, 100)), COUNT, NotFoundError, "Aucune"),
        (TWO.set_crs(None, allow_override=True), FIGURES, QPV, COUNT, CrsError, "système"),
        (areas(a=(0, 0, 1000, 1000), b=(0, 0, 1, 1)).assign(
            geometry=lambda frame: [frame.geometry.iloc[0], shapely.box(4, 45, 4.1, 45.1)]),
         FIGURES, QPV, COUNT, CrsError, "b (ligne 2)"),
        (TWO.set_crs(4326, allow_override=True), FIGURES, QPV, COUNT, CrsError, "a (ligne 1)"),
    ],
)  # fmt: skip
def test_wrong_input_is_refused_and_the_rows_named(
    sources, figures, targets, options, error, named
):
    with pytest.raises(error) as refused:
        overlay(sources, figures, targets, options)
    assert named in refused.value.user
    assert refused.value.remedy
    assert not faults(refused.value.user) or "%" not in refused.value.user


def test_a_missing_denominator_is_named() -> None:
    figures = pd.DataFrame({"n": [1.0, 2.0], "d": [10.0, NAN]}, index=["a", "b"])
    options = OverlayOptions(kind="rate", value="n", denominator="d", per=100)
    with pytest.raises(SchemaError) as refused:
        overlay(TWO, figures, QPV, options)
    assert refused.value.row == 2
    assert refused.value.column == "d"
    figures.loc["b", "d"] = 8.0
    whole, cut = overlay(TWO, figures, QPV, options).rows
    assert whole.estimate == pytest.approx(10)
    assert cut.raw_estimate == pytest.approx(25)
    assert (cut.lo, cut.hi) == (0, 100)


def test_rows_beyond_the_outlines_are_left_aside_only_when_asked() -> None:
    options = OverlayOptions(value="n", extra_rows=True)
    found = overlay(TWO, table(a=100, b=60, x=5), QPV, options)
    assert found.rows == overlay(TWO, FIGURES, QPV, COUNT).rows
    assert "1 ligne" in found.warnings[0]
    with pytest.raises(SchemaError):
        overlay(TWO, table(x=5, y=6), QPV, options)


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["areas.geojson", "areas.gpkg", "areas.shp"])
def test_outlines_are_read_in_every_form_and_codes_stay_texts(tmp_path: Path, form: str) -> None:
    frame = TWO.assign(IRIS=["042180101", "042180102"], N=[1.5, None])
    system = 4326 if form.endswith("geojson") else 2154
    frame.to_crs(system).to_file(tmp_path / form)
    found = read_areas(tmp_path / form, "iris")
    assert list(found.index) == ["042180101", "042180102"]
    numbers = own_figures(found, ["N"], tmp_path / form)["N"]
    assert numbers.iloc[0] == 1.5
    assert np.isnan(numbers.iloc[1])
    assert (
        overlay(found, pd.DataFrame({"n": [1.0, 2]}, found.index), QPV, COUNT).rows[0].estimate == 1
    )
    with pytest.raises(FileError, match="no column"):
        read_areas(tmp_path / form, "nothing")


def test_the_grid_of_200_m_is_read_from_its_identifiers_with_its_imputed_share(
    tmp_path: Path,
) -> None:
    path = tmp_path / "carreaux.csv"
    path.write_text(
        "idcar_200m;ind;i_est_200\n"
        "CRS3035RES200mN2500000E3900000;10,5;0\n"
        "CRS3035RES200mN2500000E3900200;20;1\n",
        "utf-8",
    )
    cells = read_areas(path, "idcar_200m")
    figures = own_figures(cells, ["ind", "i_est_200"], path)
    targets = gpd.GeoDataFrame(geometry=[cells.union_all()], index=["QP042901"], crs=4326)
    options = OverlayOptions(value="ind", imputed="i_est_200")
    row = overlay(cells, figures, targets, options).rows[0]
    assert (row.grade, row.estimate) == ("B", 30.5)
    assert row.imputed_share == pytest.approx(20 / 30.5)


def test_tables_are_read_as_published(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("\ufeffCODE;A;B\n0101;1 234,5;\n0102;ns;7\n", "utf-8")
    found = read_figures(path, "code", ["A", "b"])
    assert list(found.index) == ["0101", "0102"]
    assert found["A"].tolist()[0] == 1234.5
    assert found["A"].isna().tolist() == [False, True]
    assert found["b"].isna().tolist() == [True, False]
    path.write_text("CODE,A\n0101,x\n", "utf-8")
    with pytest.raises(FileError) as refused:
        read_figures(path, "CODE", ["A"])
    assert (refused.value.row, refused.value.column) == (1, "A")


def test_official_values_say_why_one_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "official.csv"
    path.write_text(
        "LIB;CODGEO;A\nx;QP042901;12\ny;QP042902;\nz;QP042903;nd\nt;QP042999;4\n", "utf-8"
    )
    found = read_official(path, "A", ["QP042901", "QP042902", "QP042903", "QP042904"])
    assert found.statuses.to_dict() == {
        "QP042901": "ok", "QP042902": "secret", "QP042903": "missing",
    }  # fmt: skip
    assert found.values["QP042901"] == 12
    with pytest.raises(FileError):
        read_official(path, "A", ["QP099999"])


def test_the_projects_own_tables_are_read_by_id_and_period(tmp_path: Path) -> None:
    path = DATA / "figures" / "caf_iris_2020.csv"
    assert "cnaf.A" in table_columns(path)
    assert read_figures(path, "zone", ["cnaf.A"])["cnaf.A"]["2B0330101"] == 393
    panel = DATA / "figures" / "insee_qpv_panel_revenus.csv"
    with pytest.raises(FileError, match="periods"):
        read_official(panel, "filosofi.TP60", ["QP042001"])
    assert read_official(panel, "filosofi.TP60", ["QP042001"], period="2021").statuses.size == 1


def test_targets_are_known_by_their_codes_and_dwellings_by_their_weight(tmp_path: Path) -> None:
    path = tmp_path / "targets.geojson"
    QPV.assign(nom="x", code=list(QPV.index)).to_crs(4326).to_file(path)
    assert list(read_targets(path).index) == list(QPV.index)
    assert list(read_targets(path, "CODE").index) == list(QPV.index)
    TWO.assign(nom=["x", "y"], autre=1).to_crs(4326).to_file(path)
    with pytest.raises(FileError):
        read_targets(path)
    TWO.assign(logements=[3, 4]).to_crs(4326).to_file(path)
    assert read_places(path, "logements")["weight"].tolist() == [3, 4]
    assert read_places(path)["weight"].to_numpy() == pytest.approx(1e6, rel=0.01)


# --- on the project's own data -------------------------------------------------------------------


@pytest.fixture(scope="module")
def own() -> tuple[gpd.GeoDataFrame, pd.DataFrame, gpd.GeoDataFrame, pd.Series]:
    """IRIS, their CAF counts, the 45 QPV, and the official counts of households by QPV."""
    figures = DATA / "figures"
    targets = read_targets(DATA / "qpv_contours" / "qpv_2015_sites_2m.geojson")
    columns = [f"cnaf.{name}" for name in ("A", "PERCOU", "AM", "AI", "ENF", "ACAVENF")]
    return (
        read_areas(DATA / "context" / "iris_2020.geojson", "code"),
        read_figures(figures / "caf_iris_2020.csv", "zone", columns),
        targets,
        read_official(figures / "insee_qpv_revn_2021.csv", "cnaf.A", targets.index).values,
    )


def test_by_ground_alone_no_real_qpv_is_shown_and_the_bounds_hold(own) -> None:
    areas_, figures, targets, official = own
    result = overlay(areas_, figures, targets, OverlayOptions(value="cnaf.A"))
    covered = [row for row in result if row.coverage >= 0.95]
    ratios = [row.raw_estimate / official[row.qpv] for row in covered]
    assert len(covered) == 32
    assert np.median(ratios) == pytest.approx(0.396, abs=0.001)
    assert {row.grade for row in result} == {"E"}
    assert all(row.lo <= official[row.qpv] <= row.hi for row in covered)
    assert all(row.estimate is None for row in shown(result))
    assert result.conservation is not None
    assert abs(result.conservation.gap) < 1e-9


def test_benchmarked_real_qpv_are_within_a_few_per_cent(own) -> None:
    """Another year on both sides, the only one whose counts the project holds for every column."""
    areas_, figures, targets, _ = own
    path = DATA / "figures" / "insee_qpv_demo_2022.csv"
    totals = read_official(path, "cnaf.A", targets.index).values
    allowed = {"PERCOU": 0.05, "AI": 0.07, "ENF": 0.095, "ACAVENF": 0.13, "AM": 0.09}
    for name, error in allowed.items():
        options = OverlayOptions(value=f"cnaf.{name}")
        benchmark = Benchmark(totals, figures["cnaf.A"])
        result = overlay(areas_, figures, targets, options, benchmark=benchmark)
        truth = read_official(path, f"cnaf.{name}", targets.index).values
        kept = [row for row in result if row.grade == "C"]
        gaps = [abs(row.estimate / truth[row.qpv] - 1) for row in kept if truth[row.qpv] > 0]
        assert len(kept) == (28 if name == "AM" else 31)
        assert np.mean(gaps) <= error
        assert {row.grade for row in result} == {"C", "E"}


def test_every_word_of_an_answer_is_typeset() -> None:
    from observatoire.crosswalk import GRADES, REASONS

    for reason in REASONS:
        row = OverlayRow("x", None, None, None, None, "E", 0, None, reasons=(reason,))
        assert row.why
        assert not faults(row.why)
    assert all(grade_words(letter) for letter in GRADES)
    assert method_words("") == ""
    assert OverlayResult(()).as_list() == []


def test_every_refusal_is_a_deliberate_one() -> None:
    with pytest.raises(ObservatoireError):
        read_areas(Path("nowhere.geojson"), "code")
