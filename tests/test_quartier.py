"""The page of one neighbourhood, and the choice of classes on the map, on a fresh clone's data."""

from __future__ import annotations

import base64
import csv
import io
import re
from urllib.parse import urlsplit

import geopandas as gpd
import pandas as pd
import pytest
from browser import served
from conftest import command_environ
from hypothesis import given
from hypothesis import strategies as st
from pages_visited import drawn, params, settled, stands, unfolded
from playwright.sync_api import expect
from shapely import box
from site_release import BLIND, RARE, site_layers
from test_pages import english_in, visible_text
from test_planche import placed, square

from observatoire.catalogue import read_catalogue
from observatoire.dossiers import dossier_rows
from observatoire.labels import read_words
from observatoire.labels.numbers import number
from observatoire.labels.typography import NO_BREAK
from observatoire.views.figures import Reference, doubtful
from observatoire.views.glossary import glossary, term_names, terms_in
from observatoire.views.perimeter import perimeter

MONTREYNAUD = "QP042013"
CARD = f"/quartier?qpv={MONTREYNAUD}"


# --- everything published, as rows ---------------------------------------------------------------


def test_the_file_of_a_neighbourhood_holds_each_published_figure_once():
    rows = dossier_rows(site_layers(), MONTREYNAUD, {"name": "Montreynaud", "commune": "Ville"})
    expected = {
        (one.indicator, one.period): one.frame.loc[("qpv", MONTREYNAUD)] for one in site_layers()
    }
    assert not rows.duplicated(["indicator", "period"]).any()
    assert {(row.indicator, row.period) for row in rows.itertuples()} == set(expected)
    for row in rows.itertuples():
        cell = expected[row.indicator, row.period]
        assert row.status == cell["status"]
        assert (pd.isna(row.value) and pd.isna(cell["value"])) or row.value == cell["value"]


@pytest.mark.parametrize("code", [BLIND, RARE])
def test_a_figure_that_is_not_shown_has_no_number_in_any_column(code):
    rows = dossier_rows(site_layers(), code, {"name": "", "commune": ""})
    hidden = rows[rows["status"] != "ok"]
    assert len(hidden)
    assert hidden[["value", "low", "high", "outings"]].isna().all().all()
    assert (hidden["note"] != "").all()
    assert (hidden["grade"] == "").all()


def test_a_neighbourhood_nobody_knows_has_no_row():
    assert dossier_rows(site_layers(), "QP999999", {}).empty


# --- pieces of the page --------------------------------------------------------------------------


def test_every_term_of_the_glossary_is_a_sentence_or_two():
    labels = read_words("glossaire")
    for name in term_names():
        sentences = re.findall(r"[.!?](?:\s|$)", labels(f"term.{name}.text"))
        assert 1 <= len(sentences) <= 4, name
    assert "details" in glossary(term_names())


@pytest.mark.parametrize(
    ("said", "term"),
    [
        ("Revenu disponible médian", "median"),
        ("TAUX DE PAUVRETÉ", "poverty"),
        ("secret statistique", "secret"),
        (f"veille aveugle{NO_BREAK}: aucune sortie", "blind"),
        ("3e quartile", "quantile"),
        ("Publié par Iris seulement", "iris"),
    ],
)
def test_a_term_is_found_where_it_is_used(said, term):
    assert term in terms_in([said])
    assert term not in terms_in(["Rien de cela"])


def test_every_word_of_the_glossary_is_called_by_some_page():
    """A term that no indicator, status or label uses would never be shown."""
    texts = [
        text
        for one in read_catalogue().indicators.values()
        for text in (one.label, one.definition, one.caveat, one.unit)
    ]
    for page in ("nombres", "evolution", "quartier"):
        texts += read_words(page).entries.values()
    assert set(terms_in(texts)) == set(term_names())


def test_the_drawing_is_in_metres_with_its_communes_named():
    quarter = square("QP974001", "974", 400)
    around = quarter.to_crs(2975).assign(name="Ville")
    around = around.set_geometry(around.buffer(900)).to_crs(4326)
    made = perimeter(quarter, around, "Un carré")
    assert 'alt="Un carré"' in made
    named = placed(quarter.assign(department="42"))
    assert len(named) == 1


