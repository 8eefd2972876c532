"""Who computes for the page of overlaid areas: given to it when the program is composed.

Areas and QPV are taken to the legal metric system of each territory, weighed, and judged; what goes
back to the page holds no number that may not be shown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from observatoire import uploads
from observatoire.crs import WGS84, metric_epsg, require_crs
from observatoire.overlays import (
    Benchmark,
    Official,
    OverlayOptions,
    OverlayResult,
    OverlayRow,
    overlay,
    shown,
)
from observatoire.superposition import (
    Answer,
    Conservation,
    Outlines,
    Part,
    Question,
    Row,
    Table,
)

_VALUE, _BELOW, _IMPUTED = "value", "below", "imputed"


@dataclass(frozen=True)
class OverlayDesk:
    """Answers the questions of the page; holds nothing."""

    def answer(self, question: Question) -> Answer:
        """Return what the areas allow to say of each QPV (`superposition.Overlays`)."""
        figures, options = _figures(question)
        found = shown(
            overlay(
                question.areas,
                figures,
                question.targets,
                options,
                weights=_places(question),
                benchmark=_benchmark(question),
                official=_official(question),
            )
        )
        return Answer(tuple(map(_row, found.rows)), _conservation(found), found.warnings)

    def read_outlines(self, name: str, content: bytes) -> Outlines:
        """Read outlines, or points where dwellings stand, from a file in memory."""
        loaded = uploads.read_outlines(name, content, points=True)
        return Outlines(loaded.name, loaded.frame)

    def read_table(self, name: str, content: bytes) -> Table:
        """Read a table from a file in memory."""
        frame = uploads.read_table(name, content)
        return Table(name, {str(column): frame[column] for column in frame.columns})

    def areas_m2(self, areas: gpd.GeoDataFrame) -> pd.Series:
        """Return the area of each outline in m², in the legal system of where it is drawn."""
        require_crs(areas, WGS84)
        middle = areas.geometry.representative_point()
        systems = pd.Series(
            [place_epsg(point.x, point.y) for point in middle], index=range(len(areas))
        )
        found = pd.Series(float("nan"), index=range(len(areas)))
        for epsg in systems.unique():
            here = (systems == epsg).to_numpy()
            found[here] = areas.geometry[here].to_crs(int(epsg)).area.to_numpy()
        return pd.Series(found.to_numpy(), index=areas.index)


def place_epsg(longitude: float, latitude: float) -> int:
    """Return the legal metric system of a place of France, told by where it is.

    Raises
    ------
    CrsError
        For a place of no territory that is known.
    """
    boxes = {
        "42": (-6.0, 41.0, 10.5, 51.6),
        "971": (-63.3, 14.0, -60.5, 18.3),
        "973": (-55.0, 1.9, -51.4, 6.1),
        "974": (54.9, -21.7, 56.1, -20.6),
        "976": (44.8, -13.2, 45.5, -12.4),
        "987": (-155.0, -28.5, -134.0, -7.5),
    }
    for department, (west, south, east, north) in boxes.items():
        if west <= longitude <= east and south <= latitude <= north:
            return metric_epsg(department)
    return metric_epsg("?")


def _figures(question: Question) -> tuple[pd.DataFrame, OverlayOptions]:
    """Return the figures as `overlay` takes them, and what they are."""
    asked = question.figures
    columns = {_VALUE: asked.values, _BELOW: asked.denominators, _IMPUTED: asked.imputed}
    frame = pd.DataFrame({name: values for name, values in columns.items() if values is not None})
    options = OverlayOptions(
        kind=asked.kind,
        value=_VALUE,
        denominator=None if asked.denominators is None else _BELOW,
        per=asked.per,
        imputed=None if asked.imputed is None else _IMPUTED,
        extra_rows=True,
    )
    return frame, options


def _places(question: Question) -> gpd.GeoDataFrame | None:
    asked = question.places
    if asked is None:
        return None
    ground = gpd.GeoDataFrame(geometry=asked.ground.to_numpy(), crs=asked.ground.crs)
    return ground.assign(weight=asked.masses.to_numpy())


def _benchmark(question: Question) -> Benchmark | None:
    asked = question.calibration
    return None if asked is None else Benchmark(asked.totals, asked.areas)


def _official(question: Question) -> Official | None:
    if question.known is None:
        return None
    codes = question.targets.index
    statuses = question.known.statuses.reindex(codes).fillna("missing")
    return Official(question.known.values.reindex(codes), statuses)


def _row(found: OverlayRow) -> Row:
    return Row(
        found.qpv,
        found.estimate,
        found.lo,
        found.hi,
        found.grade,
        found.reasons,
        found.method if found.estimate is not None else "",
        found.coverage,
        found.partial_share,
        tuple(Part(part.key, part.share, part.target_share) for part in found.parts),
    )


def _conservation(result: OverlayResult) -> Conservation | None:
    """Return where the total goes, by the estimates that may be shown; the rest is by difference.

    What weights by ground would put in a QPV that is not estimated is in the rest, with all that
    lies outside.
    """
    found = result.conservation
    if found is None:
        return None
    estimates = [row.estimate for row in result.rows if row.estimate is not None]
    inside = math.fsum(estimates)
    return Conservation(
        found.total, inside, found.total - inside, found.sources, found.hidden, len(estimates)
    )
