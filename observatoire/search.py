"""Finding a neighbourhood or an indicator by a few letters: accents, case and small slips forgiven.

Pure: it ranks plain texts and knows nothing of pages.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key")

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss"})
_WORD = re.compile(r"[a-z0-9]+")
_SYNONYMS = {"st": "saint", "ste": "sainte", "qpv": ""}
_EXACT, _START, _INSIDE, _SLIP = 4.0, 3.0, 2.0, 1.0


def fold(text: str) -> str:
    """Return a text without accents, case, ligatures or punctuation: words and single spaces."""
    flat = unicodedata.normalize("NFKD", text.translate(_LIGATURES)).casefold()
    bare = "".join(letter for letter in flat if not unicodedata.combining(letter))
    return " ".join(_WORD.findall(bare))


def words_of(text: str) -> tuple[str, ...]:
    """Return the folded words of a text, usual abbreviations written out (`St` → `saint`)."""
    return tuple(word for raw in fold(text).split() if (word := _SYNONYMS.get(raw, raw)))


def distance(left: str, right: str, limit: int) -> int:
    """Return how many letters to add, drop, change or swap with the next to go from one to other.

    Returns `limit + 1` as soon as it is known to be more than `limit`.

    Notes
    -----
    Optimal string alignment distance (Damerau 1964, restricted).
    """
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, start=1):
        older, before, row = before, row, [i]
        for j, b in enumerate(right, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)


def slips_allowed(word: str) -> int:
    """Return how many slips a typed word may hold: none in a short word or in a code."""
    if len(word) < 4 or any(letter.isdigit() for letter in word):
        return 0
    return 1 if len(word) < 8 else 2


def find(query: str, entries: Mapping[Key, Sequence[str]], limit: int = 12) -> list[Key]:
    """Return the keys of the entries that answer a query, best first.

    Parameters
    ----------
    query
        What was typed; every word of it must be found in an entry.
    entries
        Texts of each entry (name, commune, code…); words of the first text weigh most.
    limit
        How many to return at most.

    Returns
    -------
    list
        Empty when nothing was typed or nothing answers. Entries found with a slip are returned
        only when no entry is found without.
    """
    asked = words_of(query)
    if not asked:
        return []
    scored = {key: _score(asked, texts) for key, texts in entries.items()}
    found = {key: score for key, score in scored.items() if score is not None}
    exact = {key: score for key, score in found.items() if not score[0]}
    chosen = exact or found
    return sorted(chosen, key=lambda key: -chosen[key][1])[:limit]


def _score(asked: Sequence[str], texts: Sequence[str]) -> tuple[bool, float] | None:
    """Return whether a slip was needed, and a score; None when a word is not found."""
    scores = [_best(word, texts) for word in asked]
    if not all(scores):
        return None
    return any(score == _SLIP for score in scores), sum(scores)


def _best(asked: str, texts: Sequence[str]) -> float:
    """Return the best score of a typed word in the texts of an entry; 0 when it is not there."""
    best = 0.0
    for rank, text in enumerate(texts):
        words = words_of(text)
        for word in (*words, "".join(words)):
            score = _word_score(asked, word)
            if score > _SLIP:  # a later text weighs less, yet more than any slip
                score = _SLIP + (score - _SLIP) / (1 + rank / 4)
            best = max(best, score)
    return best


def _word_score(asked: str, word: str) -> float:
    if asked == word:
        return _EXACT
    if word.startswith(asked):
        return _START
    if len(asked) > 2 and asked in word:
        return _INSIDE
    limit = slips_allowed(asked)
    if limit and asked[0] == word[:1] and _close(asked, word, limit):
        return _SLIP
    return 0.0


def _close(asked: str, word: str, limit: int) -> bool:
    """Tell whether a typed word is a slip of a word or of its beginning."""
    if distance(asked, word, limit) <= limit:
        return True
    return len(asked) >= 5 and distance(asked, word[: len(asked)], limit) <= limit
