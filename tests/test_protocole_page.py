"""The page Protocole in a real Chromium: read, drafted, signed, in force, suspended, widened."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from browser import served
from conftest import command_environ, fresh_settings
from pages_visited import SLOW, is_within, pick, plain, press, settled, stands, visited
from playwright.sync_api import expect
from test_grilles_page import is_french_and_alone
from test_pages import english_in
from visitors import SITES, account, write_sites

from observatoire import demo_grids, protocole_desk
from observatoire.access import open_access
from observatoire.labels.numbers import day
from observatoire.labels.typography import NO_BREAK
from observatoire.protocole import Agreement, Share, model_terms
from observatoire.protocole.documents import read_toml, to_toml

pytestmark = pytest.mark.browser

TODAY = date.today()
TEAM, STATE = "Équipe <i>fictive</i> & Cie", "Préfecture fictive"
ACCOUNTS = {
    "chef": ("team_leader", TEAM),
    "equipier": ("street_team", TEAM),
    "delegue": ("delegate", STATE),
    "service": ("service", "Service fictif"),
    "gestion": ("administrator", "Agglomération fictive"),
}


@pytest.fixture(scope="module")
def town(test_cluster, tmp_path_factory):
    """The app where nothing was ever published: grids in two sites, accounts of each role."""
    folder = tmp_path_factory.mktemp("protocole")
    with fresh_settings(test_cluster, folder) as settings:
        access = open_access(settings, writes=True)
        write_sites(access)
        with access.owner() as owner:
            demo_grids.load_grids(owner, settings.sites[:2])
        for login, (role, organisation) in ACCOUNTS.items():
            account(access, login, role, organisation, tuple(SITES))
        with served(command_environ(settings), folder / "log") as url:
            yield url, access, settings
        access.close()


def opened(visit, url, site, access=None, login="", **options):
    return visited(visit, url, f"/protocole?site={site}", access, login, **options)


def versions(access, site):
    with access.owner() as owner:
        return [one.agreement for one in protocole_desk.read_versions(owner, site)]


def in_force(access, settings, site, terms, by=("A", "B"), on=TODAY):
    with access.owner() as owner:
        kept = protocole_desk.draft(owner, settings.site(site), terms)
        kept = protocole_desk.propose(owner, kept)
        return protocole_desk.agree(owner, kept, on, by)


def said(page, words):
    stands(page.locator(".st-key-protocole_issue .note").filter(has_text=words))


def test_without_an_agreement_an_account_or_a_release_the_page_says_so(town, visit):
    url, _, _ = town
    seen = opened(visit, url, "moselle")
    page = seen.page
    expect(page.get_by_text("n’a pas encore de protocole")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("connectez-vous avec un compte")).to_be_visible()
    assert page.locator(".st-key-protocole_suite").count() == 0
    expect(page.get_by_role("link", name="Protocole")).to_be_visible()
    is_french_and_alone(seen)


def test_two_organisations_go_from_the_model_to_a_version_in_force_then_a_narrower_one(town, visit):
    url, access, _ = town
    seen = opened(visit, url, "loire", access, "chef")
    page = seen.page
    press(page, "Partir du modèle")
    said(page, "version 1 est commencée")
    assert versions(access, "loire")[0].terms == model_terms()
    page.get_by_label("Article qui autorise").fill("Art. 4 <script>alert(1)</script>")
    page.get_by_label("Conservation, en mois").fill("9")
    press(page, "Enregistrer les règles")
    said(page, "sont enregistrées")
    made = versions(access, "loire")[0].terms
    assert (made.retention_months, made.article) == (9, "Art. 4 <script>alert(1)</script>")
    assert "Art. 4 <script>alert(1)</script>" in plain(page)
    is_french_and_alone(seen)

    press(page, "Proposer aux partenaires")
    said(page, "est proposée")
    expect(page.get_by_role("button", name="Mettre en vigueur")).to_be_disabled(timeout=SLOW)
    assert "Personne n’a encore signé" in plain(page)
    page.locator(".st-key-protocole_signer button").click()
    said(page, "Votre signature")
    expect(page.get_by_text("Votre organisme a signé")).to_be_visible(timeout=SLOW)
    assert f"{TEAM}, par un compte « chef d’équipe »" in plain(page)
    expect(page.get_by_role("button", name="Mettre en vigueur")).to_be_disabled()

    other = opened(visit, url, "loire", access, "delegue").page
    other.locator(".st-key-protocole_signer button").click()
    said(other, "Votre signature")
    expect(other.get_by_role("button", name="Mettre en vigueur")).to_be_enabled(timeout=SLOW)
    press(other, "Mettre en vigueur la version 1")
    said(other, "elle ne changera plus")
    (agreed,) = versions(access, "loire")
    assert (agreed.status, set(agreed.agreed_by)) == ("agreed", {TEAM, STATE})
    assert agreed.agreed_on == TODAY

    # Pressed again by the first, who has not seen it: refused, not done twice.
    page.get_by_role("button", name="Reprendre ce projet").click()
    said(page, "Quelqu’un d’autre a modifié ce document")

    press(other, "Préparer la version qui remplacera la version 1")
    said(other, "version 2 est commencée")
    pick(other, "Partage à écrire", "Les délégués du préfet : tous les indicateurs")
    other.locator(".st-key-protocole_retirer button").click()
    said(other, "est retiré")
    expect(other.locator(".pact-way.narrower")).not_to_have_count(0, timeout=SLOW)
    press(other, "Proposer aux partenaires")
    said(other, "est proposée")
    with access.owner() as owner:
        proposed = protocole_desk.find_version(owner, "loire", 2)
        protocole_desk.agree(owner, proposed, TODAY, (TEAM, STATE))
    reader = opened(visit, url, "loire")
    text = plain(reader.page)
    assert "De la version 1 à la version 2 : 0 point élargi, 1 point resserré, 0 autrement." in text
    assert "Ne reçoivent rien : les délégués du préfet et tout le monde, sans compte." in text
    assert f"En vigueur depuis le {day(TODAY)}".replace(NO_BREAK, " ") in text
    assert TEAM in text
    assert reader.page.locator("i", has_text="fictive").count() == 0
    link = reader.page.locator(".grid-versions a").first.get_attribute("href")
    answer = reader.page.request.get(url + link)
    assert read_toml(answer.text()) == versions(access, "loire")[1]
    is_french_and_alone(reader)


def test_what_somebody_else_changed_is_not_covered_and_nothing_typed_is_lost(town, visit):
    url, access, settings = town
    with access.owner() as owner:
        protocole_desk.draft(owner, settings.site("moselle"), model_terms())
    seen = opened(visit, url, "moselle", access, "chef")
    page = seen.page
    page.get_by_label("Article qui autorise").fill("Article tapé longuement")
    with access.owner() as owner:
        terms = replace(model_terms(), delay_days=3)
        protocole_desk.draft(owner, settings.site("moselle"), terms)
    press(page, "Enregistrer les règles")
    said(page, "Quelqu’un d’autre a modifié ce document")
    expect(page.get_by_text("Ce que vous avez saisi est gardé")).to_be_visible(timeout=SLOW)
    expect(page.get_by_label("Article qui autorise")).to_have_value("Article tapé longuement")
    assert versions(access, "moselle")[0].terms == terms
    is_french_and_alone(seen)
    press(page, "Reprendre ma saisie sur la version actuelle")
    expect(page.get_by_text("Ce que vous avez saisi est gardé")).to_have_count(0, timeout=SLOW)
    expect(page.get_by_label("Article qui autorise")).to_have_value("Article tapé longuement")
    press(page, "Enregistrer les règles")
    said(page, "sont enregistrées")
    assert versions(access, "moselle")[0].terms.article == "Article tapé longuement"


def test_a_share_is_written_and_what_stands_against_it_is_said(town, visit, tmp_path):
    url, access, _ = town
    seen = opened(visit, url, "bastia", access, "chef")
    page = seen.page
    file = tmp_path / "protocole.toml"
    for site, item, words in (
        ("bastia", "nul<b>", "« nul<b> » n’est pas un indicateur"),
        ("loire", "inconnu", "n’est pas le protocole du site Bastia"),
        ("bastia", "inconnu", "Le fichier est repris"),
    ):
        terms = replace(model_terms(), shares=(Share("copilot", (item,), "400", "now"),))
        file.write_text(to_toml(Agreement(site, site, 0, terms)), "utf-8")
        page.get_by_text("Partir d’un fichier TOML").click()
        page.locator('input[type="file"]').set_input_files(file)
        expect(page.get_by_role("button", name="Reprendre ce fichier")).to_be_enabled(timeout=SLOW)
        press(page, "Reprendre ce fichier")
        said(page, words)
        page.reload()
        page.locator(".st-key-protocole_suite").wait_for(timeout=SLOW)
        settled(page)
    expect(page.locator(".grid-faults")).to_contain_text("inconnu", timeout=SLOW)
    expect(page.get_by_role("button", name="Proposer aux partenaires")).to_be_disabled()
    is_french_and_alone(seen)
    assert "les chiffres de chaque indicateur se lisent par quartier" in plain(page)
    page.get_by_text("carré de 200 m", exact=True).first.click()
    press(page, "Enregistrer le partage")
    said(page, "Le partage est enregistré")
    (share,) = versions(access, "bastia")[0].terms.shares
    assert (share.role, share.precision, share.rhythm) == ("copilot", "200", "now")
    assert "tous les indicateurs ensemble, une fois l’année publiée" in plain(page)


def test_a_team_suspends_at_once_and_its_leader_alone_resumes(town, visit):
    url, access, settings = town
    if not any(one.in_force for one in versions(access, "loire")):
        in_force(access, settings, "loire", model_terms())
    page = opened(visit, url, "loire", access, "equipier").page
    assert page.get_by_role("button", name="Préparer").count() == 0
    press(page, "Suspendre dès maintenant")
    said(page, "est suspendu")
    with access.owner() as owner:
        assert protocole_desk.suspensions(owner, "loire") == [TEAM]
    expect(page.get_by_role("button", name="Reprendre le partage")).to_have_count(0, timeout=SLOW)
    seen = opened(visit, url, "loire", access, "delegue")
    assert f"{TEAM} : rien de cette équipe ne se lit ailleurs" in plain(seen.page)
    is_french_and_alone(seen)
    assert "se lisent avec un compte du site" in plain(opened(visit, url, "loire").page)
    page = opened(visit, url, "loire", access, "chef").page
    press(page, "Reprendre le partage")
    said(page, "a repris")
    with access.owner() as owner:
        assert protocole_desk.suspensions(owner, "loire") == []


@pytest.mark.parametrize("login", ["service", "gestion"])
def test_a_role_without_the_right_sees_no_button(town, visit, login):
    """That the desk refuses a forged call too is in test_protocole_desk."""
    url, access, _ = town
    page = opened(visit, url, "moselle", access, login).page
    expect(page.get_by_text("Versions", exact=True)).to_be_visible(timeout=SLOW)
    settled(page)
    assert page.locator('[data-testid="stMain"] [data-testid="stButton"]').count() == 0
    assert page.locator('[data-testid="stForm"]').count() == 0


def test_a_meeting_and_the_act_that_widens_are_noted_and_kept(town, visit):
    url, access, settings = town
    if not any(one.in_force for one in versions(access, "loire")):
        in_force(access, settings, "loire", model_terms())
    seen = opened(visit, url, "loire", access, "chef")
    page = seen.page
    field = page.get_by_label("Jour de la réunion")
    for typed, words in (("hier", "n’est pas une date"), ("01/01/2999", "ne se note pas encore")):
        field.fill(typed)
        press(page, "Noter la réunion")
        said(page, words)
        expect(field).to_have_value(typed)
    held = TODAY - timedelta(days=2)
    field.fill(held.strftime("%d/%m/%Y"))
    press(page, "Noter la réunion")
    said(page, "est notée")
    expect(page.locator(".pact-acts")).to_contain_text(day(held), timeout=SLOW)

    since = TODAY - timedelta(days=60)
    page.get_by_label("Depuis le jour").fill(since.strftime("%d/%m/%Y"))
    press(page, "Voir ce que cela ouvrirait")
    said(page, "Il manque la raison")
    page.get_by_label("Qui l’a décidé").fill("Réunion <b>du 3</b>")
    press(page, "Voir ce que cela ouvrirait")
    expect(page.get_by_text("avant tout protocole")).to_be_visible(timeout=SLOW)
    assert "rien → observations" not in plain(page)
    assert "Le service, tous les indicateurs : rien → par quartier" in plain(page)
    with access.owner() as owner:
        assert protocole_desk.widenings(owner, "loire") == []
    is_french_and_alone(seen)
    press(page, "Élargir depuis le")
    said(page, "régit aussi ce qui a été vu")
    expect(page.locator(".pact-acts")).to_contain_text("Réunion <b>du 3</b>", timeout=SLOW)
    with access.owner() as owner:
        assert [one.since for one in protocole_desk.widenings(owner, "loire")] == [since]
    delegate = opened(visit, url, "loire", access, "delegue").page
    assert delegate.get_by_label("Depuis le jour").count() == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_never_scrolls_sideways(town, visit, width):
    url, access, settings = town
    terms = replace(model_terms(), shares=(*model_terms().shares, Share("public", ("inconnu",))))
    if not any(one.in_force for one in versions(access, "loire")):
        in_force(access, settings, "loire", terms)
    for site in ("loire", "bastia"):
        page = opened(visit, url, site, access, "chef", width=width).page
        assert is_within(page), site


def test_a_session_that_is_over_ends_the_page_at_the_next_action(town, visit):
    url, access, _ = town
    page = opened(visit, url, "loire", access, "chef").page
    with access.owner() as owner:
        owner.exec_driver_sql("DELETE FROM people.token")
    page.get_by_label("Jour de la réunion").fill("01/01/2024")
    press(page, "Noter la réunion")
    expect(page.get_by_role("heading", name="Votre session est terminée")).to_be_visible(
        timeout=SLOW
    )


@pytest.mark.parametrize("path", ["loire/99.toml", "loire/1.csv", "nulle/1.toml"])
def test_a_document_that_is_not_there_is_refused_in_french(town, visit, path):
    url, _, _ = town
    answer = visit(url + "/methode").page.request.get(f"{url}/telechargements/protocoles/{path}")
    assert answer.status == 404
    assert english_in(answer.text()) == []
