"""Figures of two or three places, for the tests of what may be said of their differences."""

from __future__ import annotations

import math

from observatoire.catalogue import read_catalogue
from observatoire.comparability import Figure

_KNOWN = read_catalogue()
FIELD = _KNOWN["terrain.tensions"]
SHARE = _KNOWN["cnaf.part_AM"]  # made of published counts
BARE = _KNOWN["rp.TX_TOT_60ETPLUS"]  # a percentage published alone, of the census
MEDIAN = _KNOWN["filosofi.DISP_Q2"]
COUNT = _KNOWN["cnaf.A"]


def figure(
    place: str = "Beauregard",
    value: float = math.nan,
    parts: tuple[float, float] | None = None,
    *,
    kind: str = "qpv",
    period: str = "2018",
    edition: str = "2015",
    status: str = "ok",
    scale: float = 1.0,
) -> Figure:
    """Return a figure; with parts, its value is theirs times `scale`."""
    numerator, denominator = parts or (math.nan, math.nan)
    if parts:
        value = scale * numerator / denominator
    return Figure(place, kind, place, period, edition, value, status, numerator, denominator)


def rate(place: str, events: int, outings: int, **changes: str) -> Figure:
    """Return the figure of a field theme."""
    return figure(place, parts=(events, outings), **{"period": "2023", **changes})


def share(place: str, part: int, whole: int, **changes: str) -> Figure:
    """Return the figure of a share made of published counts, in percent."""
    return figure(place, parts=(part, whole), scale=100, **changes)
