"""Alerts: what a rule signals day after day of one item in one QPV is one alert. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from observatoire.alerts.scanning import Signal

OPEN_DAYS = 28
"""Days after its last signal until which an alert of a replay takes new ones in."""


@dataclass(frozen=True, order=True)
class Alert:
    """An alert, as a replay would have given it.

    Attributes
    ----------
    first, last
        The day of its first signal, and of the last that was attached to it.
    qpv, item
        Codes; see `Signal`.
    level
        The highest of its signals.
    signals
        How many.
    told
        The signal that says it best: of the highest level, then the latest.
    """

    first: date
    qpv: str
    item: str
    last: date
    level: int
    signals: int
    told: Signal


def attach(signals: Iterable[Signal], *, open_days: int = OPEN_DAYS) -> list[Alert]:
    """Return the alerts of one rule, by first day, QPV and item.

    New signals attach to the open alert; in a replay an alert closes so many days after its last.
    The order of the signals changes nothing.
    """
    alerts: list[Alert] = []
    by_place: dict[tuple[str, str], list[Signal]] = {}
    for one in sorted(signals):
        by_place.setdefault((one.qpv, one.item), []).append(one)
    for held in by_place.values():
        group = [held[0]]
        for one in held[1:]:
            if (one.day - group[-1].day).days > open_days:
                alerts.append(_alert(group))
                group = []
            group.append(one)
        alerts.append(_alert(group))
    return sorted(alerts)


def _alert(group: list[Signal]) -> Alert:
    told = max(group, key=lambda one: (one.level, one.day))
    return Alert(group[0].day, told.qpv, told.item, group[-1].day, told.level, len(group), told)
