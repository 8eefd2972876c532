"""Census tables by IRIS and by commune: made-up files in the published layout, made-up codes."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_statistics import csv_text, write

from observatoire.errors import FileError
from observatoire.schemas import STATISTICS, faults
from observatoire.statistics import Asked, census, read_any, read_statistics

# the department 99 has no IRIS: every code and figure here is invented
IRIS = ["990010101", "990010102", "990020000"]
PLACES = ["IRIS", "COM", "TYP_IRIS", "LAB_IRIS"]


def base(columns, numbers):
    rows = [[iris, iris[:5], "H", "1", *cells] for iris, cells in zip(IRIS, numbers, strict=False)]
    return csv_text([*PLACES, *columns], rows, empty=0, end="\n", bom="")


POPULATION = base(
    ["P18_POP", "P18_POP1117", "P18_POP1824", "P18_POPH", "P18_POPF", "C18_POP15P_CS6"],
    [
        ["2041.87654321", "201.5", "150", "1000", "1041.87654321", "300.1"],
        ["1800", "0", "99.25", "900", "900", "12"],
        ["350", "41", "20", "170", "180", ""],
    ],
)


def values(reading, indicator):
    frame = reading.frame
    return frame[frame["indicator"] == indicator].set_index("zone")["value"].to_dict()


def test_a_base_of_the_census_is_read_as_it_is_published(tmp_path):
    reading = read_statistics(write(tmp_path, "base-ic-evol-struct-pop-2018.CSV", POPULATION))
    assert faults(reading.frame, STATISTICS) == ()
    assert reading.family == "insee_ic"
    assert reading.periods == ("2018",)
    assert set(reading.frame["zone_kind"]) == {"iris"}
    # published in the geography of 1 January 2020
    assert set(reading.frame["edition"]) == {"2020"}
    assert set(reading.frame["source"]) == {"insee_ic_population"}
    assert values(reading, "rp.POP_MUN") == dict(
        zip(IRIS, (2041.87654321, 1800.0, 350.0), strict=True)
    )
    assert values(reading, "rp.P_POP1117")["990010102"] == 0.0
    assert reading.ignored == ("C18_POP15P_CS6",)


@pytest.mark.parametrize(
    ("name", "column", "mark", "source"),
    [
        ("logement", "RP_LOCHLMV", "LOGVAC", "insee_ic_logement"),
        ("diplomes-formation", "NSCOL15P_DIPLMIN", "NSCOL15P", "insee_ic_diplomes"),
        ("activite-residents", "CHOM1524", "ACT1564", "insee_ic_activite"),
    ],
)
def test_each_base_is_told_by_its_columns(tmp_path, name, column, mark, source):
    text = base([f"P21_{mark}", f"P21_{column}"], [["100.5", "20.25"], ["7", "0"], ["1", "1"]])
    reading = read_statistics(write(tmp_path, f"base-ic-{name}-2021.CSV", text))
    assert values(reading, f"rp.P_{column}")["990010101"] == 20.25
    assert set(reading.frame["source"]) == {source}
    assert (reading.periods, set(reading.frame["edition"])) == (("2021",), {"2023"})


def test_the_older_layout_has_more_places_and_the_same_figures(tmp_path):
    columns = ["IRIS", "REG", "DEP", "UU2010", "COM", "LIBCOM", "TRIRIS", "GRD_QUART", "LIBIRIS"]
    columns += ["TYP_IRIS", "MODIF_IRIS", "LAB_IRIS", "P13_POP", "P13_POPH"]
    row = ["990010101", "99", "99", "99701", "99001", "Inventée", "990011", "9900101", "Nord"]
    row += ["H", "00", "1", "2 041,5", "1000,25"]
    path = write(tmp_path, "base-ic-evol-struct-pop-2013.csv", csv_text(columns, [row]))
    reading = read_statistics(path)
    assert values(reading, "rp.POP_MUN") == {"990010101": 2041.5}
    assert set(reading.frame["edition"]) == {"2015"}
    assert reading.ignored == ()


def test_a_table_of_communes_may_hold_several_vintages(tmp_path):
    columns = ["CODGEO", "P18_POP", "P18_POPH", "P13_POP", "P13_POPH", "P18_LOGVAC", "P18_LOG"]
    text = csv_text(columns, [["99001", "900.5", "450", "880", "440", "12", "400"]])
    reading = read_statistics(write(tmp_path, "base-cc-2018.csv", text))
    frame = reading.frame
    assert set(frame["zone_kind"]) == {"commune"}
    assert set(frame["edition"]) == {"2020"}
    assert reading.periods == ("2013", "2018")
    assert set(frame["source"]) == {"insee_ic_population", "insee_ic_logement"}


def test_a_column_that_two_bases_share_is_read_once(tmp_path):
    columns = ["P18_POPH", "P18_POP1824", "P18_NSCOL15P"]
    path = write(tmp_path, "t.csv", base(columns, [["1", "2", "3"]]))
    assert values(read_statistics(path), "rp.P_POP1824") == {"990010101": 2.0}


@pytest.mark.parametrize(
    ("old", "new", "row", "column"),
    [
        ("201.5", "beaucoup", 1, "P18_POP1117"),
        ("99.25", "-1", 2, "P18_POP1824"),
        ("990020000", "99002000", 3, "IRIS"),
        ("990010102", "990010101", 2, "IRIS"),
    ],
)
def test_a_fault_is_told_with_its_row_and_column(tmp_path, old, new, row, column):
    path = write(tmp_path, "base-ic-2018.csv", POPULATION.replace(old, new, 1))
    with pytest.raises(FileError) as refusal:
        read_statistics(path)
    assert (refusal.value.row, refusal.value.column) == (row, column)
    assert refusal.value.file == str(path)
    assert refusal.value.remedy
    assert new not in (refusal.value.user + refusal.value.message) or new == "-1"


def test_a_year_is_not_given_against_the_columns(tmp_path):
    path = write(tmp_path, "t.csv", POPULATION)
    assert read_statistics(path, Asked(year="2018")).periods == ("2018",)
    with pytest.raises(FileError, match="2019"):
        read_statistics(path, Asked(year="2019"))


def test_a_file_in_memory_is_read_without_being_written(tmp_path):
    path = tmp_path / "nowhere" / "base.csv"
    figures, report = read_any(path, POPULATION.encode())
    assert figures is report.frame
    assert len(figures) == 3 * 5
    assert not path.exists()
    for content in (b"", b"  \n", b"PK\x03\x04zip", b"a;b\n1;2\n"):
        with pytest.raises(FileError) as refusal:
            read_any(path, content)
        assert refusal.value.file == str(path)


@settings(max_examples=25)
@given(
    st.lists(st.floats(0, 5000, allow_nan=False, width=32), min_size=3, max_size=3),
    st.permutations(["P18_POP", "P18_POPH", "P18_POPF", "P18_POP1117"]),
)
def test_what_is_written_is_what_is_read_in_any_order_of_columns(tmp_path_factory, cells, order):
    text = base(order, [[repr(float(cell))] * 4 for cell in cells])
    if "e" in text.partition("\n")[2]:  # no publication writes 1e-05
        return
    _, reading = read_any(tmp_path_factory.getbasetemp() / "x.csv", text.encode())
    for indicator in ("rp.POP_MUN", "rp.P_POPH", "rp.P_POP1117"):
        assert list(values(reading, indicator).values()) == [float(cell) for cell in cells]


def test_every_column_read_is_in_the_catalogue_once():
    assert len(census.COLUMNS) == 42
    assert len(set(census.COLUMNS.values())) == 42


# --- communes and EPCI of the other publications ------------------------------------------------


def test_the_thematic_databases_are_read_by_commune_and_by_epci(tmp_path):
    columns = ["CODGEO", "LIBGEO", "POP_MUN", "TX_F", "A", "NOTE_CNAF"]
    row = ["Inventée", "9 012", "51,2", "800", "0"]
    for code, kind in (("99001", "commune"), ("299900011", "epci")):
        text = csv_text(columns, [["Ensemble", "", "", "", "", ""], [code, *row]])
        reading = read_statistics(write(tmp_path, f"DEMO_2022_{kind}.csv", text))
        own = reading.frame[reading.frame["zone_kind"] != "france"]
        assert set(own["zone_kind"]) == {kind}
        assert set(own["edition"]) == {"2022"}
        assert reading.family == f"insee_{kind}_demo"
        assert set(own["source"]) == {f"insee_{kind}_demo_2022"}
        found = own.set_index("indicator")[["period", "value"]].to_dict("index")
        assert found["rp.POP_MUN"] == {"period": "2018", "value": 9012.0}
        assert found["cnaf.A"] == {"period": "2022", "value": 800.0}


def test_two_kinds_of_zones_in_one_file_are_refused(tmp_path):
    text = csv_text(["CODGEO", "TP60"], [["99001", "20"], ["299900011", "21"]])
    with pytest.raises(FileError) as refusal:
        read_statistics(write(tmp_path, "REVN_2022.csv", text))
    assert "commune" in refusal.value.user


def test_recipients_and_incomes_are_read_by_commune(tmp_path):
    rows = [["99001", "800", "300", ""], ["99002", "700", "200", "90"]]
    caf = csv_text(["CODGEO", "A", "AAL", "AM"], rows)
    reading = read_statistics(write(tmp_path, "data_CAF_2021_COM.csv", caf))
    assert set(reading.frame["zone_kind"]) == {"commune"}
    assert set(reading.frame["edition"]) == {"2021"}
    first = reading.frame[reading.frame["zone"] == "99001"]
    assert dict(zip(first["indicator"], first["status"], strict=True)) == {
        "cnaf.A": "ok",
        "cnaf.AAL": "ok",
        "cnaf.AM": "secret",
    }
    columns = ["CODGEO", "LIBGEO", "NBPERS18", "Q218", "TP6018", "S80S2018", "PIMPOT18"]
    filosofi = csv_text(columns, [["99001", "Inventée", "900", "19 300", "s", "3,4", "-14,2"]])
    reading = read_statistics(write(tmp_path, "FILO2018_DISP_COM.csv", filosofi))
    found = reading.frame.set_index("indicator")
    assert found["value"].dropna().to_dict() == {
        "filosofi.DISP_Q2": 19300.0,
        "filosofi.S80S20": 3.4,
        "filosofi.PIMPOT": -14.2,
    }
    assert reading.ignored == ("NBPERS18",)
    assert set(found["source"]) == {"filosofi_commune_2018"}


def test_declared_income_is_not_taken_for_disposable_income(tmp_path):
    text = csv_text(["CODGEO", "Q118", "Q218", "GI18"], [["99001", "10", "20", "0,3"]])
    with pytest.raises(FileError, match="no known publication"):
        read_statistics(write(tmp_path, "FILO2018_DEC_COM.csv", text))


def test_a_context_of_epci_stands_beside_the_qpv():
    from observatoire.catalogue import Catalogue
    from observatoire.indicators.official import build_official_layers

    columns = [column.name for column in STATISTICS.columns]
    rows = [
        ("rp.TX_F", "qpv", "QP042001", "2015", "2018", 51.0, "ok", "a"),
        ("rp.TX_F", "epci", "299900011", "2022", "2018", 52.0, "ok", "b"),
        ("rp.TX_F", "commune", "99001", "2022", "2018", 53.0, "ok", "b"),
    ]
    (layer,) = build_official_layers(pd.DataFrame(rows, columns=columns), Catalogue({}))
    assert layer.frame["value"].to_dict() == {
        ("qpv", "QP042001"): 51.0,
        ("commune", "99001"): 53.0,
        ("epci", "299900011"): 52.0,
    }
