"""The mounted map, in a real browser, on the project's own perimeters and made-up values."""

from __future__ import annotations

import math
import re
from pathlib import Path
from statistics import median

import pytest
from browser import Visit, bare_environ, served
from map_layers import communes, perimeters, protected
from pages_visited import heard, settled
from playwright.sync_api import expect

from observatoire.component import site_pane
from observatoire.component.painting import layer_breaks, layer_texts, paint_layer, site_values
from observatoire.component.payload import map_data
from observatoire.labels.numbers import status_words
from observatoire.palettes import map_colours
from observatoire.settings import read_sites

pytestmark = pytest.mark.browser

HATCH = "url(#lm-hatch)"
DOTS = "url(#lm-dots)"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("map")
    script = Path(__file__).parent / "map_page.py"
    with served(bare_environ(folder), folder / "log", script) as url:
        yield url


@pytest.fixture(scope="module")
def panes():
    frame, around = perimeters(), communes()
    return [
        site_pane(
            site.id,
            site.name,
            frame[frame["site"] == site.id],
            communes=around[around["department"].isin(site.departments)],
        )
        for site in read_sites()
    ]


def expected(panes, name, *, kind="share", shown=None):
    """What the map must show of a layer: revision, colour and class by code."""
    layer = protected(name, kind=kind)
    breaks = layer_breaks(layer, panes)
    shown = panes if shown is None else shown
    paint = paint_layer(layer, shown, breaks)
    data = map_data(
        shown,
        paint,
        layer_texts(layer, sources="Contours : ANCT"),
        classes=len(breaks),
        view="map",
        selected="",
        height=440,
    )
    letters = {
        code: letter
        for pane, part in zip(shown, paint, strict=True)
        for code, letter in zip(pane.codes, part.classes, strict=True)
    }
    colours = map_colours(len(breaks)) | {"s": HATCH, "n": DOTS}
    return data["revision"], {code: colours[letter] for code, letter in letters.items()}, letters


def wait_for(seen: Visit, revision: str) -> None:
    seen.page.wait_for_selector(f".lm[data-revision='{revision}']", state="attached")
    settled(seen.page)


def choose(seen: Visit, name: str) -> None:
    seen.page.get_by_text(name, exact=True).click()


