"""The months of a site in the store: released once, kept until their year is, and no longer."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import product

import pandas as pd
import pytest
from attacker import ALL, Attacker, months_of
from entry_town import date_agreements
from sqlalchemy import text
from test_capture import OTHER, TEAM, agree, town
from test_disclosure import evenly
from toy_releases import field_layers
from visitors import signed

from observatoire import pipeline, publication, readiness, retention
from observatoire.disclosure import COUNTS, Rules, SiteMonths, release_months
from observatoire.disclosure.months import together
from observatoire.errors import DisclosureError, NotFoundError
from observatoire.field_months import Seen, gather_months
from observatoire.protocole import Share, Terms
from observatoire.settings import Site

__all__ = ["town"]  # a fixture
BY = (TEAM, OTHER, "Préfecture")
TERMS = Terms(shares=(Share("delegate", rhythm="monthly"),), retention_months=36, days_back=5)
QPV, YEAR = "QP042001", 2025
NO_TEAMS = pd.DataFrame(
    columns=["indicator", "zone", "month", "organisation", "observations", "outings", "reports"]
)

NO_SQUARES = NO_TEAMS.drop(columns="outings").assign(square="")


def write(owner, day, team=TEAM, item="", qpv=QPV, cell=""):
    outing = str(uuid.uuid4())
    owner.execute(
        text(
            "INSERT INTO capture.outing (id, organisation, site, qpv, day, slot,"
            " nothing_to_report, agreement, expires_on)"
            " SELECT :id, id, 'loire', :qpv, :day, 'soir', false, 1, '2099-01-01'"
            " FROM people.organisation WHERE name = :team"
        ),
        {"id": outing, "qpv": qpv, "day": day, "team": team},
    )
    if item:
        owner.execute(
            text("INSERT INTO capture.observation VALUES (:id, :o, :item, 1, '', '', :cell)"),
            {"id": str(uuid.uuid4()), "o": outing, "item": item, "cell": cell},
        )


def month_written(owner, month, item, seen, team=TEAM):
    for rank in range(12):
        write(owner, date(YEAR, month, 1 + rank), team, item if rank < seen else "")


def released(store, settings, today):
    pipeline.build(store, today=today, sites=settings.sites)


def value(store, item, period, zone=("qpv", QPV)):
    with store.owner() as owner:
        frame = publication.read_layer(owner, f"terrain.{item}", period=period).frame
    return tuple(frame.loc[zone, ["status", "value"]])


@pytest.fixture
def ready(town):
    store, settings, items = town
    agree(store, settings, TERMS, by=BY)
    with store.owner() as owner:
        date_agreements(owner, date(YEAR - 1, 12, 1))
    return store, settings, items


def test_a_month_is_released_once_and_a_late_entry_changes_nothing_of_it(ready):
    store, settings, items = ready
    with store.owner() as owner:
        month_written(owner, 3, items[0], 9)
    released(store, settings, date(YEAR, 4, 7))
    with store.owner() as owner, pytest.raises(NotFoundError):  # an entry may still come
        publication.read_layer(owner, f"terrain.{items[0]}", period=f"{YEAR}-03")
    released(store, settings, date(YEAR, 4, 8))
    assert value(store, items[0], f"{YEAR}-03") == ("ok", 0.75)
    assert value(store, "ensemble", f"{YEAR}-03", ("site", "loire")) == ("ok", 0.75)
    with store.owner() as owner:
        write(owner, date(YEAR, 3, 20), item=items[0])
        owner.execute(
            text("DELETE FROM capture.outing WHERE day = :day"), {"day": date(YEAR, 3, 2)}
        )
    released(store, settings, date(YEAR, 5, 20))
    assert value(store, items[0], f"{YEAR}-03") == ("ok", 0.75)
    released(store, settings, date(YEAR, 7, 20))
    assert value(store, items[0], f"{YEAR}-Q1") == ("ok", 0.75)  # the sum of what was told


def test_what_a_release_rests_on_changes_the_day_a_month_is_due(ready):
    store, settings, _ = ready
    days = (date(YEAR, 4, 1), date(YEAR, 4, 7), date(YEAR, 4, 8), date(YEAR, 5, 7))
    first, before, due, after = (readiness.inputs(store, {}, settings, day) for day in days)
    assert first == before != due == after


def test_the_counts_of_the_months_are_kept_until_their_year_is_released(ready):
    store, settings, items = ready
    count = text("SELECT count(*) FROM disclosure.month")
    with store.owner() as owner:
        month_written(owner, 3, items[0], 9)
    released(store, settings, date(YEAR, 6, 1))
    with store.owner() as owner:
        assert owner.execute(count).scalar() > 0
        owner.execute(text("DELETE FROM capture.outing"))
    released(store, settings, date(YEAR + 1, 1, 20))
    assert value(store, items[0], str(YEAR)) == ("ok", 0.75)
    with store.owner() as owner:
        assert owner.execute(count).scalar() == 0
    sha = [publication_of(store)]
    released(store, settings, date(YEAR + 1, 3, 20))
    assert publication_of(store) == sha[0]


def publication_of(store):
    with store.owner() as owner:
        return publication.current_release(owner).sha256


def test_the_counts_of_a_year_that_can_never_be_released_are_not_kept(ready):
    store, settings, items = ready
    count = text("SELECT count(*) FROM disclosure.month")
    with store.owner() as owner:
        month_written(owner, 3, items[0], 9)
        month_written(owner, 5, items[0], 9)
    released(store, settings, date(YEAR, 4, 20))
    agree(store, settings, replace(TERMS, retention_months=1), by=BY)
    with store.owner() as owner:
        date_agreements(owner, date(YEAR - 1, 12, 1))
    released(store, settings, date(YEAR, 12, 20))  # May may be gone
    with store.owner() as owner:
        assert owner.execute(count).scalar() > 0
    released(store, settings, date(YEAR + 1, 1, 20))
    with store.owner() as owner:
        assert owner.execute(count).scalar() == 0
        with pytest.raises(NotFoundError):
            publication.read_layer(owner, f"terrain.{items[0]}", period=str(YEAR))


@pytest.mark.parametrize(("kept", "told"), [(1, ""), (2, "mq"), (11, "mqy")])
def test_the_counts_of_months_are_kept_no_longer_than_agreed_and_close_what_adds_them_up(
    ready, kept, told
):
    """By the nightly command, day after day; months that were not released yet still are."""
    store, settings, items = ready
    agree(store, settings, replace(TERMS, retention_months=kept), by=BY)
    with store.owner() as owner:
        date_agreements(owner, date(YEAR - 1, 12, 1))
        for month in (1, 2, 3):
            month_written(owner, month, items[0], 9)
    counts = text("SELECT count(*) FROM disclosure.month WHERE month = :month")
    last = {}
    days = [
        date(YEAR, 2, 8), date(YEAR, 3, 9), date(YEAR, 4, 8), date(YEAR, 5, 9),
        date(YEAR, 6, 9), date(YEAR + 1, 1, 7), date(YEAR + 1, 1, 20),
    ]  # fmt: skip
    for today in days:
        retention.retain(store, today=today, sites=settings.sites)
        with store.owner() as owner:
            for month in ("01", "02", "03"):
                if owner.execute(counts, {"month": f"{YEAR}-{month}"}).scalar_one():
                    last[month] = today
    for month, due in (
        ("01", date(YEAR, 2, 8)),
        ("02", date(YEAR, 3, 8)),
        ("03", date(YEAR, 4, 8)),
    ):
        assert (month in last) == bool(told), "with a month, what was seen is gone before it is due"
        over = pd.Timestamp(due) + pd.DateOffset(months=kept)
        assert not told or last[month] < min(over, pd.Timestamp(YEAR + 1, 1, 8)).date()
        assert is_told(store, items[0], f"{YEAR}-{month}") == ("m" in told)
    assert is_told(store, items[0], f"{YEAR}-Q1") == ("q" in told)
    assert is_told(store, items[0], str(YEAR)) == ("y" in told)
    with store.owner() as owner:
        for table in ("month", "square"):
            left = owner.execute(text(f"SELECT count(*) FROM disclosure.{table}")).scalar_one()
            assert left == 0


def is_told(store, item, period):
    try:
        return value(store, item, period) == ("ok", 0.75)
    except NotFoundError:
        return False


def test_what_is_said_of_a_retention_is_what_is_released():
    def lost(kept, days_back=5):
        return replace(TERMS, retention_months=kept, days_back=days_back).unreleased

    assert [lost(kept) for kept in (1, 2, 10, 11, 60)] == ["month", "year", "year", "", ""]
    assert [lost(kept, 31) for kept in (2, 3)] == ["month", "year"]
    assert Terms().unreleased == ""


def test_a_team_that_is_not_party_any_more_is_in_no_figure_released_after_it_left(ready):
    store, settings, items = ready
    with store.owner() as owner:
        month_written(owner, 3, items[0], 9)
        month_written(owner, 4, items[0], 9, OTHER)
        month_written(owner, 5, items[0], 9)
    released(store, settings, date(YEAR, 5, 20))
    assert value(store, items[0], f"{YEAR}-04") == ("ok", 0.75)
    agree(store, settings, TERMS, by=(TEAM, "Préfecture"))
    with store.owner() as owner:
        month_written(owner, 5, items[0], 9, OTHER)
    released(store, settings, date(YEAR, 6, 20))
    assert value(store, items[0], f"{YEAR}-05") == ("ok", 0.75)
    with store.owner() as owner:
        outings = publication.read_layer(owner, f"terrain.{items[0]}", period=f"{YEAR}-05").frame
        assert outings.loc[("qpv", QPV), "outings"] == 12
    assert value(store, items[0], f"{YEAR}-04") == ("ok", 0.75)


def test_a_figure_that_would_tell_a_team_a_few_rows_of_another_is_hidden(ready):
    store, settings, items = ready
    with store.owner() as owner:
        month_written(owner, 3, items[0], 9)
        month_written(owner, 3, items[0], 2, OTHER)
        month_written(owner, 3, items[1], 9)
        month_written(owner, 3, items[1], 8, OTHER)
    released(store, settings, date(YEAR, 6, 1))
    assert value(store, items[0], f"{YEAR}-03")[0] == "secret"
    assert value(store, items[1], f"{YEAR}-03")[0] in ("ok", "secret")


def test_a_delegate_reads_a_month_once_it_is_released(ready):
    store, settings, items = ready
    with store.owner() as owner:
        month_written(owner, 3, items[0], 9)
    released(store, settings, date(YEAR, 6, 1))
    here = signed(store, "delegate", sites=("loire",), organisation="Préfecture")
    with here.session() as session:
        frame = publication.read_layer(session, f"terrain.{items[0]}", period=f"{YEAR}-03").frame
    assert frame.loc[("qpv", QPV), "value"] == 0.75
    with store.session() as session, pytest.raises(NotFoundError):
        publication.read_layer(session, f"terrain.{items[0]}", period=f"{YEAR}-03")


def test_the_same_month_in_two_editions_is_refused():
    layers = [
        replace(one, fictitious=False, edition=edition)
        for edition in ("2015", "2024")
        for one in field_layers({QPV: evenly(9)})
    ]
    with pytest.raises(DisclosureError, match="comes in editions"):
        gather_months(
            layers,
            Seen(NO_TEAMS, NO_SQUARES),
            Seen(NO_TEAMS.assign(site="", edition=""), NO_SQUARES.assign(site="", edition="")),
            held=[],
            site_of={QPV: "loire"},
            codes={"2015": [QPV], "2024": [QPV]},
        )


TOWN = ("QP042001", "QP042002", "QP042003")
ROLES = ("delegate", "geographer", "copilot", "facilitator", "service", "administrator")
SHARES = (
    Share("delegate", rhythm="monthly"),
    Share("geographer", rhythm="now"),
    Share("copilot", rhythm="meeting"),
    Share("service", rhythm="weekly"),
    Share("team_leader", rhythm="now"),
    Share("public", rhythm="monthly"),
)


def town_written(owner, draw, year, items):
    """Write what two teams saw of two themes in a year; return their observations by leaf."""
    seen = {TEAM: Counter(), OTHER: Counter()}
    for month, qpv, team in product(range(1, 13), TOWN, seen):
        if team == OTHER and qpv == TOWN[-1]:
            continue
        for rank in range(draw.randint(7, 14)):
            item = draw.choice([*items, "", "", "", ""])
            write(owner, date(year, month, 1 + rank), team, item, qpv)
            if item:
                seen[team][qpv, item, f"{year}-{month:02d}"] += 1
    return seen


def small_figures(attacker, years, counts):
    """Return the figures under k, of which each observation is of an outing of its own."""
    periods = [
        period
        for year in map(str, years)
        for period in (*months_of(year), *(f"{year}-Q{rank}" for rank in range(1, 5)), year)
    ]
    figures = product((*TOWN, "loire"), (*attacker.themes, ALL), periods)
    totals = ((one, sum(counts[leaf] for leaf in attacker.leaves(one))) for one in figures)
    return [figure for figure, total in totals if 0 < total < 5]


@pytest.mark.verify
def test_no_account_nor_all_of_them_nor_a_team_finds_a_small_figure_in_two_years(ready):
    store, settings, items = ready
    draw, themes = random.Random(4), items[:2]
    years = (date.today().year - 2, date.today().year - 1)
    agree(store, settings, replace(TERMS, shares=SHARES, retention_months=60), by=BY)
    with store.owner() as owner:
        date_agreements(owner, date(years[0] - 1, 12, 1))
        meeting = text("SELECT desk.note_meeting('loire', :day)")
        owner.execute(meeting, {"day": date(years[1], 7, 1)})
    seen = {TEAM: Counter(), OTHER: Counter()}
    for year in years:
        with store.owner() as owner:
            for team, counts in town_written(owner, draw, year, themes).items():
                seen[team] += counts
        for month in range(2, 14):
            released(store, settings, date(year + month // 13, (month - 1) % 12 + 1, 20))
    total = seen[TEAM] + seen[OTHER]
    doors = [signed(store, one, sites=("loire",), organisation="Préfecture") for one in ROLES]
    pooled = Attacker("loire", TOWN, tuple(themes))
    for door in (store, *doors):
        alone = Attacker("loire", TOWN, tuple(themes))
        layers = everything(door)
        alone.read(layers)
        pooled.read(layers)
        small = small_figures(alone, years, total)
        assert not [one for one, width in alone.widths(small).items() if width < 5 - 1e-6]
    small = small_figures(pooled, years, total)
    assert len(small) > 100 < len(pooled.told)
    assert not [one for one, width in pooled.widths(small).items() if width < 5 - 1e-6]
    for team, other in ((TEAM, OTHER), (OTHER, TEAM)):
        inside = Attacker("loire", TOWN, tuple(themes), seen[team], dict(pooled.told))
        small = small_figures(inside, years, seen[other])
        assert not [one for one, width in inside.widths(small).items() if width < 5 - 1e-6]


def everything(door):
    """Return every layer of the field that a session may read."""
    with door.session() as session:
        return [
            publication.read_layer(session, one.indicator, period=one.period, edition=one.edition)
            for one in publication.list_layers(session)
            if one.rule == "field" and not one.fictitious
        ]


def pilots(settings, quarters):
    """Return the sites, the Loire with these QPV alone."""
    return tuple(
        replace(one, pilot=quarters) if one.id == "loire" else one for one in settings.sites
    )


def told(store, item, period, zone):
    """Return what a site's figure says: its status and its count."""
    with store.owner() as owner:
        frame = publication.read_layer(owner, f"terrain.{item}", period=period).frame
    row = frame.loc[zone]
    return row["status"], round(row["value"] * row["outings"]) if row["status"] == "ok" else None


