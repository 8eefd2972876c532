import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.catalogue import Indicator
from observatoire.labels.numbers import number
from observatoire.labels.typography import NARROW, NO_BREAK, faults
from observatoire.sentences import map_sentences, outing_reading

POVERTY = Indicator(
    id="filosofi.TP60",
    theme="revenus",
    label="Taux de pauvreté",
    short="Taux de pauvreté",
    definition="",
    unit="%",
    kind="share",
    additivity="none",
    source="insee",
    decimals=1,
)
FIELD = Indicator(
    id="terrain.test",
    theme="terrain",
    label="Thème d’essai",
    short="Thème d’essai",
    definition="",
    unit="observation par sortie",
    kind="per_outing",
    additivity="none",
    source="demo",
    decimals=2,
)


def frame(*rows):
    columns = ["code", "name", "commune", "site", "value", "status", "outings"]
    return pd.DataFrame(rows, columns=columns).set_index("code")


def row(code, value, status="ok", site="Loire", name=None, commune="Ville", outings=None):
    return (code, name or f"Q{code}", commune, site, value, status, outings)


NAN = float("nan")


def test_it_names_the_lowest_and_the_highest_and_counts_by_site():
    sentences = map_sentences(
        frame(
            row("1", 31.24, site="Bastia", name="Sud", commune="Bastia"),
            row("2", 61.0, name="Cotonne", commune="Saint-Étienne"),
            row("3", 44.0),
        ),
        POVERTY,
        "2018",
    )
    assert sentences[0] == (
        f"Taux de pauvreté en 2018{NO_BREAK}: la valeur la plus basse est 31,2{NO_BREAK}% "
        f"(Sud, Bastia), la plus haute 61,0{NO_BREAK}% (Cotonne, Saint-Étienne)."
    )
    assert sentences[1] == f"Un chiffre pour chacun des 3 quartiers{NO_BREAK}: Bastia 1, Loire 2."
    assert len(sentences) == 2


def test_it_says_how_many_have_no_figure_and_why():
    sentences = map_sentences(
        frame(
            row("1", 10.0),
            row("2", NAN, "secret"),
            row("3", NAN, "secret"),
            row("4", NAN, "missing"),
            row("5", NAN, "blind", site="Moselle"),
        ),
        POVERTY,
        "2018",
    )
    assert "seul quartier publié" in sentences[0]
    assert sentences[1].endswith("Loire 1 sur 4, Moselle 0 sur 1.")
    assert sentences[2] == (
        f"Sans chiffre{NO_BREAK}: 2 couverts par le secret statistique{NARROW}; 1 non disponible"
        f"{NARROW}; 1 en veille aveugle (aucune sortie sur la période)."
    )


def test_without_any_figure_it_says_so():
    sentences = map_sentences(
        frame(row("1", NAN, "secret"), row("2", NAN, "blind")), POVERTY, "2018"
    )
    assert "aucun chiffre" in sentences[0]
    assert not any(character.isdigit() for character in sentences[0].replace("2018", ""))


def test_a_tie_that_the_reader_sees_is_said():
    sentences = map_sentences(
        frame(row("1", 10.01), row("2", 10.04), row("3", 20.0), row("4", 30.0)), POVERTY, "2018"
    )
    assert "(Q1, Ville, et 1 autre quartier)" in sentences[0]
    same = map_sentences(frame(row("1", 10.01), row("2", 10.04)), POVERTY, "2018")
    assert f"10,0{NO_BREAK}% dans chacun des 2 quartiers" in same[0]


def test_a_neighbourhood_without_commune_is_named_alone():
    sentences = map_sentences(
        frame(row("1", 1.0, name="Seul", commune=None), row("2", 2.0)), POVERTY, "2018"
    )
    assert "(Seul)" in sentences[0]


def test_a_field_layer_is_read_per_outing_with_its_outings():
    sentences = map_sentences(
        frame(row("1", 0.1, outings=20), row("2", 0.42, outings=36, name="Haut")),
        FIELD,
        "2023-Q2",
        fictitious=True,
    )
    assert sentences[0].startswith(f"Thème d’essai au 2e trimestre 2023{NO_BREAK}:")
    assert (
        "0,42 observation par sortie, c’est environ 4 pour 10 sorties (Haut, Ville)" in sentences[2]
    )
    assert sentences[3] == "En tout 56 sorties dans les quartiers publiés."
    assert "fictives" in sentences[-1]


def test_zero_everywhere_is_not_read_as_an_absence():
    sentences = map_sentences(
        frame(row("1", 0.0, outings=12), row("2", 0.0, outings=9)), FIELD, "2023"
    )
    assert any("zéro veut dire" in sentence for sentence in sentences)


def test_a_reference_is_added_last_but_the_warning():
    sentences = map_sentences(
        frame(row("1", 10.0), row("2", 20.0)),
        POVERTY,
        "2018",
        reference=("France", 14.46),
        fictitious=True,
    )
    assert sentences[-2] == f"Pour repère, France{NO_BREAK}: 14,5{NO_BREAK}%."


def test_an_empty_map_says_nothing():
    assert map_sentences(frame(), POVERTY, "2018") == ()


@given(st.floats(0.001, 50, allow_nan=False))
def test_the_reading_of_a_rate_never_rounds_it_to_nothing(value):
    sentence = outing_reading(value, "Q")
    base = next((base for base in (10, 100) if value * base >= 3), 1000)
    assert f"environ {number(value * base)} pour {number(base)} sorties" in sentence
    assert "environ 0" not in sentence


statuses = st.sampled_from(["ok", "secret", "missing", "blind", "not_collected"])


@given(
    st.lists(
        st.tuples(statuses, st.floats(0, 100), st.sampled_from(["Bastia", "Loire"])),
        min_size=1,
        max_size=45,
    )
)
def test_every_neighbourhood_is_counted_once_and_every_sentence_is_typeset(cells):
    rows = [
        row(str(rank), value if status == "ok" else NAN, status, site)
        for rank, (status, value, site) in enumerate(cells)
    ]
    sentences = map_sentences(frame(*rows), POVERTY, "2018")
    assert not [fault for sentence in sentences for fault in faults(sentence)]
    absent = sum(status != "ok" for status, _, _ in cells)
    reasons = [sentence for sentence in sentences if sentence.startswith("Sans chiffre")]
    counted = [
        int(part.split()[0]) for text in reasons for part in text.partition(": ")[2].split("; ")
    ]
    assert sum(counted) == absent


@pytest.mark.parametrize("status", ["secret", "missing", "blind", "not_collected"])
def test_an_absent_value_is_never_printed(status):
    text = " ".join(map_sentences(frame(row("1", NAN, status), row("2", 5.0)), POVERTY, "2018"))
    assert "nan" not in text.lower()
