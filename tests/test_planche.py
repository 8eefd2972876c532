import re
from xml.etree import ElementTree

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from map_layers import perimeters
from shapely import box
from site_release import BLIND, RARE, site_layers

from observatoire.classify import Breaks, class_breaks
from observatoire.component.painting import paint_layer, site_values
from observatoire.component.specs import PaneSpec
from observatoire.crs import metric_epsg
from observatoire.errors import CrsError, DisclosureError
from observatoire.labels.typography import NARROW
from observatoire.palettes import map_colours
from observatoire.planche import TileLook, short_value, tile_looks, tile_shapes
from observatoire.planche_sheet import wrapped, write_planche
from observatoire.tiles import tile_sheet

SITES = {"2B": "Bastia", "42": "Loire", "57": "Moselle"}
# A corner of each territory, in degrees, and its department.
PLACES = {"42": (4.4, 45.4), "2B": (9.4, 42.7), "974": (55.5, -20.9), "973": (-52.3, 4.9)}


def placed(frame):
    """Return the perimeters of the tests as the pages hold them: with the name of their site."""
    order = list(SITES)
    named = frame.assign(site_name=frame["department"].map(SITES))
    return named.sort_values("department", key=lambda values: values.map(order.index))


def square(code, department, side_m, commune="Ville", name="Carré"):
    west, south = PLACES[department]
    spot = gpd.GeoSeries.from_xy([west], [south], crs=4326).to_crs(metric_epsg(department)).iloc[0]
    ground = gpd.GeoSeries(
        [box(spot.x, spot.y, spot.x + side_m, spot.y + side_m)], crs=metric_epsg(department)
    )
    return gpd.GeoDataFrame(
        {"name": name, "commune": commune, "department": department, "site_name": department},
        index=pd.Index([code], name="code"),
        geometry=ground.to_crs(4326).to_list(),
        crs=4326,
    )


def drawn_span(path):
    points = [pair.split() for pair in re.findall(r"-?[\d.]+ -?[\d.]+", path)]
    xs, ys = ([float(pair[rank]) for pair in points] for rank in (0, 1))
    return max(xs) - min(xs), max(ys) - min(ys)


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from(list(PLACES)), st.floats(80, 2500)), min_size=1, max_size=5),
    st.floats(60, 300),
)
def test_one_scale_for_all_in_the_metres_of_each_territory(made, width):
    """A square of so many metres has so many pixels, overseas as in the Loire."""
    parts = [square(f"QP{rank:03d}", where, side) for rank, (where, side) in enumerate(made)]
    sheet = tile_sheet(pd.concat(parts), width=width)
    sides = {f"QP{rank:03d}": side for rank, (_, side) in enumerate(made)}
    for tile in sheet.tiles:
        across, up = drawn_span(tile.path)
        assert across * sheet.metres == pytest.approx(sides[tile.code], abs=0.3 * sheet.metres)
        assert up * sheet.metres == pytest.approx(sides[tile.code], abs=0.3 * sheet.metres)
        assert across <= width - 11
        assert up <= sheet.height - 11
    length, pixels = sheet.bar()
    assert pixels * sheet.metres == pytest.approx(length)
    assert pixels <= width / 2
    assert str(int(length * 100)).rstrip("0") in ("1", "2", "5")


def test_the_widest_perimeter_fills_the_tile():
    sheet = tile_sheet(placed(perimeters()), width=200)
    assert max(drawn_span(tile.path)[0] for tile in sheet.tiles) == pytest.approx(188, abs=1)


def test_every_neighbourhood_has_one_tile_by_site_town_and_name():
    frame = placed(perimeters())
    sheet = tile_sheet(frame)
    assert sorted(tile.code for tile in sheet.tiles) == sorted(frame.index)
    assert list(sheet.sites()) == list(SITES.values())
    for tiles in sheet.sites().values():
        keys = [(tile.commune.split(",")[0], tile.name) for tile in tiles]
        assert keys == sorted(keys)


def test_the_order_of_the_rows_moves_no_tile():
    frame = placed(perimeters())
    shuffled = pd.concat(
        [part.sample(frac=1, random_state=7) for _, part in frame.groupby("site_name", sort=False)]
    )
    assert tile_sheet(shuffled).tiles == tile_sheet(frame).tiles


def test_without_perimeters_there_is_no_tile_and_another_crs_is_refused():
    frame = placed(perimeters())
    assert tile_sheet(frame.iloc[:0]).tiles == ()
    with pytest.raises(CrsError):
        tile_sheet(frame.to_crs(2154))


def layer_of(indicator, period):
    return next(one for one in site_layers() if (one.indicator, one.period) == (indicator, period))


