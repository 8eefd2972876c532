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
    digits: int
    needs: tuple[str, ...]
    expression: re.Pattern[str]

    def spans(self, folded: Folded) -> Iterator[Span]:
        """Give the matches in a text, or none where there can be none."""
        if folded.digits >= self.digits and (
            not self.needs or any(need in folded.low for need in self.needs)
        ):
            yield from self.matches(folded.plain if self.on == "plain" else folded.low)

    def matches(self, text: str) -> Iterator[Span]:
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

_SURE = ("phone", "email", "plate")
"""Kinds that win over what overlaps them: a number may also begin an address."""


def find(text: str) -> tuple[Finding, ...]:
    """Return what may point at a person in a text, in reading order; findings never overlap.

    Where two rules find overlapping pieces the longer is kept, then the rule that stands first.
    """
    engine = _engine()
    folded = fold(text, engine.letters)
    found = [*_by_patterns(engine, folded), *_by_sequences(engine, folded)]
    kept = _longest(_not_spared(engine, folded, found))
    made = ((*folded.span(start, end), kind) for start, end, kind in kept)
    return tuple(Finding(start, end, kind, engine.advice[kind]) for start, end, kind in made)


def _by_patterns(engine: _Engine, folded: Folded) -> Iterator[_Candidate]:
    for rule in engine.pattern:
        for start, end in rule.spans(folded):
            yield start, end, rule.kinds[0]


def _by_sequences(engine: _Engine, folded: Folded) -> Iterator[_Candidate]:
    named = (rule for rule in engine.spare if "name" in rule.kinds)
    worded = word(folded, engine.classes, [span for rule in named for span in rule.spans(folded)])
    for rule in engine.sequence:
        for first, last in rule.matches(worded.signs):
            yield worded.spans[first // 2][0], worded.spans[last // 2 - 1][1], rule.kinds[0]


def _not_spared(engine: _Engine, folded: Folded, found: list[_Candidate]) -> Iterator[_Candidate]:
    """Leave out what is spared; a name is judged word by word, so that it is already."""
    spared = {
        kind: [span for rule in engine.spare if kind in rule.kinds for span in rule.spans(folded)]
        for kind in {kind for _, _, kind in found} - {"name"}
    }
    for start, end, kind in found:
        if not any(start < high and low < end for low, high in spared.get(kind, ())):
            yield start, end, kind


def _longest(found: Iterable[_Candidate]) -> list[_Candidate]:
    kept: list[_Candidate] = []
    for one in sorted(found, key=lambda one: (one[2] not in _SURE, one[0] - one[1])):
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
        letters=table["letters"],
        classes=classes,
        spare=tuple(map(_compiled, table["spare"])),
        pattern=tuple(map(_compiled, table["pattern"])),
        sequence=tuple(map(_compiled, table["sequence"])),
        advice=table["advice"],
    )


def _compiled(one: dict[str, Any]) -> _Rule:
    named = tuple(one.get("kinds", ())) or (one["kind"],)
    return _Rule(
        named,
        one["on"],
        one.get("digits", 0),
        tuple(one.get("needs", ())),
        re.compile(one["expression"]),
    )
