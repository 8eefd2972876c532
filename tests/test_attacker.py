"""What an attacker makes of everything released over two years: nothing that is protected."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from attacker import ALL, Attacker, months_of

from observatoire.codes import edition_kind
from observatoire.disclosure import COUNTS, Agreed, Rules, SiteMonths, months, release_months
from observatoire.disclosure.months import together
from observatoire.disclosure.suppression.growth import Released

K, REPORTS, BASE = 5, 2, 10
SITE, TEAMS = "loire", ("a", "b")
YEARS = ("2024", "2025")
MONTHS = months_of(YEARS[0])


def a_town(seed, zones=4, themes=4, years=YEARS):
    """Draw what two teams saw: the second one in half of the neighbourhoods."""
    draw = np.random.default_rng(seed)
    places = tuple(f"QP042{rank:03d}" for rank in range(1, zones + 1))
    names = tuple(f"terrain.t{rank}" for rank in range(themes))
    rows = []
    for year, zone in itertools.product(years, places):
        teams = TEAMS if zone in places[: zones // 2] else TEAMS[:1]
        for month in months_of(year):
            effort = {team: int(draw.poisson(11)) for team in teams}
            for name in names:
                seen = {team: int(draw.poisson(0.15 * effort[team])) for team in teams}
                said = {team: min(seen[team], int(draw.integers(1, 4))) for team in teams}
                rows += [
                    (name, zone, month, team, seen[team], effort[team], said[team])
                    for team in teams
                ]
                total = (sum(one.values()) for one in (seen, effort, said))
                rows.append((name, zone, month, "", *total))
    counts = pd.DataFrame(rows, columns=list(COUNTS))
    counts = counts[(counts["outings"] > 0) | (counts["observations"] > 0)]
    return SiteMonths(
        SITE, "2024", places, {name: replace(together(), id=name) for name in names}, counts, "x"
    )


def released(town, years=YEARS):
    """Release month after month, each once it is due; return every layer."""
    held = {}
    begun = min(town.counts["month"])
    for month in (month for year in years for month in months_of(year)):
        following = (date.fromisoformat(f"{month}-28") + timedelta(days=4)).replace(day=1)
        rules = Rules(as_of=following + timedelta(days=33))
        made = release_months(town, held, rules)
        assert not {(one.indicator, one.period) for one in made} & set(held)
        assert {month} <= {one.period for one in made} or month < begun
        held |= {(one.indicator, one.period): one for one in quarters(made)}
    return list(held.values())


def quarters(layers):
    """Return the layers of neighbourhoods, squares apart (`test_squares_released`)."""
    return [one for one in layers if edition_kind(one.edition) == "qpv"]


def reader(town, layers, team=""):
    rows = town.counts[town.counts["organisation"] == team] if team else town.counts[:0]
    own = {
        (row.zone, row.indicator.partition(".")[2], row.month): row.observations
        for row in rows.itertuples()
    }
    names = tuple(name.partition(".")[2] for name in town.themes)
    made = Attacker(SITE, town.zones, names, own)
    made.read(layers)
    return made


def truth(town, team=""):
    """Return observations and distinct reporting outings by leaf, a team's own rows taken away."""
    keys = ["zone", "indicator", "month"]
    sums = town.counts.groupby([*keys, town.counts["organisation"] == ""])[
        ["observations", "reports"]
    ].sum()
    every = sums.xs(True, level="organisation")
    if team:
        own = town.counts[town.counts["organisation"] == team].groupby(keys)
        every = every.sub(own[["observations", "reports"]].sum(), fill_value=0)
    return {
        (zone, name.partition(".")[2], month): (int(count), int(reports))
        for (zone, name, month), (count, reports) in every.astype(int).iterrows()
    }


