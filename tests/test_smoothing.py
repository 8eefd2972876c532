"""Empirical Bayes: between the raw rate and the group's, as esda and spdep compute it."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.intervals import garwood
from observatoire.smoothing import COLUMNS, marshall, marshall_within

groups = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 200)), min_size=2, max_size=12)


def series(values):
    return pd.Series(values, index=[f"z{rank}" for rank in range(len(values))], dtype="float64")


@given(groups)
def test_a_smoothed_rate_lies_between_the_raw_one_and_that_of_the_group(cases):
    y, n = series([y for y, _ in cases]), series([n for _, n in cases])
    found = marshall(y, n)
    mean = y.sum() / n.sum()
    assert list(found.columns) == list(COLUMNS)
    assert (found["raw"] == y / n).all()
    assert found["weight"].between(0, 1).all()
    low, high = np.minimum(found["raw"], mean), np.maximum(found["raw"], mean)
    assert (found["smoothed"] >= low - 1e-12).all()
    assert (found["smoothed"] <= high + 1e-12).all()
    assert (found["low"] <= found["smoothed"] + 1e-9).all()
    assert (found["smoothed"] <= found["high"] + 1e-9).all()


@given(groups, st.integers(2, 50))
def test_the_unit_of_exposure_changes_the_rates_and_nothing_else(cases, factor):
    y, n = series([y for y, _ in cases]), series([n for _, n in cases])
    one, other = marshall(y, n), marshall(y, n * factor)
    np.testing.assert_allclose(one["smoothed"], other["smoothed"] * factor, atol=1e-9)
    np.testing.assert_allclose(one["weight"], other["weight"], atol=1e-6)


def test_more_exposure_is_more_weight():
    found = marshall(series([1, 10, 100, 50]), series([10, 100, 1000, 100]))
    assert found["weight"].iloc[:3].is_monotonic_increasing
    assert found["weight"].iloc[0] < found["weight"].iloc[2]


def test_places_that_chance_explains_all_take_the_rate_of_the_group():
    found = marshall(series([10, 10, 10]), series([100, 100, 100]))
    pooled = garwood(30, 300)
    assert found["smoothed"].tolist() == pytest.approx([0.1] * 3)
    assert (found["weight"] == 0).all()
    assert found["low"].tolist() == pytest.approx([pooled.low] * 3)
    assert found["high"].tolist() == pytest.approx([pooled.high] * 3)


def test_a_place_that_nobody_looked_at_is_not_drawn_from_its_group():
    y, n = series([4, 0, math.nan, 9]), series([40, 0, 50, 30])
    found = marshall(y, n)
    assert found.loc[["z1", "z2"]].isna().all(axis=None)
    np.testing.assert_allclose(found.loc[["z0", "z3"]], marshall(y.iloc[[0, 3]], n.iloc[[0, 3]]))
    assert marshall(series([0]), series([0])).isna().all(axis=None)
    assert marshall(series([]), series([])).empty


def test_nothing_seen_anywhere_is_a_rate_of_zero_with_its_interval():
    found = marshall(series([0, 0]), series([10, 30]))
    assert found["smoothed"].tolist() == [0, 0]
    assert found["high"].tolist() == pytest.approx([garwood(0, 40).high] * 2)


def test_a_group_knows_nothing_of_another():
    y, n = series([5, 1, 30, 60]), series([50, 50, 50, 50])
    site = pd.Series(["loire", "loire", "moselle", None], index=y.index)
    found = marshall_within(y, n, site)
    np.testing.assert_allclose(found.iloc[:2], marshall(y[:2], n[:2]))
    np.testing.assert_allclose(found.iloc[2:3], marshall(y[2:3], n[2:3]))
    assert found.iloc[3].isna().all()
    assert list(found.index) == list(y.index)


def test_series_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match="one index"):
        marshall(series([1, 2]), series([1, 2]).rename({"z1": "other"}))
    with pytest.raises(ValueError, match="groups"):
        marshall_within(series([1, 2]), series([1, 2]), pd.Series(["a", "b"]))
    with pytest.raises(ValueError, match="whole"):
        marshall(series([1.5]), series([2]))


def test_smoothed_rates_are_those_of_esda_on_the_north_carolina_deaths(reference_data: Path):
    cases = pd.read_csv(reference_data / "eb" / "nc_sids2_esda.csv", dtype={"FIPS": "str"})
    cases = cases.set_index("FIPS")
    found = marshall(cases["SID74"], cases["BIR74"])
    assert len(found) == 100
    assert (found["smoothed"] - cases["Empirical_Bayes"]).abs().max() <= 1e-12
    assert (found["raw"] - cases["raw"]).abs().max() <= 1e-12
