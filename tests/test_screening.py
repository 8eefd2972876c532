"""Words that may point at a person: what is found of a corpus, by Python and by the browser."""

from __future__ import annotations

import ast
import json
import re
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from screening_corpus import HALVES, read_corpus

import observatoire.component
import observatoire.screening
from observatoire.screening import find, kinds, rules
from observatoire.screening.folding import fold

CORPUS = read_corpus()
PLANTED = [text for text in CORPUS if text.planted]
CLEAN = [text.words for text in CORPUS if not text.planted]
ENGINE = Path(observatoire.component.__file__).parent / "static" / "screening.js"
LONGEST = 280


def said(text):
    """What is found, as kind and piece."""
    return [(one.kind, text[one.start : one.end]) for one in find(text)]


def finds(found, planted):
    return any(
        one.kind == planted.kind and one.start < planted.end and planted.start < one.end
        for one in found
    )


def covers(found, start, end):
    return all(any(one.start <= at < one.end for one in found) for at in range(start, end))


# --- the measure ----------------------------------------------------------------------------------


def test_the_corpus_is_large_varied_and_has_each_text_once():
    assert len(PLANTED) >= 300
    assert len(CLEAN) >= 300
    assert len({text.words.lower() for text in CORPUS}) == len(CORPUS)
    assert max(len(text.words) for text in CORPUS) <= LONGEST
    for half in HALVES:
        there = [one.kind for text in PLANTED if text.half == half for one in text.planted]
        assert set(there) == set(kinds())
        assert min(map(there.count, kinds())) >= 4


@pytest.mark.parametrize("half", HALVES)
def test_of_a_hundred_planted_identifiers_ninety_five_are_found(half):
    """Each counts as found when a finding of its own kind is there."""
    results = [
        (finds(find(text.words), one), covers(find(text.words), one.start, one.end))
        for text in PLANTED
        if text.half == half
        for one in text.planted
    ]
    print(
        half, sum(found for found, _ in results), sum(whole for _, whole in results), len(results)
    )
    assert sum(found for found, _ in results) >= 0.95 * len(results)
    assert sum(whole for _, whole in results) >= 0.95 * len(results)


@pytest.mark.parametrize("half", HALVES)
def test_of_a_hundred_clean_sentences_ten_at_most_are_disturbed(half):
    clean = [text.words for text in CORPUS if not text.planted and text.half == half]
    disturbed = [words for words in clean if find(words)]
    print(half, len(disturbed), len(clean))
    assert len(disturbed) <= 0.10 * len(clean)


@pytest.mark.parametrize("change", [str.upper, str.lower], ids=["capitals", "small letters"])
def test_capitals_help_and_are_not_needed(change):
    """On the half that rules were tuned on: all capitals or none, as phones type."""
    texts = [text for text in CORPUS if text.half == "a"]
    planted = [(find(change(text.words)), one) for text in texts for one in text.planted]
    assert sum(finds(found, one) for found, one in planted) >= 0.9 * len(planted)
    clean = [text.words for text in texts if not text.planted]
    assert sum(bool(find(change(words))) for words in clean) <= 0.1 * len(clean)


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vu M. Dupont hier", [("name", "M. Dupont")]),
        ("vu mme b. hier", [("name", "mme b.")]),
        ("le petit J. est là", [("initials", "J.")]),
        ("K.B. va mieux", [("initials", "K.B.")]),
        ("un grand surnommé Zozo", [("name", "surnommé Zozo")]),
        ("au 12 rue des Roseaux", [("address", "12 rue des Roseaux")]),
        ("vers le bât C, hall 3", [("address", "bât C"), ("address", "hall 3")]),
        ("appt 34, 4e étage", [("address", "appt 34"), ("address", "4e étage")]),
        ("le 14/03 à 22h30", [("date", "le 14/03"), ("hour", "22h30")]),
        (
            "né en 2009, 15 ans, en 4e B",
            [("age", "né en 2009"), ("age", "15 ans"), ("age", "4e B")],
        ),
        ("tel +33 (0)6 39 98 00 01", [("phone", "+33 (0)6 39 98 00 01")]),
        ("OI-000-UU", [("plate", "OI-000-UU")]),
        ("écris-lui : a.b@example.org", [("email", "a.b@example.org")]),
        ("snap: zoz_o", [("account", "snap: zoz_o")]),
        ("avec Zoz\u0301ora", [("name", "Zoz\u0301ora")]),
        ("🎈🎈 @zozo 🎈", [("account", "@zozo")]),
        ("son  numéro   06  39 98 00  02", [("phone", "06  39 98 00  02")]),
        ("０６３９９８０００３", [("phone", "０６３９９８０００３")]),
    ],
)
def test_what_is_found_by_hand(text, expected):
    found = said(text)
    assert [kind for kind, _ in found] == [kind for kind, _ in expected]
    for (_, piece), (_, whole) in zip(found, expected, strict=True):
        assert piece.removeprefix("le ") in whole
        assert whole.endswith(piece)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hier, mardi dernier, la semaine passée",
        "la rue Jean Jaurès et le collège Victor Hugo",
        "des jeunes de 15 à 17 ans, moins de 18 ans, les 16-25 ans",
        "à Saint-Étienne, à Bastia et à Forbach",
        "une rose, la marine, elle aime, claire et victoire",
        "CAF, RSA, MNA, ANRU, CCAS, R.S.A., M.J.C.",
        "3/4 jeunes, 5-9 personnes, à 200 m, 24h/24, 50 %",
        "pendant 2h, depuis 10 ans, il y a 15 ans",
        "le 115 ne répond pas",
    ],
)
def test_what_is_left_alone_by_hand(text):
    assert said(text) == []


