"""The least costly choice of cells to hide for several readers: an integer programme (HiGHS). Pure.

A cell is chosen (1) or not (0). For any choice, how far a small cell may go up and down is a
linear programme; its dual values bound, for *every* choice, how open that cell can be:
Σ coefficients × choice. Where the best choice so far leaves a cell open by less than `k`, that
bound becomes a constraint (a Benders cut), and the programme is solved again; when none is left,
the choice is the best one.

Reference: Fischetti and Salazar (2000), as in `attack`; the cuts are their capacity constraints.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from observatoire.disclosure.suppression.programmes import Answer, Programme
from observatoire.disclosure.suppression.witnesses import CLOSE, Block, Moves, Pool
from observatoire.errors import DisclosureError

Tell = Callable[[int], None]


@dataclass(frozen=True, eq=False)
class Choice:
    """The columns that are hidden, and the cost below which no choice can fall."""

    taken: np.ndarray
    least: float


class TooLargeError(DisclosureError):
    """An exact choice that takes more than was granted: it is to be made by parts."""


class Chooser:
    """The programme that chooses the columns of a block, and the constraints found so far."""

    def __init__(self, block: Block, pool: Pool, *, most: int | None = None) -> None:
        self._block, self.pool = block, pool
        self._moves = Moves(block, pool)
        size = int(block.may.sum())
        self._programme = Programme(np.zeros(size), np.ones(size), whole=True)
        self._rng = np.random.default_rng(5)
        self._known: set[bytes] = set()
        # whoever knows rows first: its moves are everybody's too
        self._order = sorted(range(len(block.readers)), key=lambda n: block.readers[n].room.sum())
        self._suspects = np.zeros((len(block.readers), block.size), dtype=bool)
        self.cuts, self._most = 0, most

    def choose(self, tell: Tell = lambda _: None) -> Choice | None:
        """Return the best choice; None when all the cells that may be hidden are not enough.

        Parameters
        ----------
        tell
            Called with the number of constraints found so far.

        Raises
        ------
        TooLargeError
            When it takes more constraints than `most`.
        """
        self._add_ties()
        least = 0.0
        while True:
            if self._most is not None and self.cuts > self._most:
                raise TooLargeError("a block that takes too many constraints")
            found = self._solve()
            if found is None:
                return None
            taken, bound = found
            least, before = max(least, bound), self.cuts
            closed = self.add_cuts(taken)
            tell(self.cuts)
            if not closed:
                return Choice(taken, least)
            if self.cuts == before:
                return None

    def closed(self) -> list[np.ndarray]:
        """Return, by reader, the protected columns that stay closed when all that may is hidden."""
        taken = np.ones(self._block.size, dtype=bool)
        for number, reader in enumerate(self._block.readers):
            self._moves.look(number, taken)
            for place in np.flatnonzero(reader.protected):
                if place in self.pool.closed(number, taken):
                    for sign in (1.0, -1.0):
                        self._moves.extreme(int(place), sign)
        return [self.pool.closed(number, taken) for number in range(len(self._block.readers))]

    def add_cuts(self, taken: np.ndarray) -> bool:
        """Add a constraint for each cell that hidden columns leave too little open to a reader.

        Cells that were closed before are asked first; all of them, once none of these is. The
        first reader that finds any is enough: the choice changes, and every answer with it.
        """
        for every in (False, True):
            for number in self._order:
                if self._asked(number, taken, every=every):
                    return True
        return False

    def _asked(self, number: int, taken: np.ndarray, *, every: bool) -> bool:
        """Tell whether a reader finds closed cells: all are looked at, or those found before."""
        if every:
            self._moves.spread(number, taken, self._rng)
        self._moves.look(number, taken)
        low, high = self.pool.ranges(number, taken)
        found = False
        for place in self.pool.closed(number, taken):
            wide = high[place] - low[place] >= self._block.wanted[place] - CLOSE
            if wide or not (every or self._suspects[number, place]):
                continue
            ends = [self._moves.extreme(int(place), sign) for sign in (1.0, -1.0)]
            low = np.minimum.reduce([low, *(end.columns for end in ends)])
            high = np.maximum.reduce([high, *(end.columns for end in ends)])
            if self._cut(number, int(place), ends):
                self._suspects[number, place] = found = True
        return found

    def _cut(self, number: int, place: int, ends: list[Answer]) -> bool:
        """Tell whether a column is closed, and add the constraint that says so."""
        block = self._block
        room = block.readers[number].room
        width, coefficients = 0.0, np.zeros(block.size)
        for sign, found in zip((1.0, -1.0), ends, strict=True):
            reduced = -(block.matrix.T @ found.duals)
            reduced[place] += sign
            width -= found.value
            coefficients += room * np.maximum(reduced, 0.0)
            coefficients += block.far * np.maximum(-reduced, 0.0)
        wanted = block.wanted[place]
        if width >= wanted - CLOSE:
            return False
        missing = wanted - float(coefficients[~block.may].sum())
        if missing <= CLOSE:
            raise DisclosureError("a constraint that asks for nothing")
        self._add_cut(np.minimum(coefficients / missing, 1.0)[block.may])
        return True

    def _add_ties(self) -> None:
        """Ask of each sum with a protected cell that another of its cells be hidden."""
        block = self._block
        protected = np.logical_or.reduce([reader.protected for reader in block.readers])
        for first, last in zip(block.matrix.indptr[:-1], block.matrix.indptr[1:], strict=True):
            members = block.matrix.indices[first:last]
            for cell in members[protected[members]]:
                others = members[members != cell]
                if block.may[others].all():
                    self._add_cut(np.isin(np.flatnonzero(block.may), others).astype(np.float64))

    def _add_cut(self, own: np.ndarray) -> None:
        places = np.flatnonzero(own > CLOSE)
        name = np.round(own, 6).tobytes()
        if name in self._known:
            return
        self._known.add(name)
        self._programme.add_row(places, own[places], 1.0, np.inf)
        self.cuts += 1

    def _solve(self) -> tuple[np.ndarray, float] | None:
        """Return the best choice under the constraints found so far, and the bound it gives."""
        taken = ~self._block.may
        if not self.cuts:
            return taken, 0.0
        if not self._block.may.any():
            return None
        found = self._programme.minimise(self._block.costs[self._block.may])
        if found is None:
            return None
        taken[self._block.may] = found.columns > 0.5
        return taken, found.bound
