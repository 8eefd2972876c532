"""Tests of a difference: symmetric, exact in size, in agreement with R and with their intervals."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from observatoire.contrasts import (
    adjust,
    homogeneity,
    likelihood_p_value,
    rate_ratio,
    share_against,
    share_difference,
)

few = st.integers(0, 60)
effort = st.floats(0.5, 500)
p_values = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(few, effort, few, effort)
def test_two_rates_swapped_give_the_same_p_and_the_inverse_ratio(x, t, y, u):
    one, other = rate_ratio(x, t, y, u), rate_ratio(y, u, x, t)
    if x + y == 0:
        assert math.isnan(one.p_value)
        return
    assert one.p_value == pytest.approx(other.p_value, abs=1e-12)
    assert one.p_higher == pytest.approx(other.p_lower, abs=1e-12)
    if x and y:
        assert one.estimate * other.estimate == pytest.approx(1)
        assert one.interval.low * other.interval.high == pytest.approx(1)


@given(few, effort, few, effort)
def test_the_interval_of_a_ratio_leaves_out_1_exactly_when_the_test_says_so(x, t, y, u):
    found = rate_ratio(x, t, y, u)
    if x + y and abs(found.p_value - 0.05) > 1e-9:
        assert (found.p_value < 0.05) == (not found.interval.holds(1.0))


@given(few, st.integers(1, 60), few, st.integers(1, 60))
def test_two_shares_swapped_and_mirrored_give_the_same_p(x, n, y, m):
    x, y = min(x, n), min(y, m)
    one = share_difference(x, n, y, m)
    assert share_difference(y, m, x, n).p_value == pytest.approx(one.p_value, abs=1e-9)
    assert share_difference(n - x, n, m - y, m).p_value == pytest.approx(one.p_value, abs=1e-9)
    assert -1 <= one.estimate <= 1
    assert 0 <= one.p_value <= 1


def test_two_rates_are_those_of_r(reference_data: Path):
    cases = pd.read_csv(reference_data / "ci" / "two_rates_exact_conditional.csv")
    parts = [cases[name] for name in ("x1", "T1", "x2", "T2")]
    found = rate_ratio(*parts)
    for mine, theirs in (
        (found.estimate, "rr"),
        (found.interval.low, "rr_lo"),
        (found.interval.high, "rr_hi"),
        (found.p_higher, "p_greater"),
        (likelihood_p_value(*parts), "p_two_sided"),
    ):
        np.testing.assert_allclose(mine, cases[theirs], rtol=1e-10, atol=1e-10)
    assert len(cases) == 8


def test_doubling_the_smaller_tail_never_says_different_when_r_does_not_by_much():
    """The two ways of being two-sided agree where the law is symmetric."""
    for x in range(15):
        found = rate_ratio(x, 10, 20 - x, 10)
        assert found.p_value == pytest.approx(likelihood_p_value(x, 10, 20 - x, 10))


SIZES = [(5, 5), (8, 30), (30, 30), (12, 200), (60, 40)]


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_two_equal_shares_are_called_different_in_five_cases_of_a_hundred_at_most(n, m):
    """Computed over every table, not simulated: the size of the test at any common share."""
    x, y = np.meshgrid(np.arange(n + 1), np.arange(m + 1), indexing="ij")
    different = share_difference(x, n, y, m).p_value < 0.05
    for share in np.linspace(0.005, 0.995, 67):
        chances = np.outer(
            stats.binom.pmf(np.arange(n + 1), n, share), stats.binom.pmf(np.arange(m + 1), m, share)
        )
        assert chances[different].sum() <= 0.05 + 1e-12


def test_the_score_test_would_exceed_its_size():
    """Why it is not used: Pearson's χ² at n = 8 against 30 says « different » too often."""
    n, m = 8, 30
    x, y = np.meshgrid(np.arange(n + 1), np.arange(m + 1), indexing="ij")
    pooled = (x + y) / (n + m)
    spread = pooled * (1 - pooled) * (1 / n + 1 / m)
    gap = (x / n - y / m) ** 2
    score = np.divide(gap, spread, out=np.zeros_like(gap), where=spread > 0)
    different = score > stats.chi2.isf(0.05, 1)
    sizes = [
        np.outer(
            stats.binom.pmf(np.arange(n + 1), n, share), stats.binom.pmf(np.arange(m + 1), m, share)
        )[different].sum()
        for share in np.linspace(0.01, 0.99, 99)
    ]
    assert max(sizes) > 0.06


