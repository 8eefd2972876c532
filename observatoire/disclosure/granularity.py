"""The finest level of period that can be shown, for each QPV, theme and calendar year.

A year shows one level at which every period somebody looked at passes, and the coarser levels,
which are its sums; everything finer is hidden. Nothing is hidden beside something shown of the
same level, so no hidden cell is a difference of shown ones.

What the choice itself tells
----------------------------
Suppose that the reader knows these rules, every shown value and every number of outings (an
outing is not a person: a blind month is shown as blind at every level). Levels are tried from
the year down, and one is looked at only when the totals already shown allow it: each total that
is not zero and has two parts or more reaches k + 2 (`Thresholds.divisible`). So

- a level that is not looked at tells nothing about the parts: the reader knew that it would not
  be. A part of a total T is anything from 0 to T, and T ≥ k (T − 1 ≥ k where one of the months
  had a single outing, which cannot have reported everything: `primary`);
- a level that is looked at and hidden tells that one part at least does not pass. Of a total
  T ≥ k + 2 a part is then anything from 1 to T − 1 (either end makes the other part or itself a
  count under k, which does not pass), k apart or more.

Two hidden cells are no secret: the parts of a shown zero, where there is nobody, and the only
part of a shown total that anybody looked at, which is the shown total itself. A year that is
hidden says what the threshold says: under k, or reported by too few outings.

`tests/test_disclosure.py` proves it twice: linear bounds on every hidden cell, and pairs of
tables with the same publication. Differences between two releases belong to the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from observatoire.disclosure.primary import COARSER
from observatoire.disclosure.protected import ProtectedLayer
from observatoire.disclosure.rules import PRODUCER, Thresholds
from observatoire.periods import LEVELS, Level, level_of

Granularities = Mapping[tuple[str, str, str, str], Level]
"""Level shown, by indicator, edition, QPV and year."""


def choose_levels(
    cells: pd.DataFrame, thresholds: Thresholds, earlier: Mapping[tuple[str, str], Level]
) -> dict[tuple[str, str], Level]:
    """Return the level shown for each (QPV, year) that shows anything.

    Parameters
    ----------
    cells
        All the cells of one theme and edition, see `primary.build_cells`.
    earlier
        Level of an earlier release by (QPV, year): it may be coarsened, never refined.
    """
    chosen: dict[tuple[str, str], Level] = {}
    candidates = set(zip(cells["zone"], cells["year"], strict=True))
    for level in thresholds.levels():
        candidates &= _all_pass(cells, level)
        if level in COARSER:
            candidates -= _indivisible(cells, level, thresholds.divisible)
        candidates = {key for key in candidates if not _refines(level, earlier.get(key))}
        chosen.update(dict.fromkeys(candidates, level))
    return chosen


def shown_levels(layers: Iterable[ProtectedLayer]) -> dict[tuple[str, str, str, str], Level]:
    """Return the level that protected layers show, for the ledger: the finest with a value."""
    shown: dict[tuple[str, str, str, str], Level] = {}
    for layer in layers:
        if layer.rule == PRODUCER:
            continue
        level, frame = level_of(layer.period), layer.frame
        for zone in frame.index.get_level_values("zone")[frame["status"] == "ok"]:
            key = (layer.indicator, layer.edition, str(zone), layer.period[:4])
            if key not in shown or _refines(level, shown[key]):
                shown[key] = level
    return shown


def _refines(level: Level, than: Level | None) -> bool:
    return than is not None and LEVELS.index(level) < LEVELS.index(than)


def _all_pass(cells: pd.DataFrame, level: Level) -> set[tuple[str, str]]:
    """(QPV, year) where somebody looked, and every period of that level that was looked at passes.

    A period nobody looked at that yet has observations (they came without their outings) keeps
    the whole level hidden.
    """
    looked = cells[(cells["level"] == level) & (cells["covered"] | (cells["count"] > 0))]
    every = looked.groupby(["zone", "year"], sort=False)["passes"].all()
    return set(every.index[every])


def _indivisible(cells: pd.DataFrame, level: Level, divisible: int) -> set[tuple[str, str]]:
    """(QPV, year) with a total too small for its parts of that level to be looked at."""
    fine = cells[(cells["level"] == level) & (cells["covered"] | (cells["count"] > 0))]
    parts = fine.groupby(["zone", "parent"], sort=False).size()
    totals = cells[(cells["level"] == COARSER[level]) & (cells["count"] > 0)]
    keys = pd.MultiIndex.from_arrays([totals["zone"], totals["period"]])
    divided = parts.reindex(keys).fillna(0).to_numpy() >= 2
    small = totals[divided & (totals["count"] < divisible).to_numpy()]
    return set(zip(small["zone"], small["year"], strict=True))
