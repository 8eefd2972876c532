"""The funnel: how far from the reference chance alone takes a place of each size. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from observatoire.catalogue import Indicator
from observatoire.comparability import scale_of as unit_scale
from observatoire.funnels import Kind, dispersion_of, funnel_limits
from observatoire.views.comparer.comparison import Comparison
from observatoire.views.comparer.lines import Line
from observatoire.views.scale import Scale, scale_of

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels."""

Zone = Literal["inside", "beyond_95", "beyond_998"]
LIMITS = ("low_95", "high_95", "low_998", "high_998")
_STEPS = 80
_LEAST_POINTS = 3
_SHORTEST = 0.6  # limits are drawn from this share of the smallest size


@dataclass(frozen=True)
class Point:
    """A place of the funnel, with the limits at its own size, in the unit of the indicator."""

    line: Line
    low_95: float
    high_95: float
    low_998: float
    high_998: float

    @property
    def zone(self) -> Zone:
        """Return where the place stands: inside the limits, beyond the first, beyond both."""
        if not self.low_998 <= self.line.value <= self.high_998:
            return "beyond_998"
        return "inside" if self.low_95 <= self.line.value <= self.high_95 else "beyond_95"


@dataclass(frozen=True)
class Funnel:
    """A funnel plot: its points, its limits, its axes.

    Attributes
    ----------
    points
        By site, town and name.
    sizes, limits
        Sizes at which the limits are drawn, and the four limits there, by name.
    reference
        The line they are drawn around.
    dispersion
        How many times more than chance the places vary; limits move by its root above 1.
    x, y
        Axes: size (outings, or denominators), value.
    """

    points: tuple[Point, ...]
    sizes: tuple[float, ...]
    limits: dict[str, tuple[float, ...]]
    reference: Line
    dispersion: float
    x: Scale
    y: Scale

    @property
    def widened(self) -> bool:
        """Tell whether the limits were moved away because places vary more than chance."""
        return self.dispersion > 1


def build_funnel(made: Comparison) -> Funnel | None:
    """Return the funnel of a comparison; None when there is nothing to draw it from.

    It takes published parts (outings, or a denominator), at least three places and a reference.

    Notes
    -----
    Exact limits at 95 and 99.8 %, interpolated, moved by √φ when places vary more than chance
    (winsorised at 10 %): Spiegelhalter (2005). Points are never ranked.
    """
    known = [line for line in made.places if line.is_shown and line.has_parts]
    if made.reference is None or len(known) < _LEAST_POINTS:
        return None
    kind = _kind(made.one)
    unit = unit_scale(made.one)
    wholes = np.array([line.whole for line in known])
    parts = [line.part for line in known]
    if kind == "share" and any(part > whole for part, whole in zip(parts, wholes, strict=True)):
        return None
    phi = dispersion_of(parts, wholes, kind=kind)
    phi = phi if math.isfinite(phi) else 1.0
    ends = (_SHORTEST * wholes.min(), 1.04 * wholes.max())
    sizes = np.linspace(*ends, _STEPS)
    if kind == "share":
        sizes = np.unique(np.rint(np.maximum(sizes, 1)))
    theta = made.reference.value / unit
    drawn = funnel_limits(theta, sizes, kind=kind, dispersion=phi) * unit
    own = funnel_limits(theta, wholes, kind=kind, dispersion=phi) * unit
    points = tuple(
        Point(line, *(float(own[name].iloc[rank]) for name in LIMITS))
        for rank, line in enumerate(known)
    )
    limits = {name: tuple(float(value) for value in drawn[name]) for name in LIMITS}
    seen = [line.value for line in known] + [value for one in limits.values() for value in one]
    return Funnel(
        points,
        tuple(float(size) for size in sizes),
        limits,
        made.reference,
        phi,
        scale_of([*sizes.tolist(), 0.0], zero=True, most=5),
        scale_of(seen),
    )


def _kind(one: Indicator) -> Kind:
    return "rate" if one.kind == "per_outing" else "share"


@dataclass(frozen=True)
class Label:
    """The name of a point, beside it: where the point is (0–1 of the plot), and on which side."""

    key: str
    text: str
    x: float
    y: float
    left: bool


_LONGEST = 18
_LETTER, _HEIGHT, _GAP = 7.4, 18.0, 10.0  # pixels, at the smallest size of the plot
_DOT = 6.0
# On a phone only the place compared is named: the others say their name under the finger.
NARROWEST = (500.0, 300.0)


def place_labels(made: Funnel, first: str) -> tuple[Label, ...]:
    """Return the names that can stand beside their points without touching one another.

    Parameters
    ----------
    first
        Key of the place compared, named before all; then those beyond the limits.

    Notes
    -----
    Greedy, at the narrowest plot that names several places. A wider one only moves points further
    apart while names keep their size, so that what does not overlap there overlaps nowhere.
    """
    order = {"beyond_998": 1, "beyond_95": 2}
    wanted = [one for one in made.points if one.line.key == first or one.zone in order]
    wanted.sort(key=lambda one: 0 if one.line.key == first else order[one.zone])
    dots = [_dot_box(made, one) for one in made.points]
    taken: list[Box] = []
    kept = []
    for point in wanted:
        x, y = made.x.at(point.line.whole), 1 - made.y.at(point.line.value)
        for left in (x > 0.55, x <= 0.55):
            label = Label(point.line.key, _short(point.line.name), x, y, left)
            box = label_box(label)
            # the place compared is always named, over other points if need be
            if _fits(box, taken if point.line.key == first else [*taken, *dots]):
                taken.append(box)
                kept.append(label)
                break
    return tuple(kept)


def _dot_box(made: Funnel, point: Point) -> Box:
    x = made.x.at(point.line.whole) * NARROWEST[0]
    y = (1 - made.y.at(point.line.value)) * NARROWEST[1]
    return x - _DOT, y - _DOT, x + _DOT, y + _DOT


def label_box(label: Label) -> Box:
    """Return left, top, right, bottom of a name at the narrowest plot, in pixels."""
    width, height = NARROWEST
    x, y = label.x * width, label.y * height
    length = _LETTER * len(label.text)
    low = x - _GAP - length if label.left else x + _GAP
    high = low + length
    return low, y - _HEIGHT / 2, high, y + _HEIGHT / 2


def _fits(box: Box, taken: Sequence[Box]) -> bool:
    inside = box[0] >= 0 and box[2] <= NARROWEST[0] and box[1] >= 0 and box[3] <= NARROWEST[1]
    return inside and not any(
        box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
        for other in taken
    )


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1].rstrip(" -") + "…"
