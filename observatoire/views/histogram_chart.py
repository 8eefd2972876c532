"""The histogram of a map's values with the breaks of its classes, as a small SVG. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from observatoire.catalogue import Indicator
from observatoire.classify import Breaks
from observatoire.histograms import Histogram, histogram
from observatoire.labels import read_words
from observatoire.labels.numbers import number
from observatoire.legends import edge_words
from observatoire.palettes import INK, sequential
from observatoire.views.markup import Markup, join, picture, tag, text

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 250.0, 118.0, 4.0, 8.0, 34.0
_SIZE, _LETTER = 12.0, 0.6
_SOFT, _EDGE = "#55546a", "#2b2a3d"


def histogram_chart(values: Sequence[float], breaks: Breaks, indicator: Indicator) -> Markup:
    """Return the histogram in the colours of the classes; empty without classes.

    Parameters
    ----------
    values
        Published values that were classified.
    breaks
        Classes of the map.
    """
    found = histogram(values, breaks)
    if not found.counts or len(found.edges) < 2 or found.edges[0] == found.edges[-1]:
        return ""
    labels = read_words("carte")
    said = labels(
        "legend.histogram.alt",
        n=number(len(values)),
        low=edge_words(found.edges[0], indicator.decimals),
        high=edge_words(found.edges[-1], indicator.decimals),
        breaks=", ".join(edge_words(edge, indicator.decimals) for edge in found.breaks),
    )
    return picture(_svg(found, breaks, indicator), said, of="histogram")


def _svg(found: Histogram, breaks: Breaks, indicator: Indicator) -> Markup:
    low, high = found.edges[0], found.edges[-1]
    base, tallest = _HEIGHT - _BOTTOM, max(found.heights)

    def x(value: float) -> float:
        return _LEFT + (min(max(value, low), high) - low) / (high - low) * (_WIDTH - 2 * _LEFT)

    pieces = []
    colours = sequential(len(breaks))
    for rank, parts in enumerate(found.counts):
        left, right, y = x(found.edges[rank]), x(found.edges[rank + 1]), base
        for colour, count in zip(colours, parts, strict=True):
            height = count / tallest * (base - _TOP)
            y -= height
            if count:
                pieces.append(_bar(left, y, right - left, height, colour))
    pieces.append(_line(_LEFT, base, _WIDTH - _LEFT, base))
    pieces += [_line(x(edge), _TOP - 6, x(edge), base + 5, dash=True) for edge in found.breaks]
    pieces.append(_labels([low, *found.breaks, high], x, base, indicator))
    attrs = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {_WIDTH:.0f} {_HEIGHT:.0f}",
        "width": f"{_WIDTH:.0f}",
        "height": f"{_HEIGHT:.0f}",
        "font-family": "sans-serif",
        "font-size": f"{_SIZE:.0f}",
    }
    return tag("svg", join(pieces), attrs=attrs)


def _labels(
    edges: Sequence[float], x: Callable[[float], float], base: float, indicator: Indicator
) -> Markup:
    """Print the edges under the axis, on a second line when they would touch, else left out."""
    pieces: list[Markup] = []
    ends = {0: -1.0, 1: -1.0}
    for edge in edges:
        said = edge_words(edge, indicator.decimals)
        half = len(said) * _SIZE * _LETTER / 2
        middle = min(max(x(edge), half), _WIDTH - half)
        line = next((row for row in (0, 1) if middle - half > ends[row]), None)
        if line is None:
            continue
        ends[line] = middle + half + 3
        at = {"x": f"{middle:.1f}", "y": f"{base + 17 + 13 * line:.1f}", "text-anchor": "middle"}
        pieces.append(tag("text", text(said), attrs=at | {"fill": INK}))
    return join(pieces)


def _bar(x: float, y: float, width: float, height: float, colour: str) -> Markup:
    size = {"x": x, "y": y, "width": max(width - 0.8, 0.6), "height": height}
    at = {name: f"{value:.1f}" for name, value in size.items()}
    return tag("rect", attrs=at | {"fill": colour, "stroke": _EDGE, "stroke-width": "0.5"})


def _line(x1: float, y1: float, x2: float, y2: float, *, dash: bool = False) -> Markup:
    ends = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    at = {name: f"{value:.1f}" for name, value in ends.items()}
    look = {"stroke": _SOFT if dash else _EDGE, "stroke-width": "1.2"}
    return tag("line", attrs=at | look | ({"stroke-dasharray": "3 2"} if dash else {}))
