"""Folium documents: one map, and the page that opens without a network."""

from __future__ import annotations

import math
import re
from html.parser import HTMLParser

import pytest
from map_layers import communes, described, perimeters, protected
from pages_visited import settled
from playwright.sync_api import expect

from observatoire.basemap import draw_site, script_of
from observatoire.classify import ABSENT, Breaks, class_breaks
from observatoire.component import MapTexts, PanePaint, PaneSpec, site_pane
from observatoire.component.geometry import as_script
from observatoire.component.painting import layer_breaks, paint_layer, site_values
from observatoire.component.payload import map_data
from observatoire.component.shelf import Shelf, shelf
from observatoire.errors import DisclosureError
from observatoire.labels.numbers import quantity, status_words
from observatoire.legends import class_words, legend_rows
from observatoire.maps import SiteParts, draw_map, joined_modules, write_offline_html
from observatoire.palettes import map_colours
from observatoire.settings import read_sites
from observatoire.sources import read_register

HATCH = "url(#lm-hatch)"
DOTS = "url(#lm-dots)"


def parts():
    frame, around = perimeters(), communes()
    return [
        SiteParts(
            site.id,
            site.name,
            frame[frame["site"] == site.id],
            around[around["department"].isin(site.departments)],
        )
        for site in read_sites()
    ]


def panes():
    return [
        PaneSpec(part.id, part.title, part.id, tuple(sorted(part.boundaries.index)), ())
        for part in parts()
    ]


