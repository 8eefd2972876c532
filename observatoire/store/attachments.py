"""Which QPV each observation lies in: in the edition in force at its date, and in a named one.

PostGIS attaches, at the finest perimeters the store holds (the official file's full precision
where it was imported). A point on a boundary is inside; a point in no perimeter is kept as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from observatoire.codes import EDITIONS, Edition
from observatoire.errors import NotFoundError
from observatoire.store.tables import attachment, boundary, import_file, observation

IN_FORCE = "in force"
NOWHERE = "in no perimeter loaded"
BEFORE = "before any edition"


@dataclass(frozen=True)
class Perimeters:
    """The perimeters of one edition that the store holds, and how precise they are."""

    edition: str
    count: int
    tolerance_m: float


@dataclass(frozen=True)
class Attached:
    """Where the observations of one import are.

    Attributes
    ----------
    edition
        `in force` (at the date of each), or the edition that was named.
    by_qpv
        Number of observations in each QPV that has any.
    reasons
        Number of the others by reason, in English.
    """

    edition: str
    by_qpv: dict[str, int]
    reasons: dict[str, int]

    @property
    def attached(self) -> int:
        """Return the number of observations in a QPV of that edition."""
        return sum(self.by_qpv.values())

    @property
    def outside(self) -> int:
        """Return the number of observations that carry no QPV of that edition."""
        return sum(self.reasons.values())


def loaded_perimeters(connection: Connection) -> dict[str, Perimeters]:
    """Return the editions whose perimeters are loaded; the tolerance is that of the coarsest."""
    finest = (
        select(boundary.c.edition, func.min(boundary.c.tolerance_m).label("tolerance_m"))
        .group_by(boundary.c.edition, boundary.c.code)
        .subquery()
    )
    rows = connection.execute(
        select(finest.c.edition, func.count(), func.max(finest.c.tolerance_m))
        .group_by(finest.c.edition)
        .order_by(finest.c.edition)
    )
    return {name: Perimeters(name, count, tolerance) for name, count, tolerance in rows}


def require_loaded(connection: Connection, edition: str) -> None:
    """Raise `NotFoundError` when no perimeter of that edition is loaded."""
    if edition not in loaded_perimeters(connection):
        raise NotFoundError(
            f"no perimeter of edition {edition} is loaded",
            user=f"Les contours de l’édition {edition} ne sont pas chargés.",
            remedy="Importez-les d’abord : observatoire contours import FICHIER.",
        )


def attach(connection: Connection, import_id: int, *, named: str | None = None) -> None:
    """Attach the observations of one import, adding only what is not there yet.

    Parameters
    ----------
    named
        An edition in which every observation is attached, whatever its date; the caller checks
        that its perimeters are loaded.
    """
    for name in loaded_perimeters(connection):
        everywhere = literal(name == named)
        _attach(connection, name, observation.c.import_id == import_id, everywhere)


def reattach(connection: Connection, edition: str) -> int:
    """Attach all observations again in one edition, after its perimeters changed.

    Every import keeps the choice it was made with: in force only, or that edition by name.

    Returns
    -------
    The number of observations whose QPV of that edition is no longer the same.
    """
    before = _by_observation(connection, edition)
    connection.execute(delete(attachment).where(attachment.c.edition == edition))
    if edition in loaded_perimeters(connection):
        named = select(import_file.c.id).where(
            import_file.c.details["editions"].contains([edition])
        )
        _attach(connection, edition, literal(True), observation.c.import_id.in_(named))
    after = _by_observation(connection, edition)
    return sum(before.get(key) != after.get(key) for key in before.keys() | after.keys())


def summarise_attachments(
    connection: Connection, import_id: int, *, named: str | None = None
) -> Attached:
    """Count the observations of one import by QPV, and the others by the reason why.

    An observation in no perimeter of any loaded edition is `in no perimeter loaded`, whatever its
    date; one that lies in a perimeter says why that perimeter is not its own at that date.
    """
    loaded = list(loaded_perimeters(connection))
    here = _hits(loaded, observation.c.import_id == import_id)
    inside = select(here.c.observation_id).distinct().subquery()
    edition = attachment.c.edition == named if named else attachment.c.in_force
    rows = connection.execute(
        select(attachment.c.qpv, _reason(inside.c.observation_id, loaded, named), func.count())
        .select_from(observation)
        .outerjoin(attachment, and_(attachment.c.observation_id == observation.c.id, edition))
        .outerjoin(inside, inside.c.observation_id == observation.c.id)
        .where(observation.c.import_id == import_id)
        .group_by(text("1"), text("2"))
        .order_by(text("1"), text("2"))
    ).all()
    return Attached(
        named or IN_FORCE,
        by_qpv={qpv: count for qpv, _, count in rows if qpv is not None},
        reasons={reason: count for qpv, reason, count in rows if qpv is None},
    )


def _hits(editions: Sequence[str], where: ColumnElement[bool]) -> CTE:
    """Observations in a perimeter: `observation_id`, `edition`, `qpv`, one row for each edition.

    The perimeters are the outer side, so that the index on the points is what is searched.
    """
    finest = (
        select(boundary.c.edition, boundary.c.code, boundary.c.geometry)
        .where(boundary.c.edition.in_(editions))
        .ext(distinct_on(boundary.c.edition, boundary.c.code))
        .order_by(boundary.c.edition, boundary.c.code, boundary.c.tolerance_m)
        .cte("finest")
    )
    inside = func.ST_Intersects(finest.c.geometry, observation.c.geometry)
    return (
        select(
            observation.c.id.label("observation_id"),
            finest.c.edition,
            func.min(finest.c.code).label("qpv"),
        )
        .select_from(finest)
        .join(observation, inside)
        .where(where)
        .group_by(observation.c.id, finest.c.edition)
        .cte("hits")
    )


def _attach(
    connection: Connection,
    edition: str,
    where: ColumnElement[bool],
    everywhere: ColumnElement[bool],
) -> None:
    hits = _hits([edition], where)
    in_force = _is_in_force(EDITIONS[edition])
    rows: Select[tuple[int, str, bool, str]] = (
        select(observation.c.id, literal(edition), in_force, hits.c.qpv)
        .select_from(observation)
        .outerjoin(hits, hits.c.observation_id == observation.c.id)
        .where(where, or_(in_force, everywhere))
    )
    columns = ["observation_id", "edition", "in_force", "qpv"]
    connection.execute(
        insert_or_skip(attachment).from_select(columns, rows).on_conflict_do_nothing()
    )


def _is_in_force(edition: Edition) -> ColumnElement[bool]:
    started = observation.c.date >= edition.starts
    return started if edition.ends is None else and_(started, observation.c.date <= edition.ends)


def _reason(
    inside: ColumnElement[int], loaded: Sequence[str], named: str | None
) -> ColumnElement[str]:
    """Say why an observation carries no QPV; its QPV is told apart by the caller."""
    if named:
        return case((attachment.c.qpv.is_(None), f"in no perimeter of edition {named}"), else_="")
    whens: list[tuple[ColumnElement[bool], ColumnElement[str]]] = [
        (attachment.c.qpv.is_not(None), literal("")),
        (inside.is_(None), literal(NOWHERE)),
    ]
    whens += [
        (_is_in_force(edition), literal(f"in no perimeter of edition {name}"))
        if name in loaded
        else (_is_in_force(edition), literal(f"edition {name} not loaded"))
        for name, edition in EDITIONS.items()
    ]
    return case(*whens, else_=literal(BEFORE))


def _by_observation(connection: Connection, edition: str) -> dict[int, str | None]:
    rows = connection.execute(
        select(attachment.c.observation_id, attachment.c.qpv).where(
            attachment.c.edition == edition, attachment.c.qpv.is_not(None)
        )
    )
    return {row.observation_id: row.qpv for row in rows}
