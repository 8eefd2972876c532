"""The page Publications in a real Chromium, for the public and for a delegate of a site."""

from __future__ import annotations

import csv
import io

import pytest
from browser import served
from conftest import command_environ
from monthly_world import YEAR, monthly_world, released
from pages_visited import SLOW, is_within, pick, plain, settled, visited
from playwright.sync_api import expect
from test_grilles_page import is_french_and_alone

from observatoire import releases

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def town(test_cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("publications-page")
    with (
        monthly_world(test_cluster, folder) as world,
        served(command_environ(world.settings), folder / "log") as url,
    ):
        yield world, url


def opened(visit, town, login="", path="/publications", **options):
    world, url = town
    return visited(visit, url, path, world.access, login, **options)


def ledger(town):
    with town[0].access.session() as session:
        return releases.read_releases(session)


def test_the_public_reads_the_releases_without_a_word_of_the_teams_figures(town, visit):
    seen = opened(visit, town)
    page, (now, before) = seen.page, ledger(town)
    expect(page.locator(".ledger-table tbody tr")).to_have_count(2, timeout=SLOW)
    text = plain(page)
    assert now.sha256 in text
    assert before.sha256[:12] in text
    assert before.sha256 not in text
    assert "Observations de terrain inventées" in text
    assert "Observations de terrain de Loire" not in text
    assert "Observations des équipes" not in text
    assert "Loire : protocole version 1" in text
    assert "Loire : son protocole demande au moins 5 observations" in text
    assert "26 − 9 − 14 = 3" in text
    is_french_and_alone(seen)
    answer = page.request.get(town[1] + f"/telechargements/publications/{now.id}.csv")
    assert answer.headers["cache-control"] == "no-store"
    assert "terrain.ensemble" not in answer.text()


def test_a_delegate_reads_what_the_release_holds_of_his_site_and_its_list(town, visit):
    seen = opened(visit, town, "deleguee")
    page, (now, before) = seen.page, ledger(town)
    text = plain(page)
    assert "Observations de terrain de Loire" in text
    assert "Observations des équipes" in text
    assert "tous thèmes ensemble" in text
    assert f"{YEAR} : mois, trimestres et années" in text
    is_french_and_alone(seen)
    link = page.get_by_role("link", name="Télécharger la liste").get_attribute("href")
    answer = page.request.get(town[1] + link)
    rows = list(csv.DictReader(io.StringIO(answer.body().decode("utf-8-sig")), delimiter=";"))
    real = [row for row in rows if row["site"] == "loire"]
    assert {row["sha256"] for row in real} == {one.sha256 for one in released()}
    page.get_by_text("Loire : protocole version 1").click()
    expect(page.get_by_text("Les délégués du préfet")).to_be_visible()
    pick(page, "Publication", f"n° {before.id} du 15 janvier 2024")
    expect(page.locator(".release-hash")).to_have_text(before.sha256, timeout=SLOW)
    text = plain(page)
    assert "Une autre l’a remplacée" in text
    assert "Observations de terrain de Loire" not in text
    assert now.sha256 not in text


def test_what_secret_means_comes_first_where_the_map_links_to_it(town, visit):
    seen = opened(visit, town, path="/carte?indicateur=filosofi.TP60")
    link = seen.page.get_by_role("link", name="Que veut dire").first
    link.wait_for(timeout=SLOW)
    settled(seen.page)
    link.click()
    heads = seen.page.locator("h2")
    expect(heads.first).to_contain_text("Que veut dire", timeout=SLOW)
    settled(seen.page)
    assert seen.page.locator("#secret, .secret-part").count() == 1


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_never_scrolls_sideways(town, visit, width):
    assert is_within(opened(visit, town, "deleguee", width=width).page)
