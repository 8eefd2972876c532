import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from observatoire.search import distance, find, fold

PLACES = {
    "QP02B001": ("Centre Ancien", "Bastia", "QP02B001"),
    "QP02B002": ("Quartier Sud", "Bastia", "QP02B002"),
    "QP042001": ("Beauregard", "Montbrison", "QP042001"),
    "QP042011": ("Cotonne Montferré", "Saint-Étienne", "QP042011"),
    "QP057001": ("Wiesberg-Hommel", "Forbach", "QP057001"),
}
letters = st.text(alphabet=string.ascii_lowercase, min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Bastia", "QP02B001"),
        ("QP042011", "QP042011"),
        ("qp042011", "QP042011"),
        ("st etienne", "QP042011"),
        ("SAINT ÉTIENNE", "QP042011"),
        ("saint etiene", "QP042011"),
        ("montferre", "QP042011"),
        ("cotone", "QP042011"),
        ("wiesbreg", "QP057001"),
        ("forback", "QP057001"),
        ("hommel forbach", "QP057001"),
        ("sud bastia", "QP02B002"),
        ("beaureg", "QP042001"),
    ],
)
def test_a_neighbourhood_is_found_by_name_commune_or_code(typed, first):
    assert find(typed, PLACES)[0] == first


@pytest.mark.parametrize("typed", ["", "   ", "zzz", "Bastia Forbach", "QP042012", "?!"])
def test_what_matches_nothing_finds_nothing(typed):
    assert find(typed, PLACES) == []


def test_a_slip_is_forgiven_only_when_nothing_matches_as_typed():
    towns = {"a": ("Montbrison",), "b": ("Montbrisou",)}
    assert find("Montbrison", towns) == ["a"]
    assert set(find("Montbrisom", towns)) == {"a", "b"}


def test_a_code_is_never_found_by_a_slip():
    assert find("QP042002", PLACES) == []


@given(st.sampled_from(sorted(PLACES)), st.data())
def test_any_beginning_of_a_name_finds_it(code, data):
    name = PLACES[code][0]
    size = data.draw(st.integers(1, len(name)))
    typed = name[:size]
    assume(fold(typed))
    assert code in find(typed, PLACES)


@given(letters, letters)
def test_the_distance_is_symmetric_and_zero_only_for_equals(left, right):
    assert distance(left, right, 20) == distance(right, left, 20)
    assert (distance(left, right, 20) == 0) == (left == right)


@given(letters, letters, st.integers(0, 6))
def test_a_limit_changes_nothing_below_it(left, right, limit):
    assert distance(left, right, limit) == min(distance(left, right, 20), limit + 1)


@given(letters, st.data())
def test_one_swap_is_one_slip(word, data):
    assume(len(word) > 1)
    place = data.draw(st.integers(0, len(word) - 2))
    swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    assert distance(word, swapped, 3) == (0 if word == swapped else 1)
