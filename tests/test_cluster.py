"""The private cluster: one, private, never root, nothing lost, nothing told."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from tests_support import HOMES, copy_home, make_home, process_tree, remove_home, sweep

from observatoire import cluster, postgres, postmaster
from observatoire.access import open_access
from observatoire.errors import StoreError
from observatoire.home import socket_folder
from observatoire.settings import Settings
from observatoire.store import roles

NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def settings_for(home: Path) -> Settings:
    return Settings(home=home, data=home)


@pytest.fixture(scope="module")
def private(stopped: Path) -> Iterator[Path]:
    """Return the home of a running cluster that the tests of this module only look at."""
    folder = make_home()
    try:
        copy_home(stopped, folder)
        cluster.ready(settings_for(folder))
        yield folder
    finally:
        remove_home(folder)


def ask(url: str, query: str) -> list[tuple]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


# --- private ---------------------------------------------------------------------------------


def test_the_server_listens_to_no_network(private):
    inodes = set()
    for descriptor in Path(f"/proc/{postmaster.process_id(private)}/fd").iterdir():
        target = str(descriptor.readlink())
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    listening = {
        line.split()[9]
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        if line.split()[3] == "0A"
    }
    assert inodes, "the server's sockets are seen"
    assert not inodes & listening
    assert ask(cluster.superuser_url(private), "SHOW listen_addresses") == [("",)]


def test_the_server_never_runs_as_root(private):
    running_as = Path(f"/proc/{postmaster.process_id(private)}").stat().st_uid
    assert running_as == postgres.server_user().uid
    assert running_as != 0


def test_nothing_of_our_environment_stays_in_the_server(used, monkeypatch):
    monkeypatch.setenv("OBSERVATOIRE_SECRET", "pelargonium")
    cluster.ready(settings_for(used))
    seen = Path(f"/proc/{postmaster.process_id(used)}/environ").read_bytes()
    assert b"pelargonium" not in seen


def test_only_their_owner_reads_the_passwords_and_the_files(private):
    for file in (private / "passwords").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for folder in ("passwords", "cluster", "cluster/log"):
        assert stat.S_IMODE((private / folder).stat().st_mode) == 0o700
    assert stat.S_IMODE(private.stat().st_mode) & 0o066 == 0


def test_every_role_needs_its_password(private):
    for role in ("postgres", roles.OWNER, roles.APP):
        url = roles.plain_url(cluster.url_of(private, role, "postgres"), password="wrong")
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            psycopg.connect(url)
    rules = ask(cluster.superuser_url(private), "SELECT type, auth_method FROM pg_hba_file_rules")
    assert rules == [("local", "scram-sha-256")]


def test_the_socket_path_is_short_even_when_the_home_is_long_and_accented():
    folder = make_home()
    home = folder / "quartiers prioritaires – été" / ("x" * 120) / "home"
    try:
        urls = cluster.ready(settings_for(home))
        assert ask(urls.app, "SELECT 1") == [(1,)]
        assert len(os.fsencode(socket_folder(home) / ".s.PGSQL.5432.lock")) < 107
    finally:
        remove_home(home)
        shutil.rmtree(folder)


@pytest.mark.parametrize("trick", ["link", "open", "other owner", "gone"])
def test_a_socket_folder_that_is_not_ours_alone_is_never_used(used, tmp_path, trick):
    planted = tmp_path / "planted"
    planted.mkdir(mode=0o700)
    if trick == "open":
        planted.chmod(0o755)
    if trick == "other owner" and os.geteuid() == 0:
        os.chown(planted, 65534, 65534)
    if trick == "link":
        real = tmp_path / "real"
        real.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(real, postgres.server_user().uid, -1)
        planted.rmdir()
        planted.symlink_to(real)
    if trick == "gone":
        planted.rmdir()
    if trick == "other owner" and os.geteuid() != 0:
        planted = Path("/")
    (used / "socket").write_text(f"{planted}\n")

    cluster.ready(settings_for(used))

    used = socket_folder(used)
    assert used not in (planted, None)
    seen = used.lstat()
    assert stat.S_ISDIR(seen.st_mode)
    assert stat.S_IMODE(seen.st_mode) == 0o700
    assert seen.st_uid == postgres.server_user().uid


# --- the rights ------------------------------------------------------------------------------


def test_neither_role_has_any_power_over_the_server(private):
    found = ask(
        cluster.superuser_url(private),
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
        " FROM pg_roles WHERE rolname LIKE 'observatoire%' ORDER BY rolname",
    )
    assert found == [(role, *[False] * 5) for role in sorted((roles.APP, roles.OWNER))]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM raw.observation",
        "SELECT * FROM raw.alembic_version",
        "INSERT INTO published.granularity VALUES ('a', '2015', 'q', '2023', 'month')",
        "DELETE FROM published.cell",
        "CREATE TABLE public.mine (x int)",
        "CREATE TABLE published.mine (x int)",
        "CREATE TEMPORARY TABLE mine (x int)",
        "CREATE SCHEMA mine",
        f"SET ROLE {roles.OWNER}",
        "SET session_replication_role = replica",
        "SET log_min_messages = debug1",
        "COPY published.cell TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
def test_the_app_may_only_read_what_is_published(private, statement):
    with (
        psycopg.connect(cluster.url_of(private, roles.APP)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


def test_the_app_reads_every_published_table_and_owns_nothing(private):
    app = cluster.url_of(private, roles.APP)
    tables = ask(
        cluster.superuser_url(private, roles.DATABASE),
        "SELECT relname FROM pg_class WHERE relnamespace = 'published'::regnamespace"
        " AND relkind = 'r'",
    )
    assert len(tables) >= 5
    for (table,) in tables:
        ask(app, f'SELECT * FROM published."{table}"')
    owned = ask(app, "SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = current_user")
    assert owned == [(0,)]


def test_a_right_given_by_mistake_is_taken_back_at_the_next_start(used):
    urls = cluster.ready(settings_for(used))
    with psycopg.connect(urls.owner) as connection:
        connection.execute(f"GRANT USAGE ON SCHEMA raw TO {roles.APP}")
        connection.execute(f"GRANT SELECT ON raw.observation TO {roles.APP}")
        connection.execute(f"GRANT INSERT ON published.cell TO {roles.APP}")
    cluster.ready(settings_for(used))
    rights = ask(
        urls.owner,
        f"SELECT has_table_privilege('{roles.APP}', 'raw.observation', 'SELECT'),"
        f" has_table_privilege('{roles.APP}', 'published.cell', 'INSERT'),"
        f" has_table_privilege('{roles.APP}', 'published.cell', 'SELECT')",
    )
    assert rights == [(False, False, True)]


# --- nothing told ----------------------------------------------------------------------------

_FAILING = [
    # not null, with the row in DETAIL
    "INSERT INTO words VALUES (NULL, 'pelargonium')",
    # duplicate, with the key in DETAIL
    "INSERT INTO words VALUES (1, 'pelargonium'), (2, 'pelargonium')",
    # check, with the row in DETAIL
    "INSERT INTO words VALUES (-1, 'pelargonium')",
    # the typed text in the error's own first line
    "INSERT INTO words VALUES ('pelargonium', 'a')",
    "SELECT 'pelargonium'::date",
    # syntax and unknown names
    "INSERT INTO pelargonium VALUES (1)",
    "pelargonium",
    # raised by code, at every level
    "DO $$ BEGIN RAISE EXCEPTION 'pelargonium'; END $$",
    "DO $$ BEGIN RAISE WARNING 'pelargonium'; END $$",
    "DO $$ BEGIN RAISE LOG 'pelargonium'; END $$",
    # a session that asks for its statements to be told
    "SET debug_print_parse = on; SET debug_pretty_print = on; SELECT 'pelargonium'",
    "SET log_parameter_max_length_on_error = -1; SELECT 1 / 0, 'pelargonium'",
]


def test_no_word_of_a_statement_reaches_the_log(used):
    urls = cluster.ready(settings_for(used))
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE raw.words (id int PRIMARY KEY CHECK (id > 0), word text UNIQUE)"
        )
        connection.execute("SET search_path = raw, public")
        for statement in _FAILING:
            with contextlib.suppress(psycopg.Error):
                connection.execute(statement)
        with pytest.raises(psycopg.Error):
            connection.execute("INSERT INTO words VALUES (NULL, %s)", ["pelargonium"])
        _die_in_a_statement(urls.owner, "SELECT pg_sleep(600), 'pelargonium'")
    while not _answers_again(urls.owner):
        time.sleep(0.05)
    cluster.stop(settings_for(used))
    assert "pelargonium" not in _all_logs(used)


def test_the_log_would_tell_without_our_settings(used):
    """The test above can fail: with PostgreSQL's own defaults the same words are in the log."""
    urls = cluster.ready(settings_for(used))
    with psycopg.connect(cluster.superuser_url(used), autocommit=True) as connection:
        for name, value in (
            ("log_min_messages", "warning"),
            ("log_min_error_statement", "error"),
            ("log_error_verbosity", "default"),
        ):
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        connection.execute("SELECT pg_reload_conf()")
    deadline = time.monotonic() + 120
    while "pelargonium" not in _all_logs(used):
        assert time.monotonic() < deadline
        with psycopg.connect(urls.owner) as connection, pytest.raises(psycopg.Error):
            connection.execute("SELECT 'pelargonium'::date")