def test_the_name_of_a_commune_is_not_written_over_the_neighbourhood():
    """It stood in the middle of the commune, where the neighbourhood often is."""
    quarter = gpd.GeoDataFrame(
        {"department": ["42"]}, geometry=[box(4.390, 45.430, 4.400, 45.440)], crs=4326
    )
    around = gpd.GeoDataFrame(
        {"name": ["Ville"]}, geometry=[box(4.350, 45.390, 4.440, 45.480)], crs=4326
    )
    drawn = perimeter(quarter, around, "Un carré")
    svg = base64.b64decode(re.findall(r"base64,([^\"]+)", drawn)[0]).decode()
    ((x, y),) = re.findall(r'<text x="([\d.]+)" y="([\d.]+)" text-anchor="middle"', svg)
    path = re.findall(r'<path d="M([^"Z]+)Z"[^>]*fill="#8799d6"', svg)[0]
    corners = [tuple(map(float, one.split())) for one in path.split("L")]
    across = [place[0] for place in corners]
    assert not min(across) - 15 < float(x) < max(across) + 15 or not (
        min(one[1] for one in corners) < float(y) < max(one[1] for one in corners)
    )


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0, 100))
def test_what_contains_the_reference_is_doubtful_and_nothing_else(low, high, value):
    low, high = sorted((low, high))
    frame = pd.DataFrame(
        {"low": [low, float("nan")], "high": [high, float("nan")]}, index=["QP1", "QP2"]
    )
    expected = ("QP1",) if low <= value <= high else ()
    assert doubtful(frame, Reference("France", value)) == expected
    assert doubtful(frame, None) == ()


# --- in a browser --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def url(clone, tmp_path_factory):
    """Address of the app on the published clone."""
    log = tmp_path_factory.mktemp("quartier") / "log"
    with served(command_environ(clone.settings), log) as address:
        yield address


def opened(visit, url, path, ready, **options):
    return drawn(visit(url + path, **options), ready)


def is_clean(seen):
    """Tell that the page asked nothing outside, complained of nothing and speaks French."""
    assert seen.outside == []
    assert [one for one in seen.complaints if "404" not in one] == []
    assert english_in(visible_text(seen.page)) == []


def sideways(page):
    settled(page)
    return page.evaluate(
        """() => {
            const main = document.querySelector('[data-testid="stMain"]');
            return Math.max(main.scrollWidth - main.clientWidth,
                            document.documentElement.scrollWidth - innerWidth);
        }"""
    )


@pytest.mark.browser
def test_one_page_holds_all_that_is_published_of_a_neighbourhood(url, visit):
    seen = opened(visit, url, CARD, ".glossary")
    page = seen.page
    assert page.locator("h1").inner_text() == "Montreynaud"
    assert "Saint-Étienne" in page.locator(".identity-facts").inner_text()
    assert page.locator(".perimeter").get_attribute("alt")
    assert page.locator(".essential li").count() == 8
    assert page.locator(".essential li .grade").count() == 8
    key = page.locator(".evolution-key").inner_text()
    assert "Montreynaud" in key
    assert "Médiane des quartiers de France" in key
    page.wait_for_function(
        """() => [...document.querySelectorAll(".evolution-small")].every((one) => one.complete)"""
    )
    scales = page.evaluate(
        """() => [...document.querySelectorAll(".evolution-small")].map(
            (one) => one.getBoundingClientRect().width / one.naturalWidth)"""
    )
    assert min(scales) * 12.5 > 10  # pixels high, the words of the charts
    is_clean(seen)

    page.get_by_text("Déplier tous les thèmes").click()
    expect(page.locator(".theme[open]")).to_have_count(page.locator(".theme").count())
    settled(page)
    found = page.evaluate(
        """() => [...document.querySelectorAll(".dossier tbody tr")].map((tr) => ({
            name: tr.querySelector("th").innerText,
            value: tr.querySelector(".value").innerText,
            source: tr.querySelector(".source").innerText,
        }))"""
    )
    answer = page.request.get(url + page.locator(".files a").first.get_attribute("href"))
    assert answer.status == 200
    assert "attachment" in answer.headers["content-disposition"]
    text = answer.body().decode("utf-8-sig")
    file = pd.DataFrame(list(csv.DictReader(io.StringIO(text), delimiter=";")))
    assert len(found) == file["indicator"].nunique()
    assert all(one["source"].strip() for one in found)
    poverty = file[(file["indicator"] == "filosofi.TP60") & (file["period"] == "2021")].iloc[0]
    (shown,) = [one for one in found if one["name"].strip() == "Taux de pauvreté"]
    assert number(float(poverty["value"].replace(",", ".")), 1) in shown["value"]
    assert "2021" in shown["value"]
    page.locator(".glossary summary", has_text="Médiane").click()
    expect(page.locator(".glossary details[open] p")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".st-key-fiche_actions")).to_be_hidden()
    expect(page.locator(".dossier").last).to_be_visible()


@pytest.mark.browser
def test_the_page_leads_to_the_map_and_holds_on_a_phone(url, visit):
    seen = opened(visit, url, "/quartier?qpv=QP02B001", ".glossary", width=390, height=844)
    page = seen.page
    page.locator(".theme summary").nth(3).click()
    page.locator(".dossier").nth(3).wait_for()
    assert sideways(page) <= 1
    page.get_by_role("link", name="Le voir sur la carte").click()
    page.locator(".lm[data-revision]").wait_for()
    assert params(page)["qpv"] == "QP02B001"
    assert params(page)["vue"] == "bastia"


