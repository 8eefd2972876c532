"""Write this project's own GeoJSON: small, reproducible to the byte, saying where it comes from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from observatoire.boundaries.generalise import DECIMALS
from observatoire.crs import WGS84, require_crs
from observatoire.errors import FileError


def to_geojson(
    frame: gpd.GeoDataFrame, properties: Mapping[str, str], members: Mapping[str, Any]
) -> str:
    """Return a GeoJSON FeatureCollection, one feature a line, in the order of the frame.

    Parameters
    ----------
    frame
        EPSG:4326; coordinates are written with six decimals.
    properties
        Name of each property, and the column it is written from; a missing value is `null`.
    members
        Foreign members: what the file says of itself.
    """
    require_crs(frame, WGS84)
    head = {"type": "FeatureCollection", **members}
    lines = [
        _dumps(
            {
                "type": "Feature",
                "properties": {
                    name: value if isinstance(value := getattr(row, column), str) else None
                    for name, column in properties.items()
                },
                "geometry": _geometry(row.geometry),
            }
        )
        for row in frame.itertuples()
    ]
    opening = _dumps(head, indent=1).removesuffix("\n}")
    return opening + ',\n "features": [\n' + ",\n".join(lines) + "\n ]\n}\n"


def write_atomically(path: Path, text: str) -> None:
    """Write a whole file or none: a reader never sees half of it.

    Raises
    ------
    FileError
        When the folder cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, "utf-8")
        part.replace(path)
    except OSError as cause:
        if part.is_file():
            part.unlink()
        raise FileError(
            f"cannot write ({cause.strerror})",
            user="Le fichier ne peut pas être écrit.",
            remedy="Vérifiez le dossier et la place sur le disque.",
            file=str(path),
        ) from cause


def _geometry(geometry: Any) -> dict[str, Any]:
    mapping = shapely.geometry.mapping(geometry)
    return {"type": mapping["type"], "coordinates": _rounded(mapping["coordinates"])}


def _rounded(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return [_rounded(item) for item in value]
    return round(value, DECIMALS)


def _dumps(value: Any, indent: int | None = None) -> str:
    separators = (",", ": ") if indent else (",", ":")
    return json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
