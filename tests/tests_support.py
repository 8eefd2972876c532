"""Helpers shared by the tests of the store's machinery."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from observatoire import postmaster
from observatoire.home import socket_folder

HOMES = "observatoire-tests-"


def make_home() -> Path:
    """Return a new folder, fit for a home: PostgreSQL's user can reach it. To be removed."""
    folder = Path(tempfile.mkdtemp(prefix=f"{HOMES}{os.getpid()}-", dir="/tmp"))
    folder.chmod(0o711)
    return folder


def remove_home(home: Path) -> None:
    """Stop the cluster of a home, if any, and remove all of it."""
    postmaster.stop(home)
    folder = socket_folder(home)
    if folder is not None:
        shutil.rmtree(folder)
    shutil.rmtree(home)


def copy_home(stopped: Path, folder: Path) -> None:
    """Copy the home of a stopped cluster, which is much quicker than making another."""
    subprocess.run(["cp", "-a", "--", f"{stopped}/.", str(folder)], check=True)
    (folder / "socket").unlink()


def sweep() -> None:
    """Remove what killed test runs of ours left behind; workers of a run take turns."""
    with (Path("/tmp") / f"{HOMES}{os.geteuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for folder in Path("/tmp").glob(f"{HOMES}*-*/"):
            pid = folder.name.removeprefix(HOMES).partition("-")[0]
            with suppress(FileNotFoundError):  # another run may remove its own just now
                if folder.stat().st_uid == os.geteuid() and not Path(f"/proc/{pid}").exists():
                    remove_home(folder)


def process_tree(pid: int) -> list[int]:
    """Return a process and its children, the parent first so that it cannot make new ones."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]
