"""Copies of the store: whole or not at all, both ways."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from observatoire import backup, cluster
from observatoire.access import open_access
from observatoire.errors import FileError, ObservatoireError
from observatoire.settings import Settings
from observatoire.store import roles


@pytest.fixture
def own(used: Path) -> Settings:
    """Return the settings of a running private cluster of the test's own, with a few rows."""
    settings = Settings(home=used, data=used)
    fill(settings, 7)
    return settings


def fill(settings: Settings, rows: int) -> None:
    access = open_access(settings, writes=True)
    with access.owner() as owner:
        for row in range(rows):
            owner.execute(
                text("INSERT INTO published.granularity VALUES ('i', '2015', :q, '2023', 'month')"),
                {"q": f"q{row}"},
            )
            owner.execute(text("INSERT INTO raw.theme VALUES (:t, 'field')"), {"t": f"t{row}"})
    access.close()


def content(settings: Settings) -> dict[str, int]:
    """Return the number of rows of every table of ours."""
    access = open_access(settings, writes=True)
    with access.owner() as owner:
        tables = owner.execute(
            text(
                "SELECT schemaname, tablename FROM pg_tables"
                " WHERE schemaname IN ('raw', 'published')"
            )
        ).fetchall()
        counts = {
            f"{schema}.{table}": owner.execute(
                text(f'SELECT count(*) FROM {schema}."{table}"')
            ).scalar_one()
            for schema, table in tables
        }
    access.close()
    return counts


def databases(settings: Settings) -> set[str]:
    with psycopg.connect(cluster.superuser_url(settings.home)) as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE NOT datistemplate")
        return {name for (name,) in found}


def test_a_backup_brings_everything_back(own, tmp_path):
    before = content(own)
    assert before["raw.theme"] == before["published.granularity"] == 7
    file = tmp_path / "copie du magasin – été.dump"
    size = backup.write_backup(own, file)
    assert size == file.stat().st_size > 1000
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir() if "dump" in entry.name] == [file.name]
    with psycopg.connect(cluster.ready(own).owner) as connection:
        connection.execute("DELETE FROM raw.theme")
        connection.execute("DROP TABLE published.granularity")
        connection.execute("CREATE TABLE raw.later (x int)")

    backup.restore_backup(own, file)

    assert content(own) == before
    assert databases(own) == {"postgres", roles.DATABASE}


def test_the_app_reads_what_was_restored_and_no_more(own, tmp_path):
    with psycopg.connect(cluster.ready(own).owner) as owner:
        owner.execute(
            "INSERT INTO published.release (sha256, released_on, rules)"
            " VALUES ('x', '2024-01-01', '{}')"
        )
    backup.write_backup(own, tmp_path / "copy")
    backup.restore_backup(own, tmp_path / "copy")
    with psycopg.connect(cluster.ready(own).app, autocommit=True) as app:
        assert app.execute("SELECT sha256 FROM published.release").fetchall() == [("x",)]
        # the level shown of each field, of those that no agreement opens too, is the build's own
        assert app.execute("SELECT count(*) FROM published.granularity").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("SELECT * FROM raw.theme")
    administrator = cluster.superuser_url(own.home)
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute("CREATE ROLE stranger LOGIN PASSWORD 'x'")
    stranger = roles.plain_url(cluster.ready(own).app, username="stranger", password="x")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(stranger)


def test_a_restore_takes_place_under_open_connections(own, tmp_path):
    backup.write_backup(own, tmp_path / "copy")
    fill_url = cluster.ready(own).owner
    with psycopg.connect(fill_url) as reader:
        reader.execute("SELECT * FROM raw.theme")  # a transaction left open
        backup.restore_backup(own, tmp_path / "copy")
        with pytest.raises(psycopg.OperationalError):
            reader.execute("SELECT 1")
        reader.close()
    assert content(own)["raw.theme"] == 7


