"""After a thousand entries, nothing is finer than agreed: in no table, log, backup or dump.

A real server on a cluster of its own receives them, and others that are finer and refused. What
the store, its logs and its copies hold more than before is then read, all of it.
"""

from __future__ import annotations

import random
import re
import subprocess
import uuid
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta

import psycopg
import pytest
import requests
from browser import served
from conftest import CLONE, command_environ
from entry_town import make_town
from test_capture import agree
from tests_support import copy_home, make_home, remove_home
from visitors import account, token_of

from observatoire import backup, cluster
from observatoire import settings as settings_module
from observatoire.access import COOKIE, open_access
from observatoire.errors import ObservatoireError
from observatoire.postgres import find_client
from observatoire.protocole import Share, Terms
from observatoire.settings import Settings
from observatoire.store import captured, roles

TODAY = date.today()
TEAM = "Équipe A"
AGREED = {"bastia": "qpv", "loire": "400", "moselle": "200"}
ENTRIES, REFUSED = 1000, 60

# What nobody may find anywhere: an exact place, an hour, the words that hold them.
POINT = (45.4391273, 4.3872916)
HOUR = "14:37:22"
FINER = [
    {"seen": {"cell": f"{POINT[0]},{POINT[1]}"}},
    {"seen": {"cell": "CRS3035RES100mN2547300E3901700"}},
    {"seen": {"cell": "CRS3035RES400mN2547311E3901737"}},
    {"seen": {"cell": f"POINT({POINT[1]} {POINT[0]})"}},
    {"seen": {"latitude": POINT[0], "longitude": POINT[1]}},
    {"seen": {"words": f"vers {HOUR} au {POINT[0]}"}},
    {"day": f"{TODAY}T{HOUR}"},
    {"day": f"{TODAY} {HOUR}"},
    {"slot": HOUR},
    {"at": f"{TODAY}T{HOUR}+01:00"},
    {"id": "0193750e-8c2a-7d2c-9b6f-3a1c52c1a7aa"},
]
TOO_FINE = [str(POINT[0]), str(POINT[1]), HOUR, "N2547300E3901700", "N2547311E3901737"]
TOO_FINE += ["0193750e-8c2a-7d2c"]

# Columns that hold a moment: each with what it may say, and why it says nothing of an entry.
MOMENTS = {
    "people.token.ends_at": "the hour when a session ends, whole: thirteen hours after sign-in",
    "people.account.locked_until": "the minute when a lock ends: set by wrong passwords alone",
}


@dataclass(frozen=True)
class Run:
    """What was sent, and what stood before."""

    settings: Settings
    kept: dict[str, dict]
    before: dict[str, set[str]]  # rows by table
    copied_before: dict[str, set[str]]  # lines by table of a backup
    app_log: str
    log_before: str  # the database's


@pytest.fixture(scope="module")
def run(stopped, tmp_path_factory) -> Iterator[Run]:
    folder, home = tmp_path_factory.mktemp("precision"), make_home()
    try:
        copy_home(stopped, home)
        settings = settings_module.load(
            {"OBSERVATOIRE_HOME": str(home), "OBSERVATOIRE_DATA": str(CLONE / "data")}
        )
        store = open_access(settings, writes=True)
        make_town(store, settings)
        teams = {}
        for site, precision in AGREED.items():
            agree(
                store, settings, Terms(shares=(Share("service"),), precision=precision), site=site
            )
            account(store, f"team-{site}", "street_team", TEAM, (site,))
            teams[site] = token_of(store, f"team-{site}")
        before = rows(settings)
        copied = copy_of(settings, folder / "before")
        log = database_log(settings)
        draw = random.Random(20261202)
        with served(command_environ(settings), folder / "log") as url:
            kept = _sent(url, draw, teams)
        _forced(store, draw, teams, kept)
        store.close()
        yield Run(settings, kept, before, copied, (folder / "log").read_text(), log)
    finally:
        remove_home(home)


def _sent(url, draw, teams):
    """Send a thousand entries by the page's own address, and others that are finer."""
    frames = {site: _frame(url, token) for site, token in teams.items()}
    entries = [_entry(draw, frames[site], site) for site in draw.choices(list(AGREED), k=ENTRIES)]
    finer = [_finer(draw, frames, FINER[rank % len(FINER)]) for rank in range(REFUSED)]

    def send(asked):
        site, entry = asked
        headers = _as(teams[site])
        answer = requests.post(f"{url}/saisie/sorties", json=entry, headers=headers, timeout=60)
        return answer.status_code

    with ThreadPoolExecutor(4) as phones:
        assert set(phones.map(send, entries)) == {201}
        assert set(phones.map(send, finer)) == {422}
    return {entry["id"]: entry | {"site": site} for site, entry in entries}


def _frame(url, token):
    answer = requests.get(f"{url}/saisie/cadre.json", headers=_as(token), timeout=60)
    (site,) = answer.json()["sites"]
    return site


