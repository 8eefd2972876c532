"""Which share of each source goes to each target: by ground, or by a ratio of densities."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from observatoire.crosswalk.checks import require_ground

DENSITY_RATIO = 8.6
"""How many times denser a QPV is than the rest of its IRIS, fitted on the family allowance funds'
households of three departments. The upper edge of a sensitivity range, never the truth."""

WHOLE_SHARE = 0.98
"""From which share on a source is wholly inside; outlines are generalised by some metres."""

_SPECK_M2 = 1.0
_SPECK_SHARE = 1e-6


@dataclass(frozen=True)
class Weights:
    """Which share of each source goes to each target.

    Attributes
    ----------
    pairs
        One row per source and target that share ground: `target`, `source` (keys), `area_m2`
        shared, `source_share` and `target_share` (the same, of each one's area, 0–1), `weight`
        (share of the source's figure that goes to the target, 0–1), `fallback` (True where the
        weight is by ground for want of anything better).
    targets
        All targets, in the order given, with or without a source.
    target_m2, source_m2
        Areas by key.
    method
        `area`, `dasymetric` or `density_ratio`.
    """

    pairs: pd.DataFrame
    targets: pd.Index
    target_m2: pd.Series
    source_m2: pd.Series
    method: str

    @property
    def whole(self) -> pd.Series:
        """Tell which pairs have the source's ground wholly inside the target."""
        return self.pairs["source_share"] >= WHOLE_SHARE


def area_weights(sources: gpd.GeoSeries, targets: gpd.GeoSeries) -> Weights:
    """Return the weights by ground: w_ij = |i ∩ j| / |i|.

    Parameters
    ----------
    sources, targets
        Valid polygons indexed by a unique key, in one same metric system. Targets may overlap;
        sources may not (`require_disjoint`).

    Raises
    ------
    CrsError, SchemaError
        As `require_ground`.

    Notes
    -----
    The denominator is the whole area of the source, not the sum of its pieces: what lies outside
    all targets stays there (Goodchild and Lam, 1980). float64 throughout; pieces under 1 m² that
    are also under a millionth of both areas are slips of rounding, and dropped.
    """
    require_ground(sources, targets)
    ground, wanted = sources.to_numpy(), targets.to_numpy()
    target, source = shapely.STRtree(ground).query(wanted, predicate="intersects")
    shared = shapely.area(shapely.intersection(ground[source], wanted[target]))
    source_m2, target_m2 = shapely.area(ground), shapely.area(wanted)
    of_source, of_target = shared / source_m2[source], shared / target_m2[target]
    speck = (shared < _SPECK_M2) & (of_source < _SPECK_SHARE) & (of_target < _SPECK_SHARE)
    pairs = pd.DataFrame(
        {
            "target": targets.index.to_numpy(dtype=object)[target],
            "source": sources.index.to_numpy(dtype=object)[source],
            "area_m2": shared,
            "source_share": np.minimum(of_source, 1.0),
            "target_share": np.minimum(of_target, 1.0),
            "weight": np.minimum(of_source, 1.0),
            "fallback": False,
        }
    )[(shared > 0) & ~speck]
    order = pd.Series(range(len(targets)), index=targets.index)
    sorted_pairs = (
        pairs.assign(rank=pairs["target"].map(order))
        .sort_values(["rank", "source"], kind="stable", ignore_index=True)
        .drop(columns="rank")
    )
    return Weights(
        pairs=sorted_pairs,
        targets=targets.index,
        target_m2=pd.Series(target_m2, index=targets.index),
        source_m2=pd.Series(source_m2, index=sources.index),
        method="area",
    )


def density_weights(weights: Weights, ratio: float = DENSITY_RATIO) -> Weights:
    """Return the weights if targets were `ratio` times denser than the rest of their sources.

    w_ij = ρ a_ij / (ρ a_ij + a_i − a_ij). At ρ = 1 these are the weights by ground.

    Parameters
    ----------
    weights
        From `area_weights`.
    ratio
        ρ, at least 1.
    """
    share = weights.pairs["source_share"]
    weight = ratio * share / (ratio * share + 1.0 - share)
    return replace(weights, pairs=weights.pairs.assign(weight=weight), method="density_ratio")
