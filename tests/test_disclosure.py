"""The door: what is hidden cannot be computed back, and nothing else can be made to pass."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from toy_releases import MONTHS, PERIODS, Month, Year, field_layers, official_layer, total

from observatoire.disclosure import (
    ProtectedLayer,
    Rules,
    protect,
    require_protected,
    reverify,
    shown_levels,
)
from observatoire.errors import DisclosureError
from observatoire.layers import IndicatorLayer
from observatoire.periods import LEVELS, level_of, parts

K = 5
RULES = Rules()
Cells = dict[str, dict[str, tuple[str, float, int | None]]]  # by QPV, then by period


def cells_of(layers: Sequence[ProtectedLayer]) -> Cells:
    """Return what a reader sees: status, value and outings, by QPV and period."""
    seen: Cells = defaultdict(dict)
    for layer in layers:
        frame = layer.frame
        for (_, zone), value, status, outings in zip(
            frame.index, frame["value"], frame["status"], frame["outings"], strict=True
        ):
            effort = None if pd.isna(outings) else int(outings)
            seen[zone][layer.period] = (status, -1.0 if value != value else value, effort)
    return seen


def release(qpvs: Mapping[str, Year], rule: str = "field") -> Cells:
    return cells_of(protect(field_layers(qpvs, rule=rule), RULES, {}))


def statuses(cells: Mapping[str, tuple[str, float, int | None]], level: str) -> set[str]:
    return {cells[period][0] for period in PERIODS if level_of(period) == level}


def evenly(count: int, outings: int = 13, reports: int | None = None) -> Year:
    seen = min(count, outings) if reports is None else reports
    return dict.fromkeys(MONTHS, Month(count, outings, seen))


# --- tables that hypothesis draws ------------------------------------------------------------


@st.composite
def months(draw: st.DrawFn, rule: str = "field") -> Month:
    count = draw(st.one_of(st.integers(0, 8), st.just(0), st.integers(5, 30)))
    if rule == "register":
        return Month(count)
    outings = draw(st.one_of(st.just(0), st.integers(1, 12), st.integers(10, 20)))
    if outings == 0:
        return Month()
    most = min(count, outings)
    return Month(count, outings, draw(st.integers(min(1, most), most)))


def years(rule: str = "field") -> st.SearchStrategy[Year]:
    free = st.lists(months(rule), min_size=12, max_size=12)
    calm = st.tuples(months(rule), months(rule)).flatmap(
        lambda pair: st.lists(st.sampled_from(pair), min_size=12, max_size=12)
    )
    return st.one_of(free, calm).map(lambda row: dict(zip(MONTHS, row, strict=True)))


RULE = st.sampled_from(["field", "register"])


@st.composite
def tables(draw: st.DrawFn, size: int = 6) -> tuple[str, dict[str, Year]]:
    rule = draw(RULE)
    rows = draw(st.lists(years(rule), min_size=1, max_size=size))
    return rule, {f"QP0420{number:02d}": row for number, row in enumerate(rows)}


# --- what is shown ---------------------------------------------------------------------------


def test_a_theme_is_shown_by_month_when_every_month_passes() -> None:
    cells = release({"QP042001": evenly(7)})["QP042001"]
    assert cells["2023-05"] == ("ok", 7 / 13, 13)
    assert cells["2023"] == ("ok", 7 / 13, 156)
    assert {status for status, _, _ in cells.values()} == {"ok"}


def test_one_thin_month_hides_all_the_months_of_its_year_and_nothing_coarser() -> None:
    year = {**evenly(7), "2023-05": Month(2, 13, 2)}
    cells = release({"QP042001": year})["QP042001"]
    assert statuses(cells, "month") == {"secret"}
    assert statuses(cells, "quarter") == statuses(cells, "year") == {"ok"}
    assert cells["2023-Q2"] == ("ok", 16 / 39, 39)


def test_a_count_from_one_outing_only_is_hidden() -> None:
    year = {"2023-05": Month(9, 13, 1)}
    assert statuses(release({"QP042001": year})["QP042001"], "year") == {"secret"}
    year = {"2023-05": Month(9, 13, 2)}
    assert statuses(release({"QP042001": year})["QP042001"], "year") == {"ok"}


def test_ten_outings_are_needed_and_a_zero_needs_them_too() -> None:
    for count, reports in ((0, 0), (6, 2)):
        short = release({"QP042001": {"2023-05": Month(count, 9, reports)}})["QP042001"]
        enough = release({"QP042001": {"2023-05": Month(count, 10, reports)}})["QP042001"]
        assert short["2023"][0] == "secret"
        assert enough["2023"] == ("ok", count / 10, 10)


def test_zero_secret_and_blind_are_three_things() -> None:
    cells = release(
        {
            "QP042001": evenly(0),
            "QP042002": evenly(0, outings=0),
            "QP042003": {"2023-05": Month(1, 40, 1)},
        }
    )
    assert cells["QP042001"]["2023-05"] == ("ok", 0.0, 13)
    assert cells["QP042002"]["2023-05"] == ("blind", -1.0, None)
    assert cells["QP042003"]["2023-05"] == ("secret", -1.0, None)
    assert cells["QP042003"]["2023-06"] == ("blind", -1.0, None)


def test_a_half_year_without_outing_hides_nothing_of_the_other() -> None:
    """Fieldwork that starts in July: the half-year is the year, and both are shown."""
    year = {month: Month(1, 13, 1) for month in MONTHS[6:]}
    cells = release({"QP042001": year})["QP042001"]
    assert cells["2023-H1"][0] == "blind"
    assert cells["2023-H2"][1:] == cells["2023"][1:] == (6 / 78, 78)
    assert cells["2023-Q3"][0] == cells["2023-07"][0] == "secret"


def test_a_register_has_no_outing_and_shows_its_zeros() -> None:
    year = {"2023-02": Month(7), "2023-09": Month(40)}
    cells = release({"QP042001": year}, "register")["QP042001"]
    assert cells["2023-02"] == ("ok", 7.0, None)
    assert cells["2023-09"] == ("ok", 40.0, None)
    assert cells["2023-01"] == ("ok", 0.0, None)


def test_a_total_of_k_or_one_more_is_not_looked_at_part_by_part() -> None:
    """Hiding the months of five would tell that none of them is five: within k of the truth."""
    for count, shown in ((5, {"secret"}), (6, {"secret"}), (7, {"ok"})):
        cells = release({"QP042001": {**evenly(0), "2023-02": Month(count, 13, 4)}})["QP042001"]
        assert cells["2023"][0] == "ok"
        assert statuses(cells, "month") == statuses(cells, "half") == shown


def test_a_sensitive_theme_needs_ten_and_is_never_shown_by_month() -> None:
    thin, thick = evenly(3), evenly(4)
    layers = field_layers({"QP042001": thin, "QP042002": thick}, sensitive=True)
    cells = cells_of(protect(layers, RULES, {}))
    assert statuses(cells["QP042001"], "quarter") == {"secret"}
    assert statuses(cells["QP042001"], "half") == {"ok"}
    assert statuses(cells["QP042002"], "quarter") == {"ok"}
    assert statuses(cells["QP042002"], "month") == {"secret"}


def test_a_year_that_is_not_over_is_not_shown() -> None:
    layers = field_layers({"QP042001": evenly(7)})
    before = protect(layers, replace(RULES, as_of=date(2023, 12, 31)), {})
    after = protect(layers, replace(RULES, as_of=date(2024, 1, 1)), {})
    assert {layer.share_visible for layer in before} == {0.0}
    assert {layer.share_visible for layer in after} == {1.0}


def test_official_figures_keep_the_secrecy_of_their_producer() -> None:
    layer = official_layer(
        {"FR": (14.1, "ok"), "QP042001": (3.0, "ok"), "QP042002": (None, "secret")}
    )
    (made,) = protect([layer], RULES, {})
    frame = made.frame
    assert frame.loc[("france", "FR"), "value"] == 14.1
    assert frame.loc[("qpv", "QP042001"), "status"] == "ok"  # under k, and it is the producer's
    assert frame.loc[("qpv", "QP042002"), "status"] == "secret"
    assert made.share_visible == 2 / 3


@given(tables())
@settings(max_examples=15, deadline=None)
def test_everything_shown_passes_and_is_the_true_value(table: tuple[str, dict[str, Year]]) -> None:
    rule, qpvs = table
    for qpv, cells in release(qpvs, rule).items():
        for period, (status, value, outings) in cells.items():
            seen = total(qpvs[qpv], period)
            if rule == "field" and seen.outings == 0:
                assert (status, value, outings) == ("blind", -1.0, None)
                continue
            assert status in ("ok", "secret")
            if status == "secret":
                assert (value, outings) == (-1.0, None)
                continue
            assert seen.count == 0 or seen.count >= K
            if rule == "field":
                assert outings == seen.outings >= 10
                assert value == pytest.approx(seen.count / seen.outings)
                assert seen.count == 0 or seen.reports >= 2
            else:
                assert (value, outings) == (seen.count, None)


@given(tables())
@settings(max_examples=15, deadline=None)
def test_each_year_shows_one_level_and_everything_coarser(
    table: tuple[str, dict[str, Year]],
) -> None:
    rule, qpvs = table
    for cells in release(qpvs, rule).values():
        shown = [statuses(cells, level) - {"blind"} for level in LEVELS]
        assert all(len(found) <= 1 for found in shown)  # never some periods of a level only
        order = [found == {"ok"} for found in shown if found]
        assert order == sorted(order)  # finer to coarser: once shown, always shown


@given(tables(), st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_the_order_of_layers_and_of_rows_changes_nothing(
    table: tuple[str, dict[str, Year]], shuffle: random.Random
) -> None:
    rule, qpvs = table
    layers = field_layers(qpvs, rule=rule)
    first = {layer.period: layer.sha256 for layer in protect(layers, RULES, {})}
    shuffle.shuffle(layers)
    turned = [replace(layer, frame=layer.frame.iloc[::-1]) for layer in layers]
    assert {layer.period: layer.sha256 for layer in protect(turned, RULES, {})} == first


@given(tables(), tables())
@settings(max_examples=12, deadline=None)
def test_a_later_release_never_refines_a_level(
    one: tuple[str, dict[str, Year]], two: tuple[str, dict[str, Year]]
) -> None:
    earlier = shown_levels(protect(field_layers(one[1], rule=one[0]), RULES, {}))
    later = shown_levels(protect(field_layers(two[1], rule=two[0]), RULES, earlier))
    for key, level in later.items():
        if key in earlier:
            assert LEVELS.index(level) >= LEVELS.index(earlier[key])


# --- what a reader could compute back --------------------------------------------------------


def shown_counts(cells: Mapping[str, tuple[str, float, int | None]]) -> dict[str, int]:
    return {
        period: round(value * (outings or 1))
        for period, (status, value, outings) in cells.items()
        if status == "ok"
    }


def bounds(cells: Mapping[str, tuple[str, float, int | None]], period: str) -> tuple[float, float]:
    """Return the least and the most a period can count, from all that is shown of its year."""
    counts = shown_counts(cells)
    system = np.array([[m in parts(shown, "month") for m in MONTHS] for shown in counts], float)
    blind = [cells[month][0] == "blind" for month in MONTHS]
    cost = np.array([month in parts(period, "month") for month in MONTHS], float)
    ends = []
    for sign in (1, -1):
        found = linprog(
            sign * cost,
            A_eq=system if len(system) else None,
            b_eq=list(counts.values()) if counts else None,
            bounds=[(0, 0 if never else None) for never in blind],
        )
        ends.append(np.inf if found.status == 3 else sign * found.fun)
    return float(ends[0]), float(ends[1])


def is_implied(cells: Mapping[str, tuple[str, float, int | None]], period: str) -> bool:
    """Part of a shown zero (nobody), or the only part of a shown total that anybody looked at."""
    for shown, count in shown_counts(cells).items():
        inside = set(parts(period, "month")) < set(parts(shown, "month"))
        rest = set(parts(shown, "month")) - set(parts(period, "month"))
        if inside and (count == 0 or all(cells[month][0] == "blind" for month in rest)):
            return True
    return False


def require_wide_bounds(table: tuple[str, dict[str, Year]]) -> None:
    rule, qpvs = table
    for qpv, cells in release(qpvs, rule).items():
        for period, (status, _, _) in cells.items():
            if status != "secret":
                continue
            if is_implied(cells, period):
                seen = total(qpvs[qpv], period).count
                assert seen == 0 or seen >= K
                continue
            low, high = bounds(cells, period)
            assert high - low >= K - 1e-6, (period, low, high)


@given(tables(size=4))
@settings(max_examples=25, deadline=None)
def test_no_hidden_cell_is_bounded_within_k_by_what_is_shown(
    table: tuple[str, dict[str, Year]],
) -> None:
    require_wide_bounds(table)


@pytest.mark.verify
@given(tables(size=8))
@settings(max_examples=120, deadline=None)
def test_no_hidden_cell_is_bounded_within_k_on_many_tables(
    table: tuple[str, dict[str, Year]],
) -> None:
    require_wide_bounds(table)


def lies_in(period: str, other: str) -> bool:
    return set(parts(period, "month")) <= set(parts(other, "month"))


def witnesses(year: Year, rule: str, period: str, top: str) -> list[Year]:
    """Return other years with the same total over `top`, and little or much in `period`.

    Outings stay what they are: the reader is supposed to know them.
    """
    looked = [m for m in parts(top, "month") if rule == "register" or year[m].outings]
    inside = [month for month in looked if lies_in(month, period)]
    outside = [month for month in looked if month not in inside]
    count, made = total(year, top).count, []
    for first, second in itertools.product(inside, outside):
        for here in {0, 1, count - 1, count}:
            split = {first: here, second: count - here}
            others = {
                month: Month(
                    split.get(month, 0),
                    year[month].outings,
                    min(split.get(month, 0), year[month].outings),
                )
                for month in looked
            }
            made.append({**year, **others})
    return made


def require_witnesses(rule: str, rows: list[Year]) -> None:
    tried: dict[str, Year] = {str(number): year for number, year in enumerate(rows)}
    published = release(tried, rule)
    aims: list[tuple[str, str, str]] = []
    for name, year in list(tried.items()):
        cells = published[name]
        if cells["2023"][0] != "ok":
            continue  # a hidden year says what the threshold says
        for period, (status, _, _) in cells.items():
            if status != "secret" or is_implied(cells, period):
                continue
            shown = [other for other in shown_counts(cells) if lies_in(period, other)]
            top = min(shown, key=lambda other: len(parts(other, "month")))
            for number, other in enumerate(witnesses(year, rule, period, top)):
                tried[f"{name}/{period}/{number}"] = other
                aims.append((name, period, f"{name}/{period}/{number}"))
    published = release(tried, rule)
    reached: dict[tuple[str, str], set[int]] = defaultdict(set)
    for name, period, other in aims:
        reached[name, period].add(total(tried[name], period).count)
        if published[other] == published[name]:
            reached[name, period].add(total(tried[other], period).count)
    for (name, period), values in reached.items():
        assert max(values) - min(values) >= K, (period, values, tried[name])


@given(RULE.flatmap(lambda r: st.tuples(st.just(r), st.lists(years(r), min_size=3, max_size=8))))
@settings(max_examples=12, deadline=None)
def test_two_tables_with_the_same_publication_differ_by_k_in_every_hidden_cell(
    drawn: tuple[str, list[Year]],
) -> None:
    """The reader knows the rules, and every number of outings: the choice of level tells nothing.

    Every hidden cell of a year that is shown has two witnesses: tables that the door publishes
    word for word as the true one, and that are k apart in that cell.
    """
    require_witnesses(*drawn)


@pytest.mark.verify
@given(RULE.flatmap(lambda r: st.tuples(st.just(r), st.lists(years(r), min_size=5, max_size=12))))
@settings(max_examples=80, deadline=None)
def test_two_tables_with_the_same_publication_differ_by_k_on_many_tables(
    drawn: tuple[str, list[Year]],
) -> None:
    require_witnesses(*drawn)


@pytest.mark.parametrize("where", [(1, 2, 7), (1, 4, 7)])
def test_every_table_of_three_months_hides_its_cells_from_a_reader_who_knows_the_rules(
    where: tuple[int, ...],
) -> None:
    """All 5 832 tables of counts 0 to 17 in three months, grouped by what is published of them."""
    most = 17
    tables: dict[str, Year] = {}
    for counts in itertools.product(range(most + 1), repeat=3):
        tables["-".join(map(str, counts))] = {
            f"2023-{month:02d}": Month(count, 13, min(count, 13))
            for month, count in zip(where, counts, strict=True)
        }
    same: dict[str, list[str]] = defaultdict(list)
    published = release(tables)
    for name, cells in published.items():
        same[repr(sorted(cells.items()))].append(name)
    checked = 0
    for names in same.values():
        cells = published[names[0]]
        if cells["2023"][0] != "ok" or shown_counts(cells)["2023"] > most:
            continue  # a hidden year says what the threshold says; a larger one is cut short here
        for period, (status, _, _) in cells.items():
            if status != "secret" or is_implied(cells, period):
                continue
            values = [total(tables[name], period).count for name in names]
            assert max(values) - min(values) >= K, (period, names[:3])
            checked += 1
    assert checked > 10


def test_a_month_with_one_outing_asks_for_one_observation_more() -> None:
    """Five in the year, two outings reporting: the single outing of March had four at most."""
    year = {"2023-03": Month(1, 1, 1), "2023-05": Month(4, 12, 4)}
    assert release({"Q": year})["Q"]["2023"][0] == "secret"
    year["2023-05"] = Month(5, 12, 4)
    assert release({"Q": year})["Q"]["2023"][0] == "ok"


# --- what the door refuses -------------------------------------------------------------------


def test_counts_are_dropped_not_hidden() -> None:
    for layer in protect(field_layers({"Q": evenly(7)}), RULES, {}):
        assert list(layer.frame.columns) == ["value", "status", "outings"]


def test_nothing_but_the_door_makes_a_protected_layer() -> None:
    layer = field_layers({"Q": evenly(7)})[0]
    made = protect(field_layers({"Q": evenly(7)}), RULES, {})[0]
    with pytest.raises(DisclosureError):
        ProtectedLayer(
            layer.indicator,
            layer.period,
            layer.edition,
            layer.rule,
            layer.source,
            layer.fictitious,
            made.description,
            cells=made.frame,
        )
    with pytest.raises((TypeError, ValueError)):
        dataclasses.replace(made, period="2022")
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.period = "2022"  # type: ignore[misc]
    bare = ProtectedLayer.__new__(ProtectedLayer)
    for other in (layer, layer.frame, None, "filosofi.TP60", bare):
        with pytest.raises(DisclosureError):
            require_protected(other)
    assert require_protected(made) is made


def test_a_protected_layer_does_not_change_when_its_frame_is_written_on() -> None:
    made = protect(field_layers({"Q": evenly(7)}), RULES, {})[0]
    before = made.sha256
    frame = made.frame
    frame.loc[("qpv", "Q"), "value"] = 0.0
    frame["observations"] = 7
    assert made.sha256 == before
    assert "observations" not in made.frame


def changed(layers: list[IndicatorLayer], period: str, **columns: object) -> list[IndicatorLayer]:
    return [
        replace(layer, frame=layer.frame.assign(**columns)) if layer.period == period else layer
        for layer in layers
    ]


@pytest.mark.parametrize(
    ("period", "columns"),
    [
        ("2023", {"observations": 3}),  # not the sum of its parts
        ("2023-05", {"observations": 6.5}),
        ("2023-05", {"observations": -1}),
        ("2023-05", {"observations": float("nan")}),
        ("2023-05", {"value": 2.0}),  # not its counts
        ("2023-05", {"status": "blind"}),  # a value where nobody looked
        ("2023-05", {"status": "secret"}),
    ],
)
def test_layers_that_the_door_cannot_judge_are_refused(
    period: str, columns: dict[str, object]
) -> None:
    with pytest.raises(DisclosureError):
        protect(changed(field_layers({"Q": evenly(7)}), period, **columns), RULES, {})


def test_a_theme_without_all_its_periods_is_refused() -> None:
    layers = field_layers({"Q": evenly(7)})
    for level in LEVELS:
        some = [layer for layer in layers if level_of(layer.period) != level]
        with pytest.raises(DisclosureError):
            protect(some, RULES, {})


def test_other_zones_than_qpv_are_refused_for_our_own_observations() -> None:
    layers = field_layers({"Q": evenly(7)})
    site = layers[0].frame.rename(index={"qpv": "commune"}, level="zone_kind")
    with pytest.raises(DisclosureError, match="QPV only"):
        protect([replace(layers[0], frame=site), *layers[1:]], RULES, {})


def test_the_same_period_in_two_editions_is_refused() -> None:
    both = field_layers({"Q": evenly(7)}) + field_layers({"R": evenly(7)}, edition="2024")
    with pytest.raises(DisclosureError, match="editions"):
        protect(both, RULES, {})


def test_a_layer_twice_an_unknown_rule_and_no_description_are_refused() -> None:
    layers = field_layers({"Q": evenly(7)})
    with pytest.raises(DisclosureError, match="twice"):
        protect([*layers, layers[0]], RULES, {})
    with pytest.raises(DisclosureError, match="rule"):
        protect([replace(layer, rule="open") for layer in layers], RULES, {})
    with pytest.raises(DisclosureError, match="readers"):
        protect([replace(layer, description=None) for layer in layers], RULES, {})


def test_an_official_layer_with_a_value_in_a_secret_cell_is_refused() -> None:
    for value, status in ((3.0, "secret"), (None, "ok"), (3.0, "missing"), (None, "blind")):
        with pytest.raises(DisclosureError):
            protect([official_layer({"QP042001": (value, status)})], RULES, {})


# --- re-verification on read -----------------------------------------------------------------


def as_published(layer: ProtectedLayer) -> dict[str, object]:
    return {
        "indicator": layer.indicator,
        "period": layer.period,
        "edition": layer.edition,
        "rule": layer.rule,
        "source": layer.source,
        "fictitious": layer.fictitious,
        "description": asdict(layer.description),
    }


@given(tables())
@settings(max_examples=10, deadline=None)
def test_what_the_door_lets_out_is_accepted_on_read(table: tuple[str, dict[str, Year]]) -> None:
    rule, qpvs = table
    for layer in protect(field_layers(qpvs, rule=rule), RULES, {}):
        again = reverify(as_published(layer), layer.frame, layer.sha256)
        assert again.sha256 == layer.sha256
        pd.testing.assert_frame_equal(again.frame, layer.frame)


EDITS = [
    ({"value": 4 / 13}, "under the threshold"),
    ({"value": 7.5 / 13}, "whole count"),
    ({"value": 0.9, "outings": 9}, "too few outings"),
    ({"outings": None}, "without its outings"),
    ({"status": "secret"}, "not shown"),
    ({"status": "fine"}, "unknown status"),
    ({"value": float("nan")}, "without a value"),
    ({"value": 8 / 13}, "not what was published"),
    ({"status": "secret", "value": float("nan"), "outings": None}, "not what was published"),
]


@pytest.mark.parametrize(("edit", "reason"), EDITS)
def test_an_edited_cell_is_refused_on_read(edit: dict[str, object], reason: str) -> None:
    layers = protect(field_layers({"Q": evenly(7), "R": evenly(9)}), RULES, {})
    layer = next(made for made in layers if made.period == "2023-05")
    cells = layer.frame
    for column, value in edit.items():
        cells.loc[("qpv", "Q"), column] = pd.NA if value is None else value
    with pytest.raises(DisclosureError, match=reason):
        reverify(as_published(layer), cells, layer.sha256)


@pytest.mark.parametrize(
    ("field", "value"),
    [("rule", "open"), ("rule", "producer"), ("fictitious", False), ("period", "2023-06")],
)
def test_an_edited_header_is_refused_on_read(field: str, value: object) -> None:
    layer = protect(field_layers({"Q": evenly(7)}), RULES, {})[0]
    with pytest.raises(DisclosureError):
        reverify(as_published(layer) | {field: value}, layer.frame, layer.sha256)


def test_a_sensitive_month_is_refused_on_read_even_with_its_own_hash() -> None:
    layers = protect(field_layers({"Q": evenly(20)}), RULES, {})
    month = next(made for made in layers if made.period == "2023-05")
    header = as_published(month)
    header["description"] = asdict(replace(month.description, sensitive=True))
    with pytest.raises(DisclosureError, match="too fine"):
        reverify(header, month.frame, month.sha256)
