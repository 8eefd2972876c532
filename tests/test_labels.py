import ast
import re
import tomllib
from datetime import date
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import observatoire
from observatoire import periods
from observatoire.catalogue import read_catalogue
from observatoire.codes import EDITIONS
from observatoire.errors import CodeError
from observatoire.labels import numbers, pages, read_words
from observatoire.labels.typography import NARROW, NO_BREAK, faults, typeset
from observatoire.schemas import STATUSES

PACKAGE = Path(observatoire.__file__).parent
VIEWS = sorted((PACKAGE / "views").glob("*.py"))
READERS = sorted(PACKAGE.rglob("*.py"))
finite = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12)


def back(text):
    plain = text.replace(NARROW, "").replace(",", ".").replace("−", "-")
    return float(plain)


@given(finite, st.integers(0, 4))
def test_a_printed_number_reads_back_within_half_a_unit_of_its_last_digit(value, decimals):
    text = numbers.number(value, decimals)
    assert abs(back(text) - value) <= 0.5 * 10**-decimals + abs(value) * 1e-12
    assert "." not in text
    assert " " not in text


@given(finite)
def test_thousands_are_cut_in_threes_by_narrow_spaces(value):
    whole = numbers.number(value, 1).lstrip("−").partition(",")[0]
    groups = whole.split(NARROW)
    assert 1 <= len(groups[0]) <= 3
    assert all(len(group) == 3 for group in groups[1:])


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (0, 0, "0"),
        (-0.04, 1, "0,0"),
        (0.5, 0, "1"),
        (2.5, 0, "3"),
        (-2.5, 0, "−3"),
        (0.285, 2, "0,29"),
        (1234.5, 1, f"1{NARROW}234,5"),
        (12345678, 0, f"12{NARROW}345{NARROW}678"),
    ],
)
def test_numbers_by_hand(value, decimals, expected):
    assert numbers.number(value, decimals) == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_an_absence_is_never_printed_as_a_number(value):
    with pytest.raises(ValueError, match="status"):
        numbers.number(value)


def test_a_unit_never_leaves_its_number():
    assert numbers.quantity(12.36, "%", 1) == f"12,4{NO_BREAK}%"
    assert numbers.quantity(7, "") == "7"
    assert numbers.hectares(98_600) == f"9,9{NO_BREAK}ha"
    assert numbers.hectares(1_234_000) == f"123{NO_BREAK}ha"


@pytest.mark.parametrize(
    ("period", "alone", "inside"),
    [
        ("2018", "2018", "en 2018"),
        ("2022-H1", "1er semestre 2022", "au 1er semestre 2022"),
        ("2023-Q2", "2e trimestre 2023", "au 2e trimestre 2023"),
        ("2023-05", "mai 2023", "en mai 2023"),
        ("2023-12", "décembre 2023", "en décembre 2023"),
    ],
)
def test_periods_are_read_in_french(period, alone, inside):
    assert numbers.period(period) == alone
    assert numbers.in_period(period) == inside


@given(st.dates(min_value=date(1000, 1, 1)), st.sampled_from(periods.LEVELS))
def test_every_calendar_period_has_its_own_words(day, level):
    name = periods.period_of(day, level)
    others = {numbers.period(other) for other in periods.parts(f"{day.year:04d}", level)}
    assert numbers.period(name) in others
    assert len(others) == len(periods.parts(f"{day.year:04d}", level))
    assert f"{day.year}" in numbers.period(name)


def test_a_text_that_is_no_period_is_refused():
    with pytest.raises(CodeError):
        numbers.period("2023-W12")


def test_the_four_absences_are_four_different_words():
    words = [numbers.status_words(status) for status in STATUSES]
    assert len(set(words)) == len(STATUSES)
    assert all(numbers.status_definition(status) for status in STATUSES)


def test_days_and_editions():
    assert numbers.day(date(2024, 1, 1)) == "1er janvier 2024"
    assert numbers.day(date(2026, 11, 22)) == "22 novembre 2026"
    assert [numbers.edition_words(name) for name in EDITIONS] == ["contours 2015", "contours 2024"]


