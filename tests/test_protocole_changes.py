"""What two versions say differently, and what an act would open of the past."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given as for_any
from hypothesis import strategies as st

from observatoire.protocole import (
    PRECISIONS,
    RHYTHMS,
    SHARERS,
    Agreement,
    Lowered,
    Reign,
    Share,
    Terms,
    changes,
    given,
    model_terms,
    openings,
)

ITEMS = ("jeux", "tensions", "*")
shares = st.builds(
    Share,
    st.sampled_from(SHARERS),
    st.lists(st.sampled_from(ITEMS), min_size=1, max_size=2, unique=True).map(tuple),
    st.sampled_from(PRECISIONS),
    st.sampled_from(RHYTHMS),
)
terms = st.builds(Terms, st.lists(shares, max_size=5).map(tuple))
OPPOSITE = {"wider": "narrower", "narrower": "wider", "other": "other"}


def an_agreement(version, status, day, said):
    return Agreement("loire", "Loire", version, said, status, ("A", "B") if day else (), day)


@for_any(terms)
def test_the_same_terms_change_nothing(one):
    assert changes(one, one) == ()


@for_any(terms, terms)
def test_backwards_every_change_goes_the_other_way(one, other):
    there = {(c.place, c.role, frozenset(c.items)): c.way for c in changes(one, other)}
    back = {(c.place, c.role, frozenset(c.items)): c.way for c in changes(other, one)}
    assert {key: OPPOSITE[way] for key, way in there.items()} == back


@for_any(terms, terms)
def test_every_role_and_item_that_differs_is_said_and_no_other(one, other):
    said = set()
    for change in changes(one, other):
        said |= {(change.role, item) for item in change.items}
    for role in SHARERS:
        for item in ITEMS:
            pair = [given(each, role, item) for each in (one, other)]
            differs = len({(s.precision, s.rhythm) if s else None for s in pair}) == 2
            assert differs == ((role, item) in said or (differs and (role, "*") in said))


def test_terms_are_wider_or_narrower_by_hand():
    before = model_terms()
    after = replace(before, retention_months=6, k=3, article="Art. 4", precision="400", text=True)
    ways = {one.place: one.way for one in changes(before, after)}
    assert ways == {
        "precision": "narrower",
        "retention_months": "narrower",
        "text": "wider",
        "k": "wider",
        "article": "other",
    }


def test_finer_but_slower_is_neither_wider_nor_narrower():
    one, other = Share("service", ("*",), "qpv", "now"), Share("service", ("*",), "400", "weekly")
    (found,) = changes(Terms((one,)), Terms((other,)))
    assert (found.way, found.role, found.items) == ("other", "service", ("*",))


def test_a_share_that_names_an_item_rules_it_rather_than_the_one_of_all():
    said = Terms((Share("public"), Share("public", ("jeux",), "400", "now")))
    assert given(said, "public", "jeux").rhythm == "now"
    assert given(said, "public", "tensions").rhythm == "meeting"
    assert given(said, "copilot", "jeux") is None


def test_what_an_act_would_open_is_cut_by_the_versions_that_ruled():
    narrow = Terms((Share("delegate"),))
    wide = Terms((Share("delegate", ("*",), "qpv", "monthly"), Share("public")))
    versions = [
        an_agreement(1, "superseded", date(2024, 1, 10), narrow),
        an_agreement(2, "agreed", date(2025, 3, 1), wide),
    ]
    versions = [Reign(one, one.agreed_on) for one in versions]
    before, during = openings(versions, date(2023, 6, 1))
    assert (before.first, before.last) == (date(2023, 6, 1), date(2024, 1, 9))
    assert (before.version, [one.role for one in before.changes]) == (None, ["delegate", "public"])
    assert (during.first, during.last) == (date(2024, 1, 10), date(2025, 2, 28))
    assert (during.version, [one.role for one in during.changes]) == (1, ["delegate", "public"])
    (rest,) = openings(versions, date(2023, 6, 1), [date(2024, 1, 10)])
    assert rest == before
    assert openings(versions, date(2025, 3, 1)) == ()
    assert openings(versions[:1], date(2020, 1, 1)) == ()


def test_what_was_written_on_the_day_of_the_agreement_under_the_one_before_would_open_too():
    """The version in force rules from the day after the last entry of an earlier one."""
    day, wide = date(2025, 3, 1), Terms((Share("delegate", ("*",), "qpv", "monthly"),))
    versions = [
        Reign(an_agreement(1, "superseded", date(2024, 1, 10), Terms()), date(2024, 1, 10)),
        Reign(an_agreement(2, "agreed", day, wide), date(2025, 3, 2)),
    ]
    (during,) = openings(versions, day)
    assert (during.first, during.last, during.version) == (day, day, 1)
    assert openings(versions, date(2025, 3, 2)) == ()


def test_thresholds_that_an_act_would_lower_are_told():
    strict = Terms(k=8, outings=3, base=10)
    versions = [
        Reign(an_agreement(1, "superseded", date(2024, 1, 10), strict), date(2024, 1, 10)),
        Reign(an_agreement(2, "agreed", date(2025, 3, 1), Terms()), date(2025, 3, 1)),
    ]
    before, during = openings(versions, date(2023, 1, 1))
    assert before.lowered == ()
    assert during.lowered == (Lowered("k", 8, 5), Lowered("outings", 3, 2))


def test_a_narrower_version_in_force_opens_nothing_of_what_a_wider_one_ruled():
    versions = [
        an_agreement(1, "superseded", date(2024, 1, 10), model_terms()),
        an_agreement(2, "agreed", date(2025, 3, 1), Terms((Share("delegate"),))),
    ]
    versions = [Reign(one, one.agreed_on) for one in versions]
    (during,) = openings(versions, date(2024, 1, 10))
    assert during.changes == ()
