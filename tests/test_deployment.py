"""What an administrator installs: units, the copies of every night, the commands of the page."""

from __future__ import annotations

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from conftest import command_environ
from deployed import CLONE, FOLDER, PLACE, PROGRAM, SERVICES, UNITS, read_unit, started, values
from proxy import adapted
from test_documentation import TREE
from test_run import commands

from observatoire import cluster, home
from observatoire.cli.supervisor import tell_ready
from observatoire.postgres import server_user
from observatoire.settings import Settings, load

PAGE = CLONE / "docs" / "deploiement.md"
TEXT = PAGE.read_text("utf-8")
HARDENING = {
    "UMask": "0077",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "RestrictNamespaces": "yes",
    "RestrictSUIDSGID": "yes",
    "MemoryDenyWriteExecute": "yes",
    "SystemCallArchitectures": "native",
    "IPAddressDeny": "any",
    "IPAddressAllow": "localhost",
    "User": "observatoire",
}
MOST_EXPOSED = 20  # of 100, as systemd counts; an ordinary service has 96

ids = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
services = pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)


# --- the units ---------------------------------------------------------------------------------


@ids
def test_every_unit_is_well_written(unit):
    sections = read_unit(unit)
    assert values(sections, "Unit", "Description")
    assert set(sections) >= {"Unit", unit.suffix[1:].capitalize()}


@services
def test_every_command_of_a_unit_exists(unit):
    assert started(unit)
    for line in started(unit):
        words = line.split()
        if words[0] == PROGRAM:
            assert {tuple(words[1:3]), tuple(words[1:2])} & set(TREE), line
        else:
            script = CLONE / words[0].removeprefix(PLACE + "/")
            assert script.parent == FOLDER, line
            assert os.access(script, os.X_OK), line


@services
def test_every_service_is_shut_in(unit):
    sections = read_unit(unit)
    for name, value in HARDENING.items():
        assert values(sections, "Service", name) == [value], name
    assert values(sections, "Service", "SystemCallFilter")[0] == "@system-service"
    families = set(values(sections, "Service", "RestrictAddressFamilies")[0].split())
    assert families <= {"AF_UNIX", "AF_INET"}
    writable = values(sections, "Service", "ReadWritePaths")[0].split()
    assert set(writable) <= {"/var/lib/observatoire", "/var/backups/observatoire"}
    assert values(sections, "Service", "TimeoutStartSec")


def test_the_app_comes_back_and_the_store_is_not_in_its_unit():
    app, store = (read_unit(FOLDER / f"observatoire{name}.service") for name in ("", "-store"))
    assert (
        values(app, "Service", "Restart") == values(store, "Service", "Restart") == ["on-failure"]
    )
    assert values(app, "Service", "Type") == ["notify"]
    assert values(app, "Unit", "Wants") == ["observatoire-store.service"]
    assert values(app, "Unit", "Requires") == []  # it would not come back with the store
    assert values(store, "Service", "RuntimeDirectoryPreserve") == ["yes"]
    assert values(store, "Service", "PIDFile") == ["/var/lib/observatoire/cluster/postmaster.pid"]


@pytest.mark.parametrize("timer", [unit for unit in UNITS if unit.suffix == ".timer"])
def test_every_timer_starts_a_service_every_night_late_rather_than_never(timer):
    sections = read_unit(timer)
    assert timer.with_suffix(".service") in SERVICES
    assert re.fullmatch(r"\*-\*-\* \d\d:\d\d:\d\d", values(sections, "Timer", "OnCalendar")[0])
    assert values(sections, "Timer", "Persistent") == ["yes"]
    assert values(sections, "Install", "WantedBy") == ["timers.target"]


