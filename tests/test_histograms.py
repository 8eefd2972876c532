"""The histogram beside the classes: every value once, in its bin and in its class."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.classify import Breaks, class_breaks
from observatoire.histograms import Histogram, histogram

samples = st.lists(st.integers(-10_000, 1_000_000).map(lambda n: n / 100), min_size=1, max_size=80)


@given(samples, st.integers(1, 6), st.integers(1, 40))
def test_every_value_is_counted_once_in_its_bin_and_its_class(values, k, bins):
    breaks = class_breaks(values, k)
    found = histogram([*values, math.nan], breaks, bins)
    assert sum(found.heights) == len(values)
    by_class = [sum(bin_[index] for bin_ in found.counts) for index in range(len(breaks))]
    assert by_class == list(breaks.counts(values))
    cut = len(set(values)) > 1
    assert list(found.edges) == (sorted(set(found.edges)) if cut else [values[0]] * 2)
    assert (found.edges[0], found.edges[-1]) == (min(values), max(values))
    assert len(found.counts) in (1, bins)
    assert found.breaks == breaks.edges[1:-1]


def test_bins_are_closed_on_the_right_as_classes_are():
    found = histogram([0, 1, 2, 3, 4], class_breaks([0, 1, 2, 3, 4], 1), 4)
    assert found.edges == (0, 1, 2, 3, 4)
    assert found.heights == (2, 1, 1, 1)


def test_a_break_inside_a_bin_cuts_it_in_two_colours():
    found = histogram([0, 4, 6, 10], Breaks((0.0, 5.0, 10.0)), 1)
    assert found.counts == ((2, 2),)
    assert found.breaks == (5.0,)


def test_nothing_to_count_is_no_histogram_and_equal_values_one_bin():
    assert histogram([math.nan], class_breaks([math.nan])) == Histogram()
    assert histogram([1.0], Breaks()) == Histogram()
    assert histogram([7.0, 7.0], class_breaks([7.0, 7.0])).heights == (2,)
    with pytest.raises(ValueError, match="bin"):
        histogram([1.0], class_breaks([1.0]), 0)
