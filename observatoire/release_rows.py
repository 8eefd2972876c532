"""A release as rows: the headers and cells of its layers, its grounds, and the hash of it all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from observatoire.crs import WGS84
from observatoire.disclosure import ProtectedLayer

Advance = Callable[[], None]


def header(layer: ProtectedLayer) -> dict[str, Any]:
    """Return the row of a layer, without its cells."""
    return {
        "indicator": layer.indicator,
        "period": layer.period,
        "edition": layer.edition,
        "rule": layer.rule,
        "source": layer.source,
        "fictitious": layer.fictitious,
        "share_visible": layer.share_visible,
        "description": asdict(layer.description),
        "sha256": layer.sha256,
        "site": layer.site,
        "agreed": asdict(layer.agreed) if layer.agreed else None,
    }


def cells(
    layers: Sequence[ProtectedLayer], ids: Sequence[int], advance: Advance
) -> Iterator[tuple[object, ...]]:
    """Give the rows of the cells of layers: id of the layer, zone, value, status, outings."""
    for layer, layer_id in zip(layers, ids, strict=True):
        frame = layer.frame
        values = frame["value"].astype(object).where(frame["value"].notna(), None)
        outings = frame["outings"].astype(object).where(frame["outings"].notna(), None)
        for zone, value, status, effort in zip(
            frame.index, values, frame["status"], outings, strict=True
        ):
            yield (layer_id, *zone, value, status, effort)
        advance()


def gathered(
    frames: Mapping[str, gpd.GeoDataFrame], columns: Mapping[str, str]
) -> gpd.GeoDataFrame:
    """Stack frames indexed by code into one, sorted by key, with the columns published."""
    wanted = [*columns, "geometry"]
    parts = [frame.reset_index()[wanted] for frame in frames.values() if len(frame)]
    if not parts:
        return gpd.GeoDataFrame({name: [] for name in wanted}, geometry="geometry", crs=WGS84)
    gathered = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=parts[0].crs)
    return gathered.sort_values(list(columns)[:3], kind="stable", ignore_index=True)


def fingerprint(content: object, frames: Sequence[gpd.GeoDataFrame]) -> str:
    """SHA-256 of a release: its layers, its rules, and the places they are drawn on."""
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode())
    for frame in frames:
        plain = pd.DataFrame(frame.drop(columns="geometry"))
        digest.update(plain.to_csv(index=False).encode())
        for ground in shapely.to_wkb(frame.geometry.values):
            digest.update(ground)
    return digest.hexdigest()
