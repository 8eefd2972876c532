"""A cube that grows: what was released stays, an independent attacker finds nothing, the cost."""

from __future__ import annotations

import itertools
from dataclasses import replace
from time import process_time

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linprog

from observatoire.disclosure.suppression import TOTAL, Attack, coarsening, small_cells
from observatoire.disclosure.suppression.coarsening import coarsen
from observatoire.disclosure.suppression.growth import Released, grow
from observatoire.disclosure.suppression.years import COLUMNS, EVERYBODY, View, Year
from observatoire.errors import DisclosureError, SchemaError

K = 5
SLOW = settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
some_counts = st.sampled_from([0, 0, 0, 1, 2, 3, 4, 5, 6, 8, 12, 20])


def few(cube):
    return small_cells(cube, K)


@st.composite
def towns(draw, months=6):
    """Draw two QPV and two or three themes; two organisations, both in one of the QPV."""
    themes = ("x", "y", "z")[: draw(st.integers(2, 3))]
    teams = [("A", "north"), ("B", "north"), ("B", "south")]
    keys = list(itertools.product(teams, themes, range(1, months + 1)))
    counts = draw(st.lists(some_counts, min_size=len(keys), max_size=len(keys)))
    rows = [
        (qpv, theme, f"2025-{month:02d}", count, min(count, 3), team)
        for ((qpv, team), theme, month), count in zip(keys, counts, strict=True)
    ]
    return Year(pd.DataFrame(rows, columns=list(COLUMNS)), ("A", "B"), themes, "2025")


def grown(year, months, **options):
    """Release month after month; return every release."""
    views = year.views(few)
    released, found = Released.nothing(year.cube), []
    for month in range(1, months + 1):
        new = year.due(month) & ~year.due(month - 1)
        found.append(grow(year.cube, views, released, new, K, **options))
        released = found[-1].released
    return found


def openness(cube, view, released, cells, floor=0):
    """Return how open cells are to a reader, by solving the sums of everything released.

    Nothing of what is tested is used: the sums are those of the keys, the solver is scipy's. A
    reader that knows that zeros are told reckons with a `floor` of 1 for what is hidden.
    """
    here = released.shown | released.hidden
    unknown = np.flatnonzero(released.hidden)
    place = {int(cell): column for column, cell in enumerate(unknown)}
    rows, told = [], []
    for total, parts in cube.sums:
        members = (total, *parts)
        if not here[list(members)].all():
            continue
        row, known = np.zeros(len(unknown)), 0
        for sign, cell in zip((-1, *([1] * len(parts))), members, strict=True):
            if cell in place:
                row[place[cell]] = sign
            else:
                known += sign * view.counts[cell]
        rows.append(row)
        told.append(-known)
    matrix = sparse.csr_array(np.array(rows))
    own = (cube.counts - view.counts)[unknown]
    bounds = [(max(floor - int(known), 0), None) for known in own]
    found = []
    for cell in cells:
        ends = []
        for sign in (1, -1):
            goal = np.zeros(len(unknown))
            goal[place[int(cell)]] = sign
            answer = linprog(goal, A_eq=matrix, b_eq=told, bounds=bounds, method="highs")
            ends.append(-np.inf if answer.status == 3 else answer.fun)
        found.append(-ends[1] - ends[0])
    return np.array(found)


def closed_cells(year, released, views):
    """Return (reader, cell) of protected cells that the independent attacker knows within k."""
    found = []
    for view in views:
        cells = np.flatnonzero(view.protected & released.all)
        hidden = cells[released.hidden[cells]]
        found += [(view.name, int(cell)) for cell in cells[released.shown[cells]]]
        widths = openness(year.cube, view, released, hidden)
        found += [(view.name, int(cell)) for cell in hidden[widths < K - 1e-6]]
    return found


@SLOW
@given(towns())
def test_what_was_shown_stays_shown_and_what_was_hidden_stays_hidden(year):
    before = Released.nothing(year.cube)
    for month, one in enumerate(grown(year, 6), start=1):
        now = one.released
        assert (now.all == year.due(month)).all()
        assert not (now.shown & now.hidden).any()
        assert (now.shown & before.all == before.shown).all()
        assert (now.hidden & before.all == before.hidden).all()
        assert not (one.hidden & before.all).any()
        assert not now.hidden[year.cube.counts == 0].any()  # zeros are published
        before = now


