"""May two sites share a scale for an item? Only where both map it losslessly to the same one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from observatoire.grille.grids import Grid
from observatoire.grille.items import Item
from observatoire.labels import read_words

Why = Literal["same", "not_agreed", "unknown", "no_core", "lossy", "absent", "kind"]


@dataclass(frozen=True)
class Comparability:
    """Whether an item of one grid may be set beside one of another.

    Attributes
    ----------
    ok
        True when both map losslessly to the same item of the common core, and count alike.
    why
        `same`, or what prevents it.
    core
        The item of the common core, empty when the first has none.
    other
        Local code in the second grid, empty when there is none.
    """

    ok: bool
    why: Why
    core: str = ""
    other: str = ""

    @property
    def said(self) -> str:
        """Return the reason in French."""
        return read_words("grilles")(f"comparable.{self.why}")


def comparable(grid_a: Grid, item: str, grid_b: Grid) -> Comparability:
    """Tell whether two sites can share a scale for an item of the first one's grid.

    That both sites have outings is for whoever holds the figures to check: a grid does not know.

    Parameters
    ----------
    item
        Local code in `grid_a`.
    """
    if not (grid_a.in_force and grid_b.in_force):
        return Comparability(False, "not_agreed")
    first = grid_a.item(item)
    if first is None:
        return Comparability(False, "unknown")
    if not first.core:
        return Comparability(False, "no_core")
    others = [one for one in grid_b.items if one.core == first.core]
    if not others:
        return Comparability(False, "absent", first.core)
    second = next((one for one in others if one.lossless), others[0])
    why = _why(first, second)
    return Comparability(why == "same", why, first.core, second.code)


def _why(first: Item, second: Item) -> Why:
    if not (first.lossless and second.lossless):
        return "lossy"
    if (first.kind, first.unit) != (second.kind, second.unit):
        return "kind"
    return "same"
