"""The real field figures of a site, released month after month: what is told of each cell. Pure.

A period is released once, when no entry may come to it any more, and never again: late entries,
corrections and withdrawals change no figure that was told. A quarter and a year are the sums of
the months as they were released. What is told of all this together leaves each small count open
(`suppression.growth`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd

from observatoire import periods
from observatoire.catalogue import Indicator, read_catalogue
from observatoire.codes import squares_edition
from observatoire.disclosure.judging import SITE_KIND, SQUARE_KIND, square_zone
from observatoire.disclosure.protected import ProtectedLayer, seal
from observatoire.disclosure.quadtree import Squares
from observatoire.disclosure.rules import FIELD, Rules
from observatoire.disclosure.site_years import RELEASED_LEVELS, SiteMonths, SiteYear, code_of
from observatoire.disclosure.suppression import TOTAL
from observatoire.disclosure.suppression.growth import Released, grow
from observatoire.layers import IndicatorLayer
from observatoire.periods import first_day, last_day

TOGETHER = "terrain.ensemble"
"""The indicator of all the themes of a site together."""
SHARED_SIDES = (200, 400)
"""The finest sides (m) at which an agreement may share squares: a layer for each."""
Held = Mapping[tuple[str, str], ProtectedLayer]
"""What was released of a site before, by (indicator, period)."""
Tell = Callable[[str], None]
_Key = tuple[str, ...]
_Row = tuple[float, str, object]


def release_months(
    town: SiteMonths, held: Held, rules: Rules, tell: Tell = lambda _: None
) -> list[ProtectedLayer]:
    """Return the layers of the periods of a site that are due and were not released before.

    Parameters
    ----------
    held
        What was released of the site, and stays as it is.
    rules
        Thresholds, the day of the release, and how many days after its end a period is due.

    Raises
    ------
    DisclosureError
        When what was told leaves no way to protect what is due.

    Notes
    -----
    A period whose rows may be gone already was not released in time: it never is, and nothing
    that contains it; nor what contains a month whose counts are gone.
    """
    made: list[ProtectedLayer] = []
    for name in town.years:
        asked = {period: layer.agreed for (_, period), layer in held.items()}
        year, due = town.year(name, asked, rules), _due(town, name, held, rules)
        if due and not year.is_blind:
            tell(f"protection des mois de {town.site}, {name}")
            made += _released(year, due, held, rules)
    return made


def _due(town: SiteMonths, year: str, held: Held, rules: Rules) -> list[str]:
    """Return the periods of a year that are released now, months first."""
    known = {period for _, period in held}
    closed = {month for period in known for month in periods.parts(period, "month")}
    begun = min(town.counts["month"])
    gone = {
        month
        for month in periods.parts(year, "month")
        if month not in known
        and month >= begun  # nothing was seen before
        and (month in closed or rules.may_be_gone(town.site, first_day(month)))
    } | town.forgotten
    return [
        period
        for period in _periods_of(year)
        if period not in known
        and is_due(period, town.site, rules)
        and last_day(period) >= first_day(begun)
        and not gone & set(periods.parts(period, "month"))
    ]


def _released(
    year: SiteYear, due: Sequence[str], held: Held, rules: Rules
) -> Iterator[ProtectedLayer]:
    """Yield the layers of the due periods, of each theme and of all together."""
    cube = year.cube
    codes = {code_of(period) for period in due}
    new = np.array([key[2] in codes for key in cube.keys])
    told = _told(year, held)
    # what was told under the thresholds of its day is told: it is protected no more
    views = [replace(one, protected=one.protected & ~told.shown) for one in year.views]
    grown = grow(
        cube, views, told, new, year.wanted, finer=year.never, floors=year.floors, empty=year.empty
    )
    shown = dict(zip(cube.keys, grown.released.shown.tolist(), strict=True))
    counts = dict(zip(cube.keys, cube.counts.tolist(), strict=True))
    outings = dict(zip(cube.keys, year.outings.tolist(), strict=True))
    for indicator, description in [*year.town.themes.items(), (TOGETHER, together())]:
        theme = TOTAL if indicator == TOGETHER else indicator
        for period in due:
            rows = {
                place: _cell(key, shown, counts, outings)
                for place, key in _places(year.town, year.name, theme, code_of(period))
            }
            layer = _layer(year.town, indicator, period, description)
            yield seal(layer, description, _frame(rows), rules, year.town.site)
    if year.name in due:
        yield from _squares(year, shown, outings, rules)


def _squares(
    year: SiteYear, shown: Mapping[_Key, bool], outings: Mapping[_Key, int], rules: Rules
) -> Iterator[ProtectedLayer]:
    """Yield the squares of a year, once it is released: of 200 m and more, then of 400."""
    told = {
        zone: year.squares(zone)
        for zone in year.zones
        if outings.get((zone, TOTAL, TOTAL), 0) and shown[zone, TOTAL, TOTAL]
    }
    for side in SHARED_SIDES:
        rows: dict[tuple[str, str], _Row] = {}
        for zone in year.zones:
            rows |= _square_rows(zone, told.get(zone), outings.get((zone, TOTAL, TOTAL), 0), side)
        layer = _layer(year.town, TOGETHER, year.name, together())
        placed = replace(layer, edition=squares_edition(side, year.town.edition))
        yield seal(placed, together(), _frame(rows), rules, year.town.site)


def _square_rows(
    zone: str, told: Squares | None, effort: int, side: int
) -> dict[tuple[str, str], _Row]:
    """Return the squares of a QPV and what lies in none, per outing in the QPV."""
    if told is None:
        row: _Row = (np.nan, "secret" if effort else "blind", pd.NA)
        return {(SQUARE_KIND, square_zone(zone)): row}
    wide = told.coarsened(side)
    counts = {cell.code: count for cell, count in wide.counts.items()}
    counts |= {"": wide.rest} if wide.rest or not counts else {}
    return {
        (SQUARE_KIND, square_zone(zone, code)): (count / effort, "ok", effort)
        for code, count in counts.items()
    }


def _told(year: SiteYear, held: Held) -> Released:
    """Return what became of the cells of the year in earlier releases."""
    shown = np.zeros(len(year.cube.keys), dtype=bool)
    hidden = shown.copy()
    released = {period for _, period in held}
    status = {key: layer.frame["status"] for key, layer in held.items()}
    begun = first_day(min(year.town.counts["month"]))
    for place, (zone, theme, code) in enumerate(year.cube.keys):
        period = year.name if code == TOTAL else code
        if last_day(period) < begun:  # nobody had begun: known to hold nothing
            shown[place] = True
        if period not in released:
            continue
        row = (SITE_KIND, year.town.site) if zone == TOTAL else ("qpv", zone)
        told = status.get((TOGETHER if theme == TOTAL else theme, period))
        said = None if told is None else told.get(row)
        # nobody looked, or not yet at that theme: known to hold nothing
        empty = said in (None, "blind", "missing") and year.cube.counts[place] == 0
        shown[place] = said == "ok" or empty
        hidden[place] = not shown[place]
    return Released(shown, hidden)


def _places(
    town: SiteMonths, year: str, theme: str, code: str
) -> Iterator[tuple[tuple[str, str], _Key]]:
    for zone in town.zones_in(year):
        yield ("qpv", zone), (zone, theme, code)
    yield (SITE_KIND, town.site), (TOTAL, theme, code)


def _cell(
    key: _Key,
    shown: Mapping[_Key, bool],
    counts: Mapping[_Key, int],
    outings: Mapping[_Key, int],
) -> _Row:
    """Return value (per outing), status and outings of a cell."""
    effort = outings.get(key, 0)
    if effort == 0:
        return np.nan, "blind", pd.NA
    if not shown[key]:
        return np.nan, "secret", pd.NA
    return counts[key] / effort, "ok", effort


def _frame(rows: Mapping[tuple[str, str], _Row]) -> pd.DataFrame:
    index = pd.MultiIndex.from_tuples(rows, names=["zone_kind", "zone"])
    return pd.DataFrame(list(rows.values()), index=index, columns=["value", "status", "outings"])


def _layer(town: SiteMonths, indicator: str, period: str, description: Indicator) -> IndicatorLayer:
    return IndicatorLayer(
        indicator=indicator,
        period=period,
        edition=town.edition,
        rule=FIELD,
        source=town.source,
        fictitious=False,
        frame=pd.DataFrame(),
        description=description,
    )


def together() -> Indicator:
    """Return what the readers are told of all the themes together."""
    return read_catalogue()[TOGETHER]


def _periods_of(year: str) -> Iterator[str]:
    for level in RELEASED_LEVELS:
        yield from periods.parts(year, level)


def is_due(period: str, site: str, rules: Rules) -> bool:
    """Tell whether no entry may come to a period of a site any more."""
    if rules.as_of is None:
        return True
    return last_day(period) + timedelta(days=rules.settle_days(site)) < rules.as_of
