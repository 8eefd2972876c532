"""Pages that show a field layer with a row of its whole site, in a real Chromium."""

from __future__ import annotations

import pytest
from browser import served
from conftest import command_environ
from monthly_world import YEAR, monthly_world
from pages_visited import is_within, plain, settled, visited
from test_grilles_page import is_french_and_alone
from test_pages import rows

pytestmark = pytest.mark.browser

LAYER = f"indicateur=terrain.ensemble&edition=2015&periode={YEAR}"
TITLE = "Observations, tous thèmes ensemble"


@pytest.fixture(scope="module")
def town(test_cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site-rows")
    with (
        monthly_world(test_cluster, folder) as world,
        served(command_environ(world.settings), folder / "log") as url,
    ):
        yield world, url


@pytest.mark.parametrize(
    "path",
    [
        f"/carte?{LAYER}&vue=loire&qpv=QP042001",
        f"/comparer?{LAYER}&qpv=QP042001",
        "/quartier?qpv=QP042001",
        "/superposer?qpv=QP042001",
    ],
)
def test_a_page_shows_the_neighbourhoods_and_fails_on_no_row(town, visit, path):
    world, url = town
    seen = visited(visit, url, path, world.access, "deleguee")
    settled(seen.page)
    assert seen.page.locator(".refusal").count() == 0
    if path.startswith("/quartier"):  # its themes are folded
        seen.page.get_by_text("Observations de terrain", exact=True).first.click()
    if not path.startswith("/superposer"):
        assert "tous thèmes" in plain(seen.page).lower()
    if path.startswith("/carte"):
        shown = rows(seen.page)
        assert len(shown) == 19
        assert TITLE in plain(seen.page)
    is_french_and_alone(seen)
    assert is_within(seen.page)


def test_the_line_of_a_site_without_a_figure_stands_under_the_others(town, visit):
    world, url = town
    page = visited(visit, url, f"/carte?{LAYER}", world.access, "deleguee").page
    settled(page)
    lefts = {
        part: [box["x"] for box in (one.bounding_box() for one in page.locator(part).all()) if box]
        for part in (".sites b", ".sites > li > span")
    }
    assert [len(found) for found in lefts.values()] == [3, 3]
    assert all(max(found) - min(found) < 1 for found in lefts.values())


def test_the_page_of_a_neighbourhood_says_where_in_it(town, visit):
    world, url = town
    seen = visited(visit, url, "/quartier?qpv=QP042001", world.access, "deleguee")
    settled(seen.page)
    drawing = seen.page.locator(".where-map")
    assert drawing.bounding_box()["width"] > 200
    assert "Carré" in drawing.get_attribute("alt")
    assert seen.page.locator(".where tbody tr").count() > 2
    is_french_and_alone(seen)
    assert is_within(seen.page)
    elsewhere = visited(visit, url, "/quartier?qpv=QP042001", world.access, "ailleurs").page
    settled(elsewhere)
    assert elsewhere.locator(".where").count() == 0
