"""What an agreement says: which role receives which items, how precisely, at which rhythm."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

import pandas as pd

from observatoire.entries import CLOCK_DAYS
from observatoire.entries import PRECISIONS as PRECISIONS  # noqa: PLC0414 - one list for both

RHYTHMS = ("meeting", "monthly", "weekly", "now")
"""When what was seen may be read, slowest first: after the next meeting, once its month or its
week is over, at once."""
SHARERS = (
    "street_team",
    "team_leader",
    "service",
    "delegate",
    "geographer",
    "copilot",
    "facilitator",
    "public",
)
ONE_BY_ONE = ("street_team", "team_leader", "service")
"""The roles that receive observations one by one; the others, figures that were released."""
EVERY_ITEM = "*"


@dataclass(frozen=True)
class Share:
    """What one role receives.

    Attributes
    ----------
    role
        Of `SHARERS`.
    items
        Codes of the grid; `*` for all. A share that names an item rules it rather than `*`.
    precision
        The finest place: of `PRECISIONS`.
    rhythm
        Of `RHYTHMS`.

    Notes
    -----
    Street teams, their leaders and their service receive observations one by one, without
    outing nor identifier, cut to this precision and rhythm; every other role receives only what
    `disclosure` released, of the items and periods that the share reaches.
    """

    role: str
    items: tuple[str, ...] = (EVERY_ITEM,)
    precision: str = "qpv"
    rhythm: str = "meeting"

    @property
    def is_one_by_one(self) -> bool:
        """Tell whether it gives observations one by one, rather than released figures."""
        return self.role in ONE_BY_ONE

    @property
    def has_squares(self) -> bool:
        """Tell whether it gives figures by square: those of a year, all items together.

        Each item by itself is given by QPV.
        """
        return not self.is_one_by_one and self.precision in PRECISIONS[1:]


@dataclass(frozen=True)
class Terms:
    """The terms of one version.

    Attributes
    ----------
    shares
        Who receives what; who is not named receives nothing.
    precision
        The finest place that a team may write down.
    retention_months
        After which entries are gone; what was released stays.
    text, text_months
        Whether a team may write words, for itself only, and when they are gone (3 at most).
    days_back
        How old an outing may be when it is written down.
    delay_days, transmit
        An alert that its team has neither transmitted nor kept after so many days is transmitted
        (`transmit`) or kept: the default is to keep.
    k, outings, base
        Thresholds of disclosure; lower than the house's (5, 2, 10) only with an article.
    article
        The article of the agreement that says why, and who answers for it.
    """

    shares: tuple[Share, ...] = field(default_factory=tuple)
    precision: str = "200"
    retention_months: int = 12
    text: bool = False
    text_months: int = 3
    days_back: int = 31
    delay_days: int = 7
    transmit: bool = False
    k: int = 5
    outings: int = 2
    base: int = 10
    article: str = ""

    @property
    def unreleased(self) -> str:
        """Return the shortest period that is not always released: `month`, `year`; empty: none.

        A month is released once no entry may come to it, from entries that are all there still. Its
        counts are kept as long again: those of January must be there when the year is due, eleven
        months after them. (A quarter is due two months after its first: what keeps entries until
        their month is due keeps counts until then.)
        """
        closed = pd.date_range("2024-01-01", periods=12, freq="MS")
        due = closed + pd.offsets.MonthEnd() + pd.Timedelta(days=self.days_back + CLOCK_DAYS + 1)
        if (closed < due - pd.DateOffset(months=self.retention_months)).any():
            return "month"
        return "year" if self.retention_months < 11 else ""

    def first_day(self, today: date) -> date:
        """Return the day of the oldest outing that may be written down: its time is not over."""
        kept = pd.DateOffset(months=self.retention_months)
        first = pd.Timestamp(today) - kept
        while (first + kept).date() <= today:  # the months that follow are shorter than that one
            first += pd.Timedelta(days=1)
        return max(first.date(), today - timedelta(days=self.days_back))

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as they are stored."""
        shares = [{**asdict(one), "items": list(one.items)} for one in self.shares]
        return asdict(self) | {"shares": shares}


def terms_from(values: dict[str, Any]) -> Terms:
    """Return the terms that stored values describe."""
    shares = tuple(
        Share(**{**one, "items": tuple(one["items"])}) for one in values.get("shares", ())
    )
    return Terms(**{**values, "shares": shares})


def model_terms() -> Terms:
    """Return the terms that a site starts from: to be discussed, line by line.

    Teams see each other's observations by week and 400 m cell; delegates and geographer the
    released figures by month; co-pilots and facilitator those of before the last meeting.
    """
    return Terms(
        shares=(
            Share("street_team", precision="400", rhythm="weekly"),
            Share("team_leader", precision="400", rhythm="weekly"),
            Share("service", precision="qpv", rhythm="weekly"),
            Share("delegate", precision="qpv", rhythm="monthly"),
            Share("geographer", precision="qpv", rhythm="monthly"),
            Share("facilitator", precision="qpv", rhythm="monthly"),
            Share("copilot", precision="qpv", rhythm="meeting"),
        )
    )
