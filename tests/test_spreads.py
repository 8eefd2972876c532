"""A percentage without its parts: where it stands, and how many people its gap would need."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from observatoire.spreads import Spread, denominator_needed

SPREAD = Spread(20, 35, 42, 50, 60, 1100, 1296)
shares = st.floats(0.02, 0.98)


@given(st.floats(0, 100), st.floats(0, 100))
def test_bands_follow_the_order_of_values(one, other):
    names = ["lowest", "low", "middle", "high", "highest"]
    low, high = sorted((one, other))
    assert names.index(SPREAD.band(low)) <= names.index(SPREAD.band(high))


def test_quartiles_belong_to_the_middle():
    assert [SPREAD.band(value) for value in (19, 20, 34, 35, 50, 51, 60, 61)] == [
        "lowest", "low", "low", "middle", "middle", "high", "high", "highest",
    ]  # fmt: skip
    assert SPREAD.steps(-30) == 2
    assert math.isnan(Spread(1, 1, 1, 1, 1, 3, 3).steps(1))


@given(shares, shares, st.booleans())
def test_at_that_denominator_the_usual_test_begins_to_see_the_gap(one, other, known):
    needed = denominator_needed(one, other, known=known)
    if one == other:
        assert needed == math.inf
        return
    centre = other if known else (one + other) / 2
    spread = centre * (1 - centre) * (1 if known else 2)
    assert abs(one - other) >= 1.959963 * np.sqrt(spread / needed)
    if needed > 1:
        assert abs(one - other) <= 1.959965 * np.sqrt(spread / (needed - 1))


def test_a_larger_gap_needs_fewer_people():
    """30 against 20 %: 2 × 1.96² × 0.25 × 0.75 ÷ 0.1² = 144.1."""
    assert denominator_needed(0.3, 0.2, known=False) == 145
    assert denominator_needed(0.25, 0.2, known=False) > 145
    assert denominator_needed(0.3, 0.2, known=True) == 62
    assert denominator_needed(0.3, 0.0, known=True) == 1
