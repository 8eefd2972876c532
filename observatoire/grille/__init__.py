"""The grid of indicators that a site builds with its partners (« grille commune »). Pure.

A grid is a numbered version of a site's list of items. It is drafted, proposed, agreed by named
organisations on a day, then never changes; a later version may supersede it. `steps` is the state
machine, `faults` what stands against a grid, `documents` its TOML form, `core` the items that
sites share, `differences` and `comparability` what two grids have in common, `visibility` how much
of a grid its readers would see.
"""

from observatoire.grille.comparability import Comparability, comparable
from observatoire.grille.core import core_items, read_core
from observatoire.grille.differences import Differences, differences
from observatoire.grille.faults import Fault, faults, require_sound
from observatoire.grille.grids import Grid, Status, Step, steps_from
from observatoire.grille.items import Item
from observatoire.grille.steps import agree, begin, propose, redraft, succeed, supersede
from observatoire.grille.visibility import ItemVisibility, Merge, Replay

__all__ = [
    "Comparability",
    "Differences",
    "Fault",
    "Grid",
    "Item",
    "ItemVisibility",
    "Merge",
    "Replay",
    "Status",
    "Step",
    "agree",
    "begin",
    "comparable",
    "core_items",
    "differences",
    "faults",
    "propose",
    "read_core",
    "redraft",
    "require_sound",
    "steps_from",
    "succeed",
    "supersede",
]
