"""What an agreement says in words: figures by square are those of a year, all items together."""

from __future__ import annotations

import re
from datetime import date

import pytest

from observatoire.protocole import ONE_BY_ONE, PRECISIONS, SHARERS, Agreement, Share, Terms
from observatoire.protocole.documents import read_toml, to_toml
from observatoire.views.equipe.sharing import shares_table
from observatoire.views.protocole.contents import who_receives
from observatoire.views.protocole.matrix import matrix
from observatoire.views.protocole.phrases import received

SAID = re.compile(r"tous les indicateurs ensemble.* par quartier")
CASES = [(role, precision) for role in SHARERS for precision in PRECISIONS]


def plain(markup):
    return re.sub(r"<[^>]*>", " ", markup).replace("\u00a0", " ")


@pytest.mark.parametrize(("role", "precision"), CASES)
def test_figures_by_square_are_said_to_be_those_of_a_year_all_items_together(role, precision):
    share = Share(role, precision=precision, rhythm="monthly")
    agreement = Agreement("loire", "Loire", 1, Terms(shares=(share,)), agreed_on=date(2026, 1, 1))
    expected = role not in ONE_BY_ONE and precision != "qpv"
    assert share.has_squares == expected
    assert bool(SAID.search(plain(received(share)))) == expected
    assert bool(SAID.search(plain(who_receives(agreement.terms, {})))) == expected
    assert bool(SAID.search(plain(shares_table(agreement, {})))) == expected
    table = plain(matrix(agreement.terms, {}))
    assert ("total de l’année" in table) == expected
    assert ("se lisent les chiffres de tous les indicateurs ensemble" in table) == expected


def test_a_document_says_it_above_its_terms_and_reads_back_the_same():
    made = Agreement("loire", "Loire", 1, Terms(shares=(Share("delegate", precision="400"),)))
    text = to_toml(made)
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert SAID.search(comments[1].replace("\u00a0", " "))
    assert read_toml(text) == made
