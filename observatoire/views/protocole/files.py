"""The document of a version of an agreement: the address it is served at, and its bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from observatoire import protocole_desk
from observatoire.errors import NotFoundError
from observatoire.labels import read_words
from observatoire.protocole.documents import to_toml
from observatoire.publication import Connection
from observatoire.settings import Settings

FOLDER = "/telechargements/protocoles"
_FILE = re.compile(r"([1-9][0-9]{0,4})\.toml")


def address(site: str, version: int) -> str:
    """Return the address of the TOML document of a version."""
    return f"{FOLDER}/{quote(site, safe='')}/{version}.toml"


@dataclass(frozen=True)
class AgreementFile:
    """The document of a version: the name it is saved under, and its bytes."""

    name: str
    content: bytes


def agreement_file(
    session: Connection, settings: Settings, path: Mapping[str, str]
) -> AgreementFile:
    """Return the document that an address names; a draft to accounts of the site alone.

    Parameters
    ----------
    path
        `site`, and `file`: the version and its suffix.

    Raises
    ------
    NotFoundError
        When the site has no such version for whoever asks, or the form is not TOML.
    SettingsError
        When the site is not one.
    """
    known = _FILE.fullmatch(path["file"])
    if known is None:
        raise NotFoundError("no such document", user=read_words("serveur")("error.form"))
    site = settings.site(path["site"])
    kept = protocole_desk.find_version(session, site.id, int(known[1]))
    name = re.sub(r"[^A-Za-z0-9-]", "_", f"protocole-{site.id}-{kept.agreement.version}")
    return AgreementFile(f"{name}.toml", to_toml(kept.agreement).encode())
