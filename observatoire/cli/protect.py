"""The command `protect`: which cells of a table of counts may be published beside its margins."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from observatoire.cli.console import OUT, AsJson, answer, show_table
from observatoire.cli.progress import spoken
from observatoire.disclosure.suppression import (
    MEASURES,
    TOTAL,
    Attack,
    Bounds,
    Cube,
    Pattern,
    build_cube,
    small_cells,
    suppress_any,
)
from observatoire.errors import FileError, SchemaError
from observatoire.labels.numbers import number
from observatoire.statistics.numerals import read_numbers
from observatoire.statistics.tables import RawTable, parse_table, read_text

_ANSWERED = ("status", "value", "lo", "hi")
_STATUS = {"published": "publiée", "primary": "secret", "secondary": "secret (voisine)"}


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("protect")(protect)


def protect(
    table: Annotated[Path, typer.Argument(help="CSV: a column for each dimension, and `count`.")],
    *,
    k: Annotated[int, typer.Option(min=2, help="Observations below which a cell is hidden.")] = 5,
    outings: Annotated[
        int, typer.Option(min=1, help="Distinct outings below which it is, with `outings`.")
    ] = 2,
    hierarchy: Annotated[
        Path | None, typer.Option(help="CSV: dimension, code, parent; codes above others.")
    ] = None,
    least: Annotated[
        int,
        typer.Option(
            min=0, max=1, help="What a reader knows of a hidden cell: 1, that it is no zero."
        ),
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Hide the small cells of a table of counts, and at the least cost what would tell them.

    Every margin is published beside the cells, or those alone that the table gives, with `*` for
    the total of a dimension. Columns `cost` (what hiding a cell loses; by default its count) and
    `outings` (distinct outings it comes from) are optional. Zeros are published. A small cell is
    left open by k or more for whoever knows all that is published; `lo` and `hi` are what can be
    computed of a hidden cell. A table too large for the least costly choice is protected slice by
    slice (`optimal` is then false).
    """
    cube = _read(table, hierarchy)
    with spoken("Recherche des cellules à cacher…") as tell:
        primary = small_cells(cube, k, outings)
        pattern, optimal = suppress_any(
            cube, primary, k, least=least, tell=lambda steps: tell(f"{steps} étapes…")
        )
        tell("Calcul des intervalles…")
        attack = Attack(cube, pattern.hidden, least)
        bounds = {int(cell): attack.bounds(int(cell)) for cell in np.flatnonzero(pattern.hidden)}
    said = _payload(pattern, bounds) | {"optimal": optimal}
    answer(said, as_json, lambda: _show(pattern, bounds, optimal=optimal))


def _read(path: Path, hierarchy: Path | None) -> Cube:
    table = parse_table(read_text(path))
    dimensions = [name for name in table.columns if name not in MEASURES]
    _require(table, dimensions)
    columns: dict[str, Any] = {name: list(table.column(name)) for name in dimensions}
    for name in MEASURES:
        if name in table.columns:
            columns[name] = read_numbers(table, table.columns.index(name))
    parents = _parents(hierarchy, dimensions) if hierarchy else {}
    try:
        return build_cube(pd.DataFrame(columns), parents)
    except SchemaError as error:
        error.file = str(path)
        error.row = table.rows[error.row - 1] if error.row else None
        raise


def _require(table: RawTable, dimensions: list[str]) -> None:
    if "count" not in table.columns:
        raise FileError(
            "a table without counts",
            user="Le tableau n’a pas de colonne « count ».",
            remedy="Donnez une colonne par dimension, et « count ».",
            file=str(table.path),
        )
    for name in dimensions:
        empty = [row for row, code in zip(table.rows, table.column(name), strict=True) if not code]
        if name in _ANSWERED or empty:
            raise FileError(
                "a dimension without code or with a name of the answer",
                user="Cette cellule est vide."
                if empty
                else "Ce nom de colonne est réservé à la réponse.",
                remedy="Donnez un code, ou « * » pour un total."
                if empty
                else "Renommez la colonne.",
                file=str(table.path),
                row=empty[0] if empty else None,
                column=name,
            )


def _parents(path: Path, dimensions: list[str]) -> Mapping[str, Mapping[str, str]]:
    table = parse_table(read_text(path))
    wanted = ("dimension", "code", "parent")
    if missing := [name for name in wanted if name not in table.columns]:
        raise FileError(
            f"a hierarchy without {', '.join(missing)}",
            user="La hiérarchie doit avoir les colonnes « dimension », « code » et « parent ».",
            remedy="Une ligne par code, avec le code au-dessus de lui.",
            file=str(path),
        )
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row, name, code, parent in zip(table.rows, *map(table.column, wanted), strict=True):
        if name not in dimensions or not code or code == TOTAL or code in found[name]:
            raise FileError(
                "a line of the hierarchy of no dimension or no code, or one that comes twice",
                user="Cette ligne ne place aucun code, ou en place un pour la deuxième fois.",
                remedy="« dimension » nomme une colonne du tableau ; un code y vient une fois.",
                file=str(path),
                row=row,
            )
        found[name][code] = parent or TOTAL
    return found


def _statuses(pattern: Pattern) -> Iterator[tuple[int, str]]:
    """Yield the cells that are part of the publication, with what becomes of each."""
    for cell in np.flatnonzero(pattern.cube.asked):
        status = "primary" if pattern.primary[cell] else "published"
        yield int(cell), "secondary" if pattern.secondary[cell] else status


def _payload(pattern: Pattern, bounds: Mapping[int, Bounds]) -> dict[str, Any]:
    cube, cells = pattern.cube, []
    for cell, status in _statuses(pattern):
        count = int(cube.counts[cell])
        shown = Bounds(count, count)
        known = bounds.get(cell, shown)
        cells.append(
            _named(cube, cell)
            | {
                "status": status,
                "value": count if status == "published" else None,
                "lo": known.low,
                "hi": known.high if math.isfinite(known.high) else None,
            }
        )
    lost = [_named(cube, int(cell)) for cell in np.flatnonzero(pattern.margins_hidden)]
    return {
        "cost": pattern.cost,
        "feasible": pattern.feasible,
        "margins_hidden": lost,
        "share_visible": pattern.share_visible,
        "cells": cells,
    }


def _named(cube: Cube, cell: int) -> dict[str, Any]:
    return dict(zip(cube.dimensions, cube.keys[cell], strict=True))


def _show(pattern: Pattern, bounds: Mapping[int, Bounds], *, optimal: bool) -> None:
    rows = []
    for cell, status in _statuses(pattern):
        known = bounds.get(cell)
        rows.append(
            (
                *pattern.cube.keys[cell],
                _STATUS[status],
                "" if known else number(float(pattern.cube.counts[cell]), 0),
                f"{number(known.low, 0)} à {_end(known.high)}" if known else "",
            )
        )
    show_table((*pattern.cube.dimensions, "état", "nombre", "calculable entre"), rows)
    if not pattern.feasible:
        lost = int(pattern.margins_hidden.sum())
        OUT.print(f"Sans solution avec toutes ses marges : {lost} marge(s) cachée(s) aussi.")
    if not optimal:
        OUT.print("Tableau trop grand pour le choix le moins coûteux : choisi tranche par tranche.")


def _end(high: float) -> str:
    return number(high, 0) if math.isfinite(high) else "sans limite"
