"""The pages in a real Chromium that can reach nothing but this machine."""

from __future__ import annotations

import csv
import io
import json
import re
from urllib.parse import urlsplit

import pytest
from browser import bare_environ, served
from conftest import command_environ, fresh_settings
from pages_visited import acted, drawn, heard, params, settled, unfolded
from playwright.sync_api import expect
from site_release import BLIND, publish_sites, site_layers

from observatoire.access import open_access
from observatoire.labels.numbers import number
from observatoire.labels.typography import NO_BREAK

pytestmark = pytest.mark.browser

PAGES = ("/", "/carte", "/methode", "/publications", "/quartier?qpv=QP042013")
READY = {
    "/": ".hero",
    "/carte": ".values-table",
    "/methode": ".plain-table",
    "/publications": ".secret-table",
    "/quartier": ".glossary",
}
POVERTY = "Taux de pauvreté"
ENGLISH = (
    "about|all|and|any|are|ascending|autosize|available|cancel|choose|clear|close|column|copy|"
    "deploy|descending|download|empty|enter|error|fullscreen|hide|loading|made|menu|more|no|not|"
    "of|open|option|options|please|press|record|rerun|results|running|search|select|settings|"
    "show|sort|the|this|to|try|unpin|view fullscreen|wait|with|you|your"
)
# French words that are also in the list, and place names.
ALSO_FRENCH = {"menu", "option", "options", "no", "record"}


@pytest.fixture(scope="module")
def url(test_cluster, tmp_path_factory):
    """Address of the app on a store where the three sites are published."""
    folder = tmp_path_factory.mktemp("pages")
    with fresh_settings(test_cluster, folder) as settings:
        access = open_access(settings, writes=True)
        publish_sites(access)
        access.close()
        with served(command_environ(settings), folder / "log") as address:
            yield address


def opened(visit, url, path, **options):
    """Open a page and wait until it is drawn."""
    made = visit(url + path, **options)
    if urlsplit(path).path == "/carte":
        made.page.locator(".lm[data-revision]").wait_for()
    return drawn(made, READY[urlsplit(path).path])


def visible_text(page):
    """Return what is read on the page; the names of icons are drawn, not read."""
    settled(page)
    return page.evaluate(
        """() => {
            const icons = [...document.querySelectorAll('[data-testid="stIconMaterial"]')];
            icons.forEach((icon) => { icon.style.display = "none"; });
            const text = document.body.innerText;
            icons.forEach((icon) => { icon.style.display = ""; });
            return text;
        }"""
    )


def english_in(text):
    """Return the English words of a text, each with what stands around it."""
    found = re.finditer(rf"\b({ENGLISH})\b", text, re.IGNORECASE)
    return [
        text[max(0, one.start() - 30) : one.end() + 30]
        for one in found
        if one[0].lower() not in ALSO_FRENCH
    ]


def rows(page):
    """Return the table as a list of dictionaries, as it is read."""
    settled(page)
    return page.evaluate(
        """() => {
            const table = document.querySelector(".values-table");
            const heads = [...table.querySelectorAll("thead th")].map((th) => th.dataset.column);
            return [...table.querySelectorAll("tbody tr")].map((tr) => Object.fromEntries([
                ["code", tr.dataset.code],
                ...heads.map((head, i) => [head, tr.children[i].innerText.trim()]),
            ]));
        }"""
    )


def revision(page):
    return page.locator(".lm").get_attribute("data-revision")


def choose_indicator(page, word, name):
    """Open the catalogue, search a word, choose an indicator, wait for its map."""
    settled(page)  # a list that opens while the page is drawn closes again
    before = revision(page)
    page.locator(".st-key-choix_indicateur button").first.click()
    acted(page, lambda: page.get_by_placeholder("Un mot").fill(word))
    page.get_by_role("button", name=name).first.click()
    expect(page.locator(".lm")).not_to_have_attribute("data-revision", before)
    settled(page)


# --- every page --------------------------------------------------------------------------------


def test_every_page_is_french_titled_and_asks_nothing_outside(url, visit):
    for path in PAGES:
        seen = opened(visit, url, path)
        text = visible_text(seen.page)
        assert english_in(text) == [], path
        names = seen.page.evaluate(
            """() => [...document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")]
                .filter((e) => e.checkVisibility())
                .flatMap((e) => [e.ariaLabel, e.title, e.placeholder, e.alt]).join(" . ")"""
        )
        assert english_in(names) == [], path
        assert seen.page.locator("html").get_attribute("lang") == "fr"
        assert "Observatoire des quartiers prioritaires" in seen.page.title()
        assert seen.page.locator("h1").count() == 1
        assert seen.outside == []
        assert [one for one in seen.complaints if "404" not in one] == []


