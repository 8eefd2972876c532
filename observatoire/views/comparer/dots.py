"""The dots and their intervals: one line for each place, on one axis, never ranked. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from observatoire.catalogue import Indicator
from observatoire.labels import read_words
from observatoire.labels.numbers import number
from observatoire.labels.typography import typeset
from observatoire.spreads import Spread
from observatoire.views.comparer import marks
from observatoire.views.comparer.comparison import Comparison
from observatoire.views.comparer.lines import Line, interval_text, value_text
from observatoire.views.comparer.state import FRANCE
from observatoire.views.markup import Markup, join, tag, text, words
from observatoire.views.scale import Scale, scale_of


def scale_of_comparison(made: Comparison) -> Scale:
    """Return the axis that every dot and every interval of a comparison stands on."""
    return scale_of(_values(made))


def _values(made: Comparison) -> Iterator[float]:
    for line in (made.place, *made.comparators, *made.places):
        yield line.value
        if line.has_interval:
            yield from (line.low, line.high)
        yield line.smoothed
    if made.spread is not None:
        yield from (made.spread.q05, made.spread.q95)


def summary_chart(made: Comparison, scale: Scale) -> Markup:
    """Return the chart of a neighbourhood and its comparators: dots, intervals, the others light.

    Notes
    -----
    In reading order: the place, its commune, its site, the other sites, France. A line without a
    figure says why in the place of its value.
    """
    labels = read_words("comparer")
    lines = [made.place, *made.comparators]
    rows = join(_row(line, made, scale, light=_members(line, made)) for line in lines)
    return _figure(labels("dots.title_summary", place=made.place.name), rows, made.one, scale)


def site_chart(made: Comparison, scale: Scale, site: str) -> Markup:
    """Return the chart of the neighbourhoods of a site, by town then name, on the same axis."""
    labels = read_words("comparer")
    name = next(line.name for line in made.sites if line.site == site)
    towns = groupby(made.of_site(site), key=lambda line: line.more)
    rows = join(
        _row(line, made, scale, first=rank == 0)
        for _, lines in towns
        for rank, line in enumerate(lines)
    )
    return _figure(labels("dots.title_site", site=name), rows, made.one, scale)


def _members(line: Line, made: Comparison) -> Sequence[Line]:
    """Return the neighbourhoods drawn light behind the line of a site: never the one compared."""
    if not line.key.startswith("site"):
        return ()
    own = made.place.key
    return [other for other in made.of_site(line.site) if other.is_shown and other.key != own]


def _figure(title: str, rows: Markup, one: Indicator, scale: Scale) -> Markup:
    ticks = join(
        words(
            "span",
            number(tick, scale.decimals),
            attrs={"style": f"left:{marks.percent(marks.abscissa(scale, tick))}"},
        )
        for tick in scale.ticks
    )
    unit = words("span", typeset(one.unit), of="dots-unit")
    axis = tag(
        "div",
        unit,
        tag("div", ticks, of="dots-ticks"),
        of="dots-axis",
        attrs={"aria-hidden": "true"},
    )
    attrs = {"role": "group", "aria-label": title}
    return tag("figure", axis, tag("ul", rows, of="dots-rows"), of="dots", attrs=attrs)


def _row(
    line: Line, made: Comparison, scale: Scale, *, light: Sequence[Line] = (), first: bool = True
) -> Markup:
    """Return one line: its name, its lane, its value in words; `first` of its town or alone."""
    more = words("small", line.more) if line.more else ""
    label = tag("div", words("b", line.name), more, of="dots-name")
    drawn = marks.lane(_pieces(line, made, scale, light))
    lane = tag("div", drawn, join(_hit(other, made.one, scale) for other in light), of="lane")
    classes = ["dots-row"]
    classes += ["here"] if line.key == made.place.key else []
    classes += ["opens"] if first else []
    figures = _figures(line, made.one)
    return tag("li", label, lane, figures, of=" ".join(classes), attrs={"data-key": line.key})


def _figures(line: Line, one: Indicator) -> Markup:
    """Return the value, its interval and its note, as text."""
    if not line.is_shown:
        return tag("div", words("em", value_text(line, one)), of="dots-value")
    said = [words("b", value_text(line, one))]
    if line.has_interval:
        said.append(words("small", interval_text(line, one)))
    return tag("div", *said, of="dots-value")


def _hit(line: Line, one: Indicator, scale: Scale) -> Markup:
    """Return the spot over a light dot that says whose it is."""
    left = marks.percent(marks.abscissa(scale, line.value))
    said = read_words("comparer")("dots.hit", name=line.name, value=value_text(line, one))
    return tag("span", of="hit", attrs={"style": f"left:{left}", "title": said})


def _pieces(line: Line, made: Comparison, scale: Scale, light: Sequence[Line]) -> Iterable[Markup]:
    def at(value: float) -> float:
        return marks.abscissa(scale, value)

    yield from (marks.grid(at(tick)) for tick in scale.ticks)
    if line.key == FRANCE and made.spread is not None:
        yield from _box(made.spread, scale)
    if made.reference is not None:
        yield marks.rule(at(made.reference.value))
    yield from (marks.disc(at(other.value), marks.OTHER, radius=5.5) for other in light)
    if not line.is_shown:
        return
    one_place = line in made.places
    colour = marks.PLACE if one_place else marks.GROUP
    if line.has_interval:
        yield marks.span(at(line.low), at(line.high), colour)
    if line.smoothed == line.smoothed:
        yield marks.diamond(at(line.smoothed), colour, hollow=True)
    draw = marks.disc if one_place else marks.diamond
    yield draw(at(line.value), colour)


def _box(spread: Spread, scale: Scale) -> Iterable[Markup]:
    """Return the QPV of France: nine in ten, half of them, their median."""
    low, first, middle, third, high = (
        marks.abscissa(scale, value)
        for value in (spread.q05, spread.q25, spread.q50, spread.q75, spread.q95)
    )
    yield marks.band(low, high, marks.BAND, thick=70)
    yield marks.band(first, third, marks.HALF, thick=70)
    yield marks.band(middle - 0.15, middle + 0.15, marks.PLACE, thick=70)


def legend(made: Comparison) -> Markup:
    """Return how to read the marks that this comparison shows."""
    labels = read_words("comparer")
    keys = [("place", marks.disc(50, marks.PLACE)), ("group", marks.diamond(50, marks.GROUP))]
    if any(line.has_interval for line in (made.place, *made.comparators, *made.places)):
        keys.append(("interval", marks.span(5, 95, marks.PLACE)))
    keys.append(("other", marks.disc(50, marks.OTHER, radius=5.5)))
    if made.one.kind == "per_outing":
        keys.append(("smoothed", marks.diamond(50, marks.PLACE, hollow=True)))
    if made.reference is not None:
        keys.append(("reference", marks.rule(50)))
    if made.spread is not None:
        both = marks.band(2, 98, marks.BAND, thick=70) + marks.band(25, 75, marks.HALF, thick=70)
        keys.append(("spread", both))
    name = made.reference.name if made.reference else ""
    items = [
        tag("li", marks.lane([drawn]), text(labels(f"legend.{key}", reference=name)))
        for key, drawn in keys
    ]
    return tag("ul", *items, of="dots-legend")
