"""What the ledger says of a release to whoever asks: its rules, its layers, the share that shows.

Only what is published is read, and of it only the layers that the session may read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from observatoire.catalogue import Indicator
from observatoire.codes import EDITIONS
from observatoire.disclosure import read_description
from observatoire.disclosure.months import TOGETHER
from observatoire.publication import LayerInfo
from observatoire.store import Connection
from observatoire.store import releases as rows


@dataclass(frozen=True)
class Release:
    """A release: its number, day and hash, whether it is the one read now, and its rules.

    Attributes
    ----------
    rules
        The thresholds as the ledger keeps them (`disclosure.Rules.as_dict`).
    """

    id: int
    sha256: str
    released_on: date
    current: bool
    rules: Mapping[str, Any]


@dataclass(frozen=True)
class Part(LayerInfo):
    """A layer of a release without its cells, or its part of one site.

    Attributes
    ----------
    id, sha256
        Its number, and the hash of what is published of it.
    site
        Of a part of real field figures; empty for a whole layer.
    """

    id: int
    site: str
    sha256: str

    @property
    def is_together(self) -> bool:
        """Tell whether it holds all the themes of a site together."""
        return self.indicator == TOGETHER


def read_releases(connection: Connection) -> list[Release]:
    """Return every release, the newest first."""
    return [Release(**row) for row in rows.read_releases(connection)]


def count_open(connection: Connection, releases: Collection[int]) -> dict[int, int]:
    """Return how many official and invented layers of the QPV each of these releases holds."""
    return rows.count_open_layers(connection, releases, EDITIONS)


def read_parts(connection: Connection, release_id: int) -> list[Part]:
    """Return the layers of a release that whoever asks may read, in reading order."""
    names = [one.name for one in fields(Part) if one.name != "description"]
    told: dict[str, Indicator] = {}
    found = []
    for row in rows.read_layers(connection, release_id):
        if row["indicator"] not in told:
            told[row["indicator"]] = read_description(row["description"])
        values = {name: row[name] for name in names}
        found.append(Part(**values, description=told[row["indicator"]]))
    return found