def test_nothing_of_the_tools_own_frame_shows(url, visit):
    seen = opened(visit, url, "/carte")
    for part in ("stHeader", "stToolbar", "stStatusWidget", "stDecoration", "stSidebar"):
        for place in seen.page.get_by_test_id(part).all():
            assert not place.is_visible(), part
    assert "Streamlit" not in visible_text(seen.page)


@pytest.mark.parametrize("width", [390, 768, 1920])
def test_no_page_scrolls_sideways(url, visit, width):
    for path in (*PAGES, "/?qpv=QP042011", "/carte?indicateur=terrain.jeux&qpv=QP042011"):
        seen = opened(visit, url, path, width=width, height=844)
        assert seen.page.evaluate(
            """() => {
                const main = document.querySelector('[data-testid="stMain"]');
                return [document.documentElement, main].every(
                    (box) => box.scrollWidth <= box.clientWidth + 1);
            }"""
        ), (path, width)


def test_an_unknown_address_is_answered_in_french(url, visit):
    seen = visit(url + "/inconnue")
    dialog = seen.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Page introuvable")
    assert english_in(dialog.inner_text()) == []


def test_a_lost_connection_and_a_store_that_is_down_are_told_in_french(visit, tmp_path):
    nowhere = "postgresql://nobody@127.0.0.1:9/none"
    stores = {"OBSERVATOIRE_DATABASE_URL": nowhere, "OBSERVATOIRE_APP_DATABASE_URL": nowhere}
    with served(bare_environ(tmp_path) | stores, tmp_path / "log") as address:
        seen = visit(address + "/")
        expect(seen.page.locator(".refusal")).to_contain_text("ne répond pas")
        seen.page.wait_for_function("() => window.__french")
        assert english_in(visible_text(seen.page)) == []
    dialog = seen.page.get_by_role("dialog")
    expect(dialog).to_contain_text("La connexion est coupée")
    assert english_in(dialog.inner_text()) == []


def test_pages_link_to_each_other_without_reloading(url, visit):
    seen = opened(visit, url, "/")
    seen.page.evaluate("window.__same = true")
    seen.page.get_by_role("link", name="Carte", exact=True).click()
    seen.page.locator(".values-table").wait_for()
    seen.page.get_by_role("link", name="Sources et méthode", exact=True).first.click()
    seen.page.locator(".plain-table").wait_for()
    settled(seen.page)
    assert urlsplit(seen.page.url).path == "/methode"
    assert seen.page.evaluate("window.__same") is True


def test_everything_is_reached_with_the_keyboard(url, visit):
    seen = opened(visit, url, "/carte")
    reached = set()
    for _ in range(60):
        seen.page.keyboard.press("Tab")
        reached.add(
            seen.page.evaluate(
                """() => {
                    let e = document.activeElement;
                    while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
                    const inside = (e?.getRootNode().host ?? e);
                    const keyed = inside?.closest?.('[class*="st-key-"]');
                    return keyed ? [...keyed.classList].find((c) => c.startsWith("st-key-")) : "";
                }"""
            )
        )
    for part in ("catalogue_ouvert", "periode_choisie", "edition_choisie", "vue_choisie"):
        assert any(part in name for name in reached), (part, reached)
    assert any("carte" in name for name in reached)
    assert any("tableau" in name for name in reached)


# --- home --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("cotonne montferre", "Cotonne Montferré"),
        ("qp02b002", "Centre Ancien"),
        ("Montbrison", "Beauregard"),
    ],
)
def test_my_neighbourhood_is_found_by_name_code_or_commune(url, visit, typed, name):
    seen = opened(visit, url, "/")
    search = seen.page.get_by_label("Nom du quartier, commune ou code")
    acted(seen.page, lambda: search.fill(typed))
    expect(seen.page.locator(".neighbourhood h3")).to_have_text(name)
    figures = seen.page.locator(".figures li")
    assert figures.count() >= 5
    assert "2018" in figures.first.inner_text()


def test_several_answers_are_offered_and_one_leads_to_its_card_and_its_map(url, visit):
    seen = opened(visit, url, "/")
    search = seen.page.get_by_label("Nom du quartier, commune ou code")
    acted(seen.page, lambda: search.fill("saint etiene"))
    seen.page.get_by_role("button", name="Terrenoire").click()
    seen.page.locator(".neighbourhood h3").wait_for()
    assert params(seen.page)["qpv"] == "QP042016"
    seen.page.get_by_role("link", name="Voir ce quartier sur la carte").click()
    expect(seen.page.locator(".card h3")).to_have_text("Terrenoire")
    assert params(seen.page)["vue"] == "loire"


