"""The server process of the private cluster: made, started, stopped, found again.

Everything here is idempotent and survives a kill at any line: the cluster's folder appears whole
(made beside, then renamed), the configuration is rewritten at each start, and a start that finds
the remains of a killed server waits for them to end.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from observatoire.errors import StoreError
from observatoire.postgres import (
    Programs,
    ServerUser,
    can_enter,
    find_programs,
    run_program,
    server_user,
)

_START_S = 60.0
_LOCK_S = 180.0
# What a start says while the processes of a killed server are still ending.
_ENDING = ("is still in use", "already exists", "Is another postmaster", "shared memory block")

# Nothing anyone typed may reach the log: no statement, no parameter, no detail line, and no error
# either, because PostgreSQL quotes the value it cannot read (« invalid input syntax… »). At
# `fatal`, LOG lines are left out too, so no session can turn them back on (debug_print_parse).
# Checkpoints are not logged: their times would tell when somebody wrote.
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


def prepare_home(home: Path) -> ServerUser:
    """Make the home folder, and return the user who will run the server.

    Only its owner sees into it; when we are root the server's user may also pass through.

    Raises
    ------
    StoreError
        When that user cannot reach the folder (a home under root's own, for instance).
    """
    user = server_user()
    if not home.is_dir():
        missing = [folder for folder in (home, *home.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o711 if user.switched else 0o700)
    if user.switched and not can_enter(home, user):
        raise StoreError(
            f"the server's user cannot reach {home}",
            user=f"Le dossier {home} est fermé à l’utilisateur qui fait tourner PostgreSQL.",
            remedy="Choisissez avec OBSERVATOIRE_HOME un dossier hors de celui de root.",
        )
    return user


@contextmanager
def hold_lock(home: Path) -> Iterator[None]:
    """Hold the home's lock: two starts at once take turns, and give one cluster."""
    descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + _LOCK_S
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StoreError(
                        "another program has held the store's lock for too long",
                        user="Un autre programme démarre ou arrête la base depuis trop longtemps.",
                        remedy="Attendez qu’il finisse, ou arrêtez-le, puis relancez.",
                    ) from None
                time.sleep(0.05)
        yield
    finally:
        os.close(descriptor)


def socket_folder(home: Path) -> Path | None:
    """Return the folder of the socket, None when there is none that is private and ours."""
    try:
        folder = Path((home / "socket").read_text("utf-8").rstrip("\n"))
    except FileNotFoundError:
        return None
    return folder if _is_private(folder, server_user()) else None


def _has_socket(home: Path) -> bool:
    folder = socket_folder(home)
    return folder is not None and (folder / ".s.PGSQL.5432").is_socket()


def _is_private(folder: Path, user: ServerUser) -> bool:
    """Tell whether it is a real folder, the server's user's own, closed to all others."""
    try:
        seen = folder.lstat()
    except OSError:
        return False
    closed = stat.S_IMODE(seen.st_mode) & 0o077 == 0
    return stat.S_ISDIR(seen.st_mode) and seen.st_uid == user.uid and closed


def _open_socket_folder(home: Path, user: ServerUser) -> Path:
    """Return the socket folder, made afresh with an unguessable name when there is none.

    A socket path is limited to 107 bytes and the home's may be long, hence the system's
    temporary folder; a random name cannot be taken in advance by somebody else.
    """
    kept = socket_folder(home)
    if kept is not None:
        return kept
    base = Path("/run/user") / str(user.uid)
    where = base if _is_private(base, user) else Path("/tmp")  # noqa: S108
    folder = Path(tempfile.mkdtemp(prefix="observatoire-", dir=where))
    _give(folder, user)
    _write(home / "socket", f"{folder}\n")
    return folder


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
        if _has_socket(home):
            return False
        stop(home)  # its socket was swept away: nobody can reach it any more
    socket = _open_socket_folder(home, user)
    _configure(home / "cluster", socket, user)
    _launch(home, programs, user)
    return True


def _cluster_version(home: Path) -> int | None:
    return int((home / "cluster" / "PG_VERSION").read_text("ascii")) if exists(home) else None


def _make(home: Path, programs: Programs, user: ServerUser, password: str) -> None:
    """Run initdb beside, then rename: a cluster is whole or is not."""
    draft, secret = home / "cluster.new", home / "initdb-password"
    for leftover in (draft, home / "cluster"):
        shutil.rmtree(leftover, ignore_errors=True)
    draft.mkdir(mode=0o700)
    secret.unlink(missing_ok=True)
    secret.touch(mode=0o600)
    try:
        secret.write_text(password + "\n", "ascii")
        for given in (draft, secret):
            _give(given, user)
        options = ["--username=postgres", f"--pwfile={secret}", "--auth=scram-sha-256"]
        options += ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
        done = run_program([programs.path("initdb"), *options, "-D", str(draft)], user)
    finally:
        secret.unlink()
    if done.returncode != 0:
        raise _failed(home, done.stderr)
    with (draft / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("\ninclude 'observatoire.conf'\n")
    draft.rename(home / "cluster")


def _configure(cluster: Path, socket: Path, user: ServerUser) -> None:
    text = CONFIGURATION.format(socket=str(socket).replace("'", "''"))
    for name, content in (("observatoire.conf", text), ("pg_hba.conf", _DOORS)):
        _write(cluster / name, content, user)


def _launch(home: Path, programs: Programs, user: ServerUser) -> None:
    cluster = home / "cluster"
    first_words = cluster / "start.log"
    command = [programs.path("pg_ctl"), "start", "-D", str(cluster), "-l", str(first_words)]
    deadline = time.monotonic() + _START_S
    while True:
        first_words.unlink(missing_ok=True)
        done = run_program([*command, "-w", "-t", str(int(_START_S)), "-s"], user)
        if done.returncode == 0:
            return
        said = done.stderr + (first_words.read_text("utf-8") if first_words.exists() else "")
        if not any(words in said for words in _ENDING) or time.monotonic() > deadline:
            raise _failed(home, said)
        _forget_reused_pid(cluster)
        time.sleep(0.2)


def stop(home: Path) -> bool:
    """Stop the server and remove its socket folder; return False when it was not running."""
    user = server_user()
    socket = socket_folder(home)
    was_running = process_id(home) is not None
    if was_running:
        programs = find_programs(_cluster_version(home))
        cluster = str(home / "cluster")
        command = [programs.path("pg_ctl"), "stop", "-D", cluster, "-m", "fast", "-w", "-s"]
        done = run_program(command, user)
        if done.returncode != 0 and process_id(home) is not None:
            raise _failed(home, done.stderr)
    if socket is not None:
        shutil.rmtree(socket, ignore_errors=True)
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


def disk_full(home: Path) -> StoreError:
    """Return the refusal for a full disk."""
    return StoreError(
        f"no space left for {home}",
        user=f"Il n’y a plus de place sur le disque de {home}.",
        remedy="Libérez de la place, ou choisissez un autre dossier avec OBSERVATOIRE_HOME.",
    )


def _failed(home: Path, said: str) -> StoreError:
    if "No space left on device" in said or "Disk quota exceeded" in said:
        return disk_full(home)
    words = [line for line in said.splitlines() if "FATAL" in line or "error" in line]
    return StoreError(
        f"PostgreSQL does not start or stop: {' '.join(words)[:500] or said[:500]}",
        user="La base du projet (PostgreSQL) ne démarre pas ou ne s’arrête pas.",
        remedy=f"Voyez {home / 'cluster' / 'start.log'}.",
    )


def _give(path: Path, user: ServerUser) -> None:
    if user.switched:
        os.chown(path, user.uid, user.gid, follow_symlinks=False)


def _write(file: Path, text: str, user: ServerUser | None = None) -> None:
    """Write a small file that appears whole or not at all, and never through a planted link."""
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
        if user is not None and user.switched:
            os.fchown(out.fileno(), user.uid, user.gid)
    part.replace(file)
