"""A line of ticks: every neighbourhood's value, and the one being read. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from observatoire.views.markup import Markup, join, picture, tag

_WIDTH, _HEIGHT, _MARGIN = 260, 22, 8
_AXIS, _TICK, _HERE = "#d9d5c8", "#a9a6c9", "#463f94"


def strip(
    values: Sequence[float],
    here: float | None,
    label: str,
    *,
    ends: tuple[float, float] | None = None,
) -> Markup:
    """Return a small SVG: one tick for each value, a disc for the one being read.

    Parameters
    ----------
    values
        Every published value, at least one.
    here
        The value of the neighbourhood being read; None draws no disc.
    label
        What the drawing is, for screen readers.
    ends
        Values at the two ends of the line; by default the lowest and the highest.
    """
    low, high = ends or (min(values), max(values))

    def x(value: float) -> float:
        inside = (value - low) / (high - low) if high > low else 0.5
        return _MARGIN + inside * (_WIDTH - 2 * _MARGIN)

    middle = f"{_HEIGHT / 2:.0f}"
    pieces = [_line((_MARGIN, _WIDTH - _MARGIN), (middle, middle), _AXIS)]
    pieces += [_line((x(value), x(value)), ("4", f"{_HEIGHT - 4}"), _TICK) for value in values]
    if here is not None:
        disc = {
            "cx": f"{x(here):.1f}",
            "cy": middle,
            "r": "6.5",
            "fill": _HERE,
            "stroke": "#ffffff",
        }
        pieces.append(tag("circle", attrs=disc))
    attrs = {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {_WIDTH} {_HEIGHT}"}
    return picture(tag("svg", join(pieces), attrs=attrs), label, of="strip")


def _line(x: tuple[float, float], y: tuple[str, str], colour: str) -> Markup:
    ends = {"x1": f"{x[0]:.1f}", "x2": f"{x[1]:.1f}", "y1": y[0], "y2": y[1]}
    return tag("line", attrs=ends | {"stroke": colour, "stroke-width": "1.5"})
