"""Other areas under the perimeters: what is sent once, and what is painted."""

from __future__ import annotations

import gzip
import json
import re

import geopandas as gpd
import pytest
from shapely.geometry import Polygon, box

from observatoire.component import AreaPaint, AreaSpec, MapTexts, PanePaint, PaneSpec, Underlay
from observatoire.component.areas import NO_AREAS, area_spec, areas_near
from observatoire.component.payload import map_data
from observatoire.component.shelf import shelf
from observatoire.errors import CrsError
from observatoire.palettes import areas, sequential

PANE = PaneSpec("x", "X", "/geometrie/x.js", ("QP000001", "QP000002"), ())
PAINT = PanePaint("00", ("1", "2"))


def squares(count=3, crs=4326):
    shapes = [box(rank, 45, rank + 1, 46) for rank in range(count)]
    names = [f"Aire {rank}" for rank in range(count)]
    return gpd.GeoDataFrame(
        {"name": names}, geometry=shapes, crs=crs, index=[f"A{rank}" for rank in range(count)]
    )


def data(underlay, panes=(PANE,), paint=(PAINT,)):
    return map_data(
        list(panes),
        list(paint),
        MapTexts("", {}),
        classes=1,
        view="v",
        selected="",
        height=9,
        underlay=underlay,
    )


def laid(spec, paint, **more):
    return Underlay((spec,), (paint,), MapTexts("Areas", {}), 3, **more)


def test_outlines_go_once_to_an_address_that_says_what_they_are():
    spec = area_spec(squares())
    assert spec == area_spec(squares())
    assert spec.keys == ("A0", "A1", "A2")
    assert spec != area_spec(squares(2))
    text = gzip.decompress(shelf().get(spec.url.rpartition("/")[2])).decode()
    found = re.search(r"shapes: (.*)};", text)
    assert [one["id"] for one in json.loads(found.group(1))["features"]] == [0, 1, 2]


def test_areas_without_an_outline_are_left_out_of_the_order():
    frame = squares()
    frame.loc["A1", "geometry"] = Polygon()
    assert area_spec(frame).keys == ("A0", "A2")
    assert area_spec(squares(0)) == NO_AREAS


def test_outlines_in_metres_are_refused():
    with pytest.raises(CrsError):
        area_spec(squares(crs=2154))


def test_a_change_of_values_opacity_or_order_sends_no_outline():
    spec = area_spec(squares())
    sent = data(laid(spec, AreaPaint("012", ("1", "2", "3")), opacity=0.4, over=True))["under"]
    assert sent["panes"] == [{"url": spec.url}]
    assert "coordinates" not in json.dumps(sent)
    assert (sent["opacity"], sent["over"]) == (0.4, True)
    assert [sent["colours"][letter] for letter in "012"] == list(areas(3))
    assert set(areas(5)).isdisjoint(sequential(5))


def test_every_change_is_a_new_revision_and_the_same_map_the_same_one():
    spec = AreaSpec("/geometrie/a.js", ("A0",))
    paint = AreaPaint("0", ("1",))
    revisions = [
        data(one)["revision"]
        for one in (
            None,
            laid(spec, paint),
            laid(spec, paint, opacity=0.5),
            laid(spec, paint, over=True),
            laid(spec, AreaPaint("1", ("1",))),
        )
    ]
    assert len(set(revisions)) == len(revisions)
    assert data(laid(spec, paint))["revision"] == revisions[1]


@pytest.mark.parametrize(
    "paint",
    [
        AreaPaint("01", ("1",)),
        AreaPaint("0", ("1", "2")),
        AreaPaint("0", ("1",), parts={"QP000001": [(3, "10 %")]}),
    ],
)
def test_a_paint_that_does_not_match_the_outlines_is_refused(paint):
    with pytest.raises(ValueError, match="area"):
        data(laid(AreaSpec("/geometrie/a.js", ("A0",)), paint))


def test_areas_for_another_number_of_panes_are_refused():
    underlay = Underlay((), (), MapTexts("", {}), 0)
    with pytest.raises(ValueError, match="panes"):
        data(underlay)


def test_only_the_areas_around_a_neighbourhood_are_drawn():
    near = gpd.GeoDataFrame(geometry=[box(0.2, 45.2, 0.3, 45.3)], crs=4326)
    assert list(areas_near(squares(5), near, 0.1).index) == ["A0"]
    assert list(areas_near(squares(5), near, 0.8).index) == ["A0", "A1"]
