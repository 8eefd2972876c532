"""`/sante`: 200 when the store answers, 503 in French otherwise, never data, at little cost."""

from __future__ import annotations

from threading import Thread

import pytest
import requests
from browser import bare_environ, served
from conftest import command_environ
from test_server import FAILING

from observatoire import cluster, health
from observatoire.errors import StoreError
from observatoire.routes import Doors
from observatoire.settings import Settings


def test_a_store_that_answers_is_ok_and_nothing_else(store, settings, tmp_path):
    with served(command_environ(settings), tmp_path / "log", FAILING) as url:
        for _ in range(3):
            answer = requests.get(url + "/sante", timeout=60)
            assert (answer.status_code, answer.text) == (200, "ok\n")
            assert answer.headers["cache-control"] == "no-store"
        assert requests.post(url + "/sante", timeout=60).status_code == 405


def test_a_store_that_does_not_answer_is_a_503_in_french(tmp_path):
    nowhere = "postgresql://nobody@127.0.0.1:9/none"
    environ = bare_environ(tmp_path) | {
        "OBSERVATOIRE_DATABASE_URL": nowhere,
        "OBSERVATOIRE_APP_DATABASE_URL": nowhere,
    }
    with served(environ, tmp_path / "log", FAILING) as url:
        answer = requests.get(url + "/sante", timeout=60)
        assert (answer.status_code, answer.text) == (503, "La base de données ne répond pas.\n")
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_asking_never_starts_a_store_and_follows_its_life(used):
    """It stops and comes back while the app lives: the answer says so each time."""
    settings = Settings(home=used, data=used)
    doors = Doors(settings)
    with pytest.raises(StoreError):
        doors.ping()
    assert cluster.status(settings).running is False
    cluster.ready(settings)
    doors.ping()
    cluster.stop(settings)
    with pytest.raises(StoreError):
        doors.ping()
    assert cluster.status(settings).running is False
    cluster.ready(settings)
    doors.ping()
    doors.close()


def test_a_crowd_asks_the_store_once():
    clock = [0.0]
    asked = []
    watched = health.Health(lambda: asked.append(1), lambda: clock[0])
    crowd = [Thread(target=watched.check) for _ in range(20)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert len(asked) == 1
    clock[0] = health.KEPT_S + 0.1
    watched.check()
    assert len(asked) == 2


def test_a_refusal_is_kept_as_long_as_an_answer_and_no_longer():
    clock = [0.0]
    down = [StoreError("down")]
    asked = []

    def ask():
        asked.append(1)
        for error in down:
            raise error

    watched = health.Health(ask, lambda: clock[0])
    for _ in range(3):
        with pytest.raises(StoreError):
            watched.check()
    assert len(asked) == 1
    down.clear()
    clock[0] = health.KEPT_S + 0.1
    watched.check()
