"""A territory where nothing changes, outing after outing: the weeks of `simulated_weeks` by day."""

from __future__ import annotations

from datetime import date

import numpy as np
from simulated_weeks import HOLIDAYS, PLACES, THEMES, USUAL

from observatoire.alerts import Past

MONDAY, DAYS = date(2024, 1, 1), 7


class Territory:
    """Rates that stay; years drawn after one another's history."""

    def __init__(self, seed: int, size: float | None = None) -> None:
        self._draw = np.random.default_rng(seed)
        self._size = size
        of_theme = self._draw.gamma(2.0, 0.075, THEMES)
        self._rates = of_theme[None, :] * self._draw.gamma(4.0, 0.25, (PLACES, 1))

    def weeks(self, number: int, after: Past | None = None) -> Past:
        """Return so many weeks, after a past."""
        begun = after.weeks if after else 0
        shape, draw = (number, PLACES), self._draw
        usual = np.full(shape, USUAL)
        usual[np.isin((begun + np.arange(number)) % 52, HOLIDAYS)] /= 2
        usual = np.where(draw.random(shape) < 0.05, 3 * usual, usual)
        outings = draw.poisson(usual)
        week, place = (np.repeat(one, outings.ravel()) for one in np.indices(shape).reshape(2, -1))
        day = (begun + week) * DAYS + draw.integers(0, DAYS, len(week))
        size = self._size
        spread = draw.gamma(size, 1 / size, (*shape, THEMES)) if size else np.ones((*shape, THEMES))
        count = draw.poisson(self._rates[place] * spread[week, place])
        outing, theme = np.nonzero(count)
        parts = [place, day, place[outing] * THEMES + theme, day[outing], count[outing, theme]]
        if after is not None:
            held = [after.outing_quarter, after.outing_day, after.series, after.day, after.count]
            parts = [np.concatenate(pair) for pair in zip(held, parts, strict=True)]
        order = np.lexsort((parts[4], parts[3], parts[2]))
        return Past(
            MONDAY,
            begun + number,
            tuple(f"QP0420{rank:02}" for rank in range(PLACES)),
            tuple(f"theme_{rank}" for rank in range(THEMES)),
            *parts[:2],
            *(one[order] for one in parts[2:]),
        )