class Tables(HTMLParser):
    """Texts of the cells of a page's table, row by row."""

    def __init__(self, page):
        super().__init__()
        self.rows, self.inside = [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.inside = True
            self.rows[-1].append("")
        elif tag == "small" and self.inside:
            self.rows[-1][-1] += "|"

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data


@pytest.fixture
def offline(tmp_path):
    """Return a function that writes the page of a layer and returns its path."""

    def write(layer):
        path = tmp_path / "carte.html"
        source = read_register()["qpv_2015_wgs84"]
        path.write_text(write_offline_html(layer, parts(), source=source), "utf-8")
        return path

    return write


# --- geometry ----------------------------------------------------------------------------------


def test_the_same_geometry_is_the_same_script_and_the_same_address():
    part = parts()[1]
    once, again = (script_of(draw_site("loire", part.boundaries).map) for _ in range(2))
    assert once == again
    urls = {site_pane("loire", "Loire", part.boundaries).url for _ in range(2)}
    shuffled = part.boundaries.iloc[::-1]
    assert {site_pane("loire", "Loire", shuffled).url} == urls


def test_another_geometry_is_another_address():
    part = parts()[0]
    moved = part.boundaries.copy()
    moved["geometry"] = moved.geometry.translate(0.001, 0)
    urls = {site_pane("bastia", "Bastia", frame).url for frame in (part.boundaries, moved)}
    assert len(urls) == 2


def test_geometry_holds_no_value_and_stays_small():
    layer = protected("essai.0")
    part = parts()[2]
    pane = site_pane("moselle", "Moselle", part.boundaries, communes=part.communes)
    text = shelf().get(pane.url.rsplit("/", 1)[-1])
    assert text is not None
    assert len(text) < 120_000
    assert layer.indicator.encode() not in text


def test_the_shelf_drops_what_was_used_least_and_can_take_it_again():
    small = Shelf(size=2)
    first, second = small.put("1"), small.put("2")
    assert small.get(first) is not None
    third = small.put("3")
    assert small.get(second) is None
    assert small.get(first) is not None
    assert small.get(third) is not None
    assert small.put("2") == second
    assert small.get(second) is not None


def test_a_name_cannot_close_the_script_it_stands_in():
    text = as_script({"name": "</script><b>\u2028"})
    assert "<" not in text
    assert "\u2028" not in text


# --- painting ----------------------------------------------------------------------------------


def test_a_painting_that_does_not_match_the_geometry_is_refused():
    pane = PaneSpec("a", "A", "/a.js", ("QP042001", "QP042002"), ())
    wrong = [
        [],
        [PanePaint("0", ("1 %",))],
        [PanePaint("00", ("1 %",))],
        [PanePaint("00", ("1 %", "2 %"), radii=(3.0,))],
    ]
    for paint in wrong:
        with pytest.raises(ValueError, match="pane"):
            map_data([pane], paint, MapTexts(""), classes=1, view="v", selected="", height=1)


def test_what_travels_at_a_change_is_small_and_the_same_for_the_same_map():
    layer = protected("essai.0")
    breaks = layer_breaks(layer, panes())
    sizes, revisions = [], set()
    for _ in range(2):
        data = map_data(
            panes(),
            paint_layer(layer, panes(), breaks),
            MapTexts("Essai"),
            classes=len(breaks),
            view="v",
            selected="",
            height=440,
        )
        sizes.append(len(as_script(data)))
        revisions.add(data["revision"])
    assert max(sizes) < 3000
    assert len(revisions) == 1


def test_an_unpublished_qpv_is_not_collected_and_never_zero():
    cells = site_values(protected("essai.0"), ["QP042001", "QP999999"])
    assert cells.at["QP999999", "status"] == "not_collected"
    assert math.isnan(cells.at["QP999999", "value"])


def test_classes_are_those_of_the_three_sites_together():
    layer = protected("essai.0", absences=False)
    together = layer_breaks(layer, panes())
    values = [value for pane in panes() for value in site_values(layer, pane.codes)["value"]]
    assert together == class_breaks(values)
    assert layer_breaks(protected("essai.0", kind="count"), panes()) == Breaks()


def test_only_a_protected_layer_is_drawn_or_written():
    part = parts()[0]
    for wrong in (described("x"), None, protected("essai.0").frame):
        with pytest.raises(DisclosureError):
            draw_map(wrong, part.boundaries)
        with pytest.raises(DisclosureError):
            write_offline_html(wrong, [part])
        with pytest.raises(DisclosureError):
            site_values(wrong, ["QP042001"])


# --- legend ------------------------------------------------------------------------------------


def test_the_legend_counts_every_qpv_once():
    layer = protected("essai.0")
    breaks = layer_breaks(layer, panes())
    classes = [part.classes for part in paint_layer(layer, panes(), breaks)]
    rows = legend_rows(classes, breaks, 1)
    assert sum(row.count for row in rows) == 45
    assert [row.letter for row in rows[: len(breaks)]] == [str(n) for n in range(len(breaks))]
    assert {row.letter for row in rows[len(breaks) :]} <= set(ABSENT.values())
    assert len({row.text for row in rows}) == len(rows)


def test_a_class_is_said_with_its_two_bounds_in_french():
    words = class_words(Breaks((1.5, 2000.0, 3000.5)), 1)
    assert words == ["de 1,5 à 2\u202f000,0", "plus de 2\u202f000,0 à 3\u202f000,5"]
    assert class_words(Breaks((4.0, 4.0), "single"), 0) == ["4"]
    assert class_words(Breaks(), 0) == []


def test_a_hatching_goes_on_values_only_and_changes_no_class():
    layer = protected("essai.0")
    breaks = layer_breaks(layer, panes())
    plain = paint_layer(layer, panes(), breaks)
    asked = [code for pane in panes() for code in pane.codes]
    hatched = paint_layer(layer, panes(), breaks, asked)
    for before, after in zip(plain, hatched, strict=True):
        assert before.hatched == ()
        assert after.classes == before.classes
        shown = {place for place, letter in enumerate(after.classes) if letter.isdigit()}
        assert set(after.hatched) == shown


def test_a_hatching_outside_the_geometry_is_refused():
    pane = PaneSpec("x", "X", "/geometrie/x.js", ("QP000001",), ())
    with pytest.raises(ValueError, match="hatching"):
        painted([pane], [PanePaint("0", ("1",), hatched=(1,))])


def painted(panes, paint):
    texts = MapTexts("", {})
    return map_data(panes, paint, texts, classes=1, view="", selected="", height=9)


def test_colours_of_the_hatching_travel_only_when_something_is_hatched():
    pane = PaneSpec("x", "X", "/geometrie/x.js", ("QP000001",), ())
    assert "inks" not in painted([pane], [PanePaint("0", ("1",))])
    assert painted([pane], [PanePaint("0", ("1",), hatched=(0,))])["inks"]


# --- one folium map ----------------------------------------------------------------------------


def test_a_folium_map_asks_for_nothing_and_shows_every_class_colour():
    layer = protected("essai.0")
    part = parts()[1]
    drawn = draw_map(layer, part.boundaries, communes=part.communes)
    page = drawn.get_root().render()
    assert re.findall(r"<script[^>]* src=|<link[ >]", page) == []
    pane = PaneSpec("x", "", "", tuple(sorted(part.boundaries.index)), ())
    breaks = layer_breaks(layer, [pane])
    used = set(paint_layer(layer, [pane], breaks)[0].classes)
    colours = map_colours(len(breaks))
    assert all(colours[letter] in page for letter in used)


def test_a_hidden_cell_leaves_no_trace_of_a_value_in_a_document(offline):
    layer = protected("essai.2")
    hidden = layer.frame[layer.frame["status"] != "ok"]
    assert len(hidden)
    rows = {row[2]: row for row in Tables(offline(layer).read_text("utf-8")).rows[1:]}
    for (_, code), cell in hidden.iterrows():
        assert rows[code][3] == status_words(cell["status"])


# --- the page that stands alone ----------------------------------------------------------------


@pytest.mark.parametrize("kind", ["share", "count"])
def test_the_table_of_the_page_holds_the_figures_of_the_layer(offline, kind):
    layer = protected("essai.1", kind=kind)
    rows = Tables(offline(layer).read_text("utf-8")).rows
    assert len(rows) == 46
    values = {code: cell for (_, code), cell in layer.frame.iterrows()}
    for _, name, code, value in rows[1:]:
        assert name.split("|")[0] == perimeters().at[code, "name"]
        cell = values[code]
        if cell["status"] == "ok":
            decimals, unit = layer.description.decimals, layer.description.unit
            assert value == quantity(cell["value"], unit, decimals)
        else:
            assert value == status_words(cell["status"])


def test_the_page_says_what_it_shows_where_it_comes_from_and_that_it_is_fictitious(offline):
    page = offline(protected("essai.1")).read_text("utf-8")
    assert page.startswith('<!DOCTYPE html>\n<html lang="fr">')
    for words in (
        "Part d’essai, 2018",
        "édition 2015",
        "Données fictives",
        "Licence Ouverte 2.0",
        "Légende",
        "Une valeur inventée pour les tests.",
        "© ",
    ):
        assert words in page
    assert "import(" not in joined_modules().replace("await import(spec.url)", "").replace(
        "import(data.leaflet)", ""
    )


def test_the_same_layer_is_the_same_page(offline):
    layer = protected("essai.1")
    assert offline(layer).read_bytes() == offline(layer).read_bytes()


@pytest.mark.browser
def test_a_saved_folium_map_opens_without_a_network(visit, tmp_path):
    part = parts()[0]
    path = tmp_path / "folium.html"
    draw_map(protected("essai.0"), part.boundaries, communes=part.communes).save(path)
    seen = visit(path.as_uri())
    expect(seen.page.locator("path.leaflet-interactive")).to_have_count(4)
    assert seen.outside == []
    assert seen.complaints == []


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["share", "count"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_opens_from_a_file_with_every_colour_and_asks_for_nothing(
    offline, visit, kind, width
):
    layer = protected("essai.1", kind=kind)
    seen = visit(offline(layer).as_uri(), width=width)
    page = seen.page
    page.wait_for_selector(".lm[data-revision]", state="attached")
    settled(page)
    breaks = layer_breaks(layer, panes())
    colours = map_colours(len(breaks)) | {"s": HATCH, "n": DOTS, "p": "#ffffff"}
    expected = {
        code: colours[letter]
        for pane, part in zip(panes(), paint_layer(layer, panes(), breaks), strict=True)
        for code, letter in zip(pane.codes, part.classes, strict=True)
    }
    drawn = page.locator(".leaflet-overlay-pane path[data-code]").evaluate_all(
        "(paths) => paths.map((path) => [path.dataset.code, path.getAttribute('fill')])"
    )
    assert dict(drawn) == expected
    page.get_by_role("button", name="Roanne").click()
    settled(page)
    page.locator(".lm-name:visible", has_text="Mayollet").hover()
    expect(page.locator(".lm-tip")).to_contain_text("Roanne")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.outside == []
    assert seen.complaints == []


@pytest.mark.browser
def test_a_doubtful_colour_is_hatched_in_the_page_that_stands_alone(visit, tmp_path):
    layer = protected("essai.1")
    codes = [code for pane in panes() for code in pane.codes[::2]]
    path = tmp_path / "doute.html"
    path.write_text(write_offline_html(layer, parts(), hatched=codes), "utf-8")
    seen = visit(path.as_uri())
    seen.page.wait_for_selector(".lm[data-revision]", state="attached")
    settled(seen.page)
    drawn = dict(
        seen.page.locator(".leaflet-overlay-pane path[data-code]").evaluate_all(
            "(paths) => paths.map((path) => [path.dataset.code, path.getAttribute('fill')])"
        )
    )
    breaks = layer_breaks(layer, panes())
    grounds = map_colours(len(breaks))
    for pane, part in zip(panes(), paint_layer(layer, panes(), breaks, codes), strict=True):
        for place, (code, letter) in enumerate(zip(pane.codes, part.classes, strict=True)):
            doubtful = place in part.hatched
            assert (drawn[code] == f"url(#lm-doubt-{letter})") == doubtful
            if doubtful:
                ground = seen.page.locator(f"#lm-doubt-{letter} rect").first
                assert ground.get_attribute("fill") == grounds[letter]
    assert "l’intervalle contient la référence" in seen.page.locator(".legend").inner_text()
    assert seen.complaints == []
