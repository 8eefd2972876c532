"""From layers of the field to the months of each site: those released before as they were. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from observatoire import periods
from observatoire.disclosure import COUNTS, ProtectedLayer, SiteMonths
from observatoire.layers import IndicatorLayer
from observatoire.periods import level_of

Place = tuple[str, str]
"""A site and an edition."""


def gather_months(
    layers: Iterable[IndicatorLayer],
    teams: pd.DataFrame,
    kept: pd.DataFrame,
    held: Sequence[ProtectedLayer],
    site_of: Mapping[str, str],
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
    """
    months = [one for one in layers if level_of(one.period) == "month"]
    now = pd.concat([_counts(months), _teams(teams, months)], ignore_index=True)
    now["site"] = now["zone"].map(site_of)
    now = now.dropna(subset=["site"])
    done = _done(held)
    late = [
        (site, edition, month) in done
        for site, edition, month in zip(now["site"], now["edition"], now["month"], strict=True)
    ]
    every = pd.concat([now[[not one for one in late]], kept], ignore_index=True)
    described = {one.indicator: one.description for one in months if one.description}
    described |= {one.indicator: one.description for one in held if one.indicator not in described}
    return [
        SiteMonths(
            site=str(site),
            edition=str(edition),
            zones=_zones(str(site), str(edition), site_of, months),
            themes={name: described[name] for name in sorted(set(rows["indicator"]))},
            counts=rows[list(COUNTS)],
            source=_source(months),
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
        months = released.get((town.site, town.edition), set())
        rows = town.counts[town.counts["month"].isin(months)]
        found.append(((town.site, town.edition), rows))
    return found


def _counts(months: Sequence[IndicatorLayer]) -> pd.DataFrame:
    """Return everybody's counts, a row for each theme, QPV and month where somebody looked."""
    parts = [
        layer.frame.droplevel("zone_kind")[["observations", "outings", "reports"]]
        .rename_axis("zone")
        .reset_index()
        .assign(indicator=layer.indicator, month=layer.period, edition=layer.edition)
        for layer in months
    ]
    if not parts:
        return pd.DataFrame(columns=[*COUNTS, "edition"])
    frame = pd.concat(parts, ignore_index=True).assign(organisation="")
    return frame[(frame["outings"] > 0) | (frame["observations"] > 0)]


def _teams(teams: pd.DataFrame, months: Sequence[IndicatorLayer]) -> pd.DataFrame:
    """Return the organisations' counts with the edition whose layer counts them."""
    edition_of = {
        (layer.indicator, layer.period, str(zone)): layer.edition
        for layer in months
        for zone in layer.frame.index.get_level_values("zone")
    }
    keys = zip(teams["indicator"], teams["month"], teams["zone"], strict=True)
    placed = teams.assign(edition=[edition_of.get(key) for key in keys])
    return placed.dropna(subset=["edition"])


def _done(held: Iterable[ProtectedLayer]) -> set[tuple[str, str, str]]:
    """Return the months of each site and edition to which nothing may be added any more."""
    return {
        (layer.site, layer.edition, month)
        for layer in held
        for month in periods.parts(layer.period, "month")
    }


def _zones(
    site: str, edition: str, site_of: Mapping[str, str], months: Iterable[IndicatorLayer]
) -> tuple[str, ...]:
    known = {
        str(zone)
        for layer in months
        if layer.edition == edition
        for zone in layer.frame.index.get_level_values("zone")
    }
    return tuple(sorted(zone for zone in known if site_of.get(zone) == site))


def _source(months: Iterable[IndicatorLayer]) -> str:
    names = {layer.source for layer in months}
    return names.pop() if len(names) == 1 else "terrain"
