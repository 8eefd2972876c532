"""A grid replayed: what the real rules would show of it, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from conftest import Clone
from grids import a_grid, an_item
from hypothesis import given
from hypothesis import settings as few
from hypothesis import strategies as st

from observatoire import publication, replays
from observatoire.access import Access
from observatoire.disclosure import Rules
from observatoire.errors import NotFoundError
from observatoire.grille import core_items
from observatoire.grille.visibility import ENOUGH
from observatoire.periods import LEVELS, level_of
from observatoire.replays import draw_ground
from observatoire.settings import Site

LOIRE = Site("loire", "Loire", ("42",))
GRID = a_grid(items=(*core_items(), an_item("jamais_vu"), an_item("insee", collector="producteur")))
TODAY = date(2026, 11, 23)
CODES = [f"QP0420{number:02d}" for number in range(1, 13)]


def published_shares(clone: Clone, indicator: str) -> dict[str, float]:
    """Count one by one the cells that the release shows and hides in the Loire."""
    seen = {level: [0, 0] for level in LEVELS}
    with clone.access.session() as session:
        for info in publication.list_layers(session):
            if info.indicator != indicator:
                continue
            layer = publication.read_layer(
                session, indicator, period=info.period, edition=info.edition
            )
            for (_, zone), status in layer.frame["status"].items():
                if zone.startswith("QP042") and status in ("ok", "secret"):
                    seen[level_of(info.period)][status == "ok"] += 1
    return {level: shown / (shown + hidden) for level, (hidden, shown) in seen.items()}


@pytest.fixture(scope="module")
def replayed(clone: Clone):
    """The core replayed in the Loire: on the store, then on the release."""
    grid = GRID
    with clone.access.owner() as owner:
        held = replays.replay_store(owner, grid, LOIRE, today=TODAY)
    with clone.access.session() as session:
        ground = publication.read_boundaries(session, "2015")
        codes = list(ground.index[ground["department"] == "42"])
        shown = replays.replay_release(session, grid, codes)
    return held, shown


def test_a_replay_on_the_store_is_what_the_release_shows(clone, replayed):
    held, shown = replayed
    for one, other in zip(held.items[:12], shown.items[:12], strict=True):
        counted = published_shares(clone, f"terrain.{one.code}")
        assert one.shares == pytest.approx(counted, abs=1e-3), one.code
        assert other.shares == pytest.approx(counted, abs=1e-3), one.code
        assert (one.basis, other.basis) == ("demo", "published")


def test_what_nobody_collected_is_simulated_and_what_a_producer_makes_is_not_ours(replayed):
    for found in replayed:
        never, producer = found.items[12:]
        assert never.basis == "simulated"
        assert never.at_its_frequency is not None
        assert (producer.basis, producer.at_its_frequency, producer.enough) == (
            "producer",
            None,
            True,
        )
        known = [one.at_its_frequency for one in found.items if one.at_its_frequency is not None]
        assert found.visible == pytest.approx(sum(known) / len(known))


def test_an_item_hardly_seen_says_at_which_period_it_would_be(replayed):
    held, _ = replayed
    assert held.hardly_seen
    for one in held.items:
        share = one.at_its_frequency
        assert one.enough == (share is None or share >= ENOUGH)
        if one in held.hardly_seen and one.readable:
            assert LEVELS.index(one.readable) > LEVELS.index(one.frequency)
            assert one.shares[one.readable] >= ENOUGH


def test_merges_are_of_one_direction_one_sensitivity_and_gain_something(replayed):
    for found in replayed:
        hidden = {one.code: one for one in found.hardly_seen}
        assert found.merges
        for merge in found.merges:
            first, second = (GRID.item(code) for code in merge.codes)
            assert first.direction == second.direction
            assert first.sensitive == second.sensitive
            assert merge.share >= ENOUGH
            assert (merge.share * 20) == pytest.approx(round(merge.share * 20))
            for code in merge.codes:
                alone = hidden[code].readable
                assert alone is None or LEVELS.index(alone) > LEVELS.index(merge.level)


def test_nothing_but_shares_comes_out(replayed):
    def numbers(value):
        if isinstance(value, dict):
            return [one for part in value.values() for one in numbers(part)]
        if isinstance(value, list | tuple):
            return [one for part in value for one in numbers(part)]
        return [value] if isinstance(value, float) else []

    for found in replayed:
        assert all(0 <= number <= 1 for number in numbers(found.as_dict()))


def test_a_site_without_a_perimeter_is_said_so(store: Access):
    with pytest.raises(NotFoundError), store.owner() as owner:
        replays.replay_store(owner, a_grid(), LOIRE, today=TODAY)
    with pytest.raises(NotFoundError), store.session() as session:
        replays.replay_release(session, a_grid(), [])


# --- simulated ---------------------------------------------------------------------------------


def drawn(rates, weekly=3):
    every = np.ones(len(CODES))
    return draw_ground(CODES, {name: rate * every for name, rate in rates.items()}, weekly * every)


def shares(rates, items=None, weekly=3):
    made = items or [an_item(code) for code in rates]
    return replays._shares(drawn(rates, weekly), made, [item.code for item in made], Rules())


def test_the_same_rates_draw_the_same_outings():
    one, other = drawn({"a": 0.15}), drawn({"a": 0.15})
    assert one.outings.equals(other.outings)
    assert one.observations.equals(other.observations)
    weeks = 2 * 365 / 7
    assert len(one.outings) / (12 * weeks) == pytest.approx(3, rel=0.05)
    assert one.observations["count"].sum() / len(one.outings) == pytest.approx(0.15, rel=0.1)


def test_at_the_rates_to_expect_the_year_is_seen_and_the_month_is_not():
    """Three outings a week and 0.15 observation an outing (docs/methods.md)."""
    found = shares({"a": 0.15})
    assert found["month"] < 0.05
    assert found["quarter"] < 0.5
    assert found["half"] > 0.85
    assert found["year"] > 0.95


@few(max_examples=8)
@given(st.floats(0.01, 0.8), st.floats(0.05, 0.5))
def test_coarser_periods_and_two_themes_together_show_more_of_what_was_looked_at(rate, more):
    alone = shares({"a": rate})
    known = [alone[level] for level in LEVELS]
    assert all(share is not None for share in known)
    assert known == sorted(known)
    often = shares({"a": min(rate + more, 1.5)})
    assert often["year"] >= alone["year"] - 0.1


def test_a_sensitive_item_is_never_seen_by_month():
    item = an_item("a", sensitive=True)
    found = shares({"a": 2.0}, [item], weekly=8)
    assert found["month"] == 0
    assert found["quarter"] > 0.9
    assert shares({"a": 2.0}, [replace(item, sensitive=False)], weekly=8)["month"] > 0.5