@SLOW
@given(towns())
def test_a_reader_who_knows_that_zeros_are_told_knows_no_protected_cell(year):
    views = year.views(few)
    last = grown(year, 4, floors=np.ones(len(year.cube.keys), dtype=np.int64))[-1].released
    for view in views:
        hidden = np.flatnonzero(view.protected & last.hidden)
        assert (openness(year.cube, view, last, hidden, floor=1) >= K - 1e-6).all()
        assert not (view.protected & last.shown).any()


@SLOW
@given(towns())
def test_an_independent_attacker_knows_no_protected_cell_whoever_reads(year):
    """After the last month a reader knows all that it knew before: nothing else need be tried."""
    assert closed_cells(year, grown(year, 6)[-1].released, year.views(few)) == []


@SLOW
@given(towns())
def test_every_protected_cell_has_its_proof_for_every_reader(year):
    views = {view.name: view for view in year.views(few)}
    last = grown(year, 6)[-1]
    wanted = {
        (name, int(cell))
        for name, view in views.items()
        for cell in np.flatnonzero(view.protected & last.released.all)
    }
    assert {(proof.reader, proof.cell) for proof in last.proofs} == wanted
    for proof in last.proofs:
        assert proof.high - proof.low >= K - 1e-6
        assert proof.low + 1e-6 >= 0
        assert proof.low <= views[proof.reader].counts[proof.cell] <= proof.high


def test_with_the_guard_off_the_attacker_finds_cells():
    """Hiding the small cells alone, as everybody sees them, is not enough for anybody."""
    year = a_town(qpv=3, themes=3, seed=2)
    views = year.views(few)
    here = year.due(6)
    small = np.logical_or.reduce([view.protected for view in views]) & here
    assert closed_cells(year, Released(here & ~small, small), views)
    public = views[0].protected & here  # nobody thinks of what organisations know
    alone = grow(year.cube, views[:1], Released.nothing(year.cube), here, K)
    assert (alone.primary == public).all()
    assert closed_cells(year, alone.released, views[:1]) == []
    assert {name for name, _ in closed_cells(year, alone.released, views)} - {EVERYBODY}


def test_the_attack_of_a_table_agrees():
    year = a_town(qpv=3, themes=3, seed=5)
    last = grown(year, 12)[-1]
    released = last.released
    for view in year.views(few):
        cube = replace(year.cube, counts=view.counts)
        attack = Attack(cube, released.hidden)
        cells = np.flatnonzero(view.protected)[::7]
        own = [attack.bounds(int(cell)).width for cell in cells]
        assert min(own, default=K) >= K - 1e-6
        bounded = [one.cell for one in last.proofs if one.reader == view.name and not one.whole]
        assert all(attack.witnesses(cell, K) is not None for cell in bounded[::9])
        other = openness(year.cube, view, released, cells)
        assert np.allclose(np.minimum(own, 1e6), np.minimum(other, 1e6))


def a_town(qpv, themes, seed, teams=("north", "south"), draw=0):
    """Return an invented year: 13 outings a month in each QPV, teams that share every second.

    About 0.15 observation per outing and theme; another `draw` is another year of the same town.
    """
    rng, chance = np.random.default_rng(seed), np.random.default_rng((seed, draw))
    rows = []
    for place in range(qpv):
        level = rng.gamma(2, 0.5)
        there = teams if place % 2 else teams[:1]
        for theme in range(themes):
            each = level * rng.gamma(2, 0.5) * 0.15 * 13 / len(there)
            for month, team in itertools.product(range(1, 13), there):
                count = int(chance.poisson(each))
                outings = min(count, int(chance.integers(1, 13)))
                rows.append(
                    (f"q{place:02d}", f"t{theme:02d}", f"2025-{month:02d}", count, outings, team)
                )
    return Year(
        pd.DataFrame(rows, columns=list(COLUMNS)),
        tuple(f"q{place:02d}" for place in range(qpv)),
        tuple(f"t{theme:02d}" for theme in range(themes)),
        "2025",
    )


def least_cost(year, views, released, new, primary):
    """Search through every choice of new cells, with the independent attacker."""
    may = np.flatnonzero(new & ~primary & (year.cube.counts > 0))
    choices = itertools.chain.from_iterable(
        itertools.combinations(may, size) for size in range(len(may) + 1)
    )
    cost = year.cube.costs
    for choice in sorted(choices, key=lambda some: cost[list(some)].sum()):
        hidden = released.hidden | primary
        hidden[list(choice)] = True
        here = released.all | new
        if not closed_cells(year, Released(here & ~hidden, hidden), views):
            return cost[list(choice)].sum()
    return None