def test_each_kind_says_in_french_what_to_write_instead():
    found = {one.kind: one.advice for text in PLANTED for one in find(text.words)}
    assert set(found) == set(kinds())
    assert found == rules()["advice"]
    assert len(set(found.values())) == len(found)
    assert set(rules()["names"]) == set(kinds())
    for sentence in found.values():
        assert find(sentence.replace("11-15 ans", "")) == () or "surnom" in sentence
        assert sentence.endswith(".")


# --- properties -----------------------------------------------------------------------------------

clean = st.sampled_from(CLEAN)
typed = st.text(max_size=LONGEST) | st.text(
    alphabet="aAeéÉ bBkK.mM'’-@/:0123456789hœ\u0301\u200b\n 🎈½", max_size=LONGEST
)


@given(typed)
@example("1" * LONGEST)
@example("a." * 140)
@example("06 " * 93)
@example("A" * LONGEST)
@example("1a-" * 93)
@example("Karim " * 46)
def test_any_text_is_read_and_every_finding_is_a_piece_of_it(text):
    found = find(text)
    assert found == find(text)
    assert found == tuple(sorted(found))
    ends = [0, *(place for one in found for place in (one.start, one.end)), len(text)]
    assert ends == sorted(ends)
    assert all(one.start < one.end and one.kind in kinds() for one in found)


@given(st.sampled_from(CORPUS).map(lambda text: text.words))
def test_accents_typed_in_two_signs_change_nothing(words):
    apart = unicodedata.normalize("NFD", words)
    pieces = [(kind, unicodedata.normalize("NFC", piece)) for kind, piece in said(apart)]
    assert pieces == said(words)


@pytest.mark.parametrize("words", [text.words for text in PLANTED if text.half == "a"])
def test_once_what_is_found_is_taken_out_nothing_more_is(words):
    for one in reversed(find(words)):
        words = f"{words[: one.start]}…{words[one.end :]}"
    assert said(words) == []


def digits(low, high):
    return st.integers(0, 10**high - 1).map(lambda number: f"{number:0{low}d}"[-high:])


@st.composite
def phones(draw):
    """A number of a range kept for fiction, written in one of the French ways."""
    pairs = ["06", "39", "98", draw(digits(2, 2)), draw(digits(2, 2))]
    way = draw(st.sampled_from(["", " ", ".", "-", "/", "\u00a0"]))
    head = draw(st.sampled_from(["06", "+33 6", "+336", "0033 6", "+33 (0)6", "(+33)6"]))
    return way.join([head, *pairs[1:]])


@st.composite
def plates(draw):
    """A plate whose letters are never issued."""
    letters = st.text("IOU", min_size=2, max_size=2)
    made = draw(st.sampled_from(["-", "", "."])).join(
        [draw(letters), draw(digits(3, 3)), draw(letters)]
    )
    return draw(st.sampled_from([made, made.lower()]))


emails = st.builds(
    "{}@{}".format,
    st.from_regex(r"[a-z][a-z0-9_.+-]{0,20}[a-z0-9]", fullmatch=True),
    st.sampled_from(["example.org", "example.com", "sous.example.net", "EXAMPLE.FR"]),
)


