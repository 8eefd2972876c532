"""How many false alerts a rule announces, beside years that it did not see."""

from __future__ import annotations

import numpy as np
import pytest
from simulated_outings import Territory

from observatoire.alerts import Rule, announce, attach, budgeted_p, learn, scan
from observatoire.alerts.announcing import followed, spread_of
from observatoire.scoring import ALERT_P

HISTORY, YEAR = 52, 52
RULES = {
    "unusual": Rule("unusual"),
    "repeat": Rule("repeat"),
    "five": Rule("repeat", reports=5, days=7),
}


def begun(past, rule, law, since):
    alerts = attach(scan(past, rule, law=law))
    return sum(one.first >= past.week(since) for one in alerts)


@pytest.mark.verify
@pytest.mark.parametrize("size", [None, 3.0])
def test_the_announced_rate_is_that_of_years_that_were_held_out(size):
    """Ten territories, a year of history each, and ten held-out years of each."""
    announced, held = {}, {}
    for seed in range(10):
        territory = Territory(seed, size)
        past = territory.weeks(HISTORY)
        law = learn(past)
        futures = [territory.weeks(YEAR, past) for _ in range(10)]
        for name, rule in RULES.items():
            often = [begun(one, rule, law, HISTORY) / YEAR for one in futures]
            announced.setdefault(name, []).append(announce(past, rule, seed=seed).per_week)
            held.setdefault(name, []).append(np.mean(often))
    for name in RULES:
        told, seen = np.array(announced[name]), np.array(held[name])
        print(name, size, "announced", told.round(2), "held out", seen.round(2))
        assert abs(told.sum() / seen.sum() - 1) <= 0.2
        near = np.abs(told / seen - 1) <= 0.2
        assert near.mean() >= 0.7, "a territory with a single year of history, by itself"


def test_what_is_drawn_after_the_past_is_alike_and_leaves_the_past_as_it_was():
    past = Territory(1, 3.0).weeks(HISTORY)
    law, draw = learn(past), np.random.default_rng(0)
    spread = spread_of(past)
    years = [followed(past, law, spread, draw) for _ in range(8)]
    for one in years:
        assert one.weeks == HISTORY + 52
        assert np.array_equal(one.counts()[:HISTORY], past.counts())
        assert np.array_equal(one.outings()[:HISTORY], past.outings())
    drawn = np.mean([one.counts()[HISTORY:].sum() for one in years])
    assert drawn == pytest.approx(past.counts().sum(), rel=0.1)
    looked = np.mean([one.outings()[HISTORY:].sum() for one in years])
    assert looked == pytest.approx(past.outings().sum(), rel=0.1)


@pytest.mark.parametrize(("size", "least", "most"), [(None, 0.0, 0.1), (3.0, 0.2, 0.5)])
def test_the_spread_of_the_weeks_is_found(size, least, most):
    found = [spread_of(Territory(seed, size).weeks(104)) for seed in range(4)]
    assert least <= min(found) <= max(found) <= most


def test_the_same_past_announces_the_same():
    past = Territory(2).weeks(30)
    first, again = (announce(past, Rule("unusual"), years=2, seed=5) for _ in range(2))
    assert first == again
    assert first.low <= first.per_week <= first.high


def test_the_budget_lowers_p_where_there_are_many_series_for_few_delegates():
    assert budgeted_p(70) == ALERT_P
    assert budgeted_p(720) == pytest.approx(2 / 720)
    assert budgeted_p(720, delegates=4) == ALERT_P
    assert budgeted_p(0) == ALERT_P
