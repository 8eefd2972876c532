"""A table of counts with all its margins, and the sums that tie them together. Pure."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from observatoire.errors import SchemaError

TOTAL = "*"
MOST = 10**9
"""The largest count or cost: beyond, the solver's answers are not exact to the unit."""
"""The code of a dimension's total, above all the others."""
MEASURES = ("count", "cost", "outings")
"""The columns of a table that are no dimension."""
Key = tuple[str, ...]
Parents = Mapping[str, Mapping[str, str]]
"""By dimension, the code above each code; a code that is not named stands under the total."""


@dataclass(frozen=True, eq=False)
class Cube:
    """Counts by several dimensions, and their margins.

    Attributes
    ----------
    dimensions
        Their names, in order.
    keys
        One code for each dimension, for each cell; `TOTAL` or a code above others in a margin.
    counts
        Observations of each cell, int64.
    costs
        What hiding each cell loses, float64.
    outings
        Distinct outings that a cell is known to come from, float64; NaN where nothing is known.
    asked
        False for a margin that is not part of what is published: nobody is told it.
    sums
        (margin, its parts) as positions: the counts of the parts add up to the margin's.

    Notes
    -----
    A combination of codes without row is an empty cell: a zero, and known to be.
    """

    dimensions: tuple[str, ...]
    keys: tuple[Key, ...]
    counts: np.ndarray
    costs: np.ndarray
    outings: np.ndarray
    asked: np.ndarray
    sums: tuple[tuple[int, tuple[int, ...]], ...]

    @property
    def margins(self) -> np.ndarray:
        """Tell which cells are sums of others."""
        found = np.zeros(len(self.keys), dtype=bool)
        found[[total for total, _ in self.sums]] = True
        return found


def build_cube(rows: pd.DataFrame, parents: Parents | None = None) -> Cube:
    """Return the cube of a table, with every margin.

    Parameters
    ----------
    rows
        One column of codes for each dimension, `count` (whole, 0 or more), and when known `cost`
        and `outings`. Rows with `TOTAL`, or with a code above others, are margins: when there are
        any, they are all that is published beside the cells, otherwise every margin is.
    parents
        The hierarchy of each dimension.

    Raises
    ------
    SchemaError
        When a row comes twice, a margin is not the sum of its cells, or a hierarchy goes round.

    Notes
    -----
    The outings of a margin are taken as the most that one of its cells has: outings that reported
    several cells would be counted twice in their sum.
    """
    dimensions = tuple(str(name) for name in rows.columns if name not in MEASURES)
    if not dimensions:
        raise _wrong("a table without dimension", "Le tableau n’a pas de colonne de codes.")
    above = [_ways_up(rows[name], (parents or {}).get(name, {}), name) for name in dimensions]
    inner = [{code for way in ways.values() for code in way[1:]} for ways in above]
    given = _given(rows, dimensions)
    leaves = [
        (key, values)
        for key, values in given.items()
        if not any(code in inside for code, inside in zip(key, inner, strict=True))
    ]
    cells = _add_up(leaves, above)
    margins = {key: given[key] for key in given.keys() - {key for key, _ in leaves}}
    _require_sums(margins, cells, list(given))
    cells |= {key: values for key, values in margins.items() if key not in cells}
    keys = tuple(cells)
    asked = [not margins or key in given for key in keys]
    values = [_with_given(cells[key], margins.get(key)) for key in keys]
    return Cube(
        dimensions,
        keys,
        np.array([int(count) for count, _, _ in values], dtype=np.int64),
        np.array([cost for _, cost, _ in values], dtype=np.float64),
        np.array([outings for _, _, outings in values], dtype=np.float64),
        np.array(asked, dtype=bool),
        tuple(_sums(keys, above)),
    )


_Values = tuple[float, float, float]


def _ways_up(codes: pd.Series, parent: Mapping[str, str], name: str) -> dict[str, tuple[str, ...]]:
    """Return, by code, the code and those above it up to the total."""
    ways = {}
    for code in {*map(str, codes), *parent, *parent.values(), TOTAL}:
        way = [code]
        while way[-1] != TOTAL:
            if len(way) > len(parent) + 1:
                raise _wrong(
                    f"the hierarchy of {name!r} goes round at {code!r}",
                    f"La hiérarchie de « {name} » tourne en rond : « {code} » est au-dessus de "
                    "lui-même.",
                )
            way.append(parent.get(way[-1], TOTAL))
        ways[code] = tuple(way)
    return ways


