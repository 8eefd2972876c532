"""The 200 m grid of Filosofi: squares rebuilt from their identifiers, with INSEE's columns.

An identifier says its own grid: `CRS3035RES200mN2471400E3896600` is the square of 200 m whose
south-west corner is at (3 896 600, 2 471 400) in EPSG:3035. La Réunion (`CRS2975…`) and the French
Antilles (`CRS5490…`) have their own. The square is drawn from it, whatever geometry the file holds.
"""

from __future__ import annotations

import hashlib
import io
import re
import sqlite3
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from observatoire.crs import WGS84
from observatoire.errors import CrsError, FileError
from observatoire.schemas import CELLS, validate

KEYS = ("idcar_200m", "idinspire", "idcar_1km")
IMPUTED = "i_est_200"
COMMUNE = "lcog_geo"
GRIDS = frozenset({3035, 2975, 5490})
_CELL = re.compile(r"CRS(\d{4,5})RES(\d{2,5})mN(-?\d+)E(-?\d+)")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")
_SQLITE = b"SQLite format 3"
_DRAWN = frozenset({"fid", "geometry", "geom"})
_OTHER = frozenset({"idcar_1km", "i_est_1km", "idcar_nat", "groupe"})


@dataclass(frozen=True)
class CellColumn:
    """A published column: its INSEE name, a French label and the unit. All may be summed."""

    name: str
    label: str
    unit: str


@dataclass(frozen=True)
class CellReading:
    """A file of cells, read.

    Attributes
    ----------
    frame
        Per `schemas.CELLS`, EPSG:4326, in file order, plus one float column per published figure,
        under its INSEE name in lower case.
    columns
        The published figures that the file has.
    epsg
        CRS of the grid, in which the cells are squares.
    imputed_share
        Share (0–1) of the inhabitants who live in imputed cells (households when the file has no
        inhabitants); None when the file does not say which cells are.
    ignored
        Columns that hold no known figure.
    """

    frame: gpd.GeoDataFrame
    columns: tuple[CellColumn, ...]
    epsg: int
    imputed_share: float | None
    ignored: tuple[str, ...]
    path: Path
    sha256: str


@cache
def cell_columns() -> dict[str, CellColumn]:
    """Return the figures of the grid by their INSEE name in lower case."""
    text = resources.files(__package__).joinpath("cells.toml").read_text("utf-8")
    return {
        name: CellColumn(name, row["label"], row["unit"])
        for name, row in tomllib.loads(text).items()
    }


def read_cells(path: Path, content: bytes | None = None) -> CellReading:
    """Read a file of cells: CSV, or GeoPackage.

    Parameters
    ----------
    path
        Its name, for messages; read when `content` is not given.
    content
        Its bytes, already in memory.

    Raises
    ------
    FileError
        When it is not such a file: no identifier, a figure that is not a positive number, a cell
        twice.
    CrsError
        When its cells are on several grids, or on one that is not INSEE's.
    """
    raw = _bytes_of(path) if content is None else content
    table = read_cell_table(path, raw)
    key = cell_key(path, table.columns)
    figures = [column for name, column in cell_columns().items() if name in table.columns]
    frame, epsg = draw_cells(path, key, table[key])
    frame["commune"] = table[COMMUNE].astype("str") if COMMUNE in table.columns else None
    frame["imputed"] = _imputed(path, table)
    for column in figures:
        frame[column.name] = _figures(path, column.name, table[column.name])
    validate(frame, CELLS)
    known = {key, COMMUNE, IMPUTED, *_OTHER, *cell_columns()}
    return CellReading(
        frame=frame,
        columns=tuple(figures),
        epsg=epsg,
        imputed_share=_share(frame),
        ignored=tuple(name for name in table.columns if name not in known),
        path=path,
        sha256=hashlib.sha256(raw).hexdigest(),
    )


def read_cell_table(path: Path, content: bytes) -> pd.DataFrame:
    """Return the table of a file of cells as texts, its columns named in lower case.

    Raises
    ------
    FileError
        When it is no CSV and no GeoPackage of one table.
    """
    table = _geopackage(path, content) if content.startswith(_SQLITE) else _csv(path, content)
    table.columns = [str(name).strip().lower() for name in table.columns]
    return table


def cell_key(path: Path, names: Iterable[str]) -> str:
    """Return the column of the identifiers; raise `FileError` when there is none."""
    lower = {str(name).strip().lower(): name for name in names}
    found = next((lower[key] for key in KEYS if key in lower), None)
    if found is None:
        raise _fault(path, "no cell identifier", "La colonne des carreaux manque.", column=KEYS[0])
    return found


def holds_cells(content: bytes) -> bool:
    """Tell from its first bytes whether a file is one of cells."""
    if content.startswith(_SQLITE):
        return any(key.encode() in content[:65536].lower() for key in KEYS)
    head = content[:4096].split(b"\n", 1)[0].lower()
    return not head.lstrip().startswith(b"{") and any(key.encode() in head for key in KEYS)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as cause:
        raise _fault(path, "cannot read the file", "Le fichier ne peut pas être lu.") from cause


