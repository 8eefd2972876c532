import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from observatoire.classify import MOST_CLASSES, class_breaks
from observatoire.classing import (
    FEWEST_CLASSES,
    FROZEN,
    METHODS,
    Classing,
    read_classing,
    read_edges,
)
from observatoire.errors import BreaksError
from observatoire.labels.typography import faults, typeset
from observatoire.views.classes import kept, of_method
from observatoire.views.state import MapState

numbers = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))
edges = st.lists(numbers, min_size=2, max_size=MOST_CLASSES + 1, unique=True).map(
    lambda found: tuple(sorted(found))
)
choices = st.one_of(
    st.builds(
        Classing,
        st.sampled_from([name for name in METHODS if name != "manual"]),
        st.integers(FEWEST_CLASSES, MOST_CLASSES),
        own_scale=st.booleans(),
    ),
    st.builds(Classing, st.just("manual"), edges=edges),
)
values = st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=45)


@given(choices)
def test_what_a_choice_writes_in_the_address_reads_back_as_itself(choice):
    assert read_classing(choice.as_params()) == choice


def test_the_frozen_choice_writes_nothing_and_is_five_classes_of_all_the_sites():
    assert FROZEN.as_params() == {}
    assert read_classing({}) == FROZEN
    known = [1.0, 2.0, 5.0, 9.0, 14.0, 22.0, 23.0, 40.0]
    assert FROZEN.breaks(known, known[:2]) == class_breaks(known)


@given(choices, values, values)
def test_classes_of_all_the_sites_do_not_depend_on_the_site_shown(choice, pooled, own):
    if choice.own_scale:
        assert choice.breaks(pooled, own) == choice.breaks([], own)
        assert not choice.breaks(pooled, own).pooled
    else:
        assert choice.breaks(pooled, own) == choice.breaks(pooled)
        assert choice.breaks(pooled).pooled


@pytest.mark.parametrize(
    "params",
    [
        {"methode": "magie"},
        {"classes": "2"},
        {"classes": "7"},
        {"classes": "cinq"},
        {"echelle": "monde"},
        {"methode": "bornes"},
        {"methode": "bornes", "bornes": "10;9;20"},
        {"methode": "bornes", "bornes": "10;douze"},
    ],
)
def test_a_choice_that_makes_no_sense_is_refused_in_french(params):
    with pytest.raises(BreaksError) as refused:
        read_classing(params)
    assert not faults(typeset(f"{refused.value.user} {refused.value.remedy}"))


def test_edges_are_typed_as_the_french_type_numbers():
    assert read_edges("20 ; 32,5;45 60") == (20.0, 32.5, 45.0, 60.0)
    assert read_edges("−3,5 ; 0") == (-3.5, 0.0)


@given(values, st.integers(0, 2))
@example([0.0, -4.266562167040982e-08], 0)
def test_typed_edges_start_from_those_of_the_map_and_leave_nobody_outside(known, decimals):
    breaks = class_breaks(known)
    if breaks.method == "single":
        return
    choice = of_method(FROZEN, "manual", breaks, decimals)
    assert choice.edges[1:-1] == breaks.edges[1:-1]
    assert choice.edges[0] <= min(known) + 1e-9
    assert choice.edges[-1] >= max(known) - 1e-9


def test_edges_typed_for_an_indicator_do_not_outlive_it():
    state = MapState("a", "2015", "2018", classing=Classing("manual", edges=(1.0, 2.0)))
    assert kept(state, {"indicator": "b"}) == FROZEN
    assert kept(state, {"period": "2019"}) == state.classing
