"""What is older than agreed is gone: what teams wrote down, and the rows of imported field files.

The agreement in force of a site says after how many months. A row of a file that lies in no
neighbourhood of a site that has one goes with the last of them. Registers and invented rows stay.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection, text

_KEPT_SINCE = (
    "WITH kept AS (SELECT site, (CAST(:day AS date) - make_interval(months =>"
    " (terms ->> 'retention_months')::integer))::date AS since"
    " FROM agreements.current WHERE status = 'agreed' AND NOT fictitious) "
)
_OBSERVATIONS = _KEPT_SINCE + (
    "DELETE FROM raw.observation o USING raw.import_file f, raw.theme t"
    " WHERE f.id = o.import_id AND NOT f.fictitious AND t.id = o.theme AND t.collection = 'field'"
    " AND o.date < coalesce((SELECT max(k.since) FROM raw.attachment a"
    " JOIN people.site_qpv q ON q.qpv = a.qpv JOIN kept k ON k.site = q.site"
    " WHERE a.observation_id = o.id), (SELECT min(since) FROM kept))"
)
_OUTINGS = _KEPT_SINCE + (
    "DELETE FROM raw.outing o USING raw.import_file f"
    " WHERE f.id = o.import_id AND NOT f.fictitious AND o.date < coalesce((SELECT k.since"
    " FROM people.site_qpv q JOIN kept k ON k.site = q.site WHERE q.qpv = o.qpv),"
    " (SELECT min(since) FROM kept))"
)
_ENTRIES = "SELECT capture.expire(:day)"


@dataclass(frozen=True)
class Expired:
    """How many rows are gone: entries (outings), observations and outings of imported files."""

    entries: int
    observations: int
    outings: int

    def as_dict(self) -> dict[str, int]:
        """Return plain values."""
        return asdict(self)


def expire(connection: Connection, day: date) -> Expired:
    """Delete what is older than agreed on a day, as the owner, in the connection's transaction."""
    values = {"day": day}
    entries = int(connection.execute(text(_ENTRIES), values).scalar_one())
    observations = connection.execute(text(_OBSERVATIONS), values).rowcount
    outings = connection.execute(text(_OUTINGS), values).rowcount
    return Expired(entries, observations, outings)