def _all_logs(home: Path) -> str:
    files = [*(home / "cluster" / "log").iterdir(), home / "cluster" / "start.log"]
    return "".join(file.read_text("utf-8", "replace") for file in files)


def _die_in_a_statement(url: str, statement: str) -> None:
    """Kill -9 a backend in the middle of a statement: PostgreSQL tells what it was doing."""
    script = f"import psycopg; psycopg.connect({url!r}).execute({statement!r})"
    client = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    with psycopg.connect(url, autocommit=True) as connection:
        victim = None
        while victim is None:
            victim = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'"
                " AND state = 'active'"
            ).fetchone()
        os.kill(victim[0], signal.SIGKILL)
    assert client.wait(timeout=120) != 0


def _answers_again(url: str) -> bool:
    with contextlib.suppress(psycopg.OperationalError):
        return ask(url, "SELECT 1") == [(1,)]
    return False


# --- nothing lost ----------------------------------------------------------------------------

_WRITER = """
import sys, psycopg
with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS raw.kept (n int PRIMARY KEY)")
    (start,) = connection.execute("SELECT coalesce(max(n), 0) FROM raw.kept").fetchone()
    for n in range(start + 1, start + 1_000_000):
        connection.execute("INSERT INTO raw.kept VALUES (%s)", [n])
        print(n, flush=True)
"""


