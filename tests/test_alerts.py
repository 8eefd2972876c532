"""Rules of vigilance on what was seen: the alerts of a year, whatever the order of arrival."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.alerts import Alert, Rule, attach, count_past, faults, scan, sentence
from observatoire.alerts.rules import FORMS
from observatoire.labels.typography import typeset
from observatoire.scoring import ALERT, CONFIRMED

QUARTERS, ITEMS = ("QP042001", "QP042002"), ("jeux", "tensions")
MONDAY = date(2025, 1, 6)
END = MONDAY + timedelta(weeks=52)


def rows(outings, seen):
    """Return frames: outings (id, day, qpv), observations (outing, day, qpv, item, count)."""
    went = pd.DataFrame(outings, columns=["outing", "date", "qpv"])
    told = pd.DataFrame(seen, columns=["outing", "date", "qpv", "theme", "count"])
    return tuple(
        one.assign(date=pd.to_datetime(one["date"]).astype("datetime64[s]")) for one in (told, went)
    )


def past_of(told, went, last=END):
    return count_past(told, went, quarters=QUARTERS, items=ITEMS, last=last)


def a_year():
    """Three outings a week in each QPV; one game in a fortnight; a burst in week 30, one in 31."""
    outings, seen = [], []
    for week in range(52):
        for qpv in QUARTERS:
            for weekday in (0, 2, 4):
                day = MONDAY + timedelta(weeks=week, days=weekday)
                name = f"{qpv}-{day}"
                outings.append((name, day, qpv))
                if weekday == 0 and week % 2 == 0:
                    seen.append((name, day, qpv, "jeux", 1))
                if qpv == QUARTERS[0] and week == 30:
                    seen.append((name, day, qpv, "tensions", 2))
                if qpv == QUARTERS[0] and week == 31 and weekday == 4:
                    seen.append((name, day, qpv, "tensions", 3))
    return outings, seen


def test_a_year_gives_the_alerts_that_are_in_it():
    past = past_of(*rows(*a_year()))
    (burst,) = attach(scan(past, Rule("unusual")))
    sunday = MONDAY + timedelta(weeks=30, days=6)
    assert (burst.first, burst.last) == (sunday, sunday)
    assert (burst.qpv, burst.item, burst.signals) == (QUARTERS[0], "tensions", 1)
    assert burst.level in (ALERT, CONFIRMED)
    assert (burst.told.observed, burst.told.outings) == (6, 3)
    assert burst.told.expected < 1
    (said,) = attach(scan(past, Rule("repeat")))  # 3 in 10 days: the burst and what followed
    wednesday = MONDAY + timedelta(weeks=30, days=2)
    assert (said.first, said.last) == (wednesday, MONDAY + timedelta(weeks=31, days=4))
    assert (said.qpv, said.item, said.level) == (QUARTERS[0], "tensions", 0)
    assert (said.signals, said.told.observed, said.told.outings) == (3, 7, 3)
    assert attach(scan(past, Rule("repeat", items=("jeux",)))) == []
    assert attach(scan(past, Rule("repeat", items=("jeux",), days=29))) != []
    assert scan(past, Rule("silence", days=14)) == []


@settings(deadline=None, max_examples=25)
@given(st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(random):
    outings, seen = a_year()
    expected = [attach(scan(past_of(*rows(outings, seen)), Rule(form))) for form in FORMS]
    random.shuffle(outings)
    random.shuffle(seen)
    past = past_of(*rows(outings, seen))
    assert [attach(scan(past, Rule(form))) for form in FORMS] == expected
    signals = scan(past, Rule("repeat"))
    random.shuffle(signals)
    assert attach(signals) == expected[FORMS.index("repeat")]


events = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 60), st.integers(1, 3)),
    max_size=25,
)


@settings(deadline=None, max_examples=150)
@given(events, st.integers(3, 6), st.integers(2, 20))
def test_repeated_observations_are_those_found_by_hand(drawn, reports, days):
    outings = [("first", MONDAY, QUARTERS[0])]
    seen = []
    for rank, (quarter, item, day, count) in enumerate(drawn):
        when = MONDAY + timedelta(days=day)
        outings.append((f"o{rank}", when, QUARTERS[quarter]))
        seen.append((f"o{rank}", when, QUARTERS[quarter], ITEMS[item], count))
    past = past_of(*rows(outings, seen), last=MONDAY + timedelta(weeks=10))
    found = {
        (one.day, one.qpv, one.item): (one.observed, one.outings)
        for one in scan(past, Rule("repeat", reports=reports, days=days))
    }
    expected = {}
    for _, when, qpv, item, _ in seen:
        within = [
            one
            for one in seen
            if (one[2], one[3]) == (qpv, item) and 0 <= (when - one[1]).days < days
        ]
        total, distinct = sum(one[4] for one in within), len({one[0] for one in within})
        if total >= reports and distinct >= 2:
            expected[when, qpv, item] = (total, distinct)
    assert found == expected


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 69)), min_size=1, max_size=12))
def test_a_silence_begins_the_first_day_that_is_too_long(drawn):
    outings = [
        (f"o{rank}", MONDAY + timedelta(days=day), QUARTERS[quarter])
        for rank, (quarter, day) in enumerate(drawn)
    ]
    past = past_of(*rows(outings, []), last=MONDAY + timedelta(weeks=10))
    first, end = past.first, past.week(past.weeks)
    expected = []
    for qpv in QUARTERS:
        quiet = 0
        for rank in range((end - first).days):
            day = first + timedelta(days=rank)
            quiet = 0 if any(one[1:] == (day, qpv) for one in outings) else quiet + 1
            if quiet == 15:
                expected.append((day, qpv))
    assert [(one.day, one.qpv) for one in scan(past, Rule("silence", days=14))] == sorted(expected)


def test_an_outing_alone_and_two_reports_are_never_an_alert():
    outings, seen = a_year()
    day = MONDAY + timedelta(weeks=40)
    seen.append((f"{QUARTERS[1]}-{day}", day, QUARTERS[1], "tensions", 30))  # one outing
    seen.append((f"{QUARTERS[1]}-{day}", day, QUARTERS[1], "jeux", 1))
    past = past_of(*rows(outings, seen))
    for form in ("repeat", "unusual"):
        found = scan(past, Rule(form))
        assert all(one.outings >= 2 and one.observed >= 3 for one in found)
    assert not [one for one in scan(past, Rule("repeat", days=3)) if one.qpv == QUARTERS[1]]


def test_new_signals_attach_to_the_open_alert():
    past = past_of(*rows(*a_year()))
    signals = scan(past, Rule("repeat"))
    assert len(attach(signals)) == 1
    assert len(attach(signals, open_days=1)) == 3
    assert isinstance(attach(signals)[0], Alert)
    assert attach([]) == []


def test_the_week_that_is_going_on_and_places_of_nobody_are_left_out():
    outings, seen = a_year()
    outings.append(("other", MONDAY, "QP057001"))
    seen.append(("other", MONDAY, "QP057001", "jeux", 9))
    seen.append(("untold", MONDAY, QUARTERS[0], "jeux", 9))  # an outing that is not told
    past = past_of(*rows(outings, seen), last=MONDAY + timedelta(weeks=20, days=3))
    assert past.weeks == 20
    assert past.counts().sum() == 20
    assert past.outings().max() == 3
    assert past_of(*rows([], [])) is None


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        (Rule("repeat"), 0),
        (Rule("repeat", reports=2), 1),
        (Rule("repeat", days=1), 1),
        (Rule("repeat", reports=0, days=0, items=()), 3),
        (Rule("unusual", items=()), 1),
        (Rule("silence", days=30, items=()), 0),
        (Rule("silence", days=10), 1),
        (Rule("other"), 1),
    ],
)
def test_a_rule_that_nobody_may_write_is_told_why(rule, wrong):
    assert len(faults(rule)) == wrong
    assert all(one == typeset(one) and one.endswith(".") for one in faults(rule))


def test_a_rule_is_said_in_plain_french():
    names = {"jeux": "jeux d’argent"}
    said = sentence(Rule("repeat", items=("jeux",)), names)
    assert said.startswith("3 repérages du même indicateur en 10 jours dans le même quartier")
    assert said.endswith("\N{NO-BREAK SPACE}: jeux d’argent")
    for rule in (Rule("unusual"), Rule("unusual", confirmed=True), Rule("silence", days=21)):
        assert sentence(rule) == typeset(sentence(rule))
        assert "jeux" not in sentence(rule)


def test_a_place_with_no_outing_gives_no_level_and_no_number():
    outings, seen = a_year()
    outings = [one for one in outings if one[2] == QUARTERS[0]]
    seen = [one for one in seen if one[2] == QUARTERS[0]]
    past = past_of(*rows(outings, seen))
    assert {one.qpv for one in scan(past, Rule("unusual"))} == {QUARTERS[0]}
    (silent,) = scan(past, Rule("silence", days=28))
    assert (silent.qpv, silent.day) == (QUARTERS[1], MONDAY + timedelta(days=28))
    assert np.isnan(silent.expected)
