"""A rule of vigilance replayed: the past foretells, the guard hides nothing, no outing is blind."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.labels.typography import faults
from observatoire.vigilance import LEVELS, Prior, Rule, level_words, prior_of, replay

weeks = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 6)), min_size=1, max_size=40).map(
    lambda found: [(y if e else 0, e) for y, e in found]
)
PRIOR = Prior(2.0, 2.0 / 0.15)


def columns(found):
    return (
        pd.Series([y for y, _ in found], dtype=float),
        pd.Series([e for _, e in found], dtype=float),
    )


@given(weeks, st.floats(1, 3))
def test_only_the_past_beyond_the_guard_counts_and_its_sums_are_the_formula(found, dispersion):
    rule = Rule(dispersion=dispersion)
    events, outings = columns(found)
    made = replay(events, outings, PRIOR, rule)
    for t in range(len(found)):
        past = [(0.98 ** (t - s), *found[s]) for s in range(t - 2)]
        assert made["past_events"][t] == pytest.approx(2 + sum(w * y for w, y, _ in past))
        looked = PRIOR.exposure + sum(w * e for w, _, e in past)
        assert made["past_exposure"][t] == pytest.approx(looked)
    later = replay(events, outings.mask(outings.index == len(found) - 1, 5.0), PRIOR, rule)
    pd.testing.assert_frame_equal(made.iloc[:-1], later.iloc[:-1])


@given(weeks)
def test_a_period_without_outing_is_blind_and_a_hidden_count_is_no_zero(found):
    events, outings = columns(found)
    made = replay(events, outings, PRIOR)
    assert ((made["level"] == "blind") == (outings == 0)).all()
    assert made.loc[outings == 0, ["expected", "p_upper", "q95"]].isna().all().all()
    hidden = replay(events.where(events.index != 0), outings, PRIOR)
    without = replay(events, outings.where(outings.index != 0, 0.0), PRIOR)
    pd.testing.assert_series_equal(hidden["past_exposure"], without["past_exposure"])
    assert hidden["level"][0] == ("unknown" if outings[0] else "blind")


@given(weeks)
def test_more_seen_is_rarer(found):
    events, outings = columns(found)
    one, more = replay(events, outings, PRIOR), replay(events + (outings > 0), outings, PRIOR)
    last = len(found) - 1
    if outings[last]:
        # the past of the last period is not the same in the two: only the first three are alone
        alone = [rank for rank in range(min(3, len(found))) if outings[rank]]
        assert all(more["p_upper"][rank] < one["p_upper"][rank] + 1e-12 for rank in alone)
    assert one["p_upper"].dropna().between(0, 1).all()
    assert (one["q95"].dropna() <= one["q99"].dropna()).all()


def test_levels_need_a_past_of_ones_own_and_three_events():
    outings = pd.Series([3.0] * 12)
    quiet = pd.Series([0.0] * 11 + [6.0])
    made = replay(quiet, outings, PRIOR)
    assert made["level"].iloc[0] == "short"
    assert made["level"].iloc[10] == "usual"
    assert made["level"].iloc[11] == "alert"
    two = replay(quiet.where(quiet == 0, 2.0), outings * 0.5, Prior(0.5, 60.0))
    assert two["level"].iloc[11] == "watch"
    assert two["p_upper"].iloc[11] < 0.01


def test_a_theme_is_learnt_from_all_places_and_is_never_impossible():
    places = pd.Series([2.0, 10.0, 4.0]), pd.Series([20.0, 20.0, 40.0])
    prior = prior_of(*places)
    assert prior.events / prior.exposure == pytest.approx(16 / 80)
    assert 3 <= prior.exposure <= 60
    none = prior_of(pd.Series([0.0, 0.0]), pd.Series([5.0, 5.0]))
    assert none.events > 0
    with pytest.raises(ValueError, match="no place"):
        prior_of(pd.Series([np.nan]), pd.Series([3.0]))


def test_false_alerts_are_as_rare_as_promised_where_nothing_changes():
    """120 places, 60 weeks, one rate each; three standard errors over p < .01 of exact tails."""
    rng = np.random.default_rng(20230314)
    raised = looked = 0
    for _ in range(120):
        outings = pd.Series(rng.integers(0, 6, 60), dtype=float)
        events = pd.Series(rng.poisson(rng.gamma(2.0, 0.075) * outings), dtype=float)
        made = replay(events, outings, PRIOR)
        told = made[made["level"].isin(["usual", "watch", "alert"])]
        raised, looked = raised + int((told["p_upper"] < 0.01).sum()), looked + len(told)
    assert raised / looked <= 0.01 + 3 * np.sqrt(0.01 * 0.99 / looked)


@pytest.mark.parametrize(("phi", "name"), [(1.0, "1"), (1.5, "1.5")])
def test_the_closed_form_of_r_to_1e_12(reference_data, phi, name):
    expected = pd.read_csv(reference_data / "alerts" / f"gamma_poisson_R_a_phi{name}.csv")
    made = replay(
        expected["y"].astype(float), expected["E"].astype(float), PRIOR, Rule(dispersion=phi)
    )
    pairs = {
        "past_events": "A",
        "past_exposure": "B",
        "expected": "mean",
        "variance": "var",
        "p_upper": "p_upper",
        "p_mid": "p_mid",
        "q95": "q95",
        "q99": "q99",
    }
    for ours, theirs in pairs.items():
        np.testing.assert_allclose(made[ours], expected[theirs], rtol=1e-12, atol=1e-12)


def test_every_level_has_words():
    assert [faults(level_words(level)) for level in LEVELS] == [()] * len(LEVELS)
