"""The life of a grid: begun, drafted again, proposed, agreed, superseded.

Each function takes a grid and returns another, or refuses in clear words. The database keeps the
same rules by itself: these say them in French, before anything is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from observatoire.errors import ConflictError
from observatoire.grille.faults import require_sound
from observatoire.grille.grids import Grid, Status, steps_from
from observatoire.grille.items import Item
from observatoire.labels import read_words

_LONGEST_NAME = 120
# What a person has and an organisation has not: a civility, an e-mail, a telephone number.
_PERSON = re.compile(
    r"(?:^|[\s(,])(?:M|Mr|Mme|Mlle|MM|Dr|Me)\.?\s+[^\W\d_]|[^\s@]+@[^\s@]+|(?:\d[\s.-]?){9,}",
    re.IGNORECASE,
)


def begin(site: str, site_name: str, others: Sequence[Grid], items: Iterable[Item] = ()) -> Grid:
    """Return the next version of a site's grid as a draft.

    Parameters
    ----------
    others
        Every version of the site so far; the one in force is the one that the new version will
        supersede.

    Raises
    ------
    ConflictError
        When a version is still being drafted or proposed: one at a time.
    """
    own = [grid for grid in others if grid.site == site]
    for grid in own:
        if grid.status in ("draft", "proposed"):
            words = read_words("grilles")
            raise ConflictError(
                f"grid {site} version {grid.version} is still {grid.status}",
                user=words("refused.open", version=grid.version, status=said(grid.status)),
                remedy=words("refused.open_remedy"),
            )
    return Grid(
        site=site,
        site_name=site_name,
        version=max((grid.version for grid in own), default=0) + 1,
        items=tuple(items),
        supersedes=next((grid.version for grid in own if grid.in_force), None),
    )


def succeed(agreed: Grid, others: Sequence[Grid]) -> Grid:
    """Return the draft that will take the place of an agreed grid: the same items, next version."""
    _require(agreed, "superseded")
    return begin(agreed.site, agreed.site_name, others, agreed.items)


def redraft(grid: Grid, items: Iterable[Item], reason: str = "") -> Grid:
    """Return a draft (or a proposed grid, which becomes one again) with other items.

    Raises
    ------
    ConflictError
        When the grid was agreed on: it never changes.
    """
    _require(grid, "draft")
    return replace(grid, status="draft", items=tuple(items), reason=reason.strip())


def propose(grid: Grid) -> Grid:
    """Return the grid as it is proposed to the partners.

    Raises
    ------
    ConflictError
        When it is not a draft.
    SchemaError
        With all that stands against it.
    """
    _require(grid, "proposed")
    require_sound(grid)
    return replace(grid, status="proposed")


def agree(grid: Grid, organisations: Iterable[str], on: date, today: date) -> Grid:
    """Return the grid as organisations agreed on it on a day.

    Raises
    ------
    ConflictError
        When it is not proposed, nobody is named, a name is a person's, or the day is to come.
    SchemaError
        With all that stands against it.
    """
    _require(grid, "agreed")
    require_sound(grid)
    names = tuple(dict.fromkeys(name for each in organisations if (name := " ".join(each.split()))))
    words = read_words("grilles")
    if not names:
        raise ConflictError(
            "no organisation agrees",
            user=words("refused.nobody"),
            remedy=words("refused.nobody_remedy"),
        )
    if any(_PERSON.search(name) or len(name) > _LONGEST_NAME for name in names):
        raise ConflictError(
            "a name that is not an organisation's",
            user=words("refused.person"),
            remedy=words("refused.person_remedy"),
        )
    if on > today:
        raise ConflictError(
            "agreed on a day to come",
            user=words("refused.future"),
            remedy=words("refused.future_remedy"),
        )
    return replace(grid, status="agreed", agreed_by=names, agreed_on=on)


def supersede(grid: Grid, successor: Grid) -> Grid:
    """Return an agreed grid as it is superseded by a version that says so.

    Raises
    ------
    ConflictError
        When it is not agreed, or the other does not take its place.
    """
    _require(grid, "superseded")
    if (successor.site, successor.supersedes) != (grid.site, grid.version):
        words = read_words("grilles")
        raise ConflictError(
            f"version {successor.version} does not supersede version {grid.version}",
            user=words("refused.successor", version=grid.version, other=successor.version),
            remedy=words("refused.successor_remedy"),
        )
    return replace(grid, status="superseded")


def said(status: Status) -> str:
    """Return a status in French: « projet », « proposée », « validée », « remplacée »."""
    return read_words("grilles")(f"status.{status}")


def _require(grid: Grid, wanted: Status) -> None:
    if wanted in steps_from(grid.status):
        return
    words = read_words("grilles")
    raise ConflictError(
        f"grid {grid.site} version {grid.version} is {grid.status}: it cannot become {wanted}",
        user=words("refused.step", version=grid.version, status=said(grid.status)),
        remedy=words(f"refused.from_{grid.status}"),
    )
