"""Official figures in the store: one row per indicator, period and zone, whoever published it.

Two publications may hold the same figure. Published twice, it must be the same, else the import is
refused. A number wins over an absence (what a producer publishes once is public), and a secret over
a missing figure, in whatever order the files come.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
import psycopg
from psycopg import sql
from sqlalchemy import Connection, text

from observatoire.errors import ConflictError
from observatoire.statistics.reading import COLUMNS, StatisticsReading
from observatoire.store.imports import find_import, record_import, take_turns

KIND = "statistics"
_KEY = "(indicator, period, zone_kind, zone, edition)"
_INCOMING = (
    "CREATE TEMP TABLE IF NOT EXISTS incoming_statistic (indicator text, period text, "
    "zone_kind text, zone text, edition text, value double precision, status text, source text) "
    "ON COMMIT DROP"
)
_CONTRADICTED = (
    "SELECT i.indicator, i.period, i.zone, s.source, count(*) OVER () AS total "
    f"FROM incoming_statistic i JOIN raw.statistic s USING {_KEY} "
    "WHERE s.status = 'ok' AND i.status = 'ok' AND s.value <> i.value "
    "ORDER BY i.indicator, i.period, i.zone LIMIT 1"
)
_FILL = (
    "UPDATE raw.statistic s SET value = i.value, status = i.status, source = i.source, "
    "import_id = :import_id FROM incoming_statistic i WHERE s.indicator = i.indicator "
    "AND s.period = i.period AND s.zone_kind = i.zone_kind AND s.zone = i.zone "
    "AND s.edition = i.edition AND (s.status <> 'ok' AND i.status = 'ok' "
    "OR s.status = 'missing' AND i.status = 'secret')"
)
_ADD = (
    "INSERT INTO raw.statistic (indicator, period, zone_kind, zone, edition, value, status, "
    "source, import_id) SELECT indicator, period, zone_kind, zone, edition, value, status, "
    "source, :import_id FROM incoming_statistic ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True)
class StatisticsWrite:
    """What an import of a publication did.

    Attributes
    ----------
    already
        The store held this very file: nothing was done.
    added, filled, same
        Figures that were not there; absences that this file fills; figures already there.
    """

    already: bool
    added: int = 0
    filled: int = 0
    same: int = 0


def write_statistics(
    connection: Connection,
    readings: Sequence[StatisticsReading],
    *,
    today: date | None = None,
    advance: Callable[[], None] = lambda: None,
) -> list[StatisticsWrite]:
    """Write the figures of several publications, in the transaction of the connection.

    Parameters
    ----------
    today
        Day kept in the ledger; by default the machine's.
    advance
        Called after each publication, for a progress bar.

    Returns
    -------
    What was done, in the order of `readings`.

    Raises
    ------
    ConflictError
        When a figure contradicts the one that is held, or a file was imported with another year.
    """
    take_turns(connection)
    done = []
    for reading in readings:
        done.append(_write_one(connection, reading, today))
        advance()
    return done


def read_statistics(
    connection: Connection, zone_kinds: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return the figures held, per `schemas.STATISTICS`.

    Parameters
    ----------
    zone_kinds
        Only these kinds of zones; all of them by default.
    """
    names = sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
    query = sql.SQL("SELECT {} FROM raw.statistic").format(names)
    if zone_kinds is not None:
        query += sql.SQL(" WHERE zone_kind = ANY({})").format(sql.Literal(list(zone_kinds)))
    buffer = io.BytesIO()
    with (
        _driver(connection).cursor() as cursor,
        cursor.copy(sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER)").format(query)) as copy,
    ):
        for chunk in copy:
            buffer.write(chunk)
    buffer.seek(0)
    return pd.read_csv(
        buffer,
        dtype=dict.fromkeys(COLUMNS, "str") | {"value": "float64"},
        keep_default_na=False,
        na_values={"value": [""]},
    )


def _write_one(
    connection: Connection, reading: StatisticsReading, today: date | None
) -> StatisticsWrite:
    known = find_import(connection, KIND, reading.sha256)
    if known is not None:
        _require_same_variant(known.variant, reading)
        return StatisticsWrite(already=True, same=len(reading.frame))
    _copy(connection, reading.frame)
    _refuse_contradiction(connection, reading)
    import_id = record_import(
        connection,
        KIND,
        reading.sha256,
        file_name=reading.path.name,
        variant=reading.variant,
        read=len(reading.frame),
        accepted=len(reading.frame),
        details={"family": reading.family, "periods": list(reading.periods)},
        today=today,
    )
    filled = connection.execute(text(_FILL), {"import_id": import_id}).rowcount
    added = connection.execute(text(_ADD), {"import_id": import_id}).rowcount
    return StatisticsWrite(False, added, filled, len(reading.frame) - added - filled)


def _copy(connection: Connection, frame: pd.DataFrame) -> None:
    """Bring the figures beside the table, where they are compared before they are added."""
    connection.execute(text(_INCOMING))
    connection.execute(text("TRUNCATE incoming_statistic"))
    lines = frame[list(COLUMNS)].to_csv(index=False, header=False)
    with (
        _driver(connection).cursor() as cursor,
        cursor.copy("COPY incoming_statistic FROM STDIN (FORMAT csv)") as copy,
    ):
        copy.write(lines)
    connection.execute(text("ANALYZE incoming_statistic"))


def _refuse_contradiction(connection: Connection, reading: StatisticsReading) -> None:
    first = connection.execute(text(_CONTRADICTED)).one_or_none()
    if first is None:
        return
    more = f", et {first.total - 1} autres" if first.total > 1 else ""
    raise ConflictError(
        f"{first.total} figures contradict those of {first.source}",
        user=f"Le chiffre de {first.indicator} pour {first.zone} en {first.period}{more} "
        f"contredit celui déjà chargé (source {first.source}).",
        remedy="Rien n’a été importé : vérifiez l’année du fichier, et qu’il est tel que publié.",
        file=str(reading.path),
    )


def _require_same_variant(held: str, reading: StatisticsReading) -> None:
    if held == reading.variant:
        return
    raise ConflictError(
        f"already imported with {held!r}",
        user=f"Ce fichier est déjà importé avec d’autres années ({held or 'celles de son nom'}).",
        remedy="Une année ne se change pas après coup.",
        file=str(reading.path),
    )


def _driver(connection: Connection) -> psycopg.Connection[tuple[object, ...]]:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver
