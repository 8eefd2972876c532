"""Taking a file of statistics out: what others say stays, all of it or nothing."""

import json
import shutil
from dataclasses import replace as changed

import pandas as pd
import pytest
from conftest import FIXTURE_SHARED
from hypothesis import given, settings
from hypothesis import strategies as st
from in_process import in_process_command  # noqa: F401 - a fixture
from made_statistics import csv_text, own_table, write
from sqlalchemy import text

from observatoire import pipeline
from observatoire.errors import ConflictError, NotFoundError
from observatoire.statistics import StatisticsReading, read_statistics
from observatoire.store.statistics import read_statistics as read_held
from observatoire.store.statistics import write_statistics
from observatoire.store.withdrawals import list_files, withdraw, withdraw_replaced

NAN = float("nan")
CELL = st.one_of(st.just(7.0), st.sampled_from(["secret", "missing"]))


def made(sha, cells, folder):
    frame = own_table([7.0 if cell == 7.0 else NAN for cell in cells])
    frame["status"] = ["ok" if cell == 7.0 else cell for cell in cells]
    return StatisticsReading(folder / f"{sha}.csv", sha * 64, "figures", frame)


def held(connection):
    key = ["indicator", "period", "zone"]
    return read_held(connection).sort_values(key).reset_index(drop=True)


@settings(max_examples=12, deadline=None, suppress_health_check=FIXTURE_SHARED)
@given(st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=2, max_size=3), st.data())
def test_after_a_withdrawal_the_store_is_as_if_the_file_had_never_come(
    store, tmp_path, files, data
):
    readings = [made(sha, cells, tmp_path) for sha, cells in zip("abc", files, strict=False)]
    out = data.draw(st.integers(0, len(readings) - 1))
    with store.owner() as connection:
        for table in ("statistic", "import_file"):
            connection.execute(text(f"DELETE FROM raw.{table}"))
        write_statistics(connection, [one for n, one in enumerate(readings) if n != out])
        without = held(connection)
        connection.execute(text("DELETE FROM raw.statistic"))
        connection.execute(text("DELETE FROM raw.import_file"))
        write_statistics(connection, readings)
        before = held(connection)
        done = withdraw(connection, readings[out].sha256)
        assert held(connection).equals(without)
        assert done.figures == len(readings[out].frame)
        assert len(before) - len(without) == done.gone
        write_statistics(connection, [readings[out]])
        again = held(connection).drop(columns="source")
        assert again.equals(before.drop(columns="source"))


def revn(folder, value, name="REVN_2022.csv"):
    columns = ["CODGEO", "TP60", "NOTE_FILO"]
    rows = [["QP042001", value, "0"], ["QP042002", "30", "0"]]
    return write(folder, name, csv_text(columns, rows))


def poverty(store):
    with store.owner() as connection:
        frame = read_held(connection)
    return frame.set_index(["zone", "period"])["value"].to_dict()


@pytest.fixture
def asked(in_process):
    """Return a function that runs `observatoire statistics …` and gives its JSON."""

    def run(*args):
        code, out, err = in_process("statistics", *args, "--json")
        assert code == 0, err
        return json.loads(out)

    return run


def test_a_file_is_withdrawn_by_its_path_or_its_hash(asked, in_process, store, tmp_path):
    path = revn(tmp_path, "41,4")
    sha256 = asked("import", path)["files"][0]["sha256"]
    (one,) = asked("withdraw", path)["withdrawn"]
    assert (one["sha256"], one["figures"], one["gone"]) == (sha256, 2, 2)
    assert poverty(store) == {}
    listed = asked("list")["files"]
    assert [(row["file_name"], row["withdrawn"]) for row in listed] == [("REVN_2022.csv", True)]
    assert "retiré" in in_process("statistics", "list")[1]
    assert asked("import", path)["added"] == 2
    code, out, _ = in_process("statistics", "withdraw", sha256[:10])
    assert code == 0
    assert "REVN_2022.csv" in out
    assert poverty(store) == {}


@pytest.mark.parametrize("name", ["0123456789abcdef", "absent.csv", "a", "%%%%%%%%"])
def test_what_is_not_held_cannot_be_withdrawn_and_nothing_moves(
    asked,
    in_process,
    store,
    tmp_path,
    name,
):
    path = revn(tmp_path, "41,4")
    asked("import", path)
    code, _, err = in_process("statistics", "withdraw", path, name)
    assert code == 1
    assert err.strip().count("\n") == 0
    assert "statistics list" in err
    assert poverty(store) == {("QP042001", "2018"): 41.4, ("QP042002", "2018"): 30.0}


def test_a_corrected_file_replaces_the_one_it_corrects(asked, in_process, store, tmp_path):
    old = revn(tmp_path, "41,4")
    other = write(tmp_path, "REVN_2021.csv", csv_text(["CODGEO", "TP60"], [["QP042001", "39"]]))
    asked("import", old, other)
    (tmp_path / "new").mkdir()
    new = revn(tmp_path / "new", "42,0")
    code, _, err = in_process("statistics", "import", new)
    assert code == 1
    assert "--replace" in err
    replaced = asked("import", new, "--replace")["withdrawn"]
    assert [one["file_name"] for one in replaced] == ["REVN_2022.csv"]
    assert poverty(store) == {
        ("QP042001", "2018"): 42.0,
        ("QP042002", "2018"): 30.0,
        ("QP042001", "2017"): 39.0,
    }
    again = asked("import", new, "--replace")
    assert again["withdrawn"] == []
    assert again["files"][0]["already_imported"]


def test_a_replacement_that_is_refused_leaves_the_old_file(store, tmp_path):
    old = read_statistics(revn(tmp_path, "41,4"))
    panel = "code,revenu_median,taux_pauvrete,annee\nQP042001,13000,41.4,2018\n"
    with store.owner() as connection:
        write_statistics(connection, [old, read_statistics(write(tmp_path, "p.csv", panel))])
    (tmp_path / "new").mkdir()
    new = read_statistics(revn(tmp_path / "new", "42,0"))

    def replace():
        with store.owner() as connection:
            assert len(withdraw_replaced(connection, [new])) == 1
            write_statistics(connection, [new])

    with pytest.raises(ConflictError):
        replace()
    with store.owner() as connection:
        assert set(held(connection)["value"]) == {13000.0, 30.0, 41.4}
        assert not any(row["withdrawn"] for row in list_files(connection))


def test_the_preparation_does_not_bring_back_what_was_withdrawn(store, settings, tmp_path):
    folder = tmp_path / "data" / "figures"
    folder.mkdir(parents=True)
    names = ("insee_qpv_revn_2021.csv", "sdes_rpls_2022.csv")
    for name in names:
        shutil.copy(settings.data / "figures" / name, folder)
    own = changed(settings, data=folder.parent)
    first = pipeline.prepare(store, own)
    with store.owner() as connection:
        withdraw(connection, read_statistics(folder / names[0]).sha256)
    again = pipeline.prepare(store, own)
    assert not again.ready
    assert again.loaded == ()
    assert first.build is not None
    assert again.build is not None
    assert again.build.layers < first.build.layers
    assert pipeline.prepare(store, own).ready


def test_an_unknown_hash_is_refused(store):
    with pytest.raises(NotFoundError), store.owner() as connection:
        withdraw(connection, "f" * 64)
    with store.owner() as connection:
        assert list_files(connection) == []
        assert isinstance(read_held(connection), pd.DataFrame)
