"""One indicator through its published periods, for a neighbourhood, its site and France."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from observatoire.catalogue import Indicator
from observatoire.labels import read_words
from observatoire.periods import level_of
from observatoire.series import Point, ordered
from observatoire.views.doors import Doors, zone_figures
from observatoire.views.figures import estimated
from observatoire.views.state import MapState

_LONGEST = 24


@dataclass(frozen=True)
class Evolution:
    """What is drawn, each series from the earliest period to the latest.

    Attributes
    ----------
    indicator
        As it was published.
    name, site
        The neighbourhood, and the name of its site.
    here
        Its points, absences included.
    others
        The other neighbourhoods of the site.
    reference, reference_name
        The median of the QPV of France, or France; empty when neither is published.
    """

    indicator: Indicator
    name: str
    site: str
    here: tuple[Point, ...]
    others: tuple[tuple[Point, ...], ...] = ()
    reference: tuple[Point, ...] = ()
    reference_name: str = ""


def read_evolution(doors: Doors, state: MapState, code: str) -> Evolution:
    """Return the evolution of the indicator of a state, over the periods of the same length.

    The latest 24 periods of the state's edition. A period is read from its layer; a neighbourhood
    that a layer says nothing of is `not_collected` in it.
    """
    published, states = doors.published(), same_level(doors, state)
    place = published.place(state.edition, code)
    series: dict[str, list[Point]] = {}
    for one in states:
        frame = estimated(doors, one)
        for zone, row in frame[frame["site"] == place.site].iterrows():
            series.setdefault(str(zone), []).append(as_point(one, row))
    here = series.pop(code)
    reference, named = _reference(doors, states)
    return Evolution(
        published.offer.info(state).description,
        place.name,
        place.site_name,
        ordered(here),
        tuple(ordered(points) for points in series.values()),
        reference,
        named,
    )


def read_points(doors: Doors, state: MapState, code: str) -> tuple[Point, ...]:
    """Return the figures of one neighbourhood alone, without intervals."""
    found: list[tuple[MapState, Any]] = [
        (one, doors.values(one).loc[code]) for one in same_level(doors, state)
    ]
    return ordered(as_point(one, row) for one, row in found)


def same_level(doors: Doors, state: MapState) -> list[MapState]:
    """Return the states of the periods as long as a state's, the latest first."""
    level = level_of(state.period)
    names = doors.published().offer.periods(state.indicator, state.edition)
    same = [name for name in names if level_of(name) == level]
    return [replace(state, period=name) for name in same[:_LONGEST]]


def as_point(state: MapState, row: pd.Series) -> Point:
    """Return a figure as a point, with its interval where there is one."""
    low, high = (float(row[name]) if name in row else float("nan") for name in ("low", "high"))
    return Point(state.period, state.edition, float(row["value"]), str(row["status"]), low, high)


def _reference(doors: Doors, states: list[MapState]) -> tuple[tuple[Point, ...], str]:
    """Return the median of the QPV of France at each period, else France, and its French name."""
    labels = read_words("evolution")
    for kind, zone, name in (("spread", "q50", "spread"), ("france", None, "france")):
        found = []
        for state in states:
            figures = zone_figures(doors.layer(state), kind)
            shown = figures[(figures["status"] == "ok") & (not zone or figures.index == zone)]
            found += [as_point(state, row) for _, row in shown.head(1).iterrows()]
        if found:
            return ordered(found), labels(f"key.{name}")
    return (), ""
