"""Published figures with their interval: only from what is published, and only where one exists."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest
from test_exports import SITES, ground
from toy_releases import MONTHS, Month, described, field_layers, official_layer

from observatoire import estimates, exports, sheets
from observatoire.catalogue import read_catalogue
from observatoire.disclosure import ProtectedLayer, Rules, protect
from observatoire.disclosure.protected import seal
from observatoire.errors import DisclosureError
from observatoire.intervals import garwood, wilson

CODES = ("QP042001", "QP042002", "QP042003", "QP057001")


def official(name: str, values: dict[str, float | None], **changes: str) -> ProtectedLayer:
    """Return the layer of an official indicator; None is the producer's secret."""
    cells = {
        code: (value, "ok" if value is not None else "secret") for code, value in values.items()
    }
    layer = official_layer(cells, indicator=name, **changes)
    return seal(layer, read_catalogue()[name], layer.frame.assign(outings=None), Rules())


def parts() -> tuple[ProtectedLayer, dict[str, ProtectedLayer]]:
    tops = {"QP042001": 30.0, "QP042002": None, "QP042003": 0.0, "FR": 4000.0}
    wholes = {"QP042001": 120.0, "QP042002": 200.0, "QP042003": 50.0, "FR": 20000.0}
    made = {
        code: None if tops[code] is None else 100 * tops[code] / wholes[code] for code in wholes
    }
    return official("cnaf.part_AM", made), {
        "cnaf.AM": official("cnaf.AM", tops),
        "cnaf.A": official("cnaf.A", wholes),
    }


def field(rule: str = "field") -> ProtectedLayer:
    years = {
        "QP042001": dict.fromkeys(MONTHS, Month(7, 13, 7)),
        "QP042002": {},
        "QP057001": {"2023-05": Month(1, 13, 1)},
    }
    layers = protect(field_layers(years, rule=rule), Rules(), {})
    return next(layer for layer in layers if layer.period == "2023")


def test_a_rate_per_outing_has_the_exact_interval_of_its_count() -> None:
    found = estimates.estimate_layer(field())
    shown = found.loc[("qpv", "QP042001")]
    expected = garwood(84, 156)
    assert (shown["numerator"], shown["denominator"]) == (84, 156)
    assert (shown["low"], shown["high"]) == (expected.low, expected.high)
    assert (shown["varies"], shown["method"], shown["grade"]) == ("process", "garwood", "B")


def test_what_is_not_shown_has_no_interval_no_parts_and_no_grade() -> None:
    for layer, given in ((field(), None), parts()):
        found = estimates.estimate_layer(layer, given)
        hidden = found[found["status"] != "ok"]
        assert len(hidden)
        numbers = ["value", "low", "high", "numerator", "denominator"]
        assert hidden[numbers].isna().all(axis=None)
        assert (hidden[["varies", "method", "grade"]] == "").all(axis=None)


def test_the_count_of_a_register_has_the_interval_of_a_count() -> None:
    found = estimates.estimate_layer(field("register")).loc[("qpv", "QP042001")]
    assert found["low"] == garwood(84, 1).low
    assert (found["numerator"], found["grade"]) == (84, "B")
    assert math.isnan(found["denominator"])


def test_a_share_of_published_counts_has_wilsons_interval_in_its_own_unit() -> None:
    layer, given = parts()
    assert estimates.part_ids(layer) == ("cnaf.AM", "cnaf.A")
    found = estimates.estimate_layer(layer, given)
    one, none = found.loc[("qpv", "QP042001")], found.loc[("qpv", "QP042003")]
    expected = wilson(30, 120)
    assert (one["low"], one["high"]) == pytest.approx((100 * expected.low, 100 * expected.high))
    assert (one["varies"], one["method"], one["grade"]) == ("process", "wilson", "A")
    assert (none["value"], none["low"]) == (0, 0)
    assert none["high"] > 5
    assert found.loc[("france", "FR"), "numerator"] == 4000


