"""Killed in the middle of two hundred entries: each acknowledged one is there, once and whole.

A real server in its own process and a real cluster that waits for the disk. What was not
acknowledged is sent again under the same identifiers, as the phone does.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from threading import Event, Lock

import pytest
import requests
from browser import served
from conftest import CLONE, command_environ
from entry_town import make_town
from sqlalchemy import text
from test_capture import SHARES, agree
from tests_support import copy_home, make_home, process_tree, remove_home
from visitors import account, token_of

from observatoire import cluster, postmaster
from observatoire import settings as settings_module
from observatoire.access import COOKIE, open_access
from observatoire.capture import Entries
from observatoire.protocole import Terms

TODAY = date.today()
TEAM = "Équipe A"
ENTRIES, PHONES = 200, 16
PATIENCE = 60  # times an entry is sent again before the test gives up


@pytest.fixture(scope="module")
def town(stopped):
    """A cluster of its own, with fsync, where a team may write; killed and started by the tests."""
    home = make_home()
    try:
        copy_home(stopped, home)
        settings = settings_module.load(
            {"OBSERVATOIRE_HOME": str(home), "OBSERVATOIRE_DATA": str(CLONE / "data")}
        )
        store = open_access(settings, writes=True)
        make_town(store, settings)
        agree(store, settings, Terms(shares=SHARES, precision="400"))
        account(store, "team-a", "street_team", TEAM, ("loire",))
        token = token_of(store, "team-a")
        (frame,) = Entries(settings, store).frame(token)["sites"]
        store.close()
        yield settings, frame, token
    finally:
        remove_home(home)


def some_entry(draw, frame):
    quarter = draw.choice(frame["qpv"])
    seen = [
        {
            "id": str(uuid.UUID(int=draw.getrandbits(128), version=4)),
            "item": item["code"],
            "intensity": draw.randint(1, 3),
            "size_band": draw.choice(["", "1-4", "10+"]),
            "place": draw.choice(["", "hall", "rue"]),
            "cell": draw.choice(quarter["cells"])["id"],
        }
        for item in draw.sample(frame["items"], draw.randint(1, 3))
    ]
    return {
        "id": str(uuid.UUID(int=draw.getrandbits(128), version=4)),
        "day": TODAY.isoformat(),
        "slot": draw.choice(["matin", "apm", "soir"]),
        "qpv": quarter["code"],
        "nothing_to_report": False,
        "seen": seen,
    }


@dataclass
class Phones:
    """Sixteen phones that send entries, each once, and what was acknowledged to them."""

    url: str
    token: str
    acknowledged: set[str] = field(default_factory=set)
    strike_at: int = ENTRIES
    struck: Event = field(default_factory=Event)
    strike: Callable[[], None] = lambda: None
    _lock: Lock = field(default_factory=Lock)

    def send(self, entry) -> bool:
        """Send an entry once; tell whether it was acknowledged."""
        with contextlib.suppress(requests.RequestException):
            answer = requests.post(
                f"{self.url}/saisie/sorties",
                json=entry,
                headers={"cookie": f"{COOKIE}={self.token}"},
                timeout=60,
            )
            if answer.status_code in (200, 201):
                assert answer.json()["id"] == entry["id"]
                self._note(entry["id"])
                return True
            assert answer.status_code == 503, answer.text
        return False

    def _note(self, identifier):
        with self._lock:
            self.acknowledged.add(identifier)
            strikes = len(self.acknowledged) == self.strike_at
        if strikes:
            self.strike()
            self.struck.set()

    def send_all(self, entries):
        with ThreadPoolExecutor(PHONES) as phones:
            list(phones.map(self.send, entries))


def kill_all(pids):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def database_of(settings):
    """Return the server of the store and its children, the parent first."""
    server = postmaster.process_id(settings.home)
    assert server is not None
    return process_tree(server)


def stored(settings):
    """Return what the database holds: each outing with its observations, as they were sent."""
    store = open_access(settings, writes=True)
    with store.owner() as owner:
        rows = owner.execute(
            text(
                "SELECT o.id::text, o.day::text, o.slot, o.qpv, jsonb_agg(jsonb_build_object("
                " 'id', b.id, 'item', b.item, 'intensity', b.intensity, 'size_band', b.size_band,"
                " 'place', b.place, 'cell', b.cell)) FROM capture.outing o"
                " LEFT JOIN capture.observation b ON b.outing = o.id GROUP BY o.id"
            )
        ).all()
        total = owner.execute(text("SELECT count(*) FROM capture.observation")).scalar()
    store.close()
    assert total == sum(len(row[4]) for row in rows), "an observation without its outing"
    return {row[0]: whole(*row[1:4], row[4]) for row in rows}


def whole(day, slot, qpv, seen):
    return day, slot, qpv, sorted(tuple(sorted(one.items())) for one in seen)


def as_sent(entries):
    return {one["id"]: whole(one["day"], one["slot"], one["qpv"], one["seen"]) for one in entries}


LONG = pytest.param("one of its processes", marks=pytest.mark.verify)


@pytest.mark.parametrize("victim", ["app", "database", "both", LONG])
def test_what_was_acknowledged_is_there_once_whatever_was_killed(town, tmp_path, victim):
    settings, frame, token = town
    draw = random.Random(f"{victim} {uuid.uuid4()}")  # another moment at each run
    entries = [some_entry(draw, frame) for _ in range(ENTRIES)]
    before = stored(settings)
    with served(command_environ(settings), tmp_path / "log") as url:
        phones = Phones(url, token, strike_at=draw.randint(5, ENTRIES - 50))

        def strike():
            if victim == "one of its processes":
                kill_all([draw.choice(database_of(settings)[1:])])
            else:
                app = [url.process.pid] if victim in ("app", "both") else []
                database = database_of(settings) if victim in ("database", "both") else []
                kill_all([*app, *database])

        phones.strike = strike
        phones.send_all(entries)
        assert phones.struck.is_set()
        if victim in ("app", "both"):
            assert len(phones.acknowledged) < ENTRIES, "the app was killed too late"

        cluster.ready(settings)  # whoever watches the machine starts what was killed
        found = stored(settings)
        sent = as_sent(entries)
        assert phones.acknowledged <= set(found) - set(before)
        for identifier, content in found.items():
            assert content == before.get(identifier, sent.get(identifier)), "written in part"
        if victim in ("database", "one of its processes"):
            _again(phones, entries)

    if victim in ("app", "both"):
        with served(command_environ(settings), tmp_path / "log-again") as again:
            phones.url = again
            _again(phones, entries)
    assert stored(settings) == before | as_sent(entries)


def _again(phones, entries):
    """Send again what was not acknowledged, and some that was: an answer may be missed."""
    left = [one for one in entries if one["id"] not in phones.acknowledged]
    known = [one for one in entries if one["id"] in phones.acknowledged]
    for entry in [*left, *known[:40]]:
        assert any(phones.send(entry) for _ in range(PATIENCE))
    assert phones.acknowledged == {one["id"] for one in entries}
