"""Field layers that hold a row of the whole site, and all themes together: files and readings."""

from __future__ import annotations

import re

import pytest
from agreed_files import FORMS, said_in_html, said_in_svg, table_of
from monthly_world import ITEMS, SITE, YEAR, monthly_world, released
from visitors import token_of

from observatoire import accounts, dossiers, estimates, exports, publication
from observatoire.accounts import note_export
from observatoire.views.comparer.files import comparison_file
from observatoire.views.doors import Doors
from observatoire.views.drawn import drawn_file
from observatoire.views.state import MapState

TOGETHER = "terrain.ensemble"


@pytest.fixture(scope="module")
def world(test_cluster, tmp_path_factory):
    with monthly_world(test_cluster, tmp_path_factory.mktemp("months")) as made:
        yield made


def doors_of(world, login="deleguee"):
    token = token_of(world.access, login) if login else None
    return Doors(world.settings, world.access).signed(token)


def layer_of(world, indicator, period=YEAR):
    with doors_of(world).access.session() as session:
        return publication.read_layer(session, indicator, period=period, edition="2015")


def shown_of(indicator, period=YEAR):
    """Return the values that were released, by QPV."""
    named = (indicator, period, "2015")
    (layer,) = [one for one in released() if (one.indicator, one.period, one.edition) == named]
    frame = layer.frame
    frame = frame[frame.index.get_level_values("zone_kind") == "qpv"].droplevel("zone_kind")
    return frame["value"].dropna().to_dict()


@pytest.mark.parametrize("indicator", [TOGETHER, f"terrain.{ITEMS[0]}"])
def test_the_layer_holds_the_row_of_its_site_and_its_reading_is_noted(world, indicator):
    doors = doors_of(world)
    layer = doors.layer(MapState(indicator, "2015", YEAR))
    assert ("site", SITE) in layer.frame.index
    assert SITE not in layer.quarters
    assert len(layer.quarters) == 19
    with world.access.owner() as owner:
        noted = accounts.read_journal(owner, publication.current_release(owner).released_on)
    what = f"{indicator} {YEAR}"
    assert ("read", what, SITE) in {(row["action"], row["object"], row["site"]) for row in noted}


def read_back(form, content):
    """Return the values of a file by QPV, empty ones too."""
    if form != "csv":
        return {one["qpv"]: one["value"] for one in FORMS[form](content)}
    rows = table_of(content.decode())
    return {one["qpv"]: one["value"].replace(",", ".") for one in rows}


@pytest.mark.parametrize("indicator", [TOGETHER, f"terrain.{ITEMS[0]}"])
@pytest.mark.parametrize("form", sorted(exports.FORMATS))
def test_files_of_figures_hold_the_neighbourhoods_alone(world, indicator, form):
    doors, layer = doors_of(world), layer_of(world, indicator)
    with doors.access.session() as session:
        ground = publication.read_boundaries(session, "2015")
        counts = estimates.read_parts(session, layer)
    only = next(site for site in world.settings.sites if site.id == SITE)
    for site in (None, only):
        content = exports.FORMATS[form].write(layer, ground, world.settings.sites, site, counts)
        said = read_back(form, content)
        assert len(said) == 19
        assert SITE not in said
        found = {code: float(value) for code, value in said.items() if value not in (None, "")}
        assert found == pytest.approx(shown_of(indicator))
    note_export(doors.access, world.settings, layer, form)


@pytest.mark.parametrize("indicator", [TOGETHER, f"terrain.{ITEMS[0]}"])
def test_drawn_files_and_tables_hold_the_neighbourhoods_alone(world, indicator):
    doors, place = doors_of(world), {"indicator": indicator, "edition": "2015"}
    shown = shown_of(indicator)
    assert shown
    svg = drawn_file(doors, place | {"file": f"{YEAR}.svg"}, {}).content.decode()
    said = said_in_svg(svg)
    figures = {code for code, words in said.items() if re.match(r"\d", words)}
    assert figures == set(shown)
    html = drawn_file(doors, place | {"file": f"{YEAR}.html"}, {}).content.decode()
    table, drawn, _ = said_in_html(html)
    assert len(table) == 45
    assert len(drawn) == len(shown)
    code = min(shown)
    made = comparison_file(doors, place | {"file": f"{YEAR}.csv"}, {"qpv": code})
    assert code in made.content.decode("utf-8-sig")
    with doors.access.session() as session:
        dossier = dossiers.write_dossier(session, "2015", code)
    assert indicator in dossier.fields


def test_the_share_that_shows_is_that_of_the_neighbourhoods():
    squares = [one for one in released() if one.edition != "2015"]
    assert len(squares) == 2
    assert {one.share_visible for one in squares} == {None}
    for layer in (one for one in released() if one not in squares):
        statuses = list(layer.frame.drop(("site", SITE))["status"])
        shown, hidden = statuses.count("ok"), statuses.count("secret")
        assert layer.share_visible == shown / (shown + hidden)
    hidden = [one for one in released() if one.share_visible == 0]
    assert any(one.frame.loc[("site", SITE), "status"] == "ok" for one in hidden)
