"""EARS and the Bayesian detector: their definitions, week by week, and what is missing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from observatoire.detectors import (
    BAYES_ALARM,
    C3_ALARM,
    EARS_ALARM,
    bayes,
    c1,
    c2,
    c3,
)
from observatoire.scoring import Law, score

QUICK = settings(max_examples=40, deadline=None)
series = st.lists(st.one_of(st.integers(0, 9), st.none()), min_size=1, max_size=40).map(
    lambda found: np.array([np.nan if one is None else one for one in found], dtype=float)[:, None]
)
whole = st.lists(st.integers(0, 9), min_size=1, max_size=30).map(
    lambda found: np.array(found, dtype=float)[:, None]
)


def window(counts, first, last):
    """Known counts of the weeks from `first` to `last`, both included."""
    found = counts[max(first, 0) : max(last + 1, 0), 0]
    return found[np.isfinite(found)]


def by_definition(counts, week, guard, least):
    past = window(counts, week - guard - 7, week - guard - 1)
    if len(past) < 4 or np.isnan(counts[week, 0]):
        return np.nan
    spread = max(float(np.std(past, ddof=1)), least)
    gap = counts[week, 0] - past.mean()
    return gap / spread if spread > 1e-9 else np.sign(round(gap, 9)) * np.inf if gap else 0.0


@QUICK
@given(series, st.sampled_from((0.0, 1.0)))
def test_c1_and_c2_are_deviations_from_seven_weeks(counts, least):
    for found, guard in ((c1, 0), (c2, 2)):
        made = found(counts, least_deviation=least)[:, 0]
        told = [by_definition(counts, week, guard, least) for week in range(len(counts))]
        np.testing.assert_allclose(made, told, rtol=1e-9, atol=1e-9)


@QUICK
@given(series)
def test_c3_adds_what_is_beyond_one_deviation_over_three_weeks(counts):
    own = c2(counts, least_deviation=1.0)[:, 0]
    made = c3(counts, least_deviation=1.0)[:, 0]
    for week in range(len(counts)):
        last = own[max(0, week - 2) : week + 1]
        told = np.nan if np.isnan(own[week]) else np.nansum(np.maximum(last - 1, 0))
        assert made[week] == pytest.approx(told, nan_ok=True)


def test_a_week_unlike_weeks_that_were_all_alike_alarms_unless_a_deviation_is_set():
    counts = np.array([*[0] * 9, 1], dtype=float)[:, None]
    assert c1(counts)[-1, 0] == c2(counts)[-1, 0] == c3(counts)[-1, 0] == np.inf
    assert c1(counts)[-2, 0] == 0
    assert c1(counts, least_deviation=1.0)[-1, 0] == 1 < EARS_ALARM
    assert c3(counts, least_deviation=1.0)[-1, 0] == 0 < C3_ALARM
    assert pytest.approx(stats.norm.ppf(0.999)) == EARS_ALARM


@QUICK
@given(whole)
def test_the_bayesian_detector_is_the_weekly_law_that_forgets_nothing(counts):
    """φ = 1, δ = 1, no guard, one outing a week, a₀ = ½, b₀ = 0."""
    law = Law(0.5, 0.0, discount=1.0, guard=0)
    told = score(counts, np.ones_like(counts), law).p_upper
    np.testing.assert_allclose(bayes(counts, window=len(counts)), told, rtol=1e-12)


@QUICK
@given(series, st.integers(1, 8))
def test_it_alarms_above_the_quantile_of_its_window(counts, weeks):
    """R's rule: y above the quantile at 1 − α of NB(Σy + ½, n / (n + 1))."""
    made = bayes(counts, window=weeks)[:, 0]
    for week in range(len(counts)):
        past = window(counts, week - weeks, week - 1)
        if len(past) == 0 or np.isnan(counts[week, 0]):
            assert np.isnan(made[week])
            continue
        number = len(past)
        bound = stats.nbinom.ppf(1 - BAYES_ALARM, past.sum() + 0.5, number / (number + 1))
        assert (made[week] <= BAYES_ALARM) == (counts[week, 0] > bound)


@QUICK
@given(series, series)
def test_a_series_says_nothing_of_another(one, other):
    length = min(len(one), len(other))
    both = np.hstack([one[:length], other[:length]])
    for found in (c1, c2, c3, bayes):
        np.testing.assert_array_equal(found(both)[:, :1], found(one[:length]))