@settings(SLOW, max_examples=4)
@given(towns(months=3))
def test_no_choice_of_a_release_costs_less(year):
    views = year.views(few)
    released = Released.nothing(year.cube)
    for month in (1, 2):
        new = year.due(month) & ~year.due(month - 1)
        one = grow(year.cube, views, released, new, K)
        may = new & ~one.primary & (year.cube.counts > 0)
        assume(may.sum() <= 6)
        assert one.cost == pytest.approx(one.least)
        assert one.cost == pytest.approx(least_cost(year, views, released, new, one.primary))
        released = one.released


@SLOW
@given(towns())
def test_hiding_every_new_cell_always_protects(year):
    """Whatever was released month after month, there is a choice: all that is new."""
    views = year.views(few)
    before = Released.nothing(year.cube)
    for month, one in enumerate(grown(year, 3), start=1):
        new = year.due(month) & ~year.due(month - 1) & (year.cube.counts > 0)
        zeros = year.due(month) & ~before.all & ~new
        everything = Released(before.shown | zeros, before.hidden | new)
        assert closed_cells(year, everything, views) == []
        before = one.released


def test_the_same_input_gives_the_same_pattern():
    year = a_town(qpv=4, themes=4, seed=1)
    first, second = (grown(year, 6) for _ in range(2))
    assert all((a.hidden == b.hidden).all() for a, b in zip(first, second, strict=True))


def test_a_cell_to_protect_that_was_shown_is_refused():
    year = a_town(qpv=2, themes=2, seed=1)
    here = year.due(1)
    everything = Released(here, ~here & False)
    with pytest.raises(DisclosureError, match="was shown before"):
        grow(year.cube, year.views(few), everything, year.due(2) & ~here, K)


def test_what_was_told_already_stops_no_release_and_what_is_new_stays_open():
    year = a_town(qpv=2, themes=2, seed=1)
    here, views = year.due(1), year.views(few)
    small = views[0].protected & here
    alone = Released(here & ~small, small)  # nothing hidden beside them
    assert closed_cells(year, alone, views[:1])
    lost = closed_cells(year, alone, views[:1])
    grown_on = grow(year.cube, views[:1], alone, year.due(2) & ~here, K)
    assert grown_on.hidden.any()
    assert closed_cells(year, grown_on.released, views[:1]) == lost


def test_a_sum_without_its_parts_is_refused():
    year = a_town(qpv=2, themes=2, seed=1)
    quarter = np.array([key[2].endswith("Q1") for key in year.cube.keys])
    with pytest.raises(DisclosureError, match="without its parts"):
        grow(year.cube, year.views(few), Released.nothing(year.cube), year.due(2) | quarter, K)


def test_outings_add_up_over_months_and_teams_but_not_over_themes():
    rows = [
        ("A", "x", "2025-01", 6, 1, "north"),
        ("A", "y", "2025-01", 7, 1, "north"),
        ("A", "x", "2025-02", 6, 1, "north"),
        ("A", "x", "2025-02", 6, 2, "south"),
    ]
    year = Year(pd.DataFrame(rows, columns=list(COLUMNS)), ("A",), ("x", "y"), "2025")
    known = dict(zip(year.cube.keys, year.cube.outings, strict=True))
    assert known["A", "x", "2025-01"] == 1
    assert known["A", TOTAL, "2025-01"] == 1
    assert known["A", "x", "2025-02"] == 3
    assert known["A", TOTAL, "2025-Q1"] == 4
    assert known[TOTAL, TOTAL, TOTAL] == 4
    counts = dict(zip(year.cube.keys, year.cube.counts, strict=True))
    assert counts["A", TOTAL, "2025-01"] == 13
    assert counts[TOTAL, "x", TOTAL] == 18
    for total, parts in year.cube.sums:
        assert year.cube.counts[total] == year.cube.counts[list(parts)].sum()
    south = {view.name: view for view in year.views(few)}["south"]
    assert south.counts[year.cube.keys.index(("A", "x", "2025-02"))] == 6
    assert south.protected[year.cube.keys.index(("A", "x", "2025-02"))]  # one outing of north


def test_a_row_of_another_site_is_refused():
    rows = pd.DataFrame([("Z", "x", "2025-01", 6, 1, "north")], columns=list(COLUMNS))
    with pytest.raises(SchemaError):
        _ = Year(rows, ("A",), ("x",), "2025").cube


