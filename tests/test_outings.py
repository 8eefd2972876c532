"""`outings import`: the effort, in English or French, with the rules of observations."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from conftest import FIXTURE_SHARED
from hypothesis import given
from hypothesis import settings as rules
from hypothesis import strategies as st
from in_process import contents, in_process_command  # noqa: F401
from toy_ground import load_squares, write_rows

from observatoire import schemas
from observatoire.errors import FileError
from observatoire.observations import Reading, read_outings
from observatoire.observations.outings import SLOTS, SYNONYMS
from observatoire.store.outings import read_outings as stored
from observatoire.store.outings import write_outings

TODAY = date(2024, 6, 30)
ENGLISH = ("outing", "date", "slot", "qpv", "duration_min", "workers", "nothing_to_report")
FRENCH = ("sortie", "date", "créneau", "QPV", "duree_min", "intervenants", "rien à signaler")
GOOD = ("S1", "2023-05-02", "soir", "QP042901", "90", "2", "non")
ROWS = [GOOD, ("S2", "03/05/2023", "", "qn04291m", "", "", ""), ("3", "2023-05-04", *GOOD[2:])]


def read(path: Path) -> Reading:
    return read_outings(path, today=TODAY)


def test_english_and_french_headers_give_the_same_outings(tmp_path):
    english = read(write_rows(tmp_path / "a.csv", ENGLISH, ROWS)).frame
    french = read(write_rows(tmp_path / "b.csv", FRENCH, ROWS, sep=";")).frame
    pd.testing.assert_frame_equal(english, french)
    assert english["edition"].tolist() == ["2015", "2024", "2015"]
    assert english["nothing_to_report"].tolist() == [False, False, False]
    assert english.loc[1, ["slot", "duration_min", "workers"]].isna().all()


@pytest.mark.parametrize("name", SYNONYMS)
def test_every_documented_synonym_is_understood(tmp_path, name):
    for word in SYNONYMS[name]:
        header = [word.replace(" ", "_") if one == name else one for one in ENGLISH]
        assert len(read(write_rows(tmp_path / "a.csv", header, ROWS)).frame) == 3


def test_a_parquet_file_with_types_reads_like_text(tmp_path):
    table = pd.DataFrame(
        {
            "sortie": [1, 2],
            "date": pd.to_datetime(["2023-05-02", "2023-05-03"]),
            "qpv": ["QP042901", "QP042902"],
            "duree_min": [90.0, None],
            "rien_a_signaler": [True, False],
        }
    )
    table.to_parquet(tmp_path / "a.parquet")
    frame = read(tmp_path / "a.parquet").frame
    assert frame["outing"].tolist() == ["1", "2"]
    assert frame["nothing_to_report"].tolist() == [True, False]
    assert frame["duration_min"].isna().tolist() == [False, True]


@pytest.mark.parametrize("word", ["Après-midi", "APM", "soirée", "Week-end", "nuit", "matinée"])
def test_slots_are_understood_as_teams_write_them(tmp_path, word):
    row = (*GOOD[:2], word, *GOOD[3:])
    frame = read(write_rows(tmp_path / "a.csv", ENGLISH, [row])).frame
    assert frame["slot"][0] in set(SLOTS.values())


@pytest.mark.parametrize(
    ("place", "cell", "reason"),
    [
        (0, "", "unreadable outing"),
        (0, "Jean Dupont", "unreadable outing"),
        (1, "2023-05", "month without a day"),
        (1, "31/02/2023", "unreadable date"),
        (1, "2024-07-01", "date in the future"),
        (2, "midi", "unknown slot"),
        (3, "", "not a QPV code"),
        (3, "42218", "not a QPV code"),
        (4, "-10", "unreadable duration"),
        (4, "2000", "unreadable duration"),
        (4, "longue", "unreadable duration"),
        (5, "0", "unreadable workers"),
        (6, "peut-être", "unreadable yes or no"),
    ],
)
def test_a_row_is_set_aside_with_its_number_its_column_and_the_reason(
    tmp_path, place, cell, reason
):
    row = [*GOOD]
    row[place] = cell
    good = [("G1", *GOOD[1:]), row, ("G2", *GOOD[1:])]
    aside = read(write_rows(tmp_path / "a.csv", FRENCH, good)).quarantine
    assert aside.to_dict("records") == [{"row": 2, "column": FRENCH[place], "reason": reason}]


def test_an_outing_written_twice_is_one_effort_and_two_neighbourhoods_are_two(tmp_path):
    elsewhere = (*GOOD[:3], "QP042902", *GOOD[4:])
    found = read(write_rows(tmp_path / "a.csv", ENGLISH, [GOOD, GOOD, elsewhere]))
    assert found.frame["row"].tolist() == [1, 3]
    assert found.quarantine["reason"].tolist() == ["repeated outing"]


CELLS = st.tuples(
    st.sampled_from(["S1", "S2", "S3", "", "Jean Dupont"]),
    st.sampled_from(["2023-05-02", "03/05/2023", "2023-05", "hier", "2093-01-01"]),
    st.sampled_from(["soir", "", "midi"]),
    st.sampled_from(["QP042901", "QN04291M", "QP04290", ""]),
    st.sampled_from(["90", "", "-1", "1,5"]),
    st.sampled_from(["2", "", "0"]),
    st.sampled_from(["oui", "", "?"]),
)


@rules(suppress_health_check=FIXTURE_SHARED, deadline=None, max_examples=60)
@given(rows=st.lists(CELLS, max_size=25))
def test_every_row_is_accepted_or_set_aside(tmp_path, rows):
    path = write_rows(tmp_path / "a.csv", ENGLISH, [("G", *GOOD[1:]), *rows], sep=";")
    found = read(path)
    numbers = [*found.frame["row"], *found.quarantine["row"]]
    assert sorted(numbers) == list(range(1, len(rows) + 2))
    assert schemas.faults(found.frame, schemas.OUTINGS) == ()
    assert not found.frame.duplicated(["outing", "date", "qpv"]).any()


def test_the_file_is_imported_once_and_says_what_it_did(store, tmp_path, run_cli):
    load_squares(store, tmp_path)
    path = write_rows(tmp_path / "a.csv", FRENCH, [*ROWS, ("", *GOOD[1:])])
    ran = run_cli("outings", "import", path, "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    said = ran.json()
    assert (said["read"], said["accepted"], said["quarantined"]) == (4, 3, 1)
    assert said["editions"] == {"2015": 2, "2024": 1}
    assert said["qpv_not_loaded"] == 1
    assert (said["first_day"], said["last_day"]) == ("2023-05-02", "2023-05-04")
    before = contents(store)
    again = run_cli("outings", "import", path)
    assert "déjà importées" in again.stdout
    assert contents(store) == before


def test_the_store_gives_back_what_was_read(store, tmp_path):
    reading = read(write_rows(tmp_path / "a.csv", ENGLISH, ROWS))
    with store.owner() as connection:
        write_outings(connection, reading, today=TODAY, source="terrain")
        found = stored(connection)
    columns = [column for column in reading.frame.columns if column != "row"]
    pd.testing.assert_frame_equal(found[columns], reading.frame[columns])
    assert not found["fictitious"].any()


MALFORMED = {
    "no outing": (FRENCH[1:], [GOOD[1:]], ("« sortie » manque", "Colonnes du fichier")),
    "no date": (("sortie", "qpv"), [("S1", "QP042901")], ("« date_sortie » manque",)),
    "no qpv": (("sortie", "date"), [("S1", "2023-05-02")], ("« code_qpv » manque",)),
    "header only": (FRENCH, [], ("aucune ligne",)),
    "all set aside": (
        FRENCH,
        [(*GOOD[:3], "QP04", *GOOD[4:])] * 2,
        ("ligne 1", "mal formé, 2 fois"),
    ),
    "nominative": ((*FRENCH, "Nom éducateur"), [(*GOOD, "x")], ("« Nom éducateur »",)),
    "phones": ((*FRENCH, "note"), [(*GOOD, "06 12 34 56 78")], ("« note »", "téléphones")),
    "repeated column": ((*FRENCH, "sortie"), [(*GOOD, "S1")], ("« sortie »", "plusieurs fois")),
}


def test_malformed_files_are_one_line_in_french_and_leave_the_store_unchanged(
    store, tmp_path, in_process, subtests
):
    before = contents(store)
    for case, (header, rows, fragments) in MALFORMED.items():
        path = write_rows(tmp_path / "sorties.csv", header, rows)
        code, out, err = in_process("outings", "import", path)
        with subtests.test(case):
            assert (code, out, err.count("\n")) == (1, "", 1), err
            assert err.startswith("sorties.csv")
            for fragment in fragments:
                assert fragment in err, err
            assert "06 12" not in err
            assert contents(store) == before


def test_a_spreadsheet_is_refused_with_the_formats_that_are_read(tmp_path):
    with pytest.raises(FileError, match="xlsx") as refusal:
        read(write_rows(tmp_path / "a.xlsx", FRENCH, [GOOD]))
    assert "CSV" in refusal.value.remedy
