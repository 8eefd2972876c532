"""Areas → areas: what the figures of some areas allow to say of others. Pure.

Weights (which share of each source goes to each target) and their application are two steps;
bounds, benchmark and grade say how far the result can be believed. Nothing here reads a file: the
frames come keyed, in one metric system, repaired.
"""

from observatoire.crosswalk.benchmark import Benchmark
from observatoire.crosswalk.checks import (
    SAME_GROUND_SHARE,
    overlaps,
    require_disjoint,
    require_figures,
    require_ground,
    require_unique,
)
from observatoire.crosswalk.estimates import Official, estimate
from observatoire.crosswalk.figures import KINDS, REFUSED_KINDS, Figures, require_additive
from observatoire.crosswalk.grades import GRADES, REASONS
from observatoire.crosswalk.masses import dasymetric_weights
from observatoire.crosswalk.sums import coverage, total_count, total_density, total_rate
from observatoire.crosswalk.weights import (
    DENSITY_RATIO,
    Weights,
    area_weights,
    density_weights,
)

__all__ = [
    "DENSITY_RATIO",
    "GRADES",
    "KINDS",
    "REASONS",
    "REFUSED_KINDS",
    "SAME_GROUND_SHARE",
    "Benchmark",
    "Figures",
    "Official",
    "Weights",
    "area_weights",
    "coverage",
    "dasymetric_weights",
    "density_weights",
    "estimate",
    "overlaps",
    "require_additive",
    "require_disjoint",
    "require_figures",
    "require_ground",
    "require_unique",
    "total_count",
    "total_density",
    "total_rate",
]
