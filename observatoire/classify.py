"""Class breaks of a map: which class a value falls in, and what is outside every class.

Classes are closed on the right: `]a ; b]`, the first one also holds its lowest value. Breaks are
computed on all the zones shown together, so that the same colour means the same value in every
pane, and depend on nothing but the values: the same layer always gets the same breaks.

Pure: plain values in, plain values out.
"""

from __future__ import annotations

import math
import warnings
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from observatoire.errors import BreaksError

Method = Literal["fisher_jenks", "quantiles", "equal_interval"]
MANUAL = "manual"
MOST_CLASSES = 6  # nobody tells seven shades apart on a map

# One character for each zone travels to the map: a digit is a class, a letter is what is not one.
MISSING = "m"
NOT_COLLECTED = "n"
SECRET = "s"  # noqa: S105
BLIND = "b"
ZERO = "z"
COUNT = "p"
OUTLINE = "o"  # drawn without any value, over other areas
REFUSED = "e"  # an estimate that may not be shown as a number
ABSENT: dict[str, str] = {
    "missing": MISSING,
    "not_collected": NOT_COLLECTED,
    "secret": SECRET,
    "blind": BLIND,
}
OUTSIDE: tuple[str, ...] = (*ABSENT.values(), ZERO)


@dataclass(frozen=True)
class Breaks:
    """Frozen classes: class `i` holds `]edges[i] ; edges[i + 1]]`.

    Attributes
    ----------
    edges
        `len(self) + 1` increasing values; the first and the last are the extremes of what was
        classified. Empty when nothing was.
    method
        How they were found: a `Method`, `manual`, or `single` when there is one value only.
    pooled
        Found on all the sites together. False: on one site, and its colours are not comparable
        with those of another.
    """

    edges: tuple[float, ...] = ()
    method: str = "fisher_jenks"
    pooled: bool = True

    def __len__(self) -> int:
        return max(len(self.edges) - 1, 0)

    def class_of(self, value: float) -> int:
        """Return the class of a value, 0 for the lowest; values beyond an extreme are clamped.

        Raises
        ------
        ValueError
            When the value is missing or there is no class: an absence is never coloured.
        """
        if math.isnan(value) or not len(self):
            raise ValueError("a missing value has no class")
        return min(bisect_left(self.edges, value, 1, len(self)) - 1, len(self) - 1)

    def bounds(self, index: int) -> tuple[float, float, bool]:
        """Return the low and the high end of a class, and whether it holds its low end.

        Every class holds its high end; the first one holds its low end too.
        """
        return self.edges[index], self.edges[index + 1], index == 0

    def beyond(self, values: Iterable[float]) -> tuple[int, int]:
        """Return how many values lie below the first edge and above the last, missing left out.

        `class_of` counts them in the nearest class: whoever draws them says so.
        """
        known = [value for value in values if not math.isnan(value)]
        if not len(self):
            return 0, 0
        below = sum(value < self.edges[0] for value in known)
        return below, sum(value > self.edges[-1] for value in known)

    def counts(self, values: Iterable[float]) -> tuple[int, ...]:
        """Return how many of the values fall in each class, missing ones left out."""
        found = [0] * len(self)
        for value in values:
            if not math.isnan(value):
                found[self.class_of(value)] += 1
        return tuple(found)


def class_breaks(values: Iterable[float], k: int = 5, method: Method = "fisher_jenks") -> Breaks:
    """Return the classes of the pooled values.

    Parameters
    ----------
    values
        All the values shown together, in any order; missing ones are ignored.
    k
        Number of classes wanted; fewer when there are fewer distinct values.
    method
        `fisher_jenks` (least variance inside classes), `quantiles` or `equal_interval`.

    Returns
    -------
    Breaks rounded to the shortest decimal that leaves every value in the class found for it.

    Notes
    -----
    Fisher (1958), "On grouping for maximum homogeneity", JASA 53; Jenks (1977). Computed by
    mapclassify. Rounding then picks, between the largest value of a class and the smallest of the
    next, the number with the fewest decimals: the break becomes readable and moves no zone.
    """
    if k < 1:
        raise ValueError("at least one class is needed")
    known = sorted(float(value) for value in values if not math.isnan(value))
    distinct = sorted(set(known))
    if not distinct:
        return Breaks((), method)
    if len(distinct) == 1:
        return Breaks((distinct[0], distinct[0]), "single")
    tops = _upper_bounds(known, distinct, min(k, len(distinct)), method)
    inner = [
        _readable_between(top, distinct[distinct.index(top) + 1])
        for top in tops
        if top < distinct[-1]
    ]
    return Breaks((distinct[0], *inner, distinct[-1]), method)


def site_breaks(values: Iterable[float], k: int = 5, method: Method = "fisher_jenks") -> Breaks:
    """Return the classes of the values of one site alone: not comparable with another's.

    Parameters are those of `class_breaks`; the result says that it is not `pooled`.
    """
    return replace(class_breaks(values, k, method), pooled=False)


