"""Where each territory lies, to catch coordinates that cannot be right.

The boxes are generous: they catch a wrong CRS or swapped axes, not a slip of a street.
"""

from __future__ import annotations

import math

from observatoire.codes import department_of_commune

Box = tuple[float, float, float, float]

# west, south, east, north, in degrees WGS 84
_MAINLAND: Box = (-5.5, 42.2, 8.4, 51.3)
_CORSICA: Box = (8.4, 41.2, 9.7, 43.2)
_BOXES: dict[str, Box] = {
    "2A": _CORSICA,
    "2B": _CORSICA,
    "971": (-62.0, 15.7, -60.8, 16.7),
    "972": (-61.4, 14.2, -60.7, 15.0),
    "973": (-54.8, 2.0, -51.4, 6.0),
    "974": (55.1, -21.5, 56.0, -20.7),
    "976": (44.9, -13.2, 45.4, -12.5),
    "977": (-63.0, 17.8, -62.7, 18.0),
    "978": (-63.3, 17.9, -62.9, 18.2),
    "987": (-155.0, -28.0, -134.0, -7.5),
}


def misplacement(department: str, bounds: Box) -> str:
    """Return why bounds in WGS 84 degrees cannot lie in a department, in French; empty if they can.

    Parameters
    ----------
    department
        INSEE code.
    bounds
        West, south, east, north.
    """
    if not all(math.isfinite(value) for value in bounds):
        return "les coordonnées ne sont pas celles du système déclaré"
    box = _BOXES.get(department, _MAINLAND)
    if _within(bounds, box):
        return ""
    west, south, east, north = bounds
    if _within((south, west, north, east), box):
        return "longitude et latitude sont inversées"
    if max(abs(value) for value in bounds) > 180:
        return "les coordonnées sont en mètres dans un fichier déclaré en degrés"
    return "le périmètre tombe hors de son territoire : coordonnées ou système de coordonnées faux"


def _within(bounds: Box, box: Box) -> bool:
    return (
        box[0] <= bounds[0] and box[1] <= bounds[1] and bounds[2] <= box[2] and bounds[3] <= box[3]
    )


def commune_misplacement(code: str, bounds: Box) -> str:
    """Return the same for a commune or an IRIS, from its code."""
    return misplacement(department_of_commune(code), bounds)
