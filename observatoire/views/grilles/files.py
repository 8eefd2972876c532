"""The document of a version of a grid: the address it is served at, and its bytes."""

from __future__ import annotations

from collections.abc import Mapping

from observatoire import grid_desk
from observatoire.grille.documents import to_toml
from observatoire.publication import Connection
from observatoire.settings import Settings
from observatoire.views.version_file import VersionFile, version_asked, version_file

FOLDER = "/telechargements/grilles"


def grid_file(session: Connection, settings: Settings, path: Mapping[str, str]) -> VersionFile:
    """Return the document that an address names (`version_asked`).

    Raises
    ------
    NotFoundError
        When the site has no such version, or the form is not TOML.
    SettingsError
        When the site is not one.
    """
    site, version = version_asked(settings, path)
    kept = grid_desk.find_version(session, site.id, version)
    return version_file("grille", site, version, to_toml(kept.grid))
