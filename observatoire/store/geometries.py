"""Geometry in and out of the store: PostGIS rows ↔ GeoDataFrames, always in EPSG:4326."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from psycopg import sql
from sqlalchemy import Connection, Select, Table

from observatoire.crs import WGS84, require_crs


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
    columns: Sequence[str],
    *,
    import_id: int,
    advance: Callable[[], None] = lambda: None,
) -> None:
    """Append the rows of a frame to a table with COPY, in the transaction of the connection.

    Parameters
    ----------
    columns
        Columns of the frame and of the table, besides `geometry` and `import_id`.
    advance
        Called after each row, for a progress bar.
    """
    require_crs(frame, WGS84)
    target = sql.Identifier(str(table.schema), table.name)
    names = [*columns, "import_id", "geometry"]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        target, sql.SQL(", ").join(map(sql.Identifier, names))
    )
    ground = shapely.to_wkb(
        shapely.set_srid(frame.geometry.values, WGS84), hex=True, include_srid=True
    )
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for values, wkb in zip(_rows(frame, columns), ground, strict=True):
            copy.write_row([*values, import_id, wkb])
            advance()


def _rows(frame: pd.DataFrame, columns: Sequence[str]) -> Iterable[list[Any]]:
    """Give the rows of a frame with None for what is missing."""
    for row in frame[list(columns)].itertuples(index=False, name=None):
        yield [None if pd.isna(value) else value for value in row]
