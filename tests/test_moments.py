"""Which published layer is meant when not everything is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.codes import edition_kind
from observatoire.errors import NotFoundError
from observatoire.moments import settle
from observatoire.periods import last_day

KNOWN = st.lists(
    st.tuples(
        st.sampled_from(["2018", "2020", "2023", "2023-Q2", "2023-12"]),
        st.sampled_from(["2015", "2024", "iris-2020", "commune-2026"]),
        st.booleans(),
    ),
    min_size=1,
    unique_by=lambda one: one[:2],
)


@given(KNOWN, st.data())
def test_what_is_settled_is_published_and_is_what_was_asked(known, data):
    period, edition, _ = data.draw(st.sampled_from(known))
    moments = {one[:2] for one in known}
    assert settle(known, "a", period, edition) == (period, edition)
    found = settle(known, "a", None, edition)
    assert found in moments
    assert found[1] == edition


@given(KNOWN)
def test_the_qpv_come_first_then_what_shows_then_what_ends_last(known):
    period, edition = settle(known, "a", None, None)
    own = [one for one in known if edition_kind(one[1]) == "qpv"]
    assert bool(own) == (edition_kind(edition) == "qpv")
    rivals = own or known
    shown = any(one[2] for one in rivals)
    assert (period, edition, True) in rivals or not shown
    assert all(last_day(one[0]) <= last_day(period) for one in rivals if one[2] == shown)


def test_a_period_that_the_qpv_do_not_have_is_refused_unless_the_edition_is_named():
    known = [("2022", "2015", True), ("2020", "iris-2020", True)]
    with pytest.raises(NotFoundError) as refusal:
        settle(known, "cnaf.A", "2020", None)
    assert "2022" in refusal.value.remedy
    assert settle(known, "cnaf.A", "2020", "iris-2020") == ("2020", "iris-2020")
    with pytest.raises(NotFoundError):
        settle([], "cnaf.A", None, None)
