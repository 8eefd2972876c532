"""What rules a record to the day: the version it was written under, and a shorter retention."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from test_capture import OTHER, TEAM, TODAY, agree, entry, town
from visitors import token_of

from observatoire.capture import Entries
from observatoire.errors import SchemaError
from observatoire.protocole import Share, Terms
from observatoire.store import captured
from observatoire.store.expiry import expire

__all__ = ["town"]  # a fixture
BY = (TEAM, OTHER, "Préfecture")
CLOSED = Terms(shares=(Share("delegate"),))
OPEN = Terms(shares=(Share("delegate"), Share("street_team", rhythm="now")))
QPV = "QP042001"


def kept(desk, token, item, **changes):
    made = entry(QPV, item, **changes)
    desk.keep(token, made)
    return made["id"]


def shared_days(store):
    with store.signed(token_of(store, "team-b")).session() as session:
        return sorted(row["said_on"] for row in captured.read_shared(session))


def figures_open(store, day):
    """Tell whether the other team may read a figure of one month that is over; else None."""
    with store.owner() as owner:
        grant = text("SELECT agreements.grant_of('loire', 'street_team', 'x', :day, :day)")
        return owner.execute(grant, {"day": day}).scalar() is not None


def test_an_entry_of_the_day_of_a_wider_version_stays_under_the_version_it_was_written_under(town):
    store, settings, items = town
    desk, token = Entries(settings, store), token_of(store, "team-a")
    agree(store, settings, CLOSED, by=BY)
    kept(desk, token, items[0])
    kept(desk, token, items[0], day=(TODAY + timedelta(days=1)).isoformat())
    agree(store, settings, OPEN, by=BY)
    assert shared_days(store) == []
    kept(desk, token, items[0])
    # the same day is ruled by both versions: what was written under the new one is not told apart
    assert shared_days(store) == []
    assert not figures_open(store, TODAY)
    assert not figures_open(store, TODAY + timedelta(days=1))
    assert figures_open(store, TODAY + timedelta(days=2))


def test_an_act_opens_the_entries_of_the_day_of_a_version(town):
    store, settings, items = town
    desk, token = Entries(settings, store), token_of(store, "team-a")
    agree(store, settings, CLOSED, by=BY)
    kept(desk, token, items[0])
    agree(store, settings, OPEN, by=BY)
    with store.owner() as owner:
        owner.execute(text("SELECT desk.widen_agreement('loire', CURRENT_DATE, 'dit ensemble')"))
    assert shared_days(store) == [TODAY.isoformat()]


def test_the_first_version_rules_from_its_own_day(town):
    store, settings, items = town
    desk, token = Entries(settings, store), token_of(store, "team-a")
    agree(store, settings, OPEN, by=BY)
    kept(desk, token, items[0])
    assert shared_days(store) == [TODAY.isoformat()]


def test_a_shorter_retention_also_binds_what_was_written_before(town):
    store, settings, items = town
    desk, token = Entries(settings, store), token_of(store, "team-a")
    long = Terms(shares=CLOSED.shares, retention_months=24, days_back=366)
    agree(store, settings, long)
    old = kept(desk, token, items[0], day=(TODAY - timedelta(days=100)).isoformat())
    new = kept(desk, token, items[0])
    with store.owner() as owner:
        assert expire(owner, TODAY).entries == 0
    agree(store, settings, Terms(shares=CLOSED.shares, retention_months=3, days_back=60))
    with store.owner() as owner:
        assert expire(owner, TODAY).entries == 1
    assert [one["id"] for one in desk.recent(token)] == [new] != [old]


def test_a_longer_retention_does_not_bind_what_was_written_before(town):
    store, settings, items = town
    desk, token = Entries(settings, store), token_of(store, "team-a")
    agree(store, settings, Terms(shares=CLOSED.shares, retention_months=4, days_back=100))
    kept(desk, token, items[0], day=(TODAY - timedelta(days=90)).isoformat())
    agree(store, settings, Terms(shares=CLOSED.shares, retention_months=24))
    with store.owner() as owner:
        assert expire(owner, TODAY + timedelta(days=45)).entries == 1


def test_an_entry_whose_time_is_over_is_refused(town):
    store, settings, items = town
    agree(store, settings, Terms(shares=CLOSED.shares, retention_months=1, days_back=366))
    desk, token = Entries(settings, store), token_of(store, "team-a")
    with pytest.raises(SchemaError):
        kept(desk, token, items[0], day=(TODAY - timedelta(days=40)).isoformat())
    assert desk.recent(token) == []


@given(st.dates(date(2024, 1, 1), date(2028, 12, 31)), st.integers(1, 36), st.integers(0, 366))
@settings(max_examples=200, deadline=None)
def test_the_oldest_day_that_may_be_written_is_kept_another_day_at_least(today, months, back):
    terms = Terms(retention_months=months, days_back=back)
    first = terms.first_day(today)
    kept_for = pd.DateOffset(months=months)
    assert (pd.Timestamp(first) + kept_for).date() > today
    before = first - timedelta(days=1)
    assert (pd.Timestamp(before) + kept_for).date() <= today or (today - before).days > back