def test_a_neighbourhood_that_leaves_a_site_stays_in_its_sums_until_the_year_is_over(ready):
    """Else a quarter less its months would be the secrets of the one that left."""
    store, settings, items = ready
    quarters = ("QP042001", "QP042002", "QP042003")
    with store.owner() as owner:
        for qpv, counts in zip(quarters, ((9, 8, 7), (11, 10, 9), (2, 1, 0)), strict=True):
            for month, count in zip((1, 2, 3), counts, strict=True):
                for rank in range(12):
                    day = date(YEAR, month, 1 + rank)
                    write(owner, day, item=items[0] if rank < count else "", qpv=qpv)
    for month in (2, 3):
        released(store, settings, date(YEAR, month, 15))
    parts = [told(store, items[0], f"{YEAR}-0{one}", ("site", "loire")) for one in (1, 2)]
    left = pilots(settings, quarters[:2])
    pipeline.build(store, today=date(YEAR, 4, 15), sites=left)
    parts.append(told(store, items[0], f"{YEAR}-03", ("site", "loire")))
    whole = told(store, items[0], f"{YEAR}-Q1", ("site", "loire"))
    assert told(store, items[0], f"{YEAR}-01", ("qpv", quarters[2]))[0] == "secret"
    known = [count for status, count in parts if status == "ok"]
    if whole[0] == "ok" and len(known) == 3:
        assert whole[1] == sum(known)
    pipeline.build(store, today=date(YEAR + 1, 1, 15), sites=left)
    assert told(store, items[0], str(YEAR), ("qpv", quarters[2]))[0] == "secret"


