"""What a release depends on, hashed: whether a start has anything to compute again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from observatoire import grid_desk, protocole_desk
from observatoire.access import Access
from observatoire.disclosure import Rules
from observatoire.settings import Settings
from observatoire.store import publications


def data_files(folder: Path) -> dict[str, list[Path]]:
    """Return the files of the project's own data, by sub-folder; none in a wheel alone."""
    patterns = {"qpv_contours": "*.geojson", "context": "*.geojson", "figures": "*.csv"}
    return {name: sorted((folder / name).glob(pattern)) for name, pattern in patterns.items()}


def inputs(access: Access, files: Mapping[str, list[Path]], settings: Settings, day: date) -> str:
    """Hash all that a release depends on: files, program, sites, imports, grids, terms, year."""
    digest = hashlib.sha256()
    for path in (path for group in files.values() for path in group):
        digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    for name, content in sorted(_program(resources.files("observatoire"), "")):
        digest.update(name.encode() + hashlib.sha256(content).digest())
    with access.owner() as connection:
        ledger = publications.imported_files(connection)
        grids = [[one.content(), one.agreed_on] for one in grid_desk.in_force(connection)]
        agreed, former = protocole_desk.agreed_thresholds(connection)
        settled = protocole_desk.settled(connection)
    asked = Rules(agreed=agreed, former=former).as_dict()
    # a month is due to each site once no entry may come to it
    due = {site: f"{day - timedelta(days=days):%Y-%m}" for site, days in settled.items()}
    known = [[asdict(site) for site in settings.sites], ledger, grids, asked, due, day.year]
    digest.update(json.dumps(known, sort_keys=True, default=str).encode())
    return digest.hexdigest()


def _program(folder: Traversable, prefix: str) -> Iterable[tuple[str, bytes]]:
    """Give the name and content of each file of the program that decides what is published."""
    for entry in folder.iterdir():
        name = f"{prefix}/{entry.name}"
        if entry.is_dir() and entry.name not in ("__pycache__", "static", "views", "component"):
            yield from _program(entry, name)
        elif entry.name.endswith((".py", ".toml")):
            yield name, entry.read_bytes()
