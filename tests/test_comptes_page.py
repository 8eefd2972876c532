"""The page Comptes in a real Chromium: listed, opened, closed, given a password."""

from __future__ import annotations

import pytest
from browser import served
from conftest import command_environ, fresh_settings
from pages_visited import SLOW, is_within, pick, plain, press, settled, stands, unfolded, visited
from playwright.sync_api import expect
from test_grilles_page import is_french_and_alone
from visitors import account, signed, write_sites

from observatoire import accounts
from observatoire.access import open_access
from observatoire.errors import AccessError

pytestmark = pytest.mark.browser

ORGANISATION = "Ville <b>fictive</b> & Cie"


@pytest.fixture(scope="module")
def town(test_cluster, tmp_path_factory):
    """The app, an administrator of two sites and accounts in the three."""
    folder = tmp_path_factory.mktemp("comptes")
    with fresh_settings(test_cluster, folder) as settings:
        access = open_access(settings, writes=True)
        write_sites(access)
        account(access, "gestion", "administrator", "Agglomération", ("bastia", "loire"))
        account(access, "delegue", "delegate", ORGANISATION, ("loire",))
        account(access, "ailleurs", "delegate", "Autre", ("moselle",))
        account(access, "partout", "geographer", "Autre", ("loire", "moselle"))
        with served(command_environ(settings), folder / "log") as url:
            yield url, access, folder / "log"
        access.close()


def opened(visit, url, access, login="gestion", **options):
    return visited(visit, url, "/comptes", access, login, **options)


def said(page, words):
    stands(page.locator(".st-key-comptes_issue .note").filter(has_text=words))


def held(access):
    with access.owner() as owner:
        return {one["login"]: one for one in accounts.list_accounts(owner)}


@pytest.mark.parametrize("login", ["", "delegue"])
def test_who_is_no_administrator_reads_one_sentence_and_is_offered_no_link(town, visit, login):
    url, access, _ = town
    seen = opened(visit, url, access, login)
    page = seen.page
    stands(page.get_by_text("réservée aux administrateurs"))
    assert page.get_by_role("link", name="Comptes").count() == 0
    assert "gestion" not in plain(page)
    assert page.locator('[data-testid="stMain"] [data-testid="stButton"]').count() == 0
    is_french_and_alone(seen)


def test_an_administrator_lists_the_accounts_of_his_sites_alone(town, visit):
    url, access, _ = town
    seen = opened(visit, url, access)
    page = seen.page
    table = page.locator(".account-table")
    expect(table).to_contain_text(ORGANISATION)
    settled(page)
    logins = table.locator('tbody th[scope="row"]').all_inner_texts()
    assert not {"ailleurs", "partout"} & set(logins)
    assert "délégué du préfet" in plain(page)
    assert page.locator("b", has_text="fictive").count() == 0
    expect(page.get_by_role("link", name="Comptes")).to_be_visible()
    is_french_and_alone(seen)


def test_an_account_is_opened_its_password_shown_once_and_never_logged(town, visit):
    url, access, log = town
    seen = opened(visit, url, access)
    page = seen.page
    form = page.locator(".st-key-comptes_ouvrir")
    form.get_by_label("Identifiant").fill("Équipe du nord")
    form.get_by_label("Organisme").fill("Équipe <i>Nord</i>")
    press(page, "Ouvrir le compte")
    said(page, "Il manque un site")
    expect(form.get_by_label("Organisme")).to_have_value("Équipe <i>Nord</i>")
    unfolded(form.get_by_role("combobox", name="Sites"))
    page.get_by_role("option", name="Loire").click()
    page.keyboard.press("Escape")
    press(page, "Ouvrir le compte")
    said(page, "ne convient pas")
    form.get_by_label("Identifiant").fill("delegue")
    press(page, "Ouvrir le compte")
    said(page, "déjà pris")
    form.get_by_label("Identifiant").fill("equipe-nord")
    press(page, "Ouvrir le compte")
    said(page, "equipe-nord est ouvert")
    password = page.locator('[data-testid="stCode"] code').inner_text().strip()
    made = held(access)["equipe-nord"]
    assert (made["role"], made["sites"], made["must_change"]) == ("street_team", ("loire",), True)
    assert accounts.sign_in(access, "equipe-nord", password)
    expect(page.locator(".account-table")).to_contain_text("mot de passe à changer")
    assert page.locator("i", has_text="Nord").count() == 0
    is_french_and_alone(seen)
    page.get_by_text("Ce que chaque rôle peut faire").click()
    press(page, "Ouvrir le compte")
    said(page, "ne convient pas")
    expect(page.locator('[data-testid="stCode"]')).to_have_count(0, timeout=SLOW)
    page.reload()
    settled(page)
    assert password not in plain(page)
    assert password not in log.read_text()


def test_an_account_is_closed_opened_and_given_a_new_password(town, visit):
    url, access, _ = town
    account(access, "a-fermer", "service", "Autre", ("bastia",))
    page = opened(visit, url, access).page
    pick(page, "Compte", "a-fermer")
    press(page, "Fermer le compte")
    said(page, "est fermé")
    assert not held(access)["a-fermer"]["active"]
    press(page, "Rouvrir le compte")
    said(page, "est ouvert")
    assert held(access)["a-fermer"]["active"]
    press(page, "Nouveau mot de passe")
    said(page, "a un nouveau mot de passe")
    password = page.locator('[data-testid="stCode"] code').inner_text().strip()
    assert accounts.sign_in(access, "a-fermer", password)
    page = opened(visit, url, access).page
    pick(page, "Compte", "gestion")
    expect(page.get_by_text("C’est votre compte")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("button", name="Fermer le compte")).to_have_count(0)


def test_the_desk_refuses_who_is_no_administrator_and_accounts_of_other_sites(town):
    _, access, _ = town
    keeper = signed(access, "administrator", sites=("loire",), login="gestion-l")
    other = signed(access, "team_leader", sites=("loire",), login="chef-l")
    for door, login in ((keeper, "ailleurs"), (keeper, "partout"), (other, "delegue")):
        for step in (
            lambda desk, login=login: accounts.reset_password(desk, login),
            lambda desk, login=login: accounts.set_account(desk, login, active=False),
        ):
            with pytest.raises(AccessError), door.desk() as desk:
                step(desk)
    with pytest.raises(AccessError), keeper.desk() as desk:
        accounts.create_account(desk, "intrus", role="delegate", organisation="X", sites=["bastia"])
    assert held(access)["delegue"]["active"]


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_never_scrolls_sideways(town, visit, width):
    url, access, _ = town
    assert is_within(opened(visit, url, access, width=width).page)


def test_a_session_that_is_over_ends_the_page_at_the_next_action(town, visit):
    url, access, _ = town
    page = opened(visit, url, access).page
    with access.owner() as owner:
        owner.exec_driver_sql("DELETE FROM people.token")
    press(page, "Ouvrir le compte")
    expect(page.get_by_role("heading", name="Votre session est terminée")).to_be_visible(
        timeout=SLOW
    )
