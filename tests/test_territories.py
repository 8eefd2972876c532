"""The rest of France beside the sites: what can be looked at, and in which metric system."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point

from observatoire.boundaries import read_boundaries
from observatoire.component import site_pane
from observatoire.crs import metric_areas, metric_epsg
from observatoire.errors import SettingsError
from observatoire.frames import town_frames
from observatoire.labels import read_words
from observatoire.settings import Settings, Site, read_sites
from observatoire.views.doors import Doors
from observatoire.views.territories import (
    asked_territory,
    doors_of,
    is_overseas,
    of_sites,
    published_territories,
    site_asked,
    territories,
    territory_name,
)

OVERSEAS = {
    "971": (-61.53, 16.24),
    "972": (-61.06, 14.61),
    "973": (-52.31, 4.93),
    "974": (55.45, -20.89),
    "976": (45.23, -12.78),
    "987": (-149.56, -17.54),
}


def perimeters(departments=tuple(OVERSEAS)):
    """Two made-up squares of 300 m in each territory, drawn in its legal metric system."""
    parts = []
    for department in departments:
        place = gpd.GeoSeries([Point(OVERSEAS[department])], crs=4326)
        middle = place.to_crs(metric_epsg(department)).iloc[0]
        points = [middle, Point(middle.x + 2_000, middle.y)]
        ground = gpd.GeoSeries(points, crs=metric_epsg(department)).buffer(150, cap_style="square")
        codes = [f"QP{department}00{rank}" for rank in (1, 2)]
        frame = {"name": [f"Essai {code}" for code in codes], "commune": "Essai"}
        parts.append(
            gpd.GeoDataFrame(
                frame | {"department": department},
                geometry=ground.to_crs(4326).array,
                crs=4326,
                index=codes,
            )
        )
    return gpd.GeoDataFrame(pd.concat(parts), crs=4326)


def test_with_the_neighbourhoods_of_the_sites_alone_there_is_no_territory():
    sites = read_sites()
    assert territories([code for site in sites for code in site.departments], sites) == ()


@given(st.sets(st.sampled_from([*OVERSEAS, "13", "59", "42", "2A", "988", "zz"])))
def test_territories_are_those_that_can_be_measured_overseas_first(departments):
    found = territories(departments, read_sites())
    codes = [one.departments[0] for one in found]
    assert set(codes) == departments - {"42", "988", "zz"}
    assert [is_overseas(code) for code in codes] == sorted(map(is_overseas, codes), reverse=True)
    assert all(one.name != one.departments[0] for one in found)


def test_every_department_has_a_name_and_a_legal_system():
    codes = [
        name.removeprefix("name.")
        for name in read_words("territoires").entries
        if name.startswith("name.")
    ]
    assert len(codes) == 96 + 8
    assert {metric_epsg(code) for code in codes} == {2154, 5490, 2972, 2975, 4471, 3297}
    assert territory_name("974") == "La Réunion"
    assert territory_name("999") == "999"


def test_an_address_asks_for_one_territory_or_for_none():
    known = territories(["974", "971"], ())
    assert [one.name for one in asked_territory("dep974", known)] == ["La Réunion"]
    assert asked_territory("loire", known) == asked_territory("dep13", known) == ()


def test_what_is_read_in_a_territory_is_kept_apart_from_what_the_sites_read(clone):
    doors = Doors(clone.settings, clone.access)
    assert doors_of(doors, ()) is doors
    assert published_territories(doors) == ()
    inside = doors_of(doors, [Site("dep42", "Loire", ("42",))])
    assert inside.published().release.sha256 != doors.published().release.sha256
    assert set(inside.published().boundaries["2015"]["department"]) == {"42"}
    assert set(doors.published().boundaries["2015"]["department"]) == {"2B", "42", "57"}
    assert [pane.id for pane in inside.panes("2015")] == ["dep42"]
    assert [pane.id for pane in doors.panes("2015")] == ["bastia", "loire", "moselle"]


def test_a_download_names_a_site_or_a_territory(tmp_path):
    settings = Settings(home=tmp_path, data=tmp_path, sites=read_sites())
    assert site_asked(settings, "loire").departments == ("42",)
    assert site_asked(settings, "dep974").departments == ("974",)
    for wrong in ("lune", "dep988", "dep", "dep42"):
        with pytest.raises(SettingsError):
            site_asked(settings, wrong)


@pytest.mark.parametrize("department", list(OVERSEAS))
def test_a_territory_has_its_pane_and_is_measured_in_its_own_system(department):
    frame = perimeters()
    (site,) = territories([department], ())
    own = of_sites(frame, [site])
    assert list(own.index) == [f"QP{department}001", f"QP{department}002"]
    assert metric_areas(own.geometry, own["department"]).to_list() == pytest.approx(
        [90_000, 90_000], rel=1e-6
    )
    (town,) = town_frames(own)
    assert town.codes == tuple(own.index)
    pane = site_pane(site.id, site.name, own)
    assert (pane.title, pane.codes) == (territory_name(department), tuple(own.index))


def test_the_official_overseas_neighbourhoods_each_have_a_pane(official_data):
    file = official_data / "qpv_2015" / "QP_METROPOLEOUTREMER_WGS84_EPSG4326.shp"
    read = read_boundaries(file)
    frame = read.frame.set_index("code")
    here = [
        one
        for one in territories(frame["department"], read_sites())
        if is_overseas(one.departments[0])
    ]
    assert {one.departments[0] for one in here} >= {"971", "972", "973", "974", "976"}
    for site in here:
        own = of_sites(frame, [site])
        areas = metric_areas(own.geometry, own["department"])
        assert areas.between(1_000, 5e7).all()
        assert sum(len(town.codes) for town in town_frames(own)) == len(own)
