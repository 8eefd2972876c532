"""The page Comparer in a real Chromium, on all that a fresh clone publishes."""

from __future__ import annotations

import csv
import io
import re

import pytest
from browser import served
from conftest import command_environ
from pages_visited import acted, drawn, params, press, settled, stands
from playwright.sync_api import expect
from test_pages import english_in, visible_text

from observatoire.labels.typography import NO_BREAK

pytestmark = pytest.mark.browser

FIELD = "/comparer?indicateur=terrain.rassemblements&periode=2023&qpv=QP042013"
SHARE = "/comparer?indicateur=cnaf.part_AM&periode=2022&qpv=QP057020"
POVERTY = "/comparer?indicateur=filosofi.TP60&periode=2018&qpv=QP042013"
ASK = "Cette différence est-elle réelle"


@pytest.fixture(scope="module")
def url(clone, tmp_path_factory):
    """Address of the app on the published clone."""
    log = tmp_path_factory.mktemp("comparer") / "log"
    with served(command_environ(clone.settings), log) as address:
        yield address


def opened(visit, url, path, **options):
    """Open the page and wait until its last part is there."""
    return drawn(visit(url + path, **options), ".under-map")


def chart_rows(page):
    """Return what each row of the charts says, by key: (value, interval)."""
    settled(page)
    return page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".dots-row")].map((row) => {
            const text = (part) => row.querySelector(part)?.textContent.trim() ?? "";
            return [row.dataset.key, [text(".dots-value b, .dots-value em"),
                                      text(".dots-value small")]];
        }))"""
    )


def table_rows(page):
    """Return the cells of the table, by key: (value, interval)."""
    settled(page)
    return page.evaluate(
        """() => Object.fromEntries(
            [...document.querySelectorAll(".comparison-table tbody tr")].map((row) => [
                row.dataset.key,
                [row.querySelector(".of-value").textContent.trim(),
                 row.querySelector(".of-interval").textContent.trim()]]))"""
    )


def scrolls_sideways(page):
    settled(page)
    return page.evaluate(
        """() => [document.documentElement, document.querySelector('[data-testid="stMain"]')]
            .some((box) => box.scrollWidth > box.clientWidth + 1)"""
    )


def boxes(page, part):
    settled(page)
    return page.evaluate(
        """(part) => [...document.querySelectorAll(part)].filter((e) => e.checkVisibility())
            .map((e) => e.getBoundingClientRect())
            .map((b) => [b.left, b.top, b.right, b.bottom])""",
        part,
    )


def overlap(one, other):
    """Tell whether two boxes share more than a hair."""
    return (
        min(one[2], other[2]) - max(one[0], other[0]) > 1
        and min(one[3], other[3]) - max(one[1], other[1]) > 1
    )


def test_the_page_is_french_asks_nothing_outside_and_its_table_equals_its_charts(url, visit):
    seen = opened(visit, url, SHARE)
    page = seen.page
    assert english_in(visible_text(page)) == []
    assert page.locator("h1").count() == 1
    assert all(one.get_attribute("alt") is not None for one in page.locator("img").all())
    charts, table = chart_rows(page), table_rows(page)
    assert set(charts) == set(table)
    assert len(charts) == 45 + 5  # neighbourhoods; commune, three sites, France
    for key, (value, interval) in charts.items():
        assert table[key] == [value.removesuffix(f"{NO_BREAK}%"), interval], key
    shown = [value for value, _ in charts.values() if value.endswith("%")]
    assert len(shown) == 49
    for part in (".funnel", ".planche", ".evolution", ".meaning"):
        assert page.locator(part).first.is_visible(), part
    assert "Insee" in page.locator(".meaning").inner_text()
    assert seen.outside == []
    assert [one for one in seen.complaints if "404" not in one] == []


def test_names_do_not_touch_in_the_funnel_and_points_speak_under_the_keyboard(url, visit):
    for width in (1280, 700):
        page = opened(visit, url, SHARE, width=width).page
        names = boxes(page, ".funnel-name")
        (frame,) = boxes(page, ".funnel-plot")
        assert names
        for rank, one in enumerate(names):
            assert frame[0] - 1 <= one[0] <= one[2] <= frame[2] + 1
            assert not any(overlap(one, other) for other in names[:rank])
    points = page.locator(".funnel-plot .hit")
    assert points.count() == page.locator(".funnel-table tbody tr").count() == 45
    points.first.focus()
    page.keyboard.press("Tab")
    said = page.evaluate("() => document.activeElement.getAttribute('aria-label')")
    shown = page.evaluate("() => getComputedStyle(document.activeElement, '::after').content")
    assert re.search(r"\d%?, [\d\u202f]+ ?; ", said.replace(NO_BREAK, "")) or "foyers" in said
    assert shown.strip('"') == said


def test_a_difference_is_judged_in_one_click_and_its_address_says_the_same(url, visit):
    seen = opened(visit, url, FIELD)
    page = seen.page
    assert "Données fictives" in page.locator(".note.fictitious").inner_text()
    assert page.locator(".verdict").count() == 0
    press(page, ASK)
    page.locator(".verdict").wait_for()
    settled(page)
    said = page.locator(".verdict").inner_text()
    assert "19 comparaisons" in said
    assert params(page)["avec"] == "site"
    again = opened(visit, url, page.url.removeprefix(url)).page
    assert again.locator(".verdict").inner_text() == said
    assert chart_rows(again) == chart_rows(page)
    assert english_in(visible_text(again)) == []


def test_another_neighbourhood_is_found_by_a_word_and_the_address_follows(url, visit):
    page = opened(visit, url, FIELD).page
    page.locator(".st-key-choix_quartier button").first.click()
    search = page.get_by_placeholder("Nom, commune ou code")
    acted(page, lambda: search.fill("cotonne montfere"))
    page.get_by_role("button", name="Cotonne Montferré").click()
    expect(page.locator(".said .lead")).to_contain_text("Cotonne Montferré")
    assert params(page)["qpv"] == "QP042011"
    assert page.locator(".dots-row.here").first.get_attribute("data-key") == "QP042011"


def test_a_list_stays_open_where_its_arrow_is_pressed_on_a_slow_machine(url, visit):
    """The arrow is drawn anew as it opens: Streamlit took the press of the old one for another."""
    page = opened(visit, url, FIELD).page
    slow = page.context.new_cdp_session(page)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 8})
    button = page.locator(".st-key-choix_quartier button")
    arrow = button.locator("[data-testid=stIconMaterial]").bounding_box()
    page.mouse.click(arrow["x"] + arrow["width"] / 2, arrow["y"] + arrow["height"] / 2)
    stands(page.get_by_placeholder("Nom, commune ou code"))


def test_the_file_holds_what_the_table_shows(url, visit):
    page = opened(visit, url, FIELD).page
    answer = page.request.get(url + page.locator(".downloads a").get_attribute("href"))
    assert answer.status == 200
    assert "fictif" in answer.headers["content-disposition"]
    text = answer.body().decode("utf-8-sig")
    rows = {row["key"]: row for row in csv.DictReader(io.StringIO(text), delimiter=";")}
    table = table_rows(page)
    assert set(rows) == set(table)
    for key, (value, interval) in table.items():
        written = rows[key]["value"]
        assert bool(written) == bool(re.fullmatch(r"[\d,]+", value)), key
        if written:
            read = float(written.replace(",", "."))
            assert abs(read - float(value.replace(",", "."))) <= 0.005 + 1e-9
        assert bool(rows[key]["low"]) == bool(interval)
    wrong = page.request.get(url + "/telechargements/comparer/rien/2015/2018.csv")
    assert wrong.status == 404
    assert "n’est pas publié" in wrong.text()


def test_what_may_not_be_summed_is_refused_with_its_source_and_a_wrong_address_is_told(url, visit):
    page = opened(visit, url, f"{POVERTY}&avec=site&reference=lune").page
    assert page.locator(".verdict").get_attribute("data-verdict") == "refused"
    assert "Insee" in page.locator(".verdict").inner_text()
    assert f"«{NO_BREAK}lune{NO_BREAK}»" in page.locator(".note.wrong").inner_text()
    assert "non sommable" in {value for value, _ in chart_rows(page).values()}
    assert page.locator(".funnel").count() == 0
    assert "Aucun intervalle" in page.locator(".said").inner_text()


@pytest.mark.parametrize("width", [390, 1920])
def test_nothing_scrolls_sideways_nor_overlaps(url, visit, width):
    page = opened(visit, url, FIELD, width=width).page
    assert not scrolls_sideways(page)
    ticks = boxes(page, ".dots-ticks span")
    lanes = boxes(page, ".lane")
    texts = boxes(page, ".dots-name") + boxes(page, ".dots-value")
    for rank, one in enumerate(ticks):
        assert not any(overlap(one, other) for other in ticks[:rank])
    assert not any(overlap(lane, said) for lane in lanes for said in texts)
