"""Where and when a rule holds in what was seen: one signal for each day or week. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from observatoire.alerts.past import WEEK, Past, learn
from observatoire.alerts.rules import LEAST_OUTINGS, Rule
from observatoire.scoring import ALERT, ALERT_P, CONFIRMED, Law, score

SILENT = ""
"""The item of a signal of silence: it is about the whole QPV."""


@dataclass(frozen=True, order=True)
class Signal:
    """A rule that holds.

    Attributes
    ----------
    day
        The day of the last observation that makes it hold; of a rare week, its Sunday; of a
        silence, the first day that is too long.
    qpv, item
        Codes; `SILENT` for a silence.
    level
        `scoring.ALERT` or `CONFIRMED`; 0 for a rule that has no level.
    observed, outings
        Observations, and the distinct outings that report them; of a rare week, the outings of the
        week.
    expected, usual
        Of a rare week: what was expected, and the most that is usual (95 %); NaN otherwise.
    """

    day: date
    qpv: str
    item: str
    level: int
    observed: int
    outings: int
    expected: float = float("nan")
    usual: float = float("nan")


def scan(
    past: Past, rule: Rule, *, law: Law | None = None, alert_p: float = ALERT_P
) -> list[Signal]:
    """Return the signals of a rule, by day, QPV and item.

    Parameters
    ----------
    law
        What the weeks of each series are judged by; by default what they teach together.
    alert_p
        See `scoring.score`.
    """
    if rule.form == "silence":
        return sorted(_silences(past, rule))
    if rule.form == "repeat":
        return sorted(_repeats(past, rule))
    return sorted(_unusual(past, rule, law or learn(past), alert_p))


def _repeats(past: Past, rule: Rule) -> list[Signal]:
    """Return the days on which enough was seen within the days of the rule."""
    span = past.weeks * WEEK + rule.days
    key = past.series.astype(np.int64) * span + past.day
    start = np.searchsorted(key, key - rule.days + 1)
    end = np.searchsorted(key, key, side="right")  # what the same day brought counts, in any order
    total = np.concatenate([[0], np.cumsum(past.count)])
    seen, outings = total[end] - total[start], end - start
    held = np.flatnonzero((seen >= rule.reports) & (outings >= LEAST_OUTINGS))
    _, first = np.unique(key[held], return_index=True)
    found = []
    for rank in held[first]:
        qpv, item = past.place(past.series[rank])
        if rule.concerns(item):
            day = past.date(past.day[rank])
            found.append(Signal(day, qpv, item, 0, int(seen[rank]), int(outings[rank])))
    return found


def _unusual(past: Past, rule: Rule, law: Law, alert_p: float) -> list[Signal]:
    """Return the weeks at the level of the rule or above."""
    counts, outings = past.counts(), past.outings()
    found = score(counts, outings, law, past.reports(), alert_p=alert_p)
    least = CONFIRMED if rule.confirmed else ALERT
    signals = []
    for week, series in zip(*np.nonzero(found.level >= least), strict=True):
        qpv, item = past.place(series)
        if rule.concerns(item):
            signals.append(
                Signal(
                    past.week(int(week)) + timedelta(days=WEEK - 1),
                    qpv,
                    item,
                    int(found.level[week, series]),
                    int(counts[week, series]),
                    int(outings[week, series]),
                    float(found.expected[week, series]),
                    float(found.q95[week, series]),
                )
            )
    return signals


def _silences(past: Past, rule: Rule) -> list[Signal]:
    """Return, of each QPV, the first day of each time without news that is too long.

    A QPV where nobody ever went is silent since the first week.
    """
    found = []
    for rank, qpv in enumerate(past.quarters):
        days = np.unique(past.outing_day[past.outing_quarter == rank])
        news = np.concatenate([[-1], days, [past.weeks * WEEK]])
        for last, following in pairwise(news):
            if following - last - 1 > rule.days:
                day = past.date(int(last) + rule.days + 1)
                found.append(Signal(day, qpv, SILENT, 0, 0, 0))
    return found
