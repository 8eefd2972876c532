"""The weekly law over simulated territories: false alarms, rises seen; EARS C2 beside it.

The reference gives no distribution of rates; the one of `simulated_weeks` is its own.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from simulated_weeks import HISTORY, USUAL, learnt, quiet_weeks, risen

from observatoire.detectors import EARS_ALARM, c2
from observatoire.scoring import ALERT, score

SEEDS = range(10)
FALSE, SEEN_OFTEN = 0.005, 0.3
CASES = {
    "NB3_RR3_hist52": (3.0, 3.0, 52, 622),
    "NB3_RR5_hist52": (3.0, 5.0, 52, 614),
    "Poisson_RR3_hist52": (None, 3.0, 52, 617),
    "NB3_RR3_hist32": (3.0, 3.0, 32, 693),
}
"""Size of the law, ratio of the rise, weeks of history, and the rises of the reference."""


def _steady(counts):
    return c2(counts, least_deviation=1.0)


def _power(size, ratio, history, statistic):
    """Share of the rises that a statistic sees, and their number, at 5 false alarms in 1 000."""
    quiet, best = [], []
    for seed in SEEDS:
        counts, outings = quiet_weeks(seed, size)
        law = learnt(counts, outings, history)
        known = outings[history:] > 0
        quiet.append(statistic(counts, outings, law)[history:][known])
        raised, during, usual = risen(seed, size, ratio, history)
        seen = np.where(during, statistic(raised, outings, law), -np.inf).max(axis=0)
        best.append(seen[usual >= SEEN_OFTEN])
    alone, seen = np.sort(np.concatenate(quiet)), np.concatenate(best)
    bound = alone[-int(FALSE * len(alone)) - 1]
    assert (alone > bound).mean() <= FALSE
    return float((seen > bound).mean()), len(seen)


@pytest.mark.verify
@pytest.mark.parametrize("case", CASES)
def test_rises_are_seen_as_often_as_the_reference_says(reference_data, case):
    """Not lower by more than three standard errors of the difference; more than EARS C2 sees."""
    size, ratio, history, number = CASES[case]
    file = reference_data / "alerts" / "simulation_roc_equal_FA.json"
    known = json.loads(file.read_text("utf-8"))[case]["GP_exp_phi"]["PoD_at_FA5per1000"]
    law, rises = _power(size, ratio, history, lambda y, e, law: -score(y, e, law).p_upper)
    ears, _ = _power(size, ratio, history, lambda y, _e, _law: _steady(y))
    error = np.sqrt(law * (1 - law) / rises + known * (1 - known) / number)
    assert law >= known - 3 * error
    assert law > ears + 0.05


@pytest.mark.verify
@pytest.mark.parametrize("size", [None, 3.0])
def test_ears_calls_far_more_false_alarms(size):
    every, doubled = {}, {}
    for seed in SEEDS:
        counts, outings = quiet_weeks(seed, size)
        level = score(counts, outings, learnt(counts, outings)).level
        out = outings[HISTORY:]
        for name, alarms in {
            "law": level >= ALERT,
            "c2": c2(counts) > EARS_ALARM,
            "steady": _steady(counts) > EARS_ALARM,
        }.items():
            every.setdefault(name, []).append(alarms[HISTORY:][out > 0])
            doubled.setdefault(name, []).append(alarms[HISTORY:][out >= 2 * USUAL])
    often = {name: np.concatenate(found).mean() for name, found in every.items()}
    busy = {name: np.concatenate(found).mean() for name, found in doubled.items()}
    assert often["law"] <= 0.007
    assert busy["law"] <= 0.020
    assert often["c2"] > 5 * often["law"]
    assert busy["c2"] > 5 * busy["law"]
