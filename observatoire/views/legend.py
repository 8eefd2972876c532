"""The legend of the map: classes in words with their counts, and each absence apart. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from observatoire.catalogue import Indicator
from observatoire.classify import ABSENT, COUNT, ZERO, Breaks, symbol_radius, variance_fit
from observatoire.component.painting import LARGEST_SYMBOL
from observatoire.labels import read_words
from observatoire.labels.numbers import number, quantity
from observatoire.labels.typography import typeset
from observatoire.legends import LegendRow, closing_words, legend_rows
from observatoire.palettes import LOOKS, text_on
from observatoire.views.histogram_chart import histogram_chart
from observatoire.views.markup import Markup, join, picture, tag, text, words
from observatoire.views.meaning import secret_link


def legend(
    indicator: Indicator,
    classes: Iterable[str],
    breaks: Breaks,
    known: Sequence[float],
    *,
    hatched: int = 0,
    reference: str = "",
) -> Markup:
    """Return the legend.

    Parameters
    ----------
    classes
        Class characters of the neighbourhoods shown, as painted on the map.
    breaks
        The classes of the map; empty for a count.
    known
        The published values that were classified: the circles of a count are drawn against the
        largest, and classes are judged on them.
    hatched
        Neighbourhoods shown whose interval contains the reference.
    reference
        French sentence that names the reference; empty when nothing is hatched.
    """
    labels = read_words("carte")
    found = legend_rows(classes, breaks, indicator.decimals)
    rows = [circles(max(known)) if row.letter == COUNT else _row(row) for row in found]
    if hatched:
        rows.append(_doubtful(hatched))
    title = words("h2", labels("legend.title"))
    if indicator.unit:
        title += words("span", labels("legend.unit", unit=typeset(indicator.unit)), of="unit")
    return tag(
        "section",
        tag("div", title, of="legend-title"),
        tag("ul", join(rows), of="legend-rows"),
        words("p", reference, of="legend-note") if reference else "",
        histogram_chart(known, breaks, indicator),
        words("p", _note(found, breaks, known), of="legend-note"),
        secret_link() if any(row.letter == ABSENT["secret"] for row in found) else "",
        of="legend",
        attrs={"aria-label": labels("legend.title")},
    )


def _note(rows: Sequence[LegendRow], breaks: Breaks, known: Sequence[float]) -> str:
    """Return how to read the colours or the circles, and how well the classes fit."""
    labels = read_words("carte")
    if any(row.letter == COUNT for row in rows):
        return labels("legend.circles")
    if not len(breaks):
        return labels("legend.none")
    fit = variance_fit(known, breaks)
    if fit is None:
        return labels("legend.closure_alone")
    said = [closing_words(breaks), labels("legend.fit", share=quantity(100 * fit, "%"))]
    if outside := sum(breaks.beyond(known)):
        said.append(labels.count("legend.beyond", outside))
    return " ".join(said)


def _doubtful(count: int) -> Markup:
    """Return the line of the hatching: how many intervals contain the reference."""
    said = read_words("carte").count("legend.hatched", count)
    hidden = {"aria-hidden": "true"}
    mark = words("span", number(count), of="swatch look-hatched", attrs=hidden)
    return tag("li", mark, tag("span", text(said)))


def _row(row: LegendRow) -> Markup:
    """Return one line: a swatch that holds its count, under the look it has on the map."""
    look = {letter: status for status, letter in ABSENT.items()} | {ZERO: "zero"}
    style = f"background-color:{row.colour};color:{text_on(row.colour)}"
    classes = f"swatch look-{look[row.letter]}" if row.letter in look else "swatch"
    hidden = {"style": style, "aria-hidden": "true"}
    counted = read_words("carte").count("legend.count", row.count)
    mark = words("span", number(row.count), of=classes, attrs=hidden)
    return tag("li", mark, tag("span", text(row.text), words("small", counted)))


def circles(largest: float) -> Markup:
    """Return circles on one base line: a round number near the largest, and parts of it."""
    values = circle_values(largest)
    height = 2 * LARGEST_SYMBOL + 4
    pieces = []
    for rank, value in enumerate(values):
        radius = symbol_radius(value, largest, LARGEST_SYMBOL)
        x = 30 + 84 * rank
        circle = {
            "cx": f"{x}",
            "cy": f"{height - 2 - radius:.1f}",
            "r": f"{radius:.1f}",
            "fill": LOOKS["p"],
            "fill-opacity": ".8",
            "stroke": "#fff",
        }
        label = {"x": f"{x}", "y": f"{height + 16:.0f}", "text-anchor": "middle", "font-size": "14"}
        pieces += [tag("circle", attrs=circle), tag("text", text(number(value)), attrs=label)]
    width = 84 * len(values) - 20
    attrs = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {width} {height + 22:.0f}",
        "width": f"{width}",
        "font-family": "sans-serif",
    }
    said = ", ".join(number(value) for value in values)
    return tag("li", picture(tag("svg", join(pieces), attrs=attrs), said), of="circles")


def circle_values(largest: float) -> Sequence[float]:
    """Return the values of the circles: the largest, a quarter and a twentieth, rounded down."""
    wanted = [largest, largest / 4, largest / 20]
    rounded = [_round_down(value) for value in wanted]
    return [
        value for rank, value in enumerate(rounded) if value >= 1 and value not in rounded[:rank]
    ]


def _round_down(value: float) -> float:
    if value < 1:
        return 0.0
    power = 10 ** (len(str(int(value))) - 1)
    steps = [step * power for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8) if step * power <= value]
    return float(int(steps[-1]))