def kill_everything_while_writing(home: Path, rounds: int, writes: int) -> None:
    """Check that each committed row survives a kill -9 of the writer and of all the server."""
    last = 0
    for _ in range(rounds):
        url = cluster.ready(settings_for(home)).owner
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, url],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="ascii",
        ) as writer:
            for _ in range(writes):
                last = int(writer.stdout.readline())
            for pid in (*process_tree(postmaster.process_id(home)), writer.pid):
                with contextlib.suppress(ProcessLookupError):  # gone by itself meanwhile
                    os.kill(pid, signal.SIGKILL)
            told = writer.stdout.read().split()
        last = int(told[-1]) if told else last
        url = cluster.ready(settings_for(home)).owner  # at once, while the killed are still ending
        with psycopg.connect(url) as connection:
            counted = connection.execute("SELECT count(*), max(n) FROM raw.kept").fetchone()
        # one row may have been committed and not told
        assert counted in ((last, last), (last + 1, last + 1))
        last = counted[0]


def test_nothing_committed_is_lost_by_a_kill_of_everything(used):
    kill_everything_while_writing(used, rounds=2, writes=200)


@pytest.mark.verify
def test_nothing_committed_is_lost_by_twenty_kills(used):
    kill_everything_while_writing(used, rounds=20, writes=50)


def test_fsync_is_on(private):
    for name in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
        assert ask(cluster.superuser_url(private), f"SHOW {name}") == [("on",)]


_READY = """
import sys
from pathlib import Path
from observatoire import cluster
from observatoire.home import socket_folder
from observatoire.settings import Settings
print(cluster.ready(Settings(home=Path(sys.argv[1]), data=Path("/"))).started)
"""