def _as(token):
    return {"cookie": f"{COOKIE}={token}"}


def _random_id(draw):
    return str(uuid.UUID(int=draw.getrandbits(128), version=4))


def _entry(draw, frame, site):
    quarter = draw.choice(frame["qpv"])
    cells = ["", *(one["id"] for one in quarter["cells"])]
    assert (len(cells) > 1) == (AGREED[site] != "qpv")
    seen = [
        {
            "id": _random_id(draw),
            "item": item["code"],
            "intensity": draw.randint(1, 3),
            "size_band": draw.choice(["", "1-4", "5-9", "10+"]),
            "place": draw.choice(["", "rue", "hall", "parc"]),
            "cell": draw.choice(cells),
        }
        for item in draw.sample(frame["items"], draw.randint(0, 3))
    ]
    return site, {
        "id": _random_id(draw),
        "day": str(TODAY - timedelta(days=draw.randint(0, 30))),
        "slot": draw.choice(["matin", "apm", "soir", "nuit", "we"]),
        "qpv": quarter["code"],
        "duration_min": draw.choice([None, 30, 90, 180]),
        "workers": draw.choice([None, 2, 3]),
        "nothing_to_report": not seen,
        "seen": seen,
    }


def _finer(draw, frames, change):
    site, entry = _entry(draw, frames["loire"], "loire")
    while not entry["seen"]:
        site, entry = _entry(draw, frames["loire"], "loire")
    change = dict(change)
    entry["seen"][0] |= change.pop("seen", {})
    return site, entry | change


def _forced(store, draw, teams, kept):
    """Hand finer entries to the database itself, as a page that judges nothing would."""
    plain = next(one for one in kept.values() if one["site"] == "loire" and one["seen"])
    for change in FINER:
        entry = {**plain, "id": _random_id(draw), **change}
        first = {"words": "", **plain["seen"][0], "id": _random_id(draw)}
        entry["seen"] = [first | change.get("seen", {})]
        try:
            with store.signed(teams["loire"]).desk() as desk:
                captured.keep_outing(desk, entry, imported=False)
        except ObservatoireError:
            continue
        # kept without what was too fine: the scans say so
        kept[entry["id"]] = entry | {"day": entry["day"][:10]}


def database_log(settings) -> str:
    logs = sorted((settings.home / "cluster").rglob("*.log"))
    return "\n".join(file.read_text("utf-8", "replace") for file in logs)


# --- what there is to read --------------------------------------------------------------------


def rows(settings) -> dict[str, set[str]]:
    """Return every row of every table, each column as text, the owner's and the server's own."""
    url = cluster.superuser_url(settings.home, roles.DATABASE)
    with psycopg.connect(url) as reader:
        tables = reader.execute(
            "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n"
            " ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'm', 'f')"
            " AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
        ).fetchall()
        return {
            name: {row[0] for row in reader.execute(f"SELECT one::text FROM {name} one")}
            for (name,) in tables
        }


def lines_of(dump: str) -> dict[str, set[str]]:
    """Return the lines of a plain dump by table; those of none are the statements."""
    found: dict[str, set[str]] = defaultdict(set)
    table = ""
    for line in dump.splitlines():
        if copied := re.match(r"COPY (\S+) ", line):
            table = copied[1]
        elif line == r"\.":
            table = ""
        elif line:
            found[table].add(line)
    return found


def copy_of(settings, file) -> dict[str, set[str]]:
    """Write a backup as the command does; return what it holds, read by PostgreSQL's own tool."""
    backup.write_backup(settings, file)
    told = [find_client("pg_restore"), "--file=-", str(file)]
    return lines_of(subprocess.run(told, check=True, capture_output=True, text=True).stdout)


def plain_dump(settings) -> dict[str, set[str]]:
    """Return a whole dump by the server's administrator, who reads every table."""
    url = cluster.superuser_url(settings.home, roles.DATABASE)
    told = [find_client("pg_dump"), f"--dbname={url}"]
    return lines_of(subprocess.run(told, check=True, capture_output=True, text=True).stdout)


def more_than_before(after, before) -> list[tuple[str, str]]:
    return [
        (table, line) for table, lines in after.items() for line in lines - before.get(table, set())
    ]


# A number with more than two decimals, an hour, a moment counted in seconds or milliseconds.
FINE = re.compile(
    r"\d\.\d{3,}|\b\d{1,2}:\d{2}\b|\d[T ]\d{2}:\d{2}|(?<![\dNE-])1[6-9]\d{8}(\d{3})?(?!\d)"
)
CELL = re.compile(r"CRS\d+RES(\d+)m\w+")
UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-(.)[0-9a-f]{3}-(.)[0-9a-f]{3}-[0-9a-f]{12}\b")


