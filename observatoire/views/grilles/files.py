"""The document of a version of a grid: the address it is served at, and its bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from observatoire import grid_desk
from observatoire.errors import NotFoundError
from observatoire.grille.documents import to_toml
from observatoire.labels import read_words
from observatoire.publication import Connection
from observatoire.settings import Settings

FOLDER = "/telechargements/grilles"
MEDIA = "application/toml; charset=utf-8"
_FILE = re.compile(r"([1-9][0-9]{0,4})\.toml")


def address(site: str, version: int) -> str:
    """Return the address of the TOML document of a version."""
    return f"{FOLDER}/{quote(site, safe='')}/{version}.toml"


@dataclass(frozen=True)
class GridFile:
    """The document of a version: the name it is saved under, and its bytes."""

    name: str
    content: bytes


def grid_file(session: Connection, settings: Settings, path: Mapping[str, str]) -> GridFile:
    """Return the document that an address names.

    Parameters
    ----------
    path
        `site`, and `file`: the version and its suffix.

    Raises
    ------
    NotFoundError
        When the site has no such version, or the form is not TOML.
    SettingsError
        When the site is not one.
    """
    known = _FILE.fullmatch(path["file"])
    if known is None:
        raise NotFoundError("no such document", user=read_words("serveur")("error.form"))
    site = settings.site(path["site"])
    kept = grid_desk.find_version(session, site.id, int(known[1]))
    name = re.sub(r"[^A-Za-z0-9-]", "_", f"grille-{site.id}-{kept.grid.version}")
    return GridFile(f"{name}.toml", to_toml(kept.grid).encode())
