"""Squares merged upward: what each reader can tell of what was not told."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from observatoire.codes import CELL_SIDES, Cell, read_cell
from observatoire.disclosure.quadtree import (
    MONTHS,
    Least,
    Squares,
    Tally,
    count_bags,
    merge_upward,
    parent,
)
from observatoire.disclosure.site_years import COUNTS, SQUARES

QPV = "QP042001"
TEAMS = ("a", "b")
LEAST = Least(5, 2)
MONTH = ("2025-01", "2025-02", "2025-03")
NORTH, EAST = 2000 * 1600, 2400 * 1600
CELLS = [
    Cell(3035, 200, NORTH + 200 * row, EAST + 200 * column)
    for row, column in product(range(4), range(4))
]
CELLS += [Cell(3035, 400, NORTH + 400, EAST)]

rows = st.dictionaries(
    st.tuples(st.sampled_from([*CELLS, None]), st.sampled_from(MONTH), st.sampled_from(TEAMS)),
    st.integers(1, 9),
    max_size=40,
)


def tables(seen):
    """Return the counts and the squares of a QPV that what each team saw makes."""
    own = pd.DataFrame(
        [
            ("terrain.jeux", QPV, month, cell.code if cell else "", team, number, 9, min(number, 2))
            for (cell, month, team), number in seen.items()
        ],
        columns=["indicator", "zone", "month", "square", "organisation", *COUNTS[4:]],
    )
    both = pd.concat([own, own.assign(organisation="")], ignore_index=True)
    numbers = {"observations": "sum", "outings": "max", "reports": "sum"}
    keys = ["indicator", "zone", "month", "organisation"]
    counts = both.groupby(keys, as_index=False).agg(numbers)
    squares = (
        both[both["square"] != ""]
        .groupby(["zone", "month", "square", "organisation"], as_index=False)
        .agg({"observations": "sum", "reports": "sum"})
    )
    return counts[list(COUNTS)], squares[list(SQUARES)]


def held(seen, cell):
    """Return what was written down with a square inside one."""
    return {key: n for key, n in seen.items() if key[0] is not None and inside(key[0], cell)}


def inside(one, cell):
    while one.size_m < cell.size_m:
        one = parent(one)
    return one == cell


def region(told, one):
    """Return which square that is told holds a square: the finest of those around it."""
    around = [cell for cell in told.counts if one is not None and inside(one, cell)]
    return min(around, key=lambda cell: cell.size_m, default=None)


@settings(max_examples=40, deadline=None)
@given(rows)
def test_each_square_that_is_told_passes_for_each_reader(seen):
    bags = count_bags(*tables(seen))
    assert bags is not None
    told = merge_upward(*bags, LEAST)
    if told is None:
        return
    assert sum(told.counts.values()) + told.rest == sum(seen.values())
    found = {}
    for (cell, month, team), number in seen.items():
        found.setdefault(region(told, cell), []).append((month, team, number))
    for place, own in found.items():
        for without in (None, *TEAMS):
            left = [(month, n) for month, team, n in own if team != without]
            assert not left or sum(n for _, n in left) > LEAST.k
            assert not left or len({month for month, _ in left}) >= MONTHS
        count = told.rest if place is None else told.counts[place]
        assert count == sum(n for *_, n in own)


@settings(max_examples=40, deadline=None)
@given(rows)
def test_wider_squares_are_sums_of_those_that_are_told(seen):
    told = merge_upward(*count_bags(*tables(seen)), LEAST)
    if told is None:
        return
    for side in CELL_SIDES:
        wide = told.coarsened(side)
        assert all(cell.size_m >= side for cell in wide.counts)
        assert sum(wide.counts.values()) == sum(told.counts.values())
        assert wide.rest == told.rest
        for cell, count in wide.counts.items():
            kept = [
                n
                for one, n in told.counts.items()
                if one == cell or (cell.size_m == side and inside(one, cell))
            ]
            assert count == sum(kept)


@settings(max_examples=40, deadline=None)
@given(rows)
def test_a_reader_cannot_tell_a_small_count_of_a_square_and_a_month(seen):
    """Linear bounds of each (square, month) of the others, from the squares and the months."""
    told = merge_upward(*count_bags(*tables(seen)), LEAST)
    if told is None:
        return
    places = sorted({region(told, key[0]) for key in seen}, key=str)
    for without in (None, *TEAMS):
        table = np.zeros((len(places), len(MONTH)))
        for (cell, month, team), number in seen.items():
            if team != without:
                table[places.index(region(told, cell)), MONTH.index(month)] += number
        monthly = table.sum(axis=0)
        if ((monthly > 0) & (monthly < LEAST.k)).any():
            continue  # such months would not be told
        for place, month in zip(*np.nonzero((table > 0) & (table < LEAST.k)), strict=True):
            low, high = bounds(table, place, month)
            assert high - low >= LEAST.k - 1e-6


def bounds(table, place, month):
    shape = table.shape
    sums, totals = [], []
    for axis in (0, 1):
        for index in range(shape[axis]):
            mask = np.zeros(shape)
            mask[(index, slice(None)) if axis == 0 else (slice(None), index)] = 1
            sums.append(mask.ravel())
            totals.append((mask * table).sum())
    aim = np.zeros(shape)
    aim[place, month] = 1
    return [
        linprog(sign * aim.ravel(), A_eq=np.array(sums), b_eq=totals, method="highs").fun * sign
        for sign in (1, -1)
    ]


def bag(observations, months=2):
    return (Tally(observations, dict.fromkeys(MONTH[:months], 1)),)


def test_what_does_not_pass_is_counted_in_the_square_around_it():
    few, enough = CELLS[0], CELLS[1]
    told = merge_upward({few: bag(4), enough: bag(9), CELLS[4]: bag(3)}, bag(0), LEAST)
    assert told == Squares({enough: 9, parent(few): 7}, 0)


def test_a_single_month_is_not_told_and_a_small_rest_takes_the_smallest_square():
    first, second = CELLS[0], CELLS[15]
    assert merge_upward({first: bag(30, months=1)}, bag(0), LEAST) is None
    assert merge_upward({first: bag(30), second: bag(9)}, bag(2), LEAST) == Squares({first: 30}, 11)
    assert merge_upward({first: bag(30)}, bag(2), LEAST) is None


def test_a_year_in_which_nothing_was_seen_is_no_secret():
    assert merge_upward({}, bag(0), LEAST) == Squares({}, 0)
    assert merge_upward({}, bag(9), LEAST) is None


def test_squares_that_hold_more_than_the_counts_are_not_told():
    counts, squares = tables({(CELLS[0], MONTH[0], "a"): 4, (CELLS[1], MONTH[1], "b"): 4})
    assert count_bags(counts, squares) is not None
    assert count_bags(counts.assign(observations=1), squares) is None
    assert count_bags(counts[counts["organisation"] != "b"], squares) is None
    assert count_bags(counts, squares.assign(square="ailleurs")) is None


@pytest.mark.parametrize("cell", CELLS)
def test_a_square_is_read_from_its_code(cell):
    assert read_cell(cell.code) == cell
    assert inside(cell, parent(cell))
    assert read_cell(parent(cell).code) == parent(cell)
