"""What was seen of each item in each QPV, and how often somebody went. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from observatoire.scoring import Law, pooled_dispersion
from observatoire.vigilance import prior_of

WEEK = 7
Ints = np.ndarray


@dataclass(frozen=True, eq=False)
class Past:
    """Whole weeks, Monday to Sunday, of the QPV and items of a site.

    Attributes
    ----------
    first
        The Monday of the first week.
    weeks
        How many weeks.
    quarters, items
        Codes. A series is an item in a QPV: rank of the QPV × number of items + rank of the item.
    outing_quarter, outing_day
        Of each outing: rank of the QPV; days since `first`.
    series, day, count
        Of each outing that reports an item: the series, the day, how many observations (1 or more).
    """

    first: date
    weeks: int
    quarters: tuple[str, ...]
    items: tuple[str, ...]
    outing_quarter: Ints
    outing_day: Ints
    series: Ints
    day: Ints
    count: Ints

    @property
    def width(self) -> int:
        """Return the number of series."""
        return len(self.quarters) * len(self.items)

    def counts(self) -> np.ndarray:
        """Return the observations, weeks × series."""
        return self._weekly(self.count)

    def reports(self) -> np.ndarray:
        """Return the distinct outings that report the item, weeks × series."""
        return self._weekly(np.ones(len(self.series)))

    def outings(self) -> np.ndarray:
        """Return the outings in the QPV of each series, weeks × series."""
        size = (self.weeks, len(self.quarters))
        cell = self.outing_day // WEEK * size[1] + self.outing_quarter
        found = np.bincount(cell, minlength=size[0] * size[1]).reshape(size).astype(float)
        return np.repeat(found, len(self.items), axis=1)

    def week(self, rank: int) -> date:
        """Return the Monday of a week."""
        return self.first + timedelta(weeks=rank)

    def date(self, day: int) -> date:
        """Return the date of a day."""
        return self.first + timedelta(days=int(day))

    def place(self, series: int) -> tuple[str, str]:
        """Return the QPV and the item of a series."""
        quarter, item = divmod(int(series), len(self.items))
        return self.quarters[quarter], self.items[item]

    def _weekly(self, values: np.ndarray) -> np.ndarray:
        cell = self.day // WEEK * self.width + self.series
        found = np.bincount(cell, weights=values, minlength=self.weeks * self.width)
        return np.asarray(found.reshape(self.weeks, self.width), dtype=float)


def count_past(
    observations: pd.DataFrame,
    outings: pd.DataFrame,
    *,
    quarters: Sequence[str],
    items: Sequence[str],
    last: date,
) -> Past | None:
    """Return the past of a site up to a day; None before any whole week with an outing.

    Parameters
    ----------
    observations
        Columns `theme`, `date`, `outing`, `qpv`, `count`, one row for each in one edition; of no
        outing, or in an outing that is not told, they are left out.
    outings
        Columns `outing`, `date`, `qpv`.
    quarters, items
        Codes; rows of others are left out.
    last
        Weeks that are not over that day are left out.

    Notes
    -----
    The order of the rows changes nothing.
    """
    end = pd.Timestamp(last) - pd.Timedelta(days=last.weekday())  # of the week that is going on
    kept = outings[outings["qpv"].isin(quarters) & (outings["date"] < end)]
    kept = kept.drop_duplicates(["outing", "qpv"])
    if kept.empty:
        return None
    begun = kept["date"].min().date()
    first = begun - timedelta(days=begun.weekday())
    place = pd.Index(quarters)
    day_of = pd.MultiIndex.from_arrays([kept["outing"], kept["qpv"]])
    days = pd.Series((kept["date"] - pd.Timestamp(first)).dt.days.to_numpy(), index=day_of)
    seen = observations[observations["qpv"].isin(quarters) & observations["theme"].isin(items)]
    counted = seen.groupby(["outing", "qpv", "theme"], as_index=False)["count"].sum()
    at = days.reindex(pd.MultiIndex.from_arrays([counted["outing"], counted["qpv"]])).to_numpy(
        dtype=float
    )
    counted, at = counted[np.isfinite(at)], at[np.isfinite(at)]
    rank = place.get_indexer(pd.Index(counted["qpv"])) * len(items)
    series = rank + pd.Index(items).get_indexer(pd.Index(counted["theme"]))
    order = np.lexsort((counted["count"], at, series))
    return Past(
        first=first,
        weeks=int((end - pd.Timestamp(first)).days) // WEEK,
        quarters=tuple(quarters),
        items=tuple(items),
        outing_quarter=place.get_indexer(pd.Index(kept["qpv"])),
        outing_day=days.to_numpy(dtype=int),
        series=series[order],
        day=at[order].astype(int),
        count=counted["count"].to_numpy(dtype=int)[order],
    )


def learn(past: Past, weeks: int | None = None) -> Law:
    """Return the law of each series, as its item teaches it over the QPV of the site.

    Parameters
    ----------
    weeks
        Learn from so many weeks at the beginning alone.

    Notes
    -----
    An item that nobody could have seen starts from half an observation in sixty outings.
    """
    counts, outings = past.counts()[:weeks], past.outings()[:weeks]
    item = np.arange(past.width) % len(past.items)
    events, exposure, spread = (np.empty(len(past.items)) for _ in range(3))
    for one in range(len(past.items)):
        seen, looked = counts[:, item == one], outings[:, item == one]
        if looked.sum() == 0:
            events[one], exposure[one], spread[one] = 0.5, 60.0, 1.0
            continue
        prior = prior_of(pd.Series(seen.sum(axis=0)), pd.Series(looked.sum(axis=0)))
        events[one], exposure[one] = prior.events, prior.exposure
        spread[one] = pooled_dispersion(seen, looked)
    return Law(events[item], exposure[item], dispersion=spread[item])
