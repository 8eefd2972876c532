"""What an entry may hold: the same whatever its form, never more than agreed, never quoted."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.codes import read_cell
from observatoire.entries import (
    INTENSITIES,
    LONGEST_TEXT,
    MOST_MINUTES,
    MOST_OBSERVATIONS,
    MOST_WORKERS,
    PLACES,
    SIZE_BANDS,
    SLOTS,
    Limits,
    Outing,
    Seen,
    read_outing,
    sorted_by_id,
)
from observatoire.errors import SchemaError

TODAY = date(2026, 11, 30)
QPV = ("QN04291M", "QN04292M")
ITEMS = ("regroupements", "tensions", "presence_familles")
WIDEST = Limits(QPV, ITEMS, "200", True, TODAY - timedelta(days=60), TODAY)
identifiers = st.uuids(version=4).map(str)
cells = st.builds(
    lambda size, north, east: f"CRS3035RES{size}mN{north * size}E{east * size}",
    st.sampled_from((200, 400, 800, 1600)),
    st.integers(0, 6_000),
    st.integers(0, 6_000),
)
seen = st.builds(
    Seen,
    id=identifiers,
    item=st.sampled_from(ITEMS),
    intensity=st.sampled_from(INTENSITIES),
    size_band=st.sampled_from(SIZE_BANDS),
    place=st.sampled_from(PLACES),
    cell=st.just("") | cells,
    words=st.text(max_size=LONGEST_TEXT),
)


@st.composite
def outings(draw):
    listed = draw(st.lists(seen, max_size=4, unique_by=lambda one: one.id))
    return Outing(
        id=draw(identifiers),
        day=draw(st.dates(WIDEST.first, WIDEST.last)),
        slot=draw(st.sampled_from(SLOTS)),
        qpv=draw(st.sampled_from(QPV)),
        duration_min=draw(st.none() | st.integers(1, MOST_MINUTES)),
        workers=draw(st.none() | st.integers(1, MOST_WORKERS)),
        nothing_to_report=not listed,
        seen=tuple(listed),
        corrects=draw(st.just("") | identifiers),
    )


def refused(values, limits=WIDEST):
    with pytest.raises(SchemaError) as caught:
        read_outing(values, limits)
    return {fault.partition(" : ")[0] for fault in caught.value.faults}, caught.value


@given(outings())
def test_what_is_written_reads_back_the_same_also_through_json(outing):
    assert read_outing(json.loads(json.dumps(outing.as_dict())), WIDEST) == outing


@given(outings(), st.sampled_from(("qpv", "400", "200")), st.booleans())
def test_nothing_finer_than_agreed_is_ever_read(outing, precision, text):
    limits = replace(WIDEST, precision=precision, text=text)
    fine = [
        rank
        for rank, one in enumerate(outing.seen, 1)
        if one.cell and (precision == "qpv" or read_cell(one.cell).size_m < int(precision))
    ]
    spoken = [rank for rank, one in enumerate(outing.seen, 1) if one.words and not text]
    expected = {f"seen.{rank}.cell" for rank in fine} | {f"seen.{rank}.words" for rank in spoken}
    if not expected:
        assert read_outing(outing.as_dict(), limits) == outing
        return
    assert refused(outing.as_dict(), limits)[0] == expected


FAULTS = [
    ({"id": "1"}, "id"),
    ({"id": str(uuid.UUID(int=5))}, "id"),
    ({"id": "B" * 36}, "id"),
    ({"corrects": "x"}, "corrects"),
    ({"day": "30/11/2026"}, "day"),
    ({"day": "2026-11-30T14:05"}, "day"),
    ({"day": "2026-12-01"}, "day"),
    ({"day": "2026-09-30"}, "day"),
    ({"slot": "14h"}, "slot"),
    ({"slot": ""}, "slot"),
    ({"qpv": "QN04293M"}, "qpv"),
    ({"duration_min": 0}, "duration_min"),
    ({"duration_min": MOST_MINUTES + 1}, "duration_min"),
    ({"duration_min": True}, "duration_min"),
    ({"workers": MOST_WORKERS + 1}, "workers"),
    ({"workers": "2"}, "workers"),
    ({"nothing_to_report": 1}, "nothing_to_report"),
    ({"seen": {}}, "seen"),
    ({"author": "Somebody"}, "?"),
    ({"time": "14:05"}, "?"),
]
SEEN_FAULTS = [
    ({"item": "unknown"}, "seen.1.item"),
    ({"item": "../x"}, "seen.1.item"),
    ({"intensity": 4}, "seen.1.intensity"),
    ({"intensity": True}, "seen.1.intensity"),
    ({"size_band": "7"}, "seen.1.size_band"),
    ({"place": "home"}, "seen.1.place"),
    ({"cell": "45.43,4.39"}, "seen.1.cell"),
    ({"cell": "CRS3035RES100mN100E100"}, "seen.1.cell"),
    ({"cell": "CRS3035RES200mN200E201"}, "seen.1.cell"),
    ({"words": "a" * (LONGEST_TEXT + 1)}, "seen.1.words"),
    ({"lat": 45.43}, "seen.1.?"),
]


@pytest.mark.parametrize(("change", "place"), FAULTS)
def test_each_fault_is_named_by_its_place(change, place):
    outing = Outing(str(uuid.uuid4()), TODAY, "soir", QPV[0], nothing_to_report=True)
    places, _ = refused(outing.as_dict() | change)
    assert place in places


@pytest.mark.parametrize(("change", "place"), SEEN_FAULTS)
def test_each_fault_of_an_observation_is_named_by_its_place(change, place):
    one = Seen(str(uuid.uuid4()), ITEMS[0])
    values = Outing(str(uuid.uuid4()), TODAY, "soir", QPV[0], seen=(one,)).as_dict()
    values["seen"][0] |= change
    assert refused(values)[0] == {place}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    )
)
def test_anything_else_is_refused_and_never_breaks_it(values):
    refused(values)


@given(outings())
def test_outside_the_sites_of_an_account_the_place_alone_is_refused(outing):
    """No other site's grid or precision is held against it: what is in it has no rule to break."""
    places, error = refused(outing.as_dict(), None)
    assert places == {"qpv"}
    assert "dans un site de votre compte" in error.remedy
    assert refused(outing.as_dict() | {"day": "hier"}, None)[0] == {"day"}


