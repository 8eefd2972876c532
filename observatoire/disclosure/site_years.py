"""What a site's teams saw in a year: counts, the effort beside them, and who reads. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from observatoire import periods
from observatoire.catalogue import Indicator
from observatoire.disclosure.rules import FIELD, Agreed, Rules, Thresholds
from observatoire.disclosure.suppression import TOTAL, Cube
from observatoire.disclosure.suppression.years import EVERYBODY, View, Year
from observatoire.periods import LEVELS, Level, level_of

RELEASED_LEVELS: tuple[Level, ...] = ("month", "quarter", "year")
"""Levels of the released figures of the field."""
COUNTS = ("indicator", "zone", "month", "organisation", "observations", "outings", "reports")
"""The columns of the counts of a site; `organisation` is empty where it is everybody's."""


@dataclass(frozen=True, eq=False)
class SiteMonths:
    """What a site's teams saw month after month.

    Attributes
    ----------
    site, edition
        Whose figures, on which perimeters.
    zones
        The QPV of the site in that edition.
    themes
        By indicator, what its readers are told of it.
    counts
        One row for each indicator, QPV, month and organisation, columns `COUNTS`: observations,
        outings in that QPV and month, distinct outings that report the theme. `organisation`
        empty: everybody's.
    source
        Where the figures come from.
    """

    site: str
    edition: str
    zones: tuple[str, ...]
    themes: Mapping[str, Indicator]
    counts: pd.DataFrame
    source: str

    @property
    def years(self) -> tuple[str, ...]:
        """Return the calendar years with a count."""
        return tuple(sorted({str(month)[:4] for month in self.counts["month"]}))

    def year(self, name: str, asked: Mapping[str, Agreed | None]) -> SiteYear:
        """Return one calendar year.

        Parameters
        ----------
        asked
            By period that was released, what its figures had to reach; None: the house's.
        """
        inside = self.counts["month"].str[:4] == name
        return SiteYear(self, name, self.counts[inside], asked)


