"""Layers of the places around the QPV: IRIS and communes, apart from those of the QPV."""

import pandas as pd
import pytest
from conftest import Clone

from observatoire import publication, sheets
from observatoire.catalogue import Catalogue, Indicator
from observatoire.codes import around_edition, edition_kind
from observatoire.errors import NotFoundError
from observatoire.indicators.around import build_around_layers
from observatoire.indicators.official import build_official_layers
from observatoire.schemas import STATISTICS
from observatoire.views.state import Offer

COLUMNS = [column.name for column in STATISTICS.columns]
NAN = float("nan")
DRAWN = {"iris": ["990010103", "990010101", "990010102"], "commune": ["99001"]}


def figures(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


def row(
    zone, value, *, indicator="cnaf.A", kind="iris", edition="2020", status=None, period="2020"
):
    status = status or ("ok" if value == value else "secret")
    return (indicator, kind, zone, edition, period, value, status, "made_up")


def share():
    words = dict.fromkeys(("theme", "label", "short", "definition"), "x")
    return Indicator(
        id="cnaf.part_AM",
        unit="%",
        kind="share",
        additivity="weighted",
        source="made_up",
        numerator_ids=("cnaf.AM",),
        denominator_id="cnaf.A",
        **words,
    )


def test_an_edition_says_the_kind_of_its_places():
    assert edition_kind("2015") == edition_kind("2024") == "qpv"
    assert edition_kind(around_edition("iris", "2020")) == "iris"
    assert edition_kind(around_edition("commune", "2026")) == "commune"


def test_a_layer_holds_every_drawn_place_and_no_other():
    (layer,) = build_around_layers(
        figures(
            row("990010101", 300.0),
            row("990010102", NAN),
            row("990020000", 900.0),
            row("QP042001", 500.0, kind="qpv", edition="2015"),
        ),
        DRAWN,
        Catalogue({}),
    )
    assert (layer.indicator, layer.period, layer.edition) == ("cnaf.A", "2020", "iris-2020")
    assert (layer.rule, layer.source, layer.fictitious) == ("producer", "made_up", False)
    assert layer.frame["status"].to_dict() == {
        ("iris", "990010101"): "ok",
        ("iris", "990010102"): "secret",
        ("iris", "990010103"): "missing",
    }
    assert (layer.frame["value"].notna() == (layer.frame["status"] == "ok")).all()


def test_nothing_is_made_of_what_is_not_drawn_or_missing_everywhere():
    rows = figures(row("990010101", NAN, status="missing"), row("990020000", 3.0))
    assert build_around_layers(rows, DRAWN, Catalogue({})) == []
    assert build_around_layers(figures(row("990010101", 3.0)), {}, Catalogue({})) == []
    assert build_around_layers(figures(), DRAWN, Catalogue({})) == []


def test_two_vintages_of_one_figure_are_two_layers():
    rows = figures(
        row("99001", 10.0, kind="commune"), row("99001", 12.0, kind="commune", edition="2026")
    )
    layers = build_around_layers(rows, DRAWN, Catalogue({}))
    assert [layer.edition for layer in layers] == ["commune-2020", "commune-2026"]


def test_shares_are_computed_around_as_they_are_for_the_qpv():
    rows = figures(row("990010101", 200.0), row("990010101", 50.0, indicator="cnaf.AM"))
    made = build_around_layers(rows, DRAWN, Catalogue({"cnaf.part_AM": share()}))
    values = {layer.indicator: layer.frame["value"].iloc[0] for layer in made}
    assert values == {"cnaf.A": 200.0, "cnaf.AM": 50.0, "cnaf.part_AM": 25.0}


def test_they_are_no_layers_of_qpv():
    rows = figures(row("990010101", 300.0), row("99001", 900.0, kind="commune"))
    assert build_official_layers(rows) == []


# --- published ----------------------------------------------------------------------------------


def test_the_clone_publishes_the_iris_and_the_communes_apart(clone: Clone):
    store, _, report = clone
    with store.session() as session:
        iris = publication.list_layers(session, "iris")
        communes = publication.list_layers(session, "commune")
        own = publication.list_layers(session)
        outlines = publication.read_outlines(session, "iris")
        layer = publication.read_layer(session, "cnaf.A", edition="iris-2020")
    assert {one.edition for one in iris} == {"iris-2020"}
    assert {"cnaf.A", "cnaf.PERCOU", "filosofi.TP60", "cnaf.part_ARSAS"} <= {
        one.indicator for one in iris
    }
    assert [(one.indicator, one.edition) for one in communes] == [("rp.POP_MUN", "commune-2026")]
    assert {one.edition for one in own} == {"2015"}
    assert report.build is not None
    assert len(iris) + len(communes) == report.build.around
    assert (layer.period, layer.rule, layer.fictitious) == ("2020", "producer", False)
    assert layer.frame.index.get_level_values("zone").tolist() == sorted(outlines.index)
    assert layer.frame.loc[("iris", "2B0330101"), "value"] == 393
    assert set(layer.frame["status"]) == {"ok", "secret", "missing"}


def test_the_pages_of_the_qpv_do_not_offer_them(clone: Clone):
    store, _, _ = clone
    with store.session() as session:
        offer = Offer(tuple(publication.list_layers(session)))
        assert publication.read_layer(session, "cnaf.A").edition == "2015"
        assert publication.read_layer(session, "cnaf.A", period="2022").edition == "2015"
        with pytest.raises(NotFoundError):
            publication.read_layer(session, "cnaf.A", period="2020")
        ledger = publication.read_ledger(session)
    assert offer.editions("filosofi.TP60") == ("2015",)
    assert {edition for _, layers in ledger for _, _, edition in layers} == {"2015"}


def test_an_iris_layer_is_not_printed_as_a_table_of_quarters(clone: Clone):
    store, settings, _ = clone
    with store.session() as session:
        layer = publication.read_layer(session, "cnaf.A", edition="iris-2020")
        ground = publication.read_boundaries(session, "2015")
    with pytest.raises(NotFoundError) as refusal:
        sheets.table(layer, ground, settings.sites)
    assert "iris-2020" in refusal.value.user


def test_every_published_layer_of_the_qpv_shows_the_spread_of_france(clone: Clone):
    store, _, _ = clone
    with store.session() as session:
        for info in publication.list_layers(session):
            if info.rule != "producer":
                continue
            layer = publication.read_layer(
                session, info.indicator, period=info.period, edition=info.edition
            )
            spread = layer.frame.xs("spread")["value"]
            assert spread["q05"] <= spread["q50"] <= spread["q95"]
            assert spread["n"] <= spread["total"] == 1514
