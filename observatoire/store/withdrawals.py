"""Taking an imported file of statistics out: what it says leaves, what other files say stays.

The ledger keeps the file, marked as withdrawn: the preparation of the app does not load it again;
a person who imports it does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from observatoire.errors import NotFoundError
from observatoire.statistics.reading import StatisticsReading
from observatoire.store.imports import take_turns

KIND = "statistics"
_HASH = re.compile(r"[0-9a-f]{8,64}")
_HELD = (
    "SELECT id, sha256, file_name FROM raw.import_file WHERE kind = 'statistics' "
    "AND NOT details ? 'withdrawn' AND sha256 LIKE :start || '%' ORDER BY id"
)
# A figure is gone when no other file says anything of it.
_GONE = (
    "SELECT count(*) FROM raw.statistic s WHERE import_id = :id AND NOT EXISTS (SELECT FROM "
    "raw.statistic o WHERE o.import_id <> :id AND (o.indicator, o.period, o.zone_kind, o.zone, "
    "o.edition) = (s.indicator, s.period, s.zone_kind, s.zone, s.edition))"
)
_MARK = (
    "UPDATE raw.import_file SET accepted = 0, "
    "details = details || '{\"withdrawn\": true}'::jsonb WHERE id = :id"
)
# The same source, kind of zones and year: an earlier state of the same publication.
_REPLACED = (
    "SELECT DISTINCT f.sha256, f.id FROM raw.import_file f JOIN raw.statistic s "
    "ON s.import_id = f.id WHERE s.source = :source AND s.zone_kind = :zone_kind "
    "AND s.period = :period AND f.sha256 <> ALL(:own) ORDER BY f.id"
)


@dataclass(frozen=True)
class Withdrawal:
    """What taking a file out did.

    Attributes
    ----------
    sha256, file_name
        The file.
    figures
        What it said.
    gone
        Figures that no other file says anything of: they are held no more.
    """

    sha256: str
    file_name: str
    figures: int
    gone: int


def withdraw(connection: Connection, sha256: str) -> Withdrawal:
    """Take a file out, in the transaction of the connection.

    Parameters
    ----------
    sha256
        Its hash, or its first eight hexadecimal digits at least.

    Raises
    ------
    NotFoundError
        When the store holds no such file of statistics, or several.
    """
    take_turns(connection)
    named = sha256.lower()
    held = connection.execute(text(_HELD), {"start": named}).all() if _is_hash(named) else []
    if len(held) != 1:
        raise NotFoundError(
            f"{len(held)} imported files of statistics begin with {named[:64]!r}",
            user="Plusieurs fichiers de statistiques importés commencent par cette empreinte."
            if held
            else "La base ne tient aucun fichier de statistiques de ce contenu ou de cette "
            "empreinte.",
            remedy="« observatoire statistics list » donne les fichiers importés.",
        )
    (found,) = held
    gone = int(connection.execute(text(_GONE), {"id": found.id}).scalar_one())
    removed = connection.execute(
        text("DELETE FROM raw.statistic WHERE import_id = :id"), {"id": found.id}
    ).rowcount
    connection.execute(text(_MARK), {"id": found.id})
    return Withdrawal(found.sha256, found.file_name, int(removed), gone)


def withdraw_replaced(
    connection: Connection, readings: Sequence[StatisticsReading]
) -> list[Withdrawal]:
    """Take out the files that publications replace: same source, kind of zones and year.

    A file that is among the readings is never taken out.
    """
    take_turns(connection)
    own = [reading.sha256 for reading in readings]
    done: dict[str, Withdrawal] = {}
    for reading in readings:
        moments = reading.frame[["source", "zone_kind", "period"]].drop_duplicates()
        for moment in moments.itertuples(index=False, name=None):
            asked = dict(zip(("source", "zone_kind", "period"), moment, strict=True))
            found = connection.execute(text(_REPLACED), asked | {"own": own}).all()
            for row in found:
                done[row.sha256] = withdraw(connection, row.sha256)
    return list(done.values())


def list_files(connection: Connection) -> list[dict[str, object]]:
    """Return the files of statistics of the ledger, in the order of their import."""
    query = (
        "SELECT sha256, file_name, variant, imported_on, read AS figures, details ? 'withdrawn' "
        "AS withdrawn FROM raw.import_file WHERE kind = 'statistics' ORDER BY id"
    )
    return [dict(row) for row in connection.execute(text(query)).mappings()]


def _is_hash(named: str) -> bool:
    return bool(_HASH.fullmatch(named))
