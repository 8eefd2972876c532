"""The server process of the private cluster: made, started, stopped, found again.

Everything here is idempotent and survives a kill at any line: the cluster's folder appears whole
(made beside, then renamed), the configuration is rewritten at each start, and a start that finds
the remains of a killed server waits for them to end.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from observatoire.errors import StoreError
from observatoire.home import (
    disk_full,
    give,
    has_socket,
    open_socket_folder,
    write_whole,
)
from observatoire.postgres import Programs, ServerUser, find_programs, run_program, server_user

_START_S = 60.0
_STOP_S = 20
# What a start says while the processes of a killed server are still ending.
_ENDING = ("is still in use", "already exists", "Is another postmaster", "shared memory block")

# Nothing anyone typed may reach the log: no statement, no parameter, no detail line, and no error
# either, because PostgreSQL quotes the value it cannot read (« invalid input syntax… »). At
# `fatal`, LOG lines are left out too, so no session can turn them back on (debug_print_parse).
# Checkpoints are not logged, nor the moment of a commit kept: their times would tell when somebody
# wrote.
CONFIGURATION = """\
# Written by the observatory at each start: changes here are lost.
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
password_encryption = scram-sha-256
max_connections = 60
fsync = on
full_page_writes = on
synchronous_commit = on
wal_level = minimal
max_wal_senders = 0
track_commit_timestamp = off
shared_buffers = 128MB
work_mem = 32MB
maintenance_work_mem = 128MB
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%u.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
log_file_mode = 0600
log_min_messages = fatal
log_min_error_statement = panic
log_error_verbosity = terse
log_statement = none
log_duration = off
log_min_duration_statement = -1
log_min_duration_sample = -1
log_transaction_sample_rate = 0
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_checkpoints = off
log_connections = off
log_disconnections = off
log_lock_waits = off
log_temp_files = -1
log_autovacuum_min_duration = -1
track_activity_query_size = 100
"""
_DOORS = "local all all scram-sha-256\n"


def exists(home: Path) -> bool:
    """Tell whether the cluster was made."""
    return (home / "cluster" / "PG_VERSION").is_file()


def start(home: Path, user: ServerUser, password: str) -> bool:
    """Start the server, made first if need be; return False when it was already running.

    Raises
    ------
    StoreError
        With the way out: no PostgreSQL of the right version, disk full, another reason.
    """
    programs = find_programs(_cluster_version(home))
    if not exists(home):
        _make(home, programs, user, password)
    if process_id(home) is not None:
        if has_socket(home):
            return False
        stop(home)  # its socket was swept away: nobody can reach it any more
    socket = open_socket_folder(home, user)
    _configure(home / "cluster", socket, user)
    _launch(home, programs, user)
    return True


def _cluster_version(home: Path) -> int | None:
    return int((home / "cluster" / "PG_VERSION").read_text("ascii")) if exists(home) else None


def _make(home: Path, programs: Programs, user: ServerUser, password: str) -> None:
    """Run initdb beside, then rename: a cluster is whole or is not.

    The folder has a name of its own: the initdb of a killed start may still be writing in its.
    """
    for leftover in (*home.glob("draft-*"), home / "cluster"):
        shutil.rmtree(leftover, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix="draft-", dir=home))
    files, secret = draft / "cluster", draft / "password"
    try:
        files.mkdir(mode=0o700)
        write_whole(secret, password + "\n", user)
        for given in (files, draft):
            give(given, user)
        options = ["--username=postgres", f"--pwfile={secret}", "--auth=scram-sha-256"]
        options += ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
        done = run_program([programs.path("initdb"), *options, "-D", str(files)], user)
        if done.returncode != 0:
            raise _failed(home, done.stderr)
        with (files / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\ninclude 'observatoire.conf'\n")
        files.rename(home / "cluster")
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _configure(cluster: Path, socket: Path, user: ServerUser) -> None:
    text = CONFIGURATION.format(socket=str(socket).replace("'", "''"))
    for name, content in (("observatoire.conf", text), ("pg_hba.conf", _DOORS)):
        write_whole(cluster / name, content, user)


def _launch(home: Path, programs: Programs, user: ServerUser) -> None:
    cluster = home / "cluster"
    command = [programs.path("pg_ctl"), "start", "-w", "-s", "-t", str(int(_START_S))]
    command += ["-D", str(cluster), "-l", str(cluster / "start.log")]
    deadline = time.monotonic() + _START_S
    while True:
        before = _log_sizes(cluster)
        done = run_program(command, user)
        if done.returncode == 0:
            return
        said = done.stderr + _logged_since(cluster, before)
        if not any(words in said for words in _ENDING) or time.monotonic() > deadline:
            raise _failed(home, said)
        _forget_reused_pid(cluster)
        time.sleep(0.2)


def _log_sizes(cluster: Path) -> dict[Path, int]:
    """Return the size of each log: `start.log` has a server's first words, `log/` the others."""
    files = [cluster / "start.log", *(cluster / "log").glob("*.log")]
    return {file: file.stat().st_size for file in files if file.is_file()}


