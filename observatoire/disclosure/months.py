"""The real field figures of a site, released month after month: what is told of each cell. Pure.

A period is released once, when no entry may come to it any more, and never again: late entries,
corrections and withdrawals change no figure that was told. A quarter and a year are the sums of
the months as they were released. What is told of all this together leaves each small count open
(`suppression.growth`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import numpy as np
import pandas as pd

from observatoire import periods
from observatoire.catalogue import Indicator
from observatoire.disclosure.protected import ProtectedLayer, seal_part
from observatoire.disclosure.rules import FIELD, Rules, Thresholds
from observatoire.disclosure.suppression import TOTAL, Cube
from observatoire.disclosure.suppression.growth import Released, grow
from observatoire.disclosure.suppression.years import EVERYBODY, View, Year
from observatoire.layers import IndicatorLayer
from observatoire.periods import LEVELS, Level, last_day, level_of

TOGETHER = "terrain.ensemble"
"""The indicator of all the themes of a site together."""
RELEASED_LEVELS: tuple[Level, ...] = ("month", "quarter", "year")
COUNTS = ("indicator", "zone", "month", "organisation", "observations", "outings", "reports")
"""The columns of the counts of a site; `organisation` is empty where it is everybody's."""
Held = Mapping[tuple[str, str], ProtectedLayer]
"""What was released of a site before, by (indicator, period)."""
Tell = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class SiteMonths:
    """What a site's teams saw month after month.

    Attributes
    ----------
    site, edition
        Whose figures, on which perimeters.
    zones
        The QPV of the site in that edition.
    themes
        By indicator, what its readers are told of it.
    counts
        One row for each indicator, QPV, month and organisation, columns `COUNTS`: observations,
        outings in that QPV and month, distinct outings that report the theme. `organisation`
        empty: everybody's.
    source
        Where the figures come from.
    """

    site: str
    edition: str
    zones: tuple[str, ...]
    themes: Mapping[str, Indicator]
    counts: pd.DataFrame
    source: str

    @property
    def years(self) -> tuple[str, ...]:
        """Return the calendar years with a count."""
        return tuple(sorted({str(month)[:4] for month in self.counts["month"]}))

    def year(self, name: str) -> SiteYear:
        """Return one calendar year."""
        inside = self.counts["month"].str[:4] == name
        return SiteYear(self, name, self.counts[inside])


