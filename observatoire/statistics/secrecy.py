"""Why a cell is empty: held back by the producer, or never there.

The rule, the same for all families, in this order:

1. a number is `ok`, whatever the note beside it says (INSEE publishes some figures with a note);
2. an empty cell is `missing` when the producer has no figure:
   the column is empty for every zone (the statistic does not exist that year: Gini of 2012);
   the line is the national one; the cell says `nd`;
   the producer's note is empty too, though other lines have one (territory it does not cover);
   an overseas territory has no figure of that producer for any zone (census of 2013, La Réunion);
   the figure does not exist (interdecile ratio when the first decile is zero);
3. any other empty cell, and the words `s` and `ns`, are `secret`: INSEE leaves blank what it
   withholds, zeros included.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from observatoire.codes import department_of_commune, qpv_department
from observatoire.statistics.numerals import MISSING_WORDS, words

Mask = npt.NDArray[np.bool_]


def statuses(
    values: npt.NDArray[np.float64], cells: Sequence[str], absent: Mask | None = None
) -> npt.NDArray[np.object_]:
    """Return the status of each cell of a column.

    Parameters
    ----------
    values
        Numbers of the column, NaN where it has none.
    cells
        Its texts.
    absent
        Lines for which the producer has no figure, for a reason outside this column.
    """
    known = np.isfinite(values)
    status = np.where(known, "ok", "secret").astype(object)
    if not known.any():
        status[:] = "missing"
        return status
    missing = words(cells, MISSING_WORDS)
    if absent is not None:
        missing |= absent & np.array([not cell for cell in cells])
    status[missing & ~known] = "missing"
    return status


def uncovered_by_note(notes: Sequence[str], national: Mask) -> Mask:
    """Tell which lines the producer says nothing of: no note, where other lines have one."""
    blank = np.array([not note for note in notes])
    return blank & ~national if (~blank & ~national).any() else np.zeros(len(blank), dtype=bool)


def uncovered_territories(
    zones: npt.NDArray[np.object_], kinds: npt.NDArray[np.object_], filled: Mask
) -> Mask:
    """Tell which lines are of an overseas territory without one figure of the producer.

    Parameters
    ----------
    zones, kinds
        Codes, and of what kind of zones; only QPV and communes say their territory.
    filled
        Lines with at least one figure of the producer.
    """
    territory = {"qpv": qpv_department, "commune": department_of_commune}
    departments = np.array(
        [territory.get(kind, _nowhere)(zone) for zone, kind in zip(zones, kinds, strict=True)]
    )
    overseas = np.array([len(department) == 3 for department in departments])
    empty = [name for name in set(departments[overseas]) if not filled[departments == name].any()]
    return np.isin(departments, empty)


def _nowhere(_: str) -> str:
    return ""
