"""Outlines of communes and IRIS, and the cells of the 200 m grid: the ground around the QPV.

They are never used to place a point: published files are already generalised.
"""

from observatoire.outlines.cells import CellReading, cell_columns, holds_cells, read_cells
from observatoire.outlines.extract import PROPERTIES, around, holders, lighten, outline_members
from observatoire.outlines.reading import OutlineReading, read_outlines

__all__ = [
    "PROPERTIES",
    "CellReading",
    "OutlineReading",
    "around",
    "cell_columns",
    "holders",
    "holds_cells",
    "lighten",
    "outline_members",
    "read_cells",
    "read_outlines",
]
