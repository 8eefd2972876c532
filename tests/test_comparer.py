"""The page Comparer before any browser: what is drawn, summed, refused, said."""

from __future__ import annotations

import base64
import math
import re
from dataclasses import replace

import pandas as pd
import pytest
from comparer_ground import (
    HERE,
    PARTS,
    TOWNS,
    compared_field,
    compared_share,
    count,
    official,
    places,
    share,
)
from comparer_ground import ground as toy_ground
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.disclosure import Rules, protect
from observatoire.labels.typography import faults
from observatoire.publication import LayerInfo
from observatoire.verdict_words import sentences
from observatoire.views.comparer import dots, funnel, question, sheet
from observatoire.views.comparer.comparison import compare_places
from observatoire.views.comparer.funnel import NARROWEST, Funnel, Point
from observatoire.views.comparer.funnel_chart import draw_funnel
from observatoire.views.comparer.lines import Line
from observatoire.views.comparer.reading import comparison_sentences
from observatoire.views.comparer.state import CompareState, read_state
from observatoire.views.scale import MOST_TICKS, scale_of
from observatoire.views.state import MapState, Offer

QPVS = {"2015": ("QP02B001", "QP042011")}
OFFER = Offer(
    tuple(
        LayerInfo(name, period, "2015", "producer", "demo", False, None, count(name))
        for name in ("rp.POP_MUN", "filosofi.TP60")
        for period in ("2018", "2021")
    )
)
FIRST = {"2015": "QP042011"}
FIELD = {
    "QP02B001": (12, 60),
    "QP02B002": (30, 50),
    HERE: (40, 100),
    "QP042002": (90, 120),
    "QP042003": (25, 80),
    "QP042004": (10, 40),
}
ordinary = st.floats(-1e6, 1e6).filter(lambda value: value == 0 or abs(value) > 1e-6)


# --- the axis ----------------------------------------------------------------------------------


@given(st.lists(ordinary, max_size=30))
def test_an_axis_holds_every_value_between_round_ticks_that_read_apart(values):
    scale = scale_of(values)
    steps = [b - a for a, b in zip(scale.ticks, scale.ticks[1:], strict=False)]
    assert 2 <= len(scale.ticks) <= MOST_TICKS
    assert all(math.isclose(step, steps[0], rel_tol=1e-6) for step in steps)
    reach = 1e-9 * (scale.high - scale.low)
    assert all(scale.low - reach <= value <= scale.high + reach for value in values)
    assert len({round(tick, scale.decimals) for tick in scale.ticks}) == len(scale.ticks)


@given(st.lists(ordinary, min_size=2, max_size=10), st.floats(-1e7, 1e7), st.floats(-1e7, 1e7))
def test_an_axis_keeps_the_order_of_values_and_its_ends(values, one, other):
    scale = scale_of(values)
    assert 0 <= scale.at(one) <= 1
    assert (scale.at(one) <= scale.at(other)) or one > other
    assert (scale.at(scale.low), scale.at(scale.high)) == (0, 1)


# --- the address -------------------------------------------------------------------------------


def test_an_address_reopens_the_same_comparison():
    state = CompareState(
        replace(OFFER.settle(MapState("filosofi.TP60", "2015", "")), qpv="QP02B001"),
        "france",
        "QP042011",
    )
    again, notices = read_state(state.as_params(), OFFER, QPVS, FIRST)
    assert again == state
    assert not notices


def test_a_value_without_meaning_gives_the_default_and_a_sentence():
    given_ = {"indicateur": "<b>", "qpv": "zz", "reference": "lune", "avec": "QP", "periode": "x"}
    state, notices = read_state(given_, OFFER, QPVS, FIRST)
    assert len(notices) == 5
    assert state.qpv == "QP042011"
    assert (state.reference, state.other) == ("", "")
    assert not [found for said in notices for found in faults(said)]


def test_a_place_is_not_compared_with_itself():
    state = CompareState(
        replace(OFFER.settle(MapState("filosofi.TP60", "2015", "")), qpv="QP02B001")
    )
    asked = state.changed(OFFER, QPVS, other="QP042011")
    assert asked.other == "QP042011"
    assert asked.changed(OFFER, QPVS, qpv="QP042011").other == ""
    assert asked.changed(OFFER, QPVS, reference="site").reference == "site"