@pytest.mark.browser
def test_an_unknown_code_is_said_and_a_list_is_offered(url, visit):
    seen = opened(visit, url, "/quartier?qpv=QP999999", ".note.wrong")
    assert "QP999999" in seen.page.locator(".note.wrong").inner_text()
    unfolded(seen.page.locator(".st-key-fiche_choix input")).fill("Terrenoire")
    seen.page.get_by_role("option", name=re.compile("^Terrenoire")).click()
    seen.page.locator("h1", has_text="Terrenoire").wait_for()
    assert params(seen.page)["qpv"] == "QP042016"
    assert seen.page.request.get(url + "/telechargements/quartier/2015/QP999999.csv").status == 404


@pytest.mark.browser
def test_the_classes_of_the_map_are_chosen_and_go_with_it(url, visit):
    start = "/carte?indicateur=cnaf.part_AM&periode=2022&vue=loire"
    seen = opened(visit, url, start, ".lm[data-revision]")
    page = seen.page
    legend = page.locator(".legend")
    assert "Fisher-Jenks" in legend.inner_text()
    assert "GVF" in legend.inner_text()
    assert page.locator(".histogram").get_attribute("alt").startswith("Histogramme de 45")
    assert page.locator(".legend-rows li").count() == 5

    page.locator(".st-key-choix_classes summary").click()
    settled(page)
    page.locator(".st-key-classes_nombre").get_by_text("3").click()
    expect(page.locator(".legend-rows li")).to_have_count(3)
    settled(page)
    page.locator(".st-key-classes_hachures").get_by_text("Hachurer").click()
    expect(page.locator(".swatch.look-hatched")).to_have_count(1)
    settled(page)
    page.locator(".st-key-classes_site").get_by_text("Classes de ce site seul").click()
    expect(page.locator(".note.wrong")).to_contain_text("Couleurs non comparables")
    asked = params(page)
    assert (asked["classes"], asked["hachures"], asked["echelle"]) == ("3", "oui", "site")
    is_clean(seen)

    again = opened(
        visit, url, urlsplit(page.url)._replace(scheme="", netloc="").geturl(), ".legend"
    )
    again.page.locator(".lm[data-revision]").wait_for()
    settled(again.page)
    rows = "() => [...document.querySelectorAll('.legend-rows li')].map((li) => li.innerText)"
    assert again.page.evaluate(rows) == page.evaluate(rows)
    for form in ("html", "svg"):
        href = again.page.locator(f'.files a[href*=".{form}?"]').get_attribute("href")
        answer = again.page.request.get(url + href)
        assert answer.status == 200, href
        text = answer.text()
        edge = re.search(r"plus de (\S+) à", again.page.evaluate(rows)[1])[1]
        assert f"plus de {edge} à" in text, form
    wrong = url + "/telechargements/cnaf.part_AM/2015/2022.svg?classes=12"
    assert again.page.request.get(wrong).status == 400


@pytest.mark.browser
def test_typed_edges_make_the_classes_or_say_why_not(url, visit):
    seen = opened(visit, url, "/carte?indicateur=filosofi.TP60&periode=2018", ".lm[data-revision]")
    page = seen.page
    page.locator(".st-key-choix_classes summary").click()
    settled(page)
    page.locator(".st-key-classes_methode").get_by_text("Bornes à la main").click()
    settled(page)
    typed = page.locator(".st-key-classes_bornes input")
    typed.fill("30 ; 45 ; 40")
    typed.press("Enter")
    stands(page.locator(".note.wrong", has_text="Ces bornes"))
    typed.fill("30 ; 45,5 ; 55")
    typed.press("Enter")
    expect(page.locator(".legend-rows li")).to_have_count(2)
    assert params(page)["bornes"] == "30;45,5;55"
    assert "hors des bornes" in page.locator(".legend").inner_text()
    is_clean(seen)


@pytest.mark.browser
def test_the_planche_flows_at_one_scale_with_a_table_and_a_file(url, visit):
    path = f"/comparer?indicateur=cnaf.part_AM&periode=2022&qpv={MONTREYNAUD}"
    for width, columns in ((390, 2), (1280, 6)):
        seen = opened(visit, url, path, ".planche", width=width, height=900)
        page = seen.page
        tiles = page.locator(".planche-sheet li")
        assert tiles.count() == 45
        sizes = page.evaluate(
            """() => [...document.querySelectorAll(".planche-sheet li img")]
                .map((img) => Math.round(img.getBoundingClientRect().width))"""
        )
        assert max(sizes) - min(sizes) <= 1
        places = page.evaluate(
            """() => [...document.querySelectorAll(".planche-sheet li")]
                .map((li) => Math.round(li.getBoundingClientRect().left))"""
        )
        assert len(set(places)) >= columns
        assert sideways(page) <= 1
    page.locator(".planche details summary").click()
    assert page.locator(".planche table tbody tr").count() == 45
    href = page.locator('.planche a[href*=".svg"]').get_attribute("href")
    answer = page.request.get(url + href)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert seen.outside == []
    assert [one for one in seen.complaints if "404" not in one] == []
