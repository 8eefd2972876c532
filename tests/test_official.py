"""Layers of official figures: what is published is kept, absences included."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.catalogue import Catalogue, Indicator
from observatoire.indicators.official import build_official_layers, share
from observatoire.schemas import STATISTICS, validate

ZONES = ["QP042001", "QP042002", "QP057001"]
NAN = float("nan")
CELL = st.one_of(
    st.tuples(st.integers(0, 100_000).map(float), st.just("ok")),
    st.tuples(st.just(NAN), st.sampled_from(["secret", "missing"])),
)


def figures(*rows):
    columns = [column.name for column in STATISTICS.columns]
    frame = pd.DataFrame(rows, columns=columns)
    validate(frame, STATISTICS)
    return frame


def row(indicator, zone, value, *, status=None, period="2018", kind="qpv", edition="2015"):
    status = status or ("ok" if value == value else "secret")
    return (indicator, kind, zone, edition, period, value, status, f"source_{period}")


def part(id="cnaf.part_AM", numerators=("cnaf.AM",), whole="cnaf.A"):
    return Indicator(
        id=id,
        theme="menages",
        label=id,
        short=id,
        definition="",
        unit="%",
        kind="share",
        additivity="weighted",
        source="source_2018",
        numerator_ids=numerators,
        denominator_id=whole,
    )


EMPTY = Catalogue({})
WITH_SHARE = Catalogue({"cnaf.part_AM": part()})


def cells(pairs):
    return pd.DataFrame(
        {"value": [v for v, _ in pairs], "status": [s for _, s in pairs]}, index=range(len(pairs))
    )


@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=20))
def test_a_share_exists_only_where_every_part_does(lines):
    first, second, whole = (cells([line[i] for line in lines]) for i in range(3))
    result = share([first, second], whole)
    everywhere = pd.concat([first["status"], second["status"], whole["status"]], axis=1)
    shown = (everywhere == "ok").all(axis=1) & (whole["value"] != 0)
    assert ((result["status"] == "ok") == shown).all()
    assert (result["value"].notna() == shown).all()
    missing = (everywhere == "missing").any(axis=1) | (whole["value"] == 0)
    assert (result.loc[missing, "status"] == "missing").all()
    assert (result.loc[~missing & ~shown, "status"] == "secret").all()


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 500)), min_size=1, max_size=20))
def test_a_share_times_its_whole_gives_back_its_part(lines):
    parts = cells([(float(n), "ok") for n, _ in lines])
    whole = cells([(float(n + d), "ok") for n, d in lines])
    result = share([parts], whole)
    assert np.allclose(result["value"] * whole["value"] / 100, parts["value"])
    assert result["value"].between(0, 100).all()


def test_a_zone_that_a_part_does_not_have_is_missing_in_the_share():
    result = share([cells([(1.0, "ok")])], cells([(4.0, "ok"), (5.0, "ok")]))
    assert result["status"].tolist() == ["ok", "missing"]
    assert result["value"][0] == 25.0


def test_a_layer_holds_every_qpv_of_its_edition_and_fills_none():
    layers = build_official_layers(
        figures(
            row("filosofi.TP60", ZONES[0], 41.4),
            row("filosofi.TP60", ZONES[1], NAN),
            row("rp.POP_MUN", ZONES[0], 0.0, period="2013"),
            row("rp.POP_MUN", ZONES[2], 1200.0, period="2013"),
            row("rp.POP_MUN", "QN04201M", 900.0, period="2023", edition="2024"),
        ),
        EMPTY,
    )
    keys = [(layer.indicator, layer.period, layer.edition) for layer in layers]
    assert keys == [
        ("filosofi.TP60", "2018", "2015"),
        ("rp.POP_MUN", "2013", "2015"),
        ("rp.POP_MUN", "2023", "2024"),
    ]
    poverty, population, _ = (layer.frame for layer in layers)
    assert poverty.index.tolist() == [("qpv", zone) for zone in ZONES]
    assert poverty["status"].tolist() == ["ok", "secret", "missing"]
    assert population["status"].tolist() == ["ok", "missing", "ok"]
    assert population["value"].tolist()[0] == 0.0
    for frame in (poverty, population):
        assert (frame["value"].notna() == (frame["status"] == "ok")).all()


def test_france_and_communes_stand_beside_the_qpv_and_iris_do_not():
    layers = build_official_layers(
        figures(
            row("rp.POP_MUN", ZONES[0], 1200.0),
            row("rp.POP_MUN", "FR", 5_000_000.0, kind="france"),
            row("rp.POP_MUN", "42147", 16_000.0, kind="commune", edition="2021"),
            row("rp.POP_MUN", "42147", 15_656.0, kind="commune", edition="2026"),
            row("rp.POP_MUN", "421470101", 900.0, kind="iris", edition="2020"),
            row("rp.POP_MUN", "57463", 9.0, kind="commune", edition="2026", period="2017"),
        ),
        EMPTY,
    )
    assert [layer.period for layer in layers] == ["2018"]
    assert layers[0].frame["value"].to_dict() == {
        ("qpv", ZONES[0]): 1200.0,
        ("commune", "42147"): 15_656.0,
        ("france", "FR"): 5_000_000.0,
    }


def test_an_indicator_that_is_missing_everywhere_makes_no_layer():
    rows = [row("filosofi.GINI", zone, NAN, status="missing", period="2012") for zone in ZONES]
    hidden = [row("filosofi.GINI", zone, NAN, period="2013") for zone in ZONES]
    layers = build_official_layers(figures(*rows, *hidden), EMPTY)
    assert [layer.period for layer in layers] == ["2013"]


def test_a_share_is_made_only_at_the_years_when_all_its_parts_are_published():
    layers = build_official_layers(
        figures(
            row("cnaf.A", ZONES[0], 400.0),
            row("cnaf.A", ZONES[1], 300.0),
            row("cnaf.A", ZONES[0], 500.0, period="2021"),
            row("cnaf.AM", ZONES[0], 100.0),
            row("cnaf.AM", ZONES[1], NAN),
        ),
        WITH_SHARE,
    )
    made = {(layer.indicator, layer.period): layer.frame for layer in layers}
    assert [key for key in made if key[0] == "cnaf.part_AM"] == [("cnaf.part_AM", "2018")]
    share_2018 = made["cnaf.part_AM", "2018"]
    assert share_2018["status"].tolist() == ["ok", "secret"]
    assert share_2018["value"].iloc[0] == 25.0


def test_layers_do_not_depend_on_the_order_of_the_rows():
    rows = figures(
        row("cnaf.A", ZONES[0], 400.0),
        row("cnaf.AM", ZONES[1], 10.0),
        row("cnaf.A", ZONES[1], 300.0),
        row("cnaf.AM", ZONES[0], 100.0),
        row("cnaf.A", "FR", 900.0, kind="france"),
    )
    forward = build_official_layers(rows, WITH_SHARE)
    backward = build_official_layers(rows[::-1].reset_index(drop=True), WITH_SHARE)
    assert len(forward) == len(backward) == 3
    for one, other in zip(forward, backward, strict=True):
        assert (one.indicator, one.period, one.source) == (
            other.indicator,
            other.period,
            other.source,
        )
        pd.testing.assert_frame_equal(one.frame, other.frame)


def test_no_figure_makes_no_layer():
    assert build_official_layers(figures(), WITH_SHARE) == []


def test_every_layer_says_whose_rule_and_source_it_has():
    (layer,) = build_official_layers(
        figures(
            row("filosofi.TP60", ZONES[0], 41.0),
            row("filosofi.TP60", ZONES[1], 42.0),
        ),
        EMPTY,
    )
    assert (layer.rule, layer.source, layer.fictitious) == ("producer", "source_2018", False)
    with pytest.raises(AttributeError):
        layer.period = "2019"
