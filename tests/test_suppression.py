"""Complementary suppression: the least cost, witnesses, hierarchies, what is refused."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from in_process import command_without_store  # noqa: F401 - a fixture

from observatoire.disclosure.suppression import (
    TOTAL,
    Attack,
    build_cube,
    slices,
    small_cells,
    suppress,
    suppress_any,
    suppress_by_slices,
)
from observatoire.errors import DisclosureError, SchemaError

K = 5
MOST_CANDIDATES = 12
SLOW = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

counts = st.sampled_from([0, 0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 20, 31])


@st.composite
def flat_tables(draw):
    """Draw a table of two or three dimensions, small enough to search through."""
    shape = draw(st.sampled_from([(2, 3), (3, 3), (3, 4), (4, 4), (2, 2, 3), (2, 2, 2)]))
    cells = draw(st.lists(counts, min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
    codes = itertools.product(*(range(size) for size in shape))
    rows = [
        (*(f"{'abc'[axis]}{code}" for axis, code in enumerate(key)), count)
        for key, count in zip(codes, cells, strict=True)
    ]
    return pd.DataFrame(rows, columns=[*"abc"[: len(shape)], "count"])


@st.composite
def tall_cubes(draw):
    """Draw QPV in two sites by theme, with the totals of sites in between."""
    quarters = {"q1": "s1", "q2": "s1", "q3": "s2", "q4": "s2"}
    keys = list(itertools.product(quarters, ("x", "y", "z")))
    cells = draw(st.lists(counts, min_size=len(keys), max_size=len(keys)))
    rows = [(*key, count) for key, count in zip(keys, cells, strict=True)]
    return build_cube(pd.DataFrame(rows, columns=["qpv", "theme", "count"]), {"qpv": quarters})


def widths(cube, hidden, cells):
    attack = Attack(cube, hidden)
    return [attack.bounds(int(cell)).width for cell in cells]


def least_cost(cube, primary):
    """Search through every choice of inner cells; None when none protects the small ones."""
    may = np.flatnonzero((cube.counts > 0) & ~primary & ~cube.margins)
    small = np.flatnonzero(primary)
    choices = itertools.chain.from_iterable(
        itertools.combinations(may, size) for size in range(len(may) + 1)
    )
    sums = [{total, *parts} for total, parts in cube.sums]
    for choice in sorted(choices, key=lambda some: cube.costs[list(some)].sum()):
        hidden = primary.copy()
        hidden[list(choice)] = True
        if any(sum(hidden[cell] for cell in one) == 1 for one in sums if primary[list(one)].any()):
            continue  # a small cell alone in a sum: no need of linear programmes
        if all(width >= K - 1e-6 for width in widths(cube, hidden, small)):
            return cube.costs[list(choice)].sum()
    return None


@SLOW
@given(flat_tables())
def test_no_choice_costs_less_than_the_one_found(rows):
    cube = build_cube(rows)
    primary = small_cells(cube, K)
    may = (cube.counts > 0) & ~primary & ~cube.margins
    assume(may.sum() <= MOST_CANDIDATES - 4)  # twelve are searched through in `verify`
    best = least_cost(cube, primary)
    found = suppress(cube, primary, K)
    assert found.feasible is (best is not None)
    if best is not None:
        assert found.cost == pytest.approx(best)
        assert not found.margins_hidden.any()


@pytest.mark.verify
@settings(SLOW, max_examples=60)
@given(flat_tables(), st.randoms(use_true_random=False))
def test_no_choice_among_twelve_costs_less_whatever_cells_cost(rows, random):
    rows = rows.assign(cost=[random.randint(1, 30) for _ in range(len(rows))])
    cube = build_cube(rows)
    primary = small_cells(cube, K)
    may = (cube.counts > 0) & ~primary & ~cube.margins
    assume(may.sum() <= MOST_CANDIDATES)
    best = least_cost(cube, primary)
    found = suppress(cube, primary, K)
    assert (found.cost if found.feasible else None) == (
        None if best is None else pytest.approx(best)
    )


def told(cube, hidden):
    """Return what is published: each cell that is shown, and which are not."""
    return np.where(hidden, -1, cube.counts)


def adds_up(cube, table):
    return all(table[total] == table[list(parts)].sum() for total, parts in cube.sums)


@SLOW
@given(tall_cubes())
def test_two_whole_tables_agree_with_all_that_is_told_and_differ_in_each_small_cell(cube):
    primary = small_cells(cube, K)
    hidden = suppress(cube, primary, K).hidden
    attack = Attack(cube, hidden)
    for cell in np.flatnonzero(primary):
        first, second = attack.witnesses(int(cell), K)
        for table in (first, second):
            assert (table >= 0).all()
            assert adds_up(cube, table)
            assert (told(cube, hidden) == np.where(hidden, -1, table)).all()
        assert abs(first[cell] - second[cell]) >= K


@SLOW
@given(tall_cubes())
def test_bounds_hold_the_truth_and_zeros_are_told(cube):
    pattern = suppress(cube, small_cells(cube, K), K)
    attack = Attack(cube, pattern.hidden)
    assert not pattern.hidden[cube.counts == 0].any()
    for cell in np.flatnonzero(pattern.hidden):
        bounds = attack.bounds(int(cell))
        assert bounds.low <= cube.counts[cell] <= bounds.high
    for cell in np.flatnonzero(pattern.primary):
        assert attack.bounds(int(cell)).width >= K


@SLOW
@given(tall_cubes())
def test_a_reader_who_knows_that_zeros_are_told_is_kept_as_far(cube):
    primary = small_cells(cube, K)
    strict, plain = (suppress(cube, primary, K, least=least) for least in (1, 0))
    if strict.feasible and plain.feasible:
        assert strict.cost >= plain.cost
    attack = Attack(cube, strict.hidden, least=1)
    for cell in np.flatnonzero(primary):
        assert attack.bounds(int(cell)).width >= K
        assert attack.bounds(int(cell)).low >= 1


@SLOW
@given(flat_tables())
def test_what_was_released_stays_shown(rows):
    cube = build_cube(rows)
    first = suppress(cube, small_cells(cube, K), K)
    shown = ~first.hidden
    again = suppress(cube, first.primary, K, shown=shown)
    assert (again.hidden == first.hidden).all()


def test_what_was_released_may_leave_nothing_to_do():
    rows = pd.DataFrame({"qpv": ["A", "B", "C"], "count": [2, 9, 20]})
    cube = build_cube(rows)
    primary = small_cells(cube, K)
    with pytest.raises(DisclosureError, match="no pattern"):
        suppress(cube, primary, K, shown=~primary)


def test_a_lonely_cell_takes_its_margin_with_it():
    """The only cell of a line that is not zero is its margin: both are hidden, or none is."""
    rows = pd.DataFrame(
        [("A", "x", 3), ("A", "y", 0), ("B", "x", 9), ("B", "y", 12)],
        columns=["qpv", "theme", "count"],
    )
    cube = build_cube(rows)
    pattern = suppress(cube, small_cells(cube, K), K)
    assert not pattern.feasible
    names = {cube.keys[cell] for cell in np.flatnonzero(pattern.margins_hidden)}
    assert ("A", TOTAL) not in names  # it is small itself
    assert pattern.primary[cube.keys.index(("A", TOTAL))]
    assert names


def test_few_outings_hide_a_cell_and_a_margin_takes_the_most_of_its_cells():
    rows = pd.DataFrame(
        [("A", "x", 30, 1), ("A", "y", 40, 9), ("B", "x", 50, 1), ("B", "y", 60, 9)],
        columns=["qpv", "theme", "count", "outings"],
    )
    cube = build_cube(rows)
    small = {cube.keys[cell] for cell in np.flatnonzero(small_cells(cube, K))}
    assert small == {("A", "x"), ("B", "x"), (TOTAL, "x")}


def test_margins_that_are_not_given_are_told_to_nobody():
    cells = [("A", "x", 3), ("A", "y", 30), ("B", "x", 40), ("B", "y", 50)]
    alone = build_cube(
        pd.DataFrame([*cells, (TOTAL, TOTAL, 123)], columns=["qpv", "theme", "count"])
    )
    pattern = suppress(alone, small_cells(alone, K), K)
    assert pattern.feasible
    assert pattern.cost == 30  # the grand total alone gives one equation
    assert int(alone.asked.sum()) == 5


def cells_of(payload):
    return {
        (cell["qpv"], cell["theme"]): (cell["status"], cell["value"], cell["lo"], cell["hi"])
        for cell in payload["cells"]
    }


@pytest.fixture
def table(tmp_path):
    def write(lines, name="table.csv"):
        file = tmp_path / name
        file.write_text("\n".join(lines) + "\n", "utf-8")
        return str(file)

    return write


LINES = ["qpv,theme,count", "A,x,3", "A,y,12", "B,x,8", "B,y,20"]


def test_the_command_answers_every_cell_and_margin(table, command):
    done = command("protect", table(LINES), "--k", "5", "--json")
    payload = json.loads(done.out)
    cells = cells_of(payload)
    assert payload["feasible"] is True
    assert payload["margins_hidden"] == []
    assert payload["cost"] == 40
    assert cells["A", "x"] == ("primary", None, 0, 11)
    assert cells["B", "y"] == ("secondary", None, 17, 28)
    assert cells["*", "*"] == ("published", 43, 43, 43)
    assert len(cells) == 9


def test_the_command_takes_margins_semicolons_costs_and_a_hierarchy(table, command):
    lines = ["qpv;theme;count;cost", "A;x;3;1", "A;y;12;1", "B;x;8;1", "B;y;20;1", "C;x;9;7"]
    above = ["dimension,code,parent", "qpv,A,s1", "qpv,B,s1", "qpv,C,s2"]
    done = command("protect", table(lines), "--hierarchy", table(above, "h.csv"), "--json")
    payload = json.loads(done.out)
    assert payload["cost"] == 3
    assert cells_of(payload)["s1", "*"] == ("published", 43, 43, 43)
    given_margins = [*LINES, "*,x,11", "*,y,32", "A,*,15", "B,*,28", "*,*,43"]
    again = json.loads(command("protect", table(given_margins), "--json").out)
    assert again == json.loads(command("protect", table(LINES), "--json").out) | {
        "cells": again["cells"]
    }
    assert cells_of(again) == cells_of(json.loads(command("protect", table(LINES), "--json").out))


def test_the_solver_says_nothing_on_the_standard_output(table):
    """HiGHS 1.16.0 wrote its name there as the process ended: the answer was no JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "observatoire.cli", "protect", table(LINES), "--json"],
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout)["cost"] == 40


