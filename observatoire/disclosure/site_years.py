"""What a site's teams saw in a year: counts, the effort beside them, and who reads. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from observatoire import periods
from observatoire.catalogue import Indicator
from observatoire.disclosure.quadtree import Least, Squares, count_bags, merge_upward
from observatoire.disclosure.rules import FIELD, Agreed, Rules, Thresholds
from observatoire.disclosure.suppression import TOTAL, Cube
from observatoire.disclosure.suppression.years import View, Year
from observatoire.periods import LEVELS, Level, level_of

RELEASED_LEVELS: tuple[Level, ...] = ("month", "quarter", "year")
"""Levels of the released figures of the field."""
COUNTS = ("indicator", "zone", "month", "organisation", "observations", "outings", "reports")
"""The columns of the counts of a site; `organisation` is empty where it is everybody's."""
IMPORTED = "imported"
"""The reader that knows the rows of imported files: no organisation is named with them."""
SQUARES = ("zone", "month", "square", "organisation", "observations", "reports")
"""The columns of what was seen of the squares of a site, all themes together."""


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
    squares
        Columns `SQUARES`: of the counts, those that were written down with a square of the grid.
    forgotten
        Months whose counts are gone, as agreed: nothing that contains one is released any more.
    members
        By year, its QPV where they are others: a QPV stays for the year where it was released.
    """

    site: str
    edition: str
    zones: tuple[str, ...]
    themes: Mapping[str, Indicator]
    counts: pd.DataFrame
    source: str
    squares: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(SQUARES)))
    forgotten: frozenset[str] = frozenset()
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def years(self) -> tuple[str, ...]:
        """Return the calendar years with a count."""
        return tuple(sorted({str(month)[:4] for month in self.counts["month"]}))

    def zones_in(self, year: str) -> tuple[str, ...]:
        """Return the QPV whose figures of a year add up to those of the site."""
        return self.members.get(year, self.zones)

    def year(self, name: str, asked: Mapping[str, Agreed | None], rules: Rules) -> SiteYear:
        """Return one calendar year.

        Parameters
        ----------
        asked
            By period that was released, what its figures had to reach; None: the house's.
        rules
            Those of the release that is made.
        """
        inside = self.counts["month"].str[:4] == name
        return SiteYear(self, name, self.counts[inside], asked, rules)


@dataclass(frozen=True, eq=False)
class SiteYear:
    """A calendar year of a site, as a cube with the effort and the thresholds beside it."""

    town: SiteMonths
    name: str
    counts: pd.DataFrame
    asked: Mapping[str, Agreed | None]
    rules: Rules

    @property
    def zones(self) -> tuple[str, ...]:
        """Return the QPV of the site in that year."""
        return self.town.zones_in(self.name)

    @property
    def is_blind(self) -> bool:
        """Tell whether nobody looked anywhere all year."""
        return not self._zones

    @property
    def cube(self) -> Cube:
        """Return every count of the year, with its margins."""
        return self._table.cube

    @cached_property
    def outings(self) -> np.ndarray:
        """Return the outings of each cell: those of its QPV and period, whatever the theme."""
        return self._summed(self._effort)

    @property
    def views(self) -> tuple[View, ...]:
        """Return what everybody reads, and what each organisation does, which knows its rows.

        Protected are the counts that do not reach the thresholds of their theme: `k`, distinct
        outings that reported them, and for everybody's the outings of the period.
        """
        public, *others = self._table.views(self._small)
        few = (public.counts > 0) & (self.outings < self._least["base"].to_numpy())
        return replace(public, protected=public.protected | few), *others

    @property
    def wanted(self) -> np.ndarray:
        """Return by how much each cell stays open (observations): the `k` of its theme."""
        return self._least["k"].to_numpy(dtype=np.float64)

    @property
    def never(self) -> np.ndarray:
        """Tell which cells are not told whatever they hold: too little effort, too fine."""
        looked = (self.outings > 0) & (self.outings < self._least["zero"])
        return np.asarray(((self.cube.counts == 0) & looked) | self._least["fine"])

    @property
    def floors(self) -> np.ndarray:
        """Return what each cell is known to hold at least when it is hidden (observations).

        A zero is told where enough outings looked: what is hidden there is none.
        """
        told = (self.outings >= self._least["zero"].to_numpy()) & ~self._least["fine"].to_numpy()
        return np.asarray(told.astype(np.int64))

    @property
    def empty(self) -> np.ndarray:
        """Tell which cells everybody knows to hold nothing: nobody looked."""
        return np.asarray((self.outings == 0) & (self.cube.counts == 0))

    def squares(self, zone: str) -> Squares | None:
        """Return the squares of a QPV that may be told; None when none may.

        Its count of the year, all themes together, must be told.
        """
        inside = self.counts["zone"] == zone
        placed = self.town.squares
        own = placed[(placed["zone"] == zone) & (placed["month"].str[:4] == self.name)]
        bags = count_bags(self.counts[inside], own)
        if bags is None:
            return None
        return merge_upward(*bags, self._least_of_squares(zone))

    def _least_of_squares(self, zone: str) -> Least:
        """Return what a square must hold: where each theme that was seen is sensitive, as much."""
        rows = {
            key[1]: place for place, key in enumerate(self.cube.keys) if key[::2] == (zone, TOTAL)
        }
        whole = self._least.iloc[rows.pop(TOTAL)]
        seen = [place for place in rows.values() if self.cube.counts[place] > 0]
        k = max(whole["k"], self._least["k"].iloc[seen].min()) if seen else whole["k"]
        return Least(int(k), int(whole["reports"]))

    def _small(self, table: Cube) -> np.ndarray:
        few = (table.counts < self._least["k"]) | (table.outings < self._least["reports"])
        return np.asarray((table.counts > 0) & few)

    @cached_property
    def _everybody(self) -> pd.DataFrame:
        return self.counts[self.counts["organisation"] == ""]

    @cached_property
    def _zones(self) -> tuple[str, ...]:
        """Return the QPV where somebody looked: the others are blind all year."""
        own = self._everybody
        looked = set(own.loc[(own["outings"] > 0) | (own["observations"] > 0), "zone"])
        return tuple(zone for zone in self.zones if zone in looked)

    @cached_property
    def _table(self) -> Year:
        """Return the counts, with the rows of imported files that make up everybody's.

        Who had them imported knows them: they are one more reader.
        """
        keys, numbers = ["indicator", "zone", "month"], ["observations", "reports"]
        known = self.counts[self.counts["organisation"] != ""]
        total = self._everybody.set_index(keys)[numbers]
        rest = total.sub(known.groupby(keys)[numbers].sum(), fill_value=0).reset_index()
        rest = rest[rest["observations"] > 0].assign(organisation=IMPORTED)
        rows = pd.concat([known[[*keys, *numbers, "organisation"]], rest], ignore_index=True)
        rows = rows[rows["zone"].isin(self._zones)].astype(dict.fromkeys(numbers, "int64"))
        called = {
            "indicator": "theme",
            "zone": "qpv",
            "observations": "count",
            "reports": "outings",
        }
        return Year(rows.rename(columns=called), self._zones, self._names, self.name)

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(sorted(self.town.themes))

    @cached_property
    def _effort(self) -> pd.Series:
        """Return the outings by (QPV, month): the same whatever the theme."""
        return self._everybody.groupby(["zone", "month"])["outings"].max()

    def _summed(self, effort: pd.Series) -> np.ndarray:
        """Add a number of each (QPV, month) up to every cell of the cube."""
        found: dict[tuple[str, str], int] = {}
        for zone, month, number in effort.reset_index().itertuples(index=False):
            for where in (zone, TOTAL):
                for level in RELEASED_LEVELS:
                    key = (where, code_of(periods.period_of(periods.first_day(month), level)))
                    found[key] = found.get(key, 0) + int(number)
        return np.array([found.get((zone, period), 0) for zone, _, period in self.cube.keys])

    @cached_property
    def _least(self) -> pd.DataFrame:
        """Return, for each cell, the thresholds of its theme and whether it is too fine.

        A period that was released keeps those of its day: what was hidden then stays as open as
        it was asked to be.
        """
        now = self.rules.agreed_for(self.town.site, self.name)
        rows = []
        for _, theme, code in self.cube.keys:
            period = self.name if code == TOTAL else code
            asked = self._thresholds(theme, self.asked.get(period, now))
            fine = LEVELS.index(level_of(period)) < LEVELS.index(asked.finest)
            outings = max(asked.base, asked.zero_outings)
            rows.append((asked.k, asked.reports, asked.base, outings, fine))
        least = pd.DataFrame(rows, columns=["k", "reports", "base", "zero", "fine"])
        # two outings reported what is shown: of a month with one, it cannot have reported all
        least["k"] += self._summed(self._effort == 1) > 0
        return least

    def _thresholds(self, theme: str, agreed: Agreed | None) -> Thresholds:
        sensitive = theme != TOTAL and self.town.themes[theme].sensitive
        return self.rules.thresholds(FIELD, sensitive=sensitive, agreed=agreed)


def code_of(period: str) -> str:
    """Return a period as the cube names it: the year is the total."""
    return TOTAL if level_of(period) == "year" else period
