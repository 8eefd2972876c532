"""Tables that agree with all that is told: the proofs that small cells stay open. Pure.

Two tables that agree with everything published differ by a *move*: a difference whose sums are all
zero. The true table plus a move is a table too as long as no cell falls below zero. One move proves
something of every cell that it touches, for every reader in whose table it fits: moves are kept and
asked again (`Pool`), and the solver is asked only for cells that none of them opens (`Moves`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from observatoire.disclosure.suppression.programmes import Answer, Programme
from observatoire.errors import DisclosureError

CLOSE = 1e-6
"""How far from a whole number, or from k, a solver's answer may be."""
_GOALS = 20  # pairs of programmes with random goals for each reader, at most
_WORTH = 12  # cells that a pair of them must open: fewer are sooner asked one by one


@dataclass(frozen=True, eq=False)
class Reader:
    """What one reader attacks: its table, and what may not be told to it.

    Attributes
    ----------
    name
        Who reads.
    room
        By how much each column may be smaller than it is in this reader's table (counts).
    protected
        The columns that must stay open by k or more, bool.
    """

    name: str
    room: np.ndarray
    protected: np.ndarray


@dataclass(frozen=True, eq=False)
class Block:
    """Cells that are hidden or may be, and the sums among them; a column for each cell.

    Attributes
    ----------
    matrix
        The sums, a row each: its product with a move is zero.
    readers
        Who reads, each with its own table.
    may
        The columns that may be hidden or shown; the others are hidden whatever is chosen.
    costs
        What hiding each column loses.
    wanted
        By how much each column must stay open where it is protected.
    far
        More than any move needs.
    """

    matrix: sparse.csr_array
    readers: tuple[Reader, ...]
    may: np.ndarray
    costs: np.ndarray
    wanted: np.ndarray
    far: float

    @property
    def size(self) -> int:
        """Return the number of columns."""
        return len(self.may)


class Pool:
    """The moves found so far; they only grow in number."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self._count = 0
        self._moves = np.zeros((16, block.size))
        self._fits = np.zeros((16, len(block.readers)), dtype=bool)

    def __len__(self) -> int:
        """Return the number of moves."""
        return self._count

    def add(self, move: np.ndarray) -> None:
        """Keep a move, numbers that the solver meant whole made whole; one that is none is left."""
        near = np.round(move)
        move = np.where(np.abs(move - near) < CLOSE, near, move)
        if not move.any() or np.abs(self._block.matrix @ move).max(initial=0) > CLOSE:
            return
        if self._count == len(self._moves):
            self._moves = np.concatenate([self._moves, np.zeros_like(self._moves)])
            self._fits = np.concatenate([self._fits, np.zeros_like(self._fits)])
        self._moves[self._count] = move
        for number, reader in enumerate(self._block.readers):
            self._fits[self._count, number] = (move >= -reader.room - CLOSE).all()
        self._count += 1

    def move(self, number: int) -> np.ndarray:
        """Return a move, a number for each column; -1 is the move that changes nothing."""
        return self._moves[number] if number >= 0 else np.zeros(self._block.size)

    def usable(self, reader: int, taken: np.ndarray) -> np.ndarray:
        """Return the moves that fit in a reader's table and touch hidden cells alone."""
        moves = self._moves[: self._count]
        touching = moves[:, ~taken].any(axis=1)
        return np.flatnonzero(self._fits[: self._count, reader] & ~touching)

    def ranges(self, reader: int, taken: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return how far each column goes down (0 or less) and up among the usable moves."""
        moves = self._moves[self.usable(reader, taken)]
        return moves.min(axis=0, initial=0.0), moves.max(axis=0, initial=0.0)

    def closed(self, reader: int, taken: np.ndarray) -> np.ndarray:
        """Return the protected columns that no pair of moves opens by k."""
        low, high = self.ranges(reader, taken)
        wide = high - low >= self._block.wanted - CLOSE
        return np.flatnonzero(self._block.readers[reader].protected & ~wide)

    def pairs(self, reader: int, taken: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return, by column, the move that goes down most and the one that goes up most; -1: none.

        Whole moves are taken first, where they go as far.
        """
        usable = self.usable(reader, taken)
        none = np.full(self._block.size, -1)
        if not len(usable):
            return none, none.copy()
        moves = self._moves[usable]
        return (
            np.where(moves.min(axis=0) < 0, usable[moves.argmin(axis=0)], -1),
            np.where(moves.max(axis=0) > 0, usable[moves.argmax(axis=0)], -1),
        )


class Moves:
    """Programmes over the moves of a block, for one reader and one choice of hidden cells."""

    def __init__(self, block: Block, pool: Pool) -> None:
        self._block, self._pool = block, pool
        nothing = np.zeros(block.size)
        self._programme = Programme(nothing, nothing, primal=True)
        self._wide = Programme(nothing, nothing, inner=True)
        for programme in (self._programme, self._wide):
            programme.add_rows(block.matrix, 0.0, 0.0)
        self._low = self._high = np.zeros(block.size)

    def look(self, reader: int, taken: np.ndarray) -> None:
        """Say who reads, and which cells are hidden."""
        self._low = np.where(taken, -self._block.readers[reader].room, 0.0)
        self._high = np.where(taken, self._block.far, 0.0)

    def spread(self, reader: int, taken: np.ndarray, rng: np.random.Generator) -> None:
        """Open many cells at once: programmes with goals of random signs, within k."""
        k, size = float(self._block.wanted.max(initial=0.0)), self._block.size
        room = np.where(taken, self._block.readers[reader].room, 0.0)
        self._wide.limit(-np.minimum(room, k), np.where(taken, k, 0.0))
        left = self._pool.closed(reader, taken)
        for _ in range(_GOALS):
            if len(left) < _WORTH:
                return
            goal = np.zeros(size)
            goal[left] = rng.choice([-1.0, 1.0], len(left))
            for sign in (1.0, -1.0):
                self._pool.add(_solved(self._wide, sign * goal).columns)
            before, left = len(left), self._pool.closed(reader, taken)
            if before - len(left) < _WORTH:
                return

    def extreme(self, place: int, sign: float) -> Answer:
        """Return how far a column goes up (sign -1) or down (+1), up to k, and the dual values."""
        high = self._high.copy()
        high[place] = self._block.wanted[place]
        self._programme.limit(self._low, high)
        goal = np.zeros(self._block.size)
        goal[place] = sign
        found = _solved(self._programme, goal)
        self._pool.add(found.columns)
        return found


def _solved(programme: Programme, goal: np.ndarray) -> Answer:
    found = programme.minimise(goal)
    if found is None:
        raise DisclosureError("a table that does not agree with itself")
    return found
