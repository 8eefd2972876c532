"""The corpus of the screening of words: short texts, and the identifiers planted in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).resolve().parent / "corpus"
HALVES = ("a", "b")
_PLANTED = re.compile(r"\[([a-z]+)\|([^\]]*)\]")


@dataclass(frozen=True)
class Planted:
    """An identifier in a text."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Text:
    """A text of the corpus, as it is typed."""

    half: str
    words: str
    planted: tuple[Planted, ...]


def read_corpus() -> tuple[Text, ...]:
    """Return the texts of both halves."""
    return tuple(
        _text(half, line)
        for half in HALVES
        for line in (CORPUS / f"screening_{half}.txt").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    )


def _text(half: str, line: str) -> Text:
    words = ""
    planted = []
    done = 0
    for found in _PLANTED.finditer(line):
        words += line[done : found.start()]
        planted.append(Planted(found[1], len(words), len(words) + len(found[2])))
        words += found[2]
        done = found.end()
    return Text(half, words + line[done:], tuple(planted))
