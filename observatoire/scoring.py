"""Weekly counts scored against their own past, many series at once: what is rare, what drifts.

A discounted Gamma–Poisson law with exposure and overdispersion. Of a series, week after week:
A_t = a₀ + Σ δ^{t−s} y_s and B_t = b₀ + Σ δ^{t−s} E_s over s ≤ t − 1 − guard, μ_t = E_t A_t / B_t,
v_t = φ μ_t + E_t² A_t / B_t², and p_t = P(Y ≥ y_t) of the negative binomial law of that mean and
variance. Beside it, for a slow rise, C_t = max(0, C_{t−1} + (y_t ln 2 − μ_t) / φ).

A week without outing is missing: it foretells nothing, is never zero and never quiet. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

BLIND, SHORT, USUAL, WATCH, ALERT, CONFIRMED = range(6)
NO_LEVEL = -1
"""Of a week without outing that ends no long silence, and of a count that is hidden."""
BLIND_WEEKS = 3
LEAST_PAST = 8.0
"""Outings of the series' own past under which nothing is said."""
WATCH_P, ALERT_P = 0.05, 0.01
LEAST_EVENTS, LEAST_OUTINGS = 3, 2
DRIFT_SIGNAL = 3.5
_DISCOVERIES = 0.1
_RECENT = 3
_MOST = 1e9  # what a law may start from: beyond, floats no longer tell its variance from its mean
_LARGE = 100.0  # means above which quantiles are asked of scipy: p₀ might be no number any more


@dataclass(frozen=True)
class Law:
    """What the law starts from and how it forgets.

    Attributes
    ----------
    events, exposure
        a₀ and b₀: what a series is before it has a past, in so many outings; a number, or one for
        each series.
    discount
        δ: what a week weighs against the one after it (0–1).
    guard
        Weeks just before that are left out of the past, so that a rise does not hide itself.
    dispersion
        φ: how many times the variance of a Poisson law, at least 1; a number, or one for each.
    """

    events: float | np.ndarray
    exposure: float | np.ndarray
    discount: float = 0.98
    guard: int = 2
    dispersion: float | np.ndarray = 1.0


@dataclass(frozen=True, eq=False)
class Scores:
    """Arrays of weeks × series.

    Attributes
    ----------
    past_events, past_exposure
        A and B.
    expected, variance
        Of the count; NaN in a week without outing.
    p_upper
        P(Y ≥ y); NaN without outing, or of a hidden count.
    q95, q99
        Quantiles of the count; NaN without outing.
    drift
        C, before it is taken back to 0 where it signals (`DRIFT_SIGNAL` or more).
    level
        Of the constants above: `BLIND` to `CONFIRMED`, or `NO_LEVEL`.
    """

    past_events: np.ndarray
    past_exposure: np.ndarray
    expected: np.ndarray
    variance: np.ndarray
    p_upper: np.ndarray
    q95: np.ndarray
    q99: np.ndarray
    drift: np.ndarray
    level: np.ndarray


def score(
    counts: np.ndarray,
    exposure: np.ndarray,
    law: Law,
    reports: np.ndarray | None = None,
    *,
    alert_p: float = ALERT_P,
) -> Scores:
    """Score every week of every series.

    Parameters
    ----------
    counts, exposure
        Whole counts and outings, weeks × series; NaN for a count that is hidden.
    reports
        Distinct outings that report an event; without it those of the week, whatever they saw.
    alert_p
        p under which a week is an alert: lower where there are many series for few readers.

    Raises
    ------
    ValueError
        For a negative or fractional count, a negative exposure, a law that is none.

    Notes
    -----
    Levels: `BLIND` from the third week on without outing; `SHORT` while B − b₀ is under 8 outings;
    `WATCH` p < 0,05 or a drift that signals; `ALERT` p < `alert_p`, three events and two outings at
    least; `CONFIRMED` an alert that the week's false discovery rate of 10 % keeps (Benjamini and
    Hochberg, over the series of the week), or a second one within three weeks.
    Method: docs/methods.md.
    """
    _require(counts, exposure, law)
    known = np.isfinite(counts) & (exposure > 0)
    seen, looked = np.where(known, counts, 0.0), np.where(known, exposure, 0.0)
    past, worth, mean, variance = foretell(seen, looked, exposure, law)
    rare = np.where(known, upper_tail(seen, mean, variance), np.nan)
    drift = drifts(np.where(known, counts, np.nan), mean, law.dispersion)
    enough = (counts >= LEAST_EVENTS) & (
        (exposure if reports is None else reports) >= LEAST_OUTINGS
    )
    level = np.select(
        [_long_silence(exposure), ~known],
        [BLIND, NO_LEVEL],
        _levels(rare, enough, worth - law.exposure >= LEAST_PAST, drift >= DRIFT_SIGNAL, alert_p),
    )
    q95, q99 = (upper_quantile(one, mean, variance) for one in (0.95, 0.99))
    return Scores(past, worth, mean, variance, rare, q95, q99, drift, level)


