"""Official perimeters of the QPV: file → validated frame, with a report of what was repaired.

`read_boundaries` reads every published form (shapefile, zipped shapefile, GeoJSON, GeoPackage) of
the 2015 and 2024 editions, and this project's own generalised GeoJSON. Nothing is silently
dropped: a row is accepted, repaired with its change of area, or refused with its reason.
"""

from observatoire.boundaries.files import GeoFile, open_geofile
from observatoire.boundaries.perimeters import (
    BoundaryReading,
    Refusal,
    read_boundaries,
    require_accepted,
)
from observatoire.boundaries.repair import Repair, repair

__all__ = [
    "BoundaryReading",
    "GeoFile",
    "Refusal",
    "Repair",
    "open_geofile",
    "read_boundaries",
    "repair",
    "require_accepted",
]
