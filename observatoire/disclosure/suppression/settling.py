"""One block of a table that grows: which of its cells are hidden, and the proofs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from observatoire.disclosure.suppression.attack import equations
from observatoire.disclosure.suppression.choices import Chooser, Tell
from observatoire.disclosure.suppression.cubes import Cube
from observatoire.disclosure.suppression.witnesses import Block, Pool, Reader
from observatoire.disclosure.suppression.years import View
from observatoire.errors import DisclosureError


@dataclass(frozen=True)
class Proof:
    """What a reader can make of a protected cell: two tables agree with all that it was told.

    Attributes
    ----------
    reader, cell
        Whose table, and the position of the cell in the cube.
    low, high
        The cell's count in the two tables, as that reader sees it: k or more apart.
    whole
        True when both tables hold whole numbers; otherwise they bound a linear programme.
    """

    reader: str
    cell: int
    low: float
    high: float
    whole: bool


@dataclass(frozen=True)
class Asked:
    """By how much each cell stays open, what a hidden one holds at least, and whom to tell."""

    k: np.ndarray
    floors: np.ndarray
    tell: Tell


@dataclass(frozen=True, eq=False)
class Settled:
    """The columns of a block that are hidden, a cost that none falls below, and the proofs."""

    hidden: np.ndarray
    least: float
    proofs: tuple[Proof, ...]


def closed(
    cube: Cube, views: Sequence[View], fixed: np.ndarray, may: np.ndarray, asked: Asked
) -> list[np.ndarray]:
    """Return, by view, the protected cells that stay closed when all that may be is hidden.

    Parameters
    ----------
    cube
        With the sums of the cells that were released alone.
    fixed, may
        The cells that are hidden, and those that may be.
    """
    found = [np.zeros(len(may), dtype=bool) for _ in views]
    for columns in blocks(cube, np.flatnonzero(fixed | may)):
        inside = [rank for rank, view in enumerate(views) if view.protected[columns].any()]
        if inside:
            block = _block(cube, [views[rank] for rank in inside], columns, may, asked)
            for rank, places in zip(inside, Chooser(block, Pool(block)).closed(), strict=True):
                found[rank][columns[places]] = True
    return found


def blocks(cube: Cube, columns: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the columns that no sum ties to others, together."""
    matrix = equations(cube, columns)
    rows, size = matrix.shape
    ties = sparse.block_array([[None, matrix], [matrix.T, None]]).tocsr() if rows else None
    names = np.arange(size) if ties is None else connected_components(ties)[1][rows:]
    for name in np.unique(names):
        yield columns[names == name]


def settle(
    cube: Cube,
    views: Sequence[View],
    columns: np.ndarray,
    may: np.ndarray,
    asked: Asked,
) -> Settled | None:
    """Choose within a block; None when all the cells that may be hidden are not enough."""
    inside = [view for view in views if view.protected[columns].any()]
    if not inside:
        return Settled(columns[~may[columns]], 0.0, ())
    block = _block(cube, inside, columns, may, asked)
    pool = Pool(block)
    choice = Chooser(block, pool).choose(asked.tell)
    if choice is None:
        return None
    proofs = [
        proof
        for number, view in enumerate(inside)
        for proof in _proofs(pool, number, choice.taken, view, columns)
    ]
    return Settled(columns[choice.taken], choice.least, tuple(proofs))


def _block(
    cube: Cube, views: Sequence[View], columns: np.ndarray, may: np.ndarray, asked: Asked
) -> Block:
    return Block(
        equations(cube, columns),
        tuple(
            Reader(view.name, _room(cube, view, asked.floors)[columns], view.protected[columns])
            for view in views
        ),
        may[columns],
        np.maximum(cube.costs[columns], 1.0),
        asked.k[columns],
        float(cube.counts[columns].sum() + asked.k.max()),
    )


def _room(cube: Cube, view: View, floors: np.ndarray) -> np.ndarray:
    """Return by how much each cell may be smaller in a reader's table.

    What the reader holds of it by itself already reaches the floor, or a part of it. A hidden zero
    is below the floor that its readers reckon with: it moves up alone.
    """
    own = cube.counts - view.counts
    least = np.minimum(np.maximum(floors - own, 0), view.counts)
    return np.asarray((view.counts - least).astype(np.float64))


def _proofs(
    pool: Pool, number: int, taken: np.ndarray, view: View, columns: np.ndarray
) -> Iterator[Proof]:
    if len(pool.closed(number, taken)):
        raise DisclosureError("a choice without its proof")
    ends = pool.pairs(number, taken)
    for place in np.flatnonzero(view.protected[columns]):
        moves = [pool.move(int(end[place])) for end in ends]
        low, high = (float(view.counts[columns[place]] + move[place]) for move in moves)
        whole = all((move == np.round(move)).all() for move in moves)
        yield Proof(view.name, int(columns[place]), low, high, whole)