def test_the_command_tells_people_in_french(table, command):
    done = command("protect", table([*LINES[:2], "A,y,0", *LINES[3:]]))
    assert "secret (voisine)" in done.out
    assert "Sans solution avec toutes ses marges" in done.out


def test_the_command_says_when_a_table_was_protected_slice_by_slice(table, command, monkeypatch):
    rows = [f"a{a},b{b},{(a + b) % 4 + 1}" for a in range(4) for b in range(4)]
    assert json.loads(command("protect", table(["a,b,count", *rows]), "--json").out)["optimal"]
    monkeypatch.setattr(slices, "MOST", -1)
    done = command("protect", table(["a,b,count", *rows]), "--json")
    payload = json.loads(done.out)
    assert payload["optimal"] is False
    small = [one for one in payload["cells"] if one["status"] == "primary"]
    assert len(small) == len(rows)
    assert all(one["hi"] - one["lo"] >= K for one in small)
    assert "tranche par tranche" in command("protect", table(["a,b,count", *rows])).out


REFUSED = {
    "no count": (["qpv,theme", "A,x"], "count"),
    "half a count": (["qpv,count", "A,3", "B,2.5"], "ligne 2"),
    "below zero": (["qpv,count", "A,3", "B,-2"], "ligne 2"),
    "too many": (["qpv,count", "A,99999999999999999999", "B,4"], "milliard"),
    "not exact any more": (["qpv,count", "A,2", "B,1000000000001"], "ligne 2"),
    "no cost": (["qpv,count,cost", "A,3,", "B,9,1"], "ligne 1"),
    "cost below zero": (["qpv,count,cost", "A,3,1", "B,9,-5"], "ligne 2"),
    "half an outing": (["qpv,count,outings", "A,9,1.5"], "ligne 1"),
    "outings below zero": (["qpv,count,outings", "A,9,-1"], "ligne 1"),
    "twice": (["qpv,count", "A,3", "A,4"], "deux fois"),
    "wrong margin": (["qpv,count", "A,3", "B,4", "*,8"], "somme"),
    "empty code": (["qpv,theme,count", "A,,3"], "vide"),
    "reserved": (["status,count", "A,3"], "réservé"),
    "no dimension": (["count,cost", "3,4"], "colonne de codes"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_table_that_makes_no_sense_is_refused_in_french(table, command, case):
    lines, said = REFUSED[case]
    done = command("protect", table(lines))
    assert done.code == 1
    assert said in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "lines",
    [
        ["dimension,code", "qpv,A"],
        ["dimension,code,parent", "other,A,s1"],
        ["dimension,code,parent", "qpv,A,s1", "qpv,A,s2"],
        ["dimension,code,parent", "qpv,*,s1"],
        ["dimension,code,parent", "qpv,s1,s2", "qpv,s2,s1"],
    ],
)
def test_a_hierarchy_that_makes_no_sense_is_refused(table, command, lines):
    done = command("protect", table(LINES), "--hierarchy", table(lines, "h.csv"))
    assert done.code == 1
    assert "Traceback" not in done.err


def test_a_cube_adds_up_along_every_dimension():
    rng = np.random.default_rng(3)
    keys = list(itertools.product(("q1", "q2", "q3"), ("x", "y"), ("01", "02", "03", "04")))
    rows = pd.DataFrame(
        [(*key, int(rng.poisson(4))) for key in keys], columns=["qpv", "theme", "month", "count"]
    )
    parents = {"month": {"01": "T1", "02": "T1", "03": "T1", "04": "T2"}}
    cube = build_cube(rows, parents)
    assert len(cube.keys) == 4 * 3 * 7
    assert adds_up(cube, cube.counts)
    own = defaultdict(int)
    for key, count in zip(cube.keys, cube.counts, strict=True):
        own[key] = count
    assert own[TOTAL, TOTAL, TOTAL] == rows["count"].sum()
    assert own["q1", TOTAL, "T1"] == rows[(rows.qpv == "q1") & (rows.month < "04")]["count"].sum()


def test_a_frame_that_makes_no_sense_names_its_row():
    with pytest.raises(SchemaError) as caught:
        build_cube(pd.DataFrame({"a": ["x", "y"], "count": [1.0, float("nan")]}))
    assert caught.value.row == 2


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=5, deadline=None)
def test_a_table_chosen_slice_by_slice_is_protected_and_costs_no_less_than_the_best(seed):
    draw = np.random.default_rng(seed)
    rows = [
        (f"q{q}", f"t{t}", f"{m:02d}", int(draw.poisson(2)))
        for q, t, m in itertools.product(range(3), range(2), range(1, 7))
    ]
    frame = pd.DataFrame(rows, columns=["qpv", "theme", "month", "count"])
    cube = build_cube(frame, {"month": {f"{m:02d}": f"T{(m + 2) // 3}" for m in range(1, 7)}})
    small = small_cells(cube, 5)
    by_slices = suppress_by_slices(cube, small, 5)
    attack = Attack(cube, by_slices.hidden)
    assert all(attack.bounds(int(cell)).width >= 5 - 1e-6 for cell in np.flatnonzero(small))
    best, optimal = suppress_any(cube, small, 5)
    assert optimal
    assert best.cost <= by_slices.cost + 1e-9


def test_a_table_too_large_for_one_choice_is_chosen_slice_by_slice(monkeypatch):
    monkeypatch.setattr(slices, "MOST", -1)
    frame = pd.DataFrame(
        [(f"a{a}", f"b{b}", (a + b) % 4 + 1) for a in range(4) for b in range(4)],
        columns=["a", "b", "count"],
    )
    cube = build_cube(frame)
    small = small_cells(cube, 5)
    pattern, optimal = suppress_any(cube, small, 5)
    assert not optimal
    attack = Attack(cube, pattern.hidden)
    assert all(attack.bounds(int(cell)).width >= 5 - 1e-6 for cell in np.flatnonzero(small))
