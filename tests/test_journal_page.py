"""The page Journal in a real Chromium: who reads whose acts, filtered, and as a file."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from browser import served
from conftest import command_environ, fresh_settings
from pages_visited import SLOW, is_within, pick, plain, settled, visited
from playwright.sync_api import expect
from test_grilles_page import is_french_and_alone
from test_pages import english_in
from visitors import SITES, account, token_of, write_sites

from observatoire import accounts, protocole_desk
from observatoire.access import open_access
from observatoire.labels.numbers import day
from observatoire.views.journal.lines import Choice, Line, choice_from
from observatoire.views.journal.listing import what

pytestmark = pytest.mark.browser

TODAY = date.today()
STATE = "Préfecture <b>fictive</b>"


@pytest.fixture(scope="module")
def town(test_cluster, tmp_path_factory):
    """The app where nothing was published; a team and a delegate who read, exported, met."""
    folder = tmp_path_factory.mktemp("journal")
    with fresh_settings(test_cluster, folder) as settings:
        access = open_access(settings, writes=True)
        write_sites(access)
        account(access, "chef", "team_leader", "Équipe fictive", ("loire",))
        account(access, "delegue", "delegate", STATE, tuple(SITES))
        account(access, "gestion", "administrator", "Agglomération", tuple(SITES))
        for login, sites, action, object_ in (
            ("delegue", ("loire", "moselle"), "read", "field.jeux 2024-Q1"),
            ("delegue", ("loire",), "export", "field.<i>jeux</i> 2024-05 (csv)"),
            ("delegue", ("loire",), "read", "=1+1"),
            ("chef", ("loire",), "read", "field.jeux 2023"),
        ):
            door = access.signed(token_of(access, login))
            accounts.note_reading(door, sites, action, object_)
        with access.signed(token_of(access, "chef")).desk() as desk:
            protocole_desk.note_meeting(desk, "loire", TODAY)
        with served(command_environ(settings), folder / "log") as url:
            yield url, access
        access.close()


def opened(visit, url, access, login="", **options):
    return visited(visit, url, "/journal", access, login, **options)


def test_without_an_account_the_page_says_one_sentence(town, visit):
    url, access = town
    seen = opened(visit, url, access)
    expect(seen.page.get_by_text("Le journal se lit avec un compte")).to_be_visible(timeout=SLOW)
    assert seen.page.get_by_role("link", name="Journal").count() == 0
    assert "delegue" not in plain(seen.page)
    is_french_and_alone(seen)
    answer = seen.page.request.get(url + "/telechargements/journal.csv")
    assert answer.status == 401
    assert english_in(answer.text()) == []


def test_a_team_reads_what_was_done_on_its_site_and_nothing_of_the_others(town, visit):
    url, access = town
    seen = opened(visit, url, access, "chef")
    page = seen.page
    rows = page.locator(".journal-table tbody tr:has(td)")
    expect(rows).to_have_count(8, timeout=SLOW)  # the three accounts of the site were created
    text = plain(page)
    assert text.count("a créé le compte") == 3
    assert "sur vos sites : Loire" in text
    assert "field.jeux, 1er trimestre 2024" in text
    assert "field.<i>jeux</i>, mai 2024 (csv)" in text
    assert "a noté une réunion" in text
    assert day(TODAY).replace("\u00a0", " ") in text
    assert STATE in text
    assert "Moselle" not in text.partition("Qui\t")[2]
    assert page.locator(".journal-table i").count() == 0
    expect(page.get_by_role("link", name="Journal")).to_be_visible()
    is_french_and_alone(seen)


def test_a_delegate_reads_his_own_acts_and_an_administrator_all(town, visit):
    url, access = town
    page = opened(visit, url, access, "delegue").page
    expect(page.locator(".journal-table tbody tr:has(td)")).to_have_count(4, timeout=SLOW)
    assert "ce que vous avez fait vous-même" in plain(page)
    assert "chef d’équipe" not in plain(page)
    page = opened(visit, url, access, "gestion").page
    expect(page.locator(".journal-table tbody tr:has(td)")).to_have_count(13, timeout=SLOW)


def test_the_lines_are_chosen_and_the_file_holds_them(town, visit):
    url, access = town
    seen = opened(visit, url, access, "gestion")
    page = seen.page
    pick(page, "Ce qui a été fait", "lectures")
    rows = page.locator(".journal-table tbody tr:has(td)")
    expect(rows).to_have_count(4, timeout=SLOW)
    pick(page, "Site", "Loire")
    expect(rows).to_have_count(3, timeout=SLOW)
    page.get_by_text("7 jours", exact=True).click()
    settled(page)
    expect(rows).to_have_count(3, timeout=SLOW)
    is_french_and_alone(seen)
    link = page.get_by_role("link", name="Télécharger ces lignes").get_attribute("href")
    answer = page.request.get(url + link)
    assert "attachment" in answer.headers["content-disposition"]
    read = list(csv.DictReader(io.StringIO(answer.body().decode("utf-8-sig")), delimiter=";"))
    assert len(read) == 3
    assert {row["site"] for row in read} == {"loire"}
    assert {row["object"] for row in read} == {"field.jeux 2024-Q1", "'=1+1", "field.jeux 2023"}


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_never_scrolls_sideways(town, visit, width):
    url, access = town
    assert is_within(opened(visit, url, access, "gestion", width=width).page)


@pytest.mark.parametrize("typed", ["", "-1", "0", "365000", "²", "x"])
def test_a_number_of_days_that_is_no_choice_is_the_usual_one(typed):
    assert choice_from({"jours": typed, "site": "loire"}) == Choice("loire", "", 30)


@pytest.mark.parametrize("action", ["read", "meeting", "agreement_widened", "agreement_signed"])
def test_an_object_in_no_known_form_is_said_as_it_is(action):
    for typed in ("", "x 2024-13", "2 2024-99-99", "9999"):
        line = Line(TODAY, "a", "delegate", "b", "loire", action, typed)
        assert typed.partition(" ")[0] in what(line, {})