def foretell(
    seen: np.ndarray, looked: np.ndarray, exposure: np.ndarray, law: Law
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return A, B, μ and v of each week (first axis); μ and v NaN in a week without outing.

    Parameters
    ----------
    seen, looked
        Counts and outings that weeks are learnt from, 0 in those that teach nothing.
    exposure
        Outings of the week that is foretold.
    """
    past = discounted(seen, law) + law.events
    worth = discounted(looked, law) + law.exposure
    out = (exposure > 0) & (past > 0) & (worth > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(out, exposure * past / worth, np.nan)
        variance = np.where(out, law.dispersion * mean + exposure**2 * past / worth**2, np.nan)
    return past, worth, mean, variance


def pooled_dispersion(counts: np.ndarray, exposure: np.ndarray) -> float:
    """Return φ of a theme: how many times the variance of a Poisson law it has, at least 1.

    Parameters
    ----------
    counts, exposure
        Weeks × series of one theme; NaN for a count that is hidden.

    Notes
    -----
    Pearson: Σ (y − μ)² / μ over Σ (n − 1), where μ = E Σy / ΣE of each series and n its weeks
    with an outing; a series that never saw an event is left out. McCullagh and Nelder
    (1989), Generalized Linear Models, 4.5.
    """
    known = np.isfinite(counts) & (exposure > 0)
    seen, looked = np.where(known, counts, 0.0), np.where(known, exposure, 0.0)
    events, outings = seen.sum(axis=0), looked.sum(axis=0)
    mean = looked * np.divide(events, outings, out=np.zeros_like(events), where=outings > 0)
    told = mean > 0
    freedom = float(told.sum() - told.any(axis=0).sum())
    gaps = float(((seen[told] - mean[told]) ** 2 / mean[told]).sum())
    return max(1.0, gaps / freedom) if freedom > 0 else 1.0


def discounted(values: np.ndarray, law: Law) -> np.ndarray:
    """Return Σ δ^{t−s} x_s over s ≤ t − 1 − guard, for each week t (first axis)."""
    sums = np.zeros(values.shape)
    for rank in range(1 + law.guard, len(values)):
        last = rank - 1 - law.guard
        sums[rank] = law.discount * sums[rank - 1]
        sums[rank] += law.discount ** (rank - last) * values[last]
    return sums


def upper_tail(counts: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return P(Y ≥ y), Y negative binomial of that mean and variance (above the mean).

    Regularised incomplete beta: I_{1−p}(y, r), with r = μ² / (v − μ) and p = μ / v.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        size = mean**2 / (variance - mean)
        beyond = special.betainc(np.maximum(counts, 1.0), size, 1.0 - mean / variance)
    return np.where(counts < 1, np.where(np.isfinite(mean), 1.0, np.nan), beyond)


def upper_quantile(level: float, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return the least count y with P(Y ≤ y) ≥ level; NaN where the mean is."""
    found = np.full(mean.shape, np.nan)
    flat, many = np.isfinite(mean), mean > _LARGE
    if (flat & many).any():
        places = flat & many
        size = mean[places] ** 2 / (variance[places] - mean[places])
        found[places] = stats.nbinom.ppf(level, size, mean[places] / variance[places])
    places = np.flatnonzero(flat & ~many)
    mu, v = mean.ravel()[places], variance.ravel()[places]
    size, stay = mu**2 / (v - mu), mu / v
    chance = stay**size
    below, rank, out = chance.copy(), 0, found.ravel()
    while len(places):
        done = below >= level * (1 - 64 * np.finfo(float).eps)
        out[places[done]] = rank
        places, size, stay, chance, below = (
            one[~done] for one in (places, size, stay, chance, below)
        )
        chance = chance * (rank + size) / (rank + 1) * (1 - stay)
        below, rank = below + chance, rank + 1
    return out.reshape(mean.shape)


def drifts(counts: np.ndarray, mean: np.ndarray, dispersion: float | np.ndarray) -> np.ndarray:
    """Return C_t for each week; what signals starts again from 0, a missing week changes nothing.

    The log likelihood ratio of a doubled rate, in a cumulative sum.
    """
    sums = np.zeros(counts.shape)
    now = np.zeros(counts.shape[1:])
    for rank in range(len(counts)):
        step = (counts[rank] * np.log(2) - mean[rank]) / dispersion
        now = np.where(np.isfinite(step), np.maximum(0.0, now + step), now)
        sums[rank] = now
        now = np.where(now >= DRIFT_SIGNAL, 0.0, now)
    return sums


def discoveries(rare: np.ndarray, share: float = _DISCOVERIES) -> np.ndarray:
    """Tell which p of each row the false discovery rate keeps (Benjamini and Hochberg, 1995)."""
    filled = np.where(np.isfinite(rare), rare, np.inf)
    ordered = np.sort(filled, axis=1)
    number = np.isfinite(rare).sum(axis=1, keepdims=True)
    ranks = np.arange(1, rare.shape[1] + 1)
    kept = np.where(ordered <= share * ranks / np.maximum(number, 1), ordered, -1.0)
    return np.asarray(filled <= kept.max(axis=1, keepdims=True, initial=-1.0))


def _levels(
    rare: np.ndarray,
    enough: np.ndarray,
    has_past: np.ndarray,
    signalled: np.ndarray,
    alert_p: float,
) -> np.ndarray:
    """Return the levels of weeks with a count, from `SHORT` on."""
    told = np.isfinite(rare) & has_past
    alert = (rare < alert_p) & enough & told
    again = np.zeros(alert.shape, dtype=bool)
    for back in range(1, _RECENT):
        again[back:] |= alert[: len(alert) - back]
    sure = alert & again
    if alert.shape[1] > 1:  # of a single series, every small p is a discovery
        sure |= alert & discoveries(np.where(told, rare, np.nan))
    found = [~told, sure, alert, (rare < WATCH_P) | signalled]
    return np.select(found, [SHORT, CONFIRMED, ALERT, WATCH], USUAL)


def _long_silence(exposure: np.ndarray) -> np.ndarray:
    """Tell which weeks end three or more without outing."""
    still = np.zeros(exposure.shape, dtype=int)
    for rank in range(len(exposure)):
        before = still[rank - 1] if rank else 0
        still[rank] = np.where(exposure[rank] == 0, before + 1, 0)
    return np.asarray(still >= BLIND_WEEKS)


def _require(counts: np.ndarray, exposure: np.ndarray, law: Law) -> None:
    told = counts[np.isfinite(counts)]
    if counts.ndim != 2 or counts.shape != exposure.shape:
        raise ValueError("counts and exposure are weeks × series")
    if (told < 0).any() or (told != np.round(told)).any():
        raise ValueError("a count is a whole number, 0 or more")
    if not (np.isfinite(exposure).all() and (exposure >= 0).all()):
        raise ValueError("an exposure is 0 or more")
    if not _within(law.dispersion, 1, _MOST):
        raise ValueError("a dispersion is 1 or more")
    if not (_within(law.events, 0, _MOST) and _within(law.exposure, 0, _MOST)):
        raise ValueError("a law starts from events and an exposure that are numbers, 0 or more")
    if not (0 <= law.discount <= 1 and law.guard >= 0):
        raise ValueError("a discount is a share, a guard 0 week or more")


def _within(values: float | np.ndarray, least: float, most: float) -> bool:
    told = np.asarray(values, dtype=float)
    return bool(((told >= least) & (told <= most)).all())
