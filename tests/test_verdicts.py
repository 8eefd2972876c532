"""Is this difference real? At most five times in a hundred where nothing differs."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_figures import BARE, COUNT, FIELD, MEDIAN, SHARE, figure, rate, share

from observatoire.spreads import Spread
from observatoire.verdicts import compare, compare_all, compare_rest, judge

SPREAD = Spread(15, 18, 20, 23, 28, 1100, 1296)
DIFFERENT = ("higher", "lower")
outcomes = st.tuples(st.integers(0, 60), st.integers(1, 400))


@given(outcomes, outcomes)
def test_swapping_two_places_swaps_higher_and_lower(one, other):
    there, back = (
        compare(rate("A", *first), rate("B", *second), FIELD)
        for first, second in ((one, other), (other, one))
    )
    swapped = {"higher": "lower", "lower": "higher"}
    assert back.kind == swapped.get(there.kind, there.kind)
    if there.tested:
        assert there.p_value == pytest.approx(back.p_value)
        assert (there.kind in DIFFERENT) == (there.p_value < 0.05)


def test_two_field_rates():
    found = compare(rate("A", 60, 120), rate("B", 30, 600), FIELD)
    assert (found.kind, found.reason) == ("higher", "rates")
    assert found.estimate == pytest.approx(10)
    assert found.interval.low > 1
    assert compare(rate("A", 3, 30), rate("B", 30, 600), FIELD).kind == "not_distinguishable"
    nothing = compare(rate("A", 0, 30), rate("B", 0, 600), FIELD)
    assert (nothing.kind, nothing.reason) == ("cannot_say", "nothing_counted")


def test_a_neighbourhood_is_compared_with_the_rest_of_its_commune():
    part, whole = share("A", 300, 1000), share("Ville", 4000, 20000, kind="commune")
    found = compare(part, whole, SHARE, inside=True)
    assert (found.kind, found.reason, found.separated) == ("higher", "shares", True)
    assert (found.second.numerator, found.second.denominator) == (3700, 19000)
    assert found.estimate == pytest.approx(30 - 100 * 3700 / 19000)


def test_a_share_against_a_published_percentage_that_is_taken_as_known():
    found = compare(share("A", 300, 1000), figure("France", 14.5, kind="france"), SHARE)
    assert (found.kind, found.reason) == ("higher", "reference")
    assert found.estimate == pytest.approx(15.5)
    inside = compare(share("A", 300, 1000), figure("Ville", 20, kind="commune"), SHARE, inside=True)
    assert (inside.kind, inside.overlapping) == ("cannot_say", True)


def test_a_percentage_published_alone_has_no_test_but_two_landmarks():
    found = compare(figure("A", 22.3), figure("B", 19.1), BARE, spread=SPREAD)
    assert (found.kind, found.reason, found.tested) == ("cannot_say", "no_parts", False)
    assert found.estimate == pytest.approx(3.2)
    assert 1000 < found.needed < 1500
    assert found.spread.steps(found.estimate) == pytest.approx(0.64)
    alone = compare(figure("A", 22.3), figure("Ville", 19.1, kind="commune"), BARE)
    assert alone.needed < found.needed


def test_an_amount_has_a_gap_and_no_test():
    found = compare(figure("A", 12_500), figure("B", 11_000), MEDIAN)
    assert (found.kind, found.reason, found.estimate) == ("cannot_say", "no_interval", 1500)


def test_counts_are_tested_unless_they_are_estimated_or_overlap():
    assert compare(figure("A", 320), figure("B", 180), COUNT).kind == "higher"
    census = replace(COUNT, id="rp.POP_MUN")
    for pair, indicator, inside in (
        ((figure("A", 320.5), figure("B", 180)), COUNT, False),
        ((figure("A", 320), figure("B", 180)), census, False),
        ((figure("A", 320), figure("Ville", 9000, kind="commune")), COUNT, True),
    ):
        found = compare(*pair, indicator, inside=inside)
        assert (found.kind, found.reason) == ("cannot_say", "no_interval")


def test_a_refusal_holds_no_number_that_could_be_read():
    found = compare(figure("A", 12_500), figure("A", 13_000, period="2019"), MEDIAN)
    assert (found.kind, found.reason, found.tested) == ("refused", "series", False)
    assert math.isnan(found.estimate)


def test_many_comparisons_are_judged_as_one_family():
    first = rate("A", 12, 120)
    others = [rate(f"B{rank}", 20 + 3 * rank, 600) for rank in range(6)]
    found = compare_all(first, others, FIELD, family="les 6 autres")
    alone = [compare(first, other, FIELD) for other in others]
    assert all(one.adjusted_p >= one.p_value for one in found)
    assert {one.family_size for one in found} == {6}
    assert sum(one.kind in DIFFERENT for one in found) < sum(one.kind in DIFFERENT for one in alone)


def test_what_was_not_tested_does_not_count_in_the_family():
    first = rate("A", 12, 120)
    others = [rate("B", 20, 600), figure("C", status="blind", period="2023")]
    tested, other = compare_all(first, others, FIELD, family="les autres")
    assert (tested.family_size, tested.adjusted_p) == (1, tested.p_value)
    assert other.kind == "refused"
    assert judge([], family="rien") == ()


def test_a_place_with_all_the_others_together():
    first = rate("A", 60, 120)
    others = [rate("B", 30, 600), rate("C", 10, 200), figure("D", status="blind", period="2023")]
    found = compare_rest(first, others, FIELD, place="les autres")
    assert (found.kind, found.second.members, found.second.expected) == ("higher", 2, 3)
    hidden = [*others, figure("E", status="secret", period="2023")]
    found = compare_rest(first, hidden, FIELD, place="les autres")
    assert (found.kind, found.reason, found.refusal.figure.place) == ("refused", "incomplete", "E")
    median = compare_rest(figure("A", 1), [figure("B", 2)], MEDIAN, place="les autres")
    assert (median.kind, median.reason) == ("refused", "additivity")


def test_a_place_seen_because_it_is_high_is_not_called_high_for_that():
    """None seen against six: were five the least that is shown, nothing between could be."""
    found = compare(rate("A", 0, 10), rate("B", 6, 10), FIELD)
    assert (found.kind, found.p_value) == ("not_distinguishable", 1)
    assert compare(rate("A", 0, 10), rate("B", 30, 10), FIELD).kind == "lower"


# --- long: places where nothing differs ------------------------------------------------------

REPEATS = 4000


def most(repeats):
    """Three standard errors above five in a hundred."""
    return 0.05 + 3 * math.sqrt(0.05 * 0.95 / repeats)


def share_of_differences(draw):
    found = [draw() for _ in range(REPEATS)]
    return sum(one.kind in DIFFERENT for one in found) / REPEATS


@pytest.mark.verify
@pytest.mark.parametrize(
    ("per_outing", "one", "other"), [(0.15, 12, 40), (0.6, 40, 40), (3, 30, 90)]
)
def test_two_places_with_one_rate_are_rarely_called_different(per_outing, one, other):
    chance = np.random.default_rng(11)

    def draw():
        x, y = chance.poisson(per_outing * one), chance.poisson(per_outing * other)
        return compare(rate("A", x, one), rate("B", y, other), FIELD)

    assert share_of_differences(draw) <= most(REPEATS)


@pytest.mark.verify
@pytest.mark.parametrize(
    ("p", "one", "other"), [(0.1, 30, 300), (0.3, 400, 400), (0.02, 100, 5000)]
)
def test_two_places_with_one_share_are_rarely_called_different(p, one, other):
    chance = np.random.default_rng(12)

    def draw():
        x, y = chance.binomial(one, p), chance.binomial(other, p)
        return compare(share("A", x, one), share("B", y, other), SHARE)

    assert share_of_differences(draw) <= most(REPEATS)


@pytest.mark.verify
def test_a_place_drawn_from_its_commune_is_rarely_called_different_from_the_rest():
    chance = np.random.default_rng(13)

    def draw():
        x, rest = chance.binomial(300, 0.2), chance.binomial(2000, 0.2)
        whole = share("Ville", x + rest, 2300, kind="commune")
        return compare(share("A", x, 300), whole, SHARE, inside=True)

    assert share_of_differences(draw) <= most(REPEATS)


@pytest.mark.verify
@pytest.mark.parametrize("kind", ["reference", "count"])
def test_a_place_like_its_reference_is_rarely_called_different(kind):
    chance = np.random.default_rng(14)

    def against():
        return compare(
            share("A", chance.binomial(250, 0.145), 250), figure("F", 14.5, kind="france"), SHARE
        )

    def counted():
        x, y = chance.poisson(40, 2)
        return compare(figure("A", float(x)), figure("B", float(y)), COUNT)

    assert share_of_differences(against if kind == "reference" else counted) <= most(REPEATS)


@pytest.mark.verify
def test_a_family_where_nothing_differs_rarely_announces_anything():
    """Benjamini–Hochberg: under the global null, any announcement at all is that rare."""
    chance = np.random.default_rng(15)
    repeats = 600
    wrong = 0
    for _ in range(repeats):
        effort = chance.integers(20, 150, 8)
        seen = chance.poisson(0.5 * effort)
        places = [rate(f"q{rank}", *two) for rank, two in enumerate(zip(seen, effort, strict=True))]
        found = compare_all(places[0], places[1:], FIELD, family="les autres")
        wrong += any(one.kind in DIFFERENT for one in found)
    assert wrong / repeats <= most(repeats)


@pytest.mark.verify
@pytest.mark.parametrize(("expected", "one", "other"), [(3, 12, 12), (4, 15, 45), (8, 20, 20)])
def test_among_what_is_shown_differences_are_as_rare(expected, one, other):
    """Only cells of no observation or of five and more are published: the others are not asked."""
    chance = np.random.default_rng(17)
    asked = wrong = 0
    while asked < 1500:
        x, y = chance.poisson(expected), chance.poisson(expected * other / one)
        if 0 < x < 5 or 0 < y < 5:
            continue
        found = compare(rate("A", x, one), rate("B", y, other), FIELD)
        asked += 1
        wrong += found.kind in DIFFERENT
    assert wrong / asked <= most(asked)


@pytest.mark.verify
def test_a_rate_that_doubles_is_found_most_of_the_time():
    """Never to be wrong would be easy: the test also has to see."""
    chance = np.random.default_rng(16)

    def draw():
        x, y = chance.poisson(60), chance.poisson(30)
        return compare(rate("A", x, 100), rate("B", y, 100), FIELD)

    assert share_of_differences(draw) > 0.75