@pytest.mark.parametrize(("mean", "t", "u"), [(0.3, 1, 1), (2, 1, 5), (8, 3, 1), (20, 1, 1)])
def test_two_equal_rates_are_called_different_in_five_cases_of_a_hundred_at_most(mean, t, u):
    top = int(stats.poisson.isf(1e-10, mean * max(t, u))) + 1
    x, y = np.meshgrid(np.arange(top), np.arange(top), indexing="ij")
    different = rate_ratio(x, t, y, u).p_value < 0.05
    chances = np.outer(
        stats.poisson.pmf(np.arange(top), mean * t), stats.poisson.pmf(np.arange(top), mean * u)
    )
    assert chances[different].sum() <= 0.05


@pytest.mark.parametrize("n", [4, 25, 300])
def test_a_share_that_is_the_reference_is_called_different_at_most_as_often(n):
    for share in np.linspace(0.01, 0.99, 50):
        different = share_against(np.arange(n + 1), n, share).p_value < 0.05
        assert stats.binom.pmf(np.arange(n + 1), n, share)[different].sum() <= 0.05


def test_what_is_missing_or_not_looked_at_has_no_p():
    assert math.isnan(rate_ratio(3, 0, 2, 10).p_value)
    assert math.isnan(rate_ratio(math.nan, 5, 2, 10).p_value)
    assert math.isnan(rate_ratio(0, 5, 0, 10).p_value)
    assert math.isnan(share_difference(0, 0, 2, 10).p_value)
    assert math.isnan(share_against(math.nan, 10, 0.5).p_value)
    found = rate_ratio(4, 10, 0, 10)
    assert (found.estimate, found.interval.high) == (math.inf, math.inf)


def test_what_is_no_count_is_refused():
    for wrong in ((-1, 5, 2, 10), (1.5, 5, 2, 10), (1, -5, 2, 10)):
        with pytest.raises(ValueError, match=r"negative|whole"):
            rate_ratio(*wrong)
    with pytest.raises(ValueError, match="above"):
        share_difference(3, 2, 1, 2)
    with pytest.raises(ValueError, match="between 0 and 1"):
        share_against(1, 2, 14.5)


def test_equal_rates_are_homogeneous_and_unequal_ones_are_not():
    same = homogeneity([10, 20, 30], [100, 200, 300])
    assert (same.statistic, same.freedom, same.p_value) == (pytest.approx(0, abs=1e-12), 2, 1)
    assert homogeneity([5, 60, 5], [100, 100, 100]).p_value < 1e-6
    assert homogeneity([0, 0, 0], [1, 2, 3]).p_value == 1


def test_homogeneity_by_hand_and_without_the_places_nobody_looked_at():
    """O = 4 and 12 over equal exposures, μ = 8: 2 (4 ln ½ + 12 ln 1.5) = 4.186."""
    found = homogeneity([4, 12, math.nan, 3], [1, 1, 5, 0])
    expected = 2 * (4 * math.log(0.5) + 12 * math.log(1.5))
    assert (found.statistic, found.freedom) == (pytest.approx(expected), 1)
    assert math.isnan(homogeneity([4], [1]).p_value)


def test_adjusted_p_values_are_those_of_r(reference_data: Path):
    cases = pd.read_csv(reference_data / "multiple" / "p_adjust_BH1995.csv")
    assert np.abs(adjust(cases["p"]) - cases["BH"]).max() <= 1e-12


@given(p_values, st.randoms(use_true_random=False))
def test_adjusting_never_lowers_a_p_and_keeps_their_order(values, chance):
    found = adjust(values)
    assert (found >= np.array(values) - 1e-15).all()
    assert (found <= 1).all()
    order = np.argsort(values)
    assert (np.diff(found[order]) >= -1e-15).all()
    mixed = list(enumerate(values))
    chance.shuffle(mixed)
    again = adjust([value for _, value in mixed])
    assert again.tolist() == pytest.approx([found[rank] for rank, _ in mixed])


def test_a_test_that_was_not_made_is_not_counted_in_its_family():
    assert adjust([0.01, math.nan, 0.04]).tolist()[::2] == adjust([0.01, 0.04]).tolist()
    assert math.isnan(adjust([0.01, math.nan])[1])
    with pytest.raises(ValueError, match="between 0 and 1"):
        adjust([1.2])