# --- what is compared --------------------------------------------------------------------------


def test_a_site_is_rebuilt_from_the_parts_of_its_neighbourhoods_and_not_averaged():
    made, _ = compared_share()
    own, other = made.sites
    assert (own.key, other.key) == ("site", "site-bastia")
    assert own.value == pytest.approx(100 * (20 + 90 + 15 + 8) / (200 + 300 + 100 + 50))
    assert other.value == pytest.approx(20)
    assert own.low < own.value < own.high
    assert made.reference is own


def test_the_commune_is_without_its_neighbourhoods_when_its_parts_are_published():
    made, _ = compared_share()
    assert made.commune.name == "Montbrison"
    assert made.commune.value == pytest.approx(100 * (50 - 20) / (500 - 200))


@pytest.mark.parametrize(
    ("qpv", "changes"),
    [
        ("QP042002", {"42218": (900.0, 3000.0)}),  # another QPV of the town lies in two communes
        ("QP042004", {"42218": (900.0, 3000.0)}),  # the QPV itself does
        (HERE, {"42147": (5.0, 500.0)}),  # fewer than in the QPV alone
    ],
)
def test_the_rest_of_a_commune_that_cannot_be_known_is_not_made_up(qpv, changes):
    made, _ = compared_share({**PARTS, **changes}, qpv=qpv)
    assert not made.commune.has_parts
    if made.commune.is_shown:
        assert "quartiers compris" in made.commune.more
    else:
        assert made.commune.note


def test_a_hidden_part_leaves_no_rest_of_the_commune_and_no_share_of_its_own():
    made, _ = compared_share({**PARTS, HERE: (None, 200.0)})
    assert made.place.status == "secret"
    assert not made.commune.has_parts
    assert made.sites[0].part == 90 + 15 + 8
    assert "3" in made.sites[0].note


def test_without_a_commune_file_the_page_says_how_to_load_one():
    made, _ = compared_share({code: both for code, both in PARTS.items() if code != "42147"})
    assert made.commune.status == "missing"
    assert "observatoire statistics import" in made.commune.note


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (share(numerator_ids=(), denominator_id=""), "sans ses effectifs"),
        (share(numerator_ids=(), denominator_id="", additivity="none"), "n’est pas sommable"),
    ],
)
def test_what_may_not_be_summed_refuses_with_the_reason(one, said):
    made, _ = compared_share(one=one)
    assert not any(line.is_shown for line in made.sites)
    assert all(said in line.note for line in made.sites)
    assert funnel.build_funnel(made) is None
    assert made.reference is not None
    assert made.reference.key == "commune"
    assert "quartiers compris" in made.reference.more


def test_a_count_has_its_sum_in_words_and_off_the_axis_and_refuses_when_one_lacks():
    (layer,) = protect([official(count("essai.n"), dict.fromkeys(TOWNS, 10.0))], Rules(), {})
    made = compare_places(HERE, layer, {}, places(), toy_ground())
    assert not made.sites[0].is_shown
    assert "40\u00a0hab. " in made.sites[0].note
    hidden = {code: None if code == HERE else 10.0 for code in TOWNS}
    (layer,) = protect([official(count("essai.n"), hidden)], Rules(), {})
    made = compare_places("QP042002", layer, {}, places(), toy_ground())
    assert "Pas de somme" in made.sites[0].note
    assert "20" in made.sites[1].note


@settings(max_examples=8)
@given(st.permutations(sorted(set(PARTS) - {"42147"})))
def test_neighbourhoods_follow_their_sites_towns_and_names_whatever_their_values(order):
    shuffled = {code: PARTS[other] for code, other in zip(sorted(order), order, strict=True)}
    made, _ = compared_share(shuffled)
    assert [line.name for line in made.places] == [
        "Ancien", "Sud", "Beauregard", "Abeilles", "Bourgogne", "Partagé",
    ]  # fmt: skip


# --- the field ---------------------------------------------------------------------------------


def test_a_field_rate_stands_beside_its_smoothed_value_and_never_gives_way_to_it():
    made, _ = compared_field(FIELD)
    assert made.place.value == pytest.approx(0.4)
    loire = [line for line in made.places if line.site == "loire"]
    mean = made.sites[0].value
    assert mean == pytest.approx(165 / 340)
    for line in loire:
        assert min(line.value, mean) <= line.smoothed <= max(line.value, mean)


