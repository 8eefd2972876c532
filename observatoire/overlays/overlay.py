"""The whole of an overlay: sources, their figures and the targets → one row for each target."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from observatoire.crosswalk import Benchmark, Figures, Official, estimate, total_count
from observatoire.crosswalk.estimates import NUMBERS
from observatoire.labels import read_words
from observatoire.overlays.ground import Ground, check_outlines, grounds
from observatoire.overlays.options import OverlayOptions, read_figures
from observatoire.overlays.result import Conservation, OverlayResult, OverlayRow, Part

_NONE = OverlayOptions()


def overlay(
    sources: gpd.GeoDataFrame,
    figures: pd.DataFrame,
    targets: gpd.GeoDataFrame,
    options: OverlayOptions = _NONE,
    *,
    weights: gpd.GeoDataFrame | None = None,
    benchmark: Benchmark | None = None,
    official: Official | None = None,
) -> OverlayResult:
    """Return what the figures of some areas allow to say of others.

    Parameters
    ----------
    sources, targets
        Polygons indexed by key, in the order of their file, in WGS 84 or a metric system, not
        necessarily the same: areas are measured in the legal system of each target's territory.
    figures
        Numbers by key of the sources; NaN, or no row, where the producer publishes none.
    options
        Which columns, and what they are.
    weights
        Points or polygons with a column `weight` (dwellings, households), any system.
    benchmark
        A count that the producer publishes by source and, officially, by target.
    official
        The official value of the very same variable and year, with its status: it comes first, and
        a secret one is not estimated.

    Raises
    ------
    SchemaError, CrsError, NotFoundError
        As `check_outlines`, `grounds` and `read_figures`: the rows are named.

    Notes
    -----
    See `crosswalk.estimate`. Overlapping targets are each estimated, with a warning, and their sum
    is not given.
    """
    checked = check_outlines(sources.geometry, "sources")
    wanted = check_outlines(targets.geometry, "cibles")
    known = read_figures(figures, sources.index, options)
    made = grounds(checked, wanted, weights)
    rows = {
        row.qpv: row
        for ground in made
        for row in _rows(ground, _of_ground(known, ground), benchmark, official)
    }
    overlapping = any(len(ground.target_overlaps) for ground in made)
    summed = known.kind == "count" and not overlapping
    return OverlayResult(
        rows=tuple(rows[str(key)] for key in targets.index),
        conservation=_conservation(made, known) if summed else None,
        repairs=tuple(one for ground in made for one in ground.repairs),
        warnings=_warnings(made, figures.index.isin(sources.index)),
    )


def _of_ground(figures: Figures, ground: Ground) -> Figures:
    keys = ground.sources.index

    def kept(values: pd.Series | None) -> pd.Series | None:
        return None if values is None else values.reindex(keys)

    return replace(
        figures,
        values=figures.values.reindex(keys),
        denominators=kept(figures.denominators),
        imputed=kept(figures.imputed),
    )


def _rows(
    ground: Ground, figures: Figures, benchmark: Benchmark | None, official: Official | None
) -> Iterable[OverlayRow]:
    if benchmark is not None:
        benchmark = replace(benchmark, sources=benchmark.sources.reindex(ground.sources.index))
    found = estimate(
        ground.weights,
        figures,
        dasymetric=ground.dasymetric,
        benchmark=benchmark,
        official=official,
    )
    parts = _parts(ground, figures)
    for key, line in found.iterrows():
        numbers = {name: _number(line[name]) for name in (*NUMBERS, "partial_share")}
        yield OverlayRow(
            qpv=str(key),
            grade=str(line["grade"]),
            coverage=float(line["coverage"]),
            parts=parts.get(key, ()),
            method=str(line["method"]),
            reasons=tuple(line["reasons"]),
            imputed_share=_number(line["imputed_share"]),
            **numbers,
        )


def _parts(ground: Ground, figures: Figures) -> dict[object, tuple[Part, ...]]:
    by = ground.dasymetric if ground.dasymetric is not None else ground.weights
    if figures.kind == "density":
        by = ground.weights
    published = figures.published
    pairs = by.pairs.sort_values("target_share", ascending=False, kind="stable")
    return {
        target: tuple(
            Part(str(key), float(share), float(ground_share), bool(published[key]))
            for key, share, ground_share in zip(
                group["source"], group["weight"], group["target_share"], strict=True
            )
        )
        for target, group in pairs.groupby("target", sort=False)
    }


def _number(value: object) -> float | None:
    number = float(value)  # type: ignore[arg-type]
    return None if np.isnan(number) else number


def _conservation(made: Sequence[Ground], figures: Figures) -> Conservation:
    """Return where the total goes; what lies outside is measured, not deduced."""
    total = inside = outside = 0.0
    sources = hidden = 0
    for ground in made:
        values = figures.values.reindex(ground.sources.index)
        used = pd.Index(ground.weights.pairs["source"].unique())
        known = values.loc[used].dropna()
        rest = shapely.difference(
            ground.sources.loc[known.index].to_numpy(), ground.targets.union_all()
        )
        left = shapely.area(rest) / ground.weights.source_m2.loc[known.index].to_numpy()
        total += float(known.sum())
        inside += float(total_count(ground.weights, values).sum())
        outside += float((known.to_numpy() * left).sum())
        sources, hidden = sources + len(known), hidden + len(used) - len(known)
    gap = (inside + outside - total) / total if total else 0.0
    return Conservation(total, inside, outside, gap, sources, hidden)


def _warnings(made: Sequence[Ground], among: np.ndarray) -> tuple[str, ...]:
    words = read_words("recoupements")
    said = []
    shared = pd.concat([ground.source_overlaps for ground in made])
    if len(shared):
        said.append(words.count("warning.sources", len(shared), share=_percent(shared["share"])))
    shared = pd.concat([ground.target_overlaps for ground in made])
    if len(shared):
        first = shared.iloc[0]
        said.append(
            words.count("warning.targets", len(shared), left=first["left"], right=first["right"])
        )
    if extra := int((~among).sum()):
        said.append(words.count("warning.extra", extra))
    return tuple(said)


def _percent(shares: pd.Series) -> str:
    from observatoire.labels.numbers import quantity

    words, largest = read_words("recoupements"), 100 * float(shares.max())
    if largest < 0.05:  # printed as 0,0 %, it would deny what the sentence says
        return words("warning.less", share=quantity(0.1, "%", 1))
    return words("warning.most", share=quantity(largest, "%", 1))
