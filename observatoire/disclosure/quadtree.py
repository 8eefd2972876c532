"""Squares merged upward until each holds enough for every reader, or is not told apart. Pure.

Method: a quadtree on the public grids (200, 400, 800, 1 600 m), docs/methods.md. What does not
pass in a square is counted in the square that contains it, and at last in the whole QPV.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

import pandas as pd

from observatoire.codes import CELL_SIDES, Cell, read_cell

MONTHS = 2
"""Distinct months in which something was seen of a square that is told."""


@dataclass(frozen=True)
class Tally:
    """What was seen of a place.

    Attributes
    ----------
    observations
        How many.
    months
        By month with an observation, at least how many distinct outings reported one.
    """

    observations: int = 0
    months: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: Tally) -> Tally:
        """Return both places together: one outing may have been at both."""
        months = dict(self.months)
        for month, outings in other.months.items():
            months[month] = max(months.get(month, 0), outings)
        return Tally(self.observations + other.observations, months)


Bag = tuple[Tally, ...]
"""What each reader counts of a place: everybody first, then each organisation without its rows."""


@dataclass(frozen=True)
class Least:
    """What a square must hold to be told: observations, and distinct outings that reported one."""

    k: int
    outings: int

    def is_passed_by(self, bag: Bag) -> bool:
        """Tell whether no reader learns a small count: each counts nothing, or enough.

        Enough is `k` + 1 observations in two months: one of them then holds anything from nothing
        to all but one.
        """
        return all(
            one.observations == 0
            or (
                one.observations > self.k
                and len(one.months) >= MONTHS
                and sum(one.months.values()) >= self.outings
            )
            for one in bag
        )


@dataclass(frozen=True)
class Squares:
    """Squares that are told, each without the finer ones told inside it, and the rest.

    Attributes
    ----------
    counts
        Observations by square.
    rest
        Observations of the QPV in none of them: nothing, or enough.
    """

    counts: Mapping[Cell, int]
    rest: int

    def coarsened(self, side: int) -> Squares:
        """Return the squares no finer than a side: their sums, which tell nothing more."""
        found: dict[Cell, int] = {}
        for cell, count in self.counts.items():
            wider = _at_least(cell, side)
            found[wider] = found.get(wider, 0) + count
        return Squares(found, self.rest)


def merge_upward(seen: Mapping[Cell, Bag], unplaced: Bag, least: Least) -> Squares | None:
    """Return the squares of a QPV that may be told; None when none may.

    Parameters
    ----------
    seen
        What each reader counts of each square, at the side it was written down with.
    unplaced
        What they count of the QPV without a square.
    least
        What each square must hold.

    Notes
    -----
    The sum of all is the total of the QPV, which has to be told already. Where what is left for
    the whole QPV is small, the smallest squares are counted with it.
    """
    told, left = _by_size(seen, least, tuple(Tally() for _ in unplaced))
    rest = _sum([unplaced, left])
    while told and not least.is_passed_by(rest):
        rest = _sum([rest, told.pop(_smallest(told))])
    seen_at_all = any(one.observations for one in rest)
    if not least.is_passed_by(rest) or (seen_at_all and not told):
        return None
    counts = {cell: told[cell][0].observations for cell in sorted(told)}
    return Squares(counts, rest[0].observations)


def count_bags(counts: pd.DataFrame, squares: pd.DataFrame) -> tuple[dict[Cell, Bag], Bag] | None:
    """Return what each reader counts of the squares of a QPV, and of it without a square.

    Parameters
    ----------
    counts, squares
        Of one QPV: columns of `site_years.COUNTS` and `site_years.SQUARES`, `organisation` empty
        where they are everybody's.

    Returns
    -------
    None when the squares hold more than the counts: they do not tell the same observations.
    """
    by = ["organisation", "month"]
    total = counts.groupby(by).agg({"observations": "sum", "reports": "max"})
    placed = squares.groupby(by)["observations"].sum().reindex(total.index, fill_value=0)
    loose = total.assign(observations=total["observations"] - placed).reset_index()
    strangers = set(squares["organisation"]) - set(counts["organisation"])
    if strangers or (loose["observations"] < 0).any():
        return None
    loose["reports"] = loose["reports"].clip(upper=1)  # at least, where some have a square
    teams = sorted(set(counts["organisation"]) - {""})
    unplaced = _views(loose, teams)
    seen = {str(code): _views(own, teams) for code, own in squares.groupby("square")}
    every = [view["observations"] for views in (unplaced, *seen.values()) for view in views]
    if any((one < 0).any() for one in every):
        return None
    cells = {code: read_cell(code) for code in seen}
    placed_in = {cell: _bag(seen[code]) for code, cell in cells.items() if cell is not None}
    return (placed_in, _bag(unplaced)) if len(placed_in) == len(seen) else None


def _views(rows: pd.DataFrame, teams: Sequence[str]) -> list[pd.DataFrame]:
    """Return, by month, what everybody counts of a place, and each team without its own rows."""
    numbers = rows.set_index(["organisation", "month"])[["observations", "reports"]]

    def of(name: str) -> pd.DataFrame:
        return numbers[numbers.index.get_level_values(0) == name].droplevel(0)

    everybody = of("")
    return [everybody, *(everybody.sub(of(team), fill_value=0) for team in teams)]


def _bag(views: Iterable[pd.DataFrame]) -> Bag:
    return tuple(_tally(one) for one in views)


def _tally(rows: pd.DataFrame) -> Tally:
    held = rows[rows["observations"] > 0].astype("int64")
    months = {str(month): max(int(number), 0) for month, number in held["reports"].items()}
    return Tally(int(held["observations"].sum()), months)


def parent(cell: Cell) -> Cell:
    """Return the square of twice the side that contains one."""
    return _at_least(cell, 2 * cell.size_m)


def _smallest(told: Mapping[Cell, Bag]) -> Cell:
    """Return the square with the fewest observations, of those inside no other one."""
    outermost = [
        cell
        for cell in told
        if not any(_at_least(cell, side) in told for side in CELL_SIDES if side > cell.size_m)
    ]
    return min(outermost, key=lambda one: (told[one][0].observations, one))


def _by_size(seen: Mapping[Cell, Bag], least: Least, nothing: Bag) -> tuple[dict[Cell, Bag], Bag]:
    """Return the squares that pass, finest first, and what is left above the coarsest."""
    told: dict[Cell, Bag] = {}
    waiting = dict(seen)
    left = [nothing]
    for side in CELL_SIDES:
        for cell in sorted(one for one in waiting if one.size_m == side):
            bag = waiting.pop(cell)
            if not any(one.observations for one in bag):
                continue
            if least.is_passed_by(bag):
                told[cell] = bag
            elif side == CELL_SIDES[-1]:
                left.append(bag)
            else:
                above = parent(cell)
                waiting[above] = _sum([waiting.get(above, nothing), bag])
    return told, _sum(left)


def _sum(bags: Sequence[Bag]) -> Bag:
    return reduce(_both, bags)


def _both(one: Bag, other: Iterable[Tally]) -> Bag:
    return tuple(mine + theirs for mine, theirs in zip(one, other, strict=True))


def _at_least(cell: Cell, side: int) -> Cell:
    if cell.size_m >= side:
        return cell
    return Cell(cell.epsg, side, cell.north // side * side, cell.east // side * side)