@given(outings(), st.text(min_size=4, max_size=30))
def test_a_refusal_never_quotes_the_entry(outing, secret):
    mark = f"XQ{secret}QX"
    values = outing.as_dict() | {"qpv": mark, "slot": mark, "day": mark, mark: mark}
    _, error = refused(values)
    assert mark not in f"{error} {error.user} {error.remedy} {error.faults}"
    values = outing.as_dict() | {"qpv": mark, "slot": mark, "id": mark, "corrects": mark}
    _, error = refused(values)
    assert mark not in f"{error} {error.user} {error.remedy} {error.faults}"


@given(outings(), seen)
def test_nothing_to_report_goes_with_no_observation_and_none_comes_twice(outing, one):
    values = replace(outing, nothing_to_report=True, seen=(one,)).as_dict()
    assert refused(values)[0] == {"nothing_to_report"}
    values = replace(outing, nothing_to_report=False, seen=(one, one)).as_dict()
    assert refused(values)[0] == {"seen"}


@given(outings())
def test_an_outing_says_what_was_seen_or_that_nothing_was(outing):
    values = replace(outing, nothing_to_report=False, seen=()).as_dict()
    for silent in (values, {name: values[name] for name in ("id", "day", "slot", "qpv")}):
        places, error = refused(silent)
        assert places == {"seen"}
        assert "ni observation" in error.faults[0]


@given(outings())
def test_a_square_of_another_neighbourhood_is_refused(outing):
    limits = replace(WIDEST, near=lambda qpv, cell: qpv != outing.qpv or not cell)
    expected = {f"seen.{rank}.cell" for rank, one in enumerate(outing.seen, 1) if one.cell}
    if not expected:
        assert read_outing(outing.as_dict(), limits) == outing
        return
    assert refused(outing.as_dict(), limits)[0] == expected


def test_an_outing_has_so_many_observations_at_most():
    def made(n):
        many = tuple(Seen(str(uuid.uuid4()), ITEMS[0]) for _ in range(n))
        return Outing(str(uuid.uuid4()), TODAY, "soir", QPV[0], seen=many).as_dict()

    assert len(read_outing(made(MOST_OBSERVATIONS), WIDEST).seen) == MOST_OBSERVATIONS
    assert refused(made(MOST_OBSERVATIONS + 1))[0] == {"seen"}


@given(st.lists(outings(), max_size=5))
def test_the_order_of_identifiers_says_nothing_of_the_order_of_arrival(listed):
    assert sorted_by_id(listed) == sorted_by_id(list(reversed(listed)))
