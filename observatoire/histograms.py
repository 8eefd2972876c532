"""The histogram that stands beside a classification: how values pile up, and where classes cut.

Pure: plain values in, plain values out. Drawing and words are the pages'.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from observatoire.classify import Breaks

BINS = 20


@dataclass(frozen=True)
class Histogram:
    """Bins of one width over the values, closed on the right as classes are.

    Attributes
    ----------
    edges
        `len(counts) + 1` increasing values, from the lowest value to the highest.
    counts
        Bin by bin, how many values of each class it holds: a bin that a break crosses holds two.
    breaks
        The inner breaks, where a chart draws its lines.
    """

    edges: tuple[float, ...] = ()
    counts: tuple[tuple[int, ...], ...] = ()
    breaks: tuple[float, ...] = ()

    @property
    def heights(self) -> tuple[int, ...]:
        """Return how many values each bin holds."""
        return tuple(sum(bin_) for bin_ in self.counts)


def histogram(values: Iterable[float], breaks: Breaks, bins: int = BINS) -> Histogram:
    """Return the histogram of the values that have a class.

    Parameters
    ----------
    values
        Missing ones are left out; in any order.
    breaks
        The classes of the map.
    bins
        How many; one only when all the values are equal.

    Returns
    -------
    Empty without a value or without a class.

    Raises
    ------
    ValueError
        For no bin.
    """
    if bins < 1:
        raise ValueError("at least one bin is needed")
    known = [float(value) for value in values if not math.isnan(value)]
    if not known or not len(breaks):
        return Histogram()
    low, high = min(known), max(known)
    edges = [low + (high - low) * rank / bins for rank in range(bins)] + [high]
    if len(set(edges)) < len(edges):  # all equal, or too close to be cut
        edges = [low, high]
    counts = [[0] * len(breaks) for _ in edges[1:]]
    for value in known:
        counts[bisect_left(edges, value, 1, len(edges) - 1) - 1][breaks.class_of(value)] += 1
    return Histogram(tuple(edges), tuple(map(tuple, counts)), breaks.edges[1:-1])
