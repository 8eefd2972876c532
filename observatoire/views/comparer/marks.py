"""The marks of a lane of values: discs, diamonds, intervals, bands, drawn in percent. Pure.

A lane is an SVG without a view box: its abscissas are percentages, so that it stretches with the
page while discs stay round and strokes keep their width.
"""

from __future__ import annotations

from collections.abc import Iterable

from observatoire.views.markup import Markup, join, picture, tag
from observatoire.views.scale import Scale

PLACE, GROUP, OTHER, RULE, BAND, HALF = (
    "#463f94",
    "#1c1b29",
    "#a9a6c9",
    "#b26a00",
    "#ebe8f5",
    "#d3cfea",
)
_INSET = 2.5  # percent left free at both ends: a disc at an end is whole
_DIAMOND = "M0-8L8 0 0 8-8 0Z"


def abscissa(scale: Scale, value: float) -> float:
    """Return where a value stands in a lane, in percent of its width."""
    return _INSET + (100 - 2 * _INSET) * scale.at(value)


def percent(share: float) -> str:
    """Return a percentage as CSS and SVG write it."""
    return f"{share:.2f}%"


def lane(pieces: Iterable[Markup], alt: str = "") -> Markup:
    """Return the picture of a lane; its row says in words what it shows, so `alt` may be empty."""
    attrs = {"xmlns": "http://www.w3.org/2000/svg", "width": "100%", "height": "100%"}
    return picture(tag("svg", join(pieces), attrs=attrs), alt, of="lane-marks")


def disc(x: float, colour: str, *, radius: float = 7, hollow: bool = False) -> Markup:
    """Return a disc at mid-height, ringed with white so that neighbours stay apart."""
    look = {"fill": "#ffffff", "stroke": colour} if hollow else {"fill": colour, "stroke": "#fff"}
    place = {"cx": percent(x), "cy": "50%", "r": f"{radius:g}"}
    return tag("circle", attrs=place | look | {"stroke-width": "1.5"})


def diamond(x: float, colour: str, *, hollow: bool = False) -> Markup:
    """Return a diamond at mid-height: several places together, or a smoothed value if hollow."""
    look = {"fill": "#ffffff", "stroke": colour} if hollow else {"fill": colour, "stroke": "#fff"}
    shape = tag("path", attrs={"d": _DIAMOND, "stroke-width": "1.6"} | look)
    return tag("svg", shape, attrs={"x": percent(x), "y": "50%", "overflow": "visible"})


def span(low: float, high: float, colour: str) -> Markup:
    """Return an interval at mid-height: a stroke with two ends."""
    middle = {"x1": percent(low), "x2": percent(high), "y1": "50%", "y2": "50%"}
    ends = ({"x1": percent(x), "x2": percent(x), "y1": "36%", "y2": "64%"} for x in (low, high))
    look = {"stroke": colour, "stroke-width": "2.5"}
    return join(tag("line", attrs=line | look) for line in (middle, *ends))


def rule(x: float) -> Markup:
    """Return the dashed line of the reference, as high as the lane."""
    ends = {"x1": percent(x), "x2": percent(x), "y1": "0", "y2": "100%"}
    look = {"stroke": RULE, "stroke-width": "2", "stroke-dasharray": "5 4"}
    return tag("line", attrs=ends | look)


def grid(x: float) -> Markup:
    """Return the faint line of a tick."""
    ends = {"x1": percent(x), "x2": percent(x), "y1": "0", "y2": "100%"}
    return tag("line", attrs=ends | {"stroke": "#ebe8de", "stroke-width": "1"})


def band(low: float, high: float, colour: str, *, thick: float) -> Markup:
    """Return a bar at mid-height, `thick` in percent of the height."""
    box = {
        "x": percent(low),
        "width": percent(high - low),
        "y": percent(50 - thick / 2),
        "height": percent(thick),
        "rx": "3",
    }
    return tag("rect", attrs=box | {"fill": colour})
