"""Tests that know what is never shown: right among the published, the usual ones without a rule."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from toy_figures import COUNT, FIELD, MEDIAN, SHARE

from observatoire.catalogue import read_catalogue
from observatoire.contrasts import rate_ratio, share_against, share_difference
from observatoire.disclosure import Rules
from observatoire.selection import (
    Hidden,
    hidden_of,
    rate_ratio_shown,
    share_against_shown,
    share_difference_shown,
)

OURS = Hidden(5, zero=True)
EVERYTHING = Hidden(0)
seen = st.one_of(st.just(0), st.integers(5, 40))


@given(seen, st.floats(1, 50), seen, st.floats(1, 50))
def test_swapping_two_places_gives_the_same_p_and_the_inverse_interval(x, t, y, u):
    one, other = rate_ratio_shown(x, t, y, u, OURS), rate_ratio_shown(y, u, x, t, OURS)
    if x + y == 0:
        assert math.isnan(one.p_value)
        return
    assert one.p_value == pytest.approx(other.p_value, abs=1e-9)
    if abs(one.p_value - 0.05) > 1e-6:
        assert (one.p_value < 0.05) == (not one.interval.holds(1.0))
    if one.interval.low > 0:
        assert one.interval.low * other.interval.high == pytest.approx(1, rel=1e-6)


@given(st.integers(0, 40), st.floats(1, 50), st.integers(0, 40), st.floats(1, 50))
def test_when_everything_is_shown_the_tests_are_the_usual_ones(x, t, y, u):
    mine, usual = rate_ratio_shown(x, t, y, u, EVERYTHING), rate_ratio(x, t, y, u)
    if x + y:
        assert mine.p_value == pytest.approx(usual.p_value, abs=1e-9)
        assert mine.interval.low == pytest.approx(usual.interval.low, rel=1e-6, abs=1e-12)
        assert mine.interval.high == pytest.approx(usual.interval.high, rel=1e-6)
    n, m = 40 + int(t), 40 + int(u)
    for found, expected in (
        (share_difference_shown(x, n, y, m, EVERYTHING), share_difference(x, n, y, m)),
        (share_against_shown(x, n, 0.2, EVERYTHING), share_against(x, n, 0.2)),
    ):
        assert found.p_value == pytest.approx(expected.p_value, abs=1e-9)


def shown_pairs(first, second, hidden):
    for x, y in itertools.product(range(len(first)), range(len(second))):
        if hidden.shows(np.array([float(x), float(y)])).all():
            yield x, y, first[x] * second[y]


@pytest.mark.parametrize(("mean", "t", "u"), [(3, 1, 1), (2, 1, 4), (6, 1, 1)])
def test_two_equal_rates_that_are_shown_are_called_different_at_most_as_often(mean, t, u):
    """Computed over every pair that would be published; the usual test fails where it matters."""
    top = np.arange(int(stats.poisson.isf(1e-7, mean * max(t, u))) + 1)
    laws = stats.poisson.pmf(top, mean * t), stats.poisson.pmf(top, mean * u)
    chances = shown = usual = 0.0
    for x, y, weight in shown_pairs(*laws, OURS):
        chances += weight
        if x + y and weight > 1e-9:
            shown += weight * (rate_ratio_shown(x, t, y, u, OURS).p_value < 0.05)
            usual += weight * (rate_ratio(x, t, y, u).p_value < 0.05)
    assert shown / chances <= 0.05
    if (mean, t, u) == (3, 1, 1):
        assert usual / chances > 0.10


def test_a_small_place_seen_because_its_share_is_high_is_not_called_high_for_that():
    """Counts under five are blank: at 3 % of a hundred, what is shown is high by chance."""
    hidden, n = Hidden(5), 100
    law = stats.binom.pmf(np.arange(n + 1), n, 0.03)
    shown = [
        share_against_shown(x, n, 0.03, hidden).p_value < 0.05 if x >= 5 else False
        for x in range(n + 1)
    ]
    usual = [share_against(x, n, 0.03).p_value < 0.05 and x >= 5 for x in range(n + 1)]
    assert law[shown].sum() / law[5:].sum() <= 0.05
    assert law[usual].sum() / law[5:].sum() > 0.05
    m = 400
    other = stats.binom.pmf(np.arange(m + 1), m, 0.03)
    pairs = [
        (weight, share_difference_shown(x, n, y, m, hidden).p_value < 0.05)
        for x, y, weight in shown_pairs(law, other, hidden)
        if weight > 1e-7
    ]
    assert sum(w for w, told in pairs if told) / sum(w for w, _ in pairs) <= 0.05


def test_what_is_left_of_a_commune_is_hidden_by_no_rule():
    hidden = Hidden(5)
    rest = share_difference_shown(20, 100, 2, 100, hidden, other_is_rest=True)
    assert rest.p_value < 0.05
    assert share_difference_shown(20, 100, 2, 100, hidden).p_value == pytest.approx(
        share_difference(20, 100, 2, 100).p_value
    )  # a count that the rule would have hidden: the rule is not that of this figure


def test_the_rules_are_those_of_the_door_and_of_the_producers():
    rules = Rules()
    for name in ("terrain.tensions", "terrain.trafics"):
        theme = read_catalogue()[name]
        limits = rules.thresholds("field", sensitive=theme.sensitive)
        assert hidden_of(theme) == Hidden(limits.k, zero=True)
    assert hidden_of(FIELD).least == 5
    assert hidden_of(SHARE) == hidden_of(COUNT) == Hidden(5)
    assert hidden_of(MEDIAN) == EVERYTHING
    assert OURS.shows(np.array([0.0, 1, 4, 5, 9])).tolist() == [True, False, False, True, True]
    assert not Hidden(5).shows(np.array([0.0])).any()


def test_nothing_counted_or_missing_has_no_p():
    assert math.isnan(rate_ratio_shown(0, 10, 0, 10, OURS).p_value)
    assert math.isnan(rate_ratio_shown(math.nan, 10, 5, 10, OURS).p_value)
    many = rate_ratio_shown(90_000, 1, 91_000, 1, OURS)
    assert many.p_value == rate_ratio(90_000, 1, 91_000, 1).p_value
    assert math.isnan(share_difference_shown(math.nan, 10, 3, 10, OURS).p_value)
    assert math.isnan(share_against_shown(0, 0, 0.5, OURS).p_value)
