"""What whoever reads a published table can compute of its hidden cells. Pure.

The reader knows every published cell, that the margins are sums, that counts are whole numbers of
`least` or more, and which cells are hidden. What the hidden cells may then be is a polytope; a cell
is open by the difference between its greatest and its smallest value there.

Reference: M. Fischetti and J. J. Salazar, « Models and algorithms for optimizing cell suppression
in tabular data with linear constraints », JASA 95 (2000).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from observatoire.disclosure.suppression.cubes import Cube
from observatoire.disclosure.suppression.programmes import Programme
from observatoire.errors import DisclosureError

_WHOLE = 1e-6  # how far from a whole number a solver's answer may be


@dataclass(frozen=True)
class Bounds:
    """The smallest and the greatest value that a hidden cell may have; `high` may be infinite."""

    low: float
    high: float

    @property
    def width(self) -> float:
        """Return by how much it is open."""
        return self.high - self.low


@dataclass(frozen=True, eq=False)
class Attack:
    """All that may be computed from a table with hidden cells.

    Attributes
    ----------
    cube
        The table.
    hidden
        The cells that are not told; margins that are not asked for are hidden too.
    least
        The smallest count of a hidden cell: 1 when the reader knows that zeros are published.
    """

    cube: Cube
    hidden: np.ndarray
    least: int = 0

    @cached_property
    def unknown(self) -> np.ndarray:
        """Return the positions of the cells that the reader is not told."""
        return np.flatnonzero(self.hidden | ~self.cube.asked)

    @cached_property
    def room(self) -> np.ndarray:
        """Return by how much each cell may be smaller than it is."""
        room = self.cube.counts - np.where(self.hidden, self.least, 0)
        return np.asarray(np.maximum(room, 0), dtype=np.float64)

    @cached_property
    def equations(self) -> sparse.csr_array:
        """Return the sums among unknown cells: a row each, a column for each of `unknown`."""
        return equations(self.cube, self.unknown)

    @cached_property
    def _groups(self) -> dict[int, _Group]:
        return {}

    @cached_property
    def _numbers(self) -> np.ndarray:
        """Return, for each of `unknown`, the number of its group: no sum ties two groups."""
        matrix = self.equations
        rows, columns = matrix.shape
        ties = sparse.block_array([[None, matrix], [matrix.T, None]]).tocsr()
        return np.asarray(connected_components(ties, directed=False)[1][rows : rows + columns])

    def bounds(self, cell: int) -> Bounds:
        """Return what the reader can compute of a cell by linear programming."""
        place, group = self._around(cell)
        ends = []
        for sign in (1.0, -1.0):
            found = group.programme.minimise(_goal(len(group.columns), place, sign))
            if found is None:
                raise DisclosureError("a table that does not agree with itself")
            ends.append(found.value)
        count = float(self.cube.counts[cell])
        return Bounds(_tidy(count + ends[0]), _tidy(count - ends[1]))

    def witnesses(self, cell: int, k: int) -> tuple[np.ndarray, np.ndarray] | None:
        """Return two whole tables that agree with all that is told and are `k` apart in a cell.

        Returns
        -------
        tuple of ndarray, or None
            Counts of every cell of the cube, in its order; None when there are no such tables.
        """
        place, group = self._around(cell)
        ends = []
        for sign in (1.0, -1.0):
            found = self._whole(group, place, sign, k)
            if found is None:
                return None
            ends.append(found)
        if ends[1][place] - ends[0][place] < k - _WHOLE:
            return None
        return self._table(group, ends[0]), self._table(group, ends[1])

    def _whole(self, group: _Group, place: int, sign: float, k: int) -> np.ndarray | None:
        """Return whole differences from the table that go as far as they can, `k` at most."""
        low, high = -self.room[group.columns], np.full(len(group.columns), self._far(k))
        high[place] = k
        exact = Programme(low, high, whole=True)
        exact.add_rows(group.sums, 0.0, 0.0)
        found = exact.minimise(_goal(len(low), place, sign))
        return None if found is None else np.round(found.columns)

    def _far(self, k: int) -> float:
        return float(self.cube.counts.sum() + k)

    def _table(self, group: _Group, difference: np.ndarray) -> np.ndarray:
        table = self.cube.counts.copy()
        table[group.columns] += difference.astype(np.int64)
        return table

    def _around(self, cell: int) -> tuple[int, _Group]:
        """Return a cell's place in its group, and the group."""
        unknown = self.unknown
        place = int(np.searchsorted(unknown, cell))
        if place == len(unknown) or unknown[place] != cell:
            raise DisclosureError("a published cell has no bounds")
        number = int(self._numbers[place])
        if number not in self._groups:
            self._groups[number] = self._group(np.flatnonzero(self._numbers == number))
        group = self._groups[number]
        return int(np.searchsorted(group.columns, cell)), group

    def _group(self, inside: np.ndarray) -> _Group:
        sums = self.equations[:, inside]
        sums = sums[np.diff(sums.indptr) > 0]
        columns = self.unknown[inside]
        programme = Programme(-self.room[columns], np.full(len(columns), np.inf), primal=True)
        programme.add_rows(sums, 0.0, 0.0)
        return _Group(columns, sums, programme)


@dataclass(frozen=True, eq=False)
class _Group:
    """Cells that no sum ties to others, the sums among them, and how far each may go."""

    columns: np.ndarray
    sums: sparse.csr_array
    programme: Programme


def _goal(size: int, place: int, sign: float) -> np.ndarray:
    goal = np.zeros(size)
    goal[place] = sign
    return goal


def equations(cube: Cube, columns: np.ndarray) -> sparse.csr_array:
    """Return the sums of a cube among some of its cells, as a matrix whose product is zero."""
    place = np.full(len(cube.keys), -1)
    place[columns] = np.arange(len(columns))
    rows: list[int] = []
    found: list[int] = []
    values: list[float] = []
    for number, (total, parts) in enumerate(cube.sums):
        members = np.array([total, *parts])
        signs = np.array([-1.0, *([1.0] * len(parts))])
        known = place[members] >= 0
        rows += [number] * int(known.sum())
        found += place[members][known].tolist()
        values += signs[known].tolist()
    matrix = sparse.csr_array((values, (rows, found)), shape=(len(cube.sums), len(columns)))
    return matrix[np.diff(matrix.indptr) > 0]


def _tidy(value: float) -> float:
    """Return a whole number where the solver meant one."""
    if np.isfinite(value) and abs(value - round(value)) < _WHOLE:
        return float(round(value))
    return value
