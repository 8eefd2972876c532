"""What may be compared and added up: each refusal has a reason, and a source where there is one."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_figures import BARE, COUNT, FIELD, MEDIAN, SHARE, figure, rate, share

from observatoire.catalogue import read_catalogue
from observatoire.comparability import (
    Figure,
    Refusal,
    refusal_to_add,
    refusal_to_compare,
    total,
    without,
)
from observatoire.schemas import STATUSES

parts = st.tuples(st.integers(0, 500), st.integers(1, 500)).map(lambda two: (min(two), max(two)))


def test_two_places_at_one_moment_may_be_compared():
    assert refusal_to_compare(share("A", 3, 10), share("B", 4, 10), SHARE) is None


@pytest.mark.parametrize("status", [one for one in STATUSES if one != "ok"])
def test_a_figure_that_is_not_shown_is_compared_with_nothing(status):
    hidden = figure("B", status=status)
    for pair in ((hidden, figure("A", 3)), (figure("A", 3), hidden)):
        found = refusal_to_compare(*pair, BARE)
        assert (found.reason, found.figure) == ("status", hidden)


def test_two_editions_are_never_compared_and_the_decrees_say_why():
    found = refusal_to_compare(figure("A", 3), figure("A", 4, edition="2024"), BARE)
    assert found.reason == "edition"
    assert "décret" in found.source
    assert "2015" in found.said
    assert "2024" in found.said


def test_a_break_of_method_is_not_crossed_in_either_direction():
    old, new = figure("A", 11_000), figure("A", 12_000, period="2019")
    for pair in ((old, new), (new, old)):
        found = refusal_to_compare(*pair, MEDIAN)
        assert found.reason == "series"
        assert found.said
        assert "Insee" in found.source
    later = figure("A", 12_500, period="2020")
    assert refusal_to_compare(new, later, MEDIAN) is None


@pytest.mark.parametrize(("year", "allowed"), [("2014", False), ("2017", False), ("2013", True)])
def test_census_vintages_that_share_survey_years_are_not_compared(year, allowed):
    found = refusal_to_compare(figure("A", 20), figure("A", 22, period=year), BARE)
    assert (found is None) == allowed
    if found:
        assert found.reason == "series"
        assert "recensement" in found.source


def test_two_years_in_a_row_of_the_health_insurance_are_not_compared():
    counts = read_catalogue()["cnam.CC2S"]
    found = refusal_to_compare(
        figure("A", 20, period="2020"), figure("A", 22, period="2021"), counts
    )
    assert found.reason == "series"


def test_two_places_at_two_moments_and_a_month_beside_a_year_are_refused():
    found = refusal_to_compare(rate("A", 3, 10), rate("B", 4, 10, period="2022"), FIELD)
    assert found.reason == "moments"
    found = refusal_to_compare(rate("A", 3, 10), rate("A", 4, 10, period="2023-05"), FIELD)
    assert found.reason == "level"


def test_two_sites_whose_items_differ_have_no_scale_in_common():
    pair = rate("A", 3, 10), rate("B", 4, 10)
    assert refusal_to_compare(*pair, FIELD, same_scale=False).reason == "scale"
    assert refusal_to_compare(*pair, FIELD, same_scale=True) is None


@given(st.lists(parts, min_size=1, max_size=6))
def test_a_share_of_several_places_is_that_of_their_parts(cases):
    figures = [share(f"q{rank}", *case) for rank, case in enumerate(cases)]
    found = total(figures, SHARE, "ensemble")
    assert isinstance(found, Figure)
    assert found.numerator == sum(part for part, _ in cases)
    assert found.value == pytest.approx(100 * found.numerator / found.denominator)
    assert min(one.value for one in figures) - 1e-9 <= found.value
    assert found.value <= max(one.value for one in figures) + 1e-9
    assert (found.members, found.expected) == (len(cases), len(cases))


def test_counts_are_summed_and_none_may_lack():
    figures = [figure("A", 5), figure("B", 7)]
    assert total(figures, COUNT, "deux").value == 12
    found = total([*figures, figure("C", status="secret")], COUNT, "trois")
    assert isinstance(found, Refusal)
    assert (found.reason, found.figure.place) == ("incomplete", "C")


def test_a_rate_of_several_places_says_how_many_have_one():
    figures = [rate("A", 5, 50), rate("B", 1, 50), figure("C", status="blind", period="2023")]
    found = total(figures, FIELD, "le site")
    assert found.value == pytest.approx(0.06)
    assert (found.members, found.expected, found.place) == (2, 3, "le site")
    nothing = total([figure("C", status="blind", period="2023")], FIELD, "le site")
    assert nothing.reason == "status"


def test_what_its_producer_calls_not_additive_is_not_added_up():
    for name, indicator in read_catalogue().indicators.items():
        if indicator.additivity == "none":
            found = refusal_to_add([figure("A", 1), figure("B", 2)], indicator)
            assert found.reason == "additivity", name
            assert found.source, name


def test_a_percentage_without_its_parts_is_not_added_up_either():
    found = refusal_to_add([figure("A", 20), figure("B", 30)], BARE)
    assert found.reason == "additivity"


def test_figures_of_two_moments_make_no_total():
    found = refusal_to_add([figure("A", 5), figure("B", 5, period="2019")], COUNT)
    assert found.reason == "moments"
    with pytest.raises(ValueError, match="figure"):
        total([], COUNT, "rien")


@given(parts, parts)
def test_a_commune_without_its_neighbourhood_and_the_neighbourhood_make_the_commune(one, other):
    part, rest = share("A", *one), share("reste", *other)
    whole = total([part, rest], SHARE, "commune")
    found = without(whole, part, SHARE)
    assert (found.numerator, found.denominator) == (rest.numerator, rest.denominator)
    assert found.value == pytest.approx(rest.value)
    assert found.place == "commune"


def test_nothing_is_taken_out_where_parts_are_not_published_or_do_not_fit():
    whole, part = share("commune", 40, 100), share("A", 10, 20)
    assert without(replace(whole, numerator=math.nan), part, SHARE) is None
    assert without(whole, replace(part, denominator=math.nan), SHARE) is None
    assert without(whole, share("A", 41, 90), SHARE) is None  # of another vintage: a negative rest
    assert without(whole, share("A", 10, 80), SHARE) is None  # more than all of the rest
    assert without(whole, share("A", 40, 100), SHARE) is None