@given(st.text(alphabet="abé'’ «»:;!?%€0123456789\u00a0\u202f", max_size=40))
def test_typesetting_twice_changes_nothing_more(text):
    assert typeset(typeset(text)) == typeset(text)


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ("Quoi ? Oui !", f"Quoi{NARROW}? Oui{NARROW}!"),
        ("Lecture : « a »", f"Lecture{NO_BREAK}: «{NO_BREAK}a{NO_BREAK}»"),
        ("l'indicateur de 12 %", f"l’indicateur de 12{NO_BREAK}%"),
        ("http://localhost:8501/carte?vue=loire", "http://localhost:8501/carte?vue=loire"),
        ("PORT=8600 ./run app", "PORT=8600 ./run app"),
    ],
)
def test_typesetting_by_hand(typed, set_):
    assert typeset(typed) == set_


@pytest.mark.parametrize("page", pages())
def test_every_label_is_typeset_as_french_is(page):
    wrong = {
        name: found for name, text in read_words(page).entries.items() if (found := faults(text))
    }
    assert not wrong


def test_every_sentence_of_the_catalogue_reads_right_once_typeset():
    for indicator in read_catalogue().indicators.values():
        for text in (
            indicator.label,
            indicator.short,
            indicator.definition,
            indicator.caveat,
            indicator.next_update,
        ):
            assert not faults(typeset(text)), (indicator.id, text)


def french_of_errors():
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.keyword) and node.arg in ("user", "remedy"):
                for part in ast.walk(node.value):
                    if (
                        isinstance(part, ast.Constant)
                        and isinstance(part.value, str)
                        and part.value
                    ):
                        yield f"{path.name}:{part.lineno}", part.value


def test_every_sentence_of_an_error_reads_right_once_typeset():
    sentences = list(french_of_errors())
    assert len(sentences) > 40
    wrong = {
        place: text
        for place, text in sentences
        if faults(typeset(text)) or "'" in re.sub(r"'[^' ]{1,3}'", "", text)
    }
    assert not wrong


def test_an_unknown_label_is_a_mistake_and_not_an_empty_text():
    with pytest.raises(KeyError):
        read_words("nombres")("no.such.text")


def test_zero_and_one_are_singular_in_french():
    words = read_words("phrases")
    assert words.count("per_outing.outings", 1) == "En tout 1 sortie dans les quartiers publiés."
    assert words.count("absent.secret", 0).endswith("couvert par le secret statistique")
    assert words.count("absent.secret", 2).endswith("couverts par le secret statistique")


def asked_names():
    """Return the names asked for in full, and the beginnings of those that are composed."""
    whole, begun = set(), set()
    for path in READERS:
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                begun.add(str(node.values[0].value))
    begun |= {text for text in whole if re.fullmatch(r"[a-z_]+\.", text)}
    return whole, tuple(text for text in begun if "." in text)


def test_every_label_is_used_somewhere():
    whole, begun = asked_names()
    unused = []
    for page in pages():
        for name in read_words(page).entries:
            base, _, last = name.rpartition(".")
            names = {name, base} if last in ("one", "other") or last.isdigit() else {name}
            if not names & whole and not name.startswith(begun):
                unused.append(f"{page}:{name}")
    assert not unused


def test_every_label_asked_for_by_a_page_exists():
    known = {name for page in pages() for name in read_words(page).entries}
    known |= {name.rpartition(".")[0] for name in known if name.endswith(".other")}
    missing = []
    for path in READERS:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            asked = node.args[0]
            counted = called == "count" and isinstance(asked, ast.Constant)
            if name in ("labels", "words") or counted:
                text = asked.value if isinstance(asked, ast.Constant) else ""
                if (
                    isinstance(text, str)
                    and re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", text)
                    and text not in known
                ):
                    missing.append(f"{path.name}: {text}")
    assert not missing


FRENCH = re.compile(
    r"[éèêàùçôîœ«»’]|\b(?:le|la|les|des|une|du|aux|sur|dans|pour|avec|sans|quartier|carte)\b", re.I
)


def spoken_strings(path):
    """Yield the strings of a module that are neither docstrings nor parts of one word."""
    tree = ast.parse(path.read_text("utf-8"))
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    docs |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: path.name)
def test_no_page_speaks_french_by_itself(path):
    spoken = [
        (line, text)
        for line, text in spoken_strings(path)
        if FRENCH.search(text) and (" " in text or re.search(r"[éèêàùçôîœ«»’]", text))
    ]
    assert not spoken


def test_every_label_file_is_plain_toml_shipped_with_the_package():
    for page in pages():
        source = resources.files("observatoire.labels") / f"{page}.toml"
        assert tomllib.loads(source.read_text("utf-8"))
