"""The cumulative sum with exposure: equal to R's, and what it is by itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.cusum import exposure_cusum, reference_value, run_length, threshold

QUICK = settings(max_examples=30, deadline=None)


@pytest.fixture
def known(reference_data):
    return pd.read_csv(reference_data / "alerts" / "rogerson_synthetic_b_hvalues.csv")


def test_run_lengths_are_those_of_r_to_1e_8(known):
    for row in known.itertuples():
        assert run_length(row.theta0, row.k, row.h) == pytest.approx(row.ARL, rel=1e-8)
        assert abs(reference_value(row.theta0) - row.k) < 0.11  # R leaves 5.5 for 5.4
        found = run_length(row.theta0, row.k, threshold(row.theta0, row.k, 100.0))
        assert abs(found - 100) <= abs(row.ARL - 100) + 1e-9


def test_bounds_and_signals_are_those_of_r(reference_data, known):
    found = pd.read_csv(reference_data / "alerts" / "rogerson_synthetic_b.csv")
    designs = {row.theta0: (row.k, row.h) for row in known.itertuples()}
    counts, means = (found[name].to_numpy(dtype=float) for name in ("observed", "lambda_t"))
    assert set(means) <= set(designs)
    sums, bounds = exposure_cusum(counts, means, designs=designs)
    np.testing.assert_array_equal(bounds, found["upperbound"])
    np.testing.assert_array_equal(sums >= 1 - 1e-9, found["alarm"] == 1)
    assert (found["alarm"] == 1).any()


@settings(max_examples=10, deadline=None)
@given(st.floats(0.3, 6), st.integers(30, 120))
def test_no_tenth_comes_nearer_than_a_threshold(mean, weeks):
    k = reference_value(mean)
    found = threshold(mean, k, float(weeks))
    around = [round(found * 10) + step for step in range(-4, 5)]
    lengths = [run_length(mean, k, tenths / 10) for tenths in around if tenths > 0]
    assert (np.diff(lengths) >= -1e-9).all()  # no threshold farther away comes nearer
    own = abs(run_length(mean, k, found) - weeks)
    assert own == pytest.approx(min(abs(one - weeks) for one in lengths))


@QUICK
@given(st.lists(st.integers(0, 8), min_size=1, max_size=40), st.floats(0.5, 4))
def test_with_one_expectation_it_is_the_usual_sum(seen, mean):
    counts = np.array(seen, dtype=float)
    sums, bounds = exposure_cusum(counts, np.full(len(seen), mean))
    k = reference_value(mean)
    h, now = threshold(mean, k, 100.0), 0.0
    for week, count in enumerate(seen):
        assert now + bounds[week] - k >= h - 1e-6  # the bound signals, one less would not
        assert bounds[week] == 0 or now + bounds[week] - 1 - k < h
        now = max(0.0, now + count - k)
        assert sums[week] * h == pytest.approx(now, abs=1e-9)


def test_a_missing_week_changes_nothing():
    counts, means = np.array([2.0, 3.0, np.nan, 4.0]), np.array([1.0, 0.0, 1.0, 1.0])
    sums, bounds = exposure_cusum(counts, means)
    assert np.isnan(sums[1:3]).all()
    assert np.isnan(bounds[1:3]).all()
    alone, _ = exposure_cusum(counts[[0, 3]], means[[0, 3]])
    np.testing.assert_allclose(sums[[0, 3]], alone)


def test_an_expectation_is_above_zero():
    with pytest.raises(ValueError, match="above 0"):
        reference_value(0.0)
