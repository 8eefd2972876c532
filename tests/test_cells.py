"""The 200 m grid, on made-up cells: squares where their identifiers say."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from observatoire import uploads
from observatoire.errors import CrsError, FileError
from observatoire.outlines import cell_columns, holds_cells, read_cells
from observatoire.schemas import CELLS, faults

CLONE_NAME = Path("carreaux.csv")
COLUMNS = "idcar_200m;i_est_200;idcar_1km;lcog_geo;ind;men;men_pauv;ind_snv;log_soc"
CELL = "CRS3035RES200mN2471400E3896600"
EAST = "CRS3035RES200mN2471400E3896800"
TEXT = f"""{COLUMNS}
{CELL};0;x;99001;120.5;50;12;2400000.75;30
{EAST};1;x;9900199002;24.5;10;3;400000;0
"""


def written(folder, text, name="carreaux_200m_met.csv"):
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_cells_are_squares_of_their_own_grid(tmp_path):
    reading = read_cells(written(tmp_path, TEXT))
    frame = reading.frame
    assert faults(frame, CELLS) == ()
    assert reading.epsg == 3035
    assert frame["cell"].tolist() == [CELL, EAST]
    own = frame.geometry.to_crs(3035)
    assert np.allclose(own.area, 200.0**2, rtol=1e-7)
    assert np.allclose(own.iloc[0].bounds, (3896600, 2471400, 3896800, 2471600), atol=1e-4)
    # two neighbours share an edge, and nothing else
    assert own.iloc[0].intersection(own.iloc[1]).area < 1e-2
    assert own.iloc[0].distance(own.iloc[1]) < 1e-4


def test_figures_keep_their_published_names_and_their_decimals(tmp_path):
    reading = read_cells(written(tmp_path, TEXT))
    assert [one.name for one in reading.columns] == ["ind", "men", "men_pauv", "ind_snv", "log_soc"]
    assert reading.frame["ind"].tolist() == [120.5, 24.5]
    assert reading.frame["log_soc"].tolist() == [30.0, 0.0]
    assert reading.frame["commune"].tolist() == ["99001", "9900199002"]
    assert reading.ignored == ()


def test_the_imputed_share_is_carried(tmp_path):
    reading = read_cells(written(tmp_path, TEXT))
    assert reading.frame["imputed"].tolist() == [False, True]
    assert reading.imputed_share == pytest.approx(24.5 / 145)
    bare = "\n".join(f"{line.split(';')[0]};{line.split(';')[4]}" for line in TEXT.splitlines())
    reading = read_cells(written(tmp_path, bare))
    assert reading.frame["imputed"].isna().all()
    assert reading.imputed_share is None


def test_the_first_layout_has_capitals(tmp_path):
    text = TEXT.replace(
        COLUMNS, "Idcar_200m;I_est_200;Idcar_1km;Lcog_geo;Ind;Men;Men_pauv;Ind_snv;Log_soc"
    )
    assert read_cells(written(tmp_path, text)).frame["ind"].sum() == 145.0


def test_the_grids_overseas_are_those_of_their_identifiers(tmp_path):
    for epsg, north, east in ((2975, 7634200, 359400), (5490, 1592600, 728800)):
        text = f"idcar_200m;ind\nCRS{epsg}RES200mN{north}E{east};3\n"
        reading = read_cells(written(tmp_path, text))
        assert reading.epsg == epsg
        assert np.allclose(
            reading.frame.to_crs(epsg).total_bounds,
            (east, north, east + 200, north + 200),
            atol=1e-4,
        )


def test_a_geopackage_is_read_as_its_csv_is(tmp_path):
    table = pd.DataFrame(
        {
            "idcar_200m": [CELL, EAST],
            "i_est_200": [0, 1],
            "lcog_geo": ["99001", "9900199002"],
            "ind": [120.5, 24.5],
            "men": [50.0, 10.0],
        }
    )
    path = tmp_path / "carreaux.gpkg"
    ground = [box(0, 0, 1, 1)] * 2  # whatever it draws, the identifier says where the cell is
    gpd.GeoDataFrame(table, geometry=ground, crs=3035).to_file(path, driver="GPKG", layer="met")
    one, other = read_cells(path), read_cells(written(tmp_path, TEXT))
    names = ["cell", "epsg", "size_m", "commune", "imputed", "ind", "men"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(one.frame[names]), pd.DataFrame(other.frame[names]), check_dtype=False
    )
    assert one.frame.geometry.geom_equals(other.frame.geometry).all()
    in_memory = read_cells(tmp_path / "never.gpkg", path.read_bytes())
    assert in_memory.frame["ind"].tolist() == [120.5, 24.5]


def test_a_page_reads_a_geopackage_of_cells_and_the_grids_overseas(tmp_path):
    table = pd.DataFrame({"idcar_200m": [CELL], "ind": [3.5]})
    path = tmp_path / "carreaux.gpkg"
    frame = gpd.GeoDataFrame(table, geometry=[box(0, 0, 1, 1)], crs=3035)
    frame.to_file(path, driver="GPKG", layer="met")
    loaded = uploads.read_outlines("carreaux.gpkg", path.read_bytes()).frame
    assert loaded["ind"].tolist() == ["3.5"]
    assert loaded.to_crs(3035).total_bounds[:2] == pytest.approx((3896600, 2471400), abs=1e-3)
    reunion = b"idcar_200m;ind\nCRS2975RES200mN7634200E359400;3\n"
    frame = uploads.read_outlines("carreaux.csv", reunion).frame
    assert frame.to_crs(2975).total_bounds[:2] == pytest.approx((359400, 7634200), abs=1e-3)


def test_a_file_in_memory_is_read_without_being_written(tmp_path):
    reading = read_cells(tmp_path / "never.csv", TEXT.encode("utf-8-sig"))
    assert len(reading.frame) == 2
    assert list(tmp_path.iterdir()) == []


def test_an_empty_figure_is_missing_and_not_zero(tmp_path):
    reading = read_cells(written(tmp_path, TEXT.replace(";24.5;", ";;")))
    assert reading.frame["ind"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("old", "new", "row", "column"),
    [
        (EAST, CELL, 2, "idcar_200m"),
        (EAST, "CRS3035RES200mN24714E", 2, "idcar_200m"),
        (";120.5;", ";beaucoup;", 1, "ind"),
        (";120.5;", ";-3;", 1, "ind"),
        (f"{EAST};1;", f"{EAST};7;", 2, "i_est_200"),
        (f"{EAST};1;", f"{EAST};;", 2, "i_est_200"),
        ("idcar_200m;i_est_200;idcar_1km", "carreau;i_est_200;nom", None, "idcar_200m"),
    ],
)
def test_a_fault_is_told_with_its_row_and_column(tmp_path, old, new, row, column):
    path = written(tmp_path, TEXT.replace(old, new, 1))
    with pytest.raises(FileError) as refusal:
        read_cells(path)
    assert (refusal.value.row, refusal.value.column) == (row, column)
    assert refusal.value.file == str(path)
    assert refusal.value.remedy


def test_several_grids_or_an_unknown_one_are_refused(tmp_path):
    for other in ("CRS2975RES200mN2471400E3896800", "CRS3857RES200mN2471400E3896800"):
        with pytest.raises(CrsError):
            read_cells(written(tmp_path, TEXT.replace(EAST, other)))
    alone = f"idcar_200m;ind\n{CELL.replace('3035', '2154')};3\n"
    with pytest.raises(CrsError):
        read_cells(written(tmp_path, alone))


@pytest.mark.parametrize("content", ["", "idcar_200m;ind\n", "SQLite format 3\0 broken"])
def test_what_is_no_file_of_cells_is_refused(tmp_path, content):
    with pytest.raises(FileError):
        read_cells(written(tmp_path, content))
    with pytest.raises(FileError):
        read_cells(tmp_path / "absent.csv")


@given(
    st.sets(
        st.tuples(st.integers(10_000, 14_000), st.integers(16_000, 20_000)),
        min_size=1,
        max_size=30,
    )
)
def test_cells_never_overlap_and_cover_their_number_of_squares(places):
    lines = [f"CRS3035RES200mN{200 * n}E{200 * e};1" for n, e in sorted(places)]
    reading = read_cells(CLONE_NAME, "\n".join(["idcar_200m;ind", *lines]).encode())
    own = reading.frame.geometry.to_crs(3035)
    assert own.union_all().area == pytest.approx(len(places) * 40_000, rel=1e-6)
    assert reading.frame["ind"].sum() == len(places)


def test_cells_are_told_by_their_first_bytes(tmp_path):
    assert holds_cells(TEXT.encode())
    assert not holds_cells(b"IRIS;P18_POP\n990010101;3\n")
    assert not holds_cells(b'{"type": "FeatureCollection", "properties": {"idcar_200m": 1}}')


def test_every_column_has_words():
    columns = cell_columns()
    assert len(columns) == 28
    assert {"ind", "men", "men_pauv", "ind_snv", "log_soc", "ind_inc"} <= set(columns)
    assert all(one.label and one.unit for one in columns.values())
