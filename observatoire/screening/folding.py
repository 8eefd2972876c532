"""A text as the rules read it: without accents, and where each of its signs comes from."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

_LOWER = {capital: capital + 32 for capital in range(ord("A"), ord("Z") + 1)}
_OTHER = "\ufffd"


@dataclass(frozen=True)
class Folded:
    """A text without accents.

    Attributes
    ----------
    plain
        With its capitals.
    low
        In lower case; as long as `plain`.
    digits
        How many digits it has.
    origins
        For each sign of `plain`, its place in the text; then the length of the text.
    """

    plain: str
    low: str
    digits: int
    origins: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the text from which a span of `plain` comes."""
        last = self.origins[end - 1] + 1
        return self.origins[start], max(last, self.origins[end])


def fold(text: str, letters: Mapping[str, str]) -> Folded:
    """Fold a text letter by letter; several spaces are one.

    Parameters
    ----------
    letters
        What stands for signs that compatibility decomposition (NFKD) leaves as they are.
    """
    signs: list[str] = []
    origins: list[int] = []
    for place, sign in enumerate(text):
        for part in _parts(sign, letters):
            if part == " " and signs and signs[-1] == " ":
                continue
            signs.append(part)
            origins.append(place)
    plain = "".join(signs)
    digits = sum("0" <= sign <= "9" for sign in plain)
    return Folded(plain, plain.translate(_LOWER), digits, (*origins, len(text)))


def _parts(sign: str, letters: Mapping[str, str]) -> str:
    if sign in letters:
        return letters[sign]
    if sign < "\x80":
        return sign
    parts = (letters.get(part, part) for part in unicodedata.normalize("NFKD", sign))
    return "".join(map(_kept, "".join(parts)))


def _kept(part: str) -> str:
    """Drop an accent; what lies beyond the first plane of Unicode, or alone, is one same sign."""
    if "\u0300" <= part <= "\u036f":
        return ""
    return _OTHER if part > "\uffff" or "\ud800" <= part <= "\udfff" else part