def test_a_phone_before_a_street_word_is_found_whole():
    text = "vu le 06.39.98.12.34 place du marché"
    assert covers(find(text), 6, 20)


@given(clean, phones() | plates() | emails, st.data())
def test_a_phone_a_plate_or_an_email_is_found_inside_any_sentence(words, planted, data):
    around = words.split(" ")
    cut = data.draw(st.integers(0, len(around)))
    before = " ".join(around[:cut])
    start = len(before) + bool(before)
    text = " ".join([*around[:cut], planted, *around[cut:]])
    assert text[start : start + len(planted)] == planted
    assert covers(find(text), start, start + len(planted))


# --- the rules as data ----------------------------------------------------------------------------


def expressions():
    table = rules()
    return [(name, one) for name in ("spare", "pattern", "sequence") for one in table[name]]


def test_the_rules_travel_as_json_and_are_given_afresh():
    assert json.loads(json.dumps(rules())) == rules()
    rules()["pattern"].clear()
    assert rules()["pattern"]


@pytest.mark.parametrize("expression", [one["expression"] for _, one in expressions()])
def test_expressions_keep_to_what_python_and_javascript_read_alike(expression):
    assert expression.isascii() or set(re.findall(r"[^\x00-\x7f]", expression)) <= set("°€")
    assert not re.search(
        r"\(\?(?:<|P|i|s|m|x|>|\()|\\[dDwWsSbBAZpP0-9]|\$|[*+?}]\+|\{,", expression
    )
    assert re.compile(expression).groups == 1


def test_what_a_rule_needs_spares_time_and_changes_nothing():
    letters = rules()["letters"]
    texts = [fold(change(text.words), letters) for text in CORPUS for change in (str, str.upper)]
    skipped = 0
    for _, one in expressions():
        needs, least = one.get("needs", []), one.get("digits", 0)
        for text in texts:
            if text.digits >= least and (not needs or any(need in text.low for need in needs)):
                continue
            skipped += 1
            view = text.plain if one["on"] == "plain" else text.low
            assert not re.search(one["expression"], view), (one["expression"], text.plain)
    assert skipped > len(texts)


def test_lists_hold_folded_words_and_no_word_twice_in_a_class():
    letters = rules()["letters"]
    seen = {}
    for one in rules()["classes"]:
        words = one["words"].split(" ")
        assert all(fold(word, letters).low == word for word in words)
        assert len(set(words)) == len(words)
        for word in words:
            assert seen.setdefault((one["letter"], word), True)
    names = [word for letter, word in seen if letter == "N"]
    others = {word for letter, word in seen if letter != "N"}
    assert not others & set(names)
    assert len(names) > 3000


def test_the_screening_imports_the_language_errors_and_labels_alone():
    for path in Path(observatoire.screening.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in getattr(node, "names", [])]
            modules = names if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            for name in modules:
                own = ("observatoire.screening", "observatoire.labels", "observatoire.errors")
                assert name.startswith(own) or name.split(".")[0] in sys.stdlib_module_names, name


# --- the browser ----------------------------------------------------------------------------------

RUN = """async ({ source, rules, texts }) => {
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { find, piece } = await import(address);
  return texts.map((text) =>
    find(text, rules).map((one) => [one.kind, one.start, one.end, one.advice, piece(text, one)])
  );
}"""


@pytest.mark.browser
def test_the_browser_finds_exactly_what_python_finds(visit):
    seen = visit("about:blank")
    seen.page.context.set_offline(True)
    texts = [text.words for text in CORPUS]
    texts += [change(words) for words in texts for change in (str.upper, str.lower, str.title)]
    texts += [unicodedata.normalize("NFD", text.words) for text in PLANTED]
    texts += [f"🎈 {text.words} 🎈\u200b½" for text in PLANTED]
    texts += ["", "İĲﬁŉſ ０６３９９８０００３", "a\tb\nKarim\r\n", "\u0301é\u0301 K.\u0301B."]
    given_ = {"source": ENGINE.read_text("utf-8"), "rules": rules(), "texts": texts}
    in_browser = seen.page.evaluate(RUN, given_)
    in_python = [
        [
            [one.kind, one.start, one.end, one.advice, text[one.start : one.end]]
            for one in find(text)
        ]
        for text in texts
    ]
    different = [
        (text, theirs, ours)
        for text, theirs, ours in zip(texts, in_browser, in_python, strict=True)
        if theirs != ours
    ]
    assert not different
    assert sum(map(len, in_browser)) > 1000
    assert seen.complaints == []
    assert seen.outside == []
