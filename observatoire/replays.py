"""A grid replayed: how much of it would be seen, under the real rules of disclosure.

`replay_store` runs them on the observations of the store, with the owner's door. `replay_release`,
for the pages, counts what the release already shows and hides. Items that nobody collected yet are
drawn at the rates to expect, and so are the merges that the pages propose. Only shares of cells
come out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.random import PCG64, Generator
from numpy.typing import NDArray

from observatoire.codes import EDITIONS
from observatoire.disclosure import Rules, protect
from observatoire.errors import NotFoundError
from observatoire.grille import Grid, Item, ItemVisibility, Merge, Replay
from observatoire.grille.visibility import ENOUGH, Basis
from observatoire.indicators.field import build_field_layers, describe_theme
from observatoire.labels import read_words
from observatoire.periods import LEVELS, Level, level_of
from observatoire.settings import Site
from observatoire.store import Connection, publications
from observatoire.store import boundaries as perimeters
from observatoire.store import observations as field
from observatoire.store import outings as efforts

Shares = dict[Level, float | None]
Floats = NDArray[np.float64]
EXPECTED_RATE = 0.15
"""Observations of a theme to expect in one outing."""
EXPECTED_OUTINGS = 3.0
"""Outings to expect in a QPV and a week."""
_YEARS = (2022, 2023)
_SEED = 20230314
_PAIRS = 20  # pairs of items tried together
_EDITION = "2015"
_WEEKS = 365 / 7
_CELL = ("indicator", "period", "zone", "status", "value", "outings")


@dataclass(frozen=True)
class Ground:
    """Observations and outings to replay on, as the store gives them, and the QPV of the site.

    Attributes
    ----------
    codes
        By edition.
    basis
        Where the observations come from.
    """

    observations: pd.DataFrame
    outings: pd.DataFrame
    codes: Mapping[str, Sequence[str]]
    basis: Basis


def replay_store(connection: Connection, grid: Grid, site: Site, *, today: date) -> Replay:
    """Replay a grid on the observations of the store, through the owner's door.

    Raises
    ------
    NotFoundError
        When no perimeter of the site is loaded.
    """
    codes = _codes(connection, site)
    seen = Ground(
        field.read_observations(connection), efforts.read_outings(connection), codes, "store"
    )
    drawn = draw_expected(grid, codes)
    held = set(seen.observations.loc[seen.observations["collection"] == "field", "theme"])
    rules = Rules(as_of=today)

    def shares(items: Sequence[Item]) -> tuple[Basis, Shares]:
        themes = [theme for item in items if (theme := _theme(item, held))]
        if len(themes) < len(items):
            return "simulated", _shares(drawn, items, [item.code for item in items], Rules())
        return _basis(seen, themes), _shares(seen, items, themes, rules)

    return _replay(grid, lambda item: shares([item]), shares)


def replay_release(connection: Connection, grid: Grid, codes: Sequence[str]) -> Replay:
    """Replay a grid on what the release shows and hides of the QPV of its site.

    Raises
    ------
    NotFoundError
        Without a QPV.
    """
    if not codes:
        raise _no_perimeter()
    cells = pd.DataFrame(publications.read_field_cells(connection, codes), columns=_CELL)
    cells["theme"] = cells["indicator"].str.partition(".")[2]
    published = {str(theme): _counted(rows) for theme, rows in cells.groupby("theme")}
    drawn = _draw_alike(grid, cells, sorted(codes))

    def simulated(items: Sequence[Item]) -> tuple[Basis, Shares]:
        return "simulated", _shares(drawn, items, [item.code for item in items], Rules())

    def alone(item: Item) -> tuple[Basis, Shares]:
        theme = _theme(item, set(published))
        return ("published", published[theme]) if theme else simulated([item])

    return _replay(grid, alone, simulated)


def draw_expected(grid: Grid, codes: Mapping[str, Sequence[str]]) -> Ground:
    """Draw outings and observations at the rates to expect in every QPV."""
    edition = next(iter(codes))
    zones = sorted(codes[edition])
    rates = {item.code: np.full(len(zones), EXPECTED_RATE) for item in grid.items}
    return draw_ground(zones, rates, np.full(len(zones), EXPECTED_OUTINGS), edition=edition)


def draw_ground(
    zones: Sequence[str], rates: Mapping[str, Floats], weekly: Floats, *, edition: str = _EDITION
) -> Ground:
    """Draw two years of outings and observations at given rates: always the same ones.

    Parameters
    ----------
    zones
        The QPV.
    rates
        By theme, observations to expect in one outing of each QPV.
    weekly
        Outings to expect in a week of each QPV.
    """
    draw = Generator(PCG64(_SEED))
    days = pd.date_range(f"{_YEARS[0]}-01-01", f"{_YEARS[-1]}-12-31", freq="D", unit="s")
    times = draw.poisson(np.tile(weekly[:, None] / 7, (1, len(days))))
    zone, day = (np.repeat(place, times[times > 0]) for place in np.nonzero(times))
    outings = pd.DataFrame(
        {
            "outing": [f"S{rank}" for rank in range(len(zone))],
            "date": days[day],
            "qpv": np.asarray(zones, dtype=object)[zone],
            "edition": edition,
            "fictitious": True,
        }
    )
    parts = []
    for theme in sorted(rates):
        seen = draw.poisson(rates[theme][zone])
        rows = outings[seen > 0]
        parts.append(rows.assign(theme=theme, count=seen[seen > 0]))
    observations = pd.concat(parts, ignore_index=True) if parts else outings.iloc[:0]
    observations = observations.assign(
        id=range(len(observations)),
        precision="day",
        in_force=pd.array([True] * len(observations), dtype="boolean"),
        collection="field",
        source="simulation",
    )
    return Ground(observations, outings, {edition: list(zones)}, "simulated")


def _draw_alike(grid: Grid, cells: pd.DataFrame, zones: Sequence[str]) -> Ground:
    """Draw outings and observations at the rates that the release shows of each QPV and year.

    Of a year that is hidden only the threshold is known: half of it is drawn.
    """
    index = pd.Index(zones)
    years = cells[[level_of(period) == "year" for period in cells["period"]]]
    years = years.astype({"value": "float64", "outings": "float64"})
    seen = years.loc[years["status"] == "ok"].groupby("zone")["outings"].max().reindex(index)
    yearly = seen.fillna(EXPECTED_OUTINGS * _WEEKS)
    hidden = (Rules().k / 2) / yearly
    rates: dict[str, Floats] = {}
    for item in grid.items:
        own = years[years["theme"] == _theme(item, set(years["theme"]))]
        value = own.groupby("zone")["value"].mean().reindex(index).fillna(hidden)
        rates[item.code] = (
            np.asarray(value, dtype=np.float64) if len(own) else np.full(len(zones), EXPECTED_RATE)
        )
    return draw_ground(zones, rates, np.asarray(yearly / _WEEKS, dtype=np.float64))


def _replay(
    grid: Grid,
    alone: Callable[[Item], tuple[Basis, Shares]],
    together: Callable[[Sequence[Item]], tuple[Basis, Shares]],
) -> Replay:
    seen = []
    for item in grid.items:
        basis: Basis = "producer"
        shares: Shares = dict.fromkeys(LEVELS)
        if item.observed:
            basis, shares = alone(item)
        seen.append(ItemVisibility(item.code, item.label, item.frequency, basis, shares))
    replayed = Replay(grid.site, grid.version, grid.sha256, tuple(seen))
    return replace(replayed, merges=tuple(_merges(grid, replayed, together)))


def _merges(
    grid: Grid, replayed: Replay, together: Callable[[Sequence[Item]], tuple[Basis, Shares]]
) -> Iterator[Merge]:
    """Give the pairs that would be seen together at a finer level than each of them alone."""
    hidden = {one.code: one for one in replayed.hardly_seen}
    for first, second in _pairs(grid, set(hidden)):
        level = max(first.frequency, second.frequency, key=LEVELS.index)
        alone = [hidden[item.code].readable for item in (first, second)]
        if any(known is not None and LEVELS.index(known) <= LEVELS.index(level) for known in alone):
            continue
        basis, shares = together([first, second])
        share = shares[level]
        if share is not None and share >= ENOUGH:
            # To the nearest twentieth: a merge is a proposal, not a figure.
            rounded = round(share * 20) / 20
            codes, labels = (first.code, second.code), (first.label, second.label)
            yield Merge(codes, labels, level, rounded, basis)


def _pairs(grid: Grid, hidden: set[str]) -> Iterator[tuple[Item, Item]]:
    """Give the pairs that it could make sense to count together, those of one theme first.

    Both hardly seen, or one would lose what is seen of it; of one direction and one sensitivity: a
    trouble and what is none are not one thing, whatever their numbers.
    """
    items = [item for item in grid.items if item.code in hidden]
    pairs = [
        (first, second)
        for first, second in combinations(items, 2)
        if (first.direction, first.sensitive) == (second.direction, second.sensitive)
    ]
    yield from sorted(pairs, key=lambda pair: pair[0].theme != pair[1].theme)[:_PAIRS]


def _shares(ground: Ground, items: Sequence[Item], themes: Sequence[str], rules: Rules) -> Shares:
    """Count items together and return the share of cells that the rules let through, by level."""
    name = "+".join(item.code for item in items)
    rows = ground.observations[ground.observations["theme"].isin(themes)].assign(theme=name)
    sensitive = any(item.sensitive for item in items)
    described = replace(describe_theme(name, "field"), sensitive=sensitive)
    layers = [
        replace(layer, description=described)
        for layer in build_field_layers(rows, ground.outings, ground.codes)
    ]
    statuses: dict[Level, Counter[str]] = defaultdict(Counter)
    for layer in protect(layers, rules, {}):
        own = layer.frame["status"].value_counts()
        statuses[level_of(layer.period)].update({str(key): int(n) for key, n in own.items()})
    return {level: _share(statuses[level]) for level in LEVELS}


def _counted(rows: pd.DataFrame) -> Shares:
    """Return the share of the cells of a theme that the release shows, by level."""
    levels = rows["period"].map(level_of)
    return {level: _share(Counter(rows.loc[levels == level, "status"])) for level in LEVELS}


def _share(statuses: Counter[str]) -> float | None:
    """Return the share of the cells where somebody looked that show a value."""
    looked = statuses["ok"] + statuses["secret"]
    return round(statuses["ok"] / looked, 3) if looked else None


def _theme(item: Item, held: set[str]) -> str:
    """Return the theme that an item's observations are held under, empty when there is none."""
    own = (item.code, item.core.partition(".")[2])
    return next((theme for theme in own if theme in held), "")


def _basis(ground: Ground, themes: Sequence[str]) -> Basis:
    rows = ground.observations[ground.observations["theme"].isin(themes)]
    return "demo" if bool(rows["fictitious"].all()) else ground.basis


def _codes(connection: Connection, site: Site) -> dict[str, list[str]]:
    """Return the QPV of a site whose perimeters are loaded, by edition."""
    found = {}
    for edition in EDITIONS:
        frame = perimeters.read_boundaries(connection, edition)
        own = [str(code) for code, of in frame["department"].items() if site.holds(str(code), of)]
        if own:
            found[edition] = own
    if not found:
        raise _no_perimeter()
    return found


def _no_perimeter() -> NotFoundError:
    words = read_words("grilles")
    return NotFoundError(
        "no perimeter to replay on",
        user=words("replay.no_perimeter"),
        remedy=words("replay.no_perimeter_remedy"),
    )
