"""A table too large for one programme: its cells are chosen slice by slice. Pure.

One dimension is taken code by code, each with the margins that are then complete. The cells of a
slice are chosen exactly beside those of the slices before (`growth`), which stay as they are: the
whole is protected and proved, at a cost that may be above the least one.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from observatoire.disclosure.suppression.choices import Tell, TooLargeError
from observatoire.disclosure.suppression.cubes import Cube
from observatoire.disclosure.suppression.growth import Released, grow
from observatoire.disclosure.suppression.programme import Pattern, suppress
from observatoire.disclosure.suppression.years import EVERYBODY, View

MOST = 800
"""Constraints beyond which a table is no longer chosen in one piece (some tens of seconds)."""


def suppress_any(
    cube: Cube, primary: np.ndarray, k: int, *, least: int = 0, tell: Tell = lambda _: None
) -> tuple[Pattern, bool]:
    """Return the least costly pattern, or one slice by slice where that takes too long.

    Returns
    -------
    tuple
        The pattern, and whether none costs less.

    Raises
    ------
    DisclosureError
        As `programme.suppress`.
    """
    most = MOST if least == 0 else None  # slices reckon with hidden zeros
    try:
        return suppress(cube, primary, k, least=least, most=most, tell=tell), True
    except TooLargeError:
        return suppress_by_slices(cube, primary, k, tell=tell), False


def suppress_by_slices(
    cube: Cube, primary: np.ndarray, k: int, *, tell: Tell = lambda _: None
) -> Pattern:
    """Return a pattern that leaves every small cell open by `k` or more, slice by slice.

    Parameters
    ----------
    primary
        The cells that may not be shown (`small_cells`).
    tell
        Called with the number of slices chosen so far.

    Returns
    -------
    Pattern
        `feasible` is False when it hides a margin; another choice might not have to.

    Raises
    ------
    DisclosureError
        As `growth.grow`.

    """
    view = View(EVERYBODY, cube.counts, primary)
    released = Released.nothing(cube)
    for number, new in enumerate(_slices(cube), start=1):
        released = grow(cube, [view], released, new, k).released
        tell(number)
    hidden = released.hidden & cube.asked
    beside = hidden & ~primary & cube.margins
    return Pattern(cube, primary, hidden, not beside.any())


def _slices(cube: Cube) -> Iterator[np.ndarray]:
    """Yield the cells of each slice along the dimension with most codes, margins when complete."""
    axis = max(range(len(cube.dimensions)), key=lambda one: len({key[one] for key in cube.keys}))
    codes = [key[axis] for key in cube.keys]
    parts: dict[str, set[str]] = {}
    for total, members in cube.sums:
        below = {codes[member] for member in members}
        if below != {codes[total]}:
            parts.setdefault(codes[total], set()).update(below)
    leaves = sorted({code for code in codes if code not in parts})
    ends = {code: number for number, code in enumerate(leaves)}
    while len(ends) < len(set(codes)):
        ends |= {
            code: max(ends[one] for one in below)
            for code, below in parts.items()
            if code not in ends and below <= ends.keys()
        }
    turn = np.array([ends[code] for code in codes])
    for number in range(len(leaves)):
        new = turn == number
        if new.any():
            yield new
