"""The squares of a site in the store: released with their year, read at the agreed precision."""

from __future__ import annotations

from datetime import date

import pytest
from entry_town import date_agreements
from sqlalchemy import text
from test_capture import town
from test_field_months import (
    BY,
    QPV,
    TERMS,
    YEAR,
    agree,
    ready,
    released,
    replace,
    write,
)
from visitors import signed

from observatoire import publication
from observatoire.codes import squares_edition
from observatoire.errors import DisclosureError, NotFoundError
from observatoire.protocole import Share
from observatoire.squares import draw_ground

__all__ = ["ready", "town"]  # fixtures
SHARES = (
    Share("delegate", precision="400", rhythm="monthly"),
    Share("geographer", precision="200", rhythm="now"),
    Share("copilot", precision="qpv", rhythm="now"),
)


def cells_of(store, side=200):
    with store.owner() as owner:
        ground = publication.read_boundaries(owner, "2015")
    return [one.id for one in draw_ground(QPV, ground.geometry[QPV], side).squares]


@pytest.fixture
def squares(ready):
    """Give a store where a year was written down: many in one square, few in another."""
    store, settings, items = ready
    agree(store, settings, replace(TERMS, shares=SHARES), by=BY)
    first, second = cells_of(store)[:2]
    with store.owner() as owner:
        date_agreements(owner, date(YEAR - 1, 12, 1))
        for month in range(1, 13):
            for day in range(1, 8):
                cell = first if day > 1 else ""
                write(owner, date(YEAR, month, day), item=items[day % 2], cell=cell)
        for month in (2, 5):
            write(owner, date(YEAR, month, 9), item=items[0], cell=second)
    return store, settings, first


def build(store, settings):
    for today in (date(YEAR, 6, 20), date(YEAR + 1, 1, 4), date(YEAR + 1, 2, 20)):
        released(store, settings, today)


def told(session, side):
    layer = publication.read_layer(
        session, "terrain.ensemble", period=str(YEAR), edition=squares_edition(side, "2015")
    )
    frame = layer.frame[layer.frame["status"] == "ok"]
    counts = (frame["value"] * frame["outings"].astype(float)).round()
    return {zone: int(count) for (_, zone), count in counts.items() if zone.startswith(QPV)}


def test_squares_are_told_with_their_year_as_their_months_were(squares):
    store, settings, first = squares
    released(store, settings, date(YEAR, 6, 20))
    count = text("SELECT count(*) FROM disclosure.square")
    with store.owner() as owner:
        assert owner.execute(count).scalar() > 0
        owner.execute(text("DELETE FROM capture.outing WHERE day < :day"), {"day": f"{YEAR}-05-01"})
    build(store, settings)
    with store.owner() as owner:
        fine = told(owner, 200)
        assert fine[f"{QPV}/{first}"] == 72
        assert fine[f"{QPV}/"] == 14  # the two of the second square are told of no square
        assert owner.execute(count).scalar() == 0
        wide = told(owner, 400)
    assert sum(wide.values()) == sum(fine.values()) == 86


def test_squares_are_read_at_the_agreed_precision(squares):
    store, settings, _ = squares
    build(store, settings)
    reads = {"delegate": (400,), "geographer": (200, 400), "copilot": ()}
    for role, sides in reads.items():
        door = signed(store, role, sites=("loire",), organisation="Préfecture")
        with door.session() as session:
            listed = {one.edition for one in publication.list_layers(session, "square")}
            assert listed == {squares_edition(side, "2015") for side in sides}, role
            for side in {200, 400} - set(sides):
                with pytest.raises(NotFoundError):
                    told(session, side)
            assert publication.read_layer(session, "terrain.ensemble", period=str(YEAR))
    for door in (store, signed(store, "geographer", sites=("moselle",), login="ailleurs")):
        with door.session() as session:
            assert publication.list_layers(session, "square") == []


def test_a_second_build_releases_the_same(squares):
    store, settings, _ = squares
    build(store, settings)
    with store.owner() as owner:
        before = publication.current_release(owner)
    released(store, settings, date(YEAR + 1, 3, 20))
    with store.owner() as owner:
        assert publication.current_release(owner) == before


def test_an_edited_square_is_refused_as_it_is_read(squares):
    store, settings, first = squares
    build(store, settings)
    with store.owner() as owner:
        owner.execute(
            text("UPDATE published.cell SET value = value / 2 WHERE zone = :zone"),
            {"zone": f"{QPV}/{first}"},
        )
        with pytest.raises(DisclosureError):
            told(owner, 200)


def test_all_items_together_are_read_as_late_and_coarse_as_the_item_given_least(squares):
    store, settings, _ = squares
    build(store, settings)
    late = Share("geographer", items=("tensions",), precision="qpv", rhythm="meeting")
    shares = (Share("geographer", precision="200", rhythm="now"), late)
    agree(store, settings, replace(TERMS, shares=shares), by=BY)
    with store.owner() as owner:
        date_agreements(owner, date(YEAR - 1, 12, 1))
    door = signed(store, "geographer", sites=("loire",), organisation="Préfecture")

    def listed():
        with door.session() as session:
            return {
                (one.indicator, one.edition)
                for kind in ("qpv", "square")
                for one in publication.list_layers(session, kind)
                if one.rule == "field" and one.period == str(YEAR)
            }

    before = listed()
    assert ("terrain.tensions", "2015") not in before
    assert not [name for name, _ in before if name == "terrain.ensemble"]
    with store.owner() as owner:
        owner.execute(text("SELECT desk.note_meeting('loire', CURRENT_DATE)"))
    after = listed()
    assert ("terrain.ensemble", "2015") in after
    assert not [edition for _, edition in after if edition.startswith("square")]
