"""Official figures in the store: one transaction, once, and never two truths."""

import math
from pathlib import Path

import pandas as pd
import pytest
from conftest import FIXTURE_SHARED
from hypothesis import given, settings
from hypothesis import strategies as st
from made_statistics import csv_text, demo, own_table, write
from sqlalchemy import text

from observatoire.errors import ConflictError
from observatoire.schemas import STATISTICS, faults
from observatoire.statistics import Asked, StatisticsReading, read_statistics
from observatoire.store.statistics import read_statistics as read_held
from observatoire.store.statistics import write_statistics


def held(store):
    with store.owner() as connection:
        frame = read_held(connection)
    return frame.sort_values(["indicator", "period", "zone"]).reset_index(drop=True)


def load(store, *readings):
    with store.owner() as connection:
        return write_statistics(connection, readings)


def reading(values, sha, status=None):
    frame = own_table(values)
    if status:
        frame["status"] = [status if math.isnan(v) else "ok" for v in values]
    return StatisticsReading(Path(f"{sha}.csv"), sha, "figures", frame)


def revn(folder, zone_values, name="REVN_2022.csv"):
    rows = [[zone, value, "0"] for zone, value in zone_values.items()]
    return read_statistics(write(folder, name, csv_text(["CODGEO", "TP60", "NOTE_FILO"], rows)))


def test_what_is_read_back_is_what_was_read(store, tmp_path):
    one = read_statistics(demo(tmp_path))
    (done,) = load(store, one)
    assert (done.already, done.added, done.filled, done.same) == (False, len(one.frame), 0, 0)
    frame = held(store)
    assert faults(frame, STATISTICS) == ()
    expected = one.frame.sort_values(["indicator", "period", "zone"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(frame[expected.columns], expected, check_dtype=False)


@settings(max_examples=8, deadline=None, suppress_health_check=FIXTURE_SHARED)
@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_no_number_loses_a_digit_in_the_store(store, value):
    with store.owner() as connection:
        connection.execute(text("DELETE FROM raw.statistic"))
        connection.execute(text("DELETE FROM raw.import_file"))
        write_statistics(connection, [reading([value], "a" * 64)])
        assert read_held(connection)["value"].tolist() == [value]


def test_the_same_file_twice_changes_nothing(store, tmp_path):
    one = read_statistics(demo(tmp_path))
    load(store, one)
    before = held(store)
    (again,) = load(store, read_statistics(demo(tmp_path)))
    assert again.already
    assert held(store).equals(before)


def test_the_same_file_with_another_year_is_refused(store, tmp_path):
    path = demo(tmp_path, name="demographie.csv")
    load(store, read_statistics(path, Asked(year="2022")))
    before = held(store)
    with pytest.raises(ConflictError) as refusal:
        load(store, read_statistics(path, Asked(year="2019")))
    assert "demographie.csv" in refusal.value.file
    assert held(store).equals(before)


def test_a_figure_published_twice_is_kept_once(store, tmp_path):
    text_of_panel = "code,revenu_median,taux_pauvrete,annee\nQP042001,13000,41.4,2018\n"
    panel = read_statistics(write(tmp_path, "panel.csv", text_of_panel))
    _, second = load(store, revn(tmp_path, {"QP042001": "41,4"}), panel)
    assert (second.added, second.same) == (1, 1)
    frame = held(store)
    poverty = frame[frame["indicator"] == "filosofi.TP60"]
    assert poverty["source"].tolist() == ["insee_qpv_revn_2022"]


def test_two_files_that_contradict_each_other_are_refused_whole(store, tmp_path):
    load(store, revn(tmp_path, {"QP042001": "41,4", "QP042002": "30"}))
    before = held(store)
    panel = (
        "code,revenu_median,taux_pauvrete,annee\n"
        "QP042001,13000,41.5,2018\nQP042002,13000,30.0,2018\nQP042003,13000,20.0,2018\n"
    )
    other = read_statistics(demo(tmp_path))
    with pytest.raises(ConflictError) as refusal:
        load(store, other, read_statistics(write(tmp_path, "panel.csv", panel)))
    said = refusal.value
    assert "QP042001" in said.user
    assert "2018" in said.user
    assert "insee_qpv_revn_2022" in said.user
    assert "41" not in said.user
    assert said.file.endswith("panel.csv")
    assert held(store).equals(before)


ABSENT = math.nan


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    ("one", "other", "kept"),
    [
        ((41.4, None), (ABSENT, "missing"), "ok"),
        ((41.4, None), (ABSENT, "secret"), "ok"),
        ((ABSENT, "secret"), (ABSENT, "missing"), "secret"),
    ],
)
def test_what_is_known_best_is_kept_in_whatever_order(store, order, one, other, kept):
    readings = [
        reading([value], sha, status)
        for (value, status), sha in zip((one, other), ("a" * 64, "b" * 64), strict=True)
    ]
    load(store, *(readings[index] for index in order))
    assert held(store)["status"].tolist() == [kept]


def test_some_kinds_of_zones_can_be_read_alone(store, tmp_path):
    iris = csv_text(["IRIS", "DISP_MED18"], [["422180101", "19300"]])
    load(store, read_statistics(demo(tmp_path)), read_statistics(write(tmp_path, "f.csv", iris)))
    with store.owner() as connection:
        assert set(read_held(connection, ["iris"])["zone"]) == {"422180101"}
        assert set(read_held(connection, ["france", "qpv"])["zone_kind"]) == {"france", "qpv"}


def test_an_empty_store_has_no_figure_and_the_right_columns(store):
    frame = held(store)
    assert frame.empty
    assert faults(frame, STATISTICS) == ()


def test_the_app_cannot_read_what_was_imported(store, tmp_path):
    load(store, read_statistics(demo(tmp_path)))
    from observatoire.errors import StoreError

    with pytest.raises(StoreError), store.session() as connection:
        connection.execute(text("SELECT count(*) FROM raw.statistic"))