def test_hidden_field_cells_are_said_to_be_missing_from_the_whole():
    made, _ = compared_field({**FIELD, "QP042003": (2, 80)})
    assert made.sites[0].whole == 260
    assert "au secret" in made.sites[0].note


def test_two_sites_share_a_field_scale_only_with_lossless_grids_and_outings():
    assert [line.key for line in compared_field(FIELD)[0].sites] == ["site", "site-bastia"]
    nobody = {**FIELD, "QP02B001": (0, 0), "QP02B002": (0, 0)}
    for made, _ in (
        compared_field(FIELD, item="mobilite"),
        compared_field(FIELD, grids=[]),
        compared_field(nobody),
    ):
        assert [line.key for line in made.sites] == ["site"]
        assert set(made.reasons) == {"Bastia"}
        assert {line.site for line in made.apart} == {"bastia"}
        assert {line.site for line in made.places} == {"loire"}
        assert any("Bastia" in sentence for sentence in comparison_sentences(made))


# --- the charts --------------------------------------------------------------------------------


def shares_in(markup):
    """Return every percentage of the drawings and of the places of a markup."""
    drawn = [base64.b64decode(found).decode() for found in re.findall(r"base64,([^\"]+)", markup)]
    assert drawn
    texts = " ".join([*drawn, *re.findall(r'style="([^"]*)"', markup)])
    return [float(found) for found in re.findall(r"(-?[\d.]+)%", texts)]


def row_of(markup, key):
    return re.search(rf'<li[^>]*data-key="{key}".*?</li>', markup, re.S)[0]


@settings(max_examples=10)
@given(st.dictionaries(st.sampled_from(sorted(TOWNS)), st.integers(0, 400), min_size=1))
def test_every_mark_and_every_interval_is_inside_its_frame(counts):
    parts = {code: (float(counts.get(code, 20)), 400.0) for code in TOWNS}
    made, _ = compared_share(parts)
    scale = dots.scale_of_comparison(made)
    for markup in (
        dots.summary_chart(made, scale),
        *(dots.site_chart(made, scale, line.site) for line in made.sites),
        dots.legend(made),
    ):
        assert all(0 <= share <= 100 for share in shares_in(markup))
    drawn = funnel.build_funnel(made)
    if drawn is not None:
        assert all(0 <= share <= 100 for share in shares_in(draw_funnel(drawn, made.one, HERE)))


def test_the_chart_and_the_table_print_the_same_figures():
    made, _ = compared_share({**PARTS, "QP042003": (None, 100.0)})
    scale = dots.scale_of_comparison(made)
    table = sheet.comparison_table(made)
    charts = dots.summary_chart(made, scale)
    charts += "".join(dots.site_chart(made, scale, line.site) for line in made.sites)
    for line in sheet.lines_of(made):
        printed = re.search(rf'data-key="{line.key}".*?</tr>', table, re.S)[0]
        row = row_of(charts, line.key)
        if line.is_shown:
            value = re.search(r'dots-value"><b>([\d,]+)', row)[1]
            assert f">{value}</td>" in printed
        else:
            assert "<em>" in row
            said = re.search(r"<em>(.*?)</em>", row)[1]
            assert f">{said}</td>" in printed


def test_the_other_neighbourhoods_are_light_dots_that_say_whose_they_are():
    made, _ = compared_share()
    row = row_of(dots.summary_chart(made, dots.scale_of_comparison(made)), "site")
    said = re.findall(r'title="([^"]*)"', row)
    assert [text.split("\u00a0")[0] for text in said] == ["Abeilles", "Bourgogne", "Partagé"]


def test_the_file_has_the_rows_of_the_page_and_nothing_in_a_hidden_one():
    made, layer = compared_share({**PARTS, "QP042003": (None, 100.0)})
    rows = sheet.comparison_rows(made, layer)
    assert list(rows["key"]) == [line.key for line in sheet.lines_of(made)]
    hidden = rows.set_index("key").loc["QP042003"]
    assert hidden["status"] == "secret"
    assert pd.isna(hidden[["value", "low", "high", "rests_on", "smoothed"]]).all()


