import ast
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import streamlit as st
from conftest import command_environ
from hypothesis import given
from hypothesis import strategies as strategy
from shapely import box
from site_release import BLIND, INDICATORS, RARE, publish_sites, site_layers
from streamlit.testing.v1 import AppTest

from observatoire.catalogue import Indicator
from observatoire.classify import Breaks, class_breaks, zone_classes
from observatoire.labels.typography import NARROW, NO_BREAK, faults
from observatoire.publication import LayerInfo
from observatoire.settings import load
from observatoire.views import table
from observatoire.views.doors import Cell
from observatoire.views.downloads import address
from observatoire.views.legend import circle_values, legend
from observatoire.views.markup import markdown, tag, words
from observatoire.views.miniature import miniature
from observatoire.views.news import change_lines, compare
from observatoire.views.state import ALL_SITES, NAMES, MapState, Offer, read_state
from observatoire.views.strip import strip

ROOT = Path(__file__).resolve().parent.parent
SITES = ("bastia", "loire", "moselle")
QPVS = {"2015": ("QP02B001", "QP042011"), "2024": ("QN04201M",)}


def indicator(name="rp.X", **changes):
    fields = {
        "id": name,
        "theme": "population",
        "label": f"Libellé de {name}",
        "short": "Court",
        "definition": "Une définition.",
        "unit": "%",
        "kind": "share",
        "additivity": "none",
        "source": "demo",
        "decimals": 1,
    }
    return Indicator(**(fields | changes))


def info(name, period, edition="2015"):
    return LayerInfo(name, period, edition, "producer", "demo", False, None, indicator(name))


OFFER = Offer(
    (
        info("rp.X", "2013"),
        info("rp.X", "2018"),
        info("rp.X", "2022", "2024"),
        info("terrain.y", "2022"),
        info("terrain.y", "2023"),
        info("terrain.y", "2023-H1"),
        info("terrain.y", "2023-Q2"),
        info("terrain.y", "2023-05"),
        info("terrain.y", "2023-12"),
    )
)


# --- the address -------------------------------------------------------------------------------


def test_an_empty_address_is_the_default_map_and_says_nothing():
    state, notices = read_state({}, OFFER, SITES, QPVS)
    assert (state.indicator, state.edition, state.period) == ("rp.X", "2024", "2022")
    assert (state.view, state.qpv, notices) == (ALL_SITES, "", ())


def test_periods_are_offered_years_first_and_the_latest_first():
    assert OFFER.periods("terrain.y", "2015") == (
        "2023",
        "2022",
        "2023-H1",
        "2023-Q2",
        "2023-12",
        "2023-05",
    )


states = strategy.builds(
    MapState,
    strategy.sampled_from(["rp.X", "terrain.y"]),
    strategy.sampled_from(["2015", "2024"]),
    strategy.sampled_from(["2013", "2018", "2022", "2023", "2023-Q2", "2023-05"]),
    strategy.sampled_from([ALL_SITES, *SITES]),
    strategy.sampled_from(["", "QP02B001", "QP042011", "QN04201M"]),
)


@given(states)
def test_what_a_state_writes_in_the_address_reads_back_as_itself(state):
    settled = OFFER.settle(state)
    if settled.qpv not in QPVS[settled.edition]:
        settled = replace(settled, qpv="")
    assert read_state(settled.as_params(), OFFER, SITES, QPVS) == (settled, ())


@given(strategy.dictionaries(strategy.sampled_from(NAMES), strategy.text(max_size=60)))
def test_whatever_the_address_holds_a_published_map_comes_out_with_typeset_sentences(params):
    state, notices = read_state(params, OFFER, SITES, QPVS)
    assert OFFER.info(state).indicator == state.indicator
    assert state.view in (ALL_SITES, *SITES)
    assert state.qpv in ("", *QPVS[state.edition])
    assert len(notices) <= len([value for value in params.values() if value])
    assert all(len(notice) < 300 for notice in notices)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("indicateur", "rien.du.tout", "« rien.du.tout »"),
        ("edition", "1999", "« 1999 »"),
        ("periode", "hier", "« hier »"),
        ("vue", "lune", "« lune »"),
        ("qpv", "QP999999", "« QP999999 »"),
    ],
)
def test_each_wrong_value_is_answered_by_one_sentence_and_the_default(name, value, said):
    asked = {"indicateur": "rp.X", "edition": "2015", "periode": "2018"} | {name: value}
    state, notices = read_state(asked, OFFER, SITES, QPVS)
    expected, _ = read_state(
        {key: text for key, text in asked.items() if key != name}, OFFER, SITES, QPVS
    )
    assert state == expected
    assert len(notices) == 1
    assert said.replace("« ", f"«{NO_BREAK}").replace(" »", f"{NO_BREAK}»") in notices[0]
    assert not faults(notices[0])