def protected(town, attacker, team="", years=YEARS):
    """Return the figures that may not be known to a reader, by the rules and the truth."""
    leaves = truth(town, team)
    periods = [
        period
        for year in years
        for period in (*months_of(year), *(f"{year}-Q{rank}" for rank in range(1, 5)), year)
    ]
    found = []
    for figure in itertools.product((*town.zones, SITE), (*attacker.themes, ALL), periods):
        parts = {leaf: leaves.get(leaf, (0, 0)) for leaf in attacker.leaves(figure)}
        count = sum(seen for seen, _ in parts.values())
        if count and (count < K or _reports(parts) < REPORTS):
            found.append(figure)
    return found


def _reports(parts):
    """Return the fewest distinct outings that the themes of each place and month come from."""
    most = {}
    for (zone, _, month), (_, reports) in parts.items():
        most[zone, month] = max(most.get((zone, month), 0), reports)
    return sum(most.values())


def known(town, layers, team="", years=YEARS):
    """Return the protected figures that a reader knows to within k."""
    attacker = reader(town, layers, team)
    widths = attacker.widths(protected(town, attacker, team, years))
    return {figure for figure, width in widths.items() if width < K - 1e-6}


def no_company(cube, views, told, new, k, *, finer=None, **_):
    """Hide small cells alone: the guard is off."""
    small = np.logical_or.reduce([view.protected for view in views])
    hidden = new & (small | finer)
    return SimpleNamespace(released=Released(told.shown | (new & ~hidden), told.hidden | hidden))


@pytest.fixture(scope="module")
def town():
    return a_town(1, zones=2, themes=3)


def test_nobody_finds_a_protected_figure_in_two_years_of_releases(town):
    layers = released(town)
    assert sum((one.frame["status"] == "ok").sum() for one in layers) > 60
    assert known(town, layers) == set()
    for team in TEAMS:
        assert known(town, layers, team) == set(), team


@pytest.mark.parametrize(("begins", "seed"), [(2, 1), (3, 2), (5, 3), (6, 4), (9, 5), (12, 6)])
def test_nobody_finds_a_protected_figure_of_a_site_that_begins_within_a_year(begins, seed):
    """What was before is known to be nothing: the first quarter and the first year are sums too."""
    town = begun_in(a_town(seed, zones=2, themes=2, years=YEARS[:1]), f"2024-{begins:02d}")
    layers = released(town, YEARS[:1])
    for team in ("", *TEAMS):
        assert known(town, layers, team, YEARS[:1]) == set(), team


def begun_in(town, month):
    return replace(town, counts=town.counts[town.counts["month"] >= month])


def a_place(grid, months=MONTHS, outings=12):
    """One QPV, one team, so many outings a month: observations of each theme month after month."""
    rows = [
        (f"terrain.{name}", "QP042001", month, team, count, outings, min(count, outings))
        for name, counts in grid.items()
        for month, count in zip(months, counts, strict=True)
        for team in ("a", "")
    ]
    described = {f"terrain.{name}": replace(together(), id=f"terrain.{name}") for name in grid}
    counts = pd.DataFrame(rows, columns=list(COUNTS))
    return SiteMonths(SITE, "2024", ("QP042001",), described, counts, "x")


def test_the_first_quarter_of_a_site_that_begins_in_february_does_not_tell_its_march():
    town = a_place({"t": (9, 3, *[8] * 9)}, MONTHS[1:])
    layers = released(town, YEARS[:1])
    assert known(town, layers, years=YEARS[:1]) == set()


def test_that_a_secret_is_not_zero_tells_nobody_that_it_is_one():
    """Five months with one observation each add up to five: the year may not be told."""
    grid = {
        "a": (1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 0),
        "b": (20, 15, 12, 18, 22, 19, 14, 16, 20, 11, 13, 15),
    }
    town = a_place(grid)
    layers = released(town, YEARS[:1])
    attacker = reader(town, layers)
    secret = {one for one in attacker.secret if one[1] == "a"}
    assert len([one for one in secret if len(one[2]) == 7]) >= 5
    assert known(town, layers, years=YEARS[:1]) == set()


@pytest.mark.parametrize("seed", range(6))
def test_nobody_finds_a_protected_figure_where_little_is_seen(seed):
    draw = np.random.default_rng(seed)
    grid = {name: tuple(draw.poisson(rate, 12)) for name, rate in (("a", 0.7), ("b", 4.0))}
    town = a_place(grid)
    layers = released(town, YEARS[:1])
    assert known(town, layers, years=YEARS[:1]) == set()