# --- the funnel --------------------------------------------------------------------------------


def test_a_place_of_the_funnel_is_where_its_limits_say():
    made, _ = compared_share()
    drawn = funnel.build_funnel(made)
    assert drawn is not None
    reference = made.reference.value
    for point in drawn.points:
        assert point.low_998 <= point.low_95 <= reference <= point.high_95 <= point.high_998
        outside = not point.low_95 <= point.line.value <= point.high_95
        assert (point.zone != "inside") == outside
    assert [point.line.key for point in drawn.points] == [line.key for line in made.places]


@given(
    st.lists(
        st.tuples(st.integers(1, 900), st.integers(0, 100), st.integers(3, 30)),
        min_size=1,
        max_size=45,
    )
)
def test_names_on_the_funnel_touch_neither_one_another_nor_the_frame(rows):
    points = tuple(
        Point(
            Line(f"QP{rank}", "N" * length, value=float(value), part=1.0, whole=float(size)),
            45.0,
            55.0,
            40.0,
            60.0,
        )
        for rank, (size, value, length) in enumerate(rows)
    )
    x, y = scale_of([0, 900]), scale_of([0, 100])
    made = Funnel(points, (1.0,), {}, points[0].line, 1.0, x, y)
    labels = funnel.place_labels(made, "QP0")
    boxes = [funnel.label_box(label) for label in labels]
    for rank, (left, top, right, bottom) in enumerate(boxes):
        assert 0 <= left < right <= NARROWEST[0]
        assert 0 <= top < bottom <= NARROWEST[1]
        for other in boxes[:rank]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
    named = {label.key for label in labels}
    assert named <= {"QP0"} | {point.line.key for point in points if point.zone != "inside"}


# --- the question ------------------------------------------------------------------------------


def test_a_verdict_says_among_how_many_it_was_judged():
    made, layer = compared_share()
    for key, size in (("QP042002", 3), ("QP02B002", 2), ("site", 4), ("france", 4)):
        verdict = question.verdict_between(made, layer, key)
        assert verdict.family_size == size, key
        assert verdict.adjusted_p >= verdict.p_value
        assert any(f"{size} comparaisons" in said for said in sentences(verdict))
    assert question.verdict_between(made, layer, "QP042002").kind == "lower"


def test_against_its_site_a_place_is_taken_out_of_it():
    made, layer = compared_share()
    verdict = question.verdict_between(made, layer, "site")
    assert verdict.second.numerator == 90 + 15 + 8
    assert "les autres quartiers du site Loire" in " ".join(sentences(verdict))


def test_the_commune_is_compared_without_the_place_or_says_that_it_holds_it():
    made, layer = compared_share()
    verdict = question.verdict_between(made, layer, "commune")
    assert (verdict.second.numerator, verdict.second.denominator) == (30, 300)
    assert verdict.kind == "not_distinguishable"


def test_refusals_have_their_reason():
    made, layer = compared_share(one=share(numerator_ids=(), denominator_id="", additivity="none"))
    verdict = question.verdict_between(made, layer, "site")
    assert (verdict.kind, verdict.reason) == ("refused", "additivity")
    made, layer = compared_field(FIELD, item="mobilite")
    verdict = question.verdict_between(made, layer, "QP02B001")
    assert (verdict.kind, verdict.reason) == ("refused", "scale")
    made, layer = compared_share({**PARTS, HERE: (None, 200.0)})
    verdict = question.verdict_between(made, layer, "QP042002")
    assert (verdict.kind, verdict.reason) == ("refused", "status")


def test_every_second_place_gets_an_answer_in_proper_french():
    for made, layer in (
        compared_share(),
        compared_share(spread=False),
        compared_field(FIELD),
        compared_field({**FIELD, HERE: (1, 12)}),
        compared_share(one=share(numerator_ids=(), denominator_id="")),
    ):
        offered = question.second_places(made)
        assert HERE not in offered
        assert len(set(offered)) == len(offered)
        for key in offered:
            for said in sentences(question.verdict_between(made, layer, key)):
                assert not faults(said), said
        for said in comparison_sentences(made):
            assert not faults(said), said
            assert ".." not in said
