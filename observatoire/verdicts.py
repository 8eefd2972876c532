"""Is this difference real? What may be said of two figures, and what may not.

A verdict never explains a difference; it says whether chance alone could make one like it. Where
no test is possible it says so, and gives what can be said instead; where a comparison makes no
sense it is refused, with the reason.

Pure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from observatoire import selection
from observatoire.catalogue import Indicator
from observatoire.comparability import (
    Figure,
    Refusal,
    refusal_to_compare,
    scale_of,
    total,
    without,
)
from observatoire.contrasts import Contrast, adjust
from observatoire.intervals import LEVEL, Interval
from observatoire.spreads import Spread, denominator_needed

Kind = Literal["higher", "lower", "not_distinguishable", "cannot_say", "refused"]
REFERENCES = ("france", "commune", "epci")
"""Kinds of places large enough for a published percentage to be taken as known."""

__all__ = ["Kind", "Spread", "Verdict", "adjust", "compare", "compare_all", "judge"]


@dataclass(frozen=True)
class Verdict:
    """What may be said of a first figure beside a second one.

    Attributes
    ----------
    kind
        `higher` or `lower`: the first differs from the second by more than chance explains;
        `not_distinguishable`: chance alone could; `cannot_say`: no test exists for what is
        published; `refused`: the comparison makes no sense.
    reason
        Which test (`rates`, `shares`, `reference`, `counts`), why none (`no_parts`,
        `no_interval`, `nothing_counted`), or why refused (`comparability.Reason`).
    first, second
        The figures as compared: the second may have lost the first (`separated`).
    indicator
        What both measure.
    estimate
        Ratio of rates or of counts, difference of shares in the unit of the indicator, or plain
        gap of values; NaN when refused.
    p_value, adjusted_p
        Alone, and within its family; NaN without a test.
    level
        Of confidence: a difference is announced under 1 − level.
    interval
        Of the ratio of two rates or counts.
    family, family_size
        Name of the comparisons judged together (French), and how many tests it holds.
    separated
        The first was taken out of the second, which contains it.
    overlapping
        It could not be.
    needed
        Denominator under which a gap between percentages as published could be chance.
    spread
        Of the QPV of France, when it is known.
    refusal
        Why, when refused.
    """

    kind: Kind
    reason: str
    first: Figure
    second: Figure
    indicator: Indicator
    estimate: float = math.nan
    p_value: float = math.nan
    adjusted_p: float = math.nan
    level: float = LEVEL
    interval: Interval | None = None
    family: str = ""
    family_size: int = 1
    separated: bool = False
    overlapping: bool = False
    needed: float = math.nan
    spread: Spread | None = None
    refusal: Refusal | None = None

    @property
    def tested(self) -> bool:
        """Tell whether a test was made."""
        return math.isfinite(self.p_value)

    @property
    def second_is_known(self) -> bool:
        """Tell whether the second rests on so many people that its percentage is a fact."""
        return self.second.zone_kind in REFERENCES


def compare(
    first: Figure,
    second: Figure,
    indicator: Indicator,
    *,
    inside: bool = False,
    same_scale: bool = True,
    spread: Spread | None = None,
    level: float = LEVEL,
) -> Verdict:
    """Say whether a first figure differs from a second one.

    Parameters
    ----------
    first, second
        Two places at one moment, or one place at two moments.
    indicator
        What both measure; its kind chooses the test.
    inside
        The second contains the first (a commune and its QPV): the first is taken out of it where
        parts are published.
    same_scale
        For two sites: whether their items map onto one another without loss.
    spread
        Of the QPV of France, for what cannot be tested.
    level
        Confidence; a difference is announced when chance has less than 1 − level to make it.

    Notes
    -----
    All tests know which counts are never published (`selection`).
    Rates per outing: exact conditional test. Shares with their parts: Fisher's exact test; against
    a percentage taken as known (`REFERENCES`): exact binomial test. Counts: exact conditional test
    of two Poisson counts. Percentages without parts: the gap beside the spread of the QPV of
    France, and the denominator under which chance could make it. Amounts, medians: the gap only.
    """
    refusal = refusal_to_compare(first, second, indicator, same_scale=same_scale)
    if refusal is not None:
        return refused(first, second, indicator, refusal)
    rest = without(second, first, indicator) if inside else None
    base = Verdict(
        "cannot_say",
        "no_interval",
        first,
        rest or second,
        indicator,
        level=level,
        separated=rest is not None,
        overlapping=inside and rest is None,
        spread=spread,
    )
    if indicator.kind == "per_outing":
        return _of_rates(base)
    if indicator.kind == "share":
        return _of_shares(base)
    if indicator.kind == "count" and not base.overlapping:
        return _of_counts(base)
    return replace(base, estimate=base.first.value - base.second.value)


def compare_all(
    first: Figure,
    others: Sequence[Figure],
    indicator: Indicator,
    *,
    family: str,
    same_scale: bool = True,
    spread: Spread | None = None,
    level: float = LEVEL,
) -> tuple[Verdict, ...]:
    """Compare one place with each of the others, in order, as one family of tests.

    Parameters
    ----------
    family
        Its name, in French: « les 18 autres quartiers de la Loire ».
    """
    found = [
        compare(first, other, indicator, same_scale=same_scale, spread=spread, level=level)
        for other in others
    ]
    return judge(found, family=family)


def compare_rest(
    first: Figure,
    others: Sequence[Figure],
    indicator: Indicator,
    *,
    place: str,
    same_scale: bool = True,
    spread: Spread | None = None,
    level: float = LEVEL,
) -> Verdict:
    """Compare one place with the others taken together, called `place`.

    Refused when they make no total, or when one is secret: the figures that are hidden are the low
    ones, and the rest would look higher than it is.

    Raises
    ------
    ValueError
        Without any other place.
    """
    secret = next((one for one in others if one.status == "secret"), None)
    rest = Refusal("incomplete", secret) if secret else total(others, indicator, place)
    if isinstance(rest, Refusal):
        named = replace(others[0], place=place, value=math.nan)
        return refused(first, named, indicator, rest)
    return compare(first, rest, indicator, same_scale=same_scale, spread=spread, level=level)


def judge(verdicts: Sequence[Verdict], *, family: str) -> tuple[Verdict, ...]:
    """Judge comparisons made together: the more there are, the more chance differences.

    Notes
    -----
    Benjamini–Hochberg over the tests of the family; what was not tested is left as it is.
    """
    size = sum(verdict.tested for verdict in verdicts)
    adjusted = adjust([verdict.p_value for verdict in verdicts])
    return tuple(
        _decided(replace(one, adjusted_p=float(p), family=family, family_size=size))
        if one.tested
        else one
        for one, p in zip(verdicts, adjusted, strict=True)
    )


def refused(first: Figure, second: Figure, indicator: Indicator, refusal: Refusal) -> Verdict:
    """Return the verdict of a comparison that makes no sense."""
    return Verdict("refused", refusal.reason, first, second, indicator, refusal=refusal)


def _of_rates(base: Verdict) -> Verdict:
    one, other = base.first, base.second
    if not (one.has_parts and other.has_parts) or base.overlapping:
        return replace(base, reason="no_parts", estimate=one.value - other.value)
    hidden = selection.hidden_of(base.indicator)
    found = selection.rate_ratio_shown(*one.parts, *other.parts, hidden, level=base.level)
    return _tested(base, "rates", found, 1.0)


def _of_shares(base: Verdict) -> Verdict:
    one, other, scale = base.first, base.second, scale_of(base.indicator)
    hidden = selection.hidden_of(base.indicator)
    if one.has_parts and other.has_parts and not base.overlapping:
        rest = base.separated
        found = selection.share_difference_shown(
            *one.parts, *other.parts, hidden, other_is_rest=rest
        )
        return _tested(base, "shares", found, scale)
    if one.has_parts and base.second_is_known and not base.overlapping:
        found = selection.share_against_shown(*one.parts, other.value / scale, hidden)
        return _tested(base, "reference", found, scale)
    needed = denominator_needed(
        one.value / scale, other.value / scale, known=base.second_is_known, level=base.level
    )
    return replace(base, reason="no_parts", estimate=one.value - other.value, needed=needed)


def _of_counts(base: Verdict) -> Verdict:
    one, other = base.first.value, base.second.value
    if one != round(one) or other != round(other) or base.indicator.producer == "rp":
        return replace(base, estimate=one - other)
    found = selection.rate_ratio_shown(
        one, 1, other, 1, selection.hidden_of(base.indicator), level=base.level
    )
    return _tested(base, "counts", found, 1.0)


def _tested(base: Verdict, reason: str, found: Contrast, scale: float) -> Verdict:
    if not math.isfinite(found.p_value):
        return replace(base, reason="nothing_counted", estimate=0.0)
    p = float(found.p_value)
    return _decided(
        replace(
            base,
            reason=reason,
            estimate=float(found.estimate) * scale,
            interval=found.interval,
            p_value=p,
            adjusted_p=p,
        )
    )


def _decided(verdict: Verdict) -> Verdict:
    """Return a tested verdict with its kind, from its adjusted p-value."""
    if not verdict.adjusted_p < 1 - verdict.level:
        return replace(verdict, kind="not_distinguishable")
    neutral = 0.0 if verdict.reason in ("shares", "reference") else 1.0
    return replace(verdict, kind="higher" if verdict.estimate > neutral else "lower")
