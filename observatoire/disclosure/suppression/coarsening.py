"""The finest period at which each cell of a site is ever shown, from what is already told. Pure.

Where little is seen, months would be hidden nearly always and take others with them: it is better
not to release them at all. The choice is made from published totals alone, so that it tells nothing
that is not known; it is made once for a year and never made finer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np

from observatoire import periods
from observatoire.disclosure.suppression.cubes import TOTAL, Cube

Level = Literal["month", "quarter", "year"]
LEVELS: tuple[Level, ...] = get_args(Level)
_EACH: dict[Level, int] = {"month": 12, "quarter": 4, "year": 1}
Levels = Mapping[tuple[str, str], Level]
"""By (QPV, theme), either of which may be `TOTAL`, the finest level that is shown."""


def coarsen(totals: Mapping[tuple[str, str], int | None], k: int, *, well: float = 2.0) -> Levels:
    """Return the finest level at which each cell is likely to hold enough.

    Parameters
    ----------
    totals
        Observations of a whole year by (QPV, theme), as *published*: None where it was hidden.
    k
        Fewer observations than that are not told.
    well
        How many times k a period must hold on average: total ÷ periods in a year ≥ well × k.

    Returns
    -------
    Levels
        `year` for whatever was hidden, and for whatever is too small for a quarter.

    Notes
    -----
    A Poisson count of mean 2k = 10 is under k = 5 in 3 % of the periods, of mean k in 44 %.
    """
    found: dict[tuple[str, str], Level] = {}
    for key, total in totals.items():
        fits = (one for one in LEVELS if total is not None and total >= well * k * _EACH[one])
        found[key] = next(fits, "year")
    return found


def finer(cube: Cube, levels: Levels) -> np.ndarray:
    """Return the cells of a year that are finer than their level; without one, none is.

    The dimensions of the cube are QPV, theme and month, as in `years.Year.cube`.
    """
    found = np.zeros(len(cube.keys), dtype=bool)
    for place, (qpv, theme, period) in enumerate(cube.keys):
        level = levels.get((qpv, theme), "month")
        found[place] = LEVELS.index(_level(period)) < LEVELS.index(level)
    return found


def _level(period: str) -> Level:
    if period == TOTAL:
        return "year"
    return "quarter" if periods.level_of(period) == "quarter" else "month"
