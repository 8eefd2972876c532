"""The list of what a release holds: the address it is served at, and its bytes."""

from __future__ import annotations

import re

import pandas as pd

from observatoire import releases
from observatoire.errors import NotFoundError
from observatoire.exports import csv_bytes
from observatoire.labels import read_words
from observatoire.publication import Connection

FOLDER = "/telechargements/publications"
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_COLUMNS = (
    *("release", "indicator", "label", "theme", "period", "edition", "site", "rule", "source"),
    *("fictitious", "share_visible", "sha256"),
)


def address(number: int) -> str:
    """Return the address of the list of a release."""
    return f"{FOLDER}/{number}.csv"


def contents_file(session: Connection, asked: str) -> bytes:
    """Return the layers of a release that whoever asks may read, as CSV: no figure.

    Raises
    ------
    NotFoundError
        When it is the number of no release.
    """
    known = {one.id for one in releases.read_releases(session)}
    if not _NUMBER.fullmatch(asked) or int(asked) not in known:
        raise NotFoundError(f"no release {asked!r}", user=read_words("serveur")("error.not_found"))
    rows = [
        (
            int(asked),
            part.indicator,
            part.description.label,
            part.description.theme,
            part.period,
            part.edition,
            part.site,
            part.rule,
            part.source,
            part.fictitious,
            part.share_visible,
            part.sha256,
        )
        for part in releases.read_parts(session, int(asked))
    ]
    return csv_bytes(pd.DataFrame(rows, columns=list(_COLUMNS)))
