"""Small invented perimeter files, in every published form. No place here is real."""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
from shapely.geometry import Polygon, box

LOIRE = (4.0, 45.4)
"""South-west corner, in degrees, of the toy ground in the Loire."""

BOW_TIE = [(0, 0), (1000, 1000), (1000, 0), (0, 1000)]
"""A ring that crosses itself once: two triangles of 25 ha each, which its area formula cancels."""


def metric_square(x: float = 800_000, y: float = 6_480_000, side: float = 1000) -> Polygon:
    """A square in Lambert-93 metres, in the Loire."""
    return box(x, y, x + side, y + side)


def perimeters(
    *,
    codes: Sequence[str] = ("QP042901", "QP042902", "QP042903"),
    epsg: int = 2154,
    origin: tuple[float, float] = (800_000, 6_480_000),
    declared: int | None = None,
) -> gpd.GeoDataFrame:
    """One-kilometre squares, two kilometres apart, with the columns of the 2015 edition."""
    squares = [
        box(x, origin[1], x + 1000, origin[1] + 1000)
        for x in (origin[0] + 2000 * rank for rank in range(len(codes)))
    ]
    return gpd.GeoDataFrame(
        {
            "CODE_QP": list(codes),
            "NOM_QP": [f"Quartier fictif né à l’été {rank}" for rank in range(len(codes))],
            "COMMUNE_QP": ["Saint-Fictif-lès-Prés"] * len(codes),
        },
        geometry=squares,
        crs=declared or epsg,
    )


def perimeters_2024() -> gpd.GeoDataFrame:
    """The same ground with the columns and the codes of the 2024 edition."""
    frame = perimeters(codes=("QN04291M", "QN04292M"))
    return gpd.GeoDataFrame(
        {
            "code_qp": frame["CODE_QP"],
            "lib_qp": frame["NOM_QP"],
            "insee_com": "42999",
            "lib_com": frame["COMMUNE_QP"],
            "insee_dep": "42",
            "lib_dep": "Loire",
            "siren_epci": "200099999",
            "lib_epci": "Agglomération fictive",
            "insee_reg": "84",
            "lib_reg": "Auvergne-Rhône-Alpes",
        },
        geometry=frame.geometry,
        crs=frame.crs,
    )


def write_shapefile(frame: gpd.GeoDataFrame, path: Path, encoding: str = "UTF-8") -> Path:
    """Write a shapefile, its `.cpg` included."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names over 10 characters are cut, as published
        pyogrio.write_dataframe(frame, path, encoding=encoding)
    return path


def write_layer(frame: gpd.GeoDataFrame, path: Path, layer: str | None = None) -> Path:
    """Write a GeoPackage layer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a frame without CRS is one of the cases
        pyogrio.write_dataframe(frame, path, layer=layer, append=path.exists())
    return path


def zip_files(path: Path, files: Sequence[Path], folder: str = "") -> Path:
    """Zip files, under a folder of the archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, f"{folder}{file.name}")
    return path


def shapefile_parts(path: Path) -> list[Path]:
    """The files of a shapefile."""
    return sorted(path.parent.glob(f"{path.stem}.*"))


def ring(lon: float = LOIRE[0], lat: float = LOIRE[1], side: float = 0.01) -> list[list[float]]:
    """A closed square ring in degrees."""
    west, south, east, north = lon, lat, lon + side, lat + side
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(geometry: Any = "square", **properties: Any) -> dict[str, Any]:
    """A GeoJSON feature with the properties of the 2015 edition."""
    ground = {"type": "Polygon", "coordinates": [ring()]} if geometry == "square" else geometry
    known = {"code_qp": "QP042901", "nom_qp": "Quartier fictif", "commune_qp": "Saint-Fictif"}
    return {"type": "Feature", "properties": known | properties, "geometry": ground}


def polygon(*rings: Any) -> dict[str, Any]:
    """A GeoJSON polygon."""
    return {"type": "Polygon", "coordinates": list(rings)}


def write_geojson(path: Path, *features: dict[str, Any], **members: Any) -> Path:
    """Write a FeatureCollection, with foreign members."""
    document = {"type": "FeatureCollection", **members, "features": list(features)}
    path.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    return path
