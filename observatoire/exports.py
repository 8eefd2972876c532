"""Files that leave the house: one protected layer as CSV, JSON, GeoJSON or GeoPackage.

Every form has the same rows, one per QPV: `qpv, name, site, edition, period, value, unit, status`,
`low`, `high`, `varies` (the 95 % interval in the unit of the value, and what varies behind it:
`sampling`, `process` or `model`; all three empty where none can be made), `grade` (A to E),
`outings` for field observations, then what makes the file understandable alone (`fictitious`,
`indicator`, `label`, `source`, and `note`, the status in French). A cell that is not shown has no
value in any form. The same layer gives the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from observatoire.crs import WGS84, require_crs
from observatoire.disclosure import ProtectedLayer
from observatoire.estimates import Parts
from observatoire.settings import Site
from observatoire.sheets import members, of_site, plain, records, table, title

FORMULA = ("=", "+", "-", "@", "\t", "\r")
DECIMALS = 6  # of coordinates, in degrees: about 0.1 m
_BOM = "\ufeff"
# A GeoPackage keeps the moment it was written, which would make two exports of one layer differ.
_GPKG_MOMENT = "2015-01-01T00:00:00Z"
_MOMENT = "OGR_CURRENT_DATE"
_GDAL_TURN = threading.Lock()


class Writer(Protocol):
    """Writes the rows of a layer, those of one site when it is named.

    `parts` are the layers of the counts that it is made from: without them a share has no
    interval.
    """

    def __call__(
        self,
        layer: ProtectedLayer,
        boundaries: gpd.GeoDataFrame,
        sites: Sequence[Site],
        only: Site | None = None,
        parts: Parts | None = None,
    ) -> bytes:
        """Return the bytes of the file."""


@dataclass(frozen=True)
class Export:
    """A form of file: its suffix, its media type, and how it is written."""

    suffix: str
    media: str
    write: Writer


def _rows(
    layer: ProtectedLayer,
    boundaries: gpd.GeoDataFrame,
    sites: Sequence[Site],
    only: Site | None,
    parts: Parts | None,
) -> pd.DataFrame:
    rows = table(layer, boundaries, sites, parts)
    return of_site(rows, only) if only else rows


def to_csv(
    layer: ProtectedLayer,
    boundaries: gpd.GeoDataFrame,
    sites: Sequence[Site],
    only: Site | None = None,
    parts: Parts | None = None,
) -> bytes:
    """Return a CSV that French spreadsheets open as it is meant.

    UTF-8 with a byte-order mark, semicolons and decimal commas: what LibreOffice and Excel expect
    under a French locale. A text that a spreadsheet would run as a formula (it begins with `=`,
    `+`, `-`, `@`, a tab or a return) is preceded by an apostrophe; numbers stay numbers, also
    negative ones.
    """
    return csv_bytes(_rows(layer, boundaries, sites, only, parts))


def csv_bytes(rows: pd.DataFrame) -> bytes:
    """Return any rows in the dialect of `to_csv`; what is missing is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(rows.columns)
    for row in rows.itertuples(index=False):
        writer.writerow([_csv_cell(cell) for cell in row])
    return (_BOM + out.getvalue()).encode("utf-8")


def to_json(
    layer: ProtectedLayer,
    boundaries: gpd.GeoDataFrame,
    sites: Sequence[Site],
    only: Site | None = None,
    parts: Parts | None = None,
) -> bytes:
    """Return a JSON object: what the layer is, and its rows; a value that is not shown is null."""
    rows = _rows(layer, boundaries, sites, only, parts)
    payload = members(layer) | {"rows": records(rows)}
    return (json.dumps(payload, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def to_geojson(
    layer: ProtectedLayer,
    boundaries: gpd.GeoDataFrame,
    sites: Sequence[Site],
    only: Site | None = None,
    parts: Parts | None = None,
) -> bytes:
    """Return a GeoJSON (RFC 7946): WGS 84, exterior rings counterclockwise, no `crs` member.

    What the layer is stands beside the features, as foreign members. A QPV without a perimeter has
    a null geometry.
    """
    rows = _rows(layer, boundaries, sites, only, parts)
    ground = _ground(rows, boundaries)
    features = [
        {
            "type": "Feature",
            "id": record["qpv"],
            "properties": record,
            "geometry": None if shape is None else shapely.geometry.mapping(shape),
        }
        for record, shape in zip(records(rows), ground, strict=True)
    ]
    collection = {"type": "FeatureCollection", **members(layer), "features": features}
    return (json.dumps(collection, ensure_ascii=False, allow_nan=False) + "\n").encode()


def to_gpkg(
    layer: ProtectedLayer,
    boundaries: gpd.GeoDataFrame,
    sites: Sequence[Site],
    only: Site | None = None,
    parts: Parts | None = None,
) -> bytes:
    """Return a GeoPackage with one layer in EPSG:4326, as QGIS opens it; always the same bytes."""
    rows = _rows(layer, boundaries, sites, only, parts)
    shapes = gpd.GeoSeries(_ground(rows, boundaries), crs=WGS84)
    described = " · ".join(
        str(value) for value in members(layer).values() if value not in ("", None, False)
    )
    target = io.BytesIO()
    frame = gpd.GeoDataFrame(rows, geometry=shapes)
    with _fixed_moment():
        pyogrio.write_dataframe(
            frame,
            target,
            driver="GPKG",
            layer=f"{layer.indicator} {layer.period}",
            geometry_type="MultiPolygon",
            layer_options={"IDENTIFIER": title(layer), "DESCRIPTION": described},
        )
    return target.getvalue()


FORMATS: dict[str, Export] = {
    "csv": Export("csv", "text/csv; charset=utf-8", to_csv),
    "json": Export("json", "application/json", to_json),
    "geojson": Export("geojson", "application/geo+json", to_geojson),
    "gpkg": Export("gpkg", "application/geopackage+sqlite3", to_gpkg),
}


def file_name(layer: ProtectedLayer, suffix: str) -> str:
    """Return the name a download is saved under: letters, digits, points and hyphens."""
    parts = [layer.indicator, layer.edition, layer.period]
    if layer.fictitious:
        parts.append("fictif")
    return re.sub(r"[^A-Za-z0-9.-]", "_", "-".join(parts)) + f".{suffix}"


@contextmanager
def _fixed_moment() -> Iterator[None]:
    """Let GDAL write our moment instead of the clock's; its options belong to the whole process."""
    with _GDAL_TURN:
        before = pyogrio.get_gdal_config_option(_MOMENT)
        pyogrio.set_gdal_config_options({_MOMENT: _GPKG_MOMENT})
        try:
            yield
        finally:
            pyogrio.set_gdal_config_options({_MOMENT: before})


def _csv_cell(value: object) -> str:
    known = plain(value)
    if known is None:
        return ""
    if isinstance(known, bool):
        return "oui" if known else "non"
    if isinstance(known, (int, float)):
        return repr(known).replace(".", ",")
    text = str(known)
    return f"'{text}" if text.startswith(FORMULA) else text


def _ground(rows: pd.DataFrame, boundaries: gpd.GeoDataFrame) -> list[Any]:
    """Perimeters of the rows, oriented and rounded to what six decimals of a degree mean."""
    require_crs(boundaries, WGS84)
    shapes = boundaries.geometry.reindex(rows["qpv"])
    found = shapely.set_precision(shapes.to_numpy(), 10**-DECIMALS, mode="pointwise")
    return list(shapely.orient_polygons(found, exterior_cw=False))
