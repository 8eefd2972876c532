"""The drawing of the funnel: limits, points that say their name, axes in real text. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from observatoire.catalogue import Indicator
from observatoire.labels import read_words
from observatoire.labels.numbers import number
from observatoire.labels.typography import typeset
from observatoire.views.comparer import marks
from observatoire.views.comparer.funnel import Funnel, Label, Point, place_labels
from observatoire.views.comparer.lines import value_text, whole_text
from observatoire.views.markup import Markup, join, picture, tag, words

_BOX = 1000  # the limits are drawn in a square that stretches
_WIDE, _NARROW = "#eeedf7", "#ddd9ee"


def draw_funnel(made: Funnel, one: Indicator, place: str) -> Markup:
    """Return the funnel; each point says its name, its value and its size under the pointer.

    Parameters
    ----------
    place
        Key of the neighbourhood compared: its point is dark, and named.
    """
    labels = read_words("comparer")
    title = labels("funnel.title", reference=made.reference.name)
    points = sorted(made.points, key=lambda point: point.line.key == place)
    plot = tag(
        "div",
        picture(_drawing(made, points, place), title, of="lane-marks"),
        join(_hit(made, point, one) for point in made.points),
        join(_name(label, label.key == place) for label in place_labels(made, place)),
        of="funnel-plot",
    )
    unit = labels("funnel.y", label=typeset(one.short), unit=typeset(one.unit))
    size = labels("funnel.x_outings" if one.kind == "per_outing" else "funnel.x")
    if one.kind != "per_outing" and one.denominator:
        size = labels("funnel.x_named", name=typeset(one.denominator))
    return tag(
        "figure",
        words("div", unit, of="funnel-unit"),
        _ticks(made, across=False),
        plot,
        _ticks(made, across=True),
        words("div", size, of="funnel-size"),
        of="funnel",
        attrs={"role": "group", "aria-label": title},
    )


def _drawing(made: Funnel, points: Sequence[Point], place: str) -> Markup:
    base = marks.percent(100 * (1 - made.y.at(made.reference.value)))
    ends = {"x1": "0", "x2": "100%", "y1": base, "y2": base}
    look = {"stroke": marks.RULE, "stroke-width": "2", "stroke-dasharray": "5 4"}
    grid = join(
        tag("line", attrs={"x1": "0", "x2": "100%", "y1": y, "y2": y, "stroke": "#ebe8de"})
        for y in (marks.percent(100 * (1 - made.y.at(tick))) for tick in made.y.ticks)
    )
    box = {"viewBox": f"0 0 {_BOX} {_BOX}", "preserveAspectRatio": "none"}
    bands = _band(made, "998", _WIDE) + _band(made, "95", _NARROW)
    limits = tag("svg", bands, attrs=box | {"width": "100%", "height": "100%"})
    discs = join(_disc(made, point, here=point.line.key == place) for point in points)
    attrs = {"xmlns": "http://www.w3.org/2000/svg", "width": "100%", "height": "100%"}
    return tag("svg", limits, grid, tag("line", attrs=ends | look), discs, attrs=attrs)


def _band(made: Funnel, name: str, colour: str) -> Markup:
    """Return what lies between two limits, as one closed shape."""
    low, high = made.limits[f"low_{name}"], made.limits[f"high_{name}"]
    there = [*zip(made.sizes, low, strict=True)]
    back = [*zip(made.sizes, high, strict=True)][::-1]
    path = "L".join(
        f"{_BOX * made.x.at(size):.1f} {_BOX * (1 - made.y.at(value)):.1f}"
        for size, value in [*there, *back]
    )
    look = {"fill": colour, "stroke": "#a9a6c9", "stroke-width": "1"}
    return tag("path", attrs={"d": f"M{path}Z", "vector-effect": "non-scaling-stroke"} | look)


def _disc(made: Funnel, point: Point, *, here: bool) -> Markup:
    inside = point.zone == "inside"
    colour = marks.PLACE if here else "#8783b5" if inside else marks.GROUP
    place = {
        "cx": marks.percent(100 * made.x.at(point.line.whole)),
        "cy": marks.percent(100 * (1 - made.y.at(point.line.value))),
        "r": "8" if here else "5.5",
    }
    return tag("circle", attrs=place | {"fill": colour, "stroke": "#fff", "stroke-width": "1.5"})


def point_words(point: Point, one: Indicator) -> str:
    """Return all that a point says: name, value, size, where it stands."""
    labels = read_words("comparer")
    return labels(
        "funnel.point",
        name=point.line.name,
        more=point.line.more,
        value=value_text(point.line, one),
        size=whole_text(point.line, one),
        zone=labels(f"funnel.zone.{point.zone}"),
    )


def _hit(made: Funnel, point: Point, one: Indicator) -> Markup:
    said = point_words(point, one)
    style = _place(made.x.at(point.line.whole), 1 - made.y.at(point.line.value))
    side = "hit to-left" if made.x.at(point.line.whole) > 0.5 else "hit"
    attrs = {"style": style, "title": said, "aria-label": said, "role": "img", "tabindex": "0"}
    return tag("span", of=side, attrs=attrs)


def _name(label: Label, here: bool) -> Markup:
    side = "left" if label.left else "right"
    classes = f"funnel-name {side} here" if here else f"funnel-name {side}"
    attrs = {"style": _place(label.x, label.y), "aria-hidden": "true"}
    return words("span", label.text, of=classes, attrs=attrs)


def _place(x: float, y: float) -> str:
    return f"left:{marks.percent(100 * x)};top:{marks.percent(100 * y)}"


def _ticks(made: Funnel, *, across: bool) -> Markup:
    scale = made.x if across else made.y
    side = "left" if across else "top"

    def style(tick: float) -> str:
        share = scale.at(tick) if across else 1 - scale.at(tick)
        return f"{side}:{marks.percent(100 * share)}"

    ticks = [
        words("span", number(tick, scale.decimals), attrs={"style": style(tick)})
        for tick in scale.ticks
    ]
    return tag("div", *ticks, of=f"funnel-{'x' if across else 'y'}", attrs={"aria-hidden": "true"})
