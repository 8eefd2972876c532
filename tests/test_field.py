"""Layers of our own observations: counted where they lie, per outing, blind where nobody went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as rules
from hypothesis import strategies as st

from observatoire.catalogue import read_catalogue
from observatoire.disclosure import Rules, protect
from observatoire.indicators.field import build_field_layers, describe_theme
from observatoire.layers import IndicatorLayer
from observatoire.periods import LEVELS, Level, level_of, parts, period_of

ZONES = {"2015": ["QP042901", "QP042902", "QP057901"], "2024": ["QN04291M"]}
Obs = dict[str, object]


def seen(day: str, qpv: str | None = "QP042901", **named: object) -> Obs:
    known: Obs = {
        "theme": "jeux",
        "date": day,
        "precision": "day",
        "count": 1,
        "outing": None,
        "edition": "2015",
        "qpv": qpv,
        "in_force": True,
        "fictitious": False,
        "collection": "field",
        "source": "terrain",
    }
    return known | named


def went(day: str, outing: str = "S1", qpv: str = "QP042901", **named: object) -> Obs:
    edition = "2024" if qpv.startswith("QN") else "2015"
    known: Obs = {"outing": outing, "date": day, "qpv": qpv, "edition": edition}
    return known | {"fictitious": False} | named


def observations(rows: Iterable[Obs]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=list(seen("2023-01-01")))
    if "id" not in frame:
        frame.insert(0, "id", np.arange(len(frame)))
    frame["date"] = pd.to_datetime(frame["date"]).astype("datetime64[s]")
    texts = ["theme", "precision", "outing", "edition", "qpv", "collection", "source"]
    return frame.astype(
        dict.fromkeys(texts, "str") | {"in_force": "boolean", "fictitious": bool, "count": "int64"}
    )


def outings(rows: Iterable[Obs]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=list(went("2023-01-01")))
    frame["date"] = pd.to_datetime(frame["date"]).astype("datetime64[s]")
    return frame.astype(dict.fromkeys(["outing", "qpv", "edition"], "str") | {"fictitious": bool})


def build(
    rows: Iterable[Obs], efforts: Iterable[Obs] = ()
) -> dict[tuple[str, str], IndicatorLayer]:
    layers = build_field_layers(observations(rows), outings(efforts), ZONES)
    by_key = {(layer.edition, layer.period): layer for layer in layers}
    assert len(by_key) == len(layers)
    return by_key


def cell(layer: IndicatorLayer, qpv: str = "QP042901") -> tuple[object, ...]:
    row = layer.frame.loc[("qpv", qpv)]
    return (row["value"], row["status"], row["observations"], row["outings"], row["reports"])


# --- properties --------------------------------------------------------------------------------

# Few days, so that outings and observations meet; the ends of months, quarters and editions.
DAYS = st.sampled_from(
    ["2023-09-30", "2023-10-01", "2023-10-02", "2023-10-31", "2023-12-31", "2024-01-01"]
)
QPVS = st.sampled_from(["QP042901", "QP042902", None])
REFERENCES = st.sampled_from(["S1", "S2", "S3", None])
SEEN = st.lists(
    st.builds(
        seen,
        DAYS,
        QPVS,
        count=st.integers(0, 3),
        outing=REFERENCES,
        precision=st.sampled_from(["day", "day", "month"]),
    ).map(
        lambda row: (
            row
            | {"edition": "2015" if str(row["date"]) < "2024" else None}
            | ({} if str(row["date"]) < "2024" else {"qpv": None, "in_force": None})
            | ({"date": f"{row['date']}"[:7] + "-01"} if row["precision"] == "month" else {})
        )
    ),
    max_size=25,
)
WENT = st.lists(
    st.builds(went, DAYS, REFERENCES.filter(bool), QPVS.filter(bool)), min_size=1, max_size=25
)


def in_period(day: object, period: str) -> bool:
    return period_of(date.fromisoformat(str(day)), level_of(period)) == period


def one_effort(efforts: list[Obs]) -> set[tuple[str, str, str]]:
    return {(str(one["qpv"]), str(one["date"]), str(one["outing"])) for one in efforts}


def reported(rows: list[Obs], efforts: list[Obs]) -> set[tuple[str, str, str]]:
    """The definition, one observation at a time: QPV, day and reference of reporting outings."""
    known = sorted(one_effort(efforts))
    found = set()
    for row in rows:
        if not row["count"] or row["qpv"] is None:
            continue
        day = str(row["date"])
        if row["outing"]:
            fits = [
                one
                for one in known
                if one[0] == row["qpv"] and one[2] == row["outing"] and one[1][:7] == day[:7]
            ]
            fits.sort(key=lambda one: (one[1] != day, one[1]))
        elif row["precision"] == "day":
            fits = [one for one in known if one[0] == row["qpv"] and one[1] == day]
        else:
            fits = []
        found.update(fits[:1])
    return found


@rules(deadline=None, max_examples=40)
@given(rows=SEEN, efforts=WENT)
def test_each_cell_counts_what_lies_in_it_and_nothing_else(rows, efforts):
    reports = reported(rows, efforts)
    for (edition, period), layer in build(rows, efforts).items():
        assert edition == "2015"
        for qpv in ZONES["2015"]:
            if ("qpv", qpv) not in layer.frame.index:
                assert qpv == "QP057901"  # no team works in that department
                continue
            value, status, count, outs, reps = cell(layer, qpv)
            here = [row for row in rows if row["qpv"] == qpv and in_period(row["date"], period)]
            mine = {
                one for one in one_effort(efforts) if one[0] == qpv and in_period(one[1], period)
            }
            assert count == sum(int(str(row["count"])) for row in here)
            assert outs == len(mine)
            assert reps == len(mine & reports)
            assert reps <= min(outs, count) if outs else reps == 0
            assert status == ("ok" if outs else "blind")
            assert np.isnan(value) if not outs else value == pytest.approx(count / outs)


@rules(deadline=None, max_examples=30)
@given(rows=SEEN, efforts=WENT)
def test_periods_add_up_from_month_to_year_and_come_without_a_gap(rows, efforts):
    layers = build(rows, efforts)
    for (edition, period), layer in layers.items():
        for level in LEVELS[: LEVELS.index(level_of(period))]:
            finer = [
                layers[edition, part].frame
                for part in parts(period, level)
                if (edition, part) in layers
            ]
            for column in ("observations", "outings", "reports"):
                total = sum(frame[column] for frame in finer)
                assert (total == layer.frame[column]).all(), (period, level, column)


@rules(deadline=None, max_examples=20)
@given(rows=SEEN, efforts=WENT, shuffler=st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows, efforts, shuffler):
    expected = build(rows, efforts)
    shuffler.shuffle(rows)
    shuffler.shuffle(efforts)
    found = build(rows, efforts)
    assert found.keys() == expected.keys()
    for key, layer in expected.items():
        pd.testing.assert_frame_equal(found[key].frame, layer.frame)


@rules(deadline=None, max_examples=20)
@given(rows=SEEN, efforts=WENT)
def test_the_door_accepts_every_layer(rows, efforts):
    layers = list(build(rows, efforts).values())
    described = [replace(one, description=describe_theme("jeux", "field")) for one in layers]
    assert len(protect(described, Rules(), {})) == len(layers)


# --- by head -----------------------------------------------------------------------------------


def test_three_observations_in_two_outings_are_one_and_a_half_per_outing():
    layers = build(
        [seen("2023-05-02", outing="S1", count=2), seen("2023-05-09")],
        [went("2023-05-02", "S1"), went("2023-05-09", "S2"), went("2023-08-01", "S3")],
    )
    assert cell(layers["2015", "2023-05"]) == (1.5, "ok", 3, 2, 2)
    assert cell(layers["2015", "2023-Q2"]) == (1.5, "ok", 3, 2, 2)
    assert cell(layers["2015", "2023"]) == (1.0, "ok", 3, 3, 2)
    assert cell(layers["2015", "2023-08"]) == (0.0, "ok", 0, 1, 0), "they went and saw nothing"
    blind = cell(layers["2015", "2023-06"])
    assert np.isnan(blind[0])
    assert blind[1:] == ("blind", 0, 0, 0), "nobody went: not a zero"


def test_observations_without_an_outing_in_the_period_are_counted_and_have_no_value():
    layers = build([seen("2023-06-02", count=4)], [went("2023-05-02")])
    assert cell(layers["2015", "2023-06"])[1:] == ("blind", 4, 0, 0)
    assert cell(layers["2015", "2023"])[:3] == (4.0, "ok", 4)


def test_an_unknown_outing_counts_as_observations_and_not_as_a_report():
    layers = build([seen("2023-05-02", outing="S9", count=6)], [went("2023-05-02", "S1")])
    assert cell(layers["2015", "2023-05"]) == (6.0, "ok", 6, 1, 0)


def test_a_month_is_counted_in_its_month_and_reported_only_by_a_named_outing():
    efforts = [went("2023-05-02", "S1"), went("2023-05-03", "S2")]
    month = {"precision": "month"}
    nameless = build([seen("2023-05-01", **month)], efforts)
    assert cell(nameless["2015", "2023-05"]) == (0.5, "ok", 1, 2, 0)
    named = build([seen("2023-05-01", outing="S2", **month)], efforts)
    assert cell(named["2015", "2023-05"]) == (0.5, "ok", 1, 2, 1)


def test_a_reference_used_again_is_the_outing_of_the_same_day():
    efforts = [went("2023-05-02", "S1"), went("2023-05-09", "S1")]
    rows = [seen("2023-05-02", outing="S1"), seen("2023-05-09", outing="S1")]
    assert cell(build(rows, efforts)["2015", "2023-05"]) == (1.0, "ok", 2, 2, 2)
    overnight = [seen("2023-05-10", outing="S1")]
    assert cell(build(overnight, efforts)["2015", "2023-05"]) == (0.5, "ok", 1, 2, 1)


def test_points_outside_every_qpv_are_in_no_cell():
    layers = build([seen("2023-05-02", None, count=9)], [went("2023-05-02")])
    assert all(layer.frame["observations"].sum() == 0 for layer in layers.values())


def test_files_of_outings_that_overlap_do_not_double_the_effort():
    efforts = [went("2023-05-02", "S1"), went("2023-05-02", "S1"), went("2023-05-03", "S1")]
    assert cell(build([seen("2023-05-02")], efforts)["2015", "2023-05"]) == (0.5, "ok", 1, 2, 1)


def test_invented_outings_are_no_effort_for_real_observations_nor_the_contrary():
    real, invented = {"fictitious": False}, {"fictitious": True}
    layers = build(
        [seen("2023-05-02", **invented)],
        [went("2023-05-02", "S1", **invented), went("2023-05-02", "S2", **real)],
    )
    layer = layers["2015", "2023-05"]
    assert layer.fictitious
    assert cell(layer) == (1.0, "ok", 1, 1, 1)
    assert build([seen("2023-05-02")], [went("2023-05-02", **invented)]) == {}


def test_a_real_observation_takes_the_place_of_all_the_invented_ones_of_its_theme():
    rows = [seen("2023-05-02", fictitious=True, source="demo"), seen("2023-05-03")]
    efforts = [went("2023-05-02", fictitious=True), went("2023-05-03", "S2")]
    layers = build(rows, efforts)
    assert not any(layer.fictitious for layer in layers.values())
    assert cell(layers["2015", "2023-05"]) == (1.0, "ok", 1, 1, 1)
    assert {layer.source for layer in layers.values()} == {"terrain"}


def test_an_edition_has_no_period_beyond_the_days_it_is_in_force():
    rows = [seen("2023-05-02"), seen("2024-05-02", "QN04291M", edition="2024")]
    efforts = [
        went("2023-05-02"),
        went("2024-05-02"),  # a code of 2015 used in 2024
        went("2024-05-02", "S2", "QN04291M"),
    ]
    layers = build(rows, efforts)
    assert {period for edition, period in layers if edition == "2015" and len(period) == 4} == {
        "2023"
    }
    assert {period for edition, period in layers if edition == "2024" and len(period) == 4} == {
        "2024"
    }


def test_a_theme_named_in_an_edition_is_counted_there_whatever_the_date():
    rows = [
        seen("2012-05-02", in_force=False),
        seen("2023-05-02"),
        seen("2024-05-02", in_force=False),
    ]
    efforts = [went("2012-05-02"), went("2023-05-02", "S2"), went("2024-05-02", "S3")]
    layers = build(rows, efforts)
    for year in ("2012", "2023", "2024"):
        assert cell(layers["2015", year]) == (1.0, "ok", 1, 1, 1)
    assert {edition for edition, _ in layers} == {"2015"}


def test_when_only_some_files_name_an_edition_each_row_is_counted_in_force():
    both = [{"id": 0}, {"id": 1}, {"id": 2}]
    rows = [
        seen("2023-05-02") | both[0],
        seen("2012-05-02", in_force=False) | both[1],
        seen("2024-05-02", "QN04291M", edition="2024") | both[2],
    ]
    efforts = [went("2012-05-02"), went("2023-05-02"), went("2024-05-02", "S2", "QN04291M")]
    frame = observations(rows)
    layers = build_field_layers(frame, outings(efforts), ZONES)
    assert {(layer.edition, layer.period) for layer in layers if len(layer.period) == 4} == {
        ("2015", "2023"),
        ("2024", "2024"),
    }


REGISTER = {"collection": "register", "source": "registre"}


def test_a_register_counts_where_it_reaches_and_zero_is_zero_there():
    layers = build(
        [
            seen("2023-05-02", count=2, **REGISTER),
            seen("2023-05-09", None, **REGISTER),
            seen("2023-07-01", None, **REGISTER),
        ]
    )
    may = layers["2015", "2023-05"]
    assert may.rule == "register"
    assert cell(may) == (2.0, "ok", 2, 0, 0)
    assert cell(may, "QP042902") == (0.0, "ok", 0, 0, 0)
    beyond = cell(may, "QP057901")
    assert np.isnan(beyond[0])
    assert beyond[1] == "not_collected", "a department where it has no row at all"
    assert cell(layers["2015", "2023-07"])[:2] == (0.0, "ok")
    assert ("2015", "2023-06") not in layers, "a month in which it has no row says nothing"


@rules(deadline=None, max_examples=20)
@given(days=st.lists(st.tuples(DAYS.filter(lambda day: day < "2024"), QPVS), min_size=1))
def test_the_door_accepts_a_register_and_its_total_is_its_rows(days):
    layers = build([seen(day, qpv, **REGISTER) for day, qpv in days])
    totals: dict[Level, float] = defaultdict(float)
    for (_, period), layer in layers.items():
        totals[level_of(period)] += layer.frame["value"].sum()
    located = sum(qpv is not None for _, qpv in days)
    assert set(totals.values()) == {located}
    assert len(protect(list(layers.values()), Rules(), {})) == len(layers)


def test_a_theme_of_the_catalogue_is_described_there_and_another_brings_its_own():
    efforts = [went("2023-05-02")]
    known = build([seen("2023-05-02", theme="initiatives")], efforts)["2015", "2023"]
    assert known.description is None
    assert known.indicator in read_catalogue()
    other = build([seen("2023-05-02", theme="marche_de_noel")], efforts)["2015", "2023"]
    assert other.description is not None
    assert other.description.id == other.indicator == "terrain.marche_de_noel"
    assert other.description.label == "Marche de noel"
    register = build([seen("2023-05-02", theme="initiatives", **REGISTER)])["2015", "2023"]
    assert register.description is not None
    assert (register.description.kind, register.description.unit) == ("count", "")


def test_nothing_makes_no_layer():
    assert build([], []) == {}
    assert build([], [went("2023-05-02")]) == {}
    assert build([seen("2023-05-02")], []) == {}
    assert build_field_layers(observations([seen("2023-05-02")]), outings([]), {}) == []


def test_a_field_theme_covers_the_departments_where_teams_work_and_no_other():
    for layer in build([seen("2023-05-03")], [went("2023-05-03")]).values():
        assert set(layer.frame.index.get_level_values("zone")) == {"QP042901", "QP042902"}