def test_a_sum_whose_parts_were_told_stops_no_release():
    """Where nobody looked nothing is hidden; a quarter of told months cannot be opened again."""
    rows = [
        ("terrain.t", zone, month, team, count, outings, min(count, 3))
        for zone, month, count, outings in (
            ("QP042001", "2024-01", 0, 12),
            ("QP042002", "2024-01", 5, 12),
            ("QP042001", "2024-02", 0, 15),
            ("QP042002", "2024-02", 0, 1),
        )
        for team in ("a", "")
    ]
    described = {"terrain.t": replace(together(), id="terrain.t")}
    counts = pd.DataFrame(rows, columns=list(COUNTS))
    town = SiteMonths(SITE, "2024", ("QP042001", "QP042002"), described, counts, "x")
    layers = released(town, YEARS[:1])
    assert {one.period for one in layers} >= {"2024-12", "2024-Q4", "2024"}


def test_the_attacker_finds_some_where_small_cells_are_hidden_alone(town, monkeypatch):
    monkeypatch.setattr(months, "grow", no_company)
    layers = released(town)
    assert known(town, layers)
    assert known(town, layers, TEAMS[1])


def test_a_team_finds_some_where_nobody_thinks_of_its_own_rows(town, monkeypatch):
    honest = months.grow
    monkeypatch.setattr(
        months, "grow", lambda cube, views, *rest, **more: honest(cube, views[:1], *rest, **more)
    )
    layers = released(town)
    assert known(town, layers) == set()
    assert known(town, layers, TEAMS[0]) | known(town, layers, TEAMS[1])


def test_what_was_released_is_not_released_again_when_rows_change(town):
    layers = released(town, YEARS[:1])
    held = {(one.indicator, one.period): one for one in quarters(layers)}
    more = town.counts.assign(observations=town.counts["observations"] + 1)
    late = replace(town, counts=more)
    assert release_months(late, held, Rules(as_of=date(2025, 2, 4))) == []


def test_stricter_thresholds_bind_what_is_released_after_them(town):
    held, seen = {}, []
    for month, k in ((3, 3), (6, 9)):
        rules = Rules(
            as_of=date(2024, month + 1, 5),
            settled={SITE: 1},
            agreed={SITE: Agreed(k, 1, 2)},
        )
        made = release_months(town, held, rules)
        held |= {(one.indicator, one.period): one for one in made}
        counts = [one.frame["value"] * one.frame["outings"].astype(float) for one in made]
        seen.append(pd.concat(counts).dropna().round())
    assert seen[0].between(3, 8).any()
    assert not seen[1].between(1, 8).any()
    assert (seen[1] >= 9).any()


def test_a_month_is_due_once_no_entry_may_come_to_it(town):
    before = release_months(town, {}, Rules(as_of=date(2024, 3, 5), settled={SITE: 33}))
    assert {one.period for one in before} == {"2024-01"}
    after = release_months(town, {}, Rules(as_of=date(2024, 3, 6), settled={SITE: 5}))
    assert {one.period for one in after} == {"2024-01", "2024-02"}
    assert release_months(town, {}, Rules(as_of=date(2024, 2, 1))) == []


def test_what_may_be_gone_is_not_released_nor_what_contains_it(town):
    rules = Rules(as_of=date(2025, 3, 1), kept_since={SITE: date(2024, 3, 15)})
    made = {one.period for one in release_months(town, {}, rules) if one.period[:4] == "2024"}
    assert made == {f"2024-{month:02d}" for month in range(4, 13)} | {
        f"2024-Q{rank}" for rank in (2, 3, 4)
    }


@pytest.mark.verify
@pytest.mark.parametrize("seed", [2])
def test_nobody_finds_a_protected_figure_in_larger_towns(seed):
    town = a_town(seed)
    layers = released(town)
    for team in ("", *TEAMS):
        assert known(town, layers, team) == set(), team