def test_another_indicator_keeps_the_period_when_it_has_it():
    state = MapState("rp.X", "2024", "2022")
    assert OFFER.settle(replace(state, indicator="terrain.y")) == MapState(
        "terrain.y", "2015", "2022"
    )


def test_downloads_are_those_of_the_layer_and_of_the_site_shown():
    state = MapState("rp.X", "2015", "2023-Q2")
    assert address(state, "csv") == "/telechargements/rp.X/2015/2023-Q2.csv"
    assert address(replace(state, view="loire"), "html").endswith("2023-Q2.html?site=loire")


# --- pieces of pages ---------------------------------------------------------------------------


class Outline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.texts = [], []

    def handle_starttag(self, name, attrs):
        if name not in ("img", "br"):
            self.open.append(name)

    def handle_endtag(self, name):
        if name not in ("img", "br"):
            assert self.open.pop() == name

    def handle_data(self, data):
        self.texts.append(data)


def read_html(markup):
    outline = Outline()
    outline.feed(markup)
    assert outline.open == []
    return outline.texts


@given(strategy.text(max_size=40), strategy.text(max_size=20))
def test_no_text_ever_becomes_markup(plain, value):
    made = tag("p", words("b", plain), of=value, attrs={"title": value})
    texts = "".join(read_html(made))
    assert texts.replace("\r\n", "\n").replace("\r", "\n") == plain.replace("\r\n", "\n").replace(
        "\r", "\n"
    )
    assert re.sub(r"<(/?)(p|b)\b", "", made).count("<") == 0


def test_a_label_never_becomes_markdown():
    assert markdown("a_b *c* [d](e) :red[f]") == r"a\_b \*c\* \[d\](e) \:red\[f\]"


def frame(*cells, sites=("Loire",)):
    rows = [
        {
            "name": f"Quartier {rank}",
            "commune": "Ville",
            "site_name": sites[rank % len(sites)],
            "value": value,
            "status": status,
            "outings": outings,
        }
        for rank, (value, status, outings) in enumerate(cells)
    ]
    codes = [f"QP04200{rank}" for rank in range(len(rows))]
    return pd.DataFrame(rows, index=pd.Index(codes, name="code"))


NAN = float("nan")
MIXED = frame((12.34, "ok", None), (0.0, "ok", None), (NAN, "secret", None), (NAN, "blind", None))


def rows_of(values, **options):
    breaks = class_breaks(values["value"].dropna())
    columns = [one.id for one in table.table_columns(indicator(), outings=True, sites=True)]
    made = table.table_rows(values, indicator(**options), breaks, columns)
    return columns, made


def test_the_table_says_each_absence_in_words_and_gives_it_no_rank():
    columns, rows = rows_of(MIXED)
    value, status = columns.index("value"), columns.index("status")
    assert [row.cells[value].text for row in rows] == ["12,3", "0,0", "–", "–"]
    assert [row.cells[value].key for row in rows] == [12.34, 0.0, None, None]
    assert [row.cells[status].text for row in rows][1:3] == ["publié", "secret statistique"]
    assert len({row.cells[value].look for row in rows}) == 3


def test_the_table_sorts_on_numbers_and_not_on_their_writing():
    values = frame((9.0, "ok", 12), (10.0, "ok", 2), (100.0, "ok", 30))
    columns, rows = rows_of(values)
    value, outings = columns.index("value"), columns.index("outings")
    assert sorted(rows, key=lambda row: row.cells[value].key) == rows
    assert [row.cells[outings].key for row in rows] == [12.0, 2.0, 30.0]


def test_columns_that_say_nothing_are_left_out():
    every = [one.id for one in table.table_columns(indicator(), outings=True, sites=True)]
    fewer = [one.id for one in table.table_columns(indicator(), outings=False, sites=False)]
    assert set(every) - set(fewer) == {"outings", "site"}


def test_a_figure_and_an_absence_are_said_in_words():
    assert table.value_words(Cell(1234.5, "ok", None), indicator(unit="€")) == (
        f"1{NARROW}234,5{NO_BREAK}€"
    )
    assert table.value_words(Cell(NAN, "blind", None), indicator()).startswith("veille aveugle")


def legend_of(values, **options):
    one = indicator(**options)
    counted = one.kind == "count"
    breaks = Breaks() if counted else class_breaks(values["value"].dropna())
    classes = zone_classes(list(values["value"]), list(values["status"]), breaks, is_count=counted)
    known = list(values["value"].dropna())
    return read_html(legend(one, classes, breaks, known)), len(breaks)


def test_the_legend_counts_every_neighbourhood_once_and_states_its_closure():
    texts, classes = legend_of(MIXED)
    counts = [int(text.split()[0]) for text in texts if re.fullmatch(r"\d+\squartiers?", text)]
    assert sum(counts) == len(MIXED)
    assert len(counts) == classes + 2
    assert {"Secret statistique", f"Veille aveugle{NO_BREAK}: aucune sortie"} <= set(texts)
    assert any("borne haute" in text for text in texts)


def test_a_count_is_read_by_circles_and_never_by_classes():
    values = frame((833.0, "ok", None), (10660.0, "ok", None), (0.0, "ok", None))
    texts, _ = legend_of(values, kind="count", additivity="sum", unit="hab.", decimals=0)
    assert not any("borne" in text for text in texts)
    assert any("surface du cercle" in text for text in texts)
    assert "Zéro" in texts


@given(strategy.floats(1, 1e7))
def test_circles_of_the_legend_are_round_numbers_no_larger_than_the_largest(largest):
    values = circle_values(largest)
    assert values
    assert values[0] <= largest
    assert list(values) == sorted(set(values), reverse=True)
    assert all(len(str(int(value)).rstrip("0")) <= 2 for value in values)


def test_without_any_figure_the_legend_says_so():
    texts, _ = legend_of(frame((NAN, "secret", None)))
    assert any("Aucun chiffre publié" in text for text in texts)


@given(strategy.lists(strategy.floats(-1e6, 1e6), min_size=1, max_size=45))
def test_the_strip_has_one_tick_for_each_value_and_stays_in_its_frame(values):
    import base64

    made = strip(values, values[0], "Place")
    svg = base64.b64decode(re.search(r"base64,([^\"]+)", made)[1]).decode()
    assert svg.count("<line") == len(values) + 1
    assert svg.count("<circle") == 1
    places = [float(x) for x in re.findall(r'x1="([\d.-]+)"', svg)]
    assert all(8 <= place <= 252 for place in places)


def test_the_drawing_keeps_one_scale_and_one_colour_for_each_neighbourhood():
    import base64

    def square(code, west, south, side_deg, department):
        return gpd.GeoDataFrame(
            {"name": code, "commune": "Ville", "department": department},
            index=pd.Index([code], name="code"),
            geometry=[box(west, south, west + side_deg, south + side_deg)],
            crs=4326,
        )

    big, small = (
        square("QP042001", 4.4, 45.4, 0.04, "42"),
        square("QP02B001", 9.4, 42.7, 0.01, "2B"),
    )
    made = miniature(
        [("Loire", big, big), ("Bastia", small, small)],
        {"QP042001": "#111111", "QP02B001": "#222222"},
        "Deux villes",
    )
    svg = base64.b64decode(re.search(r"base64,([^\"]+)", made)[1]).decode()

    def width(colour):
        path = re.search(rf'd="([^"]+)"[^>]*fill="{colour}"', svg)[1]
        xs = [float(pair.split()[0]) for pair in re.findall(r"[ML]([\d. -]+)", path)]
        return max(xs) - min(xs)

    def metres(town):
        west, _, east, _ = town.to_crs(2154).total_bounds
        return east - west

    drawn = width("#111111") / width("#222222")
    assert drawn == pytest.approx(metres(big) / metres(small), rel=0.02)


# --- what changed ------------------------------------------------------------------------------

keys = strategy.tuples(
    strategy.sampled_from(["a", "b", "c"]),
    strategy.sampled_from(["2018", "2019"]),
    strategy.just("2015"),
)
ledgers = strategy.dictionaries(keys, strategy.sampled_from(["1", "2"]))


@given(ledgers, ledgers)
def test_every_change_between_two_releases_is_told_once(before, after):
    changes = compare(before, after)
    told = [*changes.added, *changes.revised, *changes.removed]
    assert len(told) == len(set(told))
    same = {key for key in before.keys() & after.keys() if before[key] == after[key]}
    assert set(told) | same == before.keys() | after.keys()
    assert not set(told) & same


def test_a_release_that_changes_nothing_says_so():
    (line,) = change_lines(compare({}, {}), {})
    assert "pas changé" in line


def test_changes_name_the_indicator_and_its_periods():
    after = {("rp.X", "2013", "2015"): "1", ("rp.X", "2018", "2015"): "1"}
    (line,) = change_lines(compare({}, after), {"rp.X": indicator()})
    assert line == f"Nouveau{NO_BREAK}: Libellé de rp.X (de 2013 à 2018)."


# --- the app -----------------------------------------------------------------------------------


@pytest.fixture
def app(settings, monkeypatch):
    """The app on the test's store, run without a browser."""
    for name, value in command_environ(settings).items():
        if name.startswith("OBSERVATOIRE_"):
            monkeypatch.setenv(name, value)
    st.cache_resource.clear()
    yield AppTest.from_file(str(ROOT / "app.py"), default_timeout=300)
    st.cache_resource.clear()


def said(app):
    return " ".join(
        " ".join(read_html(re.sub(r"<style>.*?</style>", "", element.proto.body, flags=re.S)))
        for element in app.main.children.values()
        for element in _htmls(element)
    )


def _htmls(node):
    if getattr(node, "type", "") == "html":
        yield node
    for child in getattr(node, "children", {}).values():
        yield from _htmls(child)


def test_before_any_release_the_app_says_what_to_run(store, app):
    app.run()
    assert not app.exception
    assert "observatoire build" in said(app)


def test_when_the_store_is_down_the_app_says_so_without_a_trace(app, monkeypatch):
    for name in ("OBSERVATOIRE_DATABASE_URL", "OBSERVATOIRE_APP_DATABASE_URL"):
        monkeypatch.setenv(name, "postgresql://nobody@127.0.0.1:9/none")
    app.run()
    assert not app.exception
    text = said(app)
    assert "ne répond pas" in text
    assert "Traceback" not in text


def test_home_shows_the_release_and_finds_a_neighbourhood(store, app):
    publish_sites(store)
    app.run()
    assert not app.exception
    text = said(app)
    assert "45 quartiers prioritaires" in text
    assert "15 janvier 2024" in text
    app.text_input(key="mon_quartier").set_value("QP042011").run()
    assert not app.exception
    assert "Cotonne" in said(app)
    app.text_input(key="mon_quartier").set_value("zzzz").run()
    assert f"«{NO_BREAK}zzzz{NO_BREAK}»" in said(app)


def test_home_tells_what_the_second_release_changed(store, app):
    publish_sites(store, layers=site_layers()[1:], today=date(2023, 12, 1))
    publish_sites(store)
    app.run()
    first = site_layers()[0]
    assert f"Nouveau{NO_BREAK}: {first.description.label}" in said(app)


def test_the_router_is_short_and_holds_no_logic():
    source = (ROOT / "app.py").read_text("utf-8")
    assert len(source.splitlines()) <= 60
    tree = ast.parse(source)
    imported = {
        node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    }
    allowed = ("observatoire.access", "observatoire.labels", "observatoire.settings")
    allowed += ("observatoire.activity_desk", "observatoire.overlay_desk", "observatoire.replays")
    assert all(
        name in allowed or name.startswith("observatoire.views") or name == "functools"
        for name in imported
    )
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.If | ast.While)]


def test_the_release_of_these_tests_holds_every_absence():
    layer = next(
        one for one in site_layers() if one.indicator == "terrain.jeux" and one.period == "2023"
    )
    assert layer.frame.loc[("qpv", BLIND), "status"] == "blind"
    assert layer.frame.loc[("qpv", RARE), "status"] == "secret"
    assert {one.indicator for one in site_layers()} == {*INDICATORS, "terrain.jeux"}
    assert len(load({}).sites) == len(SITES)
