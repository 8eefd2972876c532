"""The two legends of the map: the areas under, the neighbourhoods above. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from observatoire.classify import ABSENT, COUNT, OUTLINE, REFUSED, ZERO, Breaks
from observatoire.component import PanePaint
from observatoire.labels import read_words
from observatoire.labels.numbers import number
from observatoire.labels.typography import typeset
from observatoire.legends import class_words, legend_rows
from observatoire.palettes import LOOKS, areas, text_on
from observatoire.views.legend import circles
from observatoire.views.markup import Markup, join, tag, text, words
from observatoire.views.superposer.layers import Shown

_LOOKS = {letter: status for status, letter in ABSENT.items()} | {
    ZERO: "zero",
    OUTLINE: "outline",
    REFUSED: "refused",
}


def area_key(shown: Shown, heading: str, letters: str, breaks: Breaks) -> Markup:
    """Return the legend of the areas: their own colours, and their absences."""
    labels, common = read_words("superposer"), read_words("cartographie")
    decimals = 0 if shown.is_count else shown.decimals
    steps = areas(len(breaks)) if len(breaks) else ()
    lines = [
        _line(colour, said, letters.count(str(rank)), "", "legend.areas_count")
        for rank, (colour, said) in enumerate(
            zip(steps, class_words(breaks, decimals), strict=True)
        )
    ]
    absent = {letter: name for letter, name in _LOOKS.items() if letter in letters}
    lines += [
        _line(
            LOOKS[letter],
            common(f"absence.{name}"),
            letters.count(letter),
            name,
            "legend.areas_count",
        )
        for letter, name in absent.items()
    ]
    unit = typeset(shown.unit)
    if shown.is_count:
        unit = labels("map.density_unit", unit=unit) if unit else ""
    note = words("p", labels("legend.count"), of="legend-note") if shown.is_count else ""
    return _section(labels("legend.areas"), heading, unit, lines, note)


def above_key(
    title: str, paint: Sequence[PanePaint], breaks: Breaks, largest: float, shown: Shown
) -> Markup:
    """Return the legend of the neighbourhoods: classes or circles, and why some have none."""
    labels = read_words("superposer")
    letters = "".join(part.classes for part in paint)
    known = letters.replace(OUTLINE, "").replace(REFUSED, "")
    lines = []
    for row in legend_rows(known, breaks, shown.decimals):
        if row.letter == COUNT:
            lines.append(circles(largest))
        else:
            look = _LOOKS.get(row.letter, "")
            lines.append(_line(row.colour, row.text, row.count, look, "legend.qpv_count"))
    for letter in (OUTLINE, REFUSED):
        if letter in letters:
            name = _LOOKS[letter]
            said = labels(f"legend.{name}")
            lines.append(
                _line(LOOKS[letter], said, letters.count(letter), name, "legend.qpv_count")
            )
    unit = typeset(shown.unit) if known else ""
    return _section(labels("legend.above"), title, unit, lines, "")


def _section(title: str, heading: str, unit: str, lines: Sequence[Markup], note: Markup) -> Markup:
    what = f"{heading} ({unit})" if unit else heading
    head = words("h2", title) + words("p", what, of="legend-what")
    return tag(
        "section",
        tag("div", head, of="legend-title"),
        tag("ul", join(lines), of="legend-rows"),
        note,
        of="legend",
        attrs={"aria-label": title},
    )


def _line(colour: str, said: str, count: int, look: str, counted: str) -> Markup:
    labels = read_words("superposer")
    style = f"background-color:{colour};color:{text_on(colour)}"
    classes = f"swatch look-{look}" if look else "swatch"
    mark = words("span", number(count), of=classes, attrs={"style": style, "aria-hidden": "true"})
    return tag("li", mark, tag("span", text(said), words("small", labels.count(counted, count))))