def test_without_its_parts_a_share_has_a_value_and_no_interval() -> None:
    layer, given = parts()
    for few in (None, {}, {"cnaf.A": given["cnaf.A"]}):
        found = estimates.estimate_layer(layer, few)
        assert found["value"].notna().sum() == 3
        assert found["low"].isna().all()
        assert (found["varies"] == "").all()


def test_a_percentage_published_alone_has_no_interval() -> None:
    found = estimates.estimate_layer(official("filosofi.TP60", dict.fromkeys(CODES, 31.5)))
    assert found["low"].isna().all()
    assert set(found["grade"]) == {"A"}


def test_parts_that_do_not_make_the_value_are_not_used() -> None:
    layer, given = parts()
    wrong = official("cnaf.AM", {"QP042001": 31.0, "QP042003": 0.0})
    found = estimates.estimate_layer(layer, given | {"cnaf.AM": wrong})
    assert math.isnan(found.loc[("qpv", "QP042001"), "low"])
    assert found.loc[("qpv", "QP042003"), "low"] == 0


def test_parts_of_another_year_are_refused() -> None:
    layer, given = parts()
    other = official("cnaf.AM", {"QP042001": 30.0}, period="2019")
    with pytest.raises(ValueError, match="another period"):
        estimates.estimate_layer(layer, given | {"cnaf.AM": other})


def test_only_what_passed_the_door_is_estimated() -> None:
    with pytest.raises(DisclosureError):
        estimates.estimate_layer(official_layer({"QP042001": (1.0, "ok")}))  # type: ignore[arg-type]


def test_a_zone_becomes_a_figure_that_can_be_compared() -> None:
    layer, given = parts()
    found = estimates.estimate_layer(layer, given)
    one = estimates.figure(layer, found, "qpv", "QP042001", "Beauregard")
    assert (one.value, one.numerator, one.denominator, one.period) == (25, 30, 120, "2018")
    assert one.has_parts
    hidden = estimates.figure(layer, found, "qpv", "QP042002", "Sud-Est")
    assert (hidden.status, hidden.has_parts) == ("secret", False)
    assert estimates.figure(layer, found, "qpv", "QP999999", "Ailleurs").status == "missing"


def test_every_file_carries_the_interval_and_what_varies() -> None:
    layer, given = parts()
    rows = sheets.table(layer, ground(), SITES, given)
    assert list(rows.columns[7:12]) == ["status", "low", "high", "varies", "grade"]
    data = exports.to_csv(layer, ground(), SITES, None, given).decode("utf-8-sig")
    lines = {row["qpv"]: row for row in csv.DictReader(io.StringIO(data), delimiter=";")}
    one = lines["QP042001"]
    expected = wilson(30, 120)
    assert float(one["low"].replace(",", ".")) == pytest.approx(100 * expected.low)
    assert (one["varies"], one["grade"]) == ("process", "A")
    hidden = lines["QP042002"]
    assert [hidden[name] for name in ("value", "low", "high", "varies", "grade")] == [""] * 5


def test_published_parts_are_read_back_with_the_layer(clone) -> None:  # type: ignore[no-untyped-def]
    """On the project's own figures: the share of single parents of every neighbourhood."""
    from observatoire import publication

    with clone.access.session() as session:
        layer = publication.read_layer(session, "cnaf.part_AM")
        found = estimates.estimate_layer(layer, estimates.read_parts(session, layer))
        bare = publication.read_layer(session, "filosofi.TP60")
        assert estimates.read_parts(session, bare) == {}
    shown = found[(found["status"] == "ok") & (found.index.get_level_values(0) == "qpv")]
    assert len(shown) > 20
    assert shown["low"].notna().all()
    assert ((shown["low"] <= shown["value"]) & (shown["value"] <= shown["high"])).all()
    np.testing.assert_allclose(100 * shown["numerator"] / shown["denominator"], shown["value"])


def test_a_theme_that_brings_its_own_description_has_no_parts() -> None:
    layer = protect([official_layer({"QP042001": (1.0, "ok")})], Rules(), {})[0]
    assert estimates.part_ids(layer) == ()
    assert described().derived is False
