"""The legend of a map, as words and colours: classes with their counts, absences apart. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from observatoire.classify import ABSENT, COUNT, ZERO, Breaks
from observatoire.labels import read_words
from observatoire.labels.numbers import number
from observatoire.palettes import LOOKS, sequential

_MOST_DIGITS = 6


@dataclass(frozen=True)
class LegendRow:
    """One line of a legend.

    Attributes
    ----------
    letter
        Class character on the map (`classify.zone_classes`).
    colour
        Fill, `#rrggbb`; a hatch or a dotted outline comes with the letter.
    text
        French words.
    count
        QPV that look so.
    """

    letter: str
    colour: str
    text: str
    count: int


def legend_rows(classes: Iterable[str], breaks: Breaks, decimals: int) -> list[LegendRow]:
    """Return the lines of a legend: every class, then the absences that do occur.

    Parameters
    ----------
    classes
        Class characters of all the QPV shown.
    breaks
        Classes of the map; empty for a count.
    decimals
        Digits after the comma of the indicator.
    """
    found = "".join(classes)
    words = read_words("cartographie")
    steps = sequential(len(breaks)) if len(breaks) else ()
    rows = [
        LegendRow(str(rank), colour, text, found.count(str(rank)))
        for rank, (colour, text) in enumerate(
            zip(steps, class_words(breaks, decimals), strict=True)
        )
    ]
    if COUNT in found:
        text = words("legend.circles")
        rows.append(LegendRow(COUNT, LOOKS[COUNT], text, found.count(COUNT)))
    absences = {ZERO: "zero"} | {letter: status for status, letter in ABSENT.items()}
    rows += [
        LegendRow(letter, LOOKS[letter], words(f"absence.{name}"), found.count(letter))
        for letter, name in absences.items()
        if letter in found
    ]
    return rows


def class_words(breaks: Breaks, decimals: int) -> Sequence[str]:
    """Return each class in words: « de 31,2 à 38,5 », « plus de 38,5 à 44,0 »."""
    if not len(breaks):
        return []
    words = read_words("cartographie")
    edges = [edge_words(edge, decimals) for edge in breaks.edges]
    if breaks.method == "single":
        return [words("legend.alone", value=edges[0])]
    forms = ["legend.between"] + ["legend.above"] * (len(breaks) - 1)
    return [
        words(form, low=low, high=high)
        for form, low, high in zip(forms, edges[:-1], edges[1:], strict=True)
    ]


def closing_words(breaks: Breaks) -> str:
    """Return which ends a class holds, how the classes were found, and where they are worth."""
    words = read_words("cartographie")
    method = words(f"legend.method.{breaks.method}")
    form = "legend.pooled" if breaks.pooled else "legend.own"
    return f"{words('legend.closure')} {words(form, method=method)}"


def edge_words(edge: float, decimals: int) -> str:
    """Return a class break with the digits of its indicator, or two more when it needs them.

    An extreme is a published value, which reads as it does everywhere else; a break between two
    classes was rounded to be read in full.
    """
    digits = range(decimals, _MOST_DIGITS)
    needed = next((digit for digit in digits if round(edge, digit) == edge), decimals)
    return number(edge, needed if needed <= decimals + 2 else decimals)
