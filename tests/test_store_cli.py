"""`observatoire store …`, for real: its answers, its JSON, its refusals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from observatoire import postmaster


@pytest.fixture
def own_store(run_cli, used: Path) -> Callable:
    """Return a function that runs `observatoire store …` on a private cluster of the test's."""
    environ = {
        "OBSERVATOIRE_HOME": str(used),
        "OBSERVATOIRE_DATABASE_URL": "",
        "OBSERVATOIRE_APP_DATABASE_URL": "",
    }
    return lambda *words: run_cli("store", *words, env=environ)


def test_it_starts_says_how_it_is_and_stops(own_store, used):
    assert own_store("status", "--json").json()["running"] is False
    assert own_store("start", "--json").json() == {"running": True, "started": True}
    assert own_store("start", "--json").json() == {"running": True, "started": False}
    seen = own_store("status", "--json").json()
    assert (seen["kind"], seen["running"], seen["home"]) == ("private", True, str(used))
    assert "en marche" in own_store("status").stdout
    assert own_store("stop", "--json").json() == {"stopped": True}
    assert postmaster.process_id(used) is None
    assert own_store("stop", "--json").json() == {"stopped": False}


def test_the_urls_it_prints_open_the_two_doors(own_store):
    for words, role in (((), "observatoire_owner"), (("--app",), "observatoire_app")):
        url = own_store("url", *words, "--json").json()["url"]
        assert own_store("url", *words).stdout.strip() == url
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (role,)


def test_a_store_is_copied_and_put_back(own_store, tmp_path):
    file = tmp_path / "copy"
    with psycopg.connect(own_store("url", "--json").json()["url"]) as connection:
        connection.execute("INSERT INTO raw.theme VALUES ('t', 'field')")
    assert own_store("backup", file, "--json").json()["size_bytes"] == file.stat().st_size
    url = own_store("url", "--json").json()["url"]
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM raw.theme")
    assert own_store("restore", file, "--json").json()["revision"]
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT id FROM raw.theme").fetchall() == [("t",)]


def test_a_refusal_is_one_line_an_exit_code_and_json(run_cli, tmp_path):
    file = tmp_path / "home"
    file.write_text("")
    environ = {
        "OBSERVATOIRE_HOME": str(file),
        "OBSERVATOIRE_DATABASE_URL": "",
        "OBSERVATOIRE_APP_DATABASE_URL": "",
    }
    for words in (("start",), ("url",), ("backup", tmp_path / "copy")):
        done = run_cli("store", *words, "--json", env=environ)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1, done.stderr
        assert done.json()["error"] == "StoreError"
        assert done.json()["remedy"]
    assert not (tmp_path / "copy").exists()


def test_a_server_is_never_stopped_from_here(run_cli, store):
    assert run_cli("store", "stop", "--json").json() == {"stopped": False}
    assert run_cli("store", "status", "--json").json()["kind"] == "server"
    assert run_cli("store", "status", "--json").json()["running"] is True
