"""The TOML document of a version of a grid or of an agreement: what its address names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from observatoire.errors import NotFoundError
from observatoire.labels import read_words
from observatoire.settings import Settings, Site

MEDIA = "application/toml; charset=utf-8"
_FILE = re.compile(r"([1-9][0-9]{0,4})\.toml")


@dataclass(frozen=True)
class VersionFile:
    """The document of a version: the name it is saved under, and its bytes."""

    name: str
    content: bytes


def address(folder: str, site: str, version: int) -> str:
    """Return the address of the document of a version."""
    return f"{folder}/{quote(site, safe='')}/{version}.toml"


def version_asked(settings: Settings, path: Mapping[str, str]) -> tuple[Site, int]:
    """Return the site and the version that an address names.

    Parameters
    ----------
    path
        `site`, and `file`: the version and its suffix.

    Raises
    ------
    NotFoundError
        When the form is not TOML.
    SettingsError
        When the site is not one.
    """
    known = _FILE.fullmatch(path["file"])
    if known is None:
        raise NotFoundError("no such document", user=read_words("serveur")("error.form"))
    return settings.site(path["site"]), int(known[1])


def version_file(kind: str, site: Site, version: int, document: str) -> VersionFile:
    """Return a document under a name that any disk takes."""
    name = re.sub(r"[^A-Za-z0-9-]", "_", f"{kind}-{site.id}-{version}")
    return VersionFile(f"{name}.toml", document.encode())
