"""The spread of an indicator over all the QPV of France."""

import numpy as np
import pandas as pd
import pytest
from conftest import CLONE
from hypothesis import given
from hypothesis import strategies as st

from observatoire.catalogue import read_catalogue
from observatoire.disclosure import Rules, protect
from observatoire.errors import ConflictError, FileError
from observatoire.indicators.official import build_official_layers, spread_figures
from observatoire.indicators.spread import NATIONAL, PERIMETERS, known_spread, national_spread
from observatoire.pipeline import described
from observatoire.schemas import SPREAD_ZONES, STATISTICS, validate
from observatoire.statistics import read_statistics
from observatoire.statistics.figures import write_figures
from observatoire.statistics.merging import merge_figures
from observatoire.statistics.reading import StatisticsReading

COLUMNS = [column.name for column in STATISTICS.columns]


def codes(size):
    return [f"QP{100 + i // 900:03d}{i % 900:03d}" for i in range(size)]


def published(values, *, indicator="filosofi.TP60", edition="2015", period="2018", kind="qpv"):
    rows = [
        (indicator, kind, zone, edition, period, value, "ok" if value == value else "secret", "a")
        for zone, value in zip(codes(len(values)), values, strict=True)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def cells(rows):
    return rows.set_index("zone")["value"].to_dict()


PERCENT = st.one_of(st.floats(0, 100), st.just(float("nan")))


@given(st.lists(PERCENT, min_size=12, max_size=12))
def test_quantiles_are_in_order_inside_the_values_and_counted(pattern):
    values = pattern * 90
    rows = national_spread(published(values))
    shown = [value for value in values if value == value]
    if not shown:
        assert rows.empty
        return
    validate(rows, STATISTICS)
    found = cells(rows)
    assert list(found) == list(SPREAD_ZONES)
    cuts = [found[name] for name in SPREAD_ZONES[:5]]
    assert cuts == sorted(cuts)
    assert min(shown) - 1e-9 <= cuts[0]
    assert cuts[-1] <= max(shown) + 1e-9
    assert found["n"] == len(shown)
    assert found["total"] == 1514
    # at most half of the values are under the median, at most half above
    assert sum(value < cuts[2] - 1e-8 for value in shown) <= len(shown) / 2
    assert sum(value > cuts[2] + 1e-8 for value in shown) <= len(shown) / 2


def test_quantiles_interpolate_between_the_two_nearest_values():
    found = cells(national_spread(published([float(i) for i in range(1001)])))
    assert [found[name] for name in SPREAD_ZONES] == [50, 250, 500, 750, 950, 1001, 1514]


@given(st.permutations(range(6)))
def test_the_order_of_the_rows_says_nothing(order):
    figures = published([1.0, 2.0, 3.0, 4.0, float("nan"), 9.5] * 200)
    shuffled = pd.concat([figures.iloc[i::6] for i in order], ignore_index=True)
    assert national_spread(shuffled).equals(national_spread(figures))


def test_an_extract_makes_no_spread_of_france():
    assert national_spread(published([1.0] * (NATIONAL - 1))).empty
    assert not national_spread(published([1.0] * NATIONAL)).empty
    hidden = [1.0] * 500 + [float("nan")] * 500
    assert cells(national_spread(published(hidden)))["n"] == 500
    communes = published([1.0] * 2000, kind="commune")
    assert national_spread(communes).empty


def test_an_edition_whose_perimeters_are_not_all_there_makes_none():
    figures = published([1.0] * 1200, edition="2024")
    assert national_spread(figures).empty
    assert national_spread(figures, {"2024": 45}).empty
    assert cells(national_spread(figures, {"2024": 1600}))["total"] == 1600
    assert cells(national_spread(published([1.0] * 1200), {"2015": 45}))["total"] == 1514


def test_what_the_store_computes_comes_before_what_it_was_given():
    figures = published([10.0] * 1200)
    shipped = national_spread(published([20.0] * 1200))
    other = national_spread(published([30.0] * 1200, period="2017"))
    known = known_spread(figures, pd.concat([shipped, other]))
    validate(known, STATISTICS)
    assert known[known["zone"] == "q50"].set_index("period")["value"].to_dict() == {
        "2017": 30.0,
        "2018": 10.0,
    }


def test_shares_have_a_spread_and_a_spread_makes_no_share():
    whole = published([200.0] * 1200, indicator="cnaf.A")
    part = published([50.0] * 1200, indicator="cnaf.AM")
    figures = pd.concat([whole, part], ignore_index=True)
    own, spread = spread_figures(figures)
    assert set(spread["indicator"]) == {"cnaf.A", "cnaf.AM", "cnaf.part_AM"}
    again, same = spread_figures(pd.concat([figures, spread], ignore_index=True))
    assert same.sort_values(COLUMNS, ignore_index=True).equals(
        spread.sort_values(COLUMNS, ignore_index=True)
    )
    assert len(again) == len(own)
    assert not (again["zone_kind"] == "spread").any()


def test_a_layer_holds_its_spread_and_does_not_count_it_as_places():
    values = [40.0] * 600 + [float("nan")] * 600
    layers = build_official_layers(published(values))
    (layer,) = protect(described(layers, read_catalogue()), Rules(), {})
    frame = layer.frame
    assert frame.loc[("spread", "q50"), "value"] == 40.0
    assert frame.loc[("spread", "n"), "value"] == 600
    assert layer.share_visible == 0.5
    assert len(frame.xs("qpv")) == 1200


def test_a_perimeter_without_any_figure_has_a_row():
    layers = build_official_layers(
        published([40.0, 41.0]), perimeters={"2015": ["QP987001", *codes(1)], "2024": ["QN04201M"]}
    )
    frame = layers[0].frame.xs("qpv")
    assert frame["status"].to_dict() == {
        "QP100000": "ok",
        "QP100001": "ok",
        "QP987001": "missing",
    }


# --- the table of the project -------------------------------------------------------------------


def test_the_table_is_read_back_as_it_is(tmp_path):
    path = CLONE / "data" / "figures" / "qpv_spread.csv"
    frame = read_statistics(path).frame
    validate(frame, STATISTICS)
    assert write_figures(frame) == path.read_text("utf-8")
    assert set(frame["zone"]) == set(SPREAD_ZONES)
    assert set(frame.loc[frame["zone"] == "total", "value"]) == {1514}
    assert frame["indicator"].nunique() > 150


@pytest.mark.parametrize(
    ("zone", "value"), [("q25", "99"), ("n", "2000"), ("n", "0"), ("q05", ""), ("q50", "-1")]
)
def test_a_table_that_is_not_a_spread_is_refused(tmp_path, zone, value):
    rows = national_spread(published([float(i % 60) for i in range(1200)]))
    text = write_figures(rows)
    lines = [
        ",".join([*line.split(",")[:5], value, "ok" if value else "missing", "qpv_spread"])
        if f",{zone},2015," in line
        else line
        for line in text.splitlines()
    ]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines), "utf-8")
    with pytest.raises(FileError) as refusal:
        read_statistics(path)
    assert refusal.value.row


