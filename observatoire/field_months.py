"""The months of each site: released once, kept until their year is, never computed again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from observatoire import periods, protocole_desk
from observatoire.codes import edition_kind
from observatoire.disclosure import (
    COUNTS,
    SQUARES,
    ProtectedLayer,
    Rules,
    SiteMonths,
    is_due,
    release_months,
    require_one_edition,
)
from observatoire.layers import IndicatorLayer
from observatoire.periods import first_day, level_of
from observatoire.store import Connection, months

Place = tuple[str, str]
"""A site and an edition."""
Progress = Callable[[str], None]


def rules_of(connection: Connection, day: date) -> Rules:
    """Return the rules of a release of that day: the house's, and what the agreements ask."""
    agreed, former = protocole_desk.agreed_thresholds(connection)
    return Rules(
        as_of=day,
        agreed=agreed,
        former=former,
        settled=protocole_desk.settled(connection),
        kept_since=protocole_desk.retained_since(connection, day),
        begun_on=protocole_desk.begun_on(connection),
    )


@dataclass(frozen=True)
class Seen:
    """What was seen, or what of it months were released with.

    Attributes
    ----------
    counts
        By theme, QPV, month and organisation: see `indicators.teams.count_teams` for what teams
        saw, `store.months.COLUMNS` for what is kept.
    squares
        By QPV, month, square and organisation: of each theme what teams saw
        (`store.captured.read_squares`), all themes together what is kept
        (`store.months.SQUARE_COLUMNS`).
    """

    counts: pd.DataFrame
    squares: pd.DataFrame


def release_due(
    connection: Connection,
    layers: Sequence[IndicatorLayer],
    teams: Seen,
    *,
    held: Sequence[ProtectedLayer],
    site_of: Mapping[str, str],
    codes: Mapping[str, Sequence[str]],
    rules: Rules,
    progress: Progress,
) -> list[ProtectedLayer]:
    """Return what is due of every site, and keep the counts it is released with.

    Parameters are those of `gather_months` and `disclosure.release_months`; in the transaction of
    the release.
    """
    forgotten = months.read_forgotten(connection)
    kept = Seen(
        _whole(months.read_months(connection), forgotten),
        _whole(months.read_squares(connection), forgotten),
    )
    found = gather_months(layers, teams, kept, held=held, site_of=site_of, codes=codes)
    towns = [replace(one, forgotten=forgotten.get(one.site, frozenset())) for one in found]
    due = [
        part for town in towns for part in release_months(town, _own(town, held), rules, progress)
    ]
    for (site, edition), new in new_counts(towns, due):
        months.keep_months(connection, new.counts.assign(site=site, edition=edition))
        months.keep_squares(connection, new.squares.assign(site=site, edition=edition))
    over = [
        (town.site, town.edition, year)
        for town in towns
        for year in town.years
        if is_due(year, town.site, rules)  # released now or never
    ]
    months.forget_years(connection, over)
    return due


def _whole(kept: pd.DataFrame, forgotten: Mapping[str, frozenset[str]]) -> pd.DataFrame:
    """Return what is kept of quarters that may still be released.

    In a quarter with a forgotten month, sums that were told fit what is left no more.
    """
    broken = {
        (site, month)
        for site, gone in forgotten.items()
        for one in gone
        for month in periods.parts(periods.period_of(first_day(one), "quarter"), "month")
    }
    keys = zip(kept["site"], kept["month"], strict=True)
    return kept[np.array([key not in broken for key in keys], dtype=bool)]


def _own(town: SiteMonths, held: Sequence[ProtectedLayer]) -> dict[tuple[str, str], ProtectedLayer]:
    return {
        (layer.indicator, layer.period): layer
        for layer in held
        if (layer.site, layer.edition) == (town.site, town.edition)
    }


def gather_months(
    layers: Sequence[IndicatorLayer],
    teams: Seen,
    kept: Seen,
    *,
    held: Sequence[ProtectedLayer],
    site_of: Mapping[str, str],
    codes: Mapping[str, Sequence[str]],
) -> list[SiteMonths]:
    """Return the months of each site and edition with real field figures.

    Parameters
    ----------
    layers
        Of real field themes, at every level.
    teams
        What each organisation saw.
    kept
        What earlier months were released with.
    held
        What was released of the sites.
    site_of
        Site by QPV code; a QPV of no site is released to nobody.
    codes
        The QPV of each edition.

    Raises
    ------
    DisclosureError
        When a theme has the same month in two editions.
    """
    require_one_edition(layers)
    monthly = [one for one in layers if level_of(one.period) == "month"]
    now = pd.concat([_counts(monthly), _teams(teams.counts, monthly)], ignore_index=True)
    done = _done(held)
    homes = _homes(held)
    every = pd.concat([_in_time(now, site_of, done, homes), kept.counts], ignore_index=True)
    placed = _in_time(_squares(teams.squares, monthly), site_of, done, homes)
    squares = pd.concat([placed, kept.squares[placed.columns]], ignore_index=True)
    described = {one.indicator: one.description for one in monthly if one.description}
    described |= {one.indicator: one.description for one in held if one.indicator not in described}
    return [
        SiteMonths(
            site=str(site),
            edition=str(edition),
            zones=tuple(code for code in sorted(codes[str(edition)]) if site_of.get(code) == site),
            themes={name: described[name] for name in sorted(set(rows["indicator"]))},
            counts=rows[list(COUNTS)],
            source=_source(monthly),
            squares=squares.loc[squares["zone"].isin(rows["zone"]), list(SQUARES)],
            members={
                year: _members(str(site), year, codes[str(edition)], site_of, homes)
                for year in sorted({month[:4] for month in rows["month"]})
            },
        )
        for (site, edition), rows in every.groupby(["site", "edition"], sort=True)
    ]


