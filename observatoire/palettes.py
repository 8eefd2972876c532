"""Colours of the map: readable by colour-blind people, with no judgement in them.

The sequential ramp runs from light to dark through blue and violet (poverty is not red). A
diverging ramp is kept for signed values alone. What is not a class has a look of its own, never a
step of the ramp.
"""

from __future__ import annotations

from collections.abc import Mapping

from observatoire.classify import (
    BLIND,
    COUNT,
    MISSING,
    NOT_COLLECTED,
    OUTLINE,
    REFUSED,
    SECRET,
    ZERO,
)

# Lightness falls steadily from one step to the next, so the ramp survives a grey print.
_SEQUENTIAL: dict[int, tuple[str, ...]] = {
    1: ("#8f9fd6",),
    2: ("#c8dbee", "#5a6bb8"),
    3: ("#d3e5f2", "#8f9fd6", "#463f94"),
    4: ("#dbebf3", "#a5bfe3", "#606ebd", "#413382"),
    5: ("#e0eef4", "#b3cfe8", "#8799d6", "#5f5fb4", "#3a2a72"),
    6: ("#e3f0f5", "#bcd6ea", "#97b0de", "#7480c9", "#5652a6", "#35266a"),
}
# The areas under the neighbourhoods: ochre to brown, the hue that colour-blind readers tell best
# from blue and violet. Never beside a judgement either: no red, no green.
_AREAS: dict[int, tuple[str, ...]] = {
    1: ("#d9ad5b",),
    2: ("#f3dfae", "#9a6216"),
    3: ("#f7e8c3", "#d9ad5b", "#7d4f12"),
    4: ("#f9edcf", "#e6c481", "#b9822c", "#6b420f"),
    5: ("#faf0d7", "#edd29a", "#d0a04b", "#a06a1c", "#5f3a0d"),
    6: ("#fcf4e0", "#efd8a6", "#dab263", "#b98435", "#8c5b17", "#54330b"),
}
# Brown to teal (after ColorBrewer BrBG): told apart with every common colour-blindness.
_DIVERGING = ("#8c510a", "#dfc27d", "#f5f5f5", "#80cdc1", "#01665e")

LOOKS: dict[str, str] = {
    MISSING: "#dddddb",
    NOT_COLLECTED: "#f4f3ef",  # under grey dots
    SECRET: "#f1f1ef",  # under a grey hatch
    BLIND: "#ffffff",  # inside a dotted outline
    ZERO: "#ffffff",
    COUNT: "#5f5fb4",
    OUTLINE: "#ffffff",
    REFUSED: "#ffffff",  # inside a dashed outline
}
INK = "#1c1b29"
PAPER = "#ffffff"
HATCH = "#8a8a86"


def sequential(classes: int) -> tuple[str, ...]:
    """Return the colours of that many classes, lightest first.

    Raises
    ------
    ValueError
        For no class or more than six: nobody tells seven shades apart on a map.
    """
    if classes not in _SEQUENTIAL:
        raise ValueError(f"between 1 and {max(_SEQUENTIAL)} classes, not {classes}")
    return _SEQUENTIAL[classes]


def areas(classes: int) -> tuple[str, ...]:
    """Return the colours of that many classes of the areas under the neighbourhoods.

    Raises
    ------
    ValueError
        As for `sequential`.
    """
    if classes not in _AREAS:
        raise ValueError(f"between 1 and {max(_AREAS)} classes, not {classes}")
    return _AREAS[classes]


def diverging() -> tuple[str, ...]:
    """Return the five colours of a signed value, around its neutral middle."""
    return _DIVERGING


def map_colours(classes: int) -> dict[str, str]:
    """Return the colour behind every character a map may receive: classes, and the absences."""
    steps = sequential(classes) if classes else ()
    return {str(index): colour for index, colour in enumerate(steps)} | LOOKS


def area_colours(classes: int) -> dict[str, str]:
    """Return the colour behind every character of the areas: their classes, and the absences."""
    steps = areas(classes) if classes else ()
    return {str(index): colour for index, colour in enumerate(steps)} | LOOKS


def hatch_inks(colours: Mapping[str, str]) -> dict[str, str]:
    """Return the colour of the lines that hatch each class: the one that reads best on its fill."""
    drawn = {letter: colour for letter, colour in colours.items() if letter.isdigit()}
    return {letter: text_on(colour) for letter, colour in drawn.items()} | {COUNT: PAPER}


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb`, 0 for black and 1 for white (WCAG 2.2)."""
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21 (WCAG 2.2)."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def text_on(colour: str) -> str:
    """Return the text colour, dark or white, that reads best on a fill."""
    return max((INK, PAPER), key=lambda ink: contrast(ink, colour))
