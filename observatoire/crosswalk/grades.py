"""How far an estimate can be believed: a letter, and the reasons for it.

A: official value of this zone and vintage. B: exact sum of whole sources. C: by dwellings with at
most half of it from partial sources, or benchmarked on an official total of the same producer and
year with every source published. D: by ground alone, with at most a fifth from partial sources.
E: anything else, never shown as a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Grade = Literal["A", "B", "C", "D", "E"]
BenchmarkState = Literal["none", "ok", "absent", "other_year"]
GRADES: tuple[Grade, ...] = ("A", "B", "C", "D", "E")

REASONS = (
    "official",
    "whole_sources",
    "benchmarked",
    "dasymetric",
    "few_partial",
    "official_secret",
    "no_source",
    "no_value",
    "low_coverage",
    "hidden_source",
    "benchmark_absent",
    "other_year",
    "weights_absent",
    "partial_sources",
)

MIN_COVERAGE = 0.95
MAX_PARTIAL_AREA = 0.2
MAX_PARTIAL_DASYMETRIC = 0.5


@dataclass(frozen=True)
class Evidence:
    """What is known of one target when its grade is given.

    Attributes
    ----------
    official
        Status of the official value of the very same variable: `ok`, `secret`, or anything else.
    reached
        Some source shares ground with the target.
    valued
        Some method gives a number.
    coverage
        Share of the target under sources with a published value.
    hidden
        A source that is no trace has no published value.
    exact
        The target is made of whole sources.
    benchmark
        Whether there is an official total to calibrate on.
    dasymetric
        Weights by dwellings were given, and none of the sources lacks them.
    weights_given
        Weights by dwellings were given.
    partial_area, partial_dasymetric
        Share of the estimate that comes from partial sources, by each method.
    """

    official: str
    reached: bool
    valued: bool
    coverage: float
    hidden: bool
    exact: bool
    benchmark: BenchmarkState = "none"
    dasymetric: bool = False
    weights_given: bool = False
    partial_area: float = 1.0
    partial_dasymetric: float = 1.0


def grade(evidence: Evidence) -> tuple[Grade, tuple[str, ...]]:
    """Return the grade of an estimate and its reasons, among `REASONS`."""
    settled: dict[str, tuple[Grade, str]] = {
        "ok": ("A", "official"),
        "secret": ("E", "official_secret"),
    }
    letter: Grade
    if evidence.official in settled:
        letter, reason = settled[evidence.official]
        return letter, (reason,)
    if gaps := _gaps(evidence):
        return "E", gaps
    earned: tuple[tuple[bool, Grade, str], ...] = (
        (evidence.exact, "B", "whole_sources"),
        (evidence.benchmark == "ok", "C", "benchmarked"),
        (
            evidence.dasymetric and evidence.partial_dasymetric <= MAX_PARTIAL_DASYMETRIC,
            "C",
            "dasymetric",
        ),
        (evidence.partial_area <= MAX_PARTIAL_AREA, "D", "few_partial"),
    )
    for deserved, letter, reason in earned:
        if deserved:
            return letter, (reason,)
    return "E", ("partial_sources", *_missed(evidence))


def _gaps(evidence: Evidence) -> tuple[str, ...]:
    """Return what forbids any estimate: hidden or missing ground, no number at all."""
    if not evidence.reached:
        return ("no_source",)
    gaps = []
    if not evidence.coverage >= MIN_COVERAGE:
        gaps.append("low_coverage")
    if evidence.hidden:
        gaps.append("hidden_source")
    if not gaps and not evidence.valued:
        gaps.append("no_value")
    return tuple(gaps)


def _missed(evidence: Evidence) -> tuple[str, ...]:
    """Return why the better methods could not be used."""
    missed = []
    if evidence.benchmark == "absent":
        missed.append("benchmark_absent")
    if evidence.benchmark == "other_year":
        missed.append("other_year")
    if evidence.weights_given and not evidence.dasymetric:
        missed.append("weights_absent")
    return tuple(missed)
