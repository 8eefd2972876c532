"""What street teams wrote down: entries in and out through `desk`, and rows for the build."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pandas as pd
import shapely
from sqlalchemy import Connection, text

from observatoire.codes import EDITIONS, is_qpv, qpv_edition

# Of the teams that are party to the agreement in force: what another one wrote is not shared.
_SIGNED = """
FROM capture.outing o JOIN people.organisation w ON w.id = o.organisation
JOIN agreements.current c ON c.site = o.site AND c.status = 'agreed' AND NOT c.fictitious
    AND c.agreed_by ? w.name
"""
_OBSERVED = f"""
SELECT b.item AS theme, o.day AS date, o.id::text AS outing, o.qpv,
       o.organisation::text AS organisation
{_SIGNED} JOIN capture.observation b ON b.outing = o.id ORDER BY b.id
"""
_SQUARES = f"""
SELECT 'terrain.' || b.item AS indicator, o.qpv AS zone, to_char(o.day, 'YYYY-MM') AS month,
       b.cell AS square,
       CASE GROUPING(o.organisation) WHEN 1 THEN '' ELSE o.organisation::text END AS organisation,
       count(*) AS observations, count(DISTINCT o.id) AS reports
{_SIGNED} JOIN capture.observation b ON b.outing = o.id WHERE b.cell <> ''
GROUP BY GROUPING SETS ((1, 2, 3, 4, o.organisation), (1, 2, 3, 4)) ORDER BY 1, 2, 3, 4, 5
"""
_OUTINGS = f"""
SELECT o.id::text AS outing, o.day AS date, o.slot, o.qpv, o.duration_min, o.workers,
       o.nothing_to_report, o.organisation::text AS organisation
{_SIGNED} ORDER BY o.id
"""
_TEXTS = ("theme", "outing", "qpv", "slot", "organisation")
_OWN = """
SELECT o.id::text AS id, o.site, o.day::text AS day, o.slot, o.qpv, o.duration_min, o.workers,
       o.nothing_to_report, o.origin, coalesce((
           SELECT jsonb_agg(jsonb_build_object(
               'id', b.id, 'item', b.item, 'intensity', b.intensity, 'size_band', b.size_band,
               'place', b.place, 'cell', b.cell, 'words', coalesce(w.words, '')) ORDER BY b.id)
           FROM capture.observation b LEFT JOIN capture.words w ON w.observation = b.id
           WHERE b.outing = o.id), '[]') AS seen
FROM capture.outing o WHERE o.day >= :since ORDER BY o.day DESC, o.id
"""


def keep_outing(connection: Connection, entry: Mapping[str, Any], *, imported: bool) -> bool:
    """Write an entry for the team of whoever asks; True when it was there already."""
    name = "import_outing" if imported else "keep_outing"
    values = {"entry": json.dumps(dict(entry), ensure_ascii=False)}
    statement = text(f"SELECT desk.{name}(CAST(:entry AS jsonb))")
    return bool(connection.execute(statement, values).scalar_one())


def is_known(connection: Connection, outing: str) -> bool:
    """Tell whether one's own team sent that entry before, whatever became of it since."""
    statement = text(
        "SELECT EXISTS (SELECT FROM capture.outing WHERE id::text = :id"
        " UNION ALL SELECT FROM capture.closed WHERE id::text = :id)"
    )
    return bool(connection.execute(statement, {"id": outing}).scalar_one())


def known_imports(connection: Connection, outings: Iterable[str]) -> set[str]:
    """Return which outings of an export the leader's team holds, or has taken back."""
    statement = text("SELECT * FROM desk.imported(CAST(:ids AS jsonb))")
    found = connection.execute(statement, {"ids": json.dumps(list(outings))})
    return {str(one) for one in found.scalars()}


def withdraw_outing(connection: Connection, outing: str) -> None:
    """Take an entry of one's own team back: its content is gone."""
    connection.execute(text("SELECT desk.withdraw_outing(CAST(:id AS uuid))"), {"id": outing})


def read_own_outings(connection: Connection, since: date) -> list[dict[str, Any]]:
    """Return the entries that row-level security opens: those of one's own team."""
    return [dict(row) for row in connection.execute(text(_OWN), {"since": since}).mappings()]


