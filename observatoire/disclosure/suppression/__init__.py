"""Complementary suppression: which cells of a table with margins are hidden beside the small ones.

A small cell that is hidden alone is its margin less the others. `suppress` hides, at the least
cost, enough cells beside it that its value stays open by `k` or more (`programme`), and says of
each hidden cell the interval that whoever reads the table can compute (`attack`). `grow` does it
for a table released month after month and read by several readers (`years`, `growth`). Pure.
"""

from observatoire.disclosure.suppression.attack import Attack, Bounds
from observatoire.disclosure.suppression.coarsening import coarsen, finer
from observatoire.disclosure.suppression.cubes import MEASURES, TOTAL, Cube, build_cube
from observatoire.disclosure.suppression.growth import Growth, Released, grow
from observatoire.disclosure.suppression.programme import Pattern, small_cells, suppress
from observatoire.disclosure.suppression.settling import Proof
from observatoire.disclosure.suppression.slices import suppress_any, suppress_by_slices
from observatoire.disclosure.suppression.years import EVERYBODY, View, Year

__all__ = [
    "EVERYBODY",
    "MEASURES",
    "TOTAL",
    "Attack",
    "Bounds",
    "Cube",
    "Growth",
    "Pattern",
    "Proof",
    "Released",
    "View",
    "Year",
    "build_cube",
    "coarsen",
    "finer",
    "grow",
    "small_cells",
    "suppress",
    "suppress_any",
    "suppress_by_slices",
]
