"""The page Grilles in a real Chromium: read, drafted, proposed, agreed, superseded."""

from __future__ import annotations

from datetime import date

import pytest
from browser import served
from conftest import command_environ, fresh_settings
from grids import a_grid, an_item
from pages_visited import SLOW, drawn, is_within, press, settled, stands, unfolded
from playwright.sync_api import expect
from site_release import publish_sites
from test_pages import english_in, visible_text
from visitors import SITES, account, token_of, write_sites

from observatoire import demo_grids, grid_desk
from observatoire.access import COOKIE, open_access
from observatoire.grille import core_items
from observatoire.grille.documents import read_toml, to_toml
from observatoire.labels.typography import NO_BREAK

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def town(test_cluster, tmp_path_factory):
    """The app on a release of the three sites; an invented grid in Bastia and the Loire."""
    folder = tmp_path_factory.mktemp("grilles")
    with fresh_settings(test_cluster, folder) as settings:
        access = open_access(settings, writes=True)
        publish_sites(access)
        with access.owner() as owner:
            demo_grids.load_grids(owner, settings.sites[:2])
        write_sites(access)
        account(access, "animatrice", "facilitator", "Agglomération", tuple(SITES))
        with served(command_environ(settings), folder / "log") as url:
            yield url, access
        access.close()


def opened(visit, url, site, access=None, **options):
    """Open the page, as the facilitator of the sites when the doors are given."""
    if access is not None:
        token = token_of(access, "animatrice")
        cookie = {"name": COOKIE, "value": token, "domain": "localhost", "path": "/"}
        cookie |= {"httpOnly": True, "secure": False, "sameSite": "Strict", "expires": -1}
        options["storage_state"] = {"cookies": [cookie], "origins": []}
    made = visit(f"{url}/grilles?site={site}", **options)
    below = ".st-key-grille_suite" if access is not None else ".st-key-choix_grille"
    return drawn(made, below)


def held(access, site):
    with access.owner() as owner:
        return [one.grid for one in grid_desk.read_versions(owner, site)]


def said(page, words):
    stands(page.locator(".note").filter(has_text=words))


def is_french_and_alone(seen):
    settled(seen.page)
    # what widgets say aloud follows it, whatever the language of the browser
    assert seen.page.evaluate("navigator.language") == "fr-FR"
    assert english_in(visible_text(seen.page)) == []
    names = seen.page.evaluate(
        """() => [...document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")]
            .filter((e) => e.checkVisibility())
            .flatMap((e) => [e.ariaLabel, e.title, e.placeholder, e.alt]).join(" . ")"""
    )
    assert english_in(names) == []
    assert seen.outside == []
    assert [one for one in seen.complaints if "404" not in one] == []


def test_the_grid_in_force_is_read_with_who_agreed_its_file_and_what_is_seen(town, visit):
    url, access = town
    seen = opened(visit, url, "loire")
    page = seen.page
    page.locator(".grid-replay").wait_for(timeout=SLOW)
    settled(page)
    (grid,) = held(access, "loire")
    assert page.locator("h1").count() == 1
    text = visible_text(page)
    for organisation in grid.agreed_by:
        assert organisation in text
    assert "20 juin 2022" in text
    assert "Données fictives" in text
    assert page.locator('.grid-table tbody th[scope="row"]').count() == 12
    assert page.locator(".grid-replay tbody tr").count() == 12
    for item in grid.items:
        assert item.label.replace(NO_BREAK, " ") in text.replace(NO_BREAK, " ")
    link = page.locator(".grid-versions a").first.get_attribute("href")
    answer = page.request.get(url + link)
    assert answer.status == 200
    assert "attachment" in answer.headers["content-disposition"]
    assert read_toml(answer.text()) == grid
    is_french_and_alone(seen)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_never_scrolls_sideways(town, visit, width):
    url, access = town
    page = opened(visit, url, "bastia", access, width=width).page
    page.locator(".grid-replay").wait_for(timeout=SLOW)
    assert is_within(page)
    assert "avec perte" in visible_text(page)


@pytest.mark.parametrize(
    "path", ["loire/9.toml", "loire/1.csv", "loire/0.toml", "nulle/1.toml", "loire/1 OR 1.toml"]
)
def test_a_document_that_is_not_there_is_refused_in_french(town, visit, path):
    url, _ = town
    answer = visit(url + "/methode").page.request.get(f"{url}/telechargements/grilles/{path}")
    assert answer.status == 404
    assert english_in(answer.text()) == []


def test_without_an_account_a_grid_is_read_and_not_written(town, visit):
    url, _ = town
    page = opened(visit, url, "loire").page
    page.locator(".grid-replay").wait_for(timeout=SLOW)
    settled(page)
    assert page.get_by_role("button", name="Préparer").count() == 0
    assert page.locator(".st-key-grille_suite").count() == 0
    expect(page.get_by_role("link", name="Se connecter")).to_be_visible()


