"""Malformed publications: each is refused in one line, with its place and the way out."""

import math
import zipfile

import pytest
from made_statistics import (
    BOM,
    DEMO_COLUMNS,
    DEMO_ROWS,
    NARROW,
    communes,
    csv_text,
    demo,
    own_table,
    write,
)

from observatoire.cli.console import describe
from observatoire.errors import FileError, ObservatoireError
from observatoire.statistics import Asked, read_statistics
from observatoire.statistics.figures import write_figures


def _replaced(rows, row, column, text):
    changed = [list(line) for line in rows]
    changed[row][DEMO_COLUMNS.index(column)] = text
    return changed


OWN = write_figures(own_table([40.0, math.nan]))
PLAIN = csv_text(DEMO_COLUMNS, DEMO_ROWS, bom="").replace(NARROW, " ")
BAD = {
    "tabs instead of semicolons": lambda d: demo(d, separator="\t"),
    "commas inside unquoted decimals": lambda d: demo(d, separator=","),
    "no CODGEO": lambda d: demo(d, columns=["CODE", *DEMO_COLUMNS[1:]]),
    "a QPV twice": lambda d: demo(d, [*DEMO_ROWS, DEMO_ROWS[1]]),
    "text in a number": lambda d: demo(d, _replaced(DEMO_ROWS, 1, "AM", "beaucoup")),
    "a broken thousand": lambda d: demo(d, _replaced(DEMO_ROWS, 1, "POP_MUN", "1 11")),
    "unknown columns only": lambda d: write(d, "x_2022.csv", "CODGEO;LIBGEO;X\nQP042001;a;1\n"),
    "cut in the middle of a line": lambda d: write(
        d, "DEMO_2022.csv", csv_text(DEMO_COLUMNS, DEMO_ROWS, blank=0)[:-30]
    ),
    "cut in the middle of a quotation": lambda d: write(
        d, "rpls_2022.csv", 'CodGeo,Note,nbLsPls,txVac\nQP042001,0,12,"4,8"\nQP042002,0,12,"4,'
    ),
    "a spreadsheet": lambda d: _spreadsheet(d / "DEMO_2022.csv"),
    "empty": lambda d: write(d, "DEMO_2022.csv", ""),
    "blank": lambda d: write(d, "DEMO_2022.csv", BOM + "\r\n \r\n"),
    "a header alone": lambda d: demo(d, [["", "", "", "", "", "", "", "", ""]]),
    "Latin-1": lambda d: write(
        d,
        "DEMO_2022.csv",
        csv_text(DEMO_COLUMNS, DEMO_ROWS, bom="").replace(NARROW, " ").encode("latin-1"),
    ),
    "UTF-16": lambda d: write(
        d, "DEMO_2022.csv", csv_text(DEMO_COLUMNS, DEMO_ROWS, bom="").encode("utf-16")
    ),
    "a negative count": lambda d: demo(d, _replaced(DEMO_ROWS, 1, "AM", "-3")),
    "half a person": lambda d: demo(d, _replaced(DEMO_ROWS, 1, "POP_MUN", "10,5")),
    "a share over 100": lambda d: demo(d, _replaced(DEMO_ROWS, 2, "TX_F", "505")),
    "a negative share": lambda d: demo(d, _replaced(DEMO_ROWS, 2, "TX_F", "-1")),
    "no year in the name": lambda d: demo(d, name="demographie.csv"),
    "two years in the name": lambda d: demo(d, name="DEMO_2019_2022.csv"),
    "an unknown vintage": lambda d: demo(d, name="DEMO_2020.csv"),
    "not a QPV code": lambda d: demo(d, _replaced(DEMO_ROWS, 1, "CODGEO", "QP42001")),
    "a code turned into a number": lambda d: demo(d, _replaced(DEMO_ROWS, 1, "CODGEO", "42001")),
    "no code": lambda d: demo(d, _replaced(DEMO_ROWS, 1, "CODGEO", "")),
    "two editions": lambda d: demo(d, [*DEMO_ROWS, ["QN04201M", *DEMO_ROWS[1][1:]]]),
    "two publications pasted": lambda d: demo(
        d, [[*row, "40"] for row in DEMO_ROWS], columns=[*DEMO_COLUMNS, "TP60"]
    ),
    "a column twice": lambda d: demo(
        d, [[*row, "40"] for row in DEMO_ROWS], columns=[*DEMO_COLUMNS, "AM"]
    ),
    "a value under no name": lambda d: write(
        d, "DEMO_2022.csv", csv_text(DEMO_COLUMNS, DEMO_ROWS[1:2], blank=0).replace("0;;;", "0;;9;")
    ),
    "a line too long": lambda d: demo(d, [*DEMO_ROWS, [*DEMO_ROWS[1], "1"]]),
    "a folder": lambda d: d,
    "nothing there": lambda d: d / "DEMO_2022.csv",
    "two years of columns": lambda d: write(
        d, "f.csv", "IRIS;DISP_TP6018;DISP_TP6019\n422180101;1;2\n"
    ),
    "a year that is not one": lambda d: write(
        d, "panel.csv", "code,revenu_median,annee\nQP042001,1200,20x2\n"
    ),
    "a QPV and year twice": lambda d: write(
        d, "panel.csv", "code,revenu_median,annee\nQP042001,1,2012\nQP042001,2,2012\n"
    ),
    "an IRIS in a file of QPV": lambda d: write(
        d, "rpls_2022.csv", "CodGeo,nbLsPls\n422180101,3\n"
    ),
    "a GeoJSON without populations": lambda d: communes(d, {"code": "42218"}),
    "a GeoJSON cut short": lambda d: write(d, "c.geojson", '{"type": "FeatureCollection", "fea'),
    "a commune twice": lambda d: communes(
        d, *[{"code": "42218", "population_municipale": 1}] * 2, name="communes.geojson"
    ),
    "own table, unknown indicator": lambda d: write(d, "t.csv", OWN.replace("PIMPOT", "RIEN")),
    "own table, value of a secret": lambda d: write(
        d, "t.csv", OWN.replace(",,secret", ",3,secret")
    ),
    "own table, unknown status": lambda d: write(d, "t.csv", OWN.replace(",ok,", ",bon,")),
    "own table, unknown kind of zone": lambda d: write(d, "t.csv", OWN.replace(",qpv,", ",epci,")),
    "own table, wrong edition": lambda d: write(d, "t.csv", OWN.replace(",2015,", ",2024,")),
    "own table, not a period": lambda d: write(d, "t.csv", OWN.replace(",2018,", ",2018-13,")),
}
ASKED = {"a commune twice": Asked(year="2017")}
WHERE = {
    "a QPV twice": (7, "CODGEO"),
    "text in a number": (2, "AM"),
    "a broken thousand": (2, "POP_MUN"),
    "a negative count": (2, "AM"),
    "a share over 100": (3, "TX_F"),
    "not a QPV code": (2, "CODGEO"),
    "no code": (2, "CODGEO"),
    "cut in the middle of a line": (6, ""),
    "a line too long": (7, ""),
    "a column twice": (None, "AM"),
    "no CODGEO": (None, "CODGEO"),
    "a QPV and year twice": (2, "code"),
    "own table, value of a secret": (2, "value"),
}


