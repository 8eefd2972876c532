"""What a page asks about other areas over the QPV, and what it is told. Pure types, no computing.

The page says which areas, which figures and which official totals; whoever composes the program
gives it an `Overlays` that computes. What comes back never holds a number that may not be shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import geopandas as gpd
import pandas as pd

Kind = Literal["count", "rate"]
NOT_SHOWN = "E"


@dataclass(frozen=True)
class AreaFigures:
    """Figures of one variable by area.

    Attributes
    ----------
    values
        Counts, or the numerators of a rate, by key; NaN where the producer publishes none.
    denominators
        For a rate, same index; None for a count.
    per
        Of how many denominators a rate is said (100 for a percentage).
    imputed
        Share of each figure that its producer imputed (0–1); None when it does not say.
    """

    kind: Kind
    values: pd.Series
    denominators: pd.Series | None = None
    per: float = 1.0
    imputed: pd.Series | None = None


@dataclass(frozen=True)
class Calibration:
    """A count that the same producer publishes by area and, officially, by QPV.

    Attributes
    ----------
    areas, totals
        By key of the areas, and by QPV code; NaN where none is published.
    """

    areas: pd.Series
    totals: pd.Series


@dataclass(frozen=True)
class Known:
    """Official figures of the very same variable and year by QPV: `values`, and `statuses`."""

    values: pd.Series
    statuses: pd.Series


@dataclass(frozen=True)
class Places:
    """Where people live: points or polygons in EPSG:4326, and what each weighs (dwellings)."""

    ground: gpd.GeoSeries
    masses: pd.Series


@dataclass(frozen=True)
class Question:
    """One overlay.

    Attributes
    ----------
    areas
        Outlines indexed by key, EPSG:4326.
    figures
        Their figures; an area without one is unknown, never zero.
    targets
        QPV indexed by code, EPSG:4326, column `department`.
    calibration, known, places
        What the method rests on beside the ground; None for none.
    """

    areas: gpd.GeoDataFrame
    figures: AreaFigures
    targets: gpd.GeoDataFrame
    calibration: Calibration | None = None
    known: Known | None = None
    places: Places | None = None


@dataclass(frozen=True)
class Part:
    """One area under a QPV.

    Attributes
    ----------
    key
        Code of the area.
    share
        Share of the area's figure that is counted in the QPV (0–1).
    ground
        Share of the QPV's ground that lies in the area (0–1).
    """

    key: str
    share: float
    ground: float


@dataclass(frozen=True)
class Row:
    """What may be said of one QPV.

    Attributes
    ----------
    estimate, low, high
        The number and its hard bounds; None when the grade forbids one, or none can be had.
    grade, reasons
        A letter from A to E, and why (names of the words of `recoupements`).
    method
        `official`, `whole`, `benchmarked`, `dasymetric`, `area`, or nothing.
    coverage, partial_share
        Share of the QPV under areas with a figure; share of the estimate that comes from areas
        only partly inside (0–1); None when unknown.
    parts
        The areas under the QPV, the largest share of its ground first.
    """

    qpv: str
    estimate: float | None
    low: float | None
    high: float | None
    grade: str
    reasons: tuple[str, ...] = ()
    method: str = ""
    coverage: float = 0.0
    partial_share: float | None = None
    parts: tuple[Part, ...] = ()

    @property
    def is_shown(self) -> bool:
        """Tell whether there is a number to show."""
        return self.estimate is not None and self.grade != NOT_SHOWN


@dataclass(frozen=True)
class Conservation:
    """Where the total of the areas goes: nothing is created, nothing is lost.

    Attributes
    ----------
    total
        Sum of the published figures of the areas that touch a QPV.
    inside, outside
        Sum of the estimates that are shown, and what remains.
    areas, hidden
        How many areas have a figure, and how many touch a QPV without one.
    estimated
        How many QPV have an estimate that is shown.
    """

    total: float
    inside: float
    outside: float
    areas: int
    hidden: int
    estimated: int


@dataclass(frozen=True)
class Answer:
    """One row for each QPV, in the order of the targets, and what became of the total.

    Attributes
    ----------
    conservation
        For a count; None for a rate.
    warnings
        French sentences: what was let pass.
    """

    rows: tuple[Row, ...]
    conservation: Conservation | None = None
    warnings: tuple[str, ...] = ()

    def row(self, qpv: str) -> Row:
        """Return the row of a QPV."""
        return next(row for row in self.rows if row.qpv == qpv)


@dataclass(frozen=True)
class Table:
    """A table that a reader loaded: texts by column, and the name of its file."""

    name: str
    columns: Mapping[str, pd.Series] = field(repr=False)


@dataclass(frozen=True)
class Outlines:
    """Outlines that a reader loaded: frame in EPSG:4326, one row each, with its other columns."""

    name: str
    frame: gpd.GeoDataFrame = field(repr=False)


class Overlays(Protocol):
    """Who computes for the page: given to it, never imported by it."""

    def answer(self, question: Question) -> Answer:
        """Return what the areas allow to say of each QPV, without any number that is not shown.

        Raises
        ------
        ObservatoireError
            When the figures or the outlines do not allow the question.
        """

    def read_outlines(self, name: str, content: bytes) -> Outlines:
        """Read outlines from a file in memory; nothing is kept.

        Raises
        ------
        ObservatoireError
            When the file is not one, with its name and the remedy.
        """

    def read_table(self, name: str, content: bytes) -> Table:
        """Read a table from a file in memory; nothing is kept."""

    def areas_m2(self, areas: gpd.GeoDataFrame) -> pd.Series:
        """Return the area of each outline in m², in the legal metric CRS of its territory."""