def test_what_is_past_its_time_is_erased_before_the_copy_of_the_night():
    backup = read_unit(FOLDER / "observatoire-backup.service")
    assert "observatoire-retention.service" in values(backup, "Unit", "After")[0]
    at = [
        values(read_unit(FOLDER / f"observatoire-{name}.timer"), "Timer", "OnCalendar")[0]
        for name in ("retention", "backup")
    ]
    assert at == sorted(at)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_systemd_itself_finds_nothing_to_say_and_little_exposed(tmp_path, tmp_path_factory):
    place = tmp_path_factory.mktemp("place") / "observatoire"  # a unit names no path with a space
    place.symlink_to(CLONE)
    for unit in UNITS:
        text = unit.read_text("utf-8").replace(PLACE, str(place))
        (tmp_path / unit.name).write_text(text, "utf-8")
    copies = sorted(map(str, tmp_path.iterdir()))
    said = subprocess.run(
        ["systemd-analyze", "--man=no", "verify", *copies],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    ours = [line for line in said.stderr.splitlines() if "observatoire" in line]
    assert ours == []
    for service in (one for one in copies if one.endswith(".service")):
        judged = subprocess.run(
            [
                "systemd-analyze",
                "security",
                "--offline=yes",
                f"--threshold={MOST_EXPOSED}",
                service,
            ],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert judged.returncode == 0, judged.stdout + judged.stderr


def test_the_app_tells_its_supervisor_that_it_answers(tmp_path):
    for address in (str(tmp_path / "notify"), f"@observatoire-test-{os.getpid()}"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
            supervisor.bind("\0" + address[1:] if address[0] == "@" else address)
            supervisor.settimeout(120)
            tell_ready({"NOTIFY_SOCKET": address})
            assert supervisor.recv(64) == b"READY=1"
    for address in ("", "vsock:2:1", str(tmp_path / "nobody")):
        tell_ready({"NOTIFY_SOCKET": address})


def test_a_service_s_own_folder_holds_the_socket_when_it_is_private(tmp_path, monkeypatch):
    """The temporary folder of a unit is seen by itself alone: the socket may not be there."""
    own = tmp_path / "run"
    monkeypatch.setattr(home, "_SERVICE_FOLDER", own)
    user = server_user()
    for mode, inside in ((0o755, False), (0o700, True)):
        shutil.rmtree(own, ignore_errors=True)
        own.mkdir(mode=mode)
        home.give(own, user)
        place = tmp_path / f"home-{mode}"
        place.mkdir()
        folder = home.open_socket_folder(place, user)
        try:
            assert (folder.parent == own) is inside
            assert home.socket_folder(place) == folder
        finally:
            folder.rmdir()


# --- the settings, the proxy, the scripts --------------------------------------------------------


def test_the_shipped_settings_are_settings():
    lines = (FOLDER / "observatoire.env").read_text("utf-8").splitlines()
    pairs = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"OBSERVATOIRE_[A-Z_]+=[^\s'\"$`\\]+", pair) for pair in pairs)
    settings = load(dict(pair.split("=", 1) for pair in pairs))
    assert settings.home == Path("/var/lib/observatoire")
    assert settings.secure
    assert f"127.0.0.1:{settings.port};" in (FOLDER / "nginx.conf").read_text("utf-8")
    assert settings.public_url.removeprefix("https://") in (FOLDER / "nginx.conf").read_text()


def test_the_proxy_says_what_the_page_says_of_it(tmp_path):
    conf = (FOLDER / "nginx.conf").read_text("utf-8")
    assert adapted(tmp_path, app=1, plain=2, secure=3)  # each change of the test's is needed
    formats = "".join(re.findall(r"log_format[^;]+;", conf))
    assert set(re.findall(r"\$(\w+)", formats)) == {
        "time_iso8601",
        "request_method",
        "observatoire_place",
        "status",
        "body_bytes_sent",
        "request_time",
        "remote_addr",
    }
    assert "remote_addr" not in formats.partition("observatoire_refusals")[0]
    assert re.search(r"error_log \S+ crit;", conf)


@pytest.mark.parametrize("script", ["backup", "observatoire"])
def test_every_shell_of_debian_reads_the_scripts(script):
    assert (FOLDER / script).read_text("utf-8").startswith("#!/bin/sh\n")
    for shell in ("/bin/sh", "/bin/dash", "/bin/bash"):
        if Path(shell).exists():
            subprocess.run([shell, "-n", str(FOLDER / script)], check=True)


# --- the page ------------------------------------------------------------------------------------


def test_every_file_shipped_is_in_the_page_and_every_file_of_the_page_is_shipped():
    shipped = {file.name for file in FOLDER.iterdir()}
    assert {name for name in shipped if name not in TEXT} == set()
    named = set(re.findall(r"(?<![\w-]/)\bdeploy/([a-z.-]+[a-z])", TEXT))
    assert named - shipped == set()


def test_every_unit_named_in_the_page_exists():
    known = {unit.name for unit in UNITS} | {unit.stem for unit in SERVICES} | {"observatoire"}
    named = set(re.findall(r"\b(observatoire(?:-[a-z]+)*\.(?:service|timer))\b", TEXT))
    for line in re.findall(r"^systemctl .*$", TEXT, flags=re.MULTILINE):
        named |= set(re.findall(r"\b(observatoire[a-z.-]*)(?![\w*.-])", line))
    assert named - known == set()


def test_every_command_of_run_in_the_page_exists():
    assert set(re.findall(r"\./run ([a-z]+)", TEXT)) <= commands()
    assert "./run setup" in TEXT


def test_the_shell_of_the_page_is_read_by_a_shell():
    blocks = re.findall(r"```sh\n(.*?)```", TEXT, flags=re.DOTALL)
    assert len(blocks) > 5
    for block in blocks:
        subprocess.run(["/bin/sh", "-n", "-c", block], check=True)


# --- a copy, an upgrade, a way back ------------------------------------------------------------


def observatoire(settings: Settings, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "observatoire.cli", *words],
        env=command_environ(settings),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def backup(settings: Settings, folder: Path, keep: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [FOLDER / "backup", folder, str(keep)],
        env=command_environ(settings),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=600,
    )


def themes(settings: Settings) -> int:
    with psycopg.connect(cluster.ready(settings).owner) as connection:
        row = connection.execute("SELECT count(*) FROM raw.theme").fetchone()
    return row[0]


def downgrade(settings: Settings, revision: str) -> None:
    """Leave the database as an older version of the program made it."""
    from alembic import command
    from alembic.config import Config

    from observatoire.store import schema
    from observatoire.store.engine import open_engine

    owner = open_engine(cluster.ready(settings).owner)
    config = Config()
    config.set_main_option("script_location", str(schema._folder()))
    with owner.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
    owner.dispose()


@pytest.mark.verify
def test_a_copy_an_upgrade_and_a_way_back_bring_every_row(used, tmp_path):
    """As the page says: copy, new version, restart; then the copy is put back."""
    settings = Settings(home=used, data=used)
    folder = tmp_path / "copies"
    folder.mkdir()
    downgrade(settings, "0001")  # what an older version left
    with psycopg.connect(cluster.url_of(used, "observatoire_owner")) as connection:
        for row in range(2000):
            connection.execute("INSERT INTO raw.theme VALUES (%s, 'field')", [f"t{row}"])
        connection.execute("ANALYZE")
    before = tmp_path / "before.dump"
    # the older program's own tool writes the copy: no migration takes place
    dump(settings, before)
    assert '"revision": "0001' in observatoire(settings, "store", "status", "--json")

    if (CLONE / ".venv" / "observatoire-setup").is_file():
        subprocess.run([CLONE / "run", "setup"], check=True, capture_output=True)
    observatoire(settings, "store", "stop")
    observatoire(settings, "store", "start")
    newest = observatoire(settings, "store", "status", "--json")
    assert '"revision": "0001' not in newest
    assert themes(settings) == 2000

    for _ in range(3):
        assert backup(settings, folder, 2).returncode == 0
        time.sleep(1.1)  # the name of a copy is its second
    copies = sorted(folder.iterdir())
    assert len(copies) == 2
    assert {stat.S_IMODE(copy.stat().st_mode) for copy in copies} == {0o600}
    assert min(copy.stat().st_size for copy in copies) > 10_000

    with psycopg.connect(cluster.ready(settings).owner) as connection:
        connection.execute("DELETE FROM raw.theme")
    for copy in (copies[-1], before):
        observatoire(settings, "store", "restore", str(copy))
        assert themes(settings) == 2000
        assert (
            newest.split('"size_bytes"')[0]
            == (observatoire(settings, "store", "status", "--json").split('"size_bytes"')[0])
        )


def dump(settings: Settings, file: Path) -> None:
    from observatoire.backup import _run_client

    url = cluster.url_of(settings.home, "observatoire_owner")
    options = ["--format=custom", "--no-owner", "--no-privileges", f"--file={file}"]
    _run_client("pg_dump", [*options, "--schema=raw", "--schema=published"], url)


@pytest.mark.verify
def test_a_copy_that_fails_takes_no_older_one_away(tmp_path):
    for number in range(4):
        (tmp_path / f"observatoire-2024010{number}T000000Z.dump").write_text("older")
    (tmp_path / "avant-v2.dump").write_text("by hand")
    nowhere = "postgresql://nobody@127.0.0.1:9/none"
    settings = Settings(home=tmp_path / "home", data=tmp_path, database_url=nowhere)
    done = backup(settings, tmp_path, 2)
    assert done.returncode != 0
    assert len(list(tmp_path.glob("*.dump"))) == 5


@pytest.mark.parametrize("words", [[], ["/nowhere", "2"], ["/tmp", "0"], ["/tmp", "two"]])
def test_a_copy_badly_asked_for_is_refused(words):
    done = subprocess.run([FOLDER / "backup", *words], capture_output=True, check=False)
    assert done.returncode == 2
    assert b"usage" in done.stderr


# --- the page, done -----------------------------------------------------------------------------


@pytest.mark.verify
def test_the_commands_of_the_page_work_under_systemd():
    """A copy of this machine in memory, its own systemd, no network; see tests/fresh/service.sh."""
    done = subprocess.run(
        [CLONE / "tests" / "fresh" / "service.sh"],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=2400,
    )
    if done.returncode == 77:
        pytest.skip(f"systemd is not tried here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
