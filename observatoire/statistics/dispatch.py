"""Which publication a file is, told by its columns, and the reader that knows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from observatoire.errors import FileError
from observatoire.schemas import STATISTICS, validate
from observatoire.statistics import (
    caf,
    census,
    figures,
    filosofi,
    insee_qpv,
    panel,
    populations,
    rpls,
)
from observatoire.statistics.reading import Asked, Draft, StatisticsReading
from observatoire.statistics.tables import RawFile, RawTable, parse_table, read_text


@dataclass(frozen=True)
class Family:
    """A publication: how it is titled, recognised by its columns, and read."""

    title: str
    recognises: Callable[[tuple[str, ...]], bool]
    read: Callable[[RawTable, Asked], Draft]


def _marked(marks: frozenset[str]) -> Callable[[tuple[str, ...]], bool]:
    return lambda names: not marks.isdisjoint(names)


def _thematic(theme: insee_qpv.Theme) -> Family:
    return Family(
        theme.title,
        _marked(theme.marks),
        lambda table, asked: insee_qpv.read(table, theme, asked),
    )


FAMILIES = (
    Family(figures.TITLE, figures.recognises, figures.read),
    *(_thematic(theme) for theme in insee_qpv.THEMES),
    Family(panel.TITLE, _marked(panel.MARKS), panel.read),
    Family(rpls.TITLE, _marked(rpls.MARKS), rpls.read),
    Family(populations.TITLE, populations.recognises, populations.read),
    Family(census.TITLE, census.recognises, census.read),
    Family(filosofi.TITLE, filosofi.recognises, filosofi.read),
    Family(caf.TITLE, _marked(caf.MARKS), caf.read),
)


def read_statistics(
    path: Path, asked: Asked | None = None, content: bytes | None = None
) -> StatisticsReading:
    """Read one official publication.

    Parameters
    ----------
    path
        CSV as published, or a GeoJSON of communes with their populations.
    asked
        What the file does not say of itself.
    content
        Its bytes, when they are in memory already: `path` is then only its name.

    Returns
    -------
    StatisticsReading
        Its frame is keyed per `schemas.STATISTICS`; values keep the producer's unit.

    Raises
    ------
    FileError
        When it cannot be read; nothing is read in part.
    """
    wanted = asked or Asked()
    raw = read_text(path, content)
    draft = _draft(raw, wanted)
    frame = draft.frame.reset_index(drop=True)
    validate(frame, STATISTICS)
    variant = " ".join(
        [f"year={wanted.year}"] * bool(wanted.year)
        + [f"{name}={year}" for name, year in sorted(wanted.vintages.items())]
    )
    return StatisticsReading(path, raw.sha256, draft.family, frame, draft.ignored, variant)


def read_any(
    path: Path, content: bytes | None = None, asked: Asked | None = None
) -> tuple[pd.DataFrame, StatisticsReading]:
    """Return the figures of any publication that is read, and the report of its reading.

    What a geographer brings to a page for one session: told by its content, in memory, kept
    nowhere. Parameters and errors are those of `read_statistics`; the figures are its frame, per
    `schemas.STATISTICS`. The cells of the grid have their own reader, `outlines.read_cells`.
    """
    reading = read_statistics(path, asked, content)
    return reading.frame, reading


def _draft(raw: RawFile, asked: Asked) -> Draft:
    if raw.text.lstrip().startswith("{"):
        return populations.read_communes(raw, asked)
    table = parse_table(raw)
    return recognise(table).read(table, asked)


def recognise(table: RawTable) -> Family:
    """Return the publication whose columns a table has.

    Raises
    ------
    FileError
        When it is none, or several pasted together.
    """
    found = [family for family in FAMILIES if family.recognises(table.columns)]
    if len(found) == 1:
        return found[0]
    if found:
        titles = ", ".join(family.title for family in found)
        raise FileError(
            f"columns of {len(found)} publications",
            user=f"Le fichier mêle plusieurs publications ({titles}).",
            remedy="Importez chaque publication telle quelle.",
            file=str(table.path),
        )
    raise FileError(
        "columns of no known publication",
        user="Aucune colonne de ce fichier n’est celle d’une publication connue.",
        remedy=f"Publications lues : {', '.join(family.title for family in FAMILIES)}.",
        file=str(table.path),
    )
