"""What may be compared with what, and what may be added up: the refusals, with their source.

A figure is one published value of one indicator for one place and one period. Two figures are
compared either between two places at one moment, or between two moments at one place; never both
at once.

Pure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from observatoire.catalogue import Indicator
from observatoire.periods import level_of
from observatoire.series import Point
from observatoire.series import refusal as refusal_in_series

Reason = Literal[
    "status", "edition", "series", "moments", "level", "scale", "additivity", "incomplete"
]


@dataclass(frozen=True)
class Figure:
    """One published figure of an indicator.

    Attributes
    ----------
    place
        Name as it is read: « Beauregard », « la commune de Saint-Étienne ».
    zone_kind, zone
        As in a layer: `qpv`, `commune`, `epci`, `france`; and the code.
    period, edition
        Vintage or calendar period; edition of the perimeters.
    value
        In the unit of the indicator; NaN unless `status` is `ok`.
    status
        `ok`, or the absence.
    numerator, denominator
        Published parts, whole counts: events and outings of a field theme, part and whole of a
        share. NaN when they are not published.
    members, expected
        How many places the figure gathers, and of how many.
    """

    place: str
    zone_kind: str
    zone: str
    period: str
    edition: str
    value: float = math.nan
    status: str = "ok"
    numerator: float = math.nan
    denominator: float = math.nan
    members: int = 1
    expected: int = 1

    @property
    def parts(self) -> tuple[float, float]:
        """Return numerator and denominator."""
        return self.numerator, self.denominator

    @property
    def has_parts(self) -> bool:
        """Tell whether the published parts are known and make sense together."""
        known = math.isfinite(self.numerator) and math.isfinite(self.denominator)
        return known and self.numerator >= 0 and self.denominator > 0


@dataclass(frozen=True)
class Refusal:
    """Why a comparison or a sum is not made.

    Attributes
    ----------
    reason
        `status`, `edition`, `series` (a break, or surveys in common), `moments` (two places at
        two moments), `level` (a month and a year), `scale`, `additivity`, `incomplete`.
    figure
        The figure that prevents it, when there is one.
    said, source
        The reason in French, and who says so, where a producer or a decree does.
    """

    reason: Reason
    figure: Figure | None = None
    said: str = ""
    source: str = ""


def refusal_to_compare(
    first: Figure, second: Figure, indicator: Indicator, *, same_scale: bool = True
) -> Refusal | None:
    """Return why two figures cannot be compared; None when they can.

    Parameters
    ----------
    indicator
        What both measure.
    same_scale
        Whether two sites observe the theme with items that map onto one another without loss.

    Notes
    -----
    In this order: a figure that is not shown; two places at two moments; periods of unlike
    length; what `series` refuses (two editions of the perimeters, a break that the catalogue
    declares, census surveys in common, years that the producer asks not to compare); two scales.
    """
    for figure in (first, second):
        if figure.status != "ok" or not math.isfinite(figure.value):
            return Refusal("status", figure)
    if first.edition == second.edition and first.period != second.period:
        if (first.zone_kind, first.zone) != (second.zone_kind, second.zone):
            return Refusal("moments", second)
        if level_of(first.period) != level_of(second.period):
            return Refusal("level")
    found = refusal_in_series(indicator, _point(first), _point(second))
    if found is not None:
        reason: Reason = "series" if first.edition == second.edition else "edition"
        return Refusal(reason, said=found.reason, source=found.source)
    return None if same_scale else Refusal("scale")


def refusal_to_add(figures: Sequence[Figure], indicator: Indicator) -> Refusal | None:
    """Return why figures cannot make one of several places; None when they can.

    Notes
    -----
    The producers call most indicators by neighbourhood « non sommables » (INSEE): medians,
    quantiles, indexes, and rates whose parts are not published. A count that lacks a member is no
    total; a rate from its parts is that of the members that have them, and says how many.
    """
    if indicator.additivity == "none":
        return _not_additive(indicator)
    for figure in figures:
        if (figure.edition, figure.period) != (figures[0].edition, figures[0].period):
            return Refusal("moments", figure)
    absent = [figure for figure in figures if figure.status != "ok"]
    if indicator.additivity == "sum":
        return Refusal("incomplete", absent[0]) if absent else None
    shown = [figure for figure in figures if figure.status == "ok"]
    bare = [figure for figure in shown if not figure.has_parts]
    if bare:
        return _not_additive(indicator)
    return None if shown else Refusal("status", absent[0])


def total(figures: Sequence[Figure], indicator: Indicator, place: str) -> Figure | Refusal:
    """Return the figure of several places together, or why there is none.

    Parameters
    ----------
    figures
        At least one; places that do not overlap.
    place
        What they are called together: « les autres quartiers du site ».

    Raises
    ------
    ValueError
        Without any figure.

    Notes
    -----
    Counts are summed; a rate or a share is Σ numerators ÷ Σ denominators.
    """
    if not figures:
        raise ValueError("a total needs a figure")
    found = refusal_to_add(figures, indicator)
    if found is not None:
        return found
    shown = [figure for figure in figures if figure.status == "ok"]
    whole = replace(
        figures[0],
        place=place,
        zone_kind="several",
        zone="",
        status="ok",
        members=len(shown),
        expected=len(figures),
    )
    if indicator.additivity == "sum":
        return replace(whole, value=math.fsum(figure.value for figure in shown))
    return from_parts(
        whole,
        indicator,
        math.fsum(figure.numerator for figure in shown),
        math.fsum(figure.denominator for figure in shown),
    )


def without(whole: Figure, part: Figure, indicator: Indicator) -> Figure | None:
    """Return what is left of a whole place without a part of it: a commune without its QPV.

    None when the parts of either are not published, or when nothing is left: the two then share
    people, and are not independent.
    """
    if not (whole.has_parts and part.has_parts):
        return None
    numerator = whole.numerator - part.numerator
    denominator = whole.denominator - part.denominator
    if numerator < 0 or denominator <= 0 or numerator > _most(indicator, denominator):
        return None
    return from_parts(whole, indicator, numerator, denominator)


def from_parts(
    figure: Figure, indicator: Indicator, numerator: float, denominator: float
) -> Figure:
    """Return a figure with these parts, and the value that they make in its unit."""
    value = numerator / denominator * scale_of(indicator)
    return replace(figure, numerator=numerator, denominator=denominator, value=value)


def scale_of(indicator: Indicator) -> float:
    """Return what a ratio of parts is multiplied by: 100 for a percentage, else 1."""
    return 100.0 if indicator.unit == "%" else 1.0


def _point(figure: Figure) -> Point:
    return Point(figure.period, figure.edition, figure.value, figure.status)


def _not_additive(indicator: Indicator) -> Refusal:
    return Refusal("additivity", source=indicator.source)


def _most(indicator: Indicator, denominator: float) -> float:
    return denominator if indicator.kind == "share" else math.inf
