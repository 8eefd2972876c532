"""Codes are strings, and say their edition and their department."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from observatoire.codes import (
    EDITIONS,
    department_of_commune,
    edition_in_force,
    is_commune,
    is_iris,
    is_qpv,
    qpv_department,
    qpv_edition,
    require_edition,
)
from observatoire.errors import CodeError


@given(st.integers(1, 95), st.integers(0, 999))
def test_a_2015_code_says_its_edition_and_department(department, rank):
    code = f"QP{department:03d}{rank:03d}"
    assert qpv_edition(code) == "2015"
    assert qpv_department(code) == f"{department:02d}"
    assert is_qpv(code, "2015")
    assert not is_qpv(code, "2024")


@given(st.integers(1, 95), st.integers(0, 99), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_a_2024_code_says_its_edition_and_department(department, rank, letter):
    code = f"QN{department:03d}{rank:02d}{letter}"
    assert qpv_edition(code) == "2024"
    assert qpv_department(code) == f"{department:02d}"


@given(st.text(max_size=12))
def test_any_text_is_a_code_or_an_error_and_never_something_else(text):
    if is_qpv(text):
        assert qpv_edition(text) in EDITIONS
        assert qpv_department(text)
    else:
        with pytest.raises(CodeError):
            qpv_edition(text)


@given(st.sampled_from(["QP042001", "QN04201M", "QP02B001"]), st.integers(0, 7))
def test_a_code_that_loses_a_character_is_no_longer_one(code, position):
    shorter = code[:position] + code[position + 1 :]
    assume(shorter != code)
    assert not is_qpv(shorter)


@pytest.mark.parametrize(
    ("code", "department"),
    [("QP02B001", "2B"), ("QP02A003", "2A"), ("QP974001", "974"), ("QP987012", "987")],
)
def test_corsica_and_overseas_keep_their_own_form(code, department):
    assert qpv_department(code) == department


@pytest.mark.parametrize("text", ["QP042001\n", " QP042001", "qp042001", "QP42001", "QP0420011"])
def test_what_only_looks_like_a_code_is_not_one(text):
    assert not is_qpv(text)


@given(st.dates(date(2000, 1, 1), date(2060, 1, 1)))
def test_at_most_one_edition_is_in_force_on_a_day(day):
    holding = [name for name, edition in EDITIONS.items() if edition.holds(day)]
    assert holding == [name for name in [edition_in_force(day)] if name]


def test_editions_follow_one_another_without_a_gap():
    first, second = EDITIONS["2015"], EDITIONS["2024"]
    assert first.ends is not None
    assert first.ends + timedelta(days=1) == second.starts
    assert edition_in_force(first.starts - timedelta(days=1)) is None


def test_an_unknown_edition_is_refused_with_the_known_ones():
    with pytest.raises(CodeError, match="2015, 2024"):
        require_edition("2020")


@pytest.mark.parametrize(
    ("code", "department"), [("2B033", "2B"), ("42218", "42"), ("97411", "974")]
)
def test_a_commune_says_its_department(code, department):
    assert is_commune(code)
    assert department_of_commune(code) == department
    assert is_iris(code + "0101")
    assert department_of_commune(code + "0101") == department


@pytest.mark.parametrize("text", ["4221", "422180", "2C033", "42218\n", ""])
def test_what_is_not_five_characters_is_not_a_commune(text):
    assert not is_commune(text)
