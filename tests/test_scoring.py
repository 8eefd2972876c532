"""Weekly counts against their own past: closed forms, levels, drift, and the command."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from in_process import command_without_store  # noqa: F401 - a fixture
from scipy import stats
from simulated_weeks import HISTORY, learnt, quiet_weeks
from simulated_weeks import USUAL as OUTINGS

from observatoire.scoring import (
    ALERT,
    BLIND,
    CONFIRMED,
    DRIFT_SIGNAL,
    NO_LEVEL,
    SHORT,
    USUAL,
    WATCH,
    Law,
    discounted,
    discoveries,
    drifts,
    pooled_dispersion,
    score,
    upper_quantile,
    upper_tail,
)
from observatoire.vigilance import Prior, Rule, replay

QUICK = settings(max_examples=40, deadline=None)
weeks = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), min_size=1, max_size=40)
LAW = Law(2.0, 2 / 0.15, dispersion=1.5)


def arrays(found):
    return tuple(np.array(column, dtype=float)[:, None] for column in zip(*found, strict=True))


@pytest.fixture(name="command")
def _command(request):
    return request.getfixturevalue("command_without_store")


@QUICK
@given(weeks, st.floats(1, 3))
def test_many_series_are_scored_as_one_alone(found, phi):
    counts, exposure = arrays(found)
    pair = np.hstack([counts, counts[::-1]]), np.hstack([exposure, exposure[::-1]])
    made = score(*pair, Law(2.0, 2 / 0.15, dispersion=phi))
    for place, order in enumerate((1, -1)):
        series = (pd.Series(one[::order, 0]) for one in (counts, exposure))
        alone = replay(*series, Prior(2.0, 2 / 0.15), Rule(dispersion=phi))
        for ours, theirs in (("expected", "expected"), ("p_upper", "p_upper"), ("q99", "q99")):
            np.testing.assert_allclose(
                getattr(made, ours)[:, place], alone[theirs], rtol=1e-9, atol=1e-12
            )


@QUICK
@given(st.floats(0.01, 400), st.floats(1.0001, 4), st.integers(0, 60), st.floats(0.5, 0.999))
def test_tails_and_quantiles_are_those_of_the_negative_binomial(mean, ratio, count, level):
    mu, v = np.array([[mean]]), np.array([[mean * ratio]])
    law = stats.nbinom(mean / (ratio - 1), 1 / ratio)
    assert upper_tail(np.array([[float(count)]]), mu, v)[0, 0] == pytest.approx(
        law.sf(count - 1), rel=1e-9, abs=1e-14
    )
    found = upper_quantile(level, mu, v)[0, 0]
    assert law.cdf(found) >= level - 1e-9
    assert found == 0 or law.cdf(found - 1) < level + 1e-9


@QUICK
@given(st.lists(st.integers(0, 8), min_size=4, max_size=30), st.sampled_from((0.95, 0.99)))
def test_without_forgetting_it_is_the_quantile_of_a_bayesian_window(seen, level):
    """φ = 1, δ = 1, no guard, one outing a week, a₀ = ½, b₀ = 0 (Riebler 2004, R's `bayes`)."""
    counts = np.array(seen, dtype=float)[:, None]
    law = Law(0.5, 0.0, discount=1.0, guard=0)
    made = score(counts, np.ones_like(counts), law)
    for week in range(1, len(seen)):
        expected = stats.nbinom.ppf(level, sum(seen[:week]) + 0.5, week / (week + 1))
        assert (made.q95 if level == 0.95 else made.q99)[week, 0] == expected


@QUICK
@given(weeks)
def test_a_week_without_outing_is_missing(found):
    counts, exposure = arrays(found)
    made = score(counts, exposure, LAW)
    still = exposure == 0
    assert np.isnan(made.p_upper[still]).all()
    assert np.isnan(made.q95[still]).all()
    assert set(made.level[still].tolist()) <= {BLIND, NO_LEVEL}
    assert not set(made.level[~still].tolist()) & {BLIND, NO_LEVEL}
    changed = score(np.where(still, 7.0, counts), exposure, LAW)
    np.testing.assert_array_equal(changed.past_events, made.past_events)
    np.testing.assert_array_equal(changed.drift, made.drift)
    hidden = score(np.where(counts > 4, np.nan, counts), exposure, LAW)
    assert (hidden.level[(counts > 4) & ~still & (hidden.level != BLIND)] == NO_LEVEL).all()


def test_blind_starts_with_the_third_week_without_outing():
    exposure = np.array([3, 0, 0, 0, 0, 2], dtype=float)[:, None]
    made = score(np.zeros_like(exposure), exposure, LAW)
    assert made.level[:, 0].tolist() == [SHORT, NO_LEVEL, NO_LEVEL, BLIND, BLIND, SHORT]


def test_an_alert_takes_three_events_and_two_outings_and_a_second_one_confirms_it():
    exposure = np.full((20, 1), 3.0)
    counts = np.zeros_like(exposure)
    counts[[12, 14]] = 7
    made = score(counts, exposure, LAW)
    assert made.level[11:15, 0].tolist() == [USUAL, ALERT, USUAL, CONFIRMED]
    one = np.ones_like(exposure)
    assert score(counts, exposure, LAW, one).level[12, 0] == WATCH
    few = np.zeros_like(exposure)
    few[12] = 2
    assert score(few, exposure, Law(0.1, 60.0)).level[12, 0] == WATCH


def test_a_week_keeps_its_discoveries_alone():
    rare = np.array([[0.001, 0.009, 0.9, np.nan], [0.09, np.nan, np.nan, np.nan]])
    assert discoveries(rare).tolist() == [[True, True, False, False], [True, False, False, False]]
    assert not discoveries(np.array([[0.009, *[0.9] * 99]])).any()
    counts, exposure = np.zeros((15, 300)), np.full((15, 300), 3.0)
    counts[13, 0] = 4  # rare by itself, not among three hundred
    made = score(counts, exposure, Law(4.0, 20.0))
    assert made.p_upper[13, 0] < 0.01
    assert made.level[13, 0] == ALERT


def test_a_slow_rise_adds_up_to_a_signal_and_starts_again():
    counts, mean = np.full((40, 1), 2.0), np.full((40, 1), 1.0)
    sums = drifts(counts, mean, 1.0)
    step = 2 * np.log(2) - 1
    assert sums[0, 0] == pytest.approx(step)
    first = int(np.argmax(sums[:, 0] >= DRIFT_SIGNAL))
    assert first == int(np.ceil(DRIFT_SIGNAL / step)) - 1
    assert sums[first + 1, 0] == pytest.approx(step)
    made = score(counts, np.full((40, 1), 3.0), Law(4.0, 20.0, discount=0.999))
    assert made.level[(made.drift >= DRIFT_SIGNAL)[:, 0], 0].min(initial=WATCH) >= WATCH


@QUICK
@given(weeks, st.integers(0, 3))
def test_the_past_is_the_discounted_sum_beyond_the_guard(found, guard):
    counts, _ = arrays(found)
    sums = discounted(counts, Law(0, 0, guard=guard))
    for t in range(len(found)):
        expected = sum(0.98 ** (t - s) * counts[s, 0] for s in range(t - guard))
        assert sums[t, 0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("counts", "exposure", "law"),
    [
        ([[-1.0]], [[1.0]], LAW),
        ([[0.5]], [[1.0]], LAW),
        ([[1.0]], [[-1.0]], LAW),
        ([[1.0]], [[np.nan]], LAW),
        ([[1.0]], [[1.0, 1.0]], LAW),
        ([[1.0]], [[1.0]], Law(1, 1, dispersion=0.9)),
        ([[1.0]], [[1.0]], Law(1, 1, dispersion=np.inf)),
        ([[1.0]], [[1.0]], Law(1, np.inf)),
        ([[1.0]], [[1.0]], Law(np.nan, 1)),
        ([[1.0]], [[1.0]], Law(-1, 1)),
        ([[1.0]], [[1.0]], Law(1, 1, discount=1.1)),
        ([[1.0]], [[1.0]], Law(1, 1, guard=-1)),
    ],
)
def test_what_is_no_count_is_refused(counts, exposure, law):
    with pytest.raises(ValueError, match=r"count|exposure|dispersion|discount"):
        score(np.array(counts), np.array(exposure), law)


def test_the_dispersion_of_a_theme_is_that_of_its_counts():
    draw = np.random.default_rng(5)
    exposure = draw.poisson(3.0, (300, 60)).astype(float)
    mean = exposure * draw.gamma(4.0, 0.2, 60)
    assert pooled_dispersion(draw.poisson(mean).astype(float), exposure) == pytest.approx(
        1, abs=0.05
    )
    spread = draw.poisson(mean * draw.gamma(1.0, 1.0, mean.shape)).astype(float)
    told = 1 + (mean[exposure > 0]).mean()  # variance μ + μ² over μ
    assert pooled_dispersion(spread, exposure) == pytest.approx(told, rel=0.05)
    hidden = np.where(exposure > 4, np.nan, spread)
    few = np.where(exposure > 4, 0.0, exposure)
    assert pooled_dispersion(hidden, exposure) == pooled_dispersion(spread, few)
    assert pooled_dispersion(np.zeros((4, 2)), np.zeros((4, 2))) == 1


@pytest.mark.parametrize("size", [None, 3.0])
def test_false_alarms_are_few_also_where_effort_doubles(size):
    """Ten territories: at most 7 in 1 000 weeks of a series, 20 where outings double."""
    every, doubled = [], []
    for seed in range(10):
        counts, outings = quiet_weeks(seed, size)
        made = score(counts, outings, learnt(counts, outings))
        alarms, effort = (made.level >= ALERT)[HISTORY:], outings[HISTORY:]
        every.append(alarms[effort > 0])
        doubled.append(alarms[effort >= 2 * OUTINGS])
    assert 0 < np.concatenate(every).mean() <= 0.007
    assert np.concatenate(doubled).mean() <= 0.020


# --- the command ------------------------------------------------------------------------------

LINES = ["week,outings,a", *(f"{week},{week % 4},{week % 3}" for week in range(1, 31))]


@pytest.fixture
def series(tmp_path):
    def write(lines):
        file = tmp_path / "series.csv"
        file.write_text("\n".join(lines) + "\n", "utf-8")
        return str(file)

    return write


def test_the_command_answers_each_week(series, command):
    asked = ("veille", "score", series(LINES), "--count", "a", "--exposure", "outings")
    found = json.loads(command(*asked, "--json").out)["weeks"]
    assert [one["week"] for one in found] == list(range(1, 31))
    assert list(found[0]) == ["week", "A", "B", "mean", "var", "p_upper", "q95", "q99", "level"]
    assert found[3]["p_upper"] is found[3]["level"] is None  # nobody went out
    assert found[4]["level"] == SHORT
    assert found[29]["level"] == USUAL
    assert "données insuffisantes" in command(*asked).out


@pytest.mark.parametrize("phi", ["1", "1.5"])
def test_the_command_gives_the_closed_form_of_r_to_1e_12(reference_data, command, phi):
    folder = reference_data / "alerts"
    expected = pd.read_csv(folder / f"gamma_poisson_R_a_phi{phi}.csv")
    done = command(
        *("veille", "score", str(folder / "synthetic_outings.csv"), "--count", "a"),
        *("--exposure", "outings", "--a0", "2", "--b0", repr(2 / 0.15), "--phi", phi, "--json"),
    )
    found = pd.DataFrame(json.loads(done.out)["weeks"]).astype(float)
    for name in ("week", "A", "B", "mean", "var", "p_upper", "q95", "q99"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "weeks",
    [
        ("2025-W52", "2026-W01"),
        ("2026-03-23", "2026-03-30"),
        ("8", "9"),
        ("semaine a", "semaine b"),
    ],
)
def test_weeks_are_named_in_any_of_four_ways(series, command, weeks):
    lines = ["week,outings,a", *(f"{week},3,1" for week in weeks)]
    done = command(
        *("veille", "score", series(lines), "--count", "a", "--exposure", "outings", "--json")
    )
    assert [str(one["week"]) for one in json.loads(done.out)["weeks"]] == list(weeks)


@pytest.mark.parametrize("option", ["--a0", "--b0", "--phi"])
@pytest.mark.parametrize("value", ["inf", "nan"])
def test_a_law_without_end_is_refused(series, command, option, value):
    asked = ("veille", "score", series(LINES), "--count", "a", "--exposure", "outings")
    done = command(*asked, option, value)
    assert done.code == 2
    assert option in done.err


REFUSED = {
    "no column": (["week,outings,b", "1,2,3"], "« a »"),
    "half a count": (["week,outings,a", "1,2,3", "2,2,1.5"], "ligne 2"),
    "below zero": (["week,outings,a", "1,2,-3"], "ligne 1"),
    "words": (["week,outings,a", "1,deux,3"], "texte"),
    "no outings": (["week,outings,a", "1,,3"], "sorties"),
    "fewer than no outing": (["week,outings,a", "1,-1,3"], "sorties"),
    "a number left out": (["week,outings,a", "1,3,0", "2,3,0", "4,3,0"], "ligne 3"),
    "a week twice": (["week,outings,a", "1,3,0", "1,3,0"], "ligne 2"),
    "a week left out": (["week,outings,a", "2025-W52,3,0", "2026-W02,3,0"], "ligne 2"),
    "a day too far": (["week,outings,a", "2026-01-05,3,0", "2026-01-13,3,0"], "ligne 2"),
    "two ways to name": (["week,outings,a", "2026-W01,3,0", "2,3,0"], "ligne 2"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_series_that_makes_no_sense_is_refused_in_french(series, command, case):
    lines, said = REFUSED[case]
    done = command("veille", "score", series(lines), "--count", "a", "--exposure", "outings")
    assert done.code == 1
    assert said in done.err
    assert len(done.err.strip().splitlines()) <= 2
