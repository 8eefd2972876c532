"""Columns, keys, units and geometry type of every frame, and a validator that reports all faults.

A frame is keyed by its code. Four absences never mix: `missing` (the producer has no figure),
`secret` (somebody decided not to show it), `blind` (nobody went out), `not_collected` (nobody
asks); zero is a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import geopandas as gpd
import pandas as pd

from observatoire.errors import SchemaError

Status = Literal["ok", "secret", "missing", "blind", "not_collected"]
STATUSES: tuple[str, ...] = get_args(Status)

ZoneKind = Literal["qpv", "iris", "commune", "epci", "france", "spread"]
ZONE_KINDS: tuple[str, ...] = get_args(ZoneKind)
SPREAD_ZONES = ("q05", "q25", "q50", "q75", "q95", "n", "total")
"""Zones of the kind `spread`, which is no place: quantiles of an indicator over all the QPV of
France, how many of them have a value, and how many there are."""


@dataclass(frozen=True)
class Column:
    """One column: its kind (`str`, `float`, `int`, `bool`, `date`), and whether it may be empty."""

    name: str
    kind: Literal["str", "float", "int", "bool", "date"]
    nullable: bool = False
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Schema:
    """Columns and key of a frame; `geometry` is the allowed geometry types, empty for a table."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    geometry: tuple[str, ...] = ()


BOUNDARIES = Schema(
    "boundaries",
    key=("edition", "code", "tolerance_m"),
    columns=(
        Column("edition", "str"),
        Column("code", "str"),
        Column("name", "str"),
        Column("commune", "str", nullable=True),
        Column("department", "str"),
        Column("area_m2", "float"),
        Column("tolerance_m", "float"),
    ),
    geometry=("MultiPolygon",),
)
OUTLINES = Schema(
    "outlines",
    key=("kind", "vintage", "code"),
    columns=(
        Column("kind", "str", allowed=("commune", "iris")),
        Column("vintage", "str"),
        Column("code", "str"),
        Column("name", "str"),
        Column("department", "str"),
        Column("tolerance_m", "float"),
    ),
    geometry=("MultiPolygon",),
)
CELLS = Schema(
    "cells",
    key=("cell",),
    columns=(
        Column("cell", "str"),
        Column("epsg", "int"),
        Column("size_m", "float"),
        Column("commune", "str", nullable=True),
        Column("imputed", "bool", nullable=True),
    ),
    geometry=("Polygon",),
)
STATISTICS = Schema(
    "statistics",
    key=("indicator", "zone_kind", "zone", "edition", "period"),
    columns=(
        Column("indicator", "str"),
        Column("zone_kind", "str", allowed=ZONE_KINDS),
        Column("zone", "str"),
        Column("edition", "str"),
        Column("period", "str"),
        Column("value", "float", nullable=True),
        Column("status", "str", allowed=("ok", "secret", "missing")),
        Column("source", "str"),
    ),
)
OBSERVATIONS = Schema(
    "observations",
    key=("row",),
    columns=(
        Column("row", "int"),
        Column("theme", "str"),
        Column("date", "date"),
        Column("precision", "str", allowed=("day", "month")),
        Column("count", "int"),
        Column("outing", "str", nullable=True),
    ),
    geometry=("Point",),
)
OUTINGS = Schema(
    "outings",
    key=("row",),
    columns=(
        Column("row", "int"),
        Column("outing", "str"),
        Column("date", "date"),
        Column("slot", "str", nullable=True),
        Column("qpv", "str"),
        Column("edition", "str"),
        Column("duration_min", "float", nullable=True),
        Column("workers", "float", nullable=True),
        Column("nothing_to_report", "bool"),
    ),
)


def faults(frame: pd.DataFrame, schema: Schema) -> tuple[str, ...]:
    """Return every fault of a frame against its schema, as English sentences; empty when none."""
    found: list[str] = []
    for column in schema.columns:
        if column.name not in frame.columns:
            found.append(f"column {column.name!r} is missing")
            continue
        found.extend(_column_faults(frame[column.name], column))
    if not found and frame.duplicated(list(schema.key)).any():
        found.append(f"duplicate key {schema.key}")
    if schema.geometry:
        found.extend(_geometry_faults(frame, schema))
    return tuple(found)


def validate(frame: pd.DataFrame, schema: Schema) -> None:
    """Raise `SchemaError` with all the faults of a frame; return nothing when it has none."""
    found = faults(frame, schema)
    if found:
        raise SchemaError(f"{schema.name}: " + "; ".join(found), faults=found)


def _column_faults(values: pd.Series, column: Column) -> list[str]:
    found = []
    if not column.nullable and values.isna().any():
        found.append(f"column {column.name!r} has {int(values.isna().sum())} empty values")
    present = values.dropna()
    numeric = pd.api.types.is_numeric_dtype(present) and not pd.api.types.is_bool_dtype(present)
    if column.kind == "str" and not present.map(lambda value: isinstance(value, str)).all():
        found.append(f"column {column.name!r} is not text")
    if column.kind in ("float", "int") and len(present) and not numeric:
        found.append(f"column {column.name!r} is not numeric")
    if column.allowed and not present.isin(column.allowed).all():
        found.append(f"column {column.name!r} has values outside {column.allowed}")
    return found


def _geometry_faults(frame: pd.DataFrame, schema: Schema) -> list[str]:
    if not isinstance(frame, gpd.GeoDataFrame):
        return ["the frame has no geometry"]
    found = []
    if frame.crs is None or frame.crs.to_epsg() != 4326:
        found.append(f"expected EPSG:4326, got {frame.crs}")
    kinds = set(frame.geom_type.dropna())
    if not kinds <= set(schema.geometry):
        found.append(f"geometry types {sorted(kinds)} instead of {list(schema.geometry)}")
    if frame.geometry.isna().any() or frame.geometry.is_empty.any():
        found.append("some geometries are empty")
    return found
