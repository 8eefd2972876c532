"""Files that a reader loads in a page: outlines, tables, dwellings. Read, and kept nowhere.

A geographic format is read by a library that wants a file: the bytes go to a folder that lives in
memory where the machine has one, and is gone before the answer.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from observatoire.boundaries.files import open_geofile
from observatoire.boundaries.repair import polygons
from observatoire.crs import WGS84
from observatoire.errors import FileError
from observatoire.outlines.cells import KEYS, draw_cells, holds_cells, read_cell_table

MOST_BYTES = 200 << 20
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own inside it, that only lives a moment
_SEPARATORS = (";", ",", "\t")
_POINTS = (0, 4)


@dataclass(frozen=True)
class Loaded:
    """A file's name, and its rows in EPSG:4326."""

    name: str
    frame: gpd.GeoDataFrame


def read_outlines(name: str, content: bytes, *, points: bool = False) -> Loaded:
    """Read polygons from a GeoJSON, a GeoPackage, a zipped shapefile, or a CSV of grid cells.

    Parameters
    ----------
    name
        As the reader's machine calls it; its suffix says what it is.
    points
        Points are taken too (dwellings, addresses).

    Raises
    ------
    FileError, CrsError
        When the file is not one, is too large, or holds no usable geometry.
    """
    _require_size(name, content)
    if PurePath(name).suffix.lower() in (".csv", ".txt"):
        return Loaded(name, grid_cells(name, read_table(name, content)))
    if holds_cells(content):
        return Loaded(name, grid_cells(name, read_cell_table(Path(name), content)))
    with TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        path = Path(folder) / f"fichier{PurePath(name).suffix.lower()}"
        path.write_bytes(content)
        frame = open_geofile(path).frame
    kinds = shapely.get_type_id(frame.geometry.to_numpy())
    if points and np.isin(kinds, _POINTS).all():
        return Loaded(name, frame.to_crs(WGS84))
    ground = polygons(frame.geometry)
    wrong = [row + 1 for row, shape in enumerate(ground) if shape is None]
    if wrong:
        some = ", ".join(map(str, wrong[:5])) + (
            f" et {len(wrong) - 5} autres" if wrong[5:] else ""
        )
        raise FileError(
            f"{len(wrong)} rows without a polygon",
            user=f"Des lignes n’ont pas de polygone utilisable : lignes {some}.",
            remedy="Réparez ces contours ou retirez-les du fichier.",
            file=name,
            row=wrong[0],
        )
    return Loaded(name, frame.set_geometry(ground))


def read_table(name: str, content: bytes) -> pd.DataFrame:
    """Read a CSV as texts: `;`, `,` or tabs, UTF-8 or Windows-1252.

    Raises
    ------
    FileError
        When it is not a table: no header, one column, lines that do not have its columns.
    """
    _require_size(name, content)
    text = _decoded(name, content)
    head = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=head.count)
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    lines = [line for line in lines if any(cell.strip() for cell in line)]
    columns = [cell.strip() for cell in lines[0]] if lines else []
    if len(lines) < 2 or len(columns) < 2 or separator not in head:
        raise FileError(
            "not a table",
            user="Ce fichier n’est pas un tableau : il faut une ligne de titres et deux colonnes.",
            remedy="Enregistrez-le en CSV, avec des points-virgules.",
            file=name,
        )
    if len(set(columns)) != len(columns):
        raise FileError(
            "two columns have the same name",
            user="Deux colonnes du tableau portent le même nom.",
            remedy="Gardez-en une seule.",
            file=name,
        )
    uneven = next((row for row, line in enumerate(lines) if len(line) != len(columns)), None)
    if uneven is not None:
        raise FileError(
            f"row {uneven} has another number of cells",
            user=f"La ligne {uneven} du tableau n’a pas autant de cases que ses titres.",
            remedy="Vérifiez les séparateurs et les guillemets de cette ligne.",
            file=name,
            row=uneven,
        )
    cells = [[cell.strip() for cell in line] for line in lines[1:]]
    return pd.DataFrame(cells, columns=columns, dtype="str")


def grid_cells(name: str, table: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the squares that Insee's cell identifiers name, with the table's columns.

    Notes
    -----
    `CRS3035RES200mN2029800E4252400` is the square of 200 m whose south-west corner lies at
    northing 2029800 and easting 4252400 in EPSG:3035; overseas identifiers name their own grid
    (`outlines.cells`).
    """
    column = next((one for key in KEYS for one in table.columns if one.lower() == key), None)
    if column is None:
        raise FileError(
            "a table without outlines",
            user="Un tableau seul n’a pas de contours, sauf un carroyage Insee (« idcar_200m »).",
            remedy="Chargez d’abord les contours, puis le tableau dans la case d’à côté.",
            file=name,
        )
    squares, _ = draw_cells(Path(name), column, table[column])
    return gpd.GeoDataFrame(table, geometry=squares.geometry.to_numpy(), crs=WGS84)


def _decoded(name: str, content: bytes) -> str:
    if b"\0" in content:
        raise FileError(
            "binary content",
            user="Ce fichier n’est pas un texte.",
            remedy="Enregistrez le tableau en CSV.",
            file=name,
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _require_size(name: str, content: bytes) -> None:
    if len(content) > MOST_BYTES:
        raise FileError(
            f"{len(content)} bytes",
            user="Ce fichier est trop lourd pour être lu dans la page.",
            remedy="Découpez-le au territoire qui vous intéresse.",
            file=name,
        )
