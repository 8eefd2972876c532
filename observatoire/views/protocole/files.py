"""The document of a version of an agreement: the address it is served at, and its bytes."""

from __future__ import annotations

from collections.abc import Mapping

from observatoire import protocole_desk
from observatoire.protocole.documents import to_toml
from observatoire.publication import Connection
from observatoire.settings import Settings
from observatoire.views.version_file import VersionFile, version_asked, version_file

FOLDER = "/telechargements/protocoles"


def agreement_file(session: Connection, settings: Settings, path: Mapping[str, str]) -> VersionFile:
    """Return the document that an address names; a draft to accounts of the site alone.

    Raises
    ------
    NotFoundError
        When the site has no such version for whoever asks, or the form is not TOML.
    SettingsError
        When the site is not one.
    """
    site, version = version_asked(settings, path)
    kept = protocole_desk.find_version(session, site.id, version)
    return version_file("protocole", site, version, to_toml(kept.agreement))
