"""The home folder of the private cluster: who may enter, one starter at a time, its socket."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from observatoire.errors import StoreError
from observatoire.postgres import ServerUser, can_enter, server_user

_LOCK_S = 180.0
# Made by a service manager for the service's user, and seen by all that user's services.
_SERVICE_FOLDER = Path("/run/observatoire")


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


def has_socket(home: Path) -> bool:
    """Tell whether a server's socket is where it should be."""
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


def open_socket_folder(home: Path, user: ServerUser) -> Path:
    """Return the socket folder, made afresh with an unguessable name when there is none.

    A socket path is limited to 107 bytes and the home's may be long, hence the system's
    temporary folder; a random name cannot be taken in advance by somebody else. A service's own
    folder comes first: its temporary folder may be seen by itself alone.
    """
    kept = socket_folder(home)
    if kept is not None:
        for left_by_a_killed_server in kept.glob(".s.PGSQL.*"):
            left_by_a_killed_server.unlink()
        return kept
    folders = (_SERVICE_FOLDER, Path("/run/user") / str(user.uid))
    where = next((one for one in folders if _is_private(one, user)), Path("/tmp"))  # noqa: S108
    folder = Path(tempfile.mkdtemp(prefix="observatoire-", dir=where))
    give(folder, user)
    write_whole(home / "socket", f"{folder}\n")
    return folder


def disk_full(home: Path) -> StoreError:
    """Return the refusal for a full disk."""
    return StoreError(
        f"no space left for {home}",
        user=f"Il n’y a plus de place sur le disque de {home}.",
        remedy="Libérez de la place, ou choisissez un autre dossier avec OBSERVATOIRE_HOME.",
    )


def give(path: Path, user: ServerUser) -> None:
    """Make the server's user the owner of a file or folder, when it is not us."""
    if user.switched:
        os.chown(path, user.uid, user.gid, follow_symlinks=False)


def write_whole(file: Path, text: str, user: ServerUser | None = None) -> None:
    """Write a small file that appears whole or not at all, and never through a planted link."""
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
        if user is not None and user.switched:
            os.fchown(out.fileno(), user.uid, user.gid)
    part.replace(file)
