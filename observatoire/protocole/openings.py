"""What the act « élargir aux observations plus anciennes » would open. Pure.

What was seen under an earlier version is read with the least of what that version and the one in
force give; what was seen before any version is not read at all. The act lets the version in force
rule alone since a day: it opens what the versions of those days did not give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from observatoire.protocole.agreements import Agreement
from observatoire.protocole.changes import Change, share_changes, widened
from observatoire.protocole.terms import Terms

THRESHOLDS = ("k", "outings", "base")


@dataclass(frozen=True)
class Reign:
    """A version, and the first day of what it rules: that of its agreement or a later one.

    What was written under an earlier version stays under it, on the day of the agreement too.
    """

    agreement: Agreement
    since: date | None


@dataclass(frozen=True)
class Lowered:
    """A threshold of the figures that an act would lower: `k`, `outings` or `base`."""

    threshold: str
    before: int
    after: int


@dataclass(frozen=True)
class Opening:
    """What would open of what was seen between two days.

    Attributes
    ----------
    version
        The version that ruled those days; None before any.
    changes
        What each role would receive more; empty when that version gave as much.
    lowered
        Which thresholds its figures would have to reach no more.
    """

    first: date
    last: date
    version: int | None
    changes: tuple[Change, ...]
    lowered: tuple[Lowered, ...] = ()


def openings(
    versions: Sequence[Reign], since: date, already: Sequence[date] = ()
) -> tuple[Opening, ...]:
    """Return what would open since a day, the oldest first; nothing without a version in force.

    Parameters
    ----------
    versions
        Every version of a site.
    already
        Days since which the version in force already rules alone.
    """
    ruling = next((one for one in versions if one.agreement.in_force), None)
    if ruling is None or ruling.since is None:
        return ()
    past = [one for one in versions if one.since is not None and one is not ruling]
    end = min([ruling.since, *already])
    starts = {one.since for one in past if one.since and since < one.since < end}
    spans = pairwise([since, *sorted(starts), end])
    return tuple(
        _opening(past, ruling.agreement, first, after) for first, after in spans if first < after
    )


def _opening(past: Sequence[Reign], ruling: Agreement, first: date, after: date) -> Opening:
    """Return what would open of the days from one to the eve of another, under one version."""
    then = [one for one in past if one.since is not None and one.since <= first]
    if not then:
        # What no role received before is what an agreement without a share gives.
        nothing = replace(ruling.terms, shares=())
        return Opening(first, after - timedelta(days=1), None, _more(nothing, ruling.terms))
    before = max(then, key=lambda one: (one.since or first, one.agreement.version)).agreement
    return Opening(
        first,
        after - timedelta(days=1),
        before.version,
        _more(before.terms, ruling.terms),
        _lowered(before.terms, ruling.terms),
    )


def _more(before: Terms, after: Terms) -> tuple[Change, ...]:
    return widened(share_changes(before, after))


def _lowered(before: Terms, after: Terms) -> tuple[Lowered, ...]:
    asked = [(name, getattr(before, name), getattr(after, name)) for name in THRESHOLDS]
    return tuple(Lowered(name, was, now) for name, was, now in asked if now < was)