def start_process(home: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", _READY, str(home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def test_several_starts_at_once_give_one_cluster(home):
    starts = [start_process(home) for _ in range(4)]
    answers = [start.communicate(timeout=300) for start in starts]
    assert sorted(said.strip() for said, _ in answers) == ["False"] * 3 + ["True"], answers
    assert len(servers_of(home)) == 1


def servers_of(home: Path) -> list[str]:
    """Return the servers of a home, without the children they may just be making."""
    parents = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it is gone
            if str(home / "cluster").encode() in (process / "cmdline").read_bytes():
                state = (process / "stat").read_text()
                parents[process.name] = state.rpartition(")")[2].split()[1]
    return [one for one, parent in parents.items() if parent not in parents]


def killed_first_start(home: Path, after_s: float) -> None:
    """Kill the first start of all, after a while, and see that the next one finishes the work."""
    start = start_process(home)
    time.sleep(after_s)
    start.kill()
    start.communicate()
    urls = cluster.ready(settings_for(home))
    assert ask(urls.app, "SELECT count(*) FROM published.cell") == [(0,)]
    assert not [*home.glob("draft-*/password")]


def test_a_first_start_that_was_killed_is_finished_by_the_next(home):
    killed_first_start(home, after_s=1.0)


@pytest.mark.verify
@pytest.mark.parametrize("tenths", range(4, 43, 3))
def test_a_first_start_killed_at_any_moment_is_finished_by_the_next(home, tenths):
    killed_first_start(home, after_s=tenths / 10)


def test_a_number_left_by_a_killed_server_and_taken_by_another_process_does_not_matter(used):
    cluster.ready(settings_for(used))
    left = (used / "cluster" / "postmaster.pid").read_text()
    cluster.stop(settings_for(used))
    user = postgres.server_user()
    switch = {"user": user.uid, "group": user.gid, "extra_groups": []} if user.switched else {}
    with subprocess.Popen(["/bin/sleep", "600"], cwd="/", **switch) as other:
        try:
            file = used / "cluster" / "postmaster.pid"
            file.write_text(left.replace(left.partition("\n")[0], str(other.pid), 1))
            os.chown(file, user.uid, user.gid)
            assert not cluster.status(settings_for(used)).running
            assert cluster.ready(settings_for(used)).started
            assert other.poll() is None
        finally:
            other.kill()


def test_a_socket_swept_away_does_not_lock_us_out(used):
    urls = cluster.ready(settings_for(used))
    folder = socket_folder(used)
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    again = cluster.ready(settings_for(used))
    assert again.started
    assert again.owner != urls.owner


# --- starts and stops ------------------------------------------------------------------------


def test_it_stops_and_starts_again_and_says_so(used):
    settings = settings_for(used)
    assert not cluster.stop(settings)
    assert not cluster.status(settings).running
    assert cluster.ready(settings).started
    assert not cluster.ready(settings).started
    seen = cluster.status(settings)
    assert (seen.kind, seen.running) == ("private", True)
    assert seen.postgis is not None
    assert cluster.stop(settings)
    assert not cluster.stop(settings)


def test_who_started_it_stops_it_unless_somebody_else_is_using_it(used):
    settings = settings_for(used)
    with cluster.running(settings) as urls:
        assert urls.started
        with cluster.running(settings) as seen:
            assert not seen.started
        assert cluster.status(settings).running
    assert not cluster.status(settings).running
    with cluster.running(settings) as urls:
        other = psycopg.connect(urls.app)
    assert cluster.status(settings).running
    other.close()


@NEEDS_ROOT
def test_an_ordinary_user_runs_the_server_as_himself(stopped):
    folder = make_home()
    nobody = pwd.getpwnam("nobody")
    home = folder / "home"
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            # All is imported already (`stopped` did it): this user may not reach our Python, nor
            # the migrations of a clone in root's home, hence not `ready`.
            urls = cluster._private(home)
            owner = Path(f"/proc/{postmaster.process_id(home)}").stat().st_uid
            works = ask(urls.app, "SELECT 1") == [(1,)]
            stopped = cluster.stop(settings_for(home))
            code = 0 if owner == nobody.pw_uid and works and stopped else 2
        finally:
            os._exit(code)
    try:
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    finally:
        remove_home(folder)


# --- refusals --------------------------------------------------------------------------------


def refused(settings: Settings) -> StoreError:
    with pytest.raises(StoreError) as caught:
        cluster.ready(settings)
    error = caught.value
    assert error.user.endswith(".")
    assert error.remedy
    return error


@NEEDS_ROOT
def test_root_is_told_when_the_home_is_closed_to_the_server(tmp_path):
    tmp_path.chmod(0o700)
    error = refused(settings_for(tmp_path / "home"))
    assert "OBSERVATOIRE_HOME" in error.remedy
    assert not (tmp_path / "home" / "cluster").exists()


def test_a_home_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "home").write_text("")
    assert str(tmp_path / "home") in refused(settings_for(tmp_path / "home")).user


