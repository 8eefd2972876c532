"""A rule of vigilance on the store: what teams wrote down, or invented rows that say so."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from conftest import fresh_settings
from entry_town import date_agreements, make_town
from in_process import in_process_command  # noqa: F401 - a fixture
from test_capture import TEAM, agree
from test_field_months import QPV, write
from visitors import account

from observatoire import demo
from observatoire.access import open_access
from observatoire.alerts import Rule
from observatoire.errors import NotFoundError, SchemaError
from observatoire.protocole import Share, Terms
from observatoire.rule_replays import replay_rule

TODAY = date.today()
BURST = TODAY - timedelta(weeks=6, days=TODAY.weekday())  # a Monday


@pytest.fixture(scope="module")
def town(test_cluster, tmp_path_factory):
    """Teams of the Loire write; there are invented rows everywhere."""
    with fresh_settings(test_cluster, tmp_path_factory.mktemp("rules")) as made:
        store = open_access(made, writes=True)
        items = make_town(store, made)
        demo.load_demo(store, made)
        account(store, "rue", "street_team", TEAM, ("loire",))
        agree(store, made, Terms(shares=(Share("delegate"),)), by=(TEAM, "Préfecture"))
        with store.owner() as owner:
            date_agreements(owner, TODAY - timedelta(days=300))
            for week in range(40):
                for weekday in (0, 2):
                    day = BURST + timedelta(weeks=week - 35, days=weekday)
                    write(owner, day, item=items[0] if week == 0 and weekday else "")
            for weekday in (0, 2, 3):
                write(owner, BURST + timedelta(days=weekday), item=items[1])
        yield store, made, items
        store.close()


def replayed(town, site, rule):
    store, made, _ = town
    with store.owner() as owner:
        return replay_rule(owner, made.site(site), rule, today=TODAY)


def test_what_teams_wrote_down_gives_the_alert_that_is_in_it(town):
    _, _, items = town
    found = replayed(town, "loire", Rule("repeat"))
    assert found.basis == "entries"
    (alert,) = found.alerts
    assert (alert.qpv, alert.item, alert.first) == (QPV, items[1], BURST + timedelta(days=3))
    assert sum(found.months.values()) == 1
    assert found.last < TODAY
    assert found.announced.low <= found.announced.per_week <= found.announced.high
    (rare,) = replayed(town, "loire", Rule("unusual")).alerts
    assert (rare.qpv, rare.item, rare.told.observed) == (QPV, items[1], 3)


def test_invented_rows_are_never_mixed_with_real_ones_and_say_so(town, in_process):
    assert replayed(town, "moselle", Rule("unusual")).basis == "invented"
    code, out, _ = in_process("veille", "replay", "moselle", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["basis"] == "invented"
    assert sum(told["months"].values()) == len(told["alerts"])
    assert {one["qpv"][:5] for one in told["alerts"]} <= {"QP057"}
    code, out, err = in_process("veille", "replay", "moselle", "--form", "silence", "--days", "30")
    assert code == 0
    assert "fictives" in out + err


@pytest.fixture(name="settings")
def its_settings(town):
    """The settings of this store, for the command line in this process."""
    return town[1]


def test_a_rule_that_nobody_may_write_and_a_site_without_a_week_are_told_in_french(
    town, in_process
):
    with pytest.raises(SchemaError) as refused:
        replayed(town, "loire", Rule("repeat", reports=2))
    assert "moins de 3" in refused.value.user
    code, out, err = in_process("veille", "replay", "loire", "--reports", "2")
    assert (code, out) == (1, "")
    assert "jamais" in err
    store, made, _ = town
    with store.owner() as owner, pytest.raises(NotFoundError):
        replay_rule(owner, made.site("loire"), Rule("repeat"), today=date(2000, 1, 3))
