"""Layers of our own observations: per outing for a field theme, counted for a register.

An observation is counted in the QPV and the calendar period where it lies. A field theme divides
by the outings of the same QPV and period; where nobody went, the period is `blind` and has no
value, even though nothing was seen: nothing is ever zero-filled. A register is exhaustive: where it
reaches, no row is a zero.

A theme makes layers in one edition at a time: the one in force, or the one its files were all
imported with by name. Invented observations are counted against invented outings only, and as soon
as a theme has a real observation its invented ones no longer count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from observatoire.catalogue import Indicator, read_catalogue
from observatoire.codes import EDITIONS, qpv_department
from observatoire.indicators.efforts import Ints, distinct_outings, link_reports, month_of
from observatoire.layers import IndicatorLayer
from observatoire.periods import LEVELS, Level, period_of

_MONTHS: Mapping[Level, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_SOURCES = {"field": "terrain", "register": "registre"}


@dataclass(frozen=True)
class _Counts:
    """Counts by zone (rows) and month (columns, from January of `first // 12`)."""

    first: int
    observations: Ints
    outings: Ints
    reports: Ints
    shown: NDArray[np.bool_]
    """Months that make layers."""


def build_field_layers(
    observations: pd.DataFrame,
    outings: pd.DataFrame,
    boundaries_codes: Mapping[str, Sequence[str]],
) -> list[IndicatorLayer]:
    """Return the layers of every theme, at the four levels of calendar period.

    Parameters
    ----------
    observations
        One row for each observation and edition: `id`, `theme`, `date`, `precision`, `count`,
        `outing`, `edition`, `qpv`, `in_force`, `fictitious`, `collection`, `source`.
    outings
        `outing`, `date`, `qpv`, `edition`, `fictitious`.
    boundaries_codes
        The QPV that layers cover, by edition.

    Returns
    -------
    Layers in the order of theme, edition, level and period, each with every QPV of its edition
    (for a field theme, of the departments where teams work).
    `value` is observations / outings for a field theme (status `blind` without an outing), the
    number of observations for a register (`not_collected` in a department where it has no row at
    all). `reports` is the number of distinct outings with an observation: an observation whose
    outing is not known counts as an observation, not as a report.

    Notes
    -----
    A field theme has periods from its first to its last month with an outing or an observation,
    in the years with an outing; a register, the months in which it has a row.
    """
    layers: list[IndicatorLayer] = []
    for theme, rows in observations.groupby("theme", sort=True):
        real = rows[~rows["fictitious"]]
        kept = rows if real.empty else real
        for edition, here in _by_edition(kept):
            if boundaries_codes.get(edition):
                zones = pd.Index(sorted(boundaries_codes[edition]), dtype="str")
                layers.extend(_theme_layers(str(theme), edition, here, outings, zones))
    return layers


def describe_theme(theme: str, collection: str) -> Indicator:
    """Return the description of a theme that the catalogue does not know."""
    words = theme.replace("_", " ").capitalize()
    if collection == "register":
        return Indicator(
            id=f"terrain.{theme}",
            theme="terrain",
            label=words,
            short=words[:32],
            definition="Nombre de lignes d’un registre importé, situées dans le quartier.",
            unit="",
            kind="count",
            additivity="sum",
            source=_SOURCES[collection],
            caveat="Le registre est tenu pour complet dans les départements où il a des lignes.",
        )
    return Indicator(
        id=f"terrain.{theme}",
        theme="terrain",
        label=words,
        short=words[:32],
        definition="Observations d’un thème importé, rapportées aux sorties des équipes.",
        numerator="observations",
        denominator="sorties dans le quartier pendant la période",
        unit="par sortie",
        kind="per_outing",
        additivity="weighted",
        source=_SOURCES[collection],
        decimals=2,
        caveat="Sans sortie, le quartier n’est pas observé.",
    )


def _by_edition(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Give the editions a theme is counted in, with its rows there and whether dates bind.

    An edition named for every file of the theme holds all its observations, whatever their date:
    it is then the only one (the latest, of several). Otherwise each observation is counted in the
    edition in force at its date.
    """
    everything = rows["id"].nunique()
    forced = rows["in_force"].fillna(False).astype(bool)
    named = [
        str(edition)
        for edition, here in rows.groupby("edition")
        if here["id"].nunique() == everything and not forced[here.index].all()
    ]
    if named:
        edition = max(named)
        yield edition, rows[rows["edition"] == edition].assign(bound=False)
        return
    for name, here in rows[forced].groupby("edition"):
        yield str(name), here.assign(bound=True)


def _theme_layers(
    theme: str, edition: str, rows: pd.DataFrame, outings: pd.DataFrame, zones: pd.Index
) -> Iterator[IndicatorLayer]:
    collection, fictitious = str(rows["collection"].iloc[0]), bool(rows["fictitious"].iloc[0])
    if collection == "field":
        same = (outings["edition"] == edition) & (outings["fictitious"] == fictitious)
        effort = distinct_outings(outings[same])
        zones = _where_teams_work(zones, rows, effort)
        counts = _field_counts(rows, effort, edition, zones)
    else:
        counts = _register_counts(rows, zones)
    if counts is None:
        return
    known = f"terrain.{theme}" in read_catalogue() and collection == "field"
    description = None if known else describe_theme(theme, collection)
    index = pd.MultiIndex.from_product([["qpv"], zones], names=["zone_kind", "zone"])
    covered = _covered(rows, zones) if collection == "register" else None
    for period, frame in _frames(counts, index, covered):
        yield IndicatorLayer(
            indicator=f"terrain.{theme}",
            period=period,
            edition=edition,
            rule=collection,
            source=_source(rows, collection),
            fictitious=fictitious,
            frame=frame,
            description=description,
        )


