"""The outlines of an overlay: sources, targets, dwellings, and the figures outlines carry.

A column is named as its publication writes it; case does not count, since a shapefile and a CSV of
one publication often differ by it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from observatoire.boundaries.files import ACCEPTED_EPSG, open_geofile
from observatoire.codes import is_qpv
from observatoire.errors import FileError
from observatoire.statistics.numerals import MISSING_WORDS, SECRET_WORDS, read_number
from observatoire.statistics.tables import parse_table, read_text
from observatoire.uploads import grid_cells

_EUROPEAN_GRID = 3035
_SYSTEMS = ACCEPTED_EPSG | {_EUROPEAN_GRID}
_ABSENT = SECRET_WORDS | MISSING_WORDS | {""}


def read_areas(path: Path, key: str, *, layer: str | None = None) -> gpd.GeoDataFrame:
    """Read outlines; a CSV is read when it names cells of the Insee grid.

    Parameters
    ----------
    key
        Column of the code of each area.

    Returns
    -------
    Frame indexed by key (texts), in the order of the file, in the system that it declares, with its
    other columns in lower case.

    Raises
    ------
    FileError, CrsError
        As `open_geofile`, and when the key is no column.
    """
    if path.suffix.lower() == ".csv":
        frame = _grid(path)
    else:
        frame = open_geofile(path, layer=layer, accepted=_SYSTEMS).frame
    column = find_column(frame.columns, key, path)
    return frame.set_index(pd.Index([_code(value) for value in frame[column]], name="key"))


def read_targets(
    path: Path, key: str | None = None, *, layer: str | None = None
) -> gpd.GeoDataFrame:
    """Read the areas to be estimated, as `read_areas`.

    Without a key it is the column that holds QPV codes, or the only column there is.
    """
    frame = open_geofile(path, layer=layer, accepted=_SYSTEMS).frame
    names = [str(name) for name in frame.columns if name != frame.geometry.name]
    if key is None:
        found = [name for name in names if all(is_qpv(_code(value)) for value in frame[name])]
        found = found or (names if len(names) == 1 else [])
        if not found:
            raise FileError(
                "no column of QPV codes",
                user="Aucune colonne de codes de quartiers n’est reconnue.",
                remedy="Donnez la colonne du code avec --target-key.",
                file=str(path),
            )
        key = found[0]
    column = find_column(names, key, path)
    return frame.set_index(pd.Index([_code(value) for value in frame[column]], name="key"))


def own_figures(areas: gpd.GeoDataFrame, columns: Iterable[str], path: Path) -> pd.DataFrame:
    """Return columns of the outlines themselves as numbers, by key; NaN where empty.

    Raises
    ------
    FileError
        When a column lacks, or holds what is no number.
    """
    numbers = {}
    for name in columns:
        values = areas[find_column(areas.columns, name, path)]
        read = [_number(value) for value in values]
        wrong = [row for row, value in enumerate(read, start=1) if value is None]
        if wrong:
            raise FileError(
                "text where a number was expected",
                user="Cette case contient du texte au lieu d’un nombre.",
                remedy="Laissez vide ce qui n’est pas publié.",
                file=str(path),
                row=wrong[0],
                column=name,
            )
        numbers[name] = np.array(read, dtype=float)
    return pd.DataFrame(numbers, index=areas.index)


def read_places(
    path: Path, column: str | None = None, *, layer: str | None = None
) -> gpd.GeoDataFrame:
    """Read dwellings: points or polygons, with how much each weighs.

    Parameters
    ----------
    column
        What each weighs; by default 1 for a point, its area for a polygon.

    Returns
    -------
    Frame with a column `weight`, in the system that the file declares.
    """
    frame = open_geofile(path, layer=layer, accepted=_SYSTEMS).frame
    if column is not None:
        name = find_column(frame.columns, column, path)
        weight = own_figures(frame, [name], path)[name]
    elif (shapely.get_type_id(frame.geometry.to_numpy()) == 0).all():
        weight = pd.Series(1.0, index=frame.index)
    else:
        equal = frame.geometry.to_crs(_EUROPEAN_GRID)
        weight = equal.area
    return gpd.GeoDataFrame({"weight": weight}, geometry=frame.geometry)


def find_column(names: Iterable[object], asked: str, path: Path) -> str:
    """Return the column of that name, in its own case first; raise `FileError` without one."""
    known = [str(name) for name in names]
    alike = [name for name in known if name.lower() == asked.strip().lower()]
    found = [asked] if asked in known else alike
    if len(found) == 1:
        return found[0]
    raise FileError(
        f"no column {asked!r}",
        user="Cette colonne n’existe pas dans le fichier.",
        remedy=f"Colonnes : {', '.join(known[:12])}{'…' if known[12:] else ''}.",
        file=str(path),
        column=asked,
    )


def _code(value: object) -> str:
    """Return a code as a text; empty for none. A file may hold `42218` as a number."""
    if isinstance(value, str):
        return value.strip()
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _number(value: object) -> float | None:
    """Return a number, NaN for an absence, None for any other text."""
    if isinstance(value, str):
        return float("nan") if value.strip().lower() in _ABSENT else read_number(value.strip())
    return float("nan") if pd.isna(value) else float(value)  # type: ignore[call-overload, arg-type]


def _grid(path: Path) -> gpd.GeoDataFrame:
    table = parse_table(read_text(path))
    texts = pd.DataFrame(dict(zip(table.columns, table.cells, strict=True)), dtype="str")
    frame = grid_cells(str(path), texts)
    frame.columns = [str(name).lower() for name in frame.columns]
    return frame