def read_closed(connection: Connection, since: date) -> list[tuple[str, date]]:
    """Return the kind and the day of what one's own team corrected or took back, latest first."""
    statement = text(
        "SELECT kind, closed_on FROM capture.closed WHERE closed_on >= :since"
        " ORDER BY closed_on DESC, kind"
    )
    return [(row.kind, row.closed_on) for row in connection.execute(statement, {"since": since})]


def read_shared(connection: Connection) -> list[dict[str, Any]]:
    """Return the observations of other teams, as the agreements let one's team read them."""
    rows = connection.execute(text("SELECT * FROM desk.shared_observations()"))
    return [dict(row) for row in rows.mappings()]


def read_perimeter(connection: Connection, qpv: str) -> shapely.Geometry | None:
    """Return the published perimeter of a QPV, EPSG:4326; None when there is none."""
    if not is_qpv(qpv):
        return None
    statement = text("SELECT ST_AsBinary(geometry) FROM published.boundary WHERE code = :code")
    found = connection.execute(statement, {"code": qpv}).scalar_one_or_none()
    return None if found is None else shapely.from_wkb(bytes(found))


def site_quarters(connection: Connection, site: str) -> list[str]:
    """Return the QPV of a site in the latest edition it has, by code."""
    statement = text("SELECT desk.site_quarters(:site)")
    codes = [str(code) for code in connection.execute(statement, {"site": site}).scalars()]
    latest = max((qpv_edition(code) for code in codes), default="")
    return sorted(code for code in codes if qpv_edition(code) == latest)


def read_observations(connection: Connection) -> pd.DataFrame:
    """Return the observations of entries for the build, as `observations.read_observations` does.

    Those of the teams that signed the agreement in force, each with its `organisation`.
    """
    frame = _read(connection, _OBSERVED, ["theme", "date", "outing", "qpv", "organisation"])
    return frame.assign(
        id=-frame.index.to_numpy(dtype="int64") - 1,  # apart from those of imported files
        precision="day",
        count=1,
        edition=_editions(frame),
        in_force=pd.array(_in_force(frame), dtype="boolean"),
        fictitious=False,
        collection="field",
        source="terrain",
    )


def read_outings(connection: Connection) -> pd.DataFrame:
    """Return the outings of entries for the build, as `outings.read_outings` does.

    Those of the teams that signed the agreement in force, each with its `organisation`.
    """
    columns = ["outing", "date", "slot", "qpv", "duration_min", "workers", "nothing_to_report"]
    frame = _read(connection, _OUTINGS, [*columns, "organisation"])
    frame = frame.astype(
        {"duration_min": "float64", "workers": "float64", "nothing_to_report": "bool"}
    )
    return frame.assign(
        id=-frame.index.to_numpy(dtype="int64") - 1,
        edition=_editions(frame),
        fictitious=False,
    )


def read_squares(connection: Connection) -> pd.DataFrame:
    """Return what was seen of each square for the build.

    Of the teams that signed the agreement in force: columns `indicator`, `zone`, `month`,
    `square`, `organisation` (empty: everybody's), `observations`, `reports` (distinct outings).
    """
    names = ["indicator", "zone", "month", "square", "organisation", "observations", "reports"]
    frame = pd.DataFrame([tuple(row) for row in connection.execute(text(_SQUARES))], columns=names)
    return frame.astype(dict.fromkeys(names[:5], "str") | dict.fromkeys(names[5:], "int64"))


def _read(connection: Connection, statement: str, columns: list[str]) -> pd.DataFrame:
    rows = [tuple(row) for row in connection.execute(text(statement))]
    frame = pd.DataFrame(rows, columns=columns)
    texts = {name: "str" for name in _TEXTS if name in columns}
    return frame.astype({**texts, "date": "datetime64[s]"})


def _editions(frame: pd.DataFrame) -> pd.Series:
    known = {code: qpv_edition(str(code)) for code in frame["qpv"].unique()}
    return frame["qpv"].map(known).astype("str")


def _in_force(frame: pd.DataFrame) -> list[bool]:
    editions = _editions(frame)
    return [
        EDITIONS[str(edition)].holds(day.date())
        for edition, day in zip(editions, frame["date"], strict=True)
    ]