def test_the_doors_of_the_home_page_open(url, visit):
    seen = opened(visit, url, "/")
    for form in ("csv", "html"):
        link = seen.page.locator(f'.st-key-porte_reunion a[href$=".{form}"]')
        answer = seen.page.request.get(url + link.get_attribute("href"))
        assert answer.status == 200
        assert len(answer.body()) > 1000
    seen.page.get_by_role("link", name="Comparer un quartier").click()
    seen.page.wait_for_url("**/comparer*")
    seen.page.get_by_role("heading", name="Comparer").first.wait_for()


# --- map ---------------------------------------------------------------------------------------


def published(indicator, period):
    return next(one for one in site_layers() if (one.indicator, one.period) == (indicator, period))


def test_the_table_the_sentence_and_the_legend_say_the_published_figures(url, visit):
    seen = opened(visit, url, "/carte?indicateur=filosofi.TP60&edition=2015&periode=2018")
    layer = published("filosofi.TP60", "2018")
    cells = layer.frame.xs("qpv")
    shown = rows(seen.page)
    assert len(shown) == 45
    for row in shown:
        cell = cells.loc[row["code"]]
        expected = number(cell["value"], 1) if cell["status"] == "ok" else "–"
        assert row["value"] == expected, row
    said = seen.page.locator(".said").inner_text()
    known = cells.loc[[row["code"] for row in shown], "value"].dropna()
    assert f"{number(known.min(), 1)}{NO_BREAK}%" in said
    assert f"{number(known.max(), 1)}{NO_BREAK}%" in said
    counts = re.findall(r"(\d+) quartiers?", seen.page.locator(".legend").inner_text())
    assert sum(map(int, counts)) == 45


def test_the_table_sorts_on_numbers_both_ways_with_absences_last(url, visit):
    seen = opened(visit, url, "/carte?indicateur=filosofi.TP60")
    button = seen.page.locator('th[data-column="value"] button')

    def values():
        found = [row["value"] for row in rows(seen.page)]
        return [float(text.replace(",", ".")) for text in found if text != "–"], found

    down, found = values()
    absent = found.count("–")
    assert absent > 0
    assert found[-absent:] == ["–"] * absent
    assert down == sorted(down, reverse=True)
    button.click()
    up, found = values()
    assert up == sorted(up)
    assert found[-absent:] == ["–"] * absent
    head = seen.page.locator('th[data-column="value"]')
    assert head.get_attribute("aria-sort") == "ascending"


def test_another_indicator_changes_all_that_is_said_and_remounts_nothing(url, visit):
    seen = opened(visit, url, "/carte")
    first = rows(seen.page)
    seen.page.locator(".lm").evaluate("(map) => { map.__mine = true; }")
    panes = seen.page.locator(".lm-pane").count()
    choose_indicator(seen.page, "revnu", "Revenu disponible médian")
    for part in (".layer-title", ".values-table caption"):
        expect(seen.page.locator(part)).to_contain_text("Revenu disponible médian")
    assert rows(seen.page) != first
    assert "€ par an" in seen.page.locator(".legend").inner_text()
    assert "€ par an" in seen.page.locator(".said").inner_text()
    assert params(seen.page)["indicateur"] == "filosofi.DISP_Q2"
    assert panes == 3
    assert seen.page.locator(".lm").evaluate("(map) => map.__mine") is True


def test_a_change_sends_little(url, visit):
    seen = opened(visit, url, "/carte")
    before = heard(seen.page)
    choose_indicator(seen.page, "logements sociaux", "Logements sociaux")
    assert 0 < heard(seen.page) - before < 120_000


def test_the_address_reopens_the_same_map(url, visit):
    seen = opened(visit, url, "/carte")
    choose_indicator(seen.page, "loyer", "Loyer moyen")
    seen.page.locator(".st-key-vue_choisie").get_by_text("Moselle").click()
    expect(seen.page.locator(".lm-pane")).to_have_count(1)
    settled(seen.page)
    seen.page.locator(".values-table tbody button").nth(2).click()
    seen.page.locator(".card h3").wait_for()
    settled(seen.page)
    again = visit(seen.page.url)
    again.page.locator(".lm[data-revision]").wait_for()
    drawn(again, ".card h3")
    for part in (".layer-title", ".layer-line", ".said", ".legend", ".card"):
        assert again.page.locator(part).inner_text() == seen.page.locator(part).inner_text()
    assert rows(again.page) == rows(seen.page)


