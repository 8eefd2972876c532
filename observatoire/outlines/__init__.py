"""Outlines of communes and IRIS: the ground around the QPV, for context on a map.

They are never used to place a point: published files are already generalised.
"""

from observatoire.outlines.extract import PROPERTIES, around, holders, lighten, outline_members
from observatoire.outlines.reading import OutlineReading, read_outlines

__all__ = [
    "PROPERTIES",
    "OutlineReading",
    "around",
    "holders",
    "lighten",
    "outline_members",
    "read_outlines",
]