def test_every_layer_of_the_clone_with_qpv_figures_has_its_spread():
    paths = sorted((CLONE / "data" / "figures").glob("*.csv"))
    held = pd.concat([read_statistics(path).frame for path in paths], ignore_index=True)
    for layer in build_official_layers(held):
        spread = layer.frame.xs("spread")["value"]
        assert set(spread.index) == set(SPREAD_ZONES), layer.indicator
        assert spread["n"] >= (layer.frame.xs("qpv")["status"] == "ok").sum()


def test_the_shipped_spread_is_the_one_of_the_official_files(official_data):
    files = sorted((official_data / "insee_qpv").glob("*.csv"))
    files.append(official_data / "qpv_2015" / "pop_qp_2013.csv")
    _, spread = spread_figures(merge_figures([read_statistics(path) for path in files]))
    shipped = (CLONE / "data" / "figures" / "qpv_spread.csv").read_text("utf-8")
    assert write_figures(spread) == shipped


def test_the_number_of_perimeters_is_the_official_one(official_data):
    import pyogrio

    path = official_data / "qpv_2015" / "QP_METROPOLEOUTREMER_WGS84_EPSG4326.shp"
    assert pyogrio.read_info(path)["features"] == PERIMETERS["2015"]


# --- several publications as one ----------------------------------------------------------------


def reading(frame, name, tmp_path):
    return StatisticsReading(tmp_path / name, "0" * 64, "figures", frame)


def test_what_is_known_best_is_kept(tmp_path):
    nan = float("nan")
    one = published([nan, 2.0, nan])
    other = published([1.0, 2.0, nan]).assign(source="b")
    other.loc[2, "status"] = "missing"
    for frames, sources in (((one, other), "baa"), ((other, one), "bba")):
        merged = merge_figures([reading(frame, "x", tmp_path) for frame in frames])
        merged = merged.sort_values("zone")
        assert merged["status"].tolist() == ["ok", "ok", "secret"]
        assert "".join(merged["source"]) == sources
        assert np.nansum(merged["value"]) == 3.0


def test_two_values_of_one_figure_are_refused(tmp_path):
    frames = [reading(published([value]), f"{value}.csv", tmp_path) for value in (1.0, 2.0)]
    with pytest.raises(ConflictError) as refusal:
        merge_figures(frames)
    assert refusal.value.file == str(tmp_path / "2.0.csv")
