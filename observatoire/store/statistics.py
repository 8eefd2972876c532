"""Official figures in the store: what each file says, and one figure per indicator and zone read.

Two publications may hold the same figure; each file keeps what it says. Published twice, it must be
the same, else the import is refused. A number wins over an absence (what a producer publishes once
is public), and a secret over a missing figure, in whatever order the files come; of two files that
say the same, the first imported is cited.
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
from observatoire.store.imports import find_import, forget_import, record_import, take_turns

KIND = "statistics"
_KEY = "(indicator, period, zone_kind, zone, edition)"
_INCOMING = (
    "CREATE TEMP TABLE IF NOT EXISTS incoming_statistic (indicator text, period text, "
    "zone_kind text, zone text, edition text, value double precision, status text, source text) "
    "ON COMMIT DROP"
)
_RANK = "CASE {}.status WHEN 'ok' THEN 0 WHEN 'secret' THEN 1 ELSE 2 END"
_COLUMNS_OF_KEY = "indicator, period, zone_kind, zone, edition"
_CONTRADICTED = (
    "SELECT *, count(*) OVER () AS total FROM (SELECT DISTINCT ON (i.indicator, i.period, "
    "i.zone_kind, i.zone, i.edition) i.indicator, i.period, i.zone, s.source "
    f"FROM incoming_statistic i JOIN raw.statistic s USING {_KEY} "
    "WHERE s.status = 'ok' AND i.status = 'ok' AND s.value <> i.value "
    "ORDER BY i.indicator, i.period, i.zone_kind, i.zone, i.edition, s.import_id) AS twice "
    "ORDER BY indicator, period, zone LIMIT 1"
)
# Figures that were not there, and absences that this file fills.
_NEWS = (
    "SELECT count(*) FILTER (WHERE held IS NULL) AS added, count(*) FILTER (WHERE held > known) "
    f"AS filled FROM (SELECT {_RANK.format('i')} AS known, min(CASE WHEN s.status IS NOT NULL "
    f"THEN {_RANK.format('s')} END) AS held FROM incoming_statistic i LEFT JOIN raw.statistic s "
    f"USING {_KEY} GROUP BY {_COLUMNS_OF_KEY}, i.status) AS each_one"
)
_ADD = (
    f"INSERT INTO raw.statistic ({_COLUMNS_OF_KEY}, value, status, source, import_id) "
    f"SELECT {_COLUMNS_OF_KEY}, value, status, source, :import_id FROM incoming_statistic"
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
    revive: bool = True,
) -> list[StatisticsWrite]:
    """Write the figures of several publications, in the transaction of the connection.

    Parameters
    ----------
    today
        Day kept in the ledger; by default the machine's.
    advance
        Called after each publication, for a progress bar.
    revive
        Whether a file that was withdrawn is imported again; else it is left out.

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
        done.append(_write_one(connection, reading, today, revive=revive))
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
    key = sql.SQL(_COLUMNS_OF_KEY)
    query = sql.SQL("SELECT DISTINCT ON ({}) {} FROM raw.statistic").format(key, names)
    if zone_kinds is not None:
        query += sql.SQL(" WHERE zone_kind = ANY({})").format(sql.Literal(list(zone_kinds)))
    query += sql.SQL(" ORDER BY {}, {}, import_id").format(key, sql.SQL(_RANK.format("statistic")))
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
    connection: Connection, reading: StatisticsReading, today: date | None, *, revive: bool
) -> StatisticsWrite:
    known = find_import(connection, KIND, reading.sha256)
    withdrawn = known is not None and "withdrawn" in known.details
    if withdrawn and not revive:
        return StatisticsWrite(already=True)
    if withdrawn:
        forget_import(connection, KIND, reading.sha256)
    elif known is not None:
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
    news = connection.execute(text(_NEWS)).one()
    connection.execute(text(_ADD), {"import_id": import_id})
    same = len(reading.frame) - news.added - news.filled
    return StatisticsWrite(False, int(news.added), int(news.filled), same)


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
        remedy="Rien n’a été importé : vérifiez l’année du fichier, et qu’il est tel que publié. "
        "S’il corrige celui d’avant : --replace.",
        file=str(reading.path),
    )


def _require_same_variant(held: str, reading: StatisticsReading) -> None:
    if held == reading.variant:
        return
    raise ConflictError(
        f"already imported with {held!r}",
        user=f"Ce fichier est déjà importé avec d’autres années ({held or 'celles de son nom'}).",
        remedy="Retirez-le d’abord : « observatoire statistics withdraw ».",
        file=str(reading.path),
    )


def _driver(connection: Connection) -> psycopg.Connection[tuple[object, ...]]:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver
