"""The page « Superposer »: its state, what a reader loads, what is said, and the page itself."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from statistics import median

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from browser import served
from conftest import command_environ
from hypothesis import given
from hypothesis import strategies as st
from pages_visited import drawn, heard, params, settled, stands, unfolded
from playwright.sync_api import expect
from shapely.geometry import Point, box
from test_pages import english_in, visible_text

from observatoire import uploads
from observatoire.classify import REFUSED, SECRET, Breaks
from observatoire.component.save import csv_text
from observatoire.errors import CrsError, FileError, SchemaError
from observatoire.labels import read_words
from observatoire.overlay_desk import OverlayDesk, place_epsg
from observatoire.superposition import (
    Answer,
    AreaFigures,
    Calibration,
    Known,
    Outlines,
    Places,
    Question,
    Row,
)
from observatoire.views.superposer import drawing, loaded, words
from observatoire.views.superposer.layers import Shown
from observatoire.views.superposer.loaded import Columns, made, numbers
from observatoire.views.superposer.state import (
    METHODS,
    AreaOffer,
    OverlayState,
    nearest_period,
    read_state,
)

# --- a made-up ground: four squares of a kilometre or so, and two QPV across them -------------

CODES = ("QP042001", "QP042002")


def squares():
    shapes = [box(4.30 + 0.01 * x, 45.40, 4.31 + 0.01 * x, 45.41) for x in range(4)]
    names = [f"Aire {rank}" for rank in range(4)]
    return gpd.GeoDataFrame(
        {"name": names, "code": [f"A{rank}" for rank in range(4)]},
        geometry=shapes,
        crs=4326,
        index=[f"A{rank}" for rank in range(4)],
    )


def quarters():
    shapes = [box(4.30, 45.40, 4.32, 45.41), box(4.325, 45.402, 4.335, 45.408)]
    return gpd.GeoDataFrame(
        {"department": ["42", "42"], "name": ["Un", "Deux"], "commune": ["Ici", None]},
        geometry=shapes,
        crs=4326,
        index=list(CODES),
    )


def asked(values=(10.0, 20.0, 30.0, 40.0), **more):
    frame = squares()
    figures = AreaFigures("count", pd.Series(values, index=frame.index))
    return Question(frame, figures, quarters(), **more)


def shown(values=(10.0, 20.0, 30.0, 40.0), statuses=("ok",) * 4):
    frame = squares()
    cells = pd.DataFrame({"value": values, "status": statuses}, index=frame.index)
    figures = AreaFigures("count", cells["value"])
    return Shown("Ménages", "mén.", 0, "2020", "essai", frame, cells, True, figures)


# --- the desk: what is computed for the page ---------------------------------------------------


def test_whole_areas_add_up_and_a_cut_one_is_not_a_number():
    answer = OverlayDesk().answer(asked())
    one, two = answer.rows
    assert (one.grade, one.estimate) == ("B", pytest.approx(30.0))
    assert (two.grade, two.estimate, two.low, two.high) == ("E", None, None, None)
    assert {part.key for part in one.parts} >= {"A0", "A1"}


def test_the_total_is_kept_between_the_estimates_and_the_rest():
    found = OverlayDesk().answer(asked()).conservation
    assert found.inside + found.outside == pytest.approx(found.total)
    assert (found.total, found.inside, found.estimated, found.hidden) == (100.0, 30.0, 1, 0)


def test_an_area_without_a_figure_is_unknown_and_never_zero():
    answer = OverlayDesk().answer(asked((10.0, math.nan, 30.0, 40.0)))
    assert answer.rows[0].grade == "E"
    assert answer.conservation.hidden == 1
    assert answer.conservation.total == 80.0


def test_an_official_total_calibrates_and_a_secret_is_never_undone():
    areas = pd.Series([5.0, 5.0, 10.0, 10.0], index=squares().index)
    totals = pd.Series([10.0, 8.0], index=list(CODES))
    calibrated = OverlayDesk().answer(asked(calibration=Calibration(areas, totals)))
    two = calibrated.row(CODES[1])
    assert (two.grade, two.method) == ("C", "benchmarked")
    assert two.low <= two.estimate <= two.high
    nothing = pd.Series([math.nan, math.nan], index=list(CODES))
    secret = Known(nothing, pd.Series(["missing", "secret"], index=list(CODES)))
    hidden = OverlayDesk().answer(asked(calibration=Calibration(areas, totals), known=secret))
    assert hidden.row(CODES[1]).estimate is None
    assert "official_secret" in hidden.row(CODES[1]).reasons


def test_dwellings_say_where_people_are():
    points = [Point(4.33, 45.405), Point(4.3251, 45.405), Point(4.3149, 45.4001)]
    places = Places(gpd.GeoSeries(points, crs=4326), pd.Series([5.0, 5.0, 1.0]))
    row = OverlayDesk().answer(asked(places=places)).row(CODES[1])
    assert row.method in ("dasymetric", "")
    assert {part.key for part in row.parts} == {"A2", "A3"}


def test_a_key_that_is_there_twice_is_refused_with_its_row():
    question = asked()
    areas = question.areas.rename(index={"A1": "A0"})
    with pytest.raises(SchemaError) as refused:
        OverlayDesk().answer(Question(areas, question.figures, question.targets))
    assert "ligne 2" in refused.value.user


@pytest.mark.parametrize(
    ("at", "epsg"),
    [
        ((2.35, 48.85), 2154),
        ((9.45, 42.7), 2154),
        ((-61.5, 16.2), 5490),
        ((-61.0, 14.6), 5490),
        ((-52.3, 4.9), 2972),
        ((55.5, -21.1), 2975),
        ((45.2, -12.8), 4471),
    ],
)
def test_an_area_is_measured_in_the_legal_system_of_its_territory(at, epsg):
    assert place_epsg(*at) == epsg
    side = gpd.GeoSeries([Point(*at)], crs=4326).to_crs(epsg).buffer(500, cap_style="square")
    frame = gpd.GeoDataFrame({"name": ["x"]}, geometry=side.to_crs(4326).array, index=["x"])
    assert OverlayDesk().areas_m2(frame)["x"] == pytest.approx(1e6, rel=1e-6)


def test_a_place_of_no_known_territory_is_refused():
    with pytest.raises(CrsError):
        place_epsg(166.4, -22.2)


# --- what a reader loads -----------------------------------------------------------------------


def geojson(frame):
    return frame.to_json().encode()


def test_outlines_are_read_from_memory_and_leave_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "_MEMORY", tmp_path)
    found = uploads.read_outlines("aires.geojson", geojson(squares()))
    assert list(found.frame["code"]) == ["A0", "A1", "A2", "A3"]
    assert found.frame.crs.to_epsg() == 4326
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileError):
        uploads.read_outlines("aires.geojson", b'{"type":')
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("vide.geojson", b""),
        ("image.png", b"\x89PNG"),
        ("notes.txt", b"rien"),
        ("points.geojson", geojson(gpd.GeoDataFrame(geometry=[Point(4, 45)], crs=4326))),
        ("table.csv", b"code;pop\nA0;1\n"),
        ("grille.csv", b"idcar_200m;ind\nici;3\n"),
    ],
)
def test_a_file_that_is_no_outline_is_refused_in_french(name, content):
    with pytest.raises(FileError) as refused:
        uploads.read_outlines(name, content)
    assert refused.value.user.endswith(".") or refused.value.user
    assert refused.value.remedy


@pytest.mark.parametrize(
    "content", [b"", b"code\nA\n", b"code;pop\n", b"a;a\n1;2\n", b"a;b\n1;2;3\n", b"\0\0;\n1;2\n"]
)
def test_a_file_that_is_no_table_is_refused(content):
    with pytest.raises(FileError):
        uploads.read_table("t.csv", content)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_a_table_is_read_as_it_was_saved(separator, encoding):
    text = f"code{separator}libellé\r\n01{separator}Éric\r\n\r\n"
    frame = uploads.read_table("t.csv", text.encode(encoding))
    assert frame.to_dict("list") == {"code": ["01"], "libellé": ["Éric"]}


@given(st.integers(5000, 20000), st.integers(10000, 25000))
def test_a_cell_of_the_grid_is_the_square_that_its_name_says(north, east):
    name = f"CRS3035RES200mN{north * 200}E{east * 200}"
    frame = uploads.grid_cells("g.csv", pd.DataFrame({"idcar_200m": [name], "ind": ["3"]}))
    back = frame.to_crs(3035).geometry.iloc[0]
    assert back.area == pytest.approx(40_000, rel=1e-5)
    assert back.bounds[:2] == pytest.approx((east * 200, north * 200), abs=0.01)


@given(st.floats(-1e9, 1e9))
def test_a_french_number_is_read_as_it_is_written(value):
    text = f"{value:,.3f}".replace(",", "\u202f").replace(".", ",")
    assert numbers(pd.Series([text, "n.d.", ""])).iloc[0] == pytest.approx(round(value, 3))
    assert numbers(pd.Series(["n.d.", ""])).isna().all()


def test_an_area_that_the_table_does_not_name_is_missing():
    holder = pd.DataFrame({"code": ["A0", "A1", "A9"], "n": ["4", "x", "7"]})
    found = made(
        Outlines("a.geojson", squares().reset_index(drop=True)),
        holder,
        Columns("code", "code", "n", "", loaded.COUNT),
    )
    assert list(found.cells["status"]) == ["ok", "missing", "missing", "missing"]
    assert found.figures.values.isna().sum() == 3
    assert found.is_loaded


def test_a_rate_needs_its_two_parts_and_a_drawing_is_carried_nowhere():
    frame = squares().reset_index(drop=True).assign(n=[1, 2, 3, 4], d=[2, 4, 0, 8])
    outlines, plain = Outlines("a.geojson", frame), pd.DataFrame(frame.drop(columns="geometry"))
    rate = made(outlines, plain, Columns("code", "code", "n", "d", loaded.RATE))
    assert list(rate.cells["value"])[:2] == [50.0, 50.0]
    assert rate.cells["status"].tolist() == ["ok", "ok", "missing", "ok"]
    drawn = made(outlines, plain, Columns("code", "code", "n", "", loaded.OTHER))
    assert (drawn.figures, drawn.refusal) == (None, "drawing")


# --- what is said ------------------------------------------------------------------------------

rows = st.builds(
    Row,
    qpv=st.just(CODES[0]),
    estimate=st.one_of(st.none(), st.floats(0, 1e6)),
    low=st.floats(0, 1e6),
    high=st.floats(0, 1e6),
    grade=st.sampled_from("ABCDE"),
    reasons=st.lists(st.sampled_from(["partial_sources", "official_secret"]), max_size=2).map(
        tuple
    ),
    method=st.sampled_from(["area", "benchmarked", "whole"]),
    coverage=st.floats(0, 1),
    partial_share=st.one_of(st.none(), st.floats(0, 1)),
)


@given(rows)
def test_a_row_of_grade_e_shows_no_number_anywhere(row):
    answer = Answer((row,))
    names = pd.DataFrame(quarters().drop(columns="geometry"))
    columns = [column.id for column in words.columns(shown(), None)]
    (line,) = words.rows(answer, shown(), names, None)
    said = dict(zip(columns, line.cells, strict=True))
    plain = words.csv_lines(answer, names, None)[1]
    letter = drawing.pane_letter(row, Breaks(), is_count=True)
    if row.is_shown:
        assert letter not in (REFUSED, SECRET)
        return
    assert letter in (REFUSED, SECRET)
    for name in ("estimate", "range", "partial"):
        assert (said[name].text, said[name].key) == ("–", None)
    assert plain[3:6] == ["", "", ""]
    assert re.search(r"\d", words.estimate_words(row, shown())) is None


def test_a_count_is_coloured_by_its_density_and_an_absence_has_no_colour():
    one = shown((10.0, math.nan, 30.0, 0.0), ("ok", "secret", "ok", "ok"))
    areas_m2 = pd.Series([1e6, 1e6, 2e6, 1e6], index=one.areas.index)
    drawn = drawing.drawn_values(one, areas_m2)
    assert drawn.tolist()[::2] == [10.0, 15.0]
    keys = list(one.areas.index)
    breaks = drawing.area_breaks(drawn, keys)
    paint = drawing.paint_areas(one, drawn, keys, breaks, None)
    assert paint.classes[1] == SECRET
    assert paint.values[1] == ""
    assert "par km²" in paint.values[0]
    assert paint.values[3].startswith("0")


def test_a_file_saved_opens_as_a_table_and_runs_nothing():
    text = csv_text([["a", "b"], ["=1+1", "-3.5"], ["-x", "é"]])
    assert text.startswith("\ufeff")
    lines = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert lines == [["a", "b"], ["'=1+1", "-3.5"], ["'-x", "é"]]


# --- the address -------------------------------------------------------------------------------


def test_an_address_that_makes_no_sense_gives_the_default_and_sentences():
    offer = AreaOffer({})
    state, notices = read_state(
        {"aires": "lune", "methode": "x", "vue": "y", "qpv": "z"},
        offer,
        ["loire"],
        [],
        view="loire",
    )
    assert (state.areas, state.method, state.view, state.qpv) == (
        "fichier",
        METHODS[0],
        "loire",
        "",
    )
    assert len(notices) == 4


@given(st.sampled_from(METHODS), st.sampled_from(["loire", "trois-sites"]))
def test_an_address_gives_back_the_state_it_was_made_from(method, view):
    state = OverlayState("fichier", "", "", method, "contours", view)
    read, notices = read_state(state.as_params(), AreaOffer({}), ["loire"], [], view="loire")
    assert (read, notices) == (state, ())


@given(st.integers(2010, 2025), st.sets(st.integers(2010, 2025)))
def test_the_nearest_year_is_at_most_two_years_away(year, years):
    found = nearest_period(str(year), [str(one) for one in years])
    if found is None:
        assert all(abs(one - year) > 2 for one in years)
    else:
        assert abs(int(found) - year) == min(abs(one - year) for one in years) <= 2


# --- the page ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def url(clone, tmp_path_factory):
    folder = tmp_path_factory.mktemp("superposer")
    with served(command_environ(clone.settings), folder / "log") as address:
        yield address


def opened(visit, url, query="", **options):
    return drawn(visit(f"{url}/superposer{query}", **options), ".lm[data-revision]")


def revised(page, act):
    """Do something and wait until the map shows it and nothing moves any more."""
    settled(page)
    before = page.locator(".lm").get_attribute("data-revision")
    act()
    page.wait_for_function(
        """(before) => [...document.querySelectorAll('*')].some((e) => {
          const map = e.shadowRoot?.querySelector('.lm[data-revision]');
          return map && map.dataset.revision !== before; })""",
        arg=before,
    )
    settled(page)


def looks(page):
    settled(page)
    host = page.locator(".lm-host").first
    return float(host.get_attribute("data-zoom")), host.get_attribute("data-centre")


def choose(page, label, option):
    box = unfolded(page.get_by_role("combobox", name=label).first)
    if label.startswith("Variable"):  # a long list draws what is in view: it is searched
        box.fill(option)
    page.get_by_role("option", name=option, exact=True).click()


def classes_of(page):
    settled(page)
    return dict(
        page.locator(".leaflet-overlay-pane path[data-code]").evaluate_all(
            "(paths) => paths.map((path) => [path.dataset.code, path.dataset.class])"
        )
    )


TABLE = ".st-key-tableau_superposer tbody tr, .values-table:has([data-column=grade]) tbody tr"


def cells_of(page):
    settled(page)
    return {
        row["code"]: row["cells"]
        for row in page.locator(TABLE).evaluate_all(
            """(rows) => rows.map((row) => ({code: row.dataset.code, cells: Object.fromEntries(
              [...row.querySelectorAll('td')].map((td) => [td.dataset.column, td.innerText])) }))"""
        )
    }


@pytest.mark.browser
def test_the_page_opens_on_estimates_and_the_table_says_what_the_map_says(visit, url):
    seen = opened(visit, url)
    page = seen.page
    stands(page.locator(TABLE).first)
    assert page.locator(".lm-pane").get_attribute("data-pane") == "loire"
    areas = page.locator("path[data-area]")
    assert areas.count() > 100
    fills = set(areas.evaluate_all("(all) => all.map((one) => one.getAttribute('fill'))"))
    assert len(fills) >= 6
    letters, cells = classes_of(page), cells_of(page)
    assert set(letters) == set(cells)
    assert {"p", "e"} <= set(letters.values())
    for code, letter in letters.items():
        first = cells[code]["estimate"].splitlines()[0]
        assert (first == "–") == (letter in "es")
        assert (cells[code]["grade"][0] == "E") == (letter in "es")
    assert "non estimable" in cells[next(c for c, one in letters.items() if one == "e")]["estimate"]
    assert page.locator(".total").inner_text().count("pers.") >= 1
    assert english_in(visible_text(page)) == []
    with page.expect_download() as saved:
        page.get_by_role("button", name="Télécharger le tableau (CSV)").click()
    text = saved.value.path().read_text("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert {line["qpv"]: bool(line["estimation"]) for line in lines} == {
        code: letter not in "es" for code, letter in letters.items()
    }
    assert seen.outside == []
    assert [one for one in seen.complaints if "404" not in one] == []


@pytest.mark.browser
def test_no_choice_remounts_the_map_or_moves_it(visit, url):
    seen = opened(visit, url)
    page = seen.page
    page.locator(".lm-tool").first.click()
    before = looks(page)
    mark = "(nodes) => nodes.forEach((node) => (node.marked = true))"
    page.locator("path[data-area], path[data-code], .lm-host").evaluate_all(mark)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    slider = page.get_by_role("slider")
    slider.focus()
    sent = []

    def usual(act):
        before_it = heard(page)
        revised(page, act)
        sent.append(heard(page) - before_it)

    usual(lambda: page.keyboard.press("ArrowLeft"))
    assert page.locator(".leaflet-areas-pane").evaluate("(pane) => pane.style.opacity") == "0.8"
    usual(page.get_by_role("radio", name="Sur les quartiers").click)
    under = "(pane) => Number(pane.style.zIndex)"
    assert page.locator(".leaflet-areas-pane").evaluate(under) > 400
    usual(page.get_by_role("radio", name="Sous les quartiers").click)
    assert page.locator(".leaflet-areas-pane").evaluate(under) < 400
    usual(lambda: choose(page, "Variable des aires", "Allocataires du RSA socle"))
    usual(lambda: choose(page, "Sur les quartiers", "Contours seuls"))
    assert set(classes_of(page).values()) == {"o"}
    usual(lambda: choose(page, "Sur les quartiers", "Chiffre officiel"))
    assert set(classes_of(page).values()) <= set("psmnz")
    marked = "(nodes) => nodes.filter((node) => node.marked).length === nodes.length"
    assert page.locator("path[data-area], .leaflet-overlay-pane path[data-code]").evaluate_all(
        marked
    )
    assert looks(page) == before
    assert [one for one in asked if "/geometrie/" in one] == []
    assert median(sent) < 60_000
    revised(page, lambda: choose(page, "Variable des aires", "Revenu disponible médian"))
    expect(page.locator(".note").first).to_contain_text("Rien n’est estimé")
    page.get_by_role("heading", name="Les chiffres officiels des quartiers").wait_for()
    page.locator("[data-column=estimate]").first.wait_for(state="detached")
    assert looks(page) == before
    assert [one for one in seen.complaints if "404" not in one] == []


NO_FIGURE = ["Personnes couvertes par la Caf, 2020", "Non disponible"]


def shown_areas(page, letter="0"):
    """Keys of some areas that are in view, of one class."""
    return page.locator(f"path[data-area][data-class='{letter}']").evaluate_all(
        """(all) => all.filter((one) => one.getAttribute('d') !== 'M0 0')
          .slice(0, 6).map((one) => one.dataset.area)"""
    )


def tip_of(page, key):
    """What is said of an area when the mouse comes over it."""
    page.locator(f"path[data-area='{key}']").dispatch_event(
        "mouseover", {"clientX": 5, "clientY": 5, "bubbles": True}
    )
    return page.locator(".lm-tip p").all_inner_texts()


@pytest.mark.browser
def test_a_quarter_names_its_areas_and_an_area_says_its_figure(visit, url):
    seen = opened(visit, url)
    page = seen.page
    page.locator(".lm-name", has_text="Montreynaud").hover()
    lines = page.locator(".lm-tip p").all_inner_texts()
    assert "Aires qui contribuent, et leur part" in lines
    parts = lines[lines.index("Aires qui contribuent, et leur part") + 1 :]
    assert parts
    assert all("%" in one or one.startswith("et ") for one in parts)
    read = {tip_of(page, key)[0] for key in shown_areas(page)}
    assert len(read) > 3
    hidden = [key for key in shown_areas(page, "m") if tip_of(page, key)[1:] == NO_FIGURE]
    assert hidden or not shown_areas(page, "m")
    page.locator(".lm-name", has_text="Montreynaud").click()
    stands(page.locator(".card table"))
    assert page.locator(".card tbody tr").count() >= 1
    page.locator("summary", has_text="Les aires en tableau").click()
    listed = page.locator(".values-table:has([data-column=code]) tbody tr")
    stands(listed.first)
    assert listed.count() == page.locator("path[data-area]").count()
    assert params(page)["qpv"].startswith("QP042")


@pytest.mark.browser
def test_a_reader_loads_areas_and_a_bad_file_gives_a_sentence(visit, url, tmp_path):
    seen = opened(visit, url)
    page = seen.page
    choose(page, "Aires", "Mes fichiers")
    page.get_by_text("Chargez des contours pour commencer.").wait_for()
    bad = tmp_path / "mauvais.geojson"
    bad.write_text('{"type":')
    loader = page.locator(".st-key-fichiers input[type=file]").first
    loader.set_input_files(bad)
    page.get_by_text("Le fichier est illisible ou incomplet.").wait_for()
    page.get_by_role("button", name="Retirer mauvais.geojson").click()
    page.get_by_text("Le fichier est illisible ou incomplet.").wait_for(state="detached")
    west, south = 4.36, 45.41
    grid = [
        box(west + 0.03 * x, south + 0.03 * y, west + 0.03 * (x + 1), south + 0.03 * (y + 1))
        for x in range(3)
        for y in range(3)
    ]
    frame = gpd.GeoDataFrame(
        {"code": [f"Z{rank}" for rank in range(9)], "menages": np.arange(9) * 10},
        geometry=grid,
        crs=4326,
    )
    good = tmp_path / "zones.geojson"
    good.write_text(frame.to_json())
    loader.set_input_files(good)
    page.get_by_text("9 aires lues").wait_for()
    stands(page.locator(".lm[data-revision]"))
    areas = page.locator("path[data-area]").evaluate_all(
        "(all) => all.map((one) => one.dataset.area)"
    )
    assert set(areas) <= {f"Z{rank}" for rank in range(9)}
    assert "Z0" in areas
    stands(page.locator(TABLE).first)
    assert json.dumps(cells_of(page)).count('"E') >= 1
    assert "zones.geojson" in page.locator(".lm-foot").inner_text()
    assert seen.outside == []
    assert [one for one in seen.complaints if "404" not in one] == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_no_choice_is_cut(visit, url, width):
    """« Communes 2026 » was read « Communes 202 »."""
    page = opened(visit, url, "?aires=commune", width=width).page
    page.locator(TABLE).first.wait_for()
    choices = page.locator(".st-key-choix input[role=combobox]")
    stands(choices.nth(4))  # the table of the first drawing may come before its choices
    cut = choices.evaluate_all(
        "(all) => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.value)"
    )
    assert cut == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1920])
def test_the_page_fits_its_width(visit, url, width):
    page = opened(visit, url, "?vue=trois-sites", width=width).page
    stands(page.locator(TABLE).first)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = page.locator("[data-testid=stMain]").evaluate("(main) => main.scrollWidth")
    assert wide <= width
    labels = read_words("superposer")
    assert page.get_by_role("heading", name=labels("title"), exact=True).is_visible()
