"""The least costly cells to hide beside the small ones of a table, and the pattern they make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from observatoire.disclosure.suppression.attack import Attack, equations
from observatoire.disclosure.suppression.choices import Chooser
from observatoire.disclosure.suppression.cubes import Cube
from observatoire.disclosure.suppression.witnesses import Block, Pool, Reader
from observatoire.errors import DisclosureError


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
    most: int | None = None,
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
    most
        How many constraints it may take; None: as many as it takes.
    tell
        Called with the number of constraints found so far.

    Raises
    ------
    DisclosureError
        When what was released before leaves no protected pattern; `TooLargeError` beyond `most`.
    """
    fixed = np.zeros(len(cube.keys), dtype=bool) if shown is None else shown
    free = (cube.counts > 0) & cube.asked & ~primary & ~fixed
    for may, feasible in ((free & ~cube.margins, True), (free, False)):
        block = _block(cube, primary, may, k, least)
        choice = Chooser(block, Pool(block), most=most).choose(tell)
        if choice is not None:
            hidden = primary.copy()
            hidden[np.flatnonzero(primary | may | ~cube.asked)[choice.taken & block.may]] = True
            return Pattern(cube, primary, hidden, feasible)
    raise DisclosureError(
        "no pattern protects the small cells beside what was released",
        user="Ce qui a déjà été publié ne laisse aucune façon de protéger les petites cellules.",
    )


def _block(cube: Cube, primary: np.ndarray, may: np.ndarray, k: int, least: int) -> Block:
    """Return the cells that are hidden or may be, as one reader attacks them."""
    columns = np.flatnonzero(primary | may | ~cube.asked)
    room = Attack(cube, primary | may, least).room[columns]
    return Block(
        equations(cube, columns),
        (Reader("", room, primary[columns]),),
        may[columns],
        cube.costs[columns],
        np.full(len(columns), float(k)),
        float(cube.counts.sum() + k),
    )
