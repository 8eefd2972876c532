"""Funnels: exact limits that hold the reference, close in with exposure, and agree with R."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from observatoire.funnels import dispersion_of, funnel_limits

LIMITS = ["low_998", "low_95", "high_95", "high_998"]


@given(st.floats(0.01, 5), st.lists(st.floats(0.5, 1000), min_size=1, max_size=10))
def test_limits_are_nested_around_the_reference_and_never_negative(reference, exposure):
    found = funnel_limits(reference, exposure)
    assert list(found.columns) == ["exposure", "low_95", "high_95", "low_998", "high_998"]
    ends = found[LIMITS].to_numpy()
    assert (np.diff(ends, axis=1) >= -1e-12).all()
    assert (ends >= 0).all()
    assert (found["low_95"] <= reference + 1e-9).all()
    assert (found["high_95"] >= reference - 1e-9).all()


@given(st.floats(0.05, 0.95), st.lists(st.integers(5, 3000), min_size=1, max_size=10))
def test_limits_of_a_share_stay_between_0_and_1(reference, whole):
    ends = funnel_limits(reference, whole, kind="share")[LIMITS]
    assert ends.ge(0).all(axis=None)
    assert ends.le(1).all(axis=None)


def test_limits_close_in_without_a_jump():
    """Interpolation: between two whole counts the limits move by a hair, not by a step."""
    high = funnel_limits(0.2, np.arange(20, 200, 0.1))["high_95"]
    assert high.diff().abs().max() < 0.002
    assert high.iloc[-1] < high.iloc[0]


@pytest.mark.parametrize("kind", ["rate", "share"])
def test_about_five_places_in_a_hundred_fall_outside_by_chance(kind):
    """Computed: half of what lies beyond, for the discrete count that the limit cuts."""
    for n in (40, 200, 1000):
        limits = funnel_limits(0.3, [n], kind=kind).iloc[0]
        law = stats.poisson(0.3 * n) if kind == "rate" else stats.binom(n, 0.3)
        outside = law.cdf(math.ceil(limits["low_95"] * n) - 1)
        outside += law.sf(math.floor(limits["high_95"] * n))
        assert 0.03 < outside < 0.07


def test_places_that_vary_more_than_chance_widen_the_limits_by_the_root_of_phi():
    plain, wide = (funnel_limits(0.5, [100], dispersion=phi).iloc[0] for phi in (1, 4))
    assert wide["high_95"] - 0.5 == pytest.approx(2 * (plain["high_95"] - 0.5))
    pd.testing.assert_frame_equal(
        funnel_limits(0.5, [100], dispersion=0.3), funnel_limits(0.5, [100])
    )


def test_nothing_exposed_has_no_limit_and_a_reference_of_nothing_leaves_nothing_to_chance():
    found = funnel_limits(0.5, [0, math.nan, 10])
    assert found[LIMITS].isna().all(axis=1).tolist() == [True, True, False]
    assert (funnel_limits(0, [10])[LIMITS] == 0).all(axis=None)
    assert (funnel_limits(1, [10], kind="share")[LIMITS] == 1).all(axis=None)


@pytest.mark.parametrize(
    ("reference", "options"),
    [(-1, {}), (math.nan, {}), (1.5, {"kind": "share"}), (0.5, {"levels": (1.0,)})],
)
def test_a_reference_that_no_place_could_have_is_refused(reference, options):
    with pytest.raises(ValueError, match=r"reference|level"):
        funnel_limits(reference, [10], **options)


def test_dispersion_is_one_under_chance_and_grows_with_real_differences():
    chance = np.random.default_rng(5)
    effort = chance.uniform(50, 500, 4000)
    same = dispersion_of(chance.poisson(0.2 * effort), effort, winsorised=0)
    assert same == pytest.approx(1, abs=0.1)
    mixed = dispersion_of(chance.poisson(chance.gamma(4, 0.05, 4000) * effort), effort)
    assert mixed > 3


def test_one_place_that_truly_differs_does_not_widen_the_limits():
    counts, effort = [10, 9, 11, 10, 12, 8, 10, 11, 9, 10, 80], [100] * 11
    assert dispersion_of(counts, effort, 0.1) < 1
    assert dispersion_of(counts, effort, 0.1, winsorised=0) > 40
    shares = dispersion_of([30, 35, 25], [100, 100, 100], 0.3, kind="share", winsorised=0)
    assert shares == pytest.approx(2 * 25 / 21 / 3)
    assert math.isnan(dispersion_of([], []))
    assert math.isnan(dispersion_of([0, 0], [10, 10]))


def test_limits_are_those_of_the_reference(reference_data: Path):
    cases = pd.read_csv(reference_data / "funnel" / "poisson_smr_limits_spiegelhalter2005.csv")
    found = funnel_limits(1, cases["E"])
    for mine, theirs in zip(LIMITS, ("lo998", "lo95", "hi95", "hi998"), strict=True):
        assert np.abs(found[mine] - cases[theirs].clip(lower=0)).max() <= 1e-10
    assert len(cases) == 9
