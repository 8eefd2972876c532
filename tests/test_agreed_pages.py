"""Random agreements over real figures, in a real Chromium: what a page shows is what they open."""

from __future__ import annotations

import random
import re
from types import SimpleNamespace

import pytest
from agreed_files import number_of, table_of
from agreed_world import agreed_world
from browser import served
from conftest import command_environ
from pages_visited import SLOW, drawn, settled
from playwright.sync_api import expect
from sqlalchemy import text
from test_agreed_reading import opened_of
from test_living_map import fills
from test_pages import rows

from observatoire.access import COOKIE

pytestmark = pytest.mark.browser

FIGURE = re.compile(r"\d+,\d+|\d+")


@pytest.fixture(scope="module")
def served_world(test_cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("agreed-pages")
    with (
        agreed_world(test_cluster, folder) as world,
        served(command_environ(world.settings), folder / "log") as url,
    ):
        yield world, url


def opened(visit, url, path, token, ready):
    options = {}
    if token:
        cookie = {"name": COOKIE, "value": token, "domain": "localhost", "path": "/"}
        cookie |= {"httpOnly": True, "secure": False, "sameSite": "Strict", "expires": -1}
        options["storage_state"] = {"cookies": [cookie], "origins": []}
    made = visit(url + path, **options)
    return drawn(made, ready)


def map_of(key):
    return f"/carte?indicateur=terrain.{key[0]}&edition=2015&periode={key[1]}&vue=trois-sites"


def shown_on_map(page):
    """Return the neighbourhoods that the table and the map show a figure of."""
    figures = {row["code"] for row in rows(page) if FIGURE.fullmatch(row["value"])}
    page.locator(".leaflet-overlay-pane path[data-code]").first.wait_for(timeout=SLOW)
    settled(page)
    drawn = fills(SimpleNamespace(page=page))
    assert len(drawn) == 45
    painted = [code for code, colour in drawn.items() if not colour.startswith("url")]
    assert set(painted) == figures, "the map and its table say the same"
    return figures


def check_map(world, url, visit, login, key):
    may = world.readable(login, key)
    seen = opened(visit, url, map_of(key), world.token(login), ".values-table")
    seen.page.locator(".lm[data-revision]").wait_for(timeout=SLOW)
    settled(seen.page)
    title = seen.page.locator(".layer-title").inner_text()
    if may:
        assert title == key[0].capitalize()
        assert shown_on_map(seen.page) == may, (login, key)
    else:
        # another layer is shown: an official one, or a period of the same theme that may be read
        readable = [world.readable(login, one) for one in world.keys if one[0] == key[0]]
        assert title != key[0].capitalize() or shown_on_map(seen.page) in readable, (login, key)
    _files(world, seen, url, login, key, may)


def _files(world, seen, url, login, key, may):
    """The files of the page, by the page's own browser and cookie."""
    for form in ("csv", "svg", "html"):
        answer = seen.page.request.get(
            f"{url}/telechargements/terrain.{key[0]}/2015/{key[1]}.{form}"
        )
        assert answer.status == (200 if may else 404), (login, key, form)
        if form == "csv" and may:
            found = {one["qpv"]: number_of(one["value"]) for one in table_of(answer.text())}
            assert set(found) == may


def of_dossier(text):
    """Return the layers of the field that the file of a neighbourhood holds."""
    return {
        (one["indicator"].partition(".")[2], one["period"])
        for one in table_of(text)
        if one["indicator"].startswith("terrain.")
    }


def check_card(world, url, visit, login, code):
    """The page of a neighbourhood names the themes opened; one that is closed everywhere, never."""
    seen = opened(visit, url, f"/quartier?qpv={code}", world.token(login), ".glossary")
    keys = opened_of(world, login, code)
    said = seen.page.locator("[data-testid=stMain]").text_content()
    for item in {item for item, _ in world.keys}:
        here = any(one == item for one, _ in keys)
        anywhere = any(world.readable(login, key) for key in world.keys if key[0] == item)
        assert here <= (item.capitalize() in said) <= anywhere, (login, code, item)
    answer = seen.page.request.get(f"{url}/telechargements/quartier/2015/{code}.csv")
    assert of_dossier(answer.text()) == keys


def check_some(served_world, visit, count, seed):
    world, url = served_world
    draw = random.Random(seed)
    for rank, (login, key) in enumerate(world.cases(count, seed=seed)):
        if rank % 3 == 2:
            check_card(world, url, visit, login, draw.choice(list(world.quarters)))
        else:
            check_map(world, url, visit, login, key)


def test_pages_show_what_the_agreements_open(served_world, visit):
    check_some(served_world, visit, 6, seed=5)


@pytest.mark.verify
def test_many_pages_show_what_the_agreements_open(served_world, visit):
    check_some(served_world, visit, 40, seed=6)


def test_a_suspension_changes_a_page_that_is_open_at_its_next_action(served_world, visit):
    """A choice on the map runs a part of the page alone: it is proved again too."""
    world, url = served_world
    login, key = _reader_of_one_town(world)
    (town,) = {world.quarters[code] for code in world.readable(login, key)}
    seen = opened(visit, url, map_of(key), world.token(login), ".values-table")
    page = seen.page
    assert shown_on_map(page) == world.readable(login, key)
    with world.store.owner() as owner:
        owner.execute(
            text(
                "INSERT INTO agreements.suspension (site, organisation, suspended)"
                " SELECT :site, id, true FROM people.organisation ORDER BY name LIMIT 1"
            ),
            {"site": town},
        )
    page.locator(".values-table tbody tr").first.click()
    expect(page.locator(".layer-title")).not_to_have_text(key[0].capitalize(), timeout=SLOW)
    with world.store.owner() as owner:
        owner.execute(
            text(
                "INSERT INTO agreements.suspension (site, organisation, suspended)"
                " SELECT :site, id, false FROM people.organisation ORDER BY name LIMIT 1"
            ),
            {"site": town},
        )


def test_a_session_that_ends_ends_the_page_that_is_open_at_its_next_action(served_world, visit):
    world, url = served_world
    login, key = _reader_of_one_town(world)
    seen = opened(visit, url, map_of(key), world.token(login), ".values-table")
    page = seen.page
    with world.store.owner() as owner:
        owner.execute(text("SELECT desk.set_account(:login, true)"), {"login": login})
    del world.tokens[login]
    page.locator(".values-table tbody tr").first.click()
    expect(page.locator(".refusal")).to_be_visible(timeout=SLOW)
    expect(page.locator(".values-table")).to_have_count(0, timeout=SLOW)


def _reader_of_one_town(world):
    """Return somebody who reads a layer of one town, and nothing of its theme elsewhere."""
    for login in world.users:
        for key in world.keys:
            may = world.readable(login, key)
            every = set().union(
                *(world.readable(login, one) for one in world.keys if one[0] == key[0])
            )
            if may and len({world.quarters[code] for code in every}) == 1:
                return login, key
    raise AssertionError("nobody reads one town alone")
