"""How often intervals hold the true value: computed over every outcome, drawn, and documented."""

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from observatoire import coverage

METHODS = (Path(__file__).resolve().parent.parent / "docs" / "methods.md").read_text("utf-8")


def test_garwood_never_covers_less_than_it_promises():
    for level in (0.8, 0.95, 0.99):
        covered = coverage.rate_coverage("garwood", coverage.expected_grid()[::7], level=level)
        assert covered.min() >= level
        assert covered.max() <= 1 + 1e-12


def test_clopper_pearson_neither():
    for trials in (10, 47, 300):
        covered = coverage.share_coverage("clopper_pearson", trials, coverage.share_grid()[::3])
        assert covered.min() >= 0.95


@pytest.mark.parametrize("trials", [30, 45, 100, 300, 1000])
def test_wilson_covers_between_94_and_96_on_average_from_thirty_people(trials):
    covered = coverage.share_coverage("wilson", trials, coverage.share_grid())
    assert 0.94 <= covered.mean() <= 0.96
    assert 0.89 < covered.min() < 0.95  # the minimum is reported, not hidden


@pytest.mark.verify
def test_garwood_never_fails_on_the_whole_grid_nor_in_a_simulation():
    assert coverage.rate_coverage("garwood", coverage.expected_grid()).min() >= 0.95
    chance = np.random.default_rng(21)
    from observatoire.intervals import garwood

    for mean in (0.5, 3.1, 12, 47.53):
        held = garwood(chance.poisson(mean, 200_000), 1).holds(mean).mean()
        assert held >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 200_000)
        assert held == pytest.approx(coverage.rate_coverage("garwood", mean)[0], abs=3e-3)


def test_the_chart_is_the_same_bytes_twice_with_real_text():
    drawn = coverage.draw()
    assert drawn == coverage.draw()
    texts = [one.text for one in ElementTree.fromstring(drawn).iter() if one.tag.endswith("text")]
    assert "expected events" in texts
    assert any("Wilson, n = 30" in (text or "") for text in texts)


def test_the_documentation_reports_what_is_computed():
    for one in coverage.report():
        name = {"garwood_mid_p": "mid-P", "clopper_pearson": "Clopper–Pearson"}.get(
            one.method, one.method.capitalize()
        )
        trials = f"{one.trials}" if one.trials else "–"
        row = f"| {name} | {trials} | {100 * one.mean:.1f} % | {100 * one.least:.1f} % |"
        assert row in METHODS, row
    assert re.search(r"!\[[^\]]+\]\(images/coverage\.svg\)", METHODS)
