"""An attacker who holds everything that was released, and solves for what was not.

It reads what a reader reads: values, outings, statuses. Nothing of the program helps it: the
smallest cells are its unknowns, each told figure is an equation over them, and a linear programme
says between what and what any other figure lies. An organisation also knows its own rows. Everybody
knows that a zero is told where enough outings looked: a secret of as many is not zero.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

Leaf = tuple[str, str, str]
"""QPV, theme, month."""
Figure = tuple[str, str, str]
"""QPV or site, theme or all of them together (`*`), period."""
ALL = "*"
ZERO_OUTINGS = 10
"""Outings from which a zero is told under the house's rules."""


def months_of(period: str) -> list[str]:
    """Return the months of `2025`, `2025-Q2` or `2025-06`."""
    year, _, part = period.partition("-")
    if not part:
        return [f"{year}-{month:02d}" for month in range(1, len(calendar.month_name))]
    if part[0] == "Q":
        last = 3 * int(part[1])
        return [f"{year}-{month:02d}" for month in range(last - 2, last + 1)]
    return [period]


@dataclass
class Attacker:
    """What somebody was told of a site, and what they know by themselves.

    Attributes
    ----------
    site, zones, themes
        Public: the neighbourhoods of the site and the themes of its grid.
    own
        Observations that its own organisation wrote down, by leaf.
    """

    site: str
    zones: tuple[str, ...]
    themes: tuple[str, ...]
    own: Mapping[Leaf, int] = field(default_factory=dict)
    told: dict[Figure, int] = field(default_factory=dict)
    outings: dict[tuple[str, str], int] = field(default_factory=dict)
    secret: set[Figure] = field(default_factory=set)

    def read(self, layers: Iterable[object]) -> None:
        """Take in every figure of some layers: a rate times its outings is a count."""
        for layer in layers:
            theme = layer.indicator.partition(".")[2]
            theme = ALL if theme == "ensemble" else theme
            for (_, zone), row in layer.frame.iterrows():
                if row["status"] == "blind":
                    self.told[zone, theme, layer.period] = 0
                if row["status"] == "secret":
                    self.secret.add((zone, theme, layer.period))
                if row["status"] == "ok":
                    self.outings[zone, layer.period] = int(row["outings"])
                    count = round(row["value"] * int(row["outings"]))
                    known = self.told.setdefault((zone, theme, layer.period), count)
                    assert known == count, "a figure that was told twice, differently"

    def leaves(self, figure: Figure) -> list[Leaf]:
        """Return the leaves that a figure adds up."""
        zone, theme, period = figure
        return [
            (one, kind, month)
            for one in (self.zones if zone == self.site else [zone])
            for kind in (self.themes if theme == ALL else [theme])
            for month in months_of(period)
        ]

    def widths(self, figures: Iterable[Figure]) -> dict[Figure, float]:
        """Return by how much each figure is open: 0 for one that can be computed.

        What an organisation does not know is the rest of each figure, its own rows taken away.
        """
        return {
            figure: width
            for year, some in _by_year(figures).items()
            for figure, width in self._year(year, some).items()
        }

    def _year(self, year: str, figures: list[Figure]) -> dict[Figure, float]:
        told = {one: count for one, count in self.told.items() if one[2][:4] == year}
        full = [
            one
            for one in sorted(self.secret - set(told))
            if one[2][:4] == year and self.outings.get((one[0], one[2]), 0) >= ZERO_OUTINGS
        ]
        place: dict[Leaf, int] = {}
        for figure in (*told, *full, *figures):
            for leaf in self.leaves(figure):
                place.setdefault(leaf, len(place))
        sums = [self._row(figure, place) for figure in told]
        rest = [count - self._known(figure) for figure, count in told.items()]
        assert min(rest, default=0) >= 0
        matrix = sparse.csr_array(np.array(sums)) if sums else None
        some = (
            sparse.csr_array(-np.array([self._row(one, place) for one in full])) if full else None
        )
        least = [self._known(one) - 1 for one in full]
        found = {}
        for figure in figures:
            if figure in told:
                found[figure] = 0.0
                continue
            goal, ends = self._row(figure, place), []
            for sign in (1, -1):
                answer = linprog(
                    sign * goal,
                    A_ub=some,
                    b_ub=least or None,
                    A_eq=matrix,
                    b_eq=rest or None,
                    bounds=(0, None),
                    method="highs",
                )
                assert answer.status in (0, 3), answer.message
                ends.append(answer.fun if answer.status == 0 else -np.inf)
            found[figure] = -ends[1] - ends[0]
        return found

    def _row(self, figure: Figure, place: Mapping[Leaf, int]) -> np.ndarray:
        row = np.zeros(len(place))
        row[[place[leaf] for leaf in self.leaves(figure)]] = 1
        return row

    def _known(self, figure: Figure) -> int:
        return sum(self.own.get(leaf, 0) for leaf in self.leaves(figure))


def _by_year(figures: Iterable[Figure]) -> dict[str, list[Figure]]:
    found: dict[str, list[Figure]] = {}
    for figure in figures:
        found.setdefault(figure[2][:4], []).append(figure)
    return found
