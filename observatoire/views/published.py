"""What the pages read of a release: its layers, its places, one figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import pandas as pd

from observatoire.codes import qpv_department
from observatoire.disclosure import ProtectedLayer
from observatoire.publication import LayerInfo, ReleaseInfo
from observatoire.views.state import Offer


@dataclass(frozen=True)
class Place:
    """A neighbourhood: its code and names, its site, its area on the ground in m²."""

    code: str
    name: str
    commune: str
    site: str
    site_name: str
    area_m2: float


@dataclass(frozen=True)
class Cell:
    """One figure: NaN unless `status` is `ok`; None outings where effort is not counted."""

    value: float
    status: str
    outings: int | None

    @property
    def is_shown(self) -> bool:
        """Tell whether there is a figure to show."""
        return self.status == "ok"


@dataclass(frozen=True)
class Published:
    """The current release, but its figures.

    Attributes
    ----------
    release, offer
        The release and its layers.
    boundaries
        By edition, the neighbourhoods of the sites: GeoDataFrame in EPSG:4326 indexed by code,
        columns `name`, `commune`, `department`, `area_m2`, `site` (id) and `site_name`, in the
        order of the sites.
    squares
        The layers of squares that whoever asks may read.
    """

    release: ReleaseInfo
    offer: Offer
    boundaries: Mapping[str, gpd.GeoDataFrame] = field(repr=False)
    squares: tuple[LayerInfo, ...] = ()

    @cached_property
    def codes(self) -> dict[str, tuple[str, ...]]:
        """Return the codes of the neighbourhoods shown, by edition."""
        return {name: tuple(frame.index) for name, frame in self.boundaries.items()}

    def place(self, edition: str, code: str) -> Place:
        """Return a neighbourhood; without a commune, its department stands for it."""
        row = self.boundaries[edition].loc[code]
        commune = row["commune"] if isinstance(row["commune"], str) else qpv_department(code)
        return Place(
            code,
            str(row["name"]),
            commune,
            str(row["site"]),
            str(row["site_name"]),
            float(row["area_m2"]),
        )


def as_cell(figures: pd.DataFrame, zone: str) -> Cell:
    """Return the figure of a zone of a table with `value`, `status` and `outings`."""
    row: dict[Any, Any] = figures.loc[zone].to_dict()
    outings = row["outings"]
    return Cell(float(row["value"]), str(row["status"]), None if pd.isna(outings) else int(outings))


def zone_figures(layer: ProtectedLayer, kind: str) -> pd.DataFrame:
    """Return the figures of one kind of zone, indexed by its code; empty when there is none."""
    kinds = layer.frame.index.get_level_values("zone_kind")
    return layer.frame[kinds == kind].droplevel("zone_kind")