def manual_breaks(edges: Sequence[float]) -> Breaks:
    """Return the classes that somebody typed: the edges, both extremes included.

    Values beyond the extremes are counted by `Breaks.beyond`.

    Raises
    ------
    BreaksError
        For fewer than two edges, more than six classes, a missing or infinite edge, edges that do
        not increase.
    """
    typed = tuple(float(edge) for edge in edges)
    if not 1 <= len(typed) - 1 <= MOST_CLASSES:
        raise _unusable(
            f"{len(typed)} edges",
            f"Il faut de deux à {MOST_CLASSES + 1} bornes, les deux extrêmes comprises.",
        )
    if not all(math.isfinite(edge) for edge in typed):
        raise _unusable("an edge is not a number", "Chaque borne est un nombre.")
    if any(low >= high for low, high in pairwise(typed)):
        raise _unusable(
            "edges do not increase", "Donnez les bornes de la plus basse à la plus haute."
        )
    return Breaks(typed, MANUAL)


def _unusable(message: str, remedy: str) -> BreaksError:
    return BreaksError(message, user="Ces bornes ne font pas des classes.", remedy=remedy)


def variance_fit(values: Iterable[float], breaks: Breaks) -> float | None:
    """Return how much of the variance of the values the classes keep apart (0 to 1).

    None when all the values are equal: there is no variance to explain.

    Notes
    -----
    Goodness of variance fit (Jenks and Caspall 1971): 1 − Σ classes Σ (x − class mean)² ÷
    Σ (x − mean)².
    """
    known = [float(value) for value in values if not math.isnan(value)]
    if len(set(known)) < 2:
        return None
    classes: dict[int, list[float]] = {}
    for value in known:
        classes.setdefault(breaks.class_of(value), []).append(value)
    return 1 - math.fsum(_squares(part) for part in classes.values()) / _squares(known)


def _squares(values: Sequence[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values)


def zone_classes(
    values: Sequence[float], statuses: Sequence[str], breaks: Breaks, *, is_count: bool = False
) -> str:
    """Return one character for each zone: its class, or why it has none.

    Parameters
    ----------
    values, statuses
        Zone by zone, in the same order. Only status `ok` has a value.
    is_count
        A count is drawn as a proportional symbol, never as a class: `p`, or `z` when it is zero.

    Raises
    ------
    ValueError
        When a status is unknown, or a zone said to have a value has none.
    """
    return "".join(
        _zone_class(float(value), status, breaks, is_count)
        for value, status in zip(values, statuses, strict=True)
    )


def symbol_radius(value: float, largest: float, radius: float) -> float:
    """Return the radius of a proportional symbol: its area, not its radius, follows the value.

    Notes
    -----
    radius × √(value ÷ largest).
    """
    if value < 0 or largest <= 0:
        raise ValueError("a proportional symbol needs a positive count")
    return radius * math.sqrt(value / largest)


def _zone_class(value: float, status: str, breaks: Breaks, is_count: bool) -> str:
    if status != "ok":
        if status not in ABSENT:
            raise ValueError(f"unknown status {status!r}")
        return ABSENT[status]
    if math.isnan(value):
        raise ValueError("a zone with status ok has no value")
    if is_count:
        return ZERO if value == 0 else COUNT
    return str(breaks.class_of(value))


def _upper_bounds(
    known: list[float], distinct: list[float], k: int, method: Method
) -> tuple[float, ...]:
    """Return the largest value of each class that holds one, increasing."""
    if len(distinct) == k:
        return tuple(distinct)
    bounds = _mapclassify_bins(known, k, method)
    tops = {
        max((value for value in distinct if value <= bound), default=distinct[0])
        for bound in bounds
    }
    return tuple(sorted(tops))


def _mapclassify_bins(known: list[float], k: int, method: Method) -> list[float]:
    import mapclassify
    import numpy as np

    names = {
        "fisher_jenks": mapclassify.FisherJenks,
        "quantiles": mapclassify.Quantiles,
        "equal_interval": mapclassify.EqualInterval,
    }
    with warnings.catch_warnings():
        # mapclassify advises numba, and says when ties merge quantiles: neither concerns a reader.
        warnings.simplefilter("ignore", UserWarning)
        return [float(bound) for bound in names[method](np.asarray(known), k=k).bins]


def _readable_between(low: float, high: float) -> float:
    """Return the number with the fewest decimals in `[low ; high[`, nearest to the middle."""
    middle = (low + high) / 2
    for digits in range(-12, 16):
        step = 10.0**-digits
        for scale in (5, 2, 1):
            candidate = round(round(middle / (step * scale)) * step * scale, max(digits, 0))
            if low <= candidate < high:
                return candidate
    return low