def _given(rows: pd.DataFrame, dimensions: Sequence[str]) -> dict[Key, _Values]:
    counts = rows["count"].to_numpy(dtype=np.float64)
    whole = np.isfinite(counts) & (counts >= 0) & (counts == np.floor(counts))
    if not whole.all():
        raise _wrong(
            "a count that is no whole number",
            "La colonne « count » doit tenir des nombres entiers, de zéro ou plus.",
            int(whole.argmin()) + 1,
        )
    many = counts > MOST
    if many.any():
        raise _wrong(
            "a count too large to be computed with exactly",
            "La colonne « count » doit tenir des nombres d’un milliard au plus.",
            int(many.argmax()) + 1,
        )
    costs = rows["cost"].to_numpy(dtype=np.float64) if "cost" in rows else counts
    none = ~(np.isfinite(costs) & (costs >= 0) & (costs <= MOST))
    if none.any():
        raise _wrong(
            "a cost that is no number from 0 on",
            "La colonne « cost » doit tenir des nombres, de zéro à un milliard.",
            int(none.argmax()) + 1,
        )
    outings = rows["outings"].to_numpy(dtype=np.float64) if "outings" in rows else counts * np.nan
    part = np.isfinite(outings) & ((outings < 0) | (outings != np.floor(outings)))
    if part.any():
        raise _wrong(
            "outings that are no whole number",
            "La colonne « outings » doit tenir des nombres entiers, de zéro ou plus.",
            int(part.argmax()) + 1,
        )
    keys = list(zip(*(rows[name].astype("str") for name in dimensions), strict=True))
    twice = pd.Index(keys, tupleize_cols=False).duplicated()
    if twice.any():
        row = int(twice.argmax()) + 1
        raise _wrong("a cell that comes twice", "Cette cellule vient deux fois.", row)
    return dict(zip(keys, zip(counts, costs, outings, strict=True), strict=True))


def _add_up(
    leaves: Sequence[tuple[Key, _Values]], above: Sequence[Mapping[str, tuple[str, ...]]]
) -> dict[Key, _Values]:
    """Return every cell and margin, cells first."""
    cells: dict[Key, _Values] = dict(leaves)
    for key, (count, cost, outings) in leaves:
        ways = (way[code] for way, code in zip(above, key, strict=True))
        for margin in itertools.islice(itertools.product(*ways), 1, None):
            known = cells.get(margin, (0.0, 0.0, np.nan))
            most = float(np.fmax(known[2], outings))
            cells[margin] = (known[0] + count, known[1] + cost, most)
    return cells


def _require_sums(
    margins: Mapping[Key, _Values], cells: Mapping[Key, _Values], order: Sequence[Key]
) -> None:
    for key, (count, _, _) in margins.items():
        if count != cells.get(key, (0.0, 0.0, 0.0))[0]:
            raise _wrong(
                "a margin that is not the sum of its cells",
                "Cette marge n’est pas la somme de ses cellules.",
                order.index(key) + 1,
            )


def _with_given(computed: _Values, given: _Values | None) -> _Values:
    """Return what a margin says of itself, where it says something."""
    if given is None:
        return computed
    count, cost, outings = given
    return (
        count,
        computed[1] if np.isnan(cost) else cost,
        computed[2] if np.isnan(outings) else outings,
    )


def _sums(
    keys: Sequence[Key], above: Sequence[Mapping[str, tuple[str, ...]]]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield each margin with its parts along each dimension in which it is one."""
    place = {key: position for position, key in enumerate(keys)}
    for axis, ways in enumerate(above):
        parts: dict[int, list[int]] = defaultdict(list)
        for key, position in place.items():
            way = ways[key[axis]]
            total = place.get((*key[:axis], way[1], *key[axis + 1 :])) if len(way) > 1 else None
            if total is not None:
                parts[total].append(position)
        yield from ((total, tuple(some)) for total, some in parts.items())


def _wrong(message: str, user: str, row: int | None = None) -> SchemaError:
    return SchemaError(message, user=user, remedy="Corrigez le tableau, puis recommencez.", row=row)
