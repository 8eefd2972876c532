"""What an overlay answers: everything for programs, and what a person may be shown of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from observatoire.crosswalk.estimates import NUMBERS
from observatoire.labels import read_words

NOT_SHOWN = "E"


@dataclass(frozen=True)
class Part:
    """A source under a QPV.

    Attributes
    ----------
    key
        Code of the source.
    share
        Share of the source's figure that is counted in the QPV (0–1).
    target_share
        Share of the QPV's ground that lies in the source (0–1).
    published
        Whether the producer publishes its figure.
    """

    key: str
    share: float
    target_share: float
    published: bool


@dataclass(frozen=True)
class OverlayRow:
    """What is known of one QPV; None stands for a number that cannot be had.

    Attributes
    ----------
    qpv
        Code of the target.
    estimate
        The number that may be shown; None at grade E.
    raw_estimate
        What the best method at hand gives, whatever its grade: for programs alone.
    lo, hi
        Hard bounds, by the published sources.
    grade, reasons, method
        Letter from A to E, why (names of `crosswalk.REASONS`), and which method.
    coverage, partial_share, imputed_share
        Shares (0–1): of the QPV under sources with a figure; of the estimate from sources partly
        inside; of the estimate that its producer imputed.
    model_low, model_high
        Range between the methods at hand.
    parts
        Sources under the QPV, the largest share of its ground first.
    """

    qpv: str
    estimate: float | None
    raw_estimate: float | None
    lo: float | None
    hi: float | None
    grade: str
    coverage: float
    partial_share: float | None
    parts: tuple[Part, ...] = ()
    method: str = ""
    reasons: tuple[str, ...] = ()
    model_low: float | None = None
    model_high: float | None = None
    imputed_share: float | None = None

    @property
    def why(self) -> str:
        """Return the reasons of the grade, in French."""
        return " ".join(reason_words(reason) for reason in self.reasons)

    def as_dict(self) -> dict[str, Any]:
        """Return the row as JSON can hold it."""
        fields = {name: getattr(self, name) for name in _FIELDS}
        parts = [vars(part) for part in self.parts]
        return {**fields, "reasons": list(self.reasons), "why": self.why, "parts": parts}


_FIELDS = (
    "qpv",
    "estimate",
    "raw_estimate",
    "lo",
    "hi",
    "grade",
    "coverage",
    "partial_share",
    "imputed_share",
    "model_low",
    "model_high",
    "method",
)


@dataclass(frozen=True)
class Conservation:
    """Where the total of the sources goes: nothing created, nothing lost.

    Attributes
    ----------
    total
        Sum of the published counts of the sources that touch a target.
    inside, outside
        What weights by ground put in the targets, and what lies on the ground outside them, each
        measured by itself; None where showing them would show a number of grade E.
    gap
        (inside + outside − total) / total: zero but for rounding and overlaps between sources.
    sources, hidden
        How many of these sources have a figure, and how many have none.
    """

    total: float
    inside: float | None
    outside: float | None
    gap: float
    sources: int
    hidden: int


@dataclass(frozen=True)
class RepairedArea:
    """An outline that was repaired: `what` (« source » or « cible »), its key, m² gained."""

    what: str
    key: str
    area_change_m2: float


@dataclass(frozen=True)
class OverlayResult:
    """All that an overlay found.

    Attributes
    ----------
    rows
        One for each target, in their order.
    conservation
        For a count over targets that do not overlap; None otherwise.
    repairs
        Outlines that were repaired, with their change of area.
    warnings
        French sentences: overlaps that were let pass, rows left aside.
    """

    rows: tuple[OverlayRow, ...]
    conservation: Conservation | None = None
    repairs: tuple[RepairedArea, ...] = ()
    warnings: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[OverlayRow]:
        return iter(self.rows)

    def row(self, qpv: str) -> OverlayRow:
        """Return the row of a target; raise `KeyError` when it is none."""
        for row in self.rows:
            if row.qpv == qpv:
                return row
        raise KeyError(qpv)

    def as_list(self) -> list[dict[str, Any]]:
        """Return the rows as JSON can hold them."""
        return [row.as_dict() for row in self.rows]


def shown(result: OverlayResult) -> OverlayResult:
    """Return what a person may see: at grade E every number is gone, and so are sums of them.

    `raw_estimate` goes from every row. The ground (coverage, parts) stays: it says why the method
    is not legitimate there.
    """
    rows = tuple(
        _without_numbers(row) if row.grade == NOT_SHOWN else replace(row, raw_estimate=None)
        for row in result.rows
    )
    kept = result.conservation
    if kept is not None and any(row.grade == NOT_SHOWN for row in rows):
        kept = replace(kept, inside=None, outside=None)
    return replace(result, rows=rows, conservation=kept)


def reason_words(reason: str) -> str:
    """Return the French sentence of a reason of a grade."""
    return read_words("recoupements")(f"reason.{reason}")


def grade_words(letter: str) -> str:
    """Return what a grade means, in French."""
    return read_words("recoupements")(f"grade.{letter}")


def method_words(method: str) -> str:
    """Return the name of a method, in French; empty for none."""
    return read_words("recoupements")(f"method.{method}") if method else ""


def _without_numbers(row: OverlayRow) -> OverlayRow:
    gone = dict.fromkeys((*NUMBERS, "partial_share", "imputed_share"))
    return replace(row, **gone)  # type: ignore[arg-type]