def test_a_neighbourhood_that_goes_to_another_site_is_released_with_it_the_next_year(ready):
    """Else the same month would be told twice, before and after a withdrawal."""
    store, settings, items = ready
    with store.owner() as owner:
        month_written(owner, 1, items[0], 12)
    released(store, settings, date(YEAR, 2, 15))
    before = told(store, items[0], f"{YEAR}-01", ("qpv", QPV))
    with store.owner() as owner:
        owner.execute(
            text("DELETE FROM capture.outing WHERE day = :day"), {"day": date(YEAR, 1, 1)}
        )
        month_written(owner, 2, items[0], 9)
    others = tuple(f"QP0420{rank:02}" for rank in range(2, 20))
    moved = (*pilots(settings, others), Site("neuf", "Neuf", ("42",), (QPV,)))
    pipeline.build(store, today=date(YEAR, 3, 20), sites=moved)
    assert told(store, items[0], f"{YEAR}-01", ("qpv", QPV)) == before
    with store.owner() as owner:
        for layer in publication.read_fields(owner):
            if layer.site == "neuf":
                assert not (layer.frame["status"] == "ok").any(), layer.period


def test_whoever_had_a_file_imported_knows_its_rows():
    """Two observations of a team are not told to those who wrote the nine others in a file."""
    counts = months_counts(nine_imported=True)
    assert shown(counts) is False
    assert shown(months_counts(nine_imported=False)) is False
    assert shown(months_counts(nine_imported=True, other=0)) is True


def months_counts(*, nine_imported, other=2):
    rows = [("terrain.t", QPV, f"{YEAR}-01", "", 9 + other, 24, 9 + other)]
    if other:
        rows.append(("terrain.t", QPV, f"{YEAR}-01", "b", other, 12, other))
    if not nine_imported:
        rows.append(("terrain.t", QPV, f"{YEAR}-01", "a", 9, 12, 9))
    return pd.DataFrame(rows, columns=list(COUNTS))


def shown(counts):
    described = {"terrain.t": replace(together(), id="terrain.t")}
    town = SiteMonths("loire", "2015", (QPV,), described, counts, "x")
    made = release_months(town, {}, Rules(as_of=date(YEAR, 3, 20)))
    (layer,) = [one for one in made if one.indicator == "terrain.t"]
    return layer.frame.loc[("qpv", QPV), "status"] == "ok"
