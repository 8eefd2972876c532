"""The sentences of a verdict: French typography, the right numbers, nothing that ranks."""

import itertools
import re

import pytest
from toy_figures import BARE, COUNT, FIELD, MEDIAN, SHARE, figure, rate, share

from observatoire.labels import read_words
from observatoire.labels.typography import NO_BREAK, faults
from observatoire.spreads import Spread
from observatoire.verdict_words import (
    answer,
    method_words,
    sentences,
    small_print,
    varies_words,
)
from observatoire.verdicts import compare, compare_all, compare_rest

SPREAD = Spread(15, 18, 20, 23, 28, 1100, 1296)
OTHERS = [rate(f"B{rank}", 20 + 3 * rank, 600) for rank in range(6)]
FAMILY = compare_all(rate("Beauregard", 12, 120), OTHERS, FIELD, family="les 6 autres quartiers")
CITY = figure("Saint-Étienne", 19.1, kind="commune")
CASES = {
    "rates": compare(rate("Beauregard", 60, 120), rate("Montreynaud", 30, 600), FIELD),
    "lower": compare(rate("Montreynaud", 30, 600), rate("Beauregard", 60, 120), FIELD),
    "alike": compare(rate("Beauregard", 12, 240), rate("Montreynaud", 30, 600), FIELD),
    "nothing": compare(rate("Beauregard", 0, 40), rate("Montreynaud", 0, 60), FIELD),
    "counted": FAMILY[0],
    "drowned": FAMILY[1],
    "separated": compare(
        share("Beauregard", 300, 1000), share("Ville", 4000, 20000, kind="commune"), SHARE,
        inside=True,
    ),
    "reference": compare(
        share("Beauregard", 300, 1000), figure("France", 14.5, kind="france"), SHARE
    ),
    "bare": compare(figure("Beauregard", 22.3), figure("Sud-Est", 19.1), BARE, spread=SPREAD),
    "bare_city": compare(figure("Beauregard", 22.3), CITY, BARE, spread=SPREAD, inside=True),
    "bare_same": compare(figure("Beauregard", 19.1), figure("Sud-Est", 19.1), BARE),
    "median": compare(figure("Beauregard", 12_500), figure("Sud-Est", 11_000), MEDIAN),
    "counts": compare(figure("Beauregard", 320), figure("Sud-Est", 180), COUNT),
    "years": compare(figure("Beauregard", 320), figure("Beauregard", 180, period="2020"), COUNT),
    "no_rate_parts": compare(rate("A", 3, 10), figure("B", 0.3, period="2023"), FIELD),
    "status": compare(figure("Beauregard", 3), figure("Sud-Est", status="secret"), BARE),
    "break": compare(figure("A", 1.0), figure("A", 2.0, period="2019"), MEDIAN),
    "edition": compare(figure("A", 1.0), figure("A", 2.0, edition="2024"), MEDIAN),
    "moments": compare(rate("A", 3, 10), rate("B", 4, 10, period="2022"), FIELD),
    "level": compare(rate("A", 3, 10), rate("A", 4, 10, period="2023-05"), FIELD),
    "scale": compare(rate("A", 3, 10), rate("B", 4, 10), FIELD, same_scale=False),
    "additivity": compare_rest(figure("A", 1), [figure("B", 2)], MEDIAN, place="les autres"),
    "incomplete": compare_rest(
        figure("A", 10), [figure("B", status="missing")], COUNT, place="les autres"
    ),
    "members": compare_rest(
        rate("A", 60, 120), [OTHERS[0], figure("C", status="blind", period="2023")], FIELD,
        place="les autres quartiers",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_every_sentence_is_typeset_and_ends(name):
    said = sentences(CASES[name])
    assert said[0] == answer(CASES[name])
    for sentence in said:
        assert not faults(sentence), sentence
        assert sentence.endswith(".")
        assert sentence[0].isupper()
        assert "{" not in sentence
        assert "nan" not in sentence.lower().split()


def test_every_answer_and_every_reason_has_its_own_sentence():
    firsts = [answer(one) for one in CASES.values()]
    assert len(set(firsts)) == len(firsts)
    kinds = {one.kind for one in CASES.values()}
    assert kinds == {"higher", "lower", "not_distinguishable", "cannot_say", "refused"}


def test_a_difference_that_is_real_says_yes_and_how_rare_chance_makes_it():
    said = sentences(CASES["rates"])
    assert said[0].startswith("Oui, l’écart est réel")
    assert f"0,50{NO_BREAK}par sortie" in said[0]
    assert "moins d’une fois sur mille" in said[1]
    assert "au-dessous" in answer(CASES["lower"])


def test_a_difference_that_chance_explains_never_says_that_places_are_alike():
    said = " ".join(sentences(CASES["alike"]))
    assert "ne peut pas conclure" in said
    assert not re.search(r"\b(égaux|identiques?|pareils)\b", said)


def test_a_family_is_named_and_counted():
    assert "6 comparaisons faites ensemble (les 6 autres quartiers)" in " ".join(
        sentences(CASES["counted"])
    )
    assert any("Pris seul" in sentence for sentence in sentences(CASES["drowned"]))
    assert CASES["drowned"].p_value < 0.05 <= CASES["drowned"].adjusted_p


def test_a_bare_percentage_is_set_among_the_neighbourhoods_of_france():
    said = " ".join(sentences(CASES["bare"]))
    assert "publié sans l’effectif" in said
    assert f"3,2{NO_BREAK}points" in said
    assert "0,6 fois" in said
    assert "moitié du milieu" in said
    assert "dans chaque quartier" in said
    assert "dans le quartier" in " ".join(sentences(CASES["bare_city"]))
    assert "comprend Beauregard" in " ".join(sentences(CASES["bare_city"]))


def test_a_refusal_is_one_sentence_with_its_source():
    for name in ("status", "break", "edition", "moments", "level", "scale", "additivity"):
        (said,) = sentences(CASES[name])
        assert said.startswith(f"Comparaison refusée{NO_BREAK}: ")
    for name in ("break", "edition", "additivity"):
        assert "(source" in answer(CASES[name])
    assert "secret statistique" in answer(CASES["status"])


def test_two_moments_of_one_place_are_told_apart():
    assert "Beauregard en 2018" in answer(CASES["years"])
    assert "Beauregard en 2020" in answer(CASES["years"])
    assert "taille du quartier" not in " ".join(sentences(CASES["years"]))
    assert "taille du quartier" in " ".join(sentences(CASES["counts"]))


def test_the_small_print_names_the_test():
    assert small_print(CASES["separated"]) == "Test exact de Fisher, p < 0,001"
    assert re.fullmatch(r"Test .+, p = 0,\d{3}", small_print(CASES["drowned"]))
    assert small_print(CASES["median"]) == ""


def test_no_sentence_ranks_explains_or_blames():
    said = " ".join(itertools.chain.from_iterable(map(sentences, CASES.values()))).lower()
    for word in ("pire", "meilleur", "rang", "classement", "à cause", "problème", "significati"):
        assert word not in said


def test_methods_and_what_varies_have_french_names():
    known = read_words("verdicts").entries
    for name in ("sampling", "process", "model"):
        assert varies_words(name) == known[f"varies.{name}"]
    assert varies_words("") == method_words("") == ""
    assert method_words("garwood") == "intervalle exact de Garwood"