def _where_teams_work(zones: pd.Index, rows: pd.DataFrame, effort: pd.DataFrame) -> pd.Index:
    """Keep the QPV of the departments where the theme has an outing or an observation.

    With all of France loaded, a QPV where no team takes part is not blind: nobody is expected.
    """
    seen = pd.concat([rows["qpv"], effort["qpv"]]).dropna().unique()
    departments = {qpv_department(str(code)) for code in seen}
    here = zones[[qpv_department(str(code)) in departments for code in zones]]
    return here if len(here) else zones


def _field_counts(
    rows: pd.DataFrame, effort: pd.DataFrame, edition: str, zones: pd.Index
) -> _Counts | None:
    located = rows[rows["qpv"].isin(zones)]
    effort = effort[effort["qpv"].isin(zones)]
    if bool(rows["bound"].all()):
        effort = effort[effort["date"].between(*_days_in_force(edition))]
    if effort.empty:
        return None
    years = np.unique(month_of(effort["date"]) // 12)
    located = located[np.isin(month_of(located["date"]) // 12, years)]
    first, length = int(years[0]) * 12, (int(years[-1] - years[0]) + 1) * 12
    months = np.concatenate([month_of(effort["date"]), month_of(located["date"])]) - first
    shown = np.zeros(length, dtype=bool)
    shown[months.min() : months.max() + 1] = True
    shown &= np.isin(np.arange(length) // 12 + years[0], years)
    reported = effort.iloc[link_reports(located, effort)]
    shape = (len(zones), length)
    return _Counts(
        first,
        _grid(located, zones, first, shape, weights=located["count"]),
        _grid(effort, zones, first, shape),
        _grid(reported, zones, first, shape),
        shown,
    )


def _register_counts(rows: pd.DataFrame, zones: pd.Index) -> _Counts:
    months = month_of(rows["date"])
    first = int(months.min()) // 12 * 12
    length = (int(months.max()) // 12 + 1) * 12 - first
    shown = np.zeros(length, dtype=bool)
    shown[months - first] = True
    located = rows[rows["qpv"].isin(zones)]
    shape = (len(zones), length)
    counts = _grid(located, zones, first, shape, weights=located["count"])
    nothing = np.zeros(shape, dtype=np.int64)
    return _Counts(first, counts, nothing, nothing, shown)


def _grid(
    rows: pd.DataFrame,
    zones: pd.Index,
    first: int,
    shape: tuple[int, int],
    weights: pd.Series | None = None,
) -> Ints:
    """Count rows by zone and month, or add up their weights."""
    cell = zones.get_indexer(pd.Index(rows["qpv"])) * shape[1] + month_of(rows["date"]) - first
    total = np.bincount(cell, weights=weights, minlength=shape[0] * shape[1])
    return total.round().astype(np.int64).reshape(shape)


def _frames(
    counts: _Counts, index: pd.MultiIndex, covered: NDArray[np.bool_] | None
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Give the frame of each period: from month to year, in order."""
    for level in LEVELS:
        step = _MONTHS[level]
        shown = counts.shown.reshape(-1, step).any(axis=1)
        parts = [
            grid.reshape(len(index), -1, step).sum(axis=2)
            for grid in (counts.observations, counts.outings, counts.reports)
        ]
        for place in np.flatnonzero(shown):
            month = counts.first + int(place) * step
            period = period_of(date(month // 12, month % 12 + 1, 1), level)
            observations, outings, reports = (part[:, place] for part in parts)
            yield period, _frame(observations, outings, reports, index, covered)


def _frame(
    observations: Ints,
    outings: Ints,
    reports: Ints,
    index: pd.MultiIndex,
    covered: NDArray[np.bool_] | None,
) -> pd.DataFrame:
    looked = outings > 0 if covered is None else covered
    value = np.full(len(index), np.nan)
    if covered is None:
        np.divide(observations, outings, out=value, where=looked)
    else:
        value[looked] = observations[looked]
    unseen = "blind" if covered is None else "not_collected"
    return pd.DataFrame(
        {
            "value": value,
            "status": pd.array(np.where(looked, "ok", unseen), dtype="str"),
            "observations": observations,
            "outings": outings,
            "reports": reports,
        },
        index=index,
    )


def _covered(rows: pd.DataFrame, zones: pd.Index) -> NDArray[np.bool_]:
    """Tell which QPV a register reaches: those of the departments where it has a row in a QPV."""
    reached = {qpv_department(code) for code in rows["qpv"].dropna().unique()}
    return np.array([qpv_department(code) in reached for code in zones], dtype=bool)


def _days_in_force(edition: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    known = EDITIONS[edition]
    last = pd.Timestamp(known.ends) if known.ends else pd.Timestamp.max
    return pd.Timestamp(known.starts), last


def _source(rows: pd.DataFrame, collection: str) -> str:
    """Return the source of all the rows, or the general one when they have several."""
    names = rows["source"].unique()
    return str(names[0]) if len(names) == 1 else _SOURCES[collection]