@dataclass(frozen=True, eq=False)
class SiteYear:
    """A calendar year of a site, as a cube with the effort beside it."""

    town: SiteMonths
    name: str
    counts: pd.DataFrame
    asked: Mapping[str, Agreed | None]

    @cached_property
    def _zones(self) -> tuple[str, ...]:
        """Return the QPV where somebody looked: the others are blind all year."""
        looked = self.counts[(self.counts["outings"] > 0) | (self.counts["observations"] > 0)]
        return tuple(zone for zone in self.town.zones if zone in set(looked["zone"]))

    @property
    def is_blind(self) -> bool:
        """Tell whether nobody looked anywhere all year."""
        return not self._zones

    @cached_property
    def _table(self) -> Year:
        everybody = self.counts["organisation"] == ""
        return Year(self._rows(self.counts[everybody]), self._zones, self._names, self.name)

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(sorted(self.town.themes))

    @property
    def cube(self) -> Cube:
        """Return every count of the year, with its margins."""
        return self._table.cube

    @cached_property
    def outings(self) -> np.ndarray:
        """Return the outings of each cell: those of its QPV and period, whatever the theme."""
        own = self.counts[self.counts["organisation"] == ""]
        effort = own.groupby(["zone", "month"])["outings"].max()
        return self._summed({key: int(outings) for key, outings in effort.items()})

    @cached_property
    def _single(self) -> np.ndarray:
        """Tell which cells hold a month of a QPV with one outing, which cannot be all of it."""
        own = self.counts[self.counts["organisation"] == ""]
        effort = own.groupby(["zone", "month"])["outings"].max()
        return self._summed({key: int(outings == 1) for key, outings in effort.items()}) > 0

    def _summed(self, effort: Mapping[Any, int]) -> np.ndarray:
        """Add a number of each (QPV, month) up to every cell of the cube."""
        found: dict[tuple[str, str], int] = {}
        for (zone, month), number in effort.items():
            for where in (zone, TOTAL):
                for level in RELEASED_LEVELS:
                    key = (where, code_of(periods.period_of(periods.first_day(month), level)))
                    found[key] = found.get(key, 0) + number
        return np.array([found.get((zone, period), 0) for zone, _, period in self.cube.keys])

    def views(self, rules: Rules) -> tuple[View, ...]:
        """Return what everybody reads, and what each organisation does, which knows its rows.

        Protected are the counts that do not reach the thresholds of their theme: `k`, distinct
        outings that reported them, and for everybody's the outings of the period.
        """
        least = self._least(rules)
        small = self._small(self._table, least) | (
            (self.cube.counts > 0) & (self.outings < least["base"])
        )
        found = [View(EVERYBODY, self.cube.counts, small)]
        total = self._by_cell(self.counts[self.counts["organisation"] == ""])
        own = self.counts[self.counts["organisation"] != ""]
        for name, rows in own.groupby("organisation", sort=True):
            left = total.subtract(self._by_cell(rows), fill_value=0).astype(np.int64)
            others = Year(self._rows(left.reset_index()), self._zones, self._names, self.name)
            found.append(View(str(name), others.cube.counts, self._small(others, least)))
        return tuple(found)

    def wanted(self, rules: Rules) -> np.ndarray:
        """Return by how much each cell stays open (observations): the `k` of its theme."""
        return self._least(rules)["k"].to_numpy(dtype=np.float64)

    def never(self, rules: Rules) -> np.ndarray:
        """Return the cells that are not told whatever they hold: too little effort, too fine."""
        least = self._least(rules)
        looked = (self.outings > 0) & (self.outings < least["zero"])
        return np.asarray(((self.cube.counts == 0) & looked) | least["fine"])

    def _small(self, table: Year, least: pd.DataFrame) -> np.ndarray:
        counts, reports = table.cube.counts, table.cube.outings
        return np.asarray((counts > 0) & ((counts < least["k"]) | (reports < least["reports"])))

    def _least(self, rules: Rules) -> pd.DataFrame:
        """Return, for each cell, the thresholds of its theme and whether it is too fine.

        A period that was released keeps those of its day: what was hidden then stays as open as
        it was asked to be.
        """
        now = rules.agreed_for(self.town.site, self.name)
        rows = []
        for _, theme, code in self.cube.keys:
            period = self.name if code == TOTAL else code
            asked = self._thresholds(theme, self.asked.get(period, now), rules)
            fine = LEVELS.index(level_of(period)) < LEVELS.index(asked.finest)
            outings = max(asked.base, asked.zero_outings)
            rows.append((asked.k, asked.reports, asked.base, outings, fine))
        least = pd.DataFrame(rows, columns=["k", "reports", "base", "zero", "fine"])
        # two outings reported what is shown: one by itself cannot have reported everything
        least["k"] += self._single
        return least

    def _thresholds(self, theme: str, agreed: Agreed | None, rules: Rules) -> Thresholds:
        sensitive = theme != TOTAL and self.town.themes[theme].sensitive
        return rules.thresholds(FIELD, sensitive=sensitive, agreed=agreed)

    def _by_cell(self, rows: pd.DataFrame) -> pd.DataFrame:
        keys = ["indicator", "zone", "month"]
        return rows.groupby(keys)[["observations", "reports"]].sum()

    def _rows(self, counts: pd.DataFrame) -> pd.DataFrame:
        inside = counts[counts["zone"].isin(self._zones)]
        return pd.DataFrame(
            {
                "qpv": inside["zone"].to_numpy(),
                "theme": inside["indicator"].to_numpy(),
                "month": inside["month"].to_numpy(),
                "count": inside["observations"].to_numpy(dtype=np.int64),
                "outings": inside["reports"].to_numpy(dtype=np.int64),
                "organisation": None,
            }
        )


def code_of(period: str) -> str:
    """Return a period as the cube names it: the year is the total."""
    return TOTAL if level_of(period) == "year" else period
