"""The legal metric CRS of each territory, and what a file's CRS stands for."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from contour_files import perimeters, write_shapefile
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Transformer
from shapely.geometry import Point, box

from observatoire.crs import (
    KNOWN_METRIC,
    WGS84,
    canonical_epsg,
    metric_areas,
    metric_epsg,
    qpv_metric_epsg,
    require_crs,
)
from observatoire.errors import CrsError

# A point in a town of each territory: department, longitude, latitude.
TOWNS = {
    "42": (4.39, 45.44),
    "2B": (9.45, 42.69),
    "971": (-61.53, 16.24),
    "972": (-61.07, 14.61),
    "973": (-52.33, 4.93),
    "974": (55.45, -20.88),
    "976": (45.23, -12.78),
    "978": (-63.08, 18.07),
    "987": (-149.56, -17.54),
}


def _square(epsg: int, lon: float, lat: float, side: float = 1000) -> gpd.GeoSeries:
    centre = gpd.GeoSeries([Point(lon, lat)], crs=WGS84).to_crs(epsg).iloc[0]
    ground = box(centre.x, centre.y, centre.x + side, centre.y + side)
    return gpd.GeoSeries([ground], crs=epsg).to_crs(WGS84)


@pytest.mark.parametrize("department", TOWNS)
def test_a_square_kilometre_measures_a_square_kilometre_in_each_territory(department):
    square = _square(metric_epsg(department), *TOWNS[department])
    area = metric_areas(square, pd.Series([department]))
    assert area.iloc[0] == pytest.approx(1e6, rel=1e-6)


@pytest.mark.parametrize("department", TOWNS)
def test_the_legal_projection_is_true_to_the_ground(department):
    """Its area is that of the ellipsoid, to less than 3 in a thousand; another's is not."""
    square = _square(metric_epsg(department), *TOWNS[department])
    true_area = abs(CRS.from_epsg(WGS84).get_geod().geometry_area_perimeter(square.iloc[0])[0])
    assert metric_areas(square, pd.Series([department])).iloc[0] == pytest.approx(
        true_area, rel=3e-3
    )


def test_lambert_93_on_la_reunion_is_wrong_by_a_factor_over_three():
    square = _square(2975, *TOWNS["974"])
    assert square.to_crs(2154).area.iloc[0] / 1e6 == pytest.approx(3.5, abs=0.1)
    assert metric_areas(square, pd.Series(["974"])).iloc[0] == pytest.approx(1e6, rel=1e-6)


@given(
    st.sampled_from(sorted(TOWNS)),
    st.floats(-0.05, 0.05),
    st.floats(-0.05, 0.05),
)
def test_going_to_metres_and_back_keeps_a_point_within_a_millimetre(department, east, north):
    lon, lat = TOWNS[department][0] + east, TOWNS[department][1] + north
    epsg = metric_epsg(department)
    there = Transformer.from_crs(WGS84, epsg, always_xy=True).transform(lon, lat)
    back = Transformer.from_crs(epsg, WGS84, always_xy=True).transform(*there)
    assert np.allclose(back, (lon, lat), rtol=0, atol=1e-8)


@pytest.mark.parametrize("department", ["988", "975", "986", "99", "", "2C", "00", "96"])
def test_a_territory_without_a_known_projection_is_an_error_not_a_guess(department):
    with pytest.raises(CrsError):
        metric_epsg(department)


def test_a_missing_geometry_has_a_missing_area():
    areas = metric_areas(gpd.GeoSeries([None], crs=WGS84), pd.Series(["42"]))
    assert areas.isna().all()


def test_areas_refuse_degrees_that_are_not_wgs84():
    with pytest.raises(CrsError):
        metric_areas(gpd.GeoSeries([box(0, 0, 1, 1)], crs=2154), pd.Series(["42"]))


def test_a_frame_without_crs_is_not_in_any():
    with pytest.raises(CrsError):
        require_crs(gpd.GeoSeries([Point(0, 0)]), WGS84)


@pytest.mark.parametrize("epsg", sorted({WGS84, *KNOWN_METRIC}))
def test_the_esri_text_of_a_legal_crs_is_recognised(epsg):
    assert canonical_epsg(CRS.from_epsg(epsg).to_wkt("WKT1_ESRI")) == epsg


def test_the_prj_of_the_official_lambert_93_file_is_lambert_93(old_lambert_prj, tmp_path):
    path = write_shapefile(perimeters(), tmp_path / "contours.shp")
    path.with_suffix(".prj").write_text(old_lambert_prj)
    declared = pyogrio.read_info(path)["crs"]
    assert not CRS.from_user_input(declared).is_exact_same(CRS.from_epsg(2154))
    assert canonical_epsg(declared) == 2154


@pytest.mark.parametrize(
    ("there", "instead"),
    [("700000.0", "600000.0"), ("46.5", "46.6"), ("6600000.0", "6600001.0"), ("3.0", "2.3")],
)
def test_a_name_is_not_enough_to_be_lambert_93(old_lambert_prj, there, instead):
    assert there in old_lambert_prj
    with pytest.raises(CrsError):
        canonical_epsg(old_lambert_prj.replace(there, instead))


@pytest.mark.parametrize("declared", [None, "", "PROJCS[garbage", "EPSG:99999", "rien"])
def test_what_is_not_a_crs_is_refused(declared):
    with pytest.raises(CrsError):
        canonical_epsg(declared, file="contours.shp")


def test_three_dimensional_degrees_are_degrees():
    assert canonical_epsg(4979) == WGS84


def test_a_qpv_is_measured_in_the_crs_of_its_department():
    assert [qpv_metric_epsg(code) for code in ("QP042001", "QP02B001", "QP974001")] == [
        2154,
        2154,
        2975,
    ]


@pytest.fixture
def old_lambert_prj() -> str:
    """The text of the official file's `.prj`, as ArcGIS 10 wrote it."""
    return (
        'PROJCS["RGF93_Lambert_93",GEOGCS["GCS_RGF_1993",DATUM["D_RGF_1993",'
        'SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],'
        'UNIT["Degree",0.0174532925199433]],PROJECTION["Lambert_Conformal_Conic"],'
        'PARAMETER["False_Easting",700000.0],PARAMETER["False_Northing",6600000.0],'
        'PARAMETER["Central_Meridian",3.0],PARAMETER["Standard_Parallel_1",44.0],'
        'PARAMETER["Standard_Parallel_2",49.0],PARAMETER["Latitude_Of_Origin",46.5],'
        'UNIT["Meter",1.0]]'
    )
