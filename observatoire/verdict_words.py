"""The French sentences of a verdict: what a delegate reads, from the same figures as the table.

Pure. The answer comes first, in one sentence; then how often chance would do as much, or why no
test exists and what can be said instead; then what was left out. Nothing is explained or ranked.
"""

from __future__ import annotations

import math

from observatoire.comparability import Figure
from observatoire.labels import read_words
from observatoire.labels.numbers import in_period, number, quantity, status_words
from observatoire.labels.typography import NO_BREAK, typeset
from observatoire.sentences import printed
from observatoire.sources import read_register
from observatoire.verdicts import Verdict

_POINTS = "points"


def sentences(verdict: Verdict) -> tuple[str, ...]:
    """Return all that may be said of a comparison, in reading order; the answer first."""
    if verdict.kind == "refused":
        return (answer(verdict),)
    parts = [answer(verdict), *(_of_a_test(verdict) if verdict.tested else _instead(verdict))]
    return (*parts, *_notes(verdict))


def answer(verdict: Verdict) -> str:
    """Return the answer to « Cette différence est-elle réelle ? », in one sentence."""
    words = read_words("verdicts")
    if verdict.kind == "refused":
        reason, source = _refusal(verdict)
        form = "answer.refused_source" if source else "answer.refused"
        return typeset(words(form, reason=reason, source=source))
    first, second = _names(verdict)
    return typeset(
        words(
            f"answer.{verdict.kind}",
            first=first,
            second=second,
            one=_value(verdict.first, verdict),
            other=_value(verdict.second, verdict),
        )
    )


def small_print(verdict: Verdict) -> str:
    """Return the name of the test and its p-value, for the small print; empty without a test."""
    if not verdict.tested:
        return ""
    words = read_words("verdicts")
    test = words(f"test.{verdict.reason}")
    if verdict.adjusted_p < 0.001:
        return words("test.tiny", test=test)
    return words("test.line", test=test, p=number(verdict.adjusted_p, 3))


def varies_words(varies: str) -> str:
    """Return what varies behind an interval, in French; empty without an interval."""
    return read_words("verdicts")(f"varies.{varies}") if varies else ""


def method_words(method: str) -> str:
    """Return the name of an interval, in French; empty without one."""
    return read_words("verdicts")(f"method.{method}") if method else ""


def _of_a_test(verdict: Verdict) -> list[str]:
    words = read_words("verdicts")
    said = [_chance(verdict.p_value)]
    if verdict.family_size > 1:
        drowned = verdict.kind == "not_distinguishable" and verdict.p_value < 1 - verdict.level
        form = "family.drowned" if drowned else "family.counted"
        sentence = words(form, n=number(verdict.family_size), family=verdict.family)
        said = [sentence] if drowned else [*said, sentence]
    if verdict.reason == "counts" and verdict.first.zone != verdict.second.zone:
        said.append(words("why.counts"))
    return said


def _chance(p: float) -> str:
    words = read_words("verdicts")
    if p < 0.01:
        return words("chance.rare" if p < 0.001 else "chance.few")
    times = round(100 * p)
    return words("chance.always") if times > 95 else words("chance.often", n=number(times))


def _instead(verdict: Verdict) -> list[str]:
    """Return why there is no test, and what can be said without one."""
    words = read_words("verdicts")
    gap = _gap(verdict)
    if verdict.reason == "nothing_counted":
        return [words("why.nothing_counted")]
    if verdict.reason == "no_interval":
        said = [words("why.no_interval", gap=gap)]
    elif verdict.indicator.kind == "per_outing":
        return [words("why.no_rate_parts")]
    else:
        said = [words("why.no_parts"), _needed(verdict, gap)]
    return [*said, *_among_all(verdict)]


def _needed(verdict: Verdict, gap: str) -> str:
    words = read_words("verdicts")
    if not math.isfinite(verdict.needed):
        return words("needed.none")
    form = "needed.one" if verdict.second_is_known else "needed.both"
    return words(form, n=number(verdict.needed), gap=gap)


def _among_all(verdict: Verdict) -> list[str]:
    """Return where the first stands among the QPV of France, and how large the gap is there."""
    spread, words = verdict.spread, read_words("verdicts")
    if spread is None:
        return []
    first, _ = _names(verdict)
    said = []
    steps = spread.steps(verdict.estimate)
    if math.isfinite(steps):
        said.append(words("spread.steps", steps=number(steps, 1)))
    if verdict.first.zone_kind == "qpv":
        band = spread.band(verdict.first.value)
        counts = {"n": number(spread.n), "total": number(spread.total)}
        said.append(words(f"spread.{band}", first=first, **counts))
    return [typeset(sentence) for sentence in said]


def _notes(verdict: Verdict) -> list[str]:
    words, (first, second) = read_words("verdicts"), _names(verdict)
    said = []
    if verdict.separated:
        said.append(words("note.separated", first=first, second=second))
    if verdict.overlapping:
        said.append(words("note.overlapping", first=first, second=second))
    for figure, name in zip((verdict.first, verdict.second), (first, second), strict=True):
        if figure.members < figure.expected:
            counts = {"members": number(figure.members), "expected": number(figure.expected)}
            said.append(words("note.members", second=name, **counts))
    return [typeset(sentence[:1].upper() + sentence[1:]) for sentence in said]


def _refusal(verdict: Verdict) -> tuple[str, str]:
    """Return why a comparison is refused, and who says so (may be empty)."""
    words, refusal = read_words("verdicts"), verdict.refusal
    assert refusal is not None, "a refused verdict says why"
    if refusal.said:
        return refusal.said, refusal.source
    figure = refusal.figure
    fields = {"label": verdict.indicator.label}
    if figure is not None:
        fields |= {"place": figure.place, "status": status_words(figure.status)}
    return words(f"refusal.{refusal.reason}", **fields), _cited(refusal.source)


def _cited(source: str) -> str:
    register = read_register()
    if source not in register:
        return source
    return f"{register[source].publisher}, {register[source].title}"


def _names(verdict: Verdict) -> tuple[str, str]:
    """Return what the two figures are called; their periods tell them apart when places do not."""
    one, other = verdict.first, verdict.second
    if one.period == other.period:
        return one.place, other.place
    words = read_words("verdicts")
    first, second = (
        words("place.moment", place=figure.place, period=in_period(figure.period))
        for figure in (one, other)
    )
    return first, second


def _value(figure: Figure, verdict: Verdict) -> str:
    return printed(figure.value, verdict.indicator)


def _gap(verdict: Verdict) -> str:
    """Return the size of the gap: percentages differ by points."""
    indicator, gap = verdict.indicator, abs(verdict.estimate)
    if indicator.unit == "%":
        return f"{number(gap, indicator.decimals)}{NO_BREAK}{_POINTS}"
    return quantity(gap, indicator.unit, indicator.decimals)
