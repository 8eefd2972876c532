"""The lines of a comparison: one place or one comparator each, with what varies. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from observatoire.catalogue import Indicator
from observatoire.labels import read_words
from observatoire.labels.numbers import number, quantity, status_words
from observatoire.search import fold
from observatoire.smoothing import marshall_within


@dataclass(frozen=True)
class Line:
    """One figure of the comparison, in the unit of the indicator.

    Attributes
    ----------
    key
        QPV code, `commune`, `site`, `site-<id>` or `france`.
    name, more, site
        What it is called, what stands under the name, and the id of its site (empty for none).
    value, low, high
        NaN when there is no figure, or no interval.
    status
        As in a layer: `ok`, or why there is no figure.
    varies
        What would have come out otherwise (`sampling`, `process`, `model`); empty without interval.
    part, whole
        Counts behind the value: observations and outings, or part and whole; NaN when unknown.
    smoothed
        Value drawn towards its site (field rates); NaN elsewhere.
    note
        French: how the figure was made, or why there is none.
    absence
        French, a few words in the place of the value; the words of the status by default.
    """

    key: str
    name: str
    more: str = ""
    site: str = ""
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    status: str = "ok"
    varies: str = ""
    part: float = math.nan
    whole: float = math.nan
    smoothed: float = math.nan
    note: str = ""
    absence: str = ""

    @property
    def is_shown(self) -> bool:
        """Tell whether there is a figure."""
        return math.isfinite(self.value)

    @property
    def has_interval(self) -> bool:
        """Tell whether an interval can be drawn."""
        return self.is_shown and math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def has_parts(self) -> bool:
        """Tell whether the counts behind the figure are published."""
        return math.isfinite(self.part) and math.isfinite(self.whole) and self.whole > 0


def place_lines(estimates: pd.DataFrame, places: pd.DataFrame, one: Indicator) -> list[Line]:
    """Return one line for each neighbourhood, by site, then town, then name: never by value.

    Parameters
    ----------
    estimates
        Of the layer, indexed by QPV code: `value`, `status`, `low`, `high`, `varies`,
        `numerator`, `denominator`. A neighbourhood it does not hold is `not_collected`.
    places
        Indexed by code, columns `name`, `commune`, `site`, in the order of the sites.
    one
        The indicator; field rates are smoothed within their site.
    """
    found = estimates.reindex(list(places.index))
    found["status"] = found["status"].fillna("not_collected")
    smoothed = pd.Series(math.nan, index=found.index)
    if one.kind == "per_outing":
        frame = marshall_within(found["numerator"], found["denominator"], places["site"])
        smoothed = frame["smoothed"]
    lines = [
        _place_line(str(code), places.loc[code], found.loc[code].to_dict(), float(smoothed[code]))
        for code in places.index
    ]
    order = {site: rank for rank, site in enumerate(dict.fromkeys(places["site"]))}
    return sorted(lines, key=lambda line: (order[line.site], fold(line.more), fold(line.name)))


def _place_line(code: str, place: Any, cell: Mapping[Any, Any], smoothed: float) -> Line:
    status = str(cell["status"])
    commune = place["commune"] if isinstance(place["commune"], str) else ""
    return Line(
        code,
        str(place["name"]),
        commune,
        str(place["site"]),
        value=_real(cell["value"]),
        low=_real(cell["low"]),
        high=_real(cell["high"]),
        status=status,
        varies=str(cell["varies"]) if pd.notna(cell["low"]) else "",
        part=_real(cell["numerator"]),
        whole=_real(cell["denominator"]),
        smoothed=smoothed,
    )


def _real(value: object) -> float:
    return math.nan if pd.isna(value) else float(value)  # type: ignore[call-overload, arg-type]


def value_text(line: Line, one: Indicator, *, unit: bool = True) -> str:
    """Return the value as it is read, or the words of its absence."""
    if not line.is_shown:
        return line.absence or status_words(line.status)
    return quantity(line.value, one.unit if unit else "", one.decimals)


def interval_text(line: Line, one: Indicator) -> str:
    """Return the interval as it is read: « de 41,2 à 47,9 »; empty when there is none."""
    if not line.has_interval:
        return ""
    labels = read_words("comparer")
    low, high = number(line.low, one.decimals), number(line.high, one.decimals)
    return labels("interval.range", low=low, high=high)


def whole_text(line: Line, one: Indicator) -> str:
    """Return what the value rests on: « 120 sorties », « 1 034 foyers »; empty when unknown."""
    if not math.isfinite(line.whole):
        return ""
    if one.kind == "per_outing":
        return read_words("comparer").count("whole.outings", int(line.whole))
    return number(line.whole)


def once(sentence: str) -> str:
    """Return a sentence with one full stop where an abbreviated unit (« hab. ») made two."""
    return sentence.replace("..", ".")
