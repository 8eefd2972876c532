"""Take from an official file the perimeters of the sites, lighter, with their papers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pandas as pd

from observatoire.boundaries.generalise import generalise
from observatoire.boundaries.perimeters import BoundaryReading
from observatoire.codes import EDITIONS
from observatoire.crs import WGS84, metric_areas, metric_epsg
from observatoire.errors import NotFoundError
from observatoire.sources import Source

PROPERTIES = {"code_qp": "code", "nom_qp": "name", "commune_qp": "commune"}


def extract_boundaries(
    reading: BoundaryReading, tolerance_m: float, keep: Callable[[str, str], bool]
) -> gpd.GeoDataFrame:
    """Return the kept perimeters, generalised, sorted by code.

    Parameters
    ----------
    reading
        An official file, nothing refused.
    tolerance_m
        Generalisation to add to that of the file, in metres.
    keep
        Says of a QPV code and its department whether it is taken.

    Raises
    ------
    NotFoundError
        When nothing is kept.
    """
    frame = reading.frame.sort_values("code").reset_index(drop=True)
    kept = [keep(code, dep) for code, dep in zip(frame["code"], frame["department"], strict=True)]
    frame = frame[kept].reset_index(drop=True)
    if frame.empty:
        raise NotFoundError(
            "no perimeter of the sites in the file",
            user="Le fichier ne contient aucun quartier des sites.",
            remedy="Retirez --sites, ou vérifiez les départements des sites.",
            file=str(reading.path),
        )
    epsg = frame["department"].map(metric_epsg)
    light = [
        generalise(group.geometry, int(str(code)), tolerance_m)
        for code, group in frame.groupby(epsg)
    ]
    ground = gpd.GeoSeries(pd.concat(light).reindex(frame.index), crs=WGS84)
    frame = frame.set_geometry(ground)
    frame["tolerance_m"] = reading.tolerance_m + tolerance_m
    frame["area_m2"] = metric_areas(ground, frame["department"])
    return frame


def boundary_members(
    reading: BoundaryReading, source: Source, frame: gpd.GeoDataFrame, name: str
) -> dict[str, Any]:
    """Return what a file of extracted perimeters says of itself, as foreign members."""
    edition = EDITIONS[str(reading.edition)]
    tolerance = float(frame["tolerance_m"].iloc[0])
    codes = set(frame["code"])
    return {
        "name": name,
        "title": f"{len(frame)} quartiers prioritaires, géographie {edition.name}",
        "edition": edition.name,
        "tolerance_m": tolerance,
        "publisher": source.publisher,
        "decree": edition.decree,
        "licence": source.licence,
        "vintage": source.vintage,
        "modified": (
            f"contours généralisés à {tolerance:g} m dans la projection légale du territoire, "
            "coordonnées arrondies à six décimales ; ces contours ne font pas foi"
        ),
        "source": {
            "name": source.name,
            "title": source.title,
            "file": source.file or reading.path.name,
            "sha256": reading.sha256,
            "features": reading.features,
            "repaired": [item.code for item in reading.repaired if item.code in codes],
        },
    }