def new_counts(
    towns: Iterable[SiteMonths], made: Iterable[ProtectedLayer]
) -> list[tuple[Place, Seen]]:
    """Return, by site and edition, what the months that are released now are released with."""
    released: dict[Place, set[str]] = {}
    for layer in made:
        if level_of(layer.period) == "month":
            released.setdefault((layer.site, layer.edition), set()).add(layer.period)
    found = []
    for town in towns:
        now = released.get((town.site, town.edition), set())
        rows, squares = (one[one["month"].isin(now)] for one in (town.counts, town.squares))
        found.append(((town.site, town.edition), Seen(rows, squares)))
    return found


def _in_time(
    rows: pd.DataFrame,
    site_of: Mapping[str, str],
    done: set[tuple[str, str]],
    homes: Mapping[tuple[str, str], str],
) -> pd.DataFrame:
    """Return the rows of the sites, with their `site`, of months that may still be released.

    A QPV that goes to another site, or to none, is in no new figure until the next year.
    """
    placed = rows.assign(site=rows["zone"].map(site_of)).dropna(subset=["site"])
    keys = zip(placed["site"], placed["month"], placed["zone"], strict=True)
    kept = [
        (site, month) not in done and homes.get((zone, month[:4]), site) == site
        for site, month, zone in keys
    ]
    return placed[np.array(kept, dtype=bool)]


def _homes(held: Iterable[ProtectedLayer]) -> dict[tuple[str, str], str]:
    """Return the site that a QPV was first released with, by QPV and year.

    It stays there for the year: its months add up to that site's quarters and year.
    """
    found: dict[tuple[str, str], str] = {}
    for layer in held:
        if level_of(layer.period) == "month" and edition_kind(layer.edition) == "qpv":
            for zone in layer.quarters:
                found.setdefault((zone, layer.period[:4]), layer.site)
    return found


def _members(
    site: str,
    year: str,
    codes: Iterable[str],
    site_of: Mapping[str, str],
    homes: Mapping[tuple[str, str], str],
) -> tuple[str, ...]:
    """Return the QPV of a site in a year, those that it has left since among them."""
    return tuple(
        code for code in sorted(codes) if homes.get((code, year), site_of.get(code)) == site
    )


def _counts(monthly: Sequence[IndicatorLayer]) -> pd.DataFrame:
    """Return everybody's counts, a row for each theme, QPV and month where somebody looked."""
    parts = [
        layer.frame.droplevel("zone_kind")[["observations", "outings", "reports"]]
        .rename_axis("zone")
        .reset_index()
        .assign(indicator=layer.indicator, month=layer.period, edition=layer.edition)
        for layer in monthly
    ]
    if not parts:
        return pd.DataFrame(columns=[*COUNTS, "edition"])
    frame = pd.concat(parts, ignore_index=True).assign(organisation="")
    return frame[(frame["outings"] > 0) | (frame["observations"] > 0)]


def _teams(teams: pd.DataFrame, monthly: Sequence[IndicatorLayer]) -> pd.DataFrame:
    """Return the organisations' counts with the edition whose layer counts them."""
    edition_of = {
        (layer.indicator, layer.period, str(zone)): layer.edition
        for layer in monthly
        for zone in layer.frame.index.get_level_values("zone")
    }
    editions = pd.Series(
        [edition_of.get(key) for key in _keys(teams)], index=teams.index, dtype="object"
    )
    placed = teams.assign(edition=editions)
    return placed.dropna(subset=["edition"])


def _squares(squares: pd.DataFrame, monthly: Sequence[IndicatorLayer]) -> pd.DataFrame:
    """Return what was seen of each square, all the themes that layers count together.

    An outing may report several themes: there were at least as many as report one of them.
    """
    counted = _teams(squares, monthly).groupby(list(SQUARES[:4]), as_index=False)
    return counted.agg({"observations": "sum", "reports": "max"})


def _keys(rows: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    return zip(rows["indicator"], rows["month"], rows["zone"], strict=True)


def _done(held: Iterable[ProtectedLayer]) -> set[tuple[str, str]]:
    """Return the months of each site to which nothing may be added any more.

    In no other edition either: the difference of two outlines may be anybody.
    """
    return {(layer.site, month) for layer in held for month in periods.parts(layer.period, "month")}


def _source(monthly: Iterable[IndicatorLayer]) -> str:
    names = {layer.source for layer in monthly}
    return names.pop() if len(names) == 1 else "terrain"
