"""Calendar periods nest: a day is in one period of each level, and a period is its parts."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.errors import CodeError
from observatoire.periods import (
    LEVELS,
    first_day,
    last_day,
    level_of,
    moment_start,
    parts,
    period_of,
    sort_key,
    week_start,
)

DAYS = st.dates(min_value=date(1000, 1, 1), max_value=date(9998, 12, 31))
PERIODS = st.builds(period_of, DAYS, st.sampled_from(LEVELS))


@given(day=DAYS, level=st.sampled_from(LEVELS))
def test_a_day_lies_between_the_first_and_the_last_day_of_its_period(day, level):
    period = period_of(day, level)
    assert level_of(period) == level
    assert first_day(period) <= day <= last_day(period)


@given(period=PERIODS)
def test_a_period_holds_every_day_from_its_first_to_its_last_and_none_around(period):
    level = level_of(period)
    assert period_of(first_day(period), level) == period
    assert period_of(last_day(period), level) == period
    assert period_of(first_day(period) - timedelta(days=1), level) != period
    assert period_of(last_day(period) + timedelta(days=1), level) != period


@given(period=PERIODS, level=st.sampled_from(LEVELS))
def test_the_parts_of_a_period_follow_one_another_and_cover_it_exactly(period, level):
    if LEVELS.index(level) > LEVELS.index(level_of(period)):
        return
    pieces = parts(period, level)
    assert first_day(pieces[0]) == first_day(period)
    assert last_day(pieces[-1]) == last_day(period)
    for one, following in pairwise(pieces):
        assert last_day(one) + timedelta(days=1) == first_day(following)


@given(day=DAYS)
def test_finer_periods_nest_in_coarser_ones(day):
    for finer, coarser in pairwise(LEVELS):
        inner, outer = period_of(day, finer), period_of(day, coarser)
        assert first_day(outer) <= first_day(inner) <= last_day(inner) <= last_day(outer)
        assert inner in parts(outer, finer)


@given(periods=st.lists(PERIODS))
def test_periods_sort_by_their_first_day_and_the_coarser_first(periods):
    ordered = sorted(periods, key=sort_key)
    days = [first_day(period) for period in ordered]
    assert days == sorted(days)
    assert sorted(["2023-01", "2023", "2023-Q1", "2023-H1"], key=sort_key) == [
        "2023",
        "2023-H1",
        "2023-Q1",
        "2023-01",
    ]


@pytest.mark.parametrize(
    "text",
    ["", "23", "2023-13", "2023-00", "2023-Q5", "2023-H3", "2023-1", "2023-T2", "2023-05-01"],
)
def test_what_is_not_a_period_is_refused_with_the_forms_that_are(text):
    with pytest.raises(CodeError) as refusal:
        level_of(text)
    assert "2023-Q2" in refusal.value.remedy


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)))
def test_a_week_begins_on_its_monday_and_a_moment_on_its_first_day(day):
    year, week, weekday = day.isocalendar()
    name = f"{year}-W{week:02d}"
    assert week_start(name) == day - timedelta(days=weekday - 1)
    assert moment_start(name) == week_start(name)
    assert moment_start(day.isoformat()) == day
    assert moment_start(day.isoformat()[:7]) == day.replace(day=1)


@pytest.mark.parametrize(
    "name", ["2026-W00", "2026-W54", "2025-W53", "2026-W1", "2026-13", "x" * 10]
)
def test_what_is_no_moment_is_refused(name):
    with pytest.raises(CodeError):
        moment_start(name)
