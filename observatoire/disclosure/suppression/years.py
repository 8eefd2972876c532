"""The year of a site: what its teams observed by QPV, theme and period, and who reads it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from observatoire import periods
from observatoire.disclosure.suppression.cubes import TOTAL, Cube, build_cube
from observatoire.errors import SchemaError

COLUMNS = ("qpv", "theme", "month", "count", "outings", "organisation")
"""The columns of the rows that a year is built from."""
Small = Callable[[Cube], np.ndarray]
EVERYBODY = "public"
"""The name of the reader that knows nothing but what is published."""


@dataclass(frozen=True, eq=False)
class View:
    """A table that a reader attacks: what is published less the rows that it knows.

    Attributes
    ----------
    name
        Who reads.
    counts
        Observations of each cell of the cube in that table, int64.
    protected
        The cells that may not be told to that reader, bool.
    """

    name: str
    counts: np.ndarray
    protected: np.ndarray


@dataclass(frozen=True, eq=False)
class Year:
    """Counts of a site by QPV, theme and month, and every margin: quarters and the year as well.

    The total of the dimension `month` is the year. A combination without row is a zero. There is
    no total over sites: nothing ties a site to another, and a year to the next.

    Attributes
    ----------
    rows
        Observations by `COLUMNS`: `outings` are the distinct outings of the organisation that
        report that theme in that QPV and month; nobody is held to know the rows of none.
    qpv, themes
        Every neighbourhood of the site, and every theme of its grid.
    name
        The year, as `2025`.
    """

    rows: pd.DataFrame
    qpv: tuple[str, ...]
    themes: tuple[str, ...]
    name: str

    @cached_property
    def months(self) -> tuple[str, ...]:
        """Return its twelve months."""
        return periods.parts(self.name, "month")

    @cached_property
    def _empty(self) -> Cube:
        leaves = [(q, t, m) for q in self.qpv for t in self.themes for m in self.months]
        frame = pd.DataFrame(leaves, columns=["qpv", "theme", "month"])
        quarters = {m: q for q in periods.parts(self.name, "quarter") for m in _months_of(q)}
        return build_cube(frame.assign(count=0), {"month": quarters})

    @cached_property
    def cube(self) -> Cube:
        """Return the table of everything observed, with the distinct outings of each cell.

        Notes
        -----
        Outings add up over organisations, QPV and months, since each is of one of them; those of
        a total over themes are the most that one theme has, in each QPV and month.
        """
        return self._filled(self.rows)

    def views(self, small: Small) -> tuple[View, ...]:
        """Return the public's view and each organisation's, which knows its own rows.

        Parameters
        ----------
        small
            Tells which cells of a table may not be told to whoever reads it (`small_cells`).
        """
        found = [View(EVERYBODY, self.cube.counts, small(self.cube))]
        for name in sorted(self.rows["organisation"].dropna().unique()):
            others = self.rows[self.rows["organisation"] != name]
            left = self._filled(others)
            found.append(View(str(name), left.counts, small(left)))
        return tuple(found)

    def due(self, months: int) -> np.ndarray:
        """Return the cells whose period is over when the first `months` of the year are."""
        over = set(self.months[:months])
        ends = {m: {m} for m in self.months}
        ends |= {q: set(_months_of(q)) for q in periods.parts(self.name, "quarter")}
        ends[TOTAL] = set(self.months)
        return np.array([ends[key[2]] <= over for key in self.cube.keys])

    def _filled(self, rows: pd.DataFrame) -> Cube:
        """Return a cube with the counts and the outings of some rows."""
        counts, outings = (_with_margins(values)[self._places] for values in self._arrays(rows))
        costs = counts.astype(np.float64)
        return replace(self._empty, counts=counts, costs=costs, outings=outings)

    @cached_property
    def _places(self) -> tuple[np.ndarray, ...]:
        """Return where each cell stands along each dimension: margins last, quarters first."""
        moments = (*self.months, *periods.parts(self.name, "quarter"))
        orders = ((*self.qpv, TOTAL), (*self.themes, TOTAL), (*moments, TOTAL))
        keys = zip(*self._empty.keys, strict=True)
        return tuple(
            pd.Index(order).get_indexer(pd.Index(codes))
            for order, codes in zip(orders, keys, strict=True)
        )

    def _arrays(self, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return counts and outings by QPV, theme and month, the totals over themes last."""
        shape = (len(self.qpv), len(self.themes) + 1, len(self.months))
        counts, outings = np.zeros(shape, dtype=np.int64), np.zeros(shape)
        places = [
            pd.Index(codes).get_indexer(pd.Index(rows[name].astype(str)))
            for name, codes in (("qpv", self.qpv), ("theme", self.themes), ("month", self.months))
        ]
        if any((place < 0).any() for place in places):
            raise SchemaError(
                "a row of another site, theme or year", user="Une ligne n’est pas de ce site."
            )
        np.add.at(counts, tuple(places), rows["count"].to_numpy(dtype=np.int64))
        np.add.at(outings, tuple(places), rows["outings"].to_numpy(dtype=np.float64))
        counts[:, -1] = counts[:, :-1].sum(axis=1)
        outings[:, -1] = outings[:, :-1].max(axis=1)
        return counts, outings


def _months_of(quarter: str) -> tuple[str, ...]:
    return periods.parts(quarter, "month")


def _with_margins(values: np.ndarray) -> np.ndarray:
    """Add the site after the QPV, the quarters and the year after the months."""
    values = np.concatenate([values, values.sum(axis=0, keepdims=True)])
    quarters = values.reshape(*values.shape[:2], 4, 3).sum(axis=3)
    return np.concatenate([values, quarters, values.sum(axis=2, keepdims=True)], axis=2)
