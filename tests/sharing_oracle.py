"""What an agreement lets somebody have, said a second time in plain Python: to test the first.

Written from docs/security.md, not from the SQL; it shares no code with the program.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

COARSE = ["qpv", "400", "200"]
TOGETHER = "ensemble"
SLOW = ["meeting", "monthly", "weekly", "now"]


@dataclass(frozen=True)
class Version:
    agreed_on: date
    shares: tuple[dict, ...]
    parties: frozenset[str]


@dataclass
class Town:
    """A site: its agreements in order, and what happened to them."""

    site: str
    versions: list[Version] = field(default_factory=list)
    widened_since: list[date] = field(default_factory=list)  # by the version in force
    suspended: set[str] = field(default_factory=set)
    meetings: list[date] = field(default_factory=list)


@dataclass(frozen=True)
class User:
    role: str
    organisation: str
    sites: frozenset[str]


@dataclass(frozen=True)
class Seen:
    site: str
    organisation: str
    qpv: str
    day: date
    item: str
    cell: str
    intensity: int = 1
    size_band: str = ""
    place: str = ""
    written_under: int = 1


def given(version: Version, role: str, item: str):
    named = [s for s in version.shares if s["role"] == role and item in s["items"]]
    every = [s for s in version.shares if s["role"] == role and "*" in s["items"]]
    if item == TOGETHER and every:  # it holds each of them: as the one that is given least
        own = [s for s in version.shares if s["role"] == role]
        places, rhythms = ({s[name] for s in own} for name in ("precision", "rhythm"))
        return min(places, key=COARSE.index), min(rhythms, key=SLOW.index)
    found = (named or every)[:1]
    return (found[0]["precision"], found[0]["rhythm"]) if found else None


def granted(town: Town, role: str, item: str, first: date, last: date):
    if not town.versions:
        return None
    ruling = [town.versions[-1]]
    if not any(since <= first for since in town.widened_since):
        before = [v for v in town.versions if v.agreed_on <= first]
        if not before:
            return None
        ruling += [before[-1], *(v for v in town.versions if first < v.agreed_on <= last)]
    all_given = [given(version, role, item) for version in ruling]
    if None in all_given:
        return None
    return (
        min((one[0] for one in all_given), key=COARSE.index),
        min((one[1] for one in all_given), key=SLOW.index),
    )


def month_of(day: date) -> date:
    return day.replace(day=1)


def horizon(town: Town, rhythm: str, today: date):
    """The first day that may not be read yet; None: no day may."""
    if rhythm == "now":
        return today + timedelta(days=1)
    if rhythm == "weekly":
        return today - timedelta(days=today.weekday())
    if rhythm == "monthly":
        return month_of(today)
    held = [day for day in town.meetings if day <= today]
    return max(held) if held else None


def coarsened(cell: str, precision: str) -> str:
    if not cell or precision == "qpv":
        return ""
    head, rest = cell.split("RES")
    size, place = rest.split("m", 1)
    north, east = place[1:].split("E")
    wanted = max(int(precision), int(size))
    south, west = (int(value) // wanted * wanted for value in (north, east))
    return f"{head}RES{wanted}mN{south}E{west}"


def shared(town: Town, user: User, seen: Seen, today: date):
    """Return the row that the user gets of an observation of another team, None when none."""
    if user.role not in ("street_team", "team_leader", "service") or town.site not in user.sites:
        return None
    if user.role != "service" and seen.organisation == user.organisation:
        return None  # read as one's own, not as shared
    if seen.organisation in town.suspended:
        return None
    if not town.versions or seen.organisation not in town.versions[-1].parties:
        return None  # a version shares what its own signatories wrote
    grant = granted(town, user.role, seen.item, seen.day, seen.day)
    if grant is None:
        return None
    if not any(since <= seen.day for since in town.widened_since):
        written = given(town.versions[seen.written_under - 1], user.role, seen.item)
        if written is None:
            return None
        grant = (
            min(grant[0], written[0], key=COARSE.index),
            min(grant[1], written[1], key=SLOW.index),
        )
    precision, rhythm = grant
    limit = horizon(town, rhythm, today)
    if limit is not None and rhythm == "meeting":
        limit = min(limit, month_of(today))  # its day is told by its month: that must be over
    if limit is None or seen.day >= limit:
        return None
    iso = seen.day.isocalendar()
    said = {
        "now": seen.day.isoformat(),
        "weekly": f"{iso.year}-W{iso.week:02d}",
    }.get(rhythm, f"{seen.day:%Y-%m}")
    return (
        seen.site,
        seen.qpv,
        seen.item,
        said,
        seen.intensity,
        seen.size_band,
        seen.place,
        coarsened(seen.cell, precision),
    )


def owns(user: User, seen: Seen) -> bool:
    return (
        user.role in ("street_team", "team_leader")
        and seen.organisation == user.organisation
        and seen.site in user.sites
    )


def may_read(
    town: Town,
    user: User | None,
    item: str,
    first: date,
    last: date,
    today: date,
    precision: str = "qpv",
):
    """Tell whether a released figure of a period may be read, at a precision."""
    if town.suspended:
        return False
    roles = ["public"]
    if user is not None and town.site in user.sites:
        roles.append(user.role)
    for role in roles:
        grant = granted(town, role, item, first, last)
        limit = horizon(town, grant[1], today) if grant else None
        fine = grant is not None and COARSE.index(grant[0]) >= COARSE.index(precision)
        if limit is not None and last < limit and fine:
            return True
    return False
