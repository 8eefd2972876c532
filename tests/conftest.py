"""What every test may ask for: a real PostGIS, the command line, the official files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import hypothesis
import psycopg
import pytest
from psycopg import sql
from tests_support import copy_home, make_home, remove_home, sweep

from observatoire import cluster, pipeline
from observatoire import settings as settings_module
from observatoire.access import Access, open_access
from observatoire.settings import Settings
from observatoire.store import roles

pytest_plugins = ["browser"]

# No test is timed: a slow machine is no fault of the code.
_NOT_TIMED = hypothesis.HealthCheck.too_slow
hypothesis.settings.register_profile("house", deadline=None, suppress_health_check=[_NOT_TIMED])
hypothesis.settings.load_profile("house")
# For a property whose examples share one fixture, on purpose.
FIXTURE_SHARED = (_NOT_TIMED, hypothesis.HealthCheck.function_scoped_fixture)

CLONE = Path(__file__).resolve().parent.parent
OFFICIAL = "OBSERVATOIRE_OFFICIAL_DATA"
REFERENCE = "OBSERVATOIRE_REFERENCE"


# --- the store -------------------------------------------------------------------------------


@pytest.fixture
def home() -> Iterator[Path]:
    """Return a home where no cluster was made yet; whatever runs there is stopped after."""
    folder = make_home()
    try:
        yield folder
    finally:
        remove_home(folder)


@pytest.fixture(scope="session")
def stopped() -> Iterator[Path]:
    """Return the home of a complete cluster that does not run, to be copied."""
    sweep()
    folder = make_home()
    try:
        cluster.ready(Settings(home=folder, data=CLONE / "data"))
        cluster.stop(Settings(home=folder, data=CLONE / "data"))
        yield folder
    finally:
        remove_home(folder)


@pytest.fixture
def used(stopped: Path, home: Path) -> Path:
    """Return a home whose cluster is complete and stopped, for one test."""
    copy_home(stopped, home)
    return home


@pytest.fixture(scope="session")
def test_cluster(stopped: Path) -> Iterator[Path]:
    """Return the home of one private cluster for the whole run, with a migrated database.

    Its databases live for one test: it does not wait for the disk.
    """
    home = make_home()
    try:
        copy_home(stopped, home)
        cluster.ready(Settings(home=home, data=CLONE / "data"))
        with psycopg.connect(cluster.superuser_url(home), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("ALTER SYSTEM SET max_connections = 100")
            connection.execute("SELECT pg_reload_conf()")
        yield home
    finally:
        remove_home(home)


@pytest.fixture
def settings(test_cluster: Path, tmp_path: Path) -> Iterator[Settings]:
    """Return the settings of a fresh, migrated, empty database, dropped after the test."""
    with fresh_settings(test_cluster, tmp_path) as made:
        yield made


@contextmanager
def fresh_settings(test_cluster: Path, folder: Path) -> Iterator[Settings]:
    """Give the settings of a fresh, migrated, empty database for as long as it is wanted."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    administrator = cluster.superuser_url(test_cluster)
    database = sql.Identifier(name)
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                database, sql.Identifier(roles.DATABASE), sql.Identifier(roles.OWNER)
            )
        )
        for statement in (
            "REVOKE ALL ON DATABASE {} FROM PUBLIC",
            "GRANT CONNECT ON DATABASE {} TO {}",
        ):
            connection.execute(sql.SQL(statement).format(database, sql.Identifier(roles.APP)))
    yield replace(
        settings_module.load({"OBSERVATOIRE_HOME": str(folder / "home")}),
        data=CLONE / "data",
        database_url=cluster.url_of(test_cluster, roles.OWNER, name),
        app_database_url=cluster.url_of(test_cluster, roles.APP, name),
    )
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))


@pytest.fixture
def store(settings: Settings) -> Iterator[Access]:
    """Return both doors, the owner's and the app's, of a fresh empty database."""
    access = open_access(settings, writes=True)
    yield access
    access.close()


class Clone(NamedTuple):
    """The project's own data, loaded and published: read it, change nothing."""

    access: Access
    settings: Settings
    report: pipeline.PrepareReport


@pytest.fixture(scope="session")
def clone(test_cluster: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """Give a store with all that a fresh clone publishes, made once for the whole run."""
    with fresh_settings(test_cluster, tmp_path_factory.mktemp("clone")) as made:
        access = open_access(made, writes=True)
        yield Clone(access, made, pipeline.prepare(access, made))
        access.close()


# --- the command line ------------------------------------------------------------------------


@dataclass(frozen=True)
class Ran:
    """What a command answered."""

    returncode: int
    stdout: str
    stderr: str

    def json(self) -> Any:
        """Return the answer of a `--json` command."""
        return json.loads(self.stdout)


@pytest.fixture
def run_cli(settings: Settings) -> Callable[..., Ran]:
    """Return a function that runs `observatoire …` for real, in a process, on the test's store."""

    return partial(run_command, settings)


def run_command(
    settings: Settings, *args: object, env: dict[str, str] | None = None, timeout: float = 300
) -> Ran:
    """Run `observatoire …` for real, in a process, on the store of these settings."""
    done = subprocess.run(
        [sys.executable, "-m", "observatoire.cli", *map(str, args)],
        env=command_environ(settings) | (env or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def command_environ(settings: Settings) -> dict[str, str]:
    """Return the environment of a command on a given store, and on no other."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(settings_module.PREFIX) and name != "PORT"
    }
    own = {
        "HOME": str(settings.home),
        "DATA": str(settings.data),
        "DATABASE_URL": settings.database_url,
        "APP_DATABASE_URL": settings.app_database_url,
    }
    return kept | {settings_module.PREFIX + name: value for name, value in own.items() if value}


# --- the official files ----------------------------------------------------------------------


@pytest.fixture(scope="session")
def official_data() -> Path:
    """Return the folder of the official national files; the check does not run without them."""
    folder = os.environ.get(OFFICIAL)
    if not folder:
        pytest.skip(f"official files: not run, {OFFICIAL} is not set")
    if not Path(folder).is_dir():
        pytest.fail(f"{OFFICIAL} names a folder that does not exist")
    return Path(folder)


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """Return the folder of results computed by other programs; it lies beside the official files.

    The check does not run without it.
    """
    official = os.environ.get(OFFICIAL)
    beside = Path(official).parent / "reference" if official else None
    folder = Path(os.environ[REFERENCE]) if REFERENCE in os.environ else beside
    if folder is None or not folder.is_dir():
        pytest.skip(f"reference results: not run, neither {REFERENCE} nor {OFFICIAL} leads to them")
    return folder


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say in the last lines which official checks did not run."""
    skipped = terminalreporter.stats.get("skipped", [])
    names = sorted(
        report.nodeid
        for report in skipped
        if isinstance(report.longrepr, tuple) and OFFICIAL in report.longrepr[2]
    )
    if names:
        terminalreporter.section("official checks that did not run")
        for name in names:
            terminalreporter.write_line(name)
