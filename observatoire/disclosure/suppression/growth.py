"""A table that grows: month after month, which of the new cells are hidden. Pure.

What was released stays as it was: a cell that was shown stays shown, a hidden one stays hidden for
ever. Each release chooses among its new cells alone, such that everything released so far leaves
each protected cell open by `k` or more, to everybody and to each organisation that takes away its
own rows. Cells whose period is not over are part of no sum yet.

There always is a choice: hide every new cell. The tables that proved an old cell open, continued
upwards through the new margins, are still tables; a new small cell goes up by k together with all
that is above it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from observatoire.disclosure.suppression.attack import equations
from observatoire.disclosure.suppression.choices import Chooser, Tell
from observatoire.disclosure.suppression.cubes import Cube
from observatoire.disclosure.suppression.witnesses import Block, Pool, Reader
from observatoire.disclosure.suppression.years import View
from observatoire.errors import DisclosureError


@dataclass(frozen=True, eq=False)
class Released:
    """What became of the cells of a cube so far: two masks; neither, for one that is to come.

    Attributes
    ----------
    shown
        Cells whose count was told.
    hidden
        Cells that were released without their count.
    """

    shown: np.ndarray
    hidden: np.ndarray

    @classmethod
    def nothing(cls, cube: Cube) -> Released:
        """Return what was released before the first month."""
        none = np.zeros(len(cube.keys), dtype=bool)
        return cls(none, none)

    @property
    def all(self) -> np.ndarray:
        """Return every cell that was released, shown or hidden."""
        return np.asarray(self.shown | self.hidden)

    @property
    def share_visible(self) -> float | None:
        """Return the share of the released cells that show their count; None without any."""
        return float(self.shown.sum() / self.all.sum()) if self.all.any() else None


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


@dataclass(frozen=True, eq=False)
class Growth:
    """What a release hides of its new cells, and the proof that everything protected stays so.

    Attributes
    ----------
    primary
        New cells that may not be told to a reader, or are finer than what is ever released.
    hidden
        Those, and the new cells hidden beside them.
    released
        Everything released, this release included.
    least
        A cost below which no choice falls.
    proofs
        One for each protected cell of each reader, old ones included.
    """

    cube: Cube = field(repr=False)
    primary: np.ndarray
    hidden: np.ndarray
    released: Released
    least: float
    proofs: tuple[Proof, ...] = field(repr=False)

    @property
    def secondary(self) -> np.ndarray:
        """Return the new cells hidden beside those that may not be told."""
        return np.asarray(self.hidden & ~self.primary)

    @property
    def cost(self) -> float:
        """Return what the cells hidden beside the small ones lose."""
        return float(self.cube.costs[self.secondary].sum())


def grow(
    cube: Cube,
    views: Sequence[View],
    released: Released,
    new: np.ndarray,
    k: int | np.ndarray,
    *,
    finer: np.ndarray | None = None,
    tell: Tell = lambda _: None,
) -> Growth:
    """Return which of the new cells are hidden, at the least cost, and the proofs.

    Parameters
    ----------
    cube
        Every cell, those to come included, with the counts known so far; `costs` is what hiding a
        cell loses.
    views
        The tables that readers attack, everybody's among them.
    released
        What became of earlier cells: `Growth.released` of the release before.
    new
        The cells of this release.
    k
        By how much a protected cell stays open (observations): the same for all, or each its own.
    finer
        Cells that are never shown, whatever they hold (`coarsening.finer`).
    tell
        Called with the number of constraints found so far, in each block.

    Raises
    ------
    DisclosureError
        When a cell to protect was shown before, or no choice protects them all.

    Notes
    -----
    Zeros are published, but for those that `finer` names; a zero above one of these may be hidden
    when nothing else protects it. Readers reckon that a hidden cell is 0 or more.
    """
    readers = _attacks(views, released.all | new)
    small = np.logical_or.reduce([view.protected for view in readers])
    if (small & released.shown).any():
        raise DisclosureError(
            "a cell to protect was shown before",
            user="Une cellule à protéger a déjà été publiée.",
        )
    never = ~cube.asked if finer is None else finer | ~cube.asked
    primary = np.asarray(new & (small | never))
    fixed, known = primary | released.hidden, _among(cube, released.all | new)
    asked = _Asked(np.broadcast_to(np.asarray(k, dtype=np.float64), new.shape), tell)
    for may in (new & ~primary & (cube.counts > 0), new & ~primary):
        found = [
            _settle(known, readers, columns, may, asked)
            for columns in _blocks(known, np.flatnonzero(fixed | may))
        ]
        settled = [one for one in found if one is not None]
        if len(settled) == len(found):
            return _grown(cube, primary, released, new, settled)
    raise DisclosureError(
        "no pattern protects the small cells beside what was released",
        user="Ce qui a déjà été publié ne laisse aucune façon de protéger les petites cellules.",
    )


@dataclass(frozen=True)
class _Asked:
    """By how much each cell stays open, and whom to tell."""

    k: np.ndarray
    tell: Tell


@dataclass(frozen=True, eq=False)
class _Settled:
    """The columns of a block that are hidden, a cost that none falls below, and the proofs."""

    hidden: np.ndarray
    least: float
    proofs: tuple[Proof, ...]


def _attacks(views: Sequence[View], here: np.ndarray) -> tuple[View, ...]:
    """Return the views with something to protect among the cells that are here."""
    now = (replace(view, protected=view.protected & here) for view in views)
    return tuple(view for view in now if view.protected.any()) or tuple(views[:1])


def _among(cube: Cube, here: np.ndarray) -> Cube:
    """Return a cube whose sums are those of cells that are all here."""
    sums = [one for one in cube.sums if here[one[0]] and here[list(one[1])].all()]
    return replace(cube, sums=tuple(sums))


def _blocks(cube: Cube, columns: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the columns that no sum ties to others, together."""
    matrix = equations(cube, columns)
    rows, size = matrix.shape
    ties = sparse.block_array([[None, matrix], [matrix.T, None]]).tocsr() if rows else None
    names = np.arange(size) if ties is None else connected_components(ties)[1][rows:]
    for name in np.unique(names):
        yield columns[names == name]


