"""Intervals: they hold the point estimate, never cover less than they promise, agree with R."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.intervals import byar, clopper_pearson, garwood, garwood_mid_p, wilson

RATES = (garwood, garwood_mid_p, byar)
SHARES = (wilson, clopper_pearson)
counts = st.integers(0, 5000)
exposures = st.floats(0.01, 1e5)
levels = st.floats(0.5, 0.999)


@given(counts, exposures, levels, st.sampled_from(RATES))
def test_the_interval_of_a_rate_holds_it_and_is_never_negative(x, t, level, method):
    found = method(x, t, level=level)
    assert 0 <= found.low < found.high
    assert found.holds(x / t)
    assert (found.level, found.varies, found.method) == (level, "process", method.__name__)


@given(counts, exposures, st.sampled_from(RATES))
def test_a_wider_confidence_is_a_wider_interval_and_more_exposure_a_narrower_one(x, t, method):
    narrow, wide = method(x, t, level=0.8), method(x, t, level=0.99)
    assert wide.low <= narrow.low
    assert narrow.high < wide.high
    doubled = method(2 * x, 2 * t)
    alone = method(x, t)
    assert doubled.high - doubled.low < alone.high - alone.low


@given(counts, exposures, st.floats(1e-3, 1e3))
def test_the_unit_of_exposure_changes_nothing(x, t, factor):
    one, other = garwood(x, t), garwood(x, t * factor)
    assert one.high == pytest.approx(other.high * factor)
    assert one.low == pytest.approx(other.low * factor)


@given(st.integers(0, 300), st.integers(1, 300), levels, st.sampled_from(SHARES))
def test_the_interval_of_a_share_holds_it_and_stays_between_0_and_1(x, n, level, method):
    x = min(x, n)
    found = method(x, n, level=level)
    assert 0 <= found.low < found.high <= 1
    assert found.holds(x / n)
    mirror = method(n - x, n, level=level)
    assert (mirror.low, mirror.high) == pytest.approx((1 - found.high, 1 - found.low))


@given(st.integers(0, 300), st.integers(1, 300))
def test_mid_p_is_inside_the_exact_interval(x, t):
    exact, shorter = garwood(x, t), garwood_mid_p(x, t)
    assert exact.low <= shorter.low
    assert shorter.high < exact.high


def test_mid_p_leaves_half_of_what_is_seen_on_each_side():
    """P(X > 5) + ½ P(X = 5) is 2.5 % at the low bound, and the mirror at the high one."""
    found = garwood_mid_p(5, 1)

    def chance(k, mean):
        return math.exp(-mean) * mean**k / math.factorial(k)

    for bound, beyond in ((found.low, range(6, 60)), (found.high, range(5))):
        assert sum(chance(k, bound) for k in beyond) + chance(5, bound) / 2 == pytest.approx(0.025)
    assert garwood_mid_p(0, 1).high == pytest.approx(-math.log(0.05))


def test_nothing_seen_still_has_a_high_bound_and_a_low_bound_of_exactly_zero():
    found = garwood(0, 20)
    assert found.low == 0
    assert found.high == pytest.approx(-math.log(0.025) / 20)
    assert wilson(0, 10).low == 0
    assert wilson(10, 10).high == 1
    assert (clopper_pearson(0, 10).low, clopper_pearson(10, 10).high) == (0, 1)


@pytest.mark.parametrize("method", RATES)
def test_no_exposure_and_what_is_missing_have_no_interval(method):
    found = method([3, math.nan, 2, 4], [0, 10, math.nan, 10])
    assert np.isnan(found.low).tolist() == np.isnan(found.high).tolist() == [1, 1, 1, 0]
    assert not found.holds([0, 0, 0, 0])[:3].any()


@pytest.mark.parametrize("method", SHARES)
def test_a_share_of_nobody_has_no_interval(method):
    found = method([0, math.nan, 2, 4], [0, 10, math.nan, 10])
    assert np.isnan(found.low).tolist() == np.isnan(found.high).tolist() == [1, 1, 1, 0]


@pytest.mark.parametrize("method", [*RATES, *SHARES])
@pytest.mark.parametrize(
    ("parts", "said"),
    [((-1, 10), "not negative"), ((2.5, 10), "whole"), ((1, -10), "not negative")],
)
def test_what_is_no_count_is_refused(method, parts, said):
    with pytest.raises(ValueError, match=said):
        method(*parts)
    with pytest.raises(ValueError, match="finite"):
        method(math.inf, 10)
    with pytest.raises(ValueError, match="level"):
        method(1, 10, level=1)


def test_a_part_above_its_whole_is_refused():
    for method in SHARES:
        with pytest.raises(ValueError, match="above"):
            method(11, 10)


def test_many_places_at_once_are_each_alone():
    together = garwood([0, 3, 12], [10, 20, 30])
    assert together.high.tolist() == [garwood(x, t).high for x, t in ((0, 10), (3, 20), (12, 30))]
    assert isinstance(garwood(3, 20).high, float)


def test_garwood_is_the_exact_interval_of_r(reference_data: Path):
    cases = pd.read_csv(reference_data / "ci" / "poisson_rate_ci.csv")
    for level, rows in cases.groupby("conf"):
        found = garwood(rows["x"], rows["exposure"], level=float(level))
        for side, bound in (("lo", found.low), ("hi", found.high)):
            expected = rows[f"base_poisson.test_{side}"].to_numpy()
            assert np.abs(bound - expected).max() <= 1e-10
    assert len(cases) > 50


def test_byar_is_the_formula_of_the_textbook():
    """Breslow and Day: 12 events seen, 6.2 to 21.0 expected at 95 %."""
    found = byar(12, 1)
    assert (found.low, found.high) == pytest.approx((6.193, 20.963), abs=5e-3)
    exact = garwood(12, 1)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), rel=5e-3)


def test_wilson_by_hand():
    """4 of 10: (0.4 + z²/20 ± z √(0.024 + z²/400)) ÷ (1 + z²/10), z = 1.959964."""
    found = wilson(4, 10)
    assert (found.low, found.high) == pytest.approx((0.168180, 0.687326), abs=1e-6)
