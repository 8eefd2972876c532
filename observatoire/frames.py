"""Frames of a map are towns, not departments: a QPV of 10 ha is a speck on a department.

The QPV of a site are grouped by commune, then neighbouring communes are joined while the frame
that holds them all stays small. Pure: frames of boundaries in, frames out.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from observatoire.crs import WGS84, metric_epsg, require_crs

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class TownFrame:
    """A place to look at: one town, or a few neighbouring ones.

    Attributes
    ----------
    name
        French: the commune with most QPV, and the next one when it counts.
    south, west, north, east
        Bounds of its QPV, in degrees (EPSG:4326).
    codes
        QPV inside, sorted.
    """

    name: str
    south: float
    west: float
    north: float
    east: float
    codes: tuple[str, ...]


def town_frames(boundaries: gpd.GeoDataFrame, *, span_m: float = 9000) -> tuple[TownFrame, ...]:
    """Group QPV into the town frames of a site, those with most QPV first.

    Parameters
    ----------
    boundaries
        Indexed by QPV code, EPSG:4326, columns `commune` (several are separated by commas; may be
        missing) and `department`.
    span_m
        Communes are joined while the longer side of their common frame stays under this length,
        in metres of the legal metric CRS. A single commune is never split.
    """
    if boundaries.empty:
        return ()
    require_crs(boundaries, WGS84)
    groups: list[list[str]] = []
    for department, part in boundaries.groupby("department", sort=True):
        boxes = part.geometry.to_crs(metric_epsg(str(department))).bounds
        groups.extend(_joined(_by_commune(part["commune"]), boxes, span_m))
    frames = [_frame(boundaries.loc[codes]) for codes in groups]
    return tuple(sorted(frames, key=lambda frame: (-len(frame.codes), frame.name)))


def _by_commune(communes: pd.Series) -> list[list[str]]:
    """Group codes that share a commune, a QPV over two communes tying them together."""
    groups: list[tuple[set[str], list[str]]] = []
    for code, text in communes.sort_index().items():
        names = set(commune_names(text)) or {f"\0{code}"}
        members = [str(code)]
        apart = []
        for known, codes in groups:
            if known & names:
                names |= known
                members = codes + members
            else:
                apart.append((known, codes))
        groups = [*apart, (names, members)]
    return [sorted(codes) for _, codes in groups]


def _joined(groups: list[list[str]], boxes: pd.DataFrame, span_m: float) -> list[list[str]]:
    """Join the two groups whose common frame is smallest, again and again, while it fits."""
    held = [(sorted(codes), _around([_box(boxes, code) for code in codes])) for codes in groups]
    while len(held) > 1:
        span, first, second = min(
            (_span(_around([held[i][1], held[j][1]])), i, j)
            for i in range(len(held))
            for j in range(i + 1, len(held))
        )
        if span > span_m:
            break
        codes = sorted(held[first][0] + held[second][0])
        box = _around([held[first][1], held[second][1]])
        held = [group for place, group in enumerate(held) if place not in (first, second)]
        held.append((codes, box))
    return [codes for codes, _ in held]


def _frame(members: gpd.GeoDataFrame) -> TownFrame:
    west, south, east, north = (float(value) for value in members.total_bounds)
    codes = tuple(sorted(str(code) for code in members.index))
    return TownFrame(_name(members), south, west, north, east, codes)


def _name(members: gpd.GeoDataFrame) -> str:
    """Name a frame after its commune with most QPV, and its second one when it holds others."""
    tally: dict[str, int] = {}
    for text in members["commune"]:
        for rank, name in enumerate(commune_names(text)):
            tally[name] = tally.get(name, 0) + (2 if rank == 0 else 1)
    order = sorted(tally, key=lambda name: (-tally[name], name))
    if not order:
        return str(members["name"].iloc[0]) if "name" in members else str(members.index[0])
    leads = tally[order[0]] > 2 * sum(tally[name] for name in order[1:])
    return order[0] if len(order) == 1 or leads else " · ".join(order[:2])


def commune_names(text: object) -> list[str]:
    """Return the communes a QPV lies in, as the official files write them: `Woippy, Metz`."""
    if not isinstance(text, str):
        return []
    return [name.strip() for name in text.split(",") if name.strip()]


def _box(boxes: pd.DataFrame, code: str) -> Box:
    west, south, east, north = boxes.loc[code, ["minx", "miny", "maxx", "maxy"]].to_numpy(float)
    return float(west), float(south), float(east), float(north)


def _around(boxes: list[Box]) -> Box:
    lows = [min(box[side] for box in boxes) for side in (0, 1)]
    highs = [max(box[side] for box in boxes) for side in (2, 3)]
    return lows[0], lows[1], highs[0], highs[1]


def _span(box: Box) -> float:
    return max(box[2] - box[0], box[3] - box[1])
