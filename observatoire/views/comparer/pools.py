"""What a group of neighbourhoods has together, when that may be said at all. Pure.

A rate or a share of several places is rebuilt from its parts, never averaged; a median, an index or
a percentage published without its counts refuses, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from observatoire.catalogue import Indicator
from observatoire.comparability import Figure, Refusal, scale_of, total
from observatoire.intervals import Varies, garwood, wilson
from observatoire.labels import read_words
from observatoire.labels.numbers import number, quantity
from observatoire.views.comparer.lines import Line, once


def figure_of(line: Line, period: str, edition: str, *, kind: str = "qpv") -> Figure:
    """Return a line as the figure that sums and verdicts are made from."""
    return Figure(
        line.name,
        kind,
        line.key,
        period,
        edition,
        line.value,
        line.status,
        line.part,
        line.whole,
    )


def pooled(line: Line, members: Sequence[Line], one: Indicator) -> Line:
    """Return a line with the figure of its members together, or the reason it has none.

    Parameters
    ----------
    line
        Key, name and site of the group; its figure is filled in.
    members
        The neighbourhoods of the group, at least one.
    one
        The indicator.

    Notes
    -----
    Rate = Σ observations ÷ Σ outings (Garwood); share = 100 · Σ parts ÷ Σ wholes (Wilson). Only
    published figures enter: the note says how many, and a field rate says that the hidden ones,
    which are low, are not among them. A sum of counts has words and no place on the axis: it is
    not of the size of one neighbourhood.
    """
    labels = read_words("comparer")
    found = total([figure_of(member, "", "") for member in members], one, line.name)
    if isinstance(found, Refusal):
        reason = _refusal_reason(found, one)
        absent = sum(not member.is_shown for member in members)
        note = (
            labels.count("pool.incomplete", absent)
            if reason == "incomplete"
            else labels(f"pool.{reason}")
        )
        return replace(line, status="missing", note=note, absence=labels(f"absence.{reason}"))
    if one.kind == "count":
        said = quantity(found.value, one.unit, one.decimals)
        note = once(labels("pool.sum", total=said, n=number(found.members)))
        return replace(line, status="missing", note=note, absence=labels("absence.sum"))
    note = labels.count("pool.among", found.members, total=number(found.expected))
    if one.kind == "per_outing" and found.members < found.expected:
        note = f"{note} {labels('pool.hidden')}"
    varies = varies_of(members)
    return with_parts(replace(line, note=note), found.numerator, found.denominator, one, varies)


def _refusal_reason(found: Refusal, one: Indicator) -> str:
    """Return the key of the words that say why there is no total."""
    if found.reason == "additivity":
        return "none" if one.additivity == "none" else "no_parts"
    return "incomplete" if found.reason == "incomplete" else "nothing"


def with_parts(line: Line, part: float, whole: float, one: Indicator, varies: Varies) -> Line:
    """Return the line with the rate or the share that its parts make, and its interval."""
    make, scale = (garwood if one.kind == "per_outing" else wilson), scale_of(one)
    span = make(part, whole, varies=varies)
    return replace(
        line,
        value=scale * part / whole,
        low=scale * float(span.low),
        high=scale * float(span.high),
        varies=varies,
        part=part,
        whole=whole,
        status="ok",
    )


def varies_of(lines: Sequence[Line]) -> Varies:
    """Return what varies behind the figures of an indicator: the same for all its places."""
    found = next((line.varies for line in lines if line.varies), "process")
    return "sampling" if found == "sampling" else "model" if found == "model" else "process"
