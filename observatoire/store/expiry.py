"""What is older than agreed is gone: what teams wrote down, imported field rows, counts of months.

The agreement in force of a site says after how many months. A row of a file that lies in no
neighbourhood of a site that has one goes with the last of them. Registers and invented rows stay.
What a month was released with is kept for as long from the day that it was due.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection, text

from observatoire.entries import CLOCK_DAYS

_KEPT_SINCE = (
    "WITH kept AS (SELECT site, (CAST(:day AS date) - make_interval(months =>"
    " (terms ->> 'retention_months')::integer))::date AS since,"
    " (terms ->> 'days_back')::integer + :clocks AS settled"
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
# the month of what is gone is remembered: nothing that would need it is released
_COUNTS = _KEPT_SINCE + (
    ", over AS (SELECT DISTINCT m.site, m.month FROM disclosure.month m JOIN kept k USING (site)"
    " WHERE to_date(m.month, 'YYYY-MM') + interval '1 month' + make_interval(days => k.settled)"
    " <= k.since),"
    " squares AS (DELETE FROM disclosure.square s USING over WHERE s.site = over.site"
    " AND s.month = over.month),"
    " counts AS (DELETE FROM disclosure.month m USING over WHERE m.site = over.site"
    " AND m.month = over.month)"
    " INSERT INTO disclosure.forgotten SELECT site, month FROM over ON CONFLICT DO NOTHING"
)


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
    values = {"day": day, "clocks": CLOCK_DAYS}
    entries = int(connection.execute(text(_ENTRIES), {"day": day}).scalar_one())
    connection.execute(text(_COUNTS), values)
    observations = connection.execute(text(_OBSERVATIONS), values).rowcount
    outings = connection.execute(text(_OUTINGS), values).rowcount
    return Expired(entries, observations, outings)
