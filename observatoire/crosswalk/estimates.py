"""Estimates by target with all that must stand beside them: bounds, range, coverage, grade."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from observatoire.crosswalk.benchmark import Benchmark, benchmarked, factors
from observatoire.crosswalk.bounds import count_bounds, rate_bounds
from observatoire.crosswalk.figures import Figures
from observatoire.crosswalk.grades import MIN_COVERAGE, BenchmarkState, Evidence, grade
from observatoire.crosswalk.sums import (
    TRACE_SHARE,
    coverage,
    hidden_sources,
    part_of,
    partial_share,
    total_count,
)
from observatoire.crosswalk.weights import WHOLE_SHARE, Weights, density_weights

_SETTLED = (
    ("whole_sources", "whole", None),
    ("dasymetric", "dasymetric", "dasymetric"),
    ("few_partial", "area", "area"),
)
NUMBERS = ("estimate", "raw_estimate", "lo", "hi", "model_low", "model_high")


@dataclass(frozen=True)
class Official:
    """Official values of the very same variable, by target.

    Attributes
    ----------
    values
        NaN where none is published.
    statuses
        `ok`, `secret`, `missing` and so on, same index.
    """

    values: pd.Series
    statuses: pd.Series


def estimate(
    weights: Weights,
    figures: Figures,
    *,
    dasymetric: Weights | None = None,
    benchmark: Benchmark | None = None,
    official: Official | None = None,
) -> pd.DataFrame:
    """Return what the sources allow to say of each target.

    Parameters
    ----------
    weights
        From `area_weights`.
    figures
        Checked by `require_figures`.
    dasymetric
        From `dasymetric_weights`, when something better than the ground is known.
    benchmark, official
        When the producer publishes a related, or the very same, variable by target.

    Returns
    -------
    Frame indexed by target: `estimate` (NaN at grade E), `raw_estimate` (by the best method at
    hand, whatever its grade), `lo` and `hi` (hard bounds), `model_low` and `model_high` (between
    methods), `grade`, `reasons`, `method`, `coverage`, `partial_share`, `imputed_share`. Where the
    official value is secret all numbers are NaN: nothing here undoes disclosure control.

    Notes
    -----
    Best first: official, whole sources, benchmarked, by dwellings, by ground. The model range holds
    every method at hand and the ratio of densities (8.6). An upper bound is NaN where less than
    95 % of the target has a published source.
    """
    base = dasymetric if dasymetric is not None and figures.kind != "density" else weights
    published = figures.published
    covered = coverage(weights, published)
    values = _methods(weights, base, figures, benchmark)
    frame = _bounds(weights, figures, covered)
    frame["coverage"] = covered
    frame["partial_share"] = partial_share(base, _mass(figures, weights))
    frame["imputed_share"] = (
        np.nan
        if figures.imputed is None
        else part_of(base, _mass(figures, weights), figures.imputed)
    )
    frame["model_low"], frame["model_high"] = values.min(axis=1), values.max(axis=1)
    best = [name for name in ("benchmarked", "dasymetric", "area") if name in values]
    frame["raw_estimate"] = values[best].bfill(axis=1).iloc[:, 0]
    frame["method"] = values[best].notna().idxmax(axis=1).where(frame["raw_estimate"].notna(), "")
    evidence = _evidence(weights, base, figures, frame, benchmark=benchmark, official=official)
    graded = [grade(one) for one in evidence]
    frame["grade"] = pd.Series([letter for letter, _ in graded], index=frame.index, dtype="str")
    frame["reasons"] = pd.Series([why for _, why in graded], index=frame.index, dtype=object)
    return _settle(frame, values, _whole_values(weights, figures), official)


def _methods(
    weights: Weights, base: Weights, figures: Figures, benchmark: Benchmark | None
) -> pd.DataFrame:
    """Return the value that each method gives, one column each."""
    used = figures.published
    values = {"area": _value(weights, weights, figures, used)}
    if base is not weights:
        values["dasymetric"] = _value(weights, base, figures, used)
    values["density_ratio"] = _value(weights, density_weights(weights), figures, used)
    if benchmark is not None and benchmark.comparable:
        both = used & benchmark.sources.reindex(used.index).notna()
        factor = factors(base, benchmark, both)
        values["benchmarked"] = _value(weights, base, figures, both, factor)
    return pd.DataFrame(values)


def _value(
    weights: Weights,
    by: Weights,
    figures: Figures,
    used: pd.Series,
    factor: pd.Series | None = None,
) -> pd.Series:
    """Return the value of one method: a sum, or a sum over another."""

    def total(amounts: pd.Series) -> pd.Series:
        known = amounts.where(used)
        if factor is None:
            return total_count(by, known)
        return benchmarked(by, known, factor, count_bounds(weights, known))

    top = total(figures.tops(weights.source_m2))
    if figures.kind == "density":
        covered = coverage(weights, used) * weights.target_m2
        return top / covered.where(covered > 0)
    if figures.denominators is None:
        return top
    bottom = total(figures.denominators)
    return figures.per * top / bottom.where(bottom > 0)


def _bounds(weights: Weights, figures: Figures, covered: pd.Series) -> pd.DataFrame:
    tops = figures.tops(weights.source_m2).where(figures.published)
    if figures.denominators is not None:
        bounds = rate_bounds(weights, tops, figures.denominators) * figures.per
    else:
        bounds = count_bounds(weights, tops)
        if figures.kind == "density":
            bounds = bounds.div(weights.target_m2, axis=0)
    bounds["hi"] = bounds["hi"].where(covered >= MIN_COVERAGE)
    if figures.kind != "count":
        bounds["lo"] = bounds["lo"].where(covered >= MIN_COVERAGE)
    return bounds


def _mass(figures: Figures, weights: Weights) -> pd.Series:
    """Return what each source weighs in the result: its count, or its denominators."""
    if figures.denominators is not None:
        return figures.denominators.where(figures.published)
    return figures.tops(weights.source_m2)


def _whole_values(weights: Weights, figures: Figures) -> pd.Series:
    """Return the value of each target from its whole sources alone."""
    pairs = weights.pairs[weights.whole].assign(weight=1.0)
    only = Weights(pairs, weights.targets, weights.target_m2, weights.source_m2, "whole")
    return _value(only, only, figures, figures.published)


def _evidence(
    weights: Weights,
    base: Weights,
    figures: Figures,
    frame: pd.DataFrame,
    *,
    benchmark: Benchmark | None,
    official: Official | None,
) -> list[Evidence]:
    used = figures.published
    by_area = partial_share(weights, _mass(figures, weights))
    states = _benchmark_states(weights, used, frame, benchmark)
    statuses = official.statuses.reindex(weights.targets).fillna("") if official else None
    traced = base.pairs["target_share"] < TRACE_SHARE
    unweighed = set(base.pairs["target"][base.pairs["fallback"] & ~traced])
    exact = _exact(weights, used)
    hidden = hidden_sources(weights, used)
    reached = set(weights.pairs["target"])
    valued = frame["raw_estimate"].notna()
    return [
        Evidence(
            official="" if statuses is None else str(statuses[target]),
            reached=target in reached,
            valued=bool(valued[target]),
            coverage=float(frame["coverage"][target]),
            hidden=bool(hidden[target]),
            exact=bool(exact[target]),
            benchmark=states[target],
            dasymetric=base is not weights and target not in unweighed,
            weights_given=base is not weights,
            partial_area=_or_whole(by_area[target]),
            partial_dasymetric=_or_whole(frame["partial_share"][target]),
        )
        for target in weights.targets
    ]


def _or_whole(share: float) -> float:
    return 1.0 if pd.isna(share) else float(share)


def _exact(weights: Weights, published: pd.Series) -> pd.Series:
    """Tell which targets are made of whole published sources, but for traces."""
    whole = weights.pairs["target_share"].where(weights.whole)
    known = weights.pairs["source"].map(published).fillna(False).astype(bool)
    inside = whole.where(known).groupby(weights.pairs["target"]).sum().reindex(weights.targets)
    return inside.fillna(0.0) >= WHOLE_SHARE


def _benchmark_states(
    weights: Weights, published: pd.Series, frame: pd.DataFrame, benchmark: Benchmark | None
) -> dict[object, BenchmarkState]:
    if benchmark is None:
        return dict.fromkeys(weights.targets, "none")
    if not benchmark.comparable:
        return dict.fromkeys(weights.targets, "other_year")
    both = published & benchmark.sources.reindex(published.index).notna()
    full = (coverage(weights, both) >= MIN_COVERAGE) & ~hidden_sources(weights, both)
    used = full & (frame["method"] == "benchmarked")
    return {target: "ok" if used[target] else "absent" for target in weights.targets}


def _settle(
    frame: pd.DataFrame, values: pd.DataFrame, whole: pd.Series, official: Official | None
) -> pd.DataFrame:
    """Give each target the number of its grade, and none where there must be none."""
    letters = frame["grade"]
    chosen = frame["raw_estimate"].where(letters.isin(["B", "C", "D"]))
    for reason, method, column in _SETTLED:
        here = frame["reasons"].map(lambda why, reason=reason: why[:1] == (reason,))
        if here.any():
            chosen = chosen.mask(here, whole if column is None else values[column])
            frame["method"] = frame["method"].mask(here, method)
    if official is not None:
        known = letters == "A"
        exact = official.values.reindex(frame.index).astype(float)
        chosen = chosen.mask(known, exact)
        for column in ("lo", "hi", "model_low", "model_high"):
            frame[column] = frame[column].mask(known, exact)
        frame["method"] = frame["method"].mask(known, "official")
    frame["estimate"] = chosen
    secret = frame["reasons"].map(lambda why: "official_secret" in why)
    frame.loc[secret, list(NUMBERS)] = np.nan
    frame.loc[secret, "method"] = ""
    return frame
