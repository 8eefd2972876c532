"""An account of two sites and the real store: two agreements, two grids, one phone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from browser import served
from conftest import command_environ, fresh_settings
from entry_town import make_town
from playwright.sync_api import expect
from sqlalchemy import text
from test_capture import OTHER, SHARES, TEAM, TODAY, agree, entry
from test_saisie_whole import HOME, LOGIN, Town, opened, place
from visitors import account, token_of, write_sites
from weak_line import weak_line

from observatoire import demo_grids, grid_desk
from observatoire.access import open_access
from observatoire.capture import Entries
from observatoire.errors import AccessError, ConflictError, SchemaError, SignInError
from observatoire.protocole import Terms

FAR = ("Quartier Saravis", "QP057001")
LOIRE = Terms(shares=SHARES, precision="200", text=True, days_back=30)
MOSELLE = Terms(shares=SHARES, precision="400", days_back=3)


def furnish_two(store, settings):
    """Give a team two sites of different grids and terms; return the items of each."""
    write_sites(store)
    site = settings.site("moselle")
    grid = demo_grids.demo_grid(site)
    with store.owner() as owner:
        grid_desk.take_in(owner, site, replace(grid, items=grid.items[:3]), demo_grids.AGREED_ON)
    items = make_town(store, settings)
    agree(store, settings, LOIRE)
    account(store, LOGIN, "street_team", TEAM, ("loire", "moselle"))
    return items


def lose(store, site):
    with store.owner() as owner:
        owner.execute(text("DELETE FROM people.account_site WHERE site = :site"), {"site": site})


@pytest.fixture
def team(store, settings):
    items = furnish_two(store, settings)
    return store, Entries(settings, store), token_of(store, LOGIN), items


def test_the_frame_holds_the_rules_of_each_site_and_says_which_has_none(team, settings):
    store, desk, token, items = team
    frame = desk.frame(token)
    sites = {one["id"]: one for one in frame["sites"]}
    assert list(sites) == ["loire", "moselle"]
    assert (sites["loire"]["agreement"], sites["moselle"]["agreement"]) == (1, None)
    assert sites["moselle"]["qpv"][0]["cells"] == []
    agree(store, settings, MOSELLE, site="moselle")
    loire, moselle = desk.frame(token)["sites"]
    assert {one["code"] for one in loire["items"]} == set(items)
    assert len(moselle["items"]) < len(items)
    assert "RES200m" in loire["qpv"][0]["cells"][0]["id"]
    assert "RES400m" in moselle["qpv"][0]["cells"][0]["id"]
    assert (loire["text"], moselle["text"]) == (True, False)
    assert loire["first"] == str(TODAY - timedelta(days=30))
    assert moselle["first"] == str(TODAY - timedelta(days=3))
    assert frame["screening"] is not None


def test_an_entry_is_ruled_by_the_site_of_its_neighbourhood(team, settings):
    store, desk, token, items = team
    with pytest.raises(AccessError):
        desk.keep(token, entry(FAR[1]))  # no agreement there, whatever the other site has
    agree(store, settings, MOSELLE, site="moselle")
    moselle = desk.frame(token)["sites"][1]
    own = moselle["items"][0]["code"]
    missing = next(item for item in items if item not in {one["code"] for one in moselle["items"]})
    loire_cell = desk.frame(token)["sites"][0]["qpv"][0]["cells"][0]["id"]
    made = entry(FAR[1], own)
    for change, place_of in (
        ({"item": missing}, "seen.1.item"),
        ({"words": "calme"}, "seen.1.words"),
        ({"cell": loire_cell}, "seen.1.cell"),
    ):
        wrong = made | {"seen": [made["seen"][0] | change]}
        with pytest.raises(SchemaError) as caught:
            desk.keep(token, wrong)
        assert [one.partition(" : ")[0] for one in caught.value.faults] == [place_of]
    old = str(TODAY - timedelta(days=10))
    with pytest.raises(SchemaError):
        desk.keep(token, entry(FAR[1], own, day=old))
    desk.keep(token, entry(HOME[1], missing, day=old))
    desk.keep(token, made)
    with store.owner() as owner:
        found = owner.execute(text("SELECT site, qpv FROM capture.outing ORDER BY site"))
        assert [tuple(row) for row in found] == [("loire", HOME[1]), ("moselle", FAR[1])]


def test_an_entry_of_a_site_that_was_lost_is_refused_with_its_reason(team, settings):
    store, desk, token, _ = team
    agree(store, settings, MOSELLE, site="moselle")
    kept = entry(FAR[1])
    desk.keep(token, kept)
    lose(store, "moselle")
    with pytest.raises(SchemaError) as caught:
        desk.keep(token, entry(FAR[1]))
    assert caught.value.faults == ("qpv : n’est pas, ou n’est plus, dans un site de votre compte",)
    # its answer was lost, then its site: under the same identifier, a correction would be swallowed
    with pytest.raises(ConflictError):
        desk.keep(token, kept | {"qpv": HOME[1]})
    assert desk.keep(token, entry(HOME[1])).already is False


def test_an_entry_is_never_kept_in_another_teams_name(team):
    store, desk, token, _ = team
    account(store, "autre", "street_team", OTHER, ("loire", "moselle"))
    for other in (token_of(store, "autre"), token):
        said = TEAM if other != token else OTHER
        with pytest.raises(SignInError):
            desk.keep(other, entry(HOME[1]), said)
    assert not desk.keep(token, entry(HOME[1]), TEAM).already


# --- on the phone --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served_two(test_cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saisie-two")
    with fresh_settings(test_cluster, folder) as settings:
        store = open_access(settings, writes=True)
        items = furnish_two(store, settings)
        agree(store, settings, MOSELLE, site="moselle")
        with served(command_environ(settings), folder / "log") as url:
            yield Town(url, store, settings, items)
        store.close()


def observe(phone, qpv):
    phone.choice(place(qpv))
    phone.button("Ajouter une observation")
    phone.tap(phone.page.locator(".theme button").first)
    phone.field("intensity", "2 moyenne")
    phone.tap(phone.page.locator(".cell").first)
    phone.button("Ajouter")
    phone.keep("Garder la sortie")


@pytest.mark.browser
def test_entries_of_two_sites_wait_without_network_then_arrive_by_their_own_rules(
    visit, served_two
):
    town = served_two
    with weak_line(town.url) as line:
        phone = opened(visit, line.url)
        line.cut()
        phone.page.context.set_offline(True)
        phone.reload()
        titles = phone.page.locator('[data-field="qpv"]').get_by_role("heading")
        expect(titles).to_have_text(["Loire", "Moselle"])
        observe(phone, HOME)
        observe(phone, FAR)
        phone.choice(place(FAR))
        phone.button("Rien à signaler")
        phone.button("Garder")
        phone.state("3 en attente")
        line.mend()
        phone.page.context.set_offline(False)
        kept = [one for one in phone.sent(town, 3) if one["seen"]]
        cells = {one["qpv"]: one["seen"][0]["cell"] for one in kept}
        assert cells.keys() == {HOME[1], FAR[1]}
        assert "RES200m" in cells[HOME[1]]
        assert "RES400m" in cells[FAR[1]]

        phone.page.context.set_offline(True)
        phone.choice(place(FAR))
        phone.button("Rien à signaler")
        phone.button("Garder")
        phone.state("1 en attente")
        lose(town.store, "moselle")
        phone.page.context.set_offline(False)
        phone.state("1 à revoir")
        expect(phone.page.get_by_role("radio", name=place(FAR))).to_have_count(0)
        phone.link("Mes sorties")
        card = phone.page.locator(".card", has_text="à revoir")
        expect(card).to_contain_text("dans un site de votre compte")
        assert len(town.outings()) == 3
        (waiting,) = phone.holds()["queue"].values()
        assert waiting["outing"]["qpv"] == FAR[1]