def test_a_grid_goes_from_nothing_to_superseded(town, visit):
    url, access = town
    seen = opened(visit, url, "moselle", access)
    page = seen.page
    assert "n’a pas encore de grille" in visible_text(page)
    press(page, "Partir du socle commun")
    said(page, "version 1 est commencée")
    assert held(access, "moselle")[0].items == core_items()
    page.get_by_label("Nom de l’indicateur").fill("Éclairage <b>éteint</b>")
    page.get_by_label("Définition").fill("Points d’éclairage éteints.")
    page.get_by_label("Thème", exact=True).fill("Cadre de vie")
    page.get_by_label("Code", exact=True).fill("Éclairage")
    page.get_by_label("Seuil d’attention, s’il y en a un").fill("0,5")
    press(page, "Ajouter l’indicateur")
    said(page, "est enregistré")
    expect(page.locator(".grid-faults")).to_contain_text("Éclairage.code", timeout=SLOW)
    expect(page.get_by_role("button", name="Proposer aux partenaires")).to_be_disabled()
    assert page.locator("b", has_text="Éclairage <b>éteint</b>").count() == 1
    is_french_and_alone(seen)

    unfolded(page.get_by_role("combobox", name="Indicateur à écrire")).fill("clairage")
    page.get_by_role("option").filter(has_text="Éclairage").first.click()
    page.wait_for_function(
        """() => {
            const all = [...document.querySelectorAll('input[aria-label="Code"]')];
            return all.length === 1 && all[0].value === "Éclairage";
        }""",
        timeout=SLOW,
    )
    settled(page)
    page.get_by_label("Code", exact=True).fill("eclairage")
    press(page, "Enregistrer l’indicateur")
    said(page, "est enregistré")
    made = held(access, "moselle")[0].item("eclairage")
    assert (made.threshold, made.theme, made.direction) == (0.5, "Cadre de vie", 0)

    press(page, "Proposer aux partenaires")
    said(page, "est proposée")
    expect(page.locator(".grid-replay tbody tr")).to_have_count(13, timeout=SLOW)
    assert "Ce que la version 1 laissera voir" in visible_text(page)
    is_french_and_alone(seen)

    page.get_by_label("Organismes qui valident").fill("Mme Dupont")
    page.get_by_label("Jour de la validation").fill("14/03/2023")
    press(page, "Valider la version 1")
    said(page, "n’est pas celui d’un organisme")
    assert held(access, "moselle")[0].status == "proposed"
    page.get_by_label("Organismes qui valident").fill("Ville fictive\nAssociation fictive")
    page.get_by_label("Jour de la validation").fill("14/03/2023")
    press(page, "Valider la version 1")
    said(page, "elle ne changera plus")
    (agreed,) = held(access, "moselle")
    assert (agreed.status, agreed.agreed_by) == (
        "agreed",
        ("Ville fictive", "Association fictive"),
    )
    assert agreed.agreed_on == date(2023, 3, 14)

    press(page, "Préparer la version qui remplacera la version 1")
    said(page, "version 2 est commencée")
    expect(page.locator(".grid-versions > li")).to_have_count(2, timeout=SLOW)
    assert "Mêmes indicateurs que la version 1" in visible_text(page)
    is_french_and_alone(seen)


def test_a_change_made_elsewhere_is_not_covered_and_a_file_is_taken_in(town, visit, tmp_path):
    url, access = town
    seen = opened(visit, url, "bastia", access)
    page = seen.page
    press(page, "Préparer la version qui remplacera la version 1")
    said(page, "version 2 est commencée")
    with access.owner() as desk:
        theirs = grid_desk.find_version(desk, "bastia", 2)
        grid_desk.save(desk, theirs, (an_item("leur"),), "")
    press(page, "Proposer aux partenaires")
    said(page, "Quelqu’un a changé cette version")
    assert [item.code for item in held(access, "bastia")[1].items] == ["leur"]

    file = tmp_path / "grille.toml"
    for site, words in (("loire", "n’est pas la grille du site"), ("bastia", "est repris")):
        file.write_text(to_toml(a_grid(site, items=(an_item("mien"),))), "utf-8")
        page.get_by_text("Partir d’un fichier TOML").click()
        page.locator('input[type="file"]').set_input_files(file)
        expect(page.get_by_role("button", name="Reprendre ce fichier")).to_be_enabled(timeout=SLOW)
        is_french_and_alone(seen)
        press(page, "Reprendre ce fichier")
        said(page, words)
        page.reload()
        page.locator(".st-key-grille_suite").wait_for(timeout=SLOW)
        settled(page)
    assert [item.code for item in held(access, "bastia")[1].items] == ["mien"]
    assert held(access, "bastia")[0].in_force
