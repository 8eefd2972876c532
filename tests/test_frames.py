import geopandas as gpd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from map_layers import perimeters
from shapely import box

from observatoire.errors import CrsError
from observatoire.frames import commune_names, town_frames

KILOMETRE = 1 / 111.32  # degrees of latitude


def squares(places, department="42"):
    """1 km squares by code: commune, kilometres east and north of a corner."""
    shapes, rows = [], []
    for code, (commune, east, north) in places.items():
        west, south = 4.0 + east * KILOMETRE / 0.7, 45.5 + north * KILOMETRE
        shapes.append(box(west, south, west + KILOMETRE / 0.7, south + KILOMETRE))
        rows.append({"code": code, "name": code, "commune": commune, "department": department})
    frame = gpd.GeoDataFrame(rows, geometry=shapes, crs=4326)
    return frame.set_index("code")


def test_neighbouring_communes_share_a_frame_and_distant_ones_do_not():
    frames = town_frames(
        squares({"A": ("Un", 0, 0), "B": ("Deux", 4, 0), "C": ("Trois", 30, 0)}), span_m=9000
    )
    assert [frame.codes for frame in frames] == [("A", "B"), ("C",)]
    assert frames[0].name == "Deux · Un"


def test_a_commune_is_never_split_even_when_it_is_wide():
    frames = town_frames(squares({"A": ("Un", 0, 0), "B": ("Un", 25, 0)}), span_m=5000)
    assert [frame.codes for frame in frames] == [("A", "B")]


def test_a_qpv_over_two_communes_ties_them():
    frames = town_frames(
        squares({"A": ("Un", 0, 0), "B": ("Deux, Un", 20, 0), "C": ("Deux", 40, 0)}), span_m=5000
    )
    assert [frame.codes for frame in frames] == [("A", "B", "C")]


def test_a_chain_of_towns_is_cut_before_the_frame_grows_too_wide():
    chain = {f"Q{rank}": (f"Ville {rank}", 4 * rank, 0) for rank in range(12)}
    frames = town_frames(squares(chain), span_m=9000)
    assert all(len(frame.codes) <= 3 for frame in frames)
    assert sum(len(frame.codes) for frame in frames) == 12


@given(
    st.dictionaries(
        st.integers(0, 99).map(lambda rank: f"Q{rank:02d}"),
        st.tuples(
            st.sampled_from(["Un", "Deux", "Trois, Un", None]),
            st.integers(0, 60),
            st.integers(0, 60),
        ),
        min_size=1,
        max_size=14,
    )
)
def test_every_qpv_is_in_one_frame_whose_bounds_hold_it(places):
    frame = squares(places)
    frames = town_frames(frame)
    held = [code for town in frames for code in town.codes]
    assert sorted(held) == sorted(places)
    for town in frames:
        for code in town.codes:
            west, south, east, north = frame.geometry[code].bounds
            assert town.west <= west
            assert town.south <= south
            assert town.east >= east
            assert town.north >= north
        assert town.name


def test_the_order_of_rows_changes_nothing():
    frame = squares(
        {"A": ("Un", 0, 0), "B": ("Deux", 4, 0), "C": ("Trois", 7, 3), "D": (None, 9, 9)}
    )
    assert town_frames(frame) == town_frames(frame.iloc[::-1])


def test_spans_are_metres_of_the_legal_projection_and_a_far_territory_is_framed_too():
    frame = squares({"QP974001": ("Saint-Denis", 0, 0)}, department="974")
    frame["geometry"] = frame.geometry.translate(51.4, -66.4)
    assert [town.name for town in town_frames(frame)] == ["Saint-Denis"]
    with pytest.raises(CrsError):
        town_frames(frame.to_crs(2975))


def test_no_boundary_gives_no_frame():
    assert town_frames(squares({"A": ("Un", 0, 0)}).iloc[:0]) == ()


def test_communes_are_read_as_the_official_files_write_them():
    assert commune_names("Woippy, Metz") == ["Woippy", "Metz"]
    assert commune_names(None) == []
    assert commune_names(float("nan")) == []


def test_the_three_sites_are_framed_by_their_towns():
    frame = perimeters()
    towns = {
        site: [town.name for town in town_frames(frame[frame["site"] == site])]
        for site in ("bastia", "loire", "moselle")
    }
    assert towns["bastia"] == ["Bastia"]
    assert towns["loire"][0] == "Saint-Étienne"
    assert towns["moselle"][0] == "Metz"
    assert {"Roanne", "Montbrison"} <= set(towns["loire"])
    assert {"Creutzwald", "Sarreguemines", "Sarrebourg"} <= set(towns["moselle"])