@contextlib.contextmanager
def small_disk(size_mb: int) -> Iterator[Path]:
    """Give a home on a disk of its own, of a few megabytes."""
    folder = make_home()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m,mode=0711", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        remove_home(folder)
        pytest.skip("this machine does not let root mount a small disk")
    home = folder / "home"
    try:
        yield home
    finally:
        if home.is_dir():
            remove_home(home)
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


@NEEDS_ROOT
@pytest.mark.parametrize("size_mb", [4, 30])
def test_a_full_disk_is_said_in_one_sentence_and_leaves_nothing_half_made(size_mb):
    with small_disk(size_mb) as home:
        error = refused(settings_for(home))
        assert "place sur le disque" in error.user
        assert not (home / "cluster").exists()


@NEEDS_ROOT
def test_a_disk_that_fills_up_while_writing_loses_nothing_of_what_was_kept(stopped):
    used_mb = sum(file.stat().st_blocks * 512 for file in stopped.rglob("*")) // 2**20
    with small_disk(used_mb + 60) as home:
        home.mkdir(mode=0o711)
        copy_home(stopped, home)
        room = home / "room"
        room.write_bytes(bytes(20 * 2**20))
        access = open_access(settings_for(home), writes=True)
        keep = text(
            "INSERT INTO raw.theme SELECT 'kept' || n, 'field' FROM generate_series(1, 9) n"
        )
        fill = text(
            "INSERT INTO raw.theme SELECT repeat(md5(n::text), 30) || n, 'field'"
            " FROM generate_series(1, 100000) n"
        )
        with access.owner() as owner:
            owner.execute(keep)
        with pytest.raises(StoreError) as caught, access.owner() as owner:
            owner.execute(fill)
        assert caught.value.remedy
        assert "md5" not in str(caught.value)
        room.unlink()
        access.close()

        kept = ask(cluster.ready(settings_for(home)).owner, "SELECT count(*) FROM raw.theme")
        assert kept == [(9,)]


def test_a_machine_without_postgresql_is_told_how_to_get_it():
    with pytest.raises(StoreError) as caught:
        postgres.find_programs(folders=[])
    assert "apt install" in caught.value.remedy
    assert "OBSERVATOIRE_DATABASE_URL" in caught.value.remedy


def test_a_postgresql_without_postgis_does_not_do(tmp_path):
    installed = postgres.find_programs()
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("initdb", "pg_ctl", "postgres"):
        (folder / name).symlink_to(installed.path(name))
    tmp_path.chmod(0o755)
    with pytest.raises(StoreError, match="PostgreSQL found: 1"):
        postgres.find_programs(folders=[folder])


def test_the_version_that_made_the_cluster_is_the_one_that_starts_it():
    installed = postgres.find_programs()
    assert postgres.find_programs(installed.major) == installed
    with pytest.raises(StoreError, match="PostgreSQL 9 "):
        postgres.find_programs(9)


def test_sweeping_leaves_alone_what_is_no_home():
    living = make_home()  # of a process that runs: this one
    with (
        tempfile.NamedTemporaryFile(prefix=HOMES, suffix=".lock", dir="/tmp") as plain,
        tempfile.NamedTemporaryFile(prefix=f"{HOMES}999999999-", dir="/tmp") as dead,
    ):
        sweep()
        assert Path(plain.name).is_file()
        assert Path(dead.name).is_file()
    assert living.is_dir()
    remove_home(living)
