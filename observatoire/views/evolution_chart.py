"""The drawing of an evolution as SVG: lines, whiskers, breaks, and marks of absence. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from observatoire.labels import read_words
from observatoire.labels.numbers import number
from observatoire.palettes import HATCH, INK, LOOKS
from observatoire.periods import level_of
from observatoire.series import Point, is_cut, runs
from observatoire.views.history import Evolution
from observatoire.views.markup import Markup, join, tag, text
from observatoire.views.scale import Scale, scale_of

_HERE, _OTHERS, _REFERENCE, _GRID, _SOFT = "#463f94", "#cfcbe4", "#8a5a12", "#e6e2d6", "#55546a"
_BREAK = "#8a8a86"
_MOST_VALUES = 8
_LETTER = 0.58


@dataclass(frozen=True)
class Frame:
    """Where things stand: the plot from (`left`, `top`) to (`right`, `bottom`), in pixels."""

    left: float
    right: float
    top: float
    bottom: float
    scale: Scale
    moments: tuple[float, ...]

    def x(self, moment: float) -> float:
        """Return the abscissa of a moment; a little room stays at both ends."""
        first, last = self.moments[0], self.moments[-1]
        inside = (moment - first) / (last - first) if last > first else 0.5
        room = 18
        return self.left + room + inside * (self.right - self.left - 2 * room)

    def y(self, value: float) -> float:
        """Return the ordinate of a value."""
        return self.bottom - self.scale.at(value) * (self.bottom - self.top)


def chart(made: Evolution, width: int, *, small: bool = False) -> Markup:
    """Return the SVG of an evolution, `width` pixels wide.

    Parameters
    ----------
    small
        Less high, without breaks in words nor values beside the points.
    """
    height = 140 if small else 300 if width > 500 else 260
    frame = _frame(made, width, height)
    size = 13 if width > 500 else 12.5
    pieces = [_axes(made, frame, size), _breaks(made, frame, size, named=not small)]
    pieces += [_lines(series, frame, made, _OTHERS, "1.4") for series in made.others]
    pieces.append(_lines(made.reference, frame, made, _REFERENCE, "2", dash="6 4"))
    pieces.append(_dots(made.reference, frame, _REFERENCE, 3))
    pieces += [_whisker(point, frame) for point in made.here if point.has_interval]
    pieces.append(_lines(made.here, frame, made, _HERE, "2.8"))
    pieces.append(_dots(made.here, frame, _HERE, 4.5))
    pieces += [_absence(point, frame) for point in made.here if not point.is_shown]
    if not small:
        pieces.append(_values(made, frame, size))
    attrs = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {width} {height}",
        "width": f"{width}",
        "height": f"{height}",
        "font-family": "sans-serif",
        "font-size": f"{size}",
        "fill": INK,
    }
    return tag("svg", _patterns(), join(pieces), attrs=attrs)


def _frame(made: Evolution, width: int, height: int) -> Frame:
    """Return the frame that holds every value and every end of interval."""
    every = [*made.here, *made.reference, *(point for line in made.others for point in line)]
    values = [point.value for point in every if point.is_shown]
    ends = [end for point in made.here if point.has_interval for end in (point.low, point.high)]
    scale = scale_of([*values, *ends], most=5)
    longest = max(len(number(tick, scale.decimals)) for tick in scale.ticks)
    moments = tuple(sorted({point.moment for point in made.here}))
    left = 14 + longest * 13 * _LETTER
    return Frame(left, width - 8.0, 30.0, height - 58.0, scale, moments)


def _axes(made: Evolution, frame: Frame, size: float) -> Markup:
    lines = []
    shown = any(point.is_shown for series in (made.here, *made.others) for point in series)
    for tick in frame.scale.ticks if shown else ():
        y = frame.y(tick)
        lines.append(_line((frame.left, y), (frame.right, y), _GRID, "1"))
        at = {"x": f"{frame.left - 8:.1f}", "y": f"{y + 4.5:.1f}", "text-anchor": "end"}
        said = text(number(tick, frame.scale.decimals))
        lines.append(tag("text", said, attrs=at | {"fill": _SOFT}))
    room = max(size * _LETTER * len(_short(made.here[0].period)) + 10, 1)
    last = frame.right + room
    for point in reversed(made.here):
        x = frame.x(point.moment)
        if last - x < room:
            continue
        last = x
        at = {"x": f"{x:.1f}", "y": f"{frame.bottom + 46:.0f}", "text-anchor": "middle"}
        lines.append(tag("text", text(_short(point.period)), attrs=at))
        lines.append(_line((x, frame.bottom + 26), (x, frame.bottom + 31), _BREAK, "1"))
    return join(lines)


def _short(period: str) -> str:
    """Return a period short enough for an axis: « 2018 », « T2 23 », « 05/23 »."""
    labels, level = read_words("evolution"), level_of(period)
    fields = {"year": period[:4], "short": period[2:4], "part": period[5:].lstrip("HQ")}
    return labels(f"axis.{level}", **fields)


def _breaks(made: Evolution, frame: Frame, size: float, *, named: bool) -> Markup:
    """Draw each break between the two periods it parts, with its words above."""
    label = read_words("evolution")("break")
    pieces = []
    for before, after in zip(made.here, made.here[1:], strict=False):
        if not is_cut(before, after, made.indicator.breaks_after):
            continue
        x = (frame.x(before.moment) + frame.x(after.moment)) / 2
        pieces.append(_line((x, frame.top - 8), (x, frame.bottom + 22), _BREAK, "1.5", dash="2 4"))
        if named:
            half = len(label) * size * _LETTER / 2
            middle = min(max(x, half + 2), frame.right - half)
            at = {"x": f"{middle:.1f}", "y": f"{frame.top - 14:.0f}", "text-anchor": "middle"}
            pieces.append(tag("text", text(label), attrs=at | {"fill": _SOFT}))
    return join(pieces)


def _lines(
    points: Sequence[Point],
    frame: Frame,
    made: Evolution,
    colour: str,
    width: str,
    *,
    dash: str = "",
) -> Markup:
    """Draw a series run by run: no line crosses an absence or a break."""
    pieces = []
    for run in runs(points, made.indicator.breaks_after):
        if len(run) < 2:
            continue
        path = "M" + "L".join(
            f"{frame.x(point.moment):.1f} {frame.y(point.value):.1f}" for point in run
        )
        attrs = {"d": path, "fill": "none", "stroke": colour, "stroke-width": width}
        if dash:
            attrs["stroke-dasharray"] = dash
        pieces.append(tag("path", attrs=attrs | {"stroke-linejoin": "round"}))
    return join(pieces)


def _dots(points: Sequence[Point], frame: Frame, colour: str, radius: float) -> Markup:
    return join(
        tag(
            "circle",
            attrs={
                "cx": f"{frame.x(point.moment):.1f}",
                "cy": f"{frame.y(point.value):.1f}",
                "r": f"{radius}",
                "fill": colour,
                "stroke": "#ffffff",
                "stroke-width": "1.2",
            },
        )
        for point in points
        if point.is_shown
    )


def _whisker(point: Point, frame: Frame) -> Markup:
    x, low, high = frame.x(point.moment), frame.y(point.low), frame.y(point.high)
    ends = [_line((x - 5, y), (x + 5, y), _HERE, "1.6") for y in (low, high)]
    return _line((x, low), (x, high), _HERE, "1.6") + join(ends)


def _absence(point: Point, frame: Frame) -> Markup:
    """Draw a mark under the plot: it stands at no value."""
    x, y = frame.x(point.moment), frame.bottom + 15
    if point.status == "blind":
        return tag(
            "circle",
            attrs={
                "cx": f"{x:.1f}",
                "cy": f"{y:.1f}",
                "r": "6",
                "fill": "#ffffff",
                "stroke": _SOFT,
                "stroke-width": "2",
                "stroke-dasharray": "1 3",
                "stroke-linecap": "round",
            },
        )
    fills = {"secret": "url(#secret)", "not_collected": "url(#dots)", "missing": LOOKS["m"]}
    box = {"x": f"{x - 6:.1f}", "y": f"{y - 6:.1f}", "width": "12", "height": "12"}
    return tag("rect", attrs=box | {"fill": fills[point.status], "stroke": HATCH})


def _values(made: Evolution, frame: Frame, size: float) -> Markup:
    """Print the values beside their points: all of them when they are few, else both ends."""
    shown = [point for point in made.here if point.is_shown]
    if len(shown) > _MOST_VALUES or frame.right < 500:
        shown = [shown[0], shown[-1]] if len(shown) > 1 else shown
    pieces = []
    for point in shown:
        y = min(frame.y(point.high if point.has_interval else point.value), frame.bottom) - 10
        at = {
            "x": f"{frame.x(point.moment):.1f}",
            "y": f"{max(y, frame.top - 2):.1f}",
            "text-anchor": "middle",
            "font-weight": "700",
            "fill": _HERE,
            "stroke": "#ffffff",
            "stroke-width": "3",
            "paint-order": "stroke",
            "font-size": f"{size + 1}",
        }
        said = number(point.value, made.indicator.decimals)
        pieces.append(tag("text", text(said), attrs=at))
    return join(pieces)


def _line(
    start: tuple[float, float],
    end: tuple[float, float],
    colour: str,
    width: str,
    *,
    dash: str = "",
) -> Markup:
    attrs = {
        "x1": f"{start[0]:.1f}",
        "y1": f"{start[1]:.1f}",
        "x2": f"{end[0]:.1f}",
        "y2": f"{end[1]:.1f}",
        "stroke": colour,
        "stroke-width": width,
    }
    return tag("line", attrs=attrs | ({"stroke-dasharray": dash} if dash else {}))


def _patterns() -> Markup:
    """Return the hatch of secrecy and the dots of what is not collected, as on the map."""
    hatch = tag(
        "pattern",
        tag("rect", attrs={"width": "5", "height": "5", "fill": LOOKS["s"]}),
        tag("rect", attrs={"width": "1.6", "height": "5", "fill": HATCH}),
        attrs={
            "id": "secret",
            "width": "5",
            "height": "5",
            "patternUnits": "userSpaceOnUse",
            "patternTransform": "rotate(45)",
        },
    )
    dots = tag(
        "pattern",
        tag("rect", attrs={"width": "5", "height": "5", "fill": LOOKS["n"]}),
        tag("circle", attrs={"cx": "2.5", "cy": "2.5", "r": "1", "fill": HATCH}),
        attrs={"id": "dots", "width": "5", "height": "5", "patternUnits": "userSpaceOnUse"},
    )
    return tag("defs", hatch, dots)
