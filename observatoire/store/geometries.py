"""Geometry in and out of the store: PostGIS rows ↔ GeoDataFrames, always in EPSG:4326."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import Connection, Select, Table

from observatoire.crs import WGS84, require_crs
from observatoire.store.copying import copy_rows


def load_frame(connection: Connection, query: Select[Any], index: str) -> gpd.GeoDataFrame:
    """Run a query whose `geometry` column is WKB (`ST_AsBinary`) and return a frame.

    Text columns keep the `str` type even when the answer is empty; the frame is indexed by the
    column `index`.
    """
    result = connection.execute(query)
    frame = pd.DataFrame(result.all(), columns=list(result.keys()))
    for column in query.selected_columns:
        name = str(column.name)
        if name != "geometry":
            frame[name] = frame[name].astype("str" if column.type.python_type is str else "float")
    geometry = gpd.GeoSeries(shapely.from_wkb(frame.pop("geometry")), crs=WGS84)
    return gpd.GeoDataFrame(frame, geometry=geometry).set_index(index)


def copy_frame(
    connection: Connection,
    table: Table,
    frame: gpd.GeoDataFrame,
    types: dict[str, str],
    *,
    import_id: int,
    advance: Callable[[], None] = lambda: None,
) -> None:
    """Append the rows of a frame to a table, in the transaction of the connection.

    Parameters
    ----------
    types
        PostgreSQL type of each column of the frame to write, besides `geometry`.
    import_id
        The import that the rows come from.
    advance
        Called after each row, for a progress bar.
    """
    require_crs(frame, WGS84)
    ground = shapely.to_wkb(shapely.set_srid(frame.geometry.values, WGS84), include_srid=True)
    rows = (
        (*values, import_id, wkb)
        for values, wkb in zip(_rows(frame, list(types), advance), ground, strict=True)
    )
    copy_rows(connection, table, types | {"import_id": "int4", "geometry": "bytea"}, rows)


def _rows(
    frame: pd.DataFrame, columns: list[str], advance: Callable[[], None]
) -> Iterator[list[Any]]:
    """Give the rows of a frame with None for what is missing."""
    for row in frame[columns].itertuples(index=False, name=None):
        yield [None if pd.isna(value) else value for value in row]
        advance()