def test_a_wrong_address_gives_a_sentence_and_the_default_map(url, visit):
    seen = opened(visit, url, "/carte?indicateur=%3Cscript%3E&vue=lune&periode=hier&qpv=QP")
    said = seen.page.locator(".note.wrong").inner_text()
    assert f"«{NO_BREAK}<script>{NO_BREAK}»" in said
    assert seen.page.locator(".layer-title").inner_text() == POVERTY
    assert len(rows(seen.page)) == 45


def test_going_back_shows_the_former_map(url, visit):
    seen = opened(visit, url, "/carte?indicateur=filosofi.TP60")
    choose_indicator(seen.page, "gini", "Indice de Gini")
    seen.page.locator(".layer-title", has_text="Gini").wait_for()
    seen.page.go_back()
    seen.page.locator(".layer-title", has_text=POVERTY).wait_for()


def test_a_field_layer_is_per_outing_with_its_outings_and_says_it_is_fictitious(url, visit):
    seen = opened(visit, url, "/carte?indicateur=terrain.jeux")
    assert "Données fictives" in seen.page.locator(".note.fictitious").inner_text()
    assert "par sortie" in seen.page.locator(".legend").inner_text()
    shown = {row["code"]: row for row in rows(seen.page)}
    assert shown[BLIND]["value"] == "–"
    assert shown[BLIND]["status"].startswith("veille aveugle")
    assert shown["QP042011"]["outings"].replace("\u202f", "").isdigit()
    said = seen.page.locator(".said").inner_text()
    assert "veille aveugle" in said
    assert "sorties" in said
    unfolded(seen.page.locator(".st-key-periode_choisie input"))
    seen.page.get_by_role("option", name="décembre 2023").click()
    seen.page.locator(".layer-line", has_text="décembre 2023").wait_for()
    assert params(seen.page)["periode"] == "2023-12"


def test_a_pick_on_the_map_or_in_the_table_opens_the_same_panel(url, visit):
    seen = opened(visit, url, "/carte?indicateur=filosofi.TP60&periode=2018")
    seen.page.locator(".lm-name", has_text="Montreynaud").first.click()
    seen.page.locator(".card h3", has_text="Montreynaud").wait_for()
    assert params(seen.page)["qpv"] == "QP042013"
    assert seen.page.locator("tr.picked").get_attribute("data-code") == "QP042013"
    history = seen.page.locator(".bars li").all_inner_texts()
    assert len(history) >= 5
    seen.page.locator('tr[data-code="QP02B001"] button').click()
    seen.page.locator(".card h3", has_text="Quartier Sud").wait_for()
    seen.page.get_by_role("button", name="Ne plus choisir ce quartier").click()
    seen.page.locator(".card").wait_for(state="detached")
    assert "qpv" not in params(seen.page)


def test_the_files_offered_agree_with_the_table(url, visit):
    seen = opened(visit, url, "/carte?indicateur=filosofi.TP60&periode=2018&vue=loire")
    shown = {row["code"]: row for row in rows(seen.page)}
    files = {}
    for link in seen.page.locator(".downloads .files a").all():
        href = link.get_attribute("href")
        answer = seen.page.request.get(url + href)
        assert answer.status == 200, href
        files[urlsplit(href).path.rsplit(".", 1)[1]] = answer.body()
    assert set(files) == {"csv", "geojson", "gpkg", "html", "svg"}
    assert files["svg"].startswith(b"<svg")
    assert files["gpkg"].startswith(b"SQLite format 3")
    features = json.loads(files["geojson"])["features"]
    assert {one["properties"]["qpv"] for one in features} == set(shown)
    text = files["csv"].decode("utf-8-sig")
    dialect = csv.Sniffer().sniff(text.splitlines()[0], delimiters=";,")
    read = list(csv.DictReader(io.StringIO(text), dialect=dialect))
    assert {row["qpv"] for row in read} == set(shown)
    for row in read:
        written = row["value"].replace(",", ".")
        read_value = number(float(written), 1) if written else "–"
        assert read_value == shown[row["qpv"]]["value"]


def test_under_the_map_stand_the_definition_the_source_and_its_vintage(url, visit):
    seen = opened(visit, url, "/carte?indicateur=filosofi.TP60&periode=2018")
    text = seen.page.locator(".meaning").inner_text()
    for part in ("Définition", "Source", "Millésime", "Licence Ouverte", "Prochaine mise à jour"):
        assert part in text
    assert "Insee" in seen.page.locator(".lm-foot").inner_text()