@pytest.mark.parametrize("damage", ["missing", "empty", "text", "cut", "another database"])
def test_a_file_that_is_no_whole_backup_changes_nothing(own, tmp_path, damage):
    file = tmp_path / "copy"
    backup.write_backup(own, file)
    whole = file.read_bytes()
    if damage == "missing":
        file.unlink()
    elif damage == "empty":
        file.write_bytes(b"")
    elif damage == "text":
        file.write_text("SELECT 1;")
    elif damage == "cut":
        file.write_bytes(whole[: len(whole) * 2 // 3])
    else:
        _dump_without_our_tables(own, file)
    fill_before = content(own)

    with pytest.raises(FileError) as caught:
        backup.restore_backup(own, file)

    assert caught.value.file == str(file)
    assert content(own) == fill_before
    assert databases(own) == {"postgres", roles.DATABASE}


def _dump_without_our_tables(settings: Settings, file: Path) -> None:
    from observatoire.postgres import find_client

    url = cluster.superuser_url(settings.home)
    subprocess.run([find_client("pg_dump"), "-Fc", "-f", str(file), url], check=True)


def test_a_backup_that_cannot_be_written_leaves_the_older_one(own, tmp_path):
    folder = tmp_path / "nowhere"
    with pytest.raises(FileError):
        backup.write_backup(own, folder / "copy")
    assert not folder.exists()
    taken = tmp_path / "taken"
    taken.mkdir()
    with pytest.raises(FileError):
        backup.write_backup(own, taken)
    assert list(taken.iterdir()) == []
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.endswith(".part")] == []


_RESTORE = """
import sys
from pathlib import Path
from observatoire import backup
from observatoire.settings import Settings
home = Path(sys.argv[1])
backup.restore_backup(Settings(home=home, data=home), Path(sys.argv[2]))
"""


@pytest.mark.parametrize("after_s", [1.0, 1.6])
def test_a_restore_that_is_killed_leaves_the_old_store_or_the_new_one(own, tmp_path, after_s):
    file = tmp_path / "copy"
    backup.write_backup(own, file)
    with psycopg.connect(cluster.ready(own).owner) as connection:
        connection.execute("DELETE FROM raw.theme")
    with subprocess.Popen([sys.executable, "-c", _RESTORE, str(own.home), str(file)]) as restore:
        time.sleep(after_s)
        os.kill(restore.pid, signal.SIGKILL)
    counts = content(own)
    assert counts["raw.theme"] in (0, 7)
    assert counts["published.granularity"] == 7
    backup.restore_backup(own, file)
    assert content(own)["raw.theme"] == 7
    assert databases(own) == {"postgres", roles.DATABASE}


def test_the_command_line_copies_and_puts_back(run_cli, store, tmp_path):
    file = tmp_path / "copy"
    refused = run_cli("store", "restore", str(file), "--json")
    assert refused.returncode == 1
    assert refused.json()["error"] == "FileError"
    assert refused.stderr.count("\n") == 1
    done = run_cli("store", "backup", str(file), "--json")
    assert done.json() == {"file": str(file), "size_bytes": file.stat().st_size}


def test_a_password_never_shows_in_the_list_of_processes(own, tmp_path):
    secret = roles.read_password(own.home / "passwords" / roles.OWNER)
    seen = []
    writer = subprocess.Popen(
        [sys.executable, "-c", _BACKUPS, str(own.home), str(tmp_path / "copy")],
    )
    while writer.poll() is None:
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = entry.read_bytes()
            except OSError:
                continue
            if b"pg_dump" in words:
                seen.append(words)
    assert writer.returncode == 0
    assert [words for words in seen if b"--dbname=" in words], "pg_dump was seen at work"
    assert not any(secret.encode() in words for words in seen)


_BACKUPS = """
import sys
from pathlib import Path
from observatoire import backup
from observatoire.settings import Settings
home = Path(sys.argv[1])
for _ in range(3):
    backup.write_backup(Settings(home=home, data=home), Path(sys.argv[2]))
"""


def test_refusals_name_the_remedy(own, tmp_path):
    with pytest.raises(ObservatoireError) as caught:
        backup.restore_backup(own, tmp_path / "none")
    assert caught.value.user == "Ce fichier n’existe pas."
    (tmp_path / "other").write_text("")
    with pytest.raises(ObservatoireError) as caught:
        backup.restore_backup(own, tmp_path / "other")
    assert "store backup" in caught.value.remedy


def test_a_database_of_a_newer_version_is_replaced_by_a_copy_of_this_one(own, tmp_path):
    """Who goes back to an older version of the program restores the copy made before."""
    before = content(own)
    backup.write_backup(own, tmp_path / "copy")
    with psycopg.connect(cluster.ready(own).owner) as connection:
        connection.execute("UPDATE raw.alembic_version SET version_num = '9999'")
    with pytest.raises(ObservatoireError, match="unknown to this version"):
        cluster.ready(own)
    backup.restore_backup(own, tmp_path / "copy")
    assert content(own) == before