def test_quarters_and_the_year_are_due_when_their_last_month_is_over():
    year = a_town(qpv=2, themes=2, seed=1)
    due = [
        {key[2] for key, one in zip(year.cube.keys, year.due(m), strict=True) if one}
        for m in (2, 3, 12)
    ]
    assert due[0] == {"2025-01", "2025-02"}
    assert due[1] == {"2025-01", "2025-02", "2025-03", "2025-Q1"}
    assert TOTAL in due[2]
    assert year.due(12).all()


def test_levels_come_from_published_totals_alone():
    totals = {("A", "x"): 120, ("A", "y"): 119, ("B", "x"): 40, ("B", "y"): 39, ("C", "x"): None}
    assert coarsen(totals, K) == {
        ("A", "x"): "month",
        ("A", "y"): "quarter",
        ("B", "x"): "quarter",
        ("B", "y"): "year",
        ("C", "x"): "year",
    }


@SLOW
@given(towns(), st.randoms(use_true_random=False))
def test_coarse_cells_are_never_shown_and_are_protected_like_others(year, random):
    levels = {
        (qpv, theme): random.choice(coarsening.LEVELS) for qpv in year.qpv for theme in year.themes
    }
    never = coarsening.finer(year.cube, levels)
    last = grown(year, 6, finer=never)[-1].released
    assert not (last.shown & never).any()
    assert closed_cells(year, last, year.views(few)) == []


def test_a_view_with_nothing_to_protect_costs_nothing():
    year = a_town(qpv=2, themes=2, seed=1)
    views = year.views(few)
    nobody = View("nobody", np.zeros_like(year.cube.counts), views[0].protected & False)
    new = year.due(1)
    first = grow(year.cube, views, Released.nothing(year.cube), new, K)
    again = grow(year.cube, (*views, nobody), Released.nothing(year.cube), new, K)
    assert (first.hidden == again.hidden).all()
    assert {proof.reader for proof in again.proofs} <= {view.name for view in views}


def test_small_cells_of_everybody_are_those_of_a_table():
    year = a_town(qpv=3, themes=2, seed=4)
    assert (year.views(few)[0].protected == small_cells(year.cube, K)).all()


SITES = {"corse": 2, "loire": 19, "moselle": 24}
TEAMS = {"moselle": ("north", "south")}


@pytest.mark.verify
@pytest.mark.parametrize(
    ("site", "coarse"),
    [*((one, False) for one in SITES), (min(SITES, key=SITES.__getitem__), True)],
)
def test_a_year_of_twelve_themes_grows(site, coarse, record_property, capsys):
    """The cube of the three sites: each release is the best one, and everything has its proof."""
    year = a_town(SITES[site], 12, seed=7, teams=TEAMS.get(site, ("one",)))
    views = year.views(few)
    never = None
    if coarse:  # from the year before, as it was published: its small totals were hidden
        last = a_town(SITES[site], 12, seed=7, teams=TEAMS.get(site, ("one",)), draw=1)
        small = np.logical_or.reduce([view.protected for view in last.views(few)])
        cells = zip(last.cube.keys, last.cube.counts, small, strict=True)
        totals = {
            key[:2]: None if hidden else int(count)
            for key, count, hidden in cells
            if key[2] == TOTAL
        }
        never = coarsening.finer(year.cube, coarsen(totals, K))
    floors = np.full(len(year.cube.keys), 0 if coarse else 1)  # zeros are told
    released, cost, times = Released.nothing(year.cube), 0.0, []
    for month in range(1, 13):
        started = process_time()
        new = year.due(month) & ~year.due(month - 1)
        one = grow(year.cube, views, released, new, K, finer=never, floors=floors)
        times.append(round(process_time() - started, 1))
        assert one.cost == pytest.approx(one.least)
        assert all(proof.high - proof.low >= K - 1e-6 for proof in one.proofs)
        released, cost = one.released, cost + one.cost
    sample = np.random.default_rng(1)
    for view in (view for view in views if view.protected.any()):
        cells = sample.choice(np.flatnonzero(view.protected), 5, replace=False)
        open_by = openness(year.cube, view, released, cells, 0 if coarse else 1)
        assert (open_by >= K - 1e-6).all()
    figures = {
        "cells": len(year.cube.keys),
        "readers": len(views),
        "cost": cost,
        "share_visible": round(released.share_visible, 3),
        "observations_visible": int(year.cube.counts[released.shown].sum()),
        "processor_s": times,
    }
    record_property(site, figures)
    with capsys.disabled():
        print(site, "coarse" if coarse else "fine", figures)
