"""Complementary suppression: which cells of a table with margins are hidden beside the small ones.

A small cell that is hidden alone is its margin less the others. `suppress` hides, at the least
cost, enough cells beside it that its value stays open by `k` or more (`programme`), and says of
each hidden cell the interval that whoever reads the table can compute (`attack`). Pure.
"""

from observatoire.disclosure.suppression.attack import Attack, Bounds
from observatoire.disclosure.suppression.cubes import MEASURES, TOTAL, Cube, build_cube
from observatoire.disclosure.suppression.programme import Pattern, small_cells, suppress

__all__ = [
    "MEASURES",
    "TOTAL",
    "Attack",
    "Bounds",
    "Cube",
    "Pattern",
    "build_cube",
    "small_cells",
    "suppress",
]
