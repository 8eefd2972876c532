"""A folded text as a sequence of words, each told by two signs: its class and its shape."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from observatoire.screening.folding import Folded

_TOKEN = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*|[0-9]+|[^A-Za-z0-9 ]")
_ENDS = ".!?:\n"
_SURE = "N"
_MAYBE = "D"
_SPARED = "L"

Span = tuple[int, int]


@dataclass(frozen=True)
class Worded:
    """The words of a text.

    Attributes
    ----------
    signs
        Two signs for each word: a class (capital letter) and a shape (`^`, `=`, `#` or `_`).
    spans
        Where each word is in the folded text.
    """

    signs: str
    spans: tuple[Span, ...]


def word(text: Folded, classes: Mapping[str, str], spared: Collection[Span]) -> Worded:
    """Cut a folded text into words.

    Parameters
    ----------
    classes
        Class of each known word.
    spared
        Spans whose words are names of nobody.
    """
    shouted = _is_shouted(text.plain)
    signs: list[str] = []
    spans: list[Span] = []
    first = True
    for found in _TOKEN.finditer(text.plain):
        start, end = found.span()
        piece = found[0]
        if piece == "'":
            continue
        if not piece[0].isascii() or not piece[0].isalpha():
            signs.append(_sign_of(piece))
            first = piece in _ENDS or (first and not piece.isdigit())
        else:
            elided = text.plain[end : end + 1] == "'" and len(piece) <= 2
            known = _class_of(text.low[start:end], classes)
            if len(piece) == 1 and piece.isupper() and not shouted and known != "B":
                known = "I"
            if any(start < high and low < end for low, high in spared):
                known = _SPARED
            letter = "E" if elided else known
            signs.append(letter + _shape(piece, first=first, shouted=shouted))
            first = False
        spans.append((start, end))
    return Worded("".join(signs), tuple(spans))


def _sign_of(piece: str) -> str:
    if piece.isdigit():
        return "X_"
    if piece == ".":
        return "Q_"
    return "S_" if piece in _ENDS else "Z_"


def _class_of(low: str, classes: Mapping[str, str]) -> str:
    """Return the class of a word; a compound with a sure name in it is one."""
    if low in classes:
        return classes[low]
    if len(low) == 1:
        return "I"
    parts = list(_classes_of_parts(low, classes))
    if len(parts) > 1:
        if _SURE in parts:
            return _SURE
        if all(part == _MAYBE for part in parts):
            return _MAYBE
    return "O"


def _classes_of_parts(low: str, classes: Mapping[str, str]) -> Iterator[str]:
    return (classes.get(part, "O") for part in low.split("-"))


def _shape(piece: str, *, first: bool, shouted: bool) -> str:
    if shouted or not "A" <= piece[0] <= "Z":
        return "_"
    if len(piece) > 1 and not any("a" <= sign <= "z" for sign in piece):
        return "#"
    return "=" if first else "^"


def _is_shouted(plain: str) -> bool:
    """Tell whether a text is mostly in capitals, which then say nothing."""
    capitals = sum("A" <= sign <= "Z" for sign in plain)
    smalls = sum("a" <= sign <= "z" for sign in plain)
    return capitals > 8 and capitals > 2 * smalls
