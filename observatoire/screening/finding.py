"""Finds, in a short French text, what may point at a person, and says what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from observatoire.screening.folding import Folded, fold
from observatoire.screening.tables import rules
from observatoire.screening.wording import Span, word

_NAMES = ("name", "initials")


@dataclass(frozen=True, order=True)
class Finding:
    """A piece of a text that may point at a person.

    Attributes
    ----------
    start, end
        Its place in the text, in code points; `end` excluded.
    kind
        One of `kinds()`.
    advice
        French: what to write instead.
    """

    start: int
    end: int
    kind: str
    advice: str


@dataclass(frozen=True)
class _Rule:
    kinds: tuple[str, ...]
    on: str
    expression: re.Pattern[str]

    def spans(self, text: str) -> Iterator[Span]:
        """Give the matches; the first group is what comes before."""
        for found in self.expression.finditer(text):
            start = found.end(1)
            if start < found.end():
                yield start, found.end()


@dataclass(frozen=True)
class _Engine:
    letters: dict[str, str]
    classes: dict[str, str]
    spare: tuple[_Rule, ...]
    pattern: tuple[_Rule, ...]
    sequence: tuple[_Rule, ...]
    advice: dict[str, str]


_Candidate = tuple[int, int, str]


def find(text: str) -> tuple[Finding, ...]:
    """Return what may point at a person in a text, in reading order; findings never overlap.

    Where two rules find overlapping pieces the longer is kept, then the rule that stands first.
    """
    engine = _engine()
    folded = fold(text, engine.letters)
    spared = [
        (kind, span)
        for rule in engine.spare
        for span in rule.spans(_view(folded, rule.on))
        for kind in rule.kinds
    ]
    found = [
        *_by_patterns(engine, folded),
        *_by_sequences(engine, folded, [span for kind, span in spared if kind in _NAMES]),
    ]
    kept = _longest(one for one in found if not _is_spared(one, spared))
    made = ((*folded.span(start, end), kind) for start, end, kind in kept)
    return tuple(Finding(start, end, kind, engine.advice[kind]) for start, end, kind in made)


def _by_patterns(engine: _Engine, folded: Folded) -> Iterator[_Candidate]:
    for rule in engine.pattern:
        for start, end in rule.spans(_view(folded, rule.on)):
            yield start, end, rule.kinds[0]


def _by_sequences(
    engine: _Engine, folded: Folded, spared: list[Span]
) -> Iterator[_Candidate]:
    worded = word(folded, engine.classes, spared)
    for rule in engine.sequence:
        for first, last in rule.spans(worded.signs):
            yield worded.spans[first // 2][0], worded.spans[last // 2 - 1][1], rule.kinds[0]


def _view(folded: Folded, on: str) -> str:
    return folded.plain if on == "plain" else folded.low


def _is_spared(one: _Candidate, spared: list[tuple[str, Span]]) -> bool:
    start, end, kind = one
    if kind == "name":  # judged word by word
        return False
    return any(kind == other and start < high and low < end for other, (low, high) in spared)


def _longest(found: Iterable[_Candidate]) -> list[_Candidate]:
    kept: list[_Candidate] = []
    for one in sorted(found, key=lambda one: one[0] - one[1]):
        if all(one[1] <= start or end <= one[0] for start, end, _ in kept):
            kept.append(one)
    return sorted(kept)


@cache
def _engine() -> _Engine:
    table = rules()
    classes: dict[str, str] = {}
    for one in table["classes"]:
        for known in one["words"].split(" "):
            classes.setdefault(known, one["letter"])
    return _Engine(
        table["letters"],
        classes,
        *(tuple(map(_compiled, table[name])) for name in ("spare", "pattern", "sequence")),
        table["advice"],
    )


def _compiled(one: dict[str, Any]) -> _Rule:
    named = tuple(one.get("kinds", ())) or (one["kind"],)
    return _Rule(named, one["on"], re.compile(one["expression"]))