def fills(seen: Visit) -> dict[str, str]:
    """Colour of each perimeter as drawn, by code."""
    settled(seen.page)
    return seen.page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('*')]
          .filter((element) => element.shadowRoot)
          .flatMap(({ shadowRoot }) => [
            ...shadowRoot.querySelectorAll('.leaflet-overlay-pane path[data-code]')])
          .map((path) => [path.dataset.code, path.getAttribute('fill')]))"""
    )


def views(seen: Visit) -> list[tuple[str, str]]:
    settled(seen.page)
    return [
        (host.get_attribute("data-centre"), host.get_attribute("data-zoom"))
        for host in seen.page.locator(".lm-host").all()
    ]


def numbers(view: list[tuple[str, str]]) -> list[float]:
    return [float(part) for centre, zoom in view for part in (*centre.split(","), zoom)]


def open_map(visit, address, panes, **options) -> Visit:
    seen = visit(address, **options)
    wait_for(seen, expected(panes, "essai.0")[0])
    return seen


def test_eight_changes_repaint_one_mounted_map_and_move_nothing(visit, address, panes):
    seen = open_map(visit, address, panes)
    page = seen.page
    page.locator(".lm-pane[data-pane=loire] .lm-tool").first.click()
    page.locator(".lm-pane[data-pane=loire] .lm-host").focus()
    before = views(seen)
    mark = "(nodes) => nodes.forEach((node) => (node.marked = true))"
    page.locator(".lm-host").evaluate_all(mark)
    page.locator(".leaflet-overlay-pane path[data-code]").evaluate_all(mark)
    sent = []
    for rank in range(1, 9):
        revision, colours, _ = expected(panes, f"essai.{rank}")
        before_it = heard(page)
        choose(seen, f"essai.{rank}")
        wait_for(seen, revision)
        assert fills(seen) == colours
        sent.append(heard(page) - before_it)
    # A message of the framework's own may fall into one change or another: the usual one counts.
    assert median(sent) < 5000
    marked = "(nodes) => nodes.filter((node) => node.marked).length"
    assert page.locator(".lm-host").evaluate_all(marked) == 3
    assert page.locator(".leaflet-overlay-pane path[data-code]").evaluate_all(marked) == 45
    assert numbers(views(seen)) == pytest.approx(numbers(before), abs=1e-9, rel=0)
    assert seen.outside == []
    assert seen.complaints == []


def test_hurried_choices_end_on_the_last_one_with_no_stale_colour(visit, address, panes):
    seen = open_map(visit, address, panes)
    for name in ("essai.3", "essai.5", "essai.1", "essai.7"):
        choose(seen, name)
    revision, colours, letters = expected(panes, "essai.7")
    wait_for(seen, revision)
    assert fills(seen) == colours
    classes = seen.page.locator("path[data-code][data-class]").evaluate_all(
        "(paths) => paths.map((path) => [path.dataset.code, path.dataset.class])"
    )
    assert all(letters[code] == letter for code, letter in classes)


def test_all_panes_have_one_ground_scale_also_after_zooms_and_jumps(visit, address, panes):
    seen = open_map(visit, address, panes)
    page = seen.page

    def scales() -> list[float]:
        settled(page)
        return [float(host.get_attribute("data-scale")) for host in page.locator(".lm-host").all()]

    first = scales()
    assert first == pytest.approx([first[0]] * 3, rel=1e-3)
    page.locator(".lm-pane[data-pane=moselle] .lm-tool").nth(1).click()
    wider = scales()
    assert wider == pytest.approx([first[0] * math.sqrt(2)] * 3, rel=1e-3)
    page.locator(".lm-pane[data-pane=loire] .lm-town", has_text="Roanne").click()
    assert scales() == pytest.approx(wider, rel=1e-2)
    town = page.locator(".lm-pane[data-pane=loire] .lm-town[aria-pressed=true]")
    assert town.inner_text().startswith("Roanne")


def test_specks_are_discs_in_their_class_colour_and_perimeters_when_zoomed(visit, address, panes):
    seen = open_map(visit, address, panes)
    page = seen.page
    _, colours, _ = expected(panes, "essai.0")
    assert page.locator(".lm-pane[data-pane=bastia] path[data-code]").count() == 2
    for _ in range(5):
        page.locator(".lm-pane[data-pane=loire] .lm-tool").nth(1).click()
        settled(page)
    discs = page.locator(".leaflet-symbols-pane path[data-code]").evaluate_all(
        "(paths) => paths.map((path) => [path.dataset.code, path.getAttribute('fill')])"
    )
    hidden = page.locator(".leaflet-overlay-pane path.lm-speck").evaluate_all(
        "(paths) => paths.map((path) => path.dataset.code)"
    )
    assert len(discs) > 20
    assert {code for code, _ in discs} == set(hidden)
    assert all(colours[code] == fill for code, fill in discs)


def test_a_click_and_the_keyboard_pick_the_same_way(visit, address, panes):
    seen = open_map(visit, address, panes)
    page = seen.page
    page.locator(".lm-pane[data-pane=bastia] .lm-name", has_text="Quartier Sud").click()
    page.get_by_text("Choisi : QP02B001").wait_for()
    settled(page)
    assert rings(page) == ["QP02B001"]
    host = page.locator(".lm-pane[data-pane=bastia] .lm-host")
    host.focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".lm-tip")).to_contain_text("Centre Ancien")
    expect(page.locator(".lm-live")).to_have_text(re.compile("^Centre Ancien"))
    page.keyboard.press("Enter")
    page.get_by_text("Choisi : QP02B002").wait_for()
    page.wait_for_function(
        "(code) => [...document.querySelectorAll('*')].some((e) =>"
        " e.shadowRoot?.querySelector(`.lm-selected[data-code=${code}]`))",
        arg="QP02B002",
    )
    assert rings(page) == ["QP02B002"]
    assert seen.complaints == []


def rings(page) -> list[str]:
    return page.locator("path.lm-selected").evaluate_all(
        "(paths) => paths.map((path) => path.dataset.code)"
    )


def test_the_map_is_reached_by_tab_and_every_tool_has_a_french_name(visit, address, panes):
    seen = open_map(visit, address, panes)
    hosts = seen.page.locator(".lm-host")
    assert hosts.evaluate_all("(all) => all.map((host) => host.tabIndex)") == [0, 0, 0]
    assert hosts.first.get_attribute("aria-label").startswith("Bastia. Carte.")
    names = seen.page.locator(".lm-tool").evaluate_all(
        "(all) => all.map((tool) => tool.getAttribute('aria-label'))"
    )
    assert names[:3] == ["Zoomer (Bastia)", "Dézoomer (Bastia)", "Revenir à la ville (Bastia)"]


def test_a_tooltip_says_the_value_or_why_there_is_none(visit, address, panes):
    seen = open_map(visit, address, panes)
    layer = protected("essai.0")
    cells = site_values(layer, panes[1].codes)
    page = seen.page
    boundaries = perimeters()
    for label in page.locator(".lm-pane[data-pane=loire] .lm-name:visible").all():
        label.hover()
        expect(page.locator(".lm-tip")).to_be_visible()
        lines = page.locator(".lm-tip p").all_inner_texts()
        here = boundaries[boundaries["name"].str.replace(" ", "") == lines[0].replace(" ", "")]
        code = next(code for code in here.index if boundaries.at[code, "commune"] == lines[1])
        assert lines[2] == "Essai · 2018"
        if cells.at[code, "status"] == "ok":
            assert lines[3].replace("\u00a0", " ") == f"{cells.at[code, 'value']} %".replace(
                ".", ","
            )
        else:
            assert lines[3].lower() == status_words(cells.at[code, "status"])
        assert lines[4] == "Données fictives"


def test_a_count_is_circles_whose_area_follows_it_and_zero_is_white(visit, address, panes):
    seen = open_map(visit, address, panes)
    page = seen.page
    page.get_by_text("Nombre", exact=True).click()
    revision, _, letters = expected(panes, "essai.0", kind="count")
    wait_for(seen, revision)
    values = {
        code: value
        for pane in panes
        for code, value in site_values(protected("essai.0", kind="count"), pane.codes)[
            "value"
        ].items()
    }
    circles = dict(
        page.locator(".leaflet-symbols-pane path[data-class=p]").evaluate_all(
            r"(paths) => paths.map((path) => [path.dataset.code, path.getAttribute('d')])"
        )
    )
    radius = {
        code: float(re.search(r"a([\d.]+),", drawn).group(1))
        for code, drawn in circles.items()
        if "a" in drawn
    }
    largest = max(values[code] for code in letters if letters[code] == "p")
    assert len(radius) >= 5
    for code, found in radius.items():
        assert found == pytest.approx(26 * math.sqrt(values[code] / largest), abs=1)
    assert letters["QP042001"] == "z"
    assert fills(seen)["QP042001"] == "#ffffff"
    assert {fill for code, fill in fills(seen).items() if letters[code] == "p"} == {"#ffffff"}


def test_hiding_the_map_then_showing_it_gives_its_view_back(visit, address, panes):
    seen = open_map(visit, address, panes)
    page = seen.page
    page.locator(".lm-pane[data-pane=moselle] .lm-town", has_text="Sarrebourg").click()
    page.locator(".lm-pane[data-pane=bastia] .lm-tool").first.click()
    before = views(seen)
    page.get_by_text("Cacher", exact=True).click()
    page.locator(".lm").wait_for(state="detached")
    settled(page)
    page.get_by_text("Cacher", exact=True).click()
    wait_for(seen, expected(panes, "essai.0")[0])
    assert numbers(views(seen)) == pytest.approx(numbers(before), abs=1e-9, rel=0)
    assert fills(seen) == expected(panes, "essai.0")[1]


def test_a_row_above_the_map_does_not_move_it(visit, address, panes):
    seen = open_map(visit, address, panes)
    before = views(seen)
    seen.page.get_by_text("Ligne", exact=True).click()
    seen.page.get_by_text("Une ligne au-dessus de la carte").wait_for()
    choose(seen, "essai.2")
    wait_for(seen, expected(panes, "essai.2")[0])
    assert numbers(views(seen)) == pytest.approx(numbers(before), abs=1e-9, rel=0)


def test_one_site_large_keeps_the_classes_of_the_three(visit, address, panes):
    seen = open_map(visit, address, panes)
    seen.page.get_by_text("Un site", exact=True).click()
    revision, colours, _ = expected(panes, "essai.0", shown=panes[1:2])
    wait_for(seen, revision)
    assert seen.page.locator(".lm-pane").count() == 1
    assert fills(seen) == colours
    seen.page.get_by_role("button", name="Tout le site").click()
    seen.page.get_by_text("Un site", exact=True).click()
    revision, colours, _ = expected(panes, "essai.0")
    wait_for(seen, revision)
    assert fills(seen) == colours
    assert seen.complaints == []


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_the_map_fits_the_page_at_every_width(visit, address, panes, width):
    seen = open_map(visit, address, panes, width=width)
    wide = seen.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    boxes = [pane.bounding_box() for pane in seen.page.locator(".lm-pane").all()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
    stacked = len({round(box["x"]) for box in boxes}) == 1
    assert stacked == (width < 760)


def test_geometry_is_fetched_once_and_kept_for_ever(visit, address, panes):
    asked: list[str] = []
    seen = open_map(visit, address, panes)
    seen.page.on("request", lambda request: asked.append(request.url))
    for rank in range(1, 4):
        choose(seen, f"essai.{rank}")
        wait_for(seen, expected(panes, f"essai.{rank}")[0])
    assert [url for url in asked if "/geometrie/" in url] == []


def test_a_map_that_cannot_load_says_so_in_french_then_comes_back(visit, address, panes):
    seen = visit("about:blank")
    seen.page.route("**/geometrie/**", lambda route: route.abort())
    seen.page.goto(address)
    seen.page.get_by_text("La carte n’a pas pu être chargée.").wait_for()
    seen.page.unroute("**/geometrie/**")
    seen.page.reload()
    wait_for(seen, expected(panes, "essai.0")[0])
    expect(seen.page.get_by_text("La carte n’a pas pu être chargée.")).to_have_count(0)


def test_a_reader_who_wants_no_motion_gets_none(visit, address, panes):
    seen = open_map(visit, address, panes, reduced_motion="reduce")
    host = seen.page.locator(".lm-pane[data-pane=loire] .lm-host")
    moved = seen.page.locator(".lm-pane[data-pane=loire] .lm-tool").first.evaluate(
        """(tool) => {
          const host = tool.closest('.lm-frame').querySelector('.lm-host');
          const before = host.dataset.zoom;
          tool.click();
          return [before, host.dataset.zoom];
        }"""
    )
    assert float(moved[1]) == pytest.approx(float(moved[0]) + 0.5)
    assert host.get_attribute("data-zoom") == moved[1]


def test_one_finger_scrolls_the_page_until_the_map_is_touched(visit, address, panes):
    seen = open_map(visit, address, panes, width=390, has_touch=True, is_mobile=True)
    host = seen.page.locator(".lm-pane[data-pane=bastia] .lm-host")
    action = "(host) => getComputedStyle(host).touchAction"
    assert "pan-y" in host.evaluate(action)
    host.tap(position={"x": 30, "y": 200})
    assert host.evaluate(action) == "none"
    host.evaluate("(host) => host.blur()")
    assert "pan-y" in host.evaluate(action)