def _settle(
    cube: Cube,
    views: Sequence[View],
    columns: np.ndarray,
    may: np.ndarray,
    asked: _Asked,
) -> _Settled | None:
    """Choose within a block; None when all the cells that may be hidden are not enough."""
    inside = [view for view in views if view.protected[columns].any()]
    if not inside:
        return _Settled(columns[~may[columns]], 0.0, ())
    block = Block(
        equations(cube, columns),
        tuple(
            Reader(view.name, view.counts[columns].astype(np.float64), view.protected[columns])
            for view in inside
        ),
        may[columns],
        np.maximum(cube.costs[columns], 1.0),
        asked.k[columns],
        float(cube.counts[columns].sum() + asked.k.max()),
    )
    pool = Pool(block)
    choice = Chooser(block, pool).choose(asked.tell)
    if choice is None:
        return None
    proofs = [
        proof
        for number, view in enumerate(inside)
        for proof in _proofs(pool, number, choice.taken, view, columns)
    ]
    return _Settled(columns[choice.taken], choice.least, tuple(proofs))


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


def _grown(
    cube: Cube,
    primary: np.ndarray,
    released: Released,
    new: np.ndarray,
    settled: Sequence[_Settled],
) -> Growth:
    hidden = np.zeros(len(cube.keys), dtype=bool)
    for one in settled:
        hidden[one.hidden] = True
    hidden &= new
    return Growth(
        cube,
        primary,
        hidden,
        Released(released.shown | (new & ~hidden), released.hidden | hidden),
        sum(one.least for one in settled),
        tuple(proof for one in settled for proof in one.proofs),
    )
