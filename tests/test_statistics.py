"""Readers of official publications, on made-up files with the quirks of the real ones."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_statistics import DEMO_ROWS, NARROW, communes, csv_text, demo, own_table, write

from observatoire.errors import FileError
from observatoire.schemas import STATISTICS, faults
from observatoire.statistics import Asked, read_statistics
from observatoire.statistics.figures import write_figures
from observatoire.statistics.numerals import read_number


def cell(reading, indicator, zone, period=None):
    frame = reading.frame
    found = frame[(frame["indicator"] == indicator) & (frame["zone"] == zone)]
    if period:
        found = found[found["period"] == period]
    (row,) = found.itertuples()
    return (row.value if row.value == row.value else None), row.status


# --- a thematic database -----------------------------------------------------------------------


def test_a_thematic_file_is_read_through_all_its_quirks(tmp_path):
    reading = read_statistics(demo(tmp_path))
    assert faults(reading.frame, STATISTICS) == ()
    assert reading.periods == ("2018", "2022")
    assert cell(reading, "rp.POP_MUN", "QP042001") == (1110.0, "ok")
    assert cell(reading, "rp.TX_F", "QP042002") == (50.5, "ok")
    assert set(reading.frame["source"]) == {"insee_qpv_demo_2022"}
    assert set(reading.frame["edition"]) == {"2015"}


def test_the_national_line_is_a_zone_of_its_own(tmp_path):
    reading = read_statistics(demo(tmp_path))
    national = reading.frame[reading.frame["zone_kind"] == "france"]
    assert set(national["zone"]) == {"FR"}
    assert cell(reading, "rp.POP_MUN", "FR") == (5_019_573.0, "ok")
    assert cell(reading, "cnaf.A", "FR") == (None, "missing")


def test_zero_secret_and_missing_are_three_things(tmp_path):
    reading = read_statistics(demo(tmp_path))
    assert cell(reading, "cnaf.A", "QP042002") == (0.0, "ok")
    assert cell(reading, "cnaf.AM", "QP042002") == (None, "secret")
    assert cell(reading, "cnaf.A", "QP057001") == (None, "secret")
    assert cell(reading, "rp.TX_F", "QP042001") == (None, "secret")
    # no note where others have one: the producer does not cover the territory
    assert cell(reading, "cnaf.A", "QP972001") == (None, "missing")
    assert cell(reading, "rp.TX_F", "QP972001") == (51.0, "ok")
    # no share of the census in the whole of an overseas territory
    assert cell(reading, "rp.TX_F", "QP974001") == (None, "missing")
    assert cell(reading, "rp.POP_MUN", "QP974001") == (800.0, "ok")


def test_a_number_stays_whatever_the_note_beside_it(tmp_path):
    rows = [[*row[:-1], "1"] for row in DEMO_ROWS[1:3]]
    assert cell(read_statistics(demo(tmp_path, rows)), "cnaf.A", "QP042001") == (388.0, "ok")


def test_a_column_without_any_figure_is_missing_not_secret(tmp_path):
    rows = [[*row[:7], "", row[8]] for row in DEMO_ROWS]
    reading = read_statistics(demo(tmp_path, rows))
    of_column = reading.frame[reading.frame["indicator"] == "cnaf.AM"]
    assert set(of_column["status"]) == {"missing"}


def test_the_same_column_name_means_two_things_in_two_files(tmp_path):
    demo_reading = read_statistics(demo(tmp_path))
    columns = ["CODGEO", "LIBGEO", "ABC", "A", "NOTE_PE"]
    path = write(
        tmp_path, "IPRO_2022.csv", csv_text(columns, [["QP042001", "B", "300", "200", "0"]])
    )
    jobs = read_statistics(path)
    assert cell(demo_reading, "cnaf.A", "QP042001") == (388.0, "ok")
    assert cell(jobs, "ft.A", "QP042001") == (200.0, "ok")
    assert not set(jobs.frame["indicator"]) & set(demo_reading.frame["indicator"])


def test_two_note_columns_of_one_name_each_close_their_own_columns(tmp_path):
    columns = ["CODGEO", "TP60", "C", "CC2S", "NOTE_CNAF", "A", "APPA", "NOTE_CNAF"]
    rows = [
        ["QP042001", "40,1", "100", "30", "0", "50", "20", "0"],
        ["QP972001", "40,1", "", "", "", "60", "30", "0"],
        ["QP972002", "40,1", "90", "20", "0", "", "", ""],
    ]
    reading = read_statistics(write(tmp_path, "REVN_2021.csv", csv_text(columns, rows)))
    assert cell(reading, "cnam.C", "QP972001") == (None, "missing")
    assert cell(reading, "cnaf.A", "QP972001") == (60.0, "ok")
    assert cell(reading, "cnam.C", "QP972002") == (90.0, "ok")
    assert cell(reading, "cnaf.A", "QP972002") == (None, "missing")


def test_an_interdecile_ratio_over_zero_does_not_exist(tmp_path):
    columns = ["CODGEO", "DECUC_Q2", "DECUC_D1", "DECUC_D1D9", "NOTE_FILO"]
    rows = [
        ["QP042001", "9 768", "0", "", "0"],
        ["QP042002", "9 768", "100", "", "0"],
        ["QP042003", "9 768", "100", "8,5", "0"],
    ]
    reading = read_statistics(write(tmp_path, "REVN_2022.csv", csv_text(columns, rows)))
    statuses = [cell(reading, "filosofi.DECUC_D1D9", zone)[1] for zone in ("QP042001", "QP042002")]
    assert statuses == ["missing", "secret"]
    assert reading.periods == ("2018",)


def test_column_names_may_end_with_a_space_and_unknown_ones_are_told(tmp_path):
    columns = ["CODGEO", "ABC", "EVOL_CA_N_E ", "NOTE_ASP_E", "NOUVELLE"]
    path = write(
        tmp_path, "IPRO_2019.csv", csv_text(columns, [["QP042001", "30", "-80,4", "0", "7"]])
    )
    reading = read_statistics(path)
    assert cell(reading, "asp.EVOL_CA_N_E", "QP042001") == (-80.4, "ok")
    assert reading.ignored == ("NOUVELLE",)


@pytest.mark.parametrize(
    ("name", "column", "indicator", "period"),
    [
        ("DEMO_2019.csv", "POP_MUN", "rp.POP_MUN", "2013"),
        ("DEMO_2022.csv", "POP_MUN", "rp.POP_MUN", "2018"),
        ("IPRO_2019.csv", "TX_TOT_EMPL", "rp.TX_TOT_EMPL", "2013"),
        ("IPRO_2022.csv", "ABC", "ft.ABC", "2022"),
        ("REVN_2019.csv", "TP60", "filosofi.TP60", "2015"),
        ("REVN_2021.csv", "TP60", "filosofi.TP60", "2017"),
        ("REVN_2022.csv", "TP60", "filosofi.TP60", "2018"),
    ],
)
def test_the_year_of_the_data_is_not_the_year_of_the_file(
    tmp_path, name, column, indicator, period
):
    path = write(tmp_path, name, csv_text(["CODGEO", column], [["QP042001", "41"]]))
    assert cell(read_statistics(path), indicator, "QP042001", period) == (41.0, "ok")


def test_the_user_gives_what_the_name_does_not_tell(tmp_path):
    path = demo(tmp_path, name="demographie.csv")
    reading = read_statistics(path, Asked(year="2022"))
    assert reading.periods == ("2018", "2022")
    later = demo(tmp_path, name="DEMO_2021.csv")
    reading = read_statistics(later, Asked(vintages={"rp": "2017"}))
    assert reading.periods == ("2017", "2021")
    assert reading.variant == "rp=2017"


def test_a_file_is_known_by_its_columns_whatever_its_name(tmp_path):
    path = demo(tmp_path, name="REVN_2022.csv")
    assert read_statistics(path).family == "insee_qpv_demo"


def test_both_geographies_are_read_each_with_its_edition(tmp_path):
    row = ["QN04201M", *DEMO_ROWS[1][1:]]
    reading = read_statistics(demo(tmp_path, [row]))
    assert set(reading.frame["edition"]) == {"2024"}


# --- the other publications --------------------------------------------------------------------


def test_the_panel_gives_each_year_and_tells_what_did_not_exist(tmp_path):
    text = (
        "code,revenu_median,taux_pauvrete,gini,s80s20,annee\n"
        "QP042001,13748.0,34.9,,,2012\nQP042002,12000.0,,,,2012\n"
        "QP042001,,,,,2021\nQP042002,14630.0,45.0,0.235,3.3,2021\n"
    )
    reading = read_statistics(write(tmp_path, "panel_revenus_2012_2021.csv", text))
    assert cell(reading, "filosofi.DISP_Q2", "QP042001", "2012") == (13748.0, "ok")
    assert cell(reading, "filosofi.GINI", "QP042001", "2012") == (None, "missing")
    assert cell(reading, "filosofi.TP60", "QP042002", "2012") == (None, "secret")
    assert cell(reading, "filosofi.GINI", "QP042001", "2021") == (None, "secret")
    assert cell(reading, "filosofi.GINI", "QP042002", "2021") == (0.235, "ok")


def test_social_housing_reads_quoted_decimal_commas(tmp_path):
    text = 'CodGeo,Note,nbLsPls,txVac,medLoy\nQP042001,0,2493.0,"4,8",47\nQP042002,5,,,\n'
    reading = read_statistics(write(tmp_path, "rpls_2022.csv", text))
    assert cell(reading, "rpls.nbLsPls", "QP042001", "2022") == (2493.0, "ok")
    assert cell(reading, "rpls.txVac", "QP042001") == (4.8, "ok")
    assert cell(reading, "rpls.medLoy", "QP042002") == (None, "secret")


def test_populations_carry_their_year_in_their_name(tmp_path):
    text = "qp;nom_qp;population_municipale_2013\nQP042001;Beauregard;1110\n"
    reading = read_statistics(write(tmp_path, "populations.csv", text))
    assert cell(reading, "rp.POP_MUN", "QP042001", "2013") == (1110.0, "ok")


def test_income_by_iris_has_the_ids_of_income_by_qpv(tmp_path):
    columns = ["IRIS", "LIBIRIS", "DISP_TP6018", "DISP_MED18", "DISP_RD18", "DISP_NOTE18"]
    rows = [["422180101", "X", "20,1", "19300", "3,1", "0"], ["2A0040101", "Y", "", "", "", "5"]]
    reading = read_statistics(write(tmp_path, "filo.csv", csv_text(columns, rows)))
    assert cell(reading, "filosofi.TP60", "422180101", "2018") == (20.1, "ok")
    assert cell(reading, "filosofi.DISP_Q2", "422180101") == (19300.0, "ok")
    assert cell(reading, "filosofi.DISP_D1D9", "2A0040101") == (None, "secret")
    assert set(reading.frame["zone_kind"]) == {"iris"}


@pytest.mark.parametrize(("zone", "kind"), [("422180101", "iris"), ("QP042001", "qpv")])
def test_recipients_are_read_by_iris_and_by_qpv(tmp_path, zone, kind):
    text = csv_text(["CODGEO", "NOTE", "A", "AAL"], [[zone, "0", "501", ""]])
    reading = read_statistics(write(tmp_path, "data_CAF_2020.csv", text))
    assert cell(reading, "cnaf.A", zone, "2020") == (501.0, "ok")
    assert set(reading.frame["zone_kind"]) == {kind}


def test_commune_populations_need_the_year_of_their_census(tmp_path):
    path = communes(
        tmp_path,
        {"code": "2B033", "population_municipale": 45715},
        {"code": "42218", "population_municipale": None},
    )
    with pytest.raises(FileError) as refusal:
        read_statistics(path)
    assert "--year" in refusal.value.remedy
    reading = read_statistics(path, Asked(year="2017"))
    assert cell(reading, "rp.POP_MUN", "2B033", "2017") == (45715.0, "ok")
    assert cell(reading, "rp.POP_MUN", "42218") == (None, "missing")


# --- numbers -----------------------------------------------------------------------------------


def french(value, space):
    whole, _, fraction = repr(value).partition(".")
    grouped = f"{int(whole):,}".replace(",", space)
    sign = "-" if value < 0 and not grouped.startswith("-") else ""
    return f"{sign}{grouped},{fraction}" if fraction else f"{sign}{grouped}"


@given(
    st.decimals(-9_999_999, 9_999_999, places=3).map(float) | st.integers(-(10**9), 10**9),
    st.sampled_from([" ", "\u00a0", NARROW, ""]),
)
def test_a_number_written_in_french_is_read_exactly(value, space):
    assert read_number(french(value, space)) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "abc",
        "1 23",
        "12 34",
        "1,2,3",
        "1.2.3",
        "nan",
        "inf",
        "1e5",
        "0x1",
        "1_000",
        "12 %",
    ],
)
def test_anything_else_is_not_a_number(text):
    assert read_number(text) is None


def test_words_of_absence_are_absences(tmp_path):
    rows = [
        ["QP042001", "s", "1"],
        ["QP042002", "ns", "1"],
        ["QP042003", "nd", "1"],
        ["QP042004", "12", "1"],
    ]
    path = write(tmp_path, "REVN_2022.csv", csv_text(["CODGEO", "TP60", "BREV"], rows))
    reading = read_statistics(path)
    statuses = [cell(reading, "filosofi.TP60", f"QP04200{i}")[1] for i in (1, 2, 3, 4)]
    assert statuses == ["secret", "secret", "missing", "ok"]


# --- the project's own tables --------------------------------------------------------------------

VALUES = st.one_of(
    st.integers(0, 10**9).map(float),
    st.floats(-1e6, 1e9, allow_nan=False).filter(lambda v: "e" not in repr(v)),
    st.just(math.nan),
)


@settings(max_examples=60, deadline=None)
@given(values=st.lists(VALUES, min_size=1, max_size=15))
def test_what_is_written_reads_back_equal(tmp_path_factory, values):
    folder = tmp_path_factory.mktemp("own")
    before = own_table(values)
    text = write_figures(before)
    reading = read_statistics(write(folder, "t.csv", text))
    assert reading.family == "figures"
    pd.testing.assert_frame_equal(
        reading.frame.astype({"value": "float64"}), before, check_dtype=False, check_exact=True
    )
    assert write_figures(reading.frame) == text


def test_integers_are_written_without_decimals():
    assert ",2983," in write_figures(own_table([2983.0]))
    assert ",0.1," in write_figures(own_table([0.1]))


# --- the official files --------------------------------------------------------------------------


def test_the_national_files_hold_what_they_are_known_to_hold(official_data):
    known = {
        "DEMO_2019.csv": (1346, 29, ("2013", "2019")),
        "DEMO_2022.csv": (1400, 29, ("2018", "2022")),
        "IPRO_2019.csv": (1346, 43, ("2013", "2019")),
        "IPRO_2022.csv": (1345, 55, ("2018", "2022")),
        "REVN_2019.csv": (1353, 26, ("2015", "2019")),
        "REVN_2021.csv": (1352, 26, ("2017", "2021")),
        "REVN_2022.csv": (1352, 27, ("2018", "2022")),
        "panel_revenus_2012_2021.csv": (1296, 4, tuple(map(str, range(2012, 2022)))),
        "rpls_2022.csv": (1400, 34, ("2022",)),
    }
    for name, (zones, indicators, periods) in known.items():
        reading = read_statistics(official_data / "insee_qpv" / name)
        assert reading.ignored == (), name
        assert reading.frame["zone"].nunique() == zones, name
        assert reading.frame["indicator"].nunique() == indicators, name
        assert reading.periods == periods, name


def test_the_national_files_agree_where_they_publish_the_same_figure(official_data):
    files = sorted((official_data / "insee_qpv").glob("*.csv"))
    files.append(official_data / "qpv_2015" / "pop_qp_2013.csv")
    frames = [read_statistics(path).frame for path in files]
    shown = pd.concat(frames).query("status == 'ok'")
    key = ["indicator", "period", "zone_kind", "zone", "edition"]
    assert shown.duplicated(key).sum() > 8000
    assert (shown.groupby(key)["value"].nunique() == 1).all()


def test_the_status_of_known_cells_of_the_national_files(official_data):
    folder = official_data / "insee_qpv"
    census = read_statistics(folder / "DEMO_2019.csv")
    assert cell(census, "rp.TX_F", "QP974001") == (None, "missing")
    assert cell(census, "rp.TX_TOT_MEN6", "QP001001") == (None, "secret")
    income = read_statistics(folder / "REVN_2022.csv")
    assert cell(income, "cnaf.A", "QP972001") == (None, "missing")
    assert cell(income, "filosofi.TP60", "QP001001") == (41.4, "ok")
    panel = read_statistics(folder / "panel_revenus_2012_2021.csv")
    assert cell(panel, "filosofi.GINI", "QP001001", "2012") == (None, "missing")
    assert cell(panel, "filosofi.DISP_Q2", "QP042001", "2021") == (None, "secret")


def test_iris_and_communes_of_the_official_files(official_data):
    income = read_statistics(official_data / "iris_2020" / "BASE_TD_FILO_DISP_IRIS_2019.csv")
    assert income.periods == ("2019",)
    assert cell(income, "filosofi.DISP_Q2", "010040101") == (19400.0, "ok")
    assert np.isfinite(income.frame.loc[income.frame["status"] == "ok", "value"]).all()
    communes_path = official_data / "communes" / "communes_2B_42_57.geojson"
    populations = read_statistics(communes_path, Asked(year="2017"))
    assert cell(populations, "rp.POP_MUN", "42218", "2017") == (172_565.0, "ok")
    assert set(populations.frame["edition"]) == {"2026"}


def test_the_tables_of_the_project_are_read_back(tmp_path):
    folder = Path(__file__).resolve().parent.parent / "data" / "figures"
    paths = sorted(folder.glob("*.csv"))
    assert len(paths) >= 12
    for path in paths:
        reading = read_statistics(path)
        assert write_figures(reading.frame) == path.read_text("utf-8"), path.name