def _csv(path: Path, raw: bytes) -> pd.DataFrame:
    head = raw.split(b"\n", 1)[0]
    separator = ";" if head.count(b";") > head.count(b",") else ","
    try:
        table = pd.read_csv(
            io.BytesIO(raw), sep=separator, dtype="str", keep_default_na=False, encoding="utf-8-sig"
        )
    except (ValueError, pd.errors.ParserError) as cause:
        raise _fault(path, f"malformed CSV: {type(cause).__name__}", "Le CSV est mal formé.") from (
            cause
        )
    if table.empty:
        raise _fault(path, "no line of data", "Le fichier n’a aucune ligne de données.")
    return table


def _geopackage(path: Path, raw: bytes) -> pd.DataFrame:
    """Return the one table of a GeoPackage, in memory: its squares are drawn again anyway."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(raw)
        found = connection.execute(
            "SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes')"
        ).fetchall()
        if len(found) != 1:
            user = "Le GeoPackage a plusieurs couches, ou aucune."
            raise _fault(path, f"{len(found)} layers", user)
        name = str(found[0][0]).replace('"', '""')
        cursor = connection.execute(f'SELECT * FROM "{name}"')
        columns = [item[0] for item in cursor.description]
        lines = [["" if cell is None else cell for cell in line] for line in cursor]
    except (sqlite3.Error, OverflowError) as cause:
        raise _fault(path, "unreadable GeoPackage", "Le GeoPackage est illisible.") from cause
    finally:
        connection.close()
    if not lines:
        raise _fault(path, "no cell", "Le fichier n’a aucune ligne de données.")
    kept = [index for index, column in enumerate(columns) if column.lower() not in _DRAWN]
    return pd.DataFrame(
        {columns[index]: pd.Series([str(line[index]) for line in lines]) for index in kept}
    )


def draw_cells(path: Path, key: str, identifiers: pd.Series) -> tuple[gpd.GeoDataFrame, int]:
    """Return cells (`cell`, `epsg`, `size_m`, square in EPSG:4326) and the CRS of their grid.

    Raises
    ------
    FileError, CrsError
        As `read_cells`, for the identifiers in column `key`.
    """
    found = [_CELL.fullmatch(text.strip()) for text in identifiers]
    bad = next((row for row, match in enumerate(found, start=1) if match is None), None)
    if bad is not None:
        user = "Ce n’est pas l’identifiant d’un carreau (CRS3035RES200mN2471400E3896600)."
        raise _fault(path, "not a cell identifier", user, row=bad, column=key)
    numbers = np.array([list(map(int, match.groups())) for match in found if match])
    twice = pd.Series(list(map(tuple, numbers))).duplicated().to_numpy()
    if twice.any():
        user = "Ce carreau figure deux fois dans le fichier."
        raise _fault(path, "a cell twice", user, row=int(twice.argmax()) + 1, column=key)
    grids = sorted(set(numbers[:, 0].tolist()))
    if len(grids) > 1 or grids[0] not in GRIDS:
        raise CrsError(
            f"cells on the grids {grids}",
            user=f"Les carreaux sont sur des grilles inattendues : {', '.join(map(str, grids))}.",
            remedy="Donnez un fichier par territoire : métropole, Martinique ou La Réunion.",
            file=str(path),
            column=key,
        )
    size, north, east = (numbers[:, column].astype(float) for column in (1, 2, 3))
    ground = shapely.box(east, north, east + size, north + size)
    frame = gpd.GeoDataFrame(
        {
            "cell": identifiers.str.strip().to_numpy(),
            "epsg": numbers[:, 0],
            "size_m": size,
        },
        geometry=gpd.GeoSeries(ground, crs=grids[0]).to_crs(WGS84),
    )
    return frame, int(grids[0])


def _figures(path: Path, name: str, cells: pd.Series) -> pd.Series:
    """Return a column as numbers; an empty cell is missing, never zero."""
    texts = cells.str.strip()
    known = texts.map(lambda text: bool(_NUMBER.fullmatch(text)))
    blank = texts == ""
    wrong = (~known & ~blank).to_numpy()
    if wrong.any():
        user = "Cette cellule n’est pas un nombre positif ou nul."
        raise _fault(path, "not a number", user, row=int(wrong.argmax()) + 1, column=name)
    return texts.where(known).str.replace(",", ".").astype("float64")


def _imputed(path: Path, table: pd.DataFrame) -> pd.Series:
    """Return whether each cell is imputed; missing when the file does not say."""
    if IMPUTED not in table.columns:
        return pd.Series(pd.NA, index=table.index, dtype="boolean")
    values = _figures(path, IMPUTED, table[IMPUTED])
    wrong = (~values.isin([0, 1])).to_numpy()
    if wrong.any():
        user = "Un carreau est imputé (1) ou non (0)."
        raise _fault(path, "not 0 or 1", user, row=int(wrong.argmax()) + 1, column=IMPUTED)
    return (values == 1).astype("boolean")


def _share(frame: pd.DataFrame) -> float | None:
    weight = next((name for name in ("ind", "men") if name in frame.columns), None)
    if weight is None or frame["imputed"].isna().any() or not frame[weight].sum():
        return None
    return float(frame.loc[frame["imputed"].astype(bool), weight].sum() / frame[weight].sum())


def _fault(
    path: Path, message: str, user: str, *, row: int | None = None, column: str = ""
) -> FileError:
    return FileError(
        message,
        user=user,
        remedy="Donnez le fichier des carreaux de 200 m tel que publié (CSV ou GeoPackage).",
        file=str(path),
        row=row,
        column=column,
    )
