import math
import warnings

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from observatoire.classify import (
    ABSENT,
    COUNT,
    OUTSIDE,
    ZERO,
    Breaks,
    class_breaks,
    manual_breaks,
    site_breaks,
    symbol_radius,
    variance_fit,
    zone_classes,
)
from observatoire.errors import BreaksError
from observatoire.schemas import STATUSES

printed = st.integers(-10_000, 1_000_000).map(lambda cents: cents / 100)
samples = st.lists(printed, min_size=1, max_size=60)
METHODS = ("fisher_jenks", "quantiles", "equal_interval")


@given(samples, st.integers(1, 6), st.sampled_from(METHODS))
def test_every_value_has_one_class_and_classes_follow_the_order_of_values(values, k, method):
    breaks = class_breaks(values, k, method)
    classes = [breaks.class_of(value) for value in sorted(values)]
    assert 1 <= len(breaks) <= k
    assert classes == sorted(classes)
    assert set(classes) == set(range(len(breaks)))
    assert sum(breaks.counts(values)) == len(values)


@given(samples, st.integers(1, 6))
def test_classes_are_closed_on_the_right_and_the_first_holds_the_lowest(values, k):
    breaks = class_breaks(values, k)
    for rank, (low, high) in enumerate(zip(breaks.edges, breaks.edges[1:], strict=False)):
        assert breaks.class_of(high) == rank
        if rank:
            assert breaks.class_of(low) == rank - 1
    assert breaks.class_of(min(values)) == 0


@given(samples, st.randoms(use_true_random=False), st.sampled_from(METHODS))
def test_breaks_depend_on_the_values_and_not_on_their_order_nor_on_absences(values, chance, method):
    shuffled = [*values, math.nan, math.nan]
    chance.shuffle(shuffled)
    assert class_breaks(shuffled, method=method) == class_breaks(values, method=method)


def fisher_cost(values, cuts):
    parts = np.split(np.array(sorted(values)), cuts)
    return sum(((part - part.mean()) ** 2).sum() for part in parts if len(part))


@given(st.lists(printed, min_size=6, max_size=9, unique=True))
def test_no_other_cut_in_three_has_less_variance_inside_classes(values):
    counts = class_breaks(values, 3).counts(values)
    assume(len(counts) == 3)
    found = fisher_cost(values, np.cumsum(counts)[:-1])
    size = len(values)
    best = min(fisher_cost(values, (a, b)) for a in range(1, size - 1) for b in range(a + 1, size))
    assert found <= best + 1e-6 * max(1, best)


def test_rounding_a_break_moves_no_zone_and_makes_it_short():
    values = [11.02, 12.9, 13.4, 27.113, 28.77, 29.01, 44.481, 46.9]
    breaks = class_breaks(values, 3)
    assert breaks.edges == (11.02, 20.0, 40.0, 46.9)
    assert breaks.counts(values) == (3, 3, 2)


def test_fewer_distinct_values_than_classes_give_one_class_each():
    breaks = class_breaks([3, 3, 3, 8, 8, 20], 5)
    assert len(breaks) == 3
    assert breaks.counts([3, 3, 3, 8, 8, 20]) == (3, 2, 1)


def test_one_value_is_one_class_and_no_value_is_none():
    alone = class_breaks([7.0, 7.0, math.nan])
    assert (len(alone), alone.method, alone.class_of(7.0)) == (1, "single", 0)
    nothing = class_breaks([math.nan])
    assert len(nothing) == 0
    with pytest.raises(ValueError, match="no class"):
        nothing.class_of(1.0)


def test_an_absence_is_never_classed_and_each_has_its_own_character():
    breaks = class_breaks([1.0, 2.0, 3.0])
    statuses = [status for status in STATUSES if status != "ok"]
    letters = zone_classes([math.nan] * len(statuses), statuses, breaks)
    assert len(set(letters)) == len(statuses)
    assert set(letters) == set(ABSENT.values()) <= set(OUTSIDE)
    assert not any(letter.isdigit() for letter in letters)
    with pytest.raises(ValueError, match="no class"):
        breaks.class_of(math.nan)


def test_a_zone_said_to_have_a_value_and_that_has_none_is_refused():
    with pytest.raises(ValueError, match="no value"):
        zone_classes([math.nan], ["ok"], class_breaks([1.0, 2.0]))
    with pytest.raises(ValueError, match="unknown status"):
        zone_classes([1.0], ["hidden"], class_breaks([1.0, 2.0]))


def test_a_count_is_a_symbol_and_its_zero_is_not_an_absence():
    assert zone_classes([0, 5, math.nan], ["ok", "ok", "missing"], Breaks(), is_count=True) == (
        ZERO + COUNT + ABSENT["missing"]
    )


def test_a_zero_share_is_a_class_like_any_other():
    breaks = class_breaks([0.0, 10.0, 50.0])
    assert zone_classes([0.0], ["ok"], breaks) == "0"


