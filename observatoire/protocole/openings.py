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


@dataclass(frozen=True)
class Opening:
    """What would open of what was seen between two days.

    Attributes
    ----------
    version
        The version that ruled those days; None before any.
    changes
        What each role would receive more; empty when that version gave as much.
    """

    first: date
    last: date
    version: int | None
    changes: tuple[Change, ...]


def openings(
    versions: Sequence[Agreement], since: date, already: Sequence[date] = ()
) -> tuple[Opening, ...]:
    """Return what would open since a day, the oldest first; nothing without a version in force.

    Parameters
    ----------
    versions
        Every version of a site.
    already
        Days since which the version in force already rules alone.
    """
    ruling = next((one for one in versions if one.in_force), None)
    if ruling is None or ruling.agreed_on is None:
        return ()
    end = min([ruling.agreed_on, *already])
    past = sorted(
        (one for one in versions if one.agreed_on is not None and one is not ruling),
        key=lambda one: (one.agreed_on or since, one.version),
    )
    starts = sorted(
        {one.agreed_on for one in past if one.agreed_on and since < one.agreed_on < end}
    )
    days = [since, *starts, end]
    found = []
    for first, after in pairwise(days):
        if first >= after:
            continue
        then = [one for one in past if one.agreed_on is not None and one.agreed_on <= first]
        # What no role received before is what an agreement without a share gives.
        before = then[-1].terms if then else replace(ruling.terms, shares=())
        version = then[-1].version if then else None
        found.append(
            Opening(first, after - timedelta(days=1), version, _more(before, ruling.terms))
        )
    return tuple(found)


def _more(before: Terms, after: Terms) -> tuple[Change, ...]:
    return widened(share_changes(before, after))
