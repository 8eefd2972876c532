"""The pages Équipe and Retours in a real Chromium: imported, withdrawn, suspended, answered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pages_visited import SLOW, drawn, is_within, plain, press, stands, unfolded
from playwright.sync_api import expect
from sqlalchemy import text
from team_town import TEAM, TODAY, team_town
from test_activity_import import HEADERS
from test_exchanges import as_csv
from test_grilles_page import is_french_and_alone
from visitors import token_of

from observatoire import accounts
from observatoire.store import captured

pytestmark = pytest.mark.browser

INSERTION = "Nb insertion"


@pytest.fixture(scope="module")
def town(test_cluster, tmp_path_factory):
    with team_town(test_cluster, tmp_path_factory.mktemp("equipe")) as made:
        yield made


def opened(visit, town, login, part="sorties", page="equipe", **options):
    if login:
        options |= town.cookie(login)
    made = visit(f"{town.url}/{page}?partie={part}", **options)
    made.page.locator("h1").first.wait_for(timeout=SLOW)
    return drawn(made, "footer.foot")


def said(page, words):
    stands(page.locator(".note").filter(has_text=words))


def choose(page, label, option):
    unfolded(page.get_by_role("combobox", name=label)).fill(option)
    page.get_by_role("option").filter(has_text=option).first.click()


def line(number, day=TODAY, place="QP042001", slot="soir", insertion="1"):
    return [number, day.strftime("%d/%m/%Y"), slot, place, "", "", insertion]


def given(page, folder, lines, more=INSERTION, name="export.csv"):
    file = folder / name
    file.write_bytes(as_csv([*HEADERS, more], lines))
    page.locator('input[type="file"]').set_input_files(file)


def test_an_export_is_mapped_previewed_imported_and_then_withdrawn_with_a_trace(
    town, visit, tmp_path
):
    seen = opened(visit, town, "cheffe", "importer")
    page = seen.page
    old = TODAY - timedelta(days=200)
    lines = [line("S1"), line("S2", place="<b>Le coin</b>"), line("S3", day=old), line("S4")]
    given(page, tmp_path, lines)
    page.get_by_text("Quelle colonne dit quoi").wait_for(timeout=SLOW)
    place = page.get_by_role("combobox", name="<b>Le coin</b>")
    expect(place).to_be_visible(timeout=SLOW)
    is_french_and_alone(seen)
    press(page, "Enregistrer et voir ce qui serait importé")
    said(page, "est enregistrée")
    expect(page.get_by_role("button", name="Importer 2 sorties")).to_be_visible(timeout=SLOW)
    text_ = plain(page)
    assert "4 lignes lues" in text_
    assert "2 lignes mises de côté" in text_
    assert "est à venir, ou trop ancien" in text_
    assert town.count("capture.outing") == 0, "a preview writes nothing"
    choose(page, "<b>Le coin</b>", "Beauregard")
    press(page, "Enregistrer et voir ce qui serait importé")
    press(page, "Importer 3 sorties")
    expect(page.get_by_text("3 sorties écrites")).to_be_visible(timeout=SLOW)
    is_french_and_alone(seen)
    assert town.count("capture.outing") == 3
    assert page.locator('[data-testid="stFileChip"]').count() == 0, "the file is forgotten"
    given(page, tmp_path, lines)
    expect(page.get_by_text("Rien de nouveau à importer.")).to_be_visible(timeout=SLOW)
    assert "3 déjà là" in plain(page)

    seen = opened(visit, town, "rue")
    page = seen.page
    expect(page.locator(".team-table").first).to_contain_text("importée", timeout=SLOW)
    choose(page, "Sortie à retirer", "Beauregard")
    press(page, "Retirer cette sortie…")
    is_french_and_alone(seen)
    press(page, "Annuler")
    expect(page.get_by_role("button", name="Retirer cette sortie…")).to_be_visible(timeout=SLOW)
    assert town.count("capture.outing") == 3
    press(page, "Retirer cette sortie…")
    press(page, "Oui, la retirer")
    said(page, "La sortie est retirée")
    expect(page.locator(".team-traces tbody tr")).to_have_count(1, timeout=SLOW)
    assert "2 sorties" in plain(page)
    with town.access.owner() as owner:
        assert owner.execute(text("SELECT kind FROM capture.closed")).scalars().all() == [
            "withdrawn"
        ]
    seen = opened(visit, town, "cheffe", "importer")
    given(seen.page, tmp_path, lines)
    expect(seen.page.get_by_text("Rien de nouveau à importer.")).to_be_visible(timeout=SLOW)


def test_a_file_on_persons_is_refused_whole_on_the_page(town, visit, tmp_path):
    seen = opened(visit, town, "cheffe", "importer")
    before = town.count("capture.outing")
    given(seen.page, tmp_path, [line("S9")], more="Nom du jeune")
    said(seen.page, "Fichier refusé en entier")
    assert seen.page.get_by_role("button", name="Importer").count() == 0
    is_french_and_alone(seen)
    assert town.count("capture.outing") == before


def test_a_team_suspends_at_once_and_its_leader_resumes(town, visit):
    town.write("rue", 2, town.items[0], TODAY - timedelta(days=10))
    shared = lambda: _shared(town)  # noqa: E731
    assert shared(), "the service reads them before"
    seen = opened(visit, town, "rue", "partage")
    page = seen.page
    text_ = plain(page)
    for words in ("le délégué du préfet", "une fois le mois fini", "le quartier entier", TEAM):
        assert words in text_
    press(page, "Suspendre le partage maintenant")
    said(page, "est suspendu, dès maintenant")
    assert shared() == []
    expect(page.get_by_text("Seul le chef d’équipe")).to_be_visible(timeout=SLOW)
    assert page.get_by_role("button", name="Reprendre").count() == 0
    is_french_and_alone(seen)
    page = opened(visit, town, "cheffe", "partage").page
    press(page, "Reprendre le partage maintenant")
    said(page, "reprend, dès maintenant")
    assert shared()


def _shared(town):
    door = town.access.signed(token_of(town.access, "service"))
    with door.session() as session:
        return captured.read_shared(session)


def test_a_return_written_by_a_delegate_is_read_by_the_team_with_who_saw(town, visit):
    delegate = town.access.signed(token_of(town.access, "deleguee"))
    accounts.note_reading(delegate, ("loire",), "export", f"terrain.{town.items[0]} 2026 (csv)")
    seen = opened(visit, town, "deleguee", page="retours")
    page = seen.page
    page.get_by_label("Ce qui a été décidé").fill("Appeler Mme Dupont au 06 39 98 12 34")
    press(page, "Écrire ce retour")
    said(page, "Ce retour ne peut pas être gardé")
    assert town.count("exchanges.answer") == 0
    expect(page.get_by_label("Ce qui a été décidé")).to_have_value(
        "Appeler Mme Dupont au 06 39 98 12 34"
    )
    page.get_by_label("Ce qui a été décidé").fill(
        "Une réunion <img src=x onerror=alert(1)>\nen mai"
    )
    press(page, "Écrire ce retour")
    said(page, "Retour écrit")
    said(page, "Un retour est déjà écrit sur cette période")
    is_french_and_alone(seen)
    page.get_by_label("Ce qui en est sorti").fill("Deux bancs <b>posés</b>.")
    press(page, "Écrire ce retour")
    expect(page.locator(".team-return")).to_contain_text("Deux bancs <b>posés</b>.", timeout=SLOW)
    assert town.count("exchanges.answer") == 2

    seen = opened(visit, town, "rue", "retour")
    page = seen.page
    expect(page.locator(".team-return")).to_contain_text("Une réunion <img src=x", timeout=SLOW)
    assert page.locator(".team-return :is(img, b + b)").count() == 0
    text_ = plain(page)
    assert "délégué du préfet, Préfecture, le" in text_
    assert "a emporté les chiffres" in text_
    assert "deleguee" not in text_
    assert page.get_by_role("link", name="Écrire un retour").count() == 0
    is_french_and_alone(seen)
    page = opened(visit, town, "ailleurs", page="retours").page
    assert "Deux bancs" not in plain(page)


@pytest.mark.parametrize("login", ["", "deleguee"])
def test_the_others_read_one_sentence(town, visit, login):
    seen = opened(visit, town, login)
    assert "Cette page est celle des équipes" in plain(seen.page)
    assert seen.page.locator(".team-part").count() == 0
    assert seen.page.get_by_role("link", name="Équipe").count() == 0
    is_french_and_alone(seen)


def test_the_public_reads_no_return_and_a_street_team_neither_imports_nor_writes(town, visit):
    page = opened(visit, town, "", page="retours").page
    assert "avec un compte d’un des sites" in plain(page)
    page = opened(visit, town, "rue", "importer").page
    assert "Seul le chef d’équipe importe." in plain(page)
    assert page.locator('input[type="file"]').count() == 0
    page = opened(visit, town, "rue", page="retours").page
    assert page.get_by_label("Ce qui a été décidé").count() == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_no_part_scrolls_sideways(town, visit, width, tmp_path):
    town.write("rue", 1, town.items[0])
    for part, page in (
        ("sorties", "equipe"),
        ("partage", "equipe"),
        ("importer", "equipe"),
        ("retour", "equipe"),
        ("", "retours"),
    ):
        seen = opened(visit, town, "cheffe", part, page, width=width)
        if part == "importer":
            given(seen.page, tmp_path, [line("S1"), line("S2", place="Un lieu très long " * 3)])
            seen.page.get_by_text("Quelle colonne dit quoi").wait_for(timeout=SLOW)
        assert is_within(seen.page), (part, page)