@given(st.floats(0, 1e6), st.floats(1e-3, 1e6), st.floats(1, 40))
def test_the_area_of_a_symbol_follows_its_value(value, largest, radius):
    value = min(value, largest)
    found = symbol_radius(value, largest, radius)
    assert found**2 / radius**2 == pytest.approx(value / largest, abs=1e-9)
    assert symbol_radius(largest, largest, radius) == pytest.approx(radius)


def test_a_negative_count_has_no_symbol():
    with pytest.raises(ValueError, match="positive"):
        symbol_radius(-1, 10, 20)


def test_breaks_of_a_whole_country_are_the_same_twice_and_leave_warnings_as_they_were():
    values = np.random.default_rng(7).gamma(4, 8, 700)
    before = list(warnings.filters)
    assert class_breaks(values) == class_breaks(values[::-1])
    assert list(warnings.filters) == before


@given(samples, st.integers(1, 6))
def test_classes_explain_a_share_of_the_variance_that_grows_to_one(values, k):
    breaks = class_breaks(values, k)
    fit = variance_fit(values, breaks)
    if len(set(values)) == 1:
        assert fit is None
        return
    assert -1e-9 <= fit <= 1 + 1e-9
    labels = np.array([breaks.class_of(value) for value in values])
    data = np.array(values)
    inside = sum(
        ((data[labels == one] - data[labels == one].mean()) ** 2).sum() for one in set(labels)
    )
    assert fit == pytest.approx(1 - inside / ((data - data.mean()) ** 2).sum(), abs=1e-6)
    assert variance_fit(values, class_breaks(values, 1)) == pytest.approx(0, abs=1e-9)
    assert variance_fit(values, class_breaks(values, len(values))) == pytest.approx(1)


def test_jenks_and_caspall_classes_are_those_of_their_article(reference_data):
    cases = np.genfromtxt(
        reference_data / "classif" / "jenks71_input.csv", delimiter=",", names=True
    )
    values = [float(value) for value in cases["value"]]
    published = (15.57, 41.2, 60.66, 77.29, 100.1, 155.3)
    expected = manual_breaks(published).counts(values)
    breaks = class_breaks(values, 5)
    assert breaks.counts(values) == expected
    assert sum(expected) == len(values)
    assert variance_fit(values, breaks) == pytest.approx(
        0.9313, abs=1e-4
    )  # printed with four digits


@given(samples, st.integers(2, 6))
def test_quantile_classes_hold_as_many_zones_each_as_ties_allow(values, k):
    """Type 7 of R: without ties, no class is more than one zone away from its fair share."""
    distinct = sorted(set(values))
    assume(len(distinct) >= k)
    counts = class_breaks(distinct, k, "quantiles").counts(distinct)
    assert len(counts) == k
    assert max(counts) - min(counts) <= 2


def test_ties_merge_quantile_classes():
    values = [1.0] * 8 + [2.0, 3.0]
    assert class_breaks(values, 5, "quantiles").counts(values) == (8, 1, 1)


def test_equal_intervals_are_equal_before_their_breaks_are_rounded():
    values = [float(value) for value in range(101)]
    breaks = class_breaks(values, 5, "equal_interval")
    assert breaks.edges == (0, 20, 40, 60, 80, 100)
    assert breaks.counts(values) == (21, 20, 20, 20, 20)


edges = st.lists(printed, min_size=2, max_size=7, unique=True).map(sorted)


@given(edges, samples)
def test_breaks_typed_by_hand_are_kept_as_typed_and_say_what_they_leave_out(typed, values):
    breaks = manual_breaks(typed)
    assert breaks.edges == tuple(typed)
    assert (breaks.method, breaks.pooled) == ("manual", True)
    below, above = breaks.beyond([*values, math.nan])
    inside = [value for value in values if typed[0] <= value <= typed[-1]]
    assert below + above + len(inside) == len(values)
    assert sum(breaks.counts(values)) == len(values)


@pytest.mark.parametrize(
    "typed",
    [[], [1.0], [1.0, 1.0], [2.0, 1.0], [0.0, math.nan], [0.0, math.inf], list(range(9))],
)
def test_breaks_that_make_no_classes_are_refused_in_french(typed):
    with pytest.raises(BreaksError) as refused:
        manual_breaks(typed)
    assert refused.value.user == "Ces bornes ne font pas des classes."
    assert refused.value.remedy


@given(samples, st.integers(1, 6))
def test_every_class_says_which_of_its_ends_it_holds(values, k):
    breaks = class_breaks(values, k)
    for index in range(len(breaks)):
        low, high, holds_low = breaks.bounds(index)
        assert breaks.class_of(high) == index
        assert (breaks.class_of(low) == index) == (holds_low or low == high)
    assert breaks.beyond(values) == (0, 0)
    assert Breaks().beyond(values) == (0, 0)


def test_classes_of_one_site_say_that_their_colours_are_not_comparable():
    loire, moselle = [10.0, 12.0, 30.0], [5.0, 60.0]
    alone = site_breaks(loire, 3)
    assert not alone.pooled
    assert alone.edges == class_breaks(loire, 3).edges
    assert alone != class_breaks(loire, 3)
    assert class_breaks([*loire, *moselle], 3).pooled