@dataclass(frozen=True, eq=False)
class SiteYear:
    """A calendar year of a site, as a cube with the effort beside it."""

    town: SiteMonths
    name: str
    counts: pd.DataFrame

    @cached_property
    def _zones(self) -> tuple[str, ...]:
        """Return the QPV where somebody looked: the others are blind all year."""
        looked = self.counts[(self.counts["outings"] > 0) | (self.counts["observations"] > 0)]
        return tuple(zone for zone in self.town.zones if zone in set(looked["zone"]))

    @cached_property
    def _table(self) -> Year:
        everybody = self.counts["organisation"] == ""
        return Year(self._rows(self.counts[everybody]), self._zones, self._names, self.name)

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(sorted(self.town.themes))

    @property
    def cube(self) -> Cube:
        """Return every count of the year, with its margins."""
        return self._table.cube

    @cached_property
    def outings(self) -> np.ndarray:
        """Return the outings of each cell: those of its QPV and period, whatever the theme."""
        own = self.counts[self.counts["organisation"] == ""]
        effort = own.groupby(["zone", "month"])["outings"].max()
        found: dict[tuple[str, str], int] = {}
        for (zone, month), outings in effort.items():
            for where in (zone, TOTAL):
                for level in RELEASED_LEVELS:
                    key = (where, _code(periods.period_of(periods.first_day(month), level)))
                    found[key] = found.get(key, 0) + int(outings)
        return np.array([found.get((zone, period), 0) for zone, _, period in self.cube.keys])

    def views(self, rules: Rules) -> tuple[View, ...]:
        """Return what everybody reads, and what each organisation does, which knows its rows.

        Protected are the counts that do not reach the thresholds of their theme: `k`, distinct
        outings that reported them, and for everybody's the outings of the period.
        """
        least = self._least(rules)
        small = self._small(self._table, least) | (
            (self.cube.counts > 0) & (self.outings < least["base"])
        )
        found = [View(EVERYBODY, self.cube.counts, small)]
        total = self._by_cell(self.counts[self.counts["organisation"] == ""])
        own = self.counts[self.counts["organisation"] != ""]
        for name, rows in own.groupby("organisation", sort=True):
            left = total.subtract(self._by_cell(rows), fill_value=0).astype(np.int64)
            others = Year(self._rows(left.reset_index()), self._zones, self._names, self.name)
            found.append(View(str(name), others.cube.counts, self._small(others, least)))
        return tuple(found)

    def never(self, rules: Rules) -> np.ndarray:
        """Return the cells that are not told whatever they hold: too little effort, too fine."""
        least = self._least(rules)
        looked = (self.outings > 0) & (self.outings < least["zero"])
        return np.asarray(((self.cube.counts == 0) & looked) | least["fine"])

    def _small(self, table: Year, least: pd.DataFrame) -> np.ndarray:
        counts, reports = table.cube.counts, table.cube.outings
        return np.asarray((counts > 0) & ((counts < least["k"]) | (reports < least["reports"])))

    def _least(self, rules: Rules) -> pd.DataFrame:
        """Return, for each cell, the thresholds of its theme and whether it is too fine."""
        agreed = rules.agreed_for(self.town.site, self.name)
        of: dict[str, Thresholds] = {
            theme: rules.thresholds(FIELD, sensitive=one.sensitive, agreed=agreed)
            for theme, one in self.town.themes.items()
        }
        of[TOTAL] = rules.thresholds(FIELD, sensitive=False, agreed=agreed)
        rows = []
        for _, theme, period in self.cube.keys:
            asked, level = of[theme], "year" if period == TOTAL else level_of(period)
            fine = LEVELS.index(level) < LEVELS.index(asked.finest)
            rows.append((asked.k, asked.reports, asked.base, asked.zero_outings, fine))
        return pd.DataFrame(rows, columns=["k", "reports", "base", "zero", "fine"])

    def _by_cell(self, rows: pd.DataFrame) -> pd.DataFrame:
        keys = ["indicator", "zone", "month"]
        return rows.groupby(keys)[["observations", "reports"]].sum()

    def _rows(self, counts: pd.DataFrame) -> pd.DataFrame:
        inside = counts[counts["zone"].isin(self._zones)]
        return pd.DataFrame(
            {
                "qpv": inside["zone"].to_numpy(),
                "theme": inside["indicator"].to_numpy(),
                "month": inside["month"].to_numpy(),
                "count": inside["observations"].to_numpy(dtype=np.int64),
                "outings": inside["reports"].to_numpy(dtype=np.int64),
                "organisation": None,
            }
        )


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
    that contains it.
    """
    made: list[ProtectedLayer] = []
    for name in town.years:
        known = {period for _, period in held}
        due = [
            period
            for period in _periods_of(name)
            if period not in known and _is_due(period, town.site, rules)
        ]
        months = {month for month in _periods_of(name) if level_of(month) == "month"}
        gone = {month for month in months - known if _is_gone(month, town.site, rules)}
        due = [one for one in due if not gone & set(periods.parts(one, "month"))]
        year = town.year(name)
        if due and len(year.cube.keys):
            tell(f"protection des mois de {town.site}, {name}")
            made += _released(year, due, held, rules)
    return made


def _released(
    year: SiteYear, due: Sequence[str], held: Held, rules: Rules
) -> Iterator[ProtectedLayer]:
    """Yield the layers of the due periods, of each theme and of all together."""
    cube = year.cube
    codes = {_code(period) for period in due}
    new = np.array([key[2] in codes for key in cube.keys])
    least = rules.thresholds(
        FIELD, sensitive=False, agreed=rules.agreed_for(year.town.site, year.name)
    )
    grown = grow(
        cube,
        year.views(rules),
        _told(year, held),
        new,
        least.k,
        finer=year.never(rules),
    )
    shown = dict(zip(cube.keys, grown.released.shown.tolist(), strict=True))
    counts = dict(zip(cube.keys, cube.counts.tolist(), strict=True))
    outings = dict(zip(cube.keys, year.outings.tolist(), strict=True))
    for indicator, description in [*year.town.themes.items(), (TOGETHER, together())]:
        theme = TOTAL if indicator == TOGETHER else indicator
        for period in due:
            rows = {
                place: _cell(key, shown, counts, outings)
                for place, key in _places(year.town, theme, _code(period))
            }
            layer = _layer(year.town, indicator, period, description)
            yield seal_part(layer, description, _frame(rows), year.town.site, rules)


def _told(year: SiteYear, held: Held) -> Released:
    """Return what became of the cells of the year in earlier releases."""
    shown = np.zeros(len(year.cube.keys), dtype=bool)
    hidden = shown.copy()
    released = {period for _, period in held}
    status = {key: layer.frame["status"] for key, layer in held.items()}
    for place, (zone, theme, code) in enumerate(year.cube.keys):
        period = year.name if code == TOTAL else code
        if period not in released:
            continue
        row = ("site", year.town.site) if zone == TOTAL else ("qpv", zone)
        told = status.get((TOGETHER if theme == TOTAL else theme, period))
        said = None if told is None else told.get(row)
        # nobody looked, or not yet at that theme: known to hold nothing
        empty = said in (None, "blind", "missing") and year.cube.counts[place] == 0
        shown[place] = said == "ok" or empty
        hidden[place] = not shown[place]
    return Released(shown, hidden)


def _places(town: SiteMonths, theme: str, code: str) -> Iterator[tuple[tuple[str, str], _Key]]:
    for zone in town.zones:
        yield ("qpv", zone), (zone, theme, code)
    yield ("site", town.site), (TOTAL, theme, code)


_Key = tuple[str, str, str]
_Row = tuple[float, str, object]


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


def _layer(
    town: SiteMonths, indicator: str, period: str, description: Indicator
) -> IndicatorLayer:
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
    return Indicator(
        id=TOGETHER,
        theme="terrain",
        label="Observations, tous thèmes ensemble",
        short="Tous thèmes",
        definition="Observations de tous les thèmes de la grille, rapportées aux sorties.",
        numerator="observations",
        denominator="sorties dans le quartier pendant la période",
        unit="par sortie",
        kind="per_outing",
        additivity="weighted",
        source="terrain",
        decimals=2,
        caveat="Sans sortie, le quartier n’est pas observé.",
    )


def _code(period: str) -> str:
    """Return a period as the cube names it: the year is the total."""
    return TOTAL if level_of(period) == "year" else period


def _periods_of(year: str) -> Iterator[str]:
    for level in RELEASED_LEVELS:
        yield from periods.parts(year, level)


def _is_due(period: str, site: str, rules: Rules) -> bool:
    if rules.as_of is None:
        return True
    return last_day(period) + timedelta(days=rules.settle_days(site)) < rules.as_of


def _is_gone(month: str, site: str, rules: Rules) -> bool:
    since = rules.kept_since.get(site)
    return since is not None and periods.first_day(month) < since
