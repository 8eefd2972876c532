"""Files that leave the house: one protected layer as CSV, JSON, GeoJSON or GeoPackage.

Every form has the same rows, one per QPV: `qpv, name, site, edition, period, value, unit, status`,
`outings` for field observations, then what makes the file understandable alone (`fictitious`,
`indicator`, `label`, `source`, and `note`, the status in French). A cell that is not shown has no
value in any form. The same layer gives the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from observatoire.codes import qpv_department
from observatoire.crs import WGS84, require_crs
from observatoire.disclosure import ProtectedLayer, require_protected
from observatoire.errors import NotFoundError
from observatoire.labels.numbers import status_words
from observatoire.settings import Site
from observatoire.sources import read_register

FORMULA = ("=", "+", "-", "@", "\t", "\r")
DECIMALS = 6  # of coordinates, in degrees: about 0.1 m
_BOM = "\ufeff"
# A GeoPackage keeps the moment it was written, which would make two exports of one layer differ.
_GPKG_MOMENT = "2015-01-01T00:00:00Z"
_MOMENT = "OGR_CURRENT_DATE"
_GDAL_TURN = threading.Lock()


@dataclass(frozen=True)
class Export:
    """A form of file: its suffix, its media type, and how it is written."""

    suffix: str
    media: str
    write: Callable[[ProtectedLayer, gpd.GeoDataFrame, Sequence[Site]], bytes]


def table(
    layer: ProtectedLayer, boundaries: gpd.GeoDataFrame, sites: Sequence[Site]
) -> pd.DataFrame:
    """Return the rows that every form holds, in the order of the sites, then of the codes.

    Parameters
    ----------
    boundaries
        Perimeters indexed by code with `name`; a QPV whose perimeter is not loaded has no name.
    sites
        The sites; a QPV of none of them has an empty site, and comes last.

    Raises
    ------
    DisclosureError
        When the layer did not pass the door.
    """
    frame = require_protected(layer).frame
    frame = frame[frame.index.get_level_values("zone_kind") == "qpv"].droplevel("zone_kind")
    codes = frame.index.astype("str")
    rows = pd.DataFrame(
        {
            "qpv": codes,
            "name": boundaries["name"].reindex(codes).fillna("").to_numpy(),
            "site": [_site_of(code, sites) for code in codes],
            "edition": layer.edition,
            "period": layer.period,
            "value": frame["value"].to_numpy(),
            "unit": layer.description.unit,
            "status": frame["status"].to_numpy(),
        }
    )
    if layer.rule == "field":
        rows["outings"] = frame["outings"].array
    rows["fictitious"] = layer.fictitious
    rows["indicator"] = layer.indicator
    rows["label"] = layer.description.label
    rows["source"] = cite(layer)
    rows["note"] = rows["status"].map(lambda name: "" if name == "ok" else status_words(name))
    ranks = {site.id: rank for rank, site in enumerate(sites)}
    order = rows["site"].map(ranks).fillna(len(ranks))
    rows = rows.assign(order=order).sort_values(["order", "qpv"], ignore_index=True)
    return rows.drop(columns="order")


def of_site(rows: pd.DataFrame, site: Site) -> pd.DataFrame:
    """Return the rows of one site; raise `NotFoundError` when it has none."""
    kept = rows[rows["site"] == site.id].reset_index(drop=True)
    if kept.empty:
        raise NotFoundError(
            f"no QPV of site {site.id!r} in this layer",
            user=f"La couche ne couvre aucun quartier du site « {site.name} ».",
        )
    return kept


def cite(layer: ProtectedLayer) -> str:
    """Return how the source of a layer is cited: publisher, title, vintage."""
    register = read_register()
    if layer.source not in register:
        return layer.source
    source = register[layer.source]
    return ", ".join(part for part in (source.publisher, source.title, source.vintage) if part)


def to_csv(layer: ProtectedLayer, boundaries: gpd.GeoDataFrame, sites: Sequence[Site]) -> bytes:
    """Return a CSV that French spreadsheets open as it is meant.

    UTF-8 with a byte-order mark, semicolons and decimal commas: what LibreOffice and Excel expect
    under a French locale. A text that a spreadsheet would run as a formula (it begins with `=`,
    `+`, `-`, `@`, a tab or a return) is preceded by an apostrophe; numbers stay numbers, also
    negative ones.
    """
    rows = table(layer, boundaries, sites)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(rows.columns)
    for row in rows.itertuples(index=False):
        writer.writerow([_csv_cell(cell) for cell in row])
    return (_BOM + out.getvalue()).encode("utf-8")


def to_json(layer: ProtectedLayer, boundaries: gpd.GeoDataFrame, sites: Sequence[Site]) -> bytes:
    """Return a JSON object: what the layer is, and its rows; a value that is not shown is null."""
    rows = table(layer, boundaries, sites)
    payload = members(layer) | {"rows": records(rows)}
    return (json.dumps(payload, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def to_geojson(layer: ProtectedLayer, boundaries: gpd.GeoDataFrame, sites: Sequence[Site]) -> bytes:
    """Return a GeoJSON (RFC 7946): WGS 84, exterior rings counterclockwise, no `crs` member.

    What the layer is stands beside the features, as foreign members. A QPV without a perimeter has
    a null geometry.
    """
    rows = table(layer, boundaries, sites)
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


def to_gpkg(layer: ProtectedLayer, boundaries: gpd.GeoDataFrame, sites: Sequence[Site]) -> bytes:
    """Return a GeoPackage with one layer in EPSG:4326, as QGIS opens it; always the same bytes."""
    rows = table(layer, boundaries, sites)
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
            layer_options={"IDENTIFIER": _title(layer), "DESCRIPTION": described},
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


def members(layer: ProtectedLayer) -> dict[str, Any]:
    """Return what is said of a layer beside its rows."""
    described = require_protected(layer).description
    return {
        "title": _title(layer),
        "indicator": layer.indicator,
        "definition": described.definition,
        "unit": described.unit,
        "edition": layer.edition,
        "period": layer.period,
        "source": cite(layer),
        "rule": layer.rule,
        "share_visible": layer.share_visible,
        "fictitious": layer.fictitious,
        "caveat": described.caveat,
    }


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain values; what is missing is None."""
    columns = [[_plain(value) for value in rows[name]] for name in rows.columns]
    return [dict(zip(rows.columns, row, strict=True)) for row in zip(*columns, strict=True)]


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


def _title(layer: ProtectedLayer) -> str:
    title = f"{layer.description.label}, {layer.period}, contours {layer.edition}"
    return f"{title} — données fictives" if layer.fictitious else title


def _site_of(code: str, sites: Sequence[Site]) -> str:
    department = qpv_department(code)
    return next((site.id for site in sites if site.holds(code, department)), "")


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return value


def _csv_cell(value: object) -> str:
    plain = _plain(value)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "oui" if plain else "non"
    if isinstance(plain, (int, float)):
        return repr(plain).replace(".", ",")
    text = str(plain)
    return f"'{text}" if text.startswith(FORMULA) else text


def _ground(rows: pd.DataFrame, boundaries: gpd.GeoDataFrame) -> list[Any]:
    """Perimeters of the rows, oriented and rounded to what six decimals of a degree mean."""
    require_crs(boundaries, WGS84)
    shapes = boundaries.geometry.reindex(rows["qpv"])
    found = shapely.set_precision(shapes.to_numpy(), 10**-DECIMALS, mode="pointwise")
    return list(shapely.orient_polygons(found, exterior_cw=False))
