"""The least costly cells to hide beside the small ones, exactly: an integer programme (HiGHS).

A cell is chosen (1) or not (0). For any choice, how far a small cell may go up and down is a
linear programme; its dual values bound, for *every* choice, how open that cell can be:
Σ coefficients × choice. Where the best choice so far leaves a cell open by less than `k`, that
bound becomes a constraint (a Benders cut), and the programme is solved again; when none is left,
the choice is the best one.

Reference: Fischetti and Salazar (2000), as in `attack`; the cuts are their capacity constraints.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from observatoire.disclosure.suppression.attack import Attack, equations
from observatoire.disclosure.suppression.cubes import Cube
from observatoire.disclosure.suppression.programmes import Programme
from observatoire.errors import DisclosureError

_CLOSE = 1e-6


@dataclass(frozen=True, eq=False)
class Pattern:
    """Which cells of a cube are hidden.

    Attributes
    ----------
    primary
        Cells that are small themselves.
    hidden
        Those, and the cells hidden beside them.
    feasible
        False when no choice of inner cells protects the small ones: margins were hidden too.
    """

    cube: Cube = field(repr=False)
    primary: np.ndarray
    hidden: np.ndarray
    feasible: bool

    @property
    def secondary(self) -> np.ndarray:
        """Return the cells hidden beside the small ones."""
        return np.asarray(self.hidden & ~self.primary)

    @property
    def cost(self) -> float:
        """Return what the cells hidden beside the small ones lose."""
        return float(self.cube.costs[self.secondary].sum())

    @property
    def margins_hidden(self) -> np.ndarray:
        """Return the margins hidden beside small cells."""
        return np.asarray(self.secondary & self.cube.margins)

    @property
    def share_visible(self) -> float | None:
        """Return the share of the published cells that show their count (0–1); None without any."""
        asked = self.cube.asked
        return 1 - float(self.hidden[asked].mean()) if asked.any() else None


def small_cells(cube: Cube, k: int, outings: int = 2) -> np.ndarray:
    """Return the cells that may not be shown; a zero is.

    They hold fewer observations than `k`, or come from fewer distinct outings than `outings` where
    these are known.
    """
    few = (cube.counts < k) | (cube.outings < outings)
    return np.asarray((cube.counts > 0) & few & cube.asked)


def suppress(
    cube: Cube,
    primary: np.ndarray,
    k: int,
    *,
    shown: np.ndarray | None = None,
    least: int = 0,
    tell: Callable[[int], None] = lambda _: None,
) -> Pattern:
    """Return the least costly pattern that leaves every small cell open by `k` or more.

    Inner cells are hidden; margins, only when no choice of inner cells does it.

    Parameters
    ----------
    primary
        The cells that may not be shown (`small_cells`).
    shown
        Cells that were released before: they stay shown.
    least
        Smallest count of a hidden cell that a reader reckons with, see `attack.Attack`.
    tell
        Called with the number of constraints found so far.

    Raises
    ------
    DisclosureError
        When what was released before leaves no protected pattern.
    """
    fixed = np.zeros(len(cube.keys), dtype=bool) if shown is None else shown
    free = (cube.counts > 0) & cube.asked & ~primary & ~fixed
    for may, feasible in ((free & ~cube.margins, True), (free, False)):
        chosen = _choose(_Master(cube, primary, may, k, least), may, tell)
        if chosen is not None:
            return Pattern(cube, primary, primary | chosen, feasible)
    raise DisclosureError(
        "no pattern protects the small cells beside what was released",
        user="Ce qui a déjà été publié ne laisse aucune façon de protéger les petites cellules.",
    )


def _choose(master: _Master, may: np.ndarray, tell: Callable[[int], None]) -> np.ndarray | None:
    """Return the cells to hide among those that may be; None when all of them are not enough."""
    if master.add_cuts(may) > 0:
        return None
    master.add_ties()
    while True:
        chosen = master.solve()
        found = master.add_cuts(chosen)
        tell(master.cuts)
        if not found:
            return chosen


class _Master:
    """The programme that chooses, and the constraints found so far."""

    def __init__(
        self, cube: Cube, primary: np.ndarray, may: np.ndarray, k: int, least: int
    ) -> None:
        self._cube, self._k = cube, k
        self._open = np.flatnonzero(primary | may | ~cube.asked)
        self._matrix = equations(cube, self._open)
        self._room = Attack(cube, primary | may, least).room[self._open]
        self._far = float(cube.counts.sum() + k)
        self._primary, self._choice = primary[self._open], may[self._open]
        self._moves = Programme(-self._room, np.full(len(self._open), self._far))
        self._moves.add_rows(self._matrix, 0.0, 0.0)
        size = int(self._choice.sum())
        self._chooses = Programme(np.zeros(size), np.ones(size), whole=True)
        self.cuts = 0

    def add_ties(self) -> None:
        """Ask of each sum with a small cell that another of its cells be hidden."""
        for first, last in zip(self._matrix.indptr[:-1], self._matrix.indptr[1:], strict=True):
            members = self._matrix.indices[first:last]
            for cell in members[self._primary[members]]:
                others = members[members != cell]
                if self._choice[others].all():
                    self._add_cut(np.isin(np.arange(len(self._open)), others).astype(np.float64))

    def solve(self) -> np.ndarray:
        """Return the cells of the best choice under the constraints found so far."""
        chosen = np.zeros(len(self._cube.keys), dtype=bool)
        if self.cuts:
            found = self._chooses.minimise(self._cube.costs[self._open][self._choice])
            if found is None:
                raise DisclosureError("no choice holds the constraints that all of them hold")
            chosen[self._open[self._choice]] = found.columns > 0.5
        return chosen

    def add_cuts(self, chosen: np.ndarray) -> int:
        """Add a constraint for each small cell that a choice leaves too little open."""
        before = self.cuts
        taken = chosen[self._open] | ~self._choice
        self._moves.limit(np.where(taken, -self._room, 0.0), np.where(taken, self._far, 0.0))
        for place in np.flatnonzero(self._primary):
            width, coefficients = self._openness(int(place))
            if width < self._k - _CLOSE:
                self._cut(coefficients)
        return self.cuts - before

    def _openness(self, place: int) -> tuple[float, np.ndarray]:
        """Return how open a cell is under a choice, and what each cell's choice adds at most."""
        width, coefficients = 0.0, np.zeros(len(self._open))
        for sign in (1.0, -1.0):
            goal = np.zeros(len(self._open))
            goal[place] = sign
            found = self._moves.minimise(goal)
            if found is None:
                raise DisclosureError("a table that does not agree with itself")
            reduced = goal - self._matrix.T @ found.duals
            width -= found.value
            coefficients += self._room * np.maximum(reduced, 0.0)
            coefficients += self._far * np.maximum(-reduced, 0.0)
        return width, coefficients

    def _cut(self, coefficients: np.ndarray) -> None:
        """Ask Σ coefficients × choice ≥ 1, what is always hidden taken off, made tight."""
        missing = self._k - float(coefficients[~self._choice].sum())
        if missing <= _CLOSE:
            raise DisclosureError("a constraint that asks for nothing")
        self._add_cut(np.minimum(coefficients / missing, 1.0))

    def _add_cut(self, coefficients: np.ndarray) -> None:
        own = coefficients[self._choice]
        places = np.flatnonzero(own > _CLOSE)
        self._chooses.add_row(places, own[places], 1.0, np.inf)
        self.cuts += 1
