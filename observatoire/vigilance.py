"""A rule of vigilance replayed: whether what was seen is more than the past of a place foretold.

A discounted Gamma–Poisson law with exposure: the rate per outing of a theme in a place is learnt
from its own past, the older the lighter, starting from what the theme is elsewhere. A period
without outing foretells nothing and is never quiet: it is blind. A hidden count is unknown, never
zero.

Pure: plain series in, a plain frame out. It is a replay: nothing is announced to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from observatoire.intervals import rate_parts
from observatoire.labels import read_words
from observatoire.scoring import (
    ALERT_P,
    LEAST_EVENTS,
    LEAST_PAST,
    WATCH_P,
    Law,
    foretell,
    upper_quantile,
    upper_tail,
)
from observatoire.smoothing import group_moments

LEVELS = ("blind", "unknown", "short", "usual", "watch", "alert")
_LEAST_PRIOR, _MOST_PRIOR = 3.0, 60.0


@dataclass(frozen=True)
class Prior:
    """What is known of a theme before a place has a past: `events` in so many outings."""

    events: float
    exposure: float


@dataclass(frozen=True)
class Rule:
    """The settings of the rule; the defaults are for weeks.

    Attributes
    ----------
    discount
        What a period weighs against the one after it (0–1).
    guard
        How many periods just before are left out of the past, so that a rise does not hide itself.
    dispersion
        How many times the variance of a Poisson law the theme has; at least 1.
    """

    discount: float = 0.98
    guard: int = 2
    dispersion: float = 1.0


WEEKLY = Rule()


def prior_of(events: pd.Series, exposure: pd.Series) -> Prior:
    """Return what a theme is over several places, as the past of a place that has none.

    Marshall's moments of the rates; between 3 and 60 outings' worth of past.

    Raises
    ------
    ValueError
        When no place has an exposure, and as `intervals.rate_parts`.
    """
    counts, effort = rate_parts(events, exposure)
    known = np.isfinite(counts)
    if not known.any():
        raise ValueError("no place has a known count and an exposure")
    mean, between = group_moments(counts[known], effort[known])
    mean = max(mean, 0.5 / float(effort[known].sum()))  # nothing seen yet is not impossible
    worth = mean / between if between > 0 else _MOST_PRIOR
    worth = min(max(worth, _LEAST_PRIOR), _MOST_PRIOR)
    return Prior(mean * worth, worth)


def replay(
    events: pd.Series, exposure: pd.Series, prior: Prior, rule: Rule = WEEKLY
) -> pd.DataFrame:
    """Return what the past foretold at each period, and how rare what was seen is.

    Parameters
    ----------
    events, exposure
        Whole counts and outings of one place, period after period, none left out; NaN for a count
        that is hidden.

    Returns
    -------
    Frame on the same index: `past_events` A and `past_exposure` B, `expected` and `variance` of
    the count, `p_upper` = P(Y ≥ y) and `p_mid`, the quantiles `q95` and `q99`, and `level`. Without
    outing, or of a hidden count, the probabilities are NaN.

    Raises
    ------
    ValueError
        For a negative or fractional count, a negative exposure, indexes that differ.

    Notes
    -----
    A_t = a₀ + Σ δ^{t−s} y_s and B_t = b₀ + Σ δ^{t−s} E_s over s ≤ t − 1 − guard; μ = E A/B,
    v = φ μ + E² A/B²; negative binomial of size μ²/(v − μ).
    """
    if not events.index.equals(exposure.index):
        raise ValueError("events and exposure must have one index")
    effort = exposure.to_numpy(dtype=float)
    counts, _ = rate_parts(events, exposure.where(effort != 0, 1.0))
    known = np.isfinite(counts) & (effort > 0)
    law = Law(prior.events, prior.exposure, rule.discount, rule.guard, rule.dispersion)
    found = foretell(np.where(known, counts, 0.0), np.where(known, effort, 0.0), effort, law)
    past, looked, mean, variance = found
    rare, beyond = (upper_tail(counts + more, mean, variance) for more in (0, 1))
    values = {
        "past_events": past,
        "past_exposure": looked,
        "expected": mean,
        "variance": variance,
        "p_upper": rare,
        "p_mid": (rare + beyond) / 2,
        "q95": upper_quantile(0.95, mean, variance),
        "q99": upper_quantile(0.99, mean, variance),
    }
    frame = pd.DataFrame(values, index=events.index)
    frame["level"] = _levels(frame, counts, effort, prior)
    return frame


def level_words(level: str) -> str:
    """Return the name of a level, in French."""
    return read_words("vigilance")(f"level.{level}")


def _levels(frame: pd.DataFrame, counts: np.ndarray, effort: np.ndarray, prior: Prior) -> pd.Series:
    rare = frame["p_upper"].to_numpy()
    ordered = (
        (effort == 0, "blind"),
        (~np.isfinite(counts), "unknown"),
        (frame["past_exposure"].to_numpy() - prior.exposure < LEAST_PAST, "short"),
        ((rare < ALERT_P) & (counts >= LEAST_EVENTS), "alert"),
        (rare < WATCH_P, "watch"),
    )
    found = np.select([here for here, _ in ordered], [name for _, name in ordered], "usual")
    return pd.Series(found, index=frame.index, dtype="str")
