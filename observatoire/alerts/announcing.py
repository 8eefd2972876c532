"""How many alerts a rule gives where nothing changes: simulated from what the past teaches. Pure.

Of each series the rate per outing is drawn from what is known of it (Gamma: a₀ + Σ y, b₀ + Σ E);
weeks are drawn with the spread that the past has beside a Poisson law, one factor of mean 1 for
each week and series; the outings are those of the past, in blocks of four weeks, all QPV together.
The rule is then run as it is on the past followed by the drawn year.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from scipy import optimize, stats

from observatoire.alerts.episodes import attach
from observatoire.alerts.past import WEEK, Past, learn
from observatoire.alerts.rules import Rule
from observatoire.alerts.scanning import scan
from observatoire.scoring import ALERT_P, Law

YEAR, BLOCK = 52, 4
_LOG_SPREADS = (-7.0, 3.0)  # from hardly more than a Poisson law to twenty times its mean
BUDGET = 2.0
"""False alerts to expect in a week, at most, for each delegate."""


@dataclass(frozen=True)
class Announced:
    """How many alerts a week to expect where nothing changes.

    Attributes
    ----------
    per_week
        Mean over the simulated years.
    low, high
        Between which nine years in ten lie, in alerts a week.
    years
        How many were simulated.
    """

    per_week: float
    low: float
    high: float
    years: int


def budgeted_p(series: int, *, delegates: int = 1, budget: float = BUDGET) -> float:
    """Return p under which a week is an alert: no more false ones than readers can read.

    min(0.01, budget × delegates / series): methods, docs/methods.md.
    """
    return min(ALERT_P, budget * delegates / series) if series else ALERT_P


def announce(
    past: Past, rule: Rule, *, years: int = 20, seed: int = 0, alert_p: float = ALERT_P
) -> Announced:
    """Return how many alerts of a rule to expect in a week of a year where nothing changes."""
    law = learn(past)
    draw = np.random.default_rng(seed)
    spread = spread_of(past)
    begins = past.week(past.weeks)
    often = []
    for _ in range(years):
        drawn = followed(past, law, spread, draw)
        often.append(_begun(drawn, rule, law, alert_p, begins) / YEAR)
    low, high = np.quantile(often, [0.05, 0.95])
    return Announced(float(np.mean(often)), float(low), float(high), years)


def spread_of(past: Past) -> float:
    """Return 1 / r: the variance of a week's factor, so that Var y = μ + μ² / r; 0 for a Poisson.

    The most likely r of negative binomial laws, one r for all series, each series with the rate
    that it had; adjusted for these rates, which take a part of the spread with them: ℓ − ½ Σ log I
    over the series, I the information of its rate. Cox and Reid (1987), JRSS B 49: 1; for counts,
    Robinson and Smyth (2008), Biostatistics 9: 321.
    """
    counts, outings = past.counts(), past.outings()
    events, looked = counts.sum(axis=0), outings.sum(axis=0)
    told = events > 0
    counts, outings = counts[:, told], outings[:, told]
    mean = events[told] / looked[told] * outings
    out = outings > 0
    if not told.any():
        return 0.0

    def unlikely(log_spread: float) -> float:
        spread = np.exp(log_spread)
        size = 1 / spread
        seen = stats.nbinom.logpmf(counts[out], size, size / (size + mean[out])).sum()
        worth = np.where(out, outings**2 / np.where(out, mean * (1 + spread * mean), 1.0), 0.0)
        return float(0.5 * np.log(worth.sum(axis=0)).sum() - seen)

    found = optimize.minimize_scalar(unlikely, bounds=_LOG_SPREADS, method="bounded")
    return float(np.exp(found.x)) if found.x > _LOG_SPREADS[0] + 1 else 0.0


def followed(past: Past, law: Law, spread: float, draw: np.random.Generator) -> Past:
    """Return the past and a year drawn after it."""
    quarter, day = _outings(past, draw)
    known, looked = past.counts().sum(axis=0), past.outings().sum(axis=0)
    rate = draw.gamma(law.events + known, 1 / (law.exposure + looked))
    factor = (
        draw.gamma(1 / spread, spread, (YEAR, past.width))
        if spread > 0
        else np.ones((YEAR, past.width))
    )
    items = len(past.items)
    series = quarter[:, None] * items + np.arange(items)
    mean = rate[series] * factor[day[:, None] // WEEK, series]
    count = draw.poisson(mean)
    outing, item = np.nonzero(count)
    start = past.weeks * WEEK
    seen = np.concatenate([past.series, series[outing, item]])
    days = np.concatenate([past.day, start + day[outing]])
    counts = np.concatenate([past.count, count[outing, item]])
    order = np.lexsort((counts, days, seen))
    return replace(
        past,
        weeks=past.weeks + YEAR,
        outing_quarter=np.concatenate([past.outing_quarter, quarter]),
        outing_day=np.concatenate([past.outing_day, start + day]),
        series=seen[order],
        day=days[order],
        count=counts[order],
    )


def _outings(past: Past, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the QPV and the days of the outings of a year: blocks of weeks of the past."""
    block = min(BLOCK, past.weeks)
    starts = draw.integers(0, past.weeks - block + 1, -(-YEAR // block))
    weeks = (starts[:, None] + np.arange(block)).ravel()[:YEAR]
    week = past.outing_day // WEEK
    rows = [np.flatnonzero(week == one) for one in weeks]
    ranks = np.repeat(np.arange(YEAR), [len(one) for one in rows])
    chosen = np.concatenate(rows)
    return past.outing_quarter[chosen], ranks * WEEK + past.outing_day[chosen] % WEEK


def _begun(past: Past, rule: Rule, law: Law, alert_p: float, since: date) -> int:
    """Return how many alerts begin from a day on."""
    found = attach(scan(past, rule, law=law, alert_p=alert_p))
    return sum(one.first >= since for one in found)