def _logged_since(cluster: Path, before: dict[Path, int]) -> str:
    said = []
    for file, size in _log_sizes(cluster).items():
        begin = before.get(file, 0)
        with file.open("rb") as log:
            log.seek(begin if begin <= size else 0)  # shorter: begun again
            said.append(log.read().decode("utf-8", "replace"))
    return "".join(said)


def stop(home: Path) -> bool:
    """Stop the server; return False when it was not running.

    Its socket folder stays: a running app finds the server there again when it is restarted.
    """
    user = server_user()
    was_running = process_id(home) is not None
    if was_running:
        command = [find_programs(_cluster_version(home)).path("pg_ctl"), "stop", "-w", "-s"]
        command += ["-D", str(home / "cluster"), "-t", str(_STOP_S)]
        done = run_program([*command, "-m", "fast"], user)
        if process_id(home) is not None:
            # A fast stop in the middle of a crash's recovery may wait for ever. At once, then:
            # what was committed is in the journal, and read from it at the next start.
            done = run_program([*command, "-m", "immediate"], user)
        if process_id(home) is not None:
            raise _failed(home, done.stderr)
    return was_running


def process_id(home: Path) -> int | None:
    """Return the process of the running server, None when it is not running.

    The file PostgreSQL leaves may be a killed server's, and its number somebody else's by now:
    only a process that works in the cluster's folder is ours.
    """
    cluster = home / "cluster"
    number = _noted_pid(cluster)
    return number if number is not None and _works_in(number, cluster) else None


def _noted_pid(cluster: Path) -> int | None:
    try:
        first = (cluster / "postmaster.pid").read_text("utf-8").partition("\n")[0]
    except FileNotFoundError:
        return None
    return int(first) if first.isdigit() else None


def _works_in(pid: int, cluster: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == cluster.resolve()
    except OSError:
        return False


def _forget_reused_pid(cluster: Path) -> None:
    """Remove the file of a killed server whose number another live process now has.

    PostgreSQL would wait for that process for ever. Its other guard, the shared memory block of
    the data folder, still refuses a start beside living processes of the killed server.
    """
    number = _noted_pid(cluster)
    if number is not None and Path(f"/proc/{number}").exists() and not _works_in(number, cluster):
        (cluster / "postmaster.pid").unlink(missing_ok=True)


def _failed(home: Path, said: str) -> StoreError:
    if "No space left on device" in said or "Disk quota exceeded" in said:
        return disk_full(home)
    words = [line for line in said.splitlines() if "FATAL" in line or "error" in line]
    return StoreError(
        f"PostgreSQL does not start or stop: {' '.join(words)[:500] or said[:500]}",
        user="La base du projet (PostgreSQL) ne démarre pas ou ne s’arrête pas.",
        remedy=f"Voyez {home / 'cluster' / 'start.log'}.",
    )
