"""Parquet, GeoParquet, GeoJSON and GeoPackage tables."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
from pyproj import CRS
from pyproj.exceptions import CRSError as ProjError
from shapely.errors import GEOSException

from observatoire.crs import WGS84, canonical_epsg
from observatoire.errors import FileError
from observatoire.observations.files import SAMPLE_ROWS, Rows, refuse_repeated, unreadable

_CRS84 = "OGC:CRS84"
_HEAD = 1 << 16
_NAMED_CRS = re.compile(
    r'"crs"\s*:\s*\{\s*"type"\s*:\s*"name"\s*,\s*"properties"\s*:\s*\{\s*"name"\s*:\s*"([^"]*)"'
)


class ParquetSource:
    """A Parquet table, with a geometry when it is GeoParquet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with pq.ParquetFile(path) as file:
            self._schema = file.schema_arrow
        self.epsg: int | None = None
        self._geometry = ""
        if b"geo" in (self._schema.metadata or {}):
            self._geometry, crs = _said_geometry(self._schema, path.name)
            self.epsg = _epsg(crs, path.name)
        self.headers = tuple(name for name in self._schema.names if name != self._geometry)
        refuse_repeated(self.headers, path.name)

    def sample(self) -> dict[str, pd.Series]:
        """Return the first values of the text columns."""
        texts = [name for name in self.headers if _is_text(self._schema.field(name).type)]
        try:
            with pq.ParquetFile(self._path) as file:
                batch = next(file.iter_batches(batch_size=SAMPLE_ROWS, columns=texts), None)
        except (pa.ArrowException, OSError) as cause:
            raise unreadable(self._path.name, self._path.suffix) from cause
        if batch is None or not texts:
            return {}
        frame = batch.to_pandas()
        return {name: frame[name] for name in texts}

    def read(self, columns: Sequence[str], *, geometry: bool = False) -> Rows:
        """Return the rows, and their geometry when it is asked for."""
        try:
            with pq.ParquetFile(self._path) as file:
                frame = file.read(columns=list(columns)).to_pandas(ignore_metadata=True)
            frame.index = pd.RangeIndex(1, len(frame) + 1, name="row")
            if not geometry:
                return Rows(frame)
            shapes = gpd.read_parquet(self._path, columns=[self._geometry]).geometry
        except (pa.ArrowException, GEOSException, OSError, ValueError) as cause:
            raise unreadable(self._path.name, self._path.suffix) from cause
        return Rows(frame, shapes.to_numpy())


class VectorSource:
    """A GeoJSON file or a GeoPackage, through GDAL."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # what GDAL cannot read is refused
            self._layer = _only_layer(path)
            info = pyogrio.read_info(path, layer=self._layer)
        self.headers = tuple(str(name) for name in info["fields"])
        self._text = tuple(
            str(name)
            for name, kind in zip(info["fields"], info["dtypes"], strict=True)
            if kind == "object"
        )
        has_geometry = info["geometry_type"] is not None
        crs = _named_crs(path) or info["crs"]
        self.epsg = _epsg(crs, path.name) if has_geometry else None

    def sample(self) -> dict[str, pd.Series]:
        """Return the first values of the text columns."""
        if not self._text:
            return {}
        frame = self._frame(self._text, read_geometry=False, max_features=SAMPLE_ROWS)
        return {name: frame[name] for name in self._text}

    def read(self, columns: Sequence[str], *, geometry: bool = False) -> Rows:
        """Return the rows, and their geometry when it is asked for."""
        frame = self._frame(columns, read_geometry=geometry)
        shapes = frame.geometry.to_numpy() if isinstance(frame, gpd.GeoDataFrame) else None
        table = pd.DataFrame(frame[list(columns)])
        table.index = pd.RangeIndex(1, len(table) + 1, name="row")
        return Rows(table, shapes)

    def _frame(self, columns: Sequence[str], **options: object) -> pd.DataFrame:
        try:
            with warnings.catch_warnings():
                # GDAL warns of a geometry it cannot read: it comes empty and is set aside.
                warnings.simplefilter("ignore", RuntimeWarning)
                frame: pd.DataFrame = pyogrio.read_dataframe(
                    self._path,
                    layer=self._layer,
                    columns=list(columns),
                    datetime_as_string=True,
                    **options,
                )
        except (pyogrio.errors.DataSourceError, pyogrio.errors.FeatureError, ValueError) as cause:
            raise unreadable(self._path.name, self._path.suffix) from cause
        return frame


def _epsg(crs: object, file: str) -> int:
    """Return the EPSG code of a CRS; CRS84 is WGS 84 with longitude first, as we always read it."""
    try:
        if crs is not None and CRS.from_user_input(crs).to_authority() == ("OGC", "CRS84"):
            return WGS84
    except ProjError:
        pass  # refused below
    return canonical_epsg(crs, file=file)


def _said_geometry(schema: pa.Schema, file: str) -> tuple[str, object]:
    """Return the geometry column and the CRS that a GeoParquet file declares."""
    try:
        geo = json.loads(schema.metadata[b"geo"])
        column = str(geo["primary_column"])
        crs = geo["columns"][column].get("crs", _CRS84)
    except (ValueError, LookupError, TypeError, AttributeError) as cause:
        raise unreadable(file, "GeoParquet") from cause
    if column not in schema.names:
        raise unreadable(file, "GeoParquet")
    return column, crs


def _named_crs(path: Path) -> str:
    """Return the CRS that a GeoJSON names before or after its features, empty without one.

    GDAL reads a name that it does not know as WGS 84; we refuse it.
    """
    if path.suffix.lower() == ".gpkg":
        return ""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
        stream.seek(max(0, path.stat().st_size - _HEAD))
        ends = (head + stream.read()).decode("utf-8", "replace")
    found = _NAMED_CRS.search(ends)
    name = found.group(1) if found else ""
    return _CRS84 if name.upper().endswith("CRS84") else name


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _only_layer(path: Path) -> str:
    layers = pyogrio.list_layers(path)
    named = [str(name) for name, kind in layers if kind is not None] or [
        str(name) for name, _ in layers
    ]
    if len(named) == 1:
        return named[0]
    raise FileError(
        f"{len(named)} layers instead of one",
        user=f"Le fichier contient {len(named)} couches au lieu d’une.",
        remedy="Exportez la seule couche des observations.",
        file=path.name,
    )
