"""The PostgreSQL programs of this machine, and how to run them without being root."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from observatoire.errors import StoreError

DEBIAN_FOLDER = Path("/usr/lib/postgresql")
SYSTEM_USER = "postgres"
_EXTENSION = Path("extension") / "postgis.control"
_NEEDED = ("initdb", "pg_ctl", "postgres")


@dataclass(frozen=True)
class Programs:
    """One installed PostgreSQL: the folder of its programs and its major version."""

    folder: Path
    major: int

    def path(self, name: str) -> str:
        """Return the path of one program (`initdb`, `pg_dump`…)."""
        return str(self.folder / name)


@dataclass(frozen=True)
class ServerUser:
    """The user who runs the server and owns its files; never root."""

    uid: int
    gid: int
    switched: bool  # true when we are root and must become this user


def find_programs(major: int | None = None, folders: Sequence[Path] | None = None) -> Programs:
    """Return the newest PostgreSQL that has PostGIS, or the one of the given major version.

    Parameters
    ----------
    major
        Major version wanted (an existing cluster only starts with its own); None for the newest.
    folders
        Folders of programs to look in; by default Debian's and those of the PATH.

    Raises
    ------
    StoreError
        When there is none.
    """
    places = _folders() if folders is None else folders
    found = [Programs(folder, version) for folder in places if (version := _version(folder))]
    fit = [one for one in found if major in (None, one.major) and _has_postgis(one)]
    if fit:
        return max(fit, key=lambda one: one.major)
    wanted = "PostgreSQL" if major is None else f"PostgreSQL {major}"
    raise StoreError(
        f"no {wanted} with PostGIS on this machine (PostgreSQL found: {len(found)})",
        user=f"{wanted} avec PostGIS n’est pas installé sur cette machine.",
        remedy=(
            "Installez-le (« sudo apt install postgresql-postgis »), ou indiquez un serveur "
            "avec OBSERVATOIRE_DATABASE_URL."
        ),
    )


def find_client(name: str) -> str:
    """Return the path of a client program (`pg_dump`, `pg_restore`) of the newest version.

    Raises
    ------
    StoreError
        When it is not installed.
    """
    found = [
        (version, folder / name)
        for folder in _folders()
        if (folder / name).is_file() and (version := _version(folder, name))
    ]
    if found:
        return str(max(found)[1])
    raise StoreError(
        f"{name} is not installed",
        user=f"Le programme {name} de PostgreSQL n’est pas installé sur cette machine.",
        remedy="Installez-le (« sudo apt install postgresql-client »).",
    )


def server_user() -> ServerUser:
    """Return who runs the server: ourselves, or the system's `postgres` user when we are root.

    Raises
    ------
    StoreError
        When we are root and there is no such user.
    """
    if os.geteuid() != 0:
        return ServerUser(os.geteuid(), os.getegid(), switched=False)
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError as cause:
        raise StoreError(
            f"root cannot run PostgreSQL and there is no {SYSTEM_USER} user",
            user=f"PostgreSQL ne tourne pas en root, et l’utilisateur {SYSTEM_USER} n’existe pas.",
            remedy="Installez PostgreSQL par apt, ou lancez la commande sans être root.",
        ) from cause
    return ServerUser(entry.pw_uid, entry.pw_gid, switched=True)


def run_program(
    command: Sequence[str],
    user: ServerUser | None = None,
    environ: Mapping[str, str] | None = None,
    wait_s: float = 120.0,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, in English, from `/`, and return what it said.

    Nothing of our environment goes along but what is given: a server would keep it for life.
    The working folder is `/` because the user we become may not be allowed in ours.
    """
    switch: dict[str, object] = {}
    if user is not None and user.switched:
        switch = {"user": user.uid, "group": user.gid, "extra_groups": []}
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        list(command),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", **(environ or {})},
        umask=0o077,
        start_new_session=True,
        timeout=wait_s,
        **switch,
    )


def can_enter(folder: Path, user: ServerUser) -> bool:
    """Tell whether the server's user can reach a folder."""
    return run_program(["/bin/sh", "-c", 'cd -- "$0"', str(folder)], user).returncode == 0


def _folders() -> list[Path]:
    debian = sorted(DEBIAN_FOLDER.glob("*/bin"))
    on_path = shutil.which("pg_ctl") or shutil.which("pg_dump")
    return [*debian, *([Path(on_path).resolve().parent] if on_path else [])]


def _version(folder: Path, program: str = "") -> int | None:
    """Return the major version of the programs of a folder, None when they are not all there."""
    needed = (program,) if program else _NEEDED
    if not all((folder / name).is_file() for name in needed):
        return None
    said = run_program([str(folder / needed[-1]), "--version"]).stdout
    match = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(match.group(1)) if match else None


def _has_postgis(programs: Programs) -> bool:
    root = programs.folder.parent
    if root == DEBIAN_FOLDER / str(programs.major):
        shares = [Path("/usr/share/postgresql") / str(programs.major)]
    else:  # built from source, Fedora…
        shares = [root / "share", root / "share" / "postgresql", root / "share" / "pgsql"]
    return any((share / _EXTENSION).is_file() for share in shares)
