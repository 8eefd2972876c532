"""A table that grows: month after month, which of the new cells are hidden. Pure.

What was released stays as it was: a cell that was shown stays shown, a hidden one stays hidden for
ever. Each release chooses among its new cells alone, such that everything released so far leaves
each protected cell open by `k` or more, to everybody and to each organisation that takes away its
own rows. Cells whose period is not over are part of no sum yet.

There is a choice: hide every new cell. The tables that proved an old cell open, continued upwards
through the new margins, are still tables; a new small cell goes up by k together with all that is
above it. Two kinds of new cells have no part in it: one that is known to hold nothing, and a sum
whose parts were all told already, which nothing can open any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

import numpy as np

from observatoire.disclosure.suppression.choices import Tell
from observatoire.disclosure.suppression.cubes import Cube
from observatoire.disclosure.suppression.settling import (
    Asked,
    Proof,
    Settled,
    blocks,
    closed,
    settle,
)
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
    floors: np.ndarray | None = None,
    empty: np.ndarray | None = None,
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
    floors
        What a reader reckons that each cell holds at least when it is hidden (observations): 1
        where a zero would have been told. By default 0.
    empty
        Cells that everybody knows to hold nothing, because nobody looked: hiding one hides nothing.
    tell
        Called with the number of constraints found so far, in each block.

    Raises
    ------
    DisclosureError
        When a cell to protect was shown before, no choice protects them all, or a sum is released
        without its parts.

    Notes
    -----
    Zeros are published, but for those that `finer` names; a zero above one of these may be hidden
    when nothing else protects it.
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
    fixed, known = primary | released.hidden, _among(cube, released.all, new)
    nothing = np.zeros(new.shape, dtype=bool)
    asked = Asked(
        np.broadcast_to(np.asarray(k, dtype=np.float64), new.shape),
        nothing.astype(np.int64) if floors is None else floors,
        tell,
    )
    most = new & ~primary & ~(nothing if empty is None else empty)
    for wanted in chain([readers], _less(cube, readers, released, (known, fixed, most), asked)):
        for may in (most & (cube.counts > 0), most):
            found = [
                settle(known, wanted, columns, may, asked)
                for columns in blocks(known, np.flatnonzero(fixed | may))
            ]
            settled = [one for one in found if one is not None]
            if len(settled) == len(found):
                return _grown(cube, primary, released, new, settled)
    raise DisclosureError(
        "no pattern protects the small cells beside what was released",
        user="Ce qui a déjà été publié ne laisse aucune façon de protéger les petites cellules.",
    )


def _attacks(views: Sequence[View], here: np.ndarray) -> tuple[View, ...]:
    """Return the views with something to protect among the cells that are here."""
    now = (replace(view, protected=view.protected & here) for view in views)
    return tuple(view for view in now if view.protected.any()) or tuple(views[:1])


def _among(cube: Cube, before: np.ndarray, new: np.ndarray) -> Cube:
    """Return a cube whose sums are those of cells that are all here."""
    here = before | new
    sums = [one for one in cube.sums if here[one[0]] and here[list(one[1])].all()]
    apart = [one for one in cube.sums if new[one[0]] and not here[list(one[1])].all()]
    if apart:
        raise DisclosureError("a sum is released without its parts")
    return replace(cube, sums=tuple(sums))


def _less(
    cube: Cube,
    views: Sequence[View],
    released: Released,
    now: tuple[Cube, np.ndarray, np.ndarray],
    asked: Asked,
) -> Iterator[tuple[View, ...]]:
    """Yield the views less the cells that no choice opens, because what was told says them already.

    None where a cell that was open before would be closed by whatever is released.
    """
    nothing = np.zeros(len(cube.keys), dtype=bool)
    kept = tuple(replace(one, protected=one.protected & released.all) for one in views)
    before = closed(_among(cube, released.all, nothing), kept, released.hidden, nothing, asked)
    lost = closed(now[0], views, now[1], now[2], asked)
    if any((one & released.all & ~old).any() for one, old in zip(lost, before, strict=True)):
        return
    if any(one.any() for one in lost):
        yield tuple(
            replace(view, protected=view.protected & ~one)
            for view, one in zip(views, lost, strict=True)
        )


def _grown(
    cube: Cube,
    primary: np.ndarray,
    released: Released,
    new: np.ndarray,
    settled: Sequence[Settled],
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