def faults_of(found, sizes) -> list[str]:
    """Return what is finer than agreed among rows or lines.

    Parameters
    ----------
    sizes
        Side of the squares agreed, by identifier of the observation; 0 for the QPV alone.
    """
    faults = []
    for table, line in found:
        if table == "people.token":
            continue  # its moment is judged by itself, and no copy holds it
        faults += [f"{table}: {one}" for one in TOO_FINE if one in line]
        faults += [f"{table}: {one[0]}" for one in FINE.finditer(line)]
        faults += [f"{table}: {one[0]}" for one in UUID.finditer(line) if one[1] != "4"]
        for cell in CELL.finditer(line):
            held = [sizes[one[0]] for one in UUID.finditer(line) if one[0] in sizes]
            if not held or not held[0] or int(cell[1]) < held[0]:
                faults.append(f"{table}: {cell[0]}")
    return faults


@pytest.fixture(scope="module")
def sizes(run):
    agreed = {site: 0 if one == "qpv" else int(one) for site, one in AGREED.items()}
    return {seen["id"]: agreed[one["site"]] for one in run.kept.values() for seen in one["seen"]}


# --- what is read ------------------------------------------------------------------------------


def test_no_table_holds_anything_finer_than_agreed(run, sizes):
    found = more_than_before(rows(run.settings), run.before)
    tables = {table for table, _ in found}
    assert {"capture.outing", "capture.observation"} <= tables
    assert len(found) > 2 * ENTRIES
    assert faults_of(found, sizes) == []
    written = [line for table, line in found if table == "capture.outing"]
    assert len(written) == len(run.kept)
    assert sum(CELL.search(line) is not None for _, line in found) > ENTRIES / 2


def test_every_column_that_can_hold_a_moment_is_known_and_says_no_more_than_it_may(run):
    url = cluster.superuser_url(run.settings.home, roles.DATABASE)
    with psycopg.connect(url) as reader:
        found = reader.execute(
            "SELECT table_schema || '.' || table_name || '.' || column_name"
            " FROM information_schema.columns WHERE data_type ~ '^(time|interval)'"
            " AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        assert {name for (name,) in found} == set(MOMENTS), "say why it tells nothing of an entry"
        ends, locks = (
            reader.execute(f"SELECT extract(epoch FROM {column}) FROM {table}").fetchall()
            for table, _, column in (name.rpartition(".") for name in MOMENTS)
        )
        assert ends
        assert all(float(moment) % 3600 == 0 for (moment,) in ends)
        assert all(moment is None or float(moment) % 60 == 0 for (moment,) in locks)


def test_no_commit_is_dated(run):
    url = cluster.superuser_url(run.settings.home, roles.DATABASE)
    with psycopg.connect(url) as reader:
        assert reader.execute("SHOW track_commit_timestamp").fetchone() == ("off",)
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
            reader.execute("SELECT pg_xact_commit_timestamp(xmin) FROM capture.outing LIMIT 1")


def test_identifiers_of_every_table_are_random(run):
    for table, lines in rows(run.settings).items():
        for line in lines:
            for one in UUID.finditer(line):
                assert (one[1], one[2] in "89ab") == ("4", True), f"{table}: {one[0]}"


@pytest.mark.parametrize("kind", ["backup", "dump"])
def test_no_copy_holds_anything_finer_than_agreed(run, sizes, tmp_path, kind):
    after = (
        copy_of(run.settings, tmp_path / "copy") if kind == "backup" else plain_dump(run.settings)
    )
    found = more_than_before(after, run.copied_before)
    found = [(table, line) for table, line in found if table]
    assert len([line for table, line in found if table == "capture.outing"]) == len(run.kept)
    assert faults_of(found, sizes) == []
    assert (kind == "dump") == bool(after.get("people.token")), "who is signed in is not kept"
    everything = "\n".join(line for lines in after.values() for line in lines)
    assert [one for one in TOO_FINE if one in everything] == []


def test_the_logs_say_nothing_of_entries(run, sizes):
    said = {"app": run.app_log, "database": database_log(run.settings)}
    assert said["database"]
    assert said["database"] == run.log_before, "a line of that log has its moment"
    assert "422 SchemaError" in said["app"], "refusals are logged, by the name of the field"
    sent = {one["qpv"] for one in run.kept.values()} | set(run.kept) | set(sizes)
    sent |= {seen["item"] for one in run.kept.values() for seen in one["seen"]}
    for name, text_said in said.items():
        assert [one for one in (*TOO_FINE, *sent) if one in text_said] == [], name
        assert CELL.search(text_said) is None, name
    assert FINE.search(said["app"]) is None, "an hour beside a refusal says when somebody wrote"


def test_what_was_refused_is_nowhere_on_the_disk(run):
    """Not even in the journal of the database: it never came to be written."""
    with psycopg.connect(cluster.superuser_url(run.settings.home), autocommit=True) as server:
        server.execute("CHECKPOINT")
    files = [file for file in run.settings.home.rglob("*") if file.is_file()]
    assert any("pg_wal" in file.parts for file in files)
    words = [one.encode() for one in TOO_FINE]
    for file in files:
        content = file.read_bytes()
        assert [one for one in words if one in content] == [], file.name
