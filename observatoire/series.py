"""A published indicator through time, and which of its figures may be set side by side. Pure.

Three things forbid a difference, whatever the figures say: a break of method that the catalogue
declares, two editions of the perimeters, and two census vintages whose survey years overlap. A
fourth is a request of the producer (`cnam`: not two consecutive years). The reason always comes
with who says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from observatoire import periods
from observatoire.catalogue import Indicator
from observatoire.labels import read_words
from observatoire.labels.numbers import period as period_words
from observatoire.labels.typography import typeset

CENSUS = "rp"
CENSUS_YEARS = 5
"""Years of survey behind one census vintage: 2018 is 2016 to 2020."""
_NOT_CONSECUTIVE = ("cnam",)


@dataclass(frozen=True)
class Point:
    """One figure of a series.

    Attributes
    ----------
    period, edition
        Of the layer it comes from.
    value
        NaN unless `status` is `ok`.
    status
        `ok`, or why there is no figure.
    low, high
        Ends of its interval; NaN where there is none.
    """

    period: str
    edition: str
    value: float
    status: str
    low: float = float("nan")
    high: float = float("nan")

    @property
    def is_shown(self) -> bool:
        """Tell whether there is a figure."""
        return self.status == "ok"

    @property
    def has_interval(self) -> bool:
        """Tell whether an interval stands beside the figure."""
        return self.is_shown and self.low == self.low and self.high == self.high

    @property
    def moment(self) -> float:
        """Return the middle of the period, in years: 2018.5 for 2018."""
        first = periods.first_day(self.period)
        new_year = date(first.year, 1, 1).toordinal()
        end = periods.last_day(self.period).toordinal() + 1
        return first.year + ((first.toordinal() + end) / 2 - new_year) / 365.25


@dataclass(frozen=True)
class Refusal:
    """Why two figures may not be subtracted: a French reason, and who says so."""

    reason: str
    source: str

    def sentence(self) -> str:
        """Return the reason with its source in parentheses."""
        return read_words("evolution")("refusal.said", reason=self.reason, source=self.source)


def ordered(points: Iterable[Point]) -> tuple[Point, ...]:
    """Return points from the earliest to the latest."""
    return tuple(sorted(points, key=lambda point: (point.moment, point.edition)))


def runs(points: Sequence[Point], breaks_after: Sequence[str]) -> tuple[tuple[Point, ...], ...]:
    """Cut a series where no line may be drawn: at an absence, a break, a change of edition.

    Returns
    -------
    Runs of shown points, each one without any cut inside; an absence belongs to none.
    """
    found: list[list[Point]] = [[]]
    for before, point in zip((None, *points), points, strict=False):
        cut = before is not None and is_cut(before, point, breaks_after)
        if cut or not point.is_shown:
            found.append([])
        if point.is_shown:
            found[-1].append(point)
    return tuple(tuple(run) for run in found if run)


def is_cut(before: Point, after: Point, breaks_after: Sequence[str]) -> bool:
    """Tell whether the series breaks between two points: another edition, or another method."""
    return before.edition != after.edition or bool(
        broken(before.period, after.period, breaks_after)
    )


def broken(one: str, other: str, breaks_after: Sequence[str]) -> tuple[str, ...]:
    """Return the declared breaks between two periods: those after which one of them stands."""
    low, high = sorted((periods.last_day(one), periods.last_day(other)))
    return tuple(name for name in breaks_after if low <= periods.last_day(name) < high)


def refusal(indicator: Indicator, one: Point, other: Point) -> Refusal | None:
    """Return why two figures of a series may not be subtracted; None when they may.

    Notes
    -----
    Insee publishes a census vintage from five yearly surveys, and asks for vintages at least five
    years apart to be compared; the localisation of Filosofi changes with 2019; Insee asks not to
    compare two consecutive years of the Cnam counts.
    """
    words = read_words("evolution")
    if one.edition != other.edition:
        fields = {"one": one.edition, "other": other.edition}
        return Refusal(words("refusal.edition", **fields), words("refusal.edition_source"))
    for name in broken(one.period, other.period, indicator.breaks_after):
        reason = words("refusal.break", period=period_words(name))
        return Refusal(reason, typeset(words(f"producer.{_producer(indicator)}")))
    gap = abs(_year(one.period) - _year(other.period))
    if indicator.producer == CENSUS and 0 < gap < CENSUS_YEARS:
        shared = CENSUS_YEARS - gap
        reason = words.count("refusal.census", shared, years=CENSUS_YEARS)
        return Refusal(reason, words("refusal.census_source"))
    if indicator.producer in _NOT_CONSECUTIVE and gap == 1:
        return Refusal(words("refusal.consecutive"), words("producer.cnam"))
    return None


def _producer(indicator: Indicator) -> str:
    known = read_words("evolution").entries
    return indicator.producer if f"producer.{indicator.producer}" in known else "other"


def _year(period: str) -> int:
    return periods.first_day(period).year
