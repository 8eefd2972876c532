"""The months of each site: released once, kept until their year is, never computed again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

import pandas as pd

from observatoire import periods, protocole_desk
from observatoire.disclosure import (
    COUNTS,
    ProtectedLayer,
    Rules,
    SiteMonths,
    is_due,
    release_months,
    require_one_edition,
)
from observatoire.layers import IndicatorLayer
from observatoire.periods import level_of
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


def release_due(
    connection: Connection,
    layers: Sequence[IndicatorLayer],
    teams: pd.DataFrame,
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
    towns = gather_months(
        layers, teams, months.read_months(connection), held=held, site_of=site_of, codes=codes
    )
    due = [
        part for town in towns for part in release_months(town, _own(town, held), rules, progress)
    ]
    for (site, edition), rows in new_counts(towns, due):
        months.keep_months(connection, rows.assign(site=site, edition=edition))
    over = [
        (town.site, town.edition, year)
        for town in towns
        for year in town.years
        if is_due(year, town.site, rules)  # released now or never
    ]
    months.forget_years(connection, over)
    return due


def _own(town: SiteMonths, held: Sequence[ProtectedLayer]) -> dict[tuple[str, str], ProtectedLayer]:
    return {
        (layer.indicator, layer.period): layer
        for layer in held
        if (layer.site, layer.edition) == (town.site, town.edition)
    }


def gather_months(
    layers: Sequence[IndicatorLayer],
    teams: pd.DataFrame,
    kept: pd.DataFrame,
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
        What each organisation saw, see `indicators.teams.count_teams`.
    kept
        What earlier months were released with, see `store.months`.
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
    now = pd.concat([_counts(monthly), _teams(teams, monthly)], ignore_index=True)
    now["site"] = now["zone"].map(site_of)
    now = now.dropna(subset=["site"])
    done = _done(held)
    late = [key in done for key in zip(now["site"], now["month"], strict=True)]
    every = pd.concat([now[[not one for one in late]], kept], ignore_index=True)
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
        )
        for (site, edition), rows in every.groupby(["site", "edition"], sort=True)
    ]


def new_counts(
    towns: Iterable[SiteMonths], made: Iterable[ProtectedLayer]
) -> list[tuple[Place, pd.DataFrame]]:
    """Return, by site and edition, the counts of the months that are released now."""
    released: dict[Place, set[str]] = {}
    for layer in made:
        if level_of(layer.period) == "month":
            released.setdefault((layer.site, layer.edition), set()).add(layer.period)
    found = []
    for town in towns:
        now = released.get((town.site, town.edition), set())
        rows = town.counts[town.counts["month"].isin(now)]
        found.append(((town.site, town.edition), rows))
    return found


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
    keys = zip(teams["indicator"], teams["month"], teams["zone"], strict=True)
    editions = pd.Series([edition_of.get(key) for key in keys], index=teams.index, dtype="object")
    placed = teams.assign(edition=editions)
    return placed.dropna(subset=["edition"])


def _done(held: Iterable[ProtectedLayer]) -> set[tuple[str, str]]:
    """Return the months of each site to which nothing may be added any more.

    In no other edition either: the difference of two outlines may be anybody.
    """
    return {(layer.site, month) for layer in held for month in periods.parts(layer.period, "month")}


def _source(monthly: Iterable[IndicatorLayer]) -> str:
    names = {layer.source for layer in monthly}
    return names.pop() if len(names) == 1 else "terrain"