POVERTY, PEOPLE, GAMES = (
    layer_of("filosofi.TP60", "2018"),
    layer_of("rp.POP_MUN", "2018"),
    layer_of("terrain.jeux", "2023"),
)
CODES = tuple(sorted(perimeters().index))


def breaks_of(layer):
    return class_breaks(site_values(layer, CODES)["value"])


@pytest.mark.parametrize("layer", [POVERTY, GAMES], ids=lambda layer: layer.indicator)
def test_a_tile_has_the_class_of_the_map(layer):
    breaks = breaks_of(layer)
    looks = tile_looks(layer, CODES, breaks)
    (paint,) = paint_layer(layer, [PaneSpec("x", "", "", CODES, ())], breaks)
    assert "".join(looks[code].letter for code in CODES) == paint.classes


def test_the_absences_are_words_and_looks_of_their_own():
    looks = tile_looks(GAMES, CODES, breaks_of(GAMES))
    assert (looks[BLIND].said, looks[RARE].said) == ("veille aveugle", "secret")
    colours, tile = map_colours(5), tile_sheet(placed(perimeters())).tiles[0]
    drawn = {letter: tile_shapes(tile, TileLook(letter, ""), colours) for letter in "mnsbz0p"}
    assert len(set(drawn.values())) == len(drawn)
    assert "dasharray" in drawn["b"]
    assert "<pattern" in drawn["s"]


def test_a_count_is_a_disc_whose_area_follows_it_and_never_a_surface():
    looks = tile_looks(PEOPLE, CODES, Breaks())
    values = site_values(PEOPLE, CODES)["value"].dropna()
    ratios = {round(looks[code].radius ** 2 / value, 6) for code, value in values.items()}
    assert len(ratios) == 1
    colours = map_colours(0)
    for tile in tile_sheet(placed(perimeters())).tiles:
        drawn = tile_shapes(tile, looks[tile.code], colours)
        surface = re.search(r"<path[^>]*fill=\"([^\"]+)\"", drawn)[1]
        assert surface == "#ffffff"
        assert ("<circle" in drawn) == (looks[tile.code].radius > 0)


def test_only_a_figure_whose_interval_contains_the_reference_is_hatched():
    looks = tile_looks(GAMES, CODES, breaks_of(GAMES), hatched=(BLIND, "QP042011"))
    assert [code for code in CODES if looks[code].hatched] == ["QP042011"]


def test_a_short_unit_stays_with_its_value_and_a_long_one_stands_in_the_title():
    assert short_value(42.36, POVERTY.description).endswith("%")
    assert short_value(8144, PEOPLE.description) == f"8{NARROW}144"


@given(st.text(alphabet="abcdefghij éÎ-", max_size=60), st.integers(1, 3))
def test_a_name_is_cut_in_lines_that_fit(name, lines):
    found = wrapped(name, 12, 100, lines)
    assert len(found) <= lines
    assert all(len(line) <= 14 for line in found)
    if len(name.split()) == 1 and len(name.strip()) <= 14:
        assert found == (name.strip(),)


@pytest.mark.parametrize("layer", [POVERTY, PEOPLE, GAMES], ids=lambda layer: layer.indicator)
def test_the_page_is_one_lone_document_with_every_name_and_value_as_text(layer):
    frame = placed(perimeters())
    breaks = Breaks() if layer is PEOPLE else breaks_of(layer)
    text = write_planche(layer, frame, breaks=breaks, hatched=("QP042011",), reference="France")
    root = ElementTree.fromstring(text)
    assert root.get("role") == "img"
    assert root[0].tag.endswith("title")
    assert not re.search(r"(?:href|src)=|<script|<image", text)
    said = [node.text for node in root.iter() if node.tag.endswith("text")]
    looks = tile_looks(layer, list(frame.index), breaks)
    for look in looks.values():
        assert look.said in said
    for site, count in (("Bastia", "2 quartiers"), ("Loire", "19 quartiers")):
        assert {site, count.replace(" ", " ")} <= set(said)
    assert any("France" in one for one in said if one)
    assert ("Données fictives" in said) == layer.fictitious
    names = re.findall(r'id="([^"]+)"', text)
    assert len(names) == len(set(names))


def test_the_same_layer_gives_the_same_page_and_a_bare_table_is_refused():
    frame = placed(perimeters())
    pages = {write_planche(POVERTY, frame, breaks=breaks_of(POVERTY)) for _ in range(2)}
    assert len(pages) == 1
    with pytest.raises(DisclosureError):
        write_planche(POVERTY.frame, frame, breaks=Breaks())
