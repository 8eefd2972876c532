"""The squares of a year: what each reader makes of them beside all that was told of the year."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import product

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from attacker import ALL, months_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from test_attacker import SITE, TEAMS, K, a_town, quarters, reader

from observatoire.codes import Cell, read_cell
from observatoire.disclosure import SQUARES, Rules, release_months
from observatoire.disclosure.judging import judge
from observatoire.errors import DisclosureError, NotFoundError
from observatoire.sheets import table

YEAR = "2025"
RULES = Rules(as_of=date(2026, 3, 1))
CORNER = (3_200_000, 3_840_000)


def placed_town(seed, zones=1, themes=3, side=3):
    """Draw a town whose teams wrote down a square; return it with what lies in each."""
    town, draw = a_town(seed, zones, themes, (YEAR,)), np.random.default_rng(seed)
    cells = [
        Cell(3035, 200, CORNER[0] + 200 * row, CORNER[1] + 200 * column).code
        for row, column in product(range(side), repeat=2)
    ]
    weights = draw.dirichlet(np.full(len(cells) + 1, 3.0))  # the last one: no square
    placed = Counter()
    for row in town.counts[town.counts["organisation"] != ""].itertuples():
        for cell in draw.choice([*cells, ""], row.observations, p=weights):
            placed[row.zone, row.indicator, row.month, row.organisation, str(cell)] += 1
    frame = pd.DataFrame(
        [(*key, number) for key, number in placed.items()],
        columns=["zone", "indicator", "month", "organisation", "square", "observations"],
    )
    both = pd.concat([frame, frame.assign(organisation="")])
    seen = both[both["square"] != ""].groupby(["zone", "month", "square", "organisation"])
    squares = seen["observations"].sum().reset_index().assign(reports=1)
    return replace(town, squares=squares[list(SQUARES)]), placed


def told_squares(layers, side=200):
    """Return what a reader is told of squares: count by (QPV, square)."""
    frame = next(one.frame for one in layers if one.edition == f"square-{side}-2024")
    shown = frame[frame["status"] == "ok"]
    counts = (shown["value"] * shown["outings"].astype(float)).round().astype(int)
    return {tuple(zone.split("/")): count for (_, zone), count in counts.items()}


def region(told, zone, cell):
    """Return the finest square of a QPV that is told around one; empty where there is none."""
    return min(
        (one for place, one in told if place == zone and one and cell and _holds(one, cell)),
        key=lambda one: read_cell(one).size_m,
        default="",
    )


def _holds(wide, cell):
    outer, inner = read_cell(wide), read_cell(cell)
    return inner.size_m <= outer.size_m and all(
        0 <= getattr(inner, axis) - getattr(outer, axis) < outer.size_m
        for axis in ("north", "east")
    )


def narrow(town, placed, layers, told, team=""):
    """Return the small counts of a square, by theme or by month, known to within k."""
    attacker = reader(town, layers, team)
    months, found = months_of(YEAR), []
    for zone in town.zones:
        regions = sorted({region(told, zone, key[4]) for key in placed if key[0] == zone})
        if regions == [""]:
            continue
        truth = np.zeros((len(regions), len(attacker.themes), len(months)))
        own = truth.copy()
        for (where, name, month, who, cell), number in placed.items():
            if where == zone:
                theme = attacker.themes.index(name.partition(".")[2])
                at = (regions.index(region(told, zone, cell)), theme, months.index(month))
                truth[at] += number
                own[at] += number * (who == team)
        others = truth - own
        sums, totals = [], []
        for rank, one in enumerate(regions):
            mask = np.zeros_like(truth)
            mask[rank] = 1
            sums.append(mask)
            totals.append(told.get((zone, one), 0) - (own * mask).sum())
            assert (others * mask).sum() == totals[-1]
        for (where, theme, period), count in attacker.told.items():
            if where == zone:
                mask = np.zeros_like(truth)
                rows = (
                    range(len(attacker.themes)) if theme == ALL else [attacker.themes.index(theme)]
                )
                inside = [months.index(month) for month in months_of(period)]
                mask[np.ix_(range(len(regions)), rows, inside)] = 1
                sums.append(mask)
                totals.append(count - (own * mask).sum())
        matrix = np.array([one.ravel() for one in sums])
        for aim in _aims(truth.shape):
            if 0 < (others * aim).sum() < K and _width(aim, matrix, totals) < K - 1e-6:
                found.append((zone, aim))
    return found


def _aims(shape):
    """Yield each square by theme, by month, and by both."""
    for rank, axis in product(range(shape[0]), (1, 2)):
        for index in range(shape[axis]):
            mask = np.zeros(shape)
            mask[(rank, index) if axis == 1 else (rank, slice(None), index)] = 1
            yield mask
    for index in np.ndindex(*shape):
        mask = np.zeros(shape)
        mask[index] = 1
        yield mask


def _width(aim, matrix, totals):
    ends = [
        sign * linprog(sign * aim.ravel(), A_eq=matrix, b_eq=totals, method="highs").fun
        for sign in (1, -1)
    ]
    return ends[1] - ends[0]


@pytest.fixture(scope="module", params=(2, 3))
def made(request):
    town, placed = placed_town(request.param, zones=2)
    return town, placed, release_months(town, {}, RULES)


def test_squares_add_up_to_the_figure_of_their_neighbourhood(made):
    town, _, layers = made
    told = told_squares(layers)
    assert len(told) > 5
    attacker = reader(town, quarters(layers))
    for zone in town.zones:
        total = sum(count for (where, _), count in told.items() if where == zone)
        assert total in (0, attacker.told[zone, ALL, YEAR])
    wide = told_squares(layers, side=400)
    assert sum(wide.values()) == sum(told.values())
    assert len(wide) < len(told)
    assert min(told.values()) > K


def test_no_reader_finds_a_small_count_of_a_square(made):
    town, placed, layers = made
    told = told_squares(layers)
    for team in ("", *TEAMS):
        assert narrow(town, placed, quarters(layers), told, team) == []


def test_a_reader_finds_some_where_squares_are_told_as_they_are(made):
    town, placed, layers = made
    bare = Counter()
    for (zone, _, _, _, cell), number in placed.items():
        bare[zone, cell] += number
    assert narrow(town, placed, quarters(layers), bare, TEAMS[0])


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_squares_of_any_year_hold_the_rules(seed):
    town, placed = placed_town(seed)
    layers = release_months(town, {}, RULES)
    told = told_squares(layers)
    attacker = reader(town, quarters(layers))
    assert sum(told.values()) in (0, attacker.told.get((town.zones[0], ALL, YEAR)))
    for team in ("", *TEAMS):
        left = Counter()
        for (zone, _, month, who, cell), number in placed.items():
            if who != team:
                left[zone, region(told, zone, cell), month] += number
        for where in told:
            months = [number for key, number in left.items() if key[:2] == where]
            assert not sum(months) or (sum(months) > K and len(months) > 1)


def test_squares_of_sensitive_themes_alone_hold_as_much_as_these_ask(made):
    town, _, _ = made
    sensitive = {name: replace(one, sensitive=True) for name, one in town.themes.items()}
    told = told_squares(release_months(replace(town, themes=sensitive), {}, RULES))
    assert told
    assert min(told.values()) > RULES.sensitive_k


def test_squares_of_a_year_that_was_told_without_them_stay_untold(made):
    town, _, layers = made
    held = {(one.indicator, one.period): one for one in quarters(layers)}
    assert release_months(town, held, RULES) == []


def test_a_layer_of_squares_is_no_table_of_neighbourhoods(made):
    _, _, layers = made
    squares = next(one for one in layers if one.edition == "square-200-2024")
    with pytest.raises(NotFoundError) as caught:
        table(squares, gpd.GeoDataFrame({"name": []}, geometry=[]), [])
    assert "fiche d’un quartier" in caught.value.remedy


def test_a_layer_of_squares_is_judged_as_the_others(made):
    _, _, layers = made
    squares = next(one for one in layers if one.edition == "square-200-2024")
    whole = next(
        one
        for one in layers
        if (one.indicator, one.period) == (squares.indicator, YEAR) and one.edition == "2024"
    )
    judge(squares, RULES)
    assert squares.site == SITE
    assert squares.share_visible is None
    for one, edition in ((squares, "2024"), (whole, "square-200-2024")):
        object.__setattr__(one, "edition", edition)
        with pytest.raises(DisclosureError, match="squares in a layer"):
            judge(one, RULES)
