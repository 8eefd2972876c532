"""Linear and integer programmes over the sums of a cube, solved again and again by HiGHS. Pure.

A programme is kept between questions: only its goal and its limits change, and the solver starts
from its last answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from observatoire.errors import DisclosureError

_STATUS = highspy.HighsModelStatus
_PRIMAL = 4  # HiGHS's number of the primal simplex


@dataclass(frozen=True, eq=False)
class Answer:
    """The best value of a goal, where it is reached, and the dual value of each row.

    `value` is minus infinity for a goal without limit. `bound` is what no columns go below: the
    solver's own proof for whole columns, the value itself for the others.
    """

    value: float
    columns: np.ndarray
    duals: np.ndarray
    bound: float


class Programme:
    """Columns between limits, rows between limits; each question minimises a goal."""

    def __init__(
        self,
        low: np.ndarray,
        high: np.ndarray,
        *,
        whole: bool = False,
        primal: bool = False,
        inner: bool = False,
    ) -> None:
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("mip_rel_gap", 0.0)
        self._solver.setOptionValue("threads", 1)  # the same answer on every machine
        if primal:  # fifteen times as fast when only the goal changes
            self._solver.setOptionValue("simplex_strategy", _PRIMAL)
        if inner:  # six times as fast where every column has a goal; it ends at a vertex too
            self._solver.setOptionValue("solver", "ipm")
        self._every = np.arange(len(low), dtype=np.int32)
        self._solver.addVars(len(low), low.astype(np.float64), high.astype(np.float64))
        self._whole = whole
        if whole:
            kinds = np.full(len(low), int(highspy.HighsVarType.kInteger), dtype=np.uint8)
            self._solver.changeColsIntegrality(len(low), self._every, kinds)

    def add_rows(self, matrix: sparse.csr_array, low: float, high: float) -> None:
        """Hold the product of each row of a matrix with the columns between two limits."""
        for first, last in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True):
            columns, values = matrix.indices[first:last], matrix.data[first:last]
            self.add_row(columns, values, low, high)

    def add_row(self, columns: np.ndarray, values: np.ndarray, low: float, high: float) -> None:
        """Hold Σ values × columns between two limits."""
        places = columns.astype(np.int32)
        self._solver.addRow(low, high, len(places), places, values.astype(np.float64))

    def limit(self, low: np.ndarray, high: np.ndarray) -> None:
        """Change the limits of every column."""
        self._solver.changeColsBounds(len(self._every), self._every, low, high)

    def minimise(self, goal: np.ndarray) -> Answer | None:
        """Return the least value of Σ goal × columns; None when no columns hold every row.

        Raises
        ------
        DisclosureError
            When the solver gives up.
        """
        self._solver.changeColsCost(len(self._every), self._every, goal.astype(np.float64))
        self._solver.run()
        status = self._solver.getModelStatus()
        if status == _STATUS.kInfeasible:
            return None
        if status in (_STATUS.kUnbounded, _STATUS.kUnboundedOrInfeasible):
            return Answer(-np.inf, np.empty(0), np.empty(0), -np.inf)
        if status != _STATUS.kOptimal:
            raise DisclosureError(f"a programme was not solved: {status.name}")
        found = self._solver.getSolution()
        info = self._solver.getInfo()
        value = float(info.objective_function_value)
        bound = float(info.mip_dual_bound) if self._whole else value
        return Answer(value, np.array(found.col_value), np.array(found.row_dual), bound)