def _spreadsheet(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    return path


@pytest.mark.parametrize("fault", BAD)
def test_a_malformed_file_is_refused_in_one_line_with_its_place_and_remedy(tmp_path, fault):
    path = BAD[fault](tmp_path)
    with pytest.raises(ObservatoireError) as caught:
        read_statistics(path, ASKED.get(fault))
    refusal = caught.value
    line = describe(refusal)
    assert refusal.user
    assert refusal.remedy
    assert refusal.file == str(path)
    assert "\n" not in line
    assert str(path) in line
    assert "Traceback" not in line
    if fault in WHERE:
        assert (refusal.row, refusal.column) == WHERE[fault]


@pytest.mark.parametrize(
    ("fault", "content"), [("text in a number", "beaucoup"), ("not a QPV code", "QP42001")]
)
def test_a_refusal_never_quotes_the_row(tmp_path, fault, content):
    with pytest.raises(FileError) as caught:
        read_statistics(BAD[fault](tmp_path))
    assert content not in describe(caught.value)
    assert content not in str(caught.value)


def test_what_the_user_says_is_checked_too(tmp_path):
    for wrong in (
        lambda: Asked(year="22"),
        lambda: Asked(vintages={"inconnu": "2018"}),
        lambda: Asked(vintages={"rp": "deux mille"}),
        lambda: read_statistics(demo(tmp_path, name="DEMO_2019.csv"), Asked(year="2022")),
    ):
        with pytest.raises(FileError) as caught:
            wrong()
        assert caught.value.user
        assert caught.value.remedy
