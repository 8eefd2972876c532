"""The commands `veille`: weekly counts against their own past."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from observatoire.cli.console import AsJson, answer, show_table
from observatoire.cli.vigilance_rules import replay
from observatoire.errors import CodeError, FileError
from observatoire.labels import read_words
from observatoire.labels.numbers import number
from observatoire.periods import week_start
from observatoire.scoring import NO_LEVEL, Law, Scores, score
from observatoire.statistics.numerals import read_numbers
from observatoire.statistics.tables import RawTable, parse_table, read_text

app = typer.Typer(no_args_is_help=True, help="Weekly counts, and what is unusual in them.")
_WEEK = "week"
_STEPS = {"number": (1,), "day": (7,), "word": (0,)}


@app.callback()
def veille() -> None:
    """Hold the commands together: one alone would take the family's name."""


app.command()(replay)


@app.command("score")
def score_series(
    series: Annotated[
        Path, typer.Argument(help="CSV: one line a week, none left out; `week` may name it.")
    ],
    *,
    count: Annotated[str, typer.Option(help="Column of the counts; empty: hidden.")],
    exposure: Annotated[str, typer.Option(help="Column of the outings of the week.")],
    reports: Annotated[
        str, typer.Option(help="Column of the distinct outings that report something.")
    ] = "",
    a0: Annotated[
        float, typer.Option(min=0, max=1e6, help="Events known before the first week.")
    ] = 0.45,
    b0: Annotated[float, typer.Option(min=0, max=1e6, help="In so many outings.")] = 3.0,
    delta: Annotated[
        float, typer.Option(min=0, max=1, help="What a week weighs against the next one.")
    ] = 0.98,
    guard: Annotated[int, typer.Option(min=0, help="Weeks just before, left out.")] = 2,
    phi: Annotated[
        float, typer.Option(min=1, max=1e6, help="Times the variance of a Poisson law.")
    ] = 1.5,
    as_json: AsJson = False,
) -> None:
    """Score each week of a series of counts against what its own past foretells.

    A discounted Gamma-Poisson law with exposure and overdispersion. By default a series starts as
    0.15 event an outing, known from three. A week without outing is missing: it has no
    expectation, no probability, and no level but 0 (blind) from the third one on. Levels: 0 blind,
    1 too little past, 2 usual, 3 vigilance, 4 alert, 5 confirmed (a second alert within three
    weeks; the false discovery rate over the series of a week is not asked of one series).
    """
    table = parse_table(read_text(series))
    counts, outings = _whole(table, series, count), _outings(table, series, exposure)
    told = None if not reports else _outings(table, series, reports)[:, None]
    law = Law(a0, b0, delta, guard, phi)
    found = score(counts[:, None], outings[:, None], law, told)
    weeks = _weeks(table, series)
    rows = list(_rows(found, weeks))
    answer({"weeks": rows}, as_json, lambda: _show(rows))


def _weeks(table: RawTable, path: Path) -> Sequence[str]:
    """Return what the weeks are called: their column, or their rows where there is none."""
    if _WEEK not in table.columns:
        return [str(row) for row in table.rows]
    named = table.column(_WEEK)
    places = [_place(week) for week in named]
    for row, before, here in zip(table.rows[1:], places, places[1:], strict=False):
        if here[0] != before[0] or (here[1] - before[1]) not in _STEPS[here[0]]:
            raise FileError(
                "weeks that do not follow one another",
                user="Cette semaine ne suit pas celle de la ligne d’avant.",
                remedy="Donnez chaque semaine une fois, dans l’ordre ; sans sortie : 0 sortie.",
                file=str(path),
                row=row,
                column=_WEEK,
            )
    return named


def _place(week: str) -> tuple[str, int]:
    """Return how a week is named, and where that puts it: a number, a day, or nowhere known."""
    if week.isascii() and week.isdecimal():
        return "number", int(week)
    try:
        return "day", week_start(week).toordinal()
    except CodeError:
        pass
    try:
        return "day", date.fromisoformat(week).toordinal()
    except ValueError:
        return "word", 0


def _rows(found: Scores, weeks: Sequence[str]) -> Iterator[dict[str, Any]]:
    columns = {
        "A": found.past_events,
        "B": found.past_exposure,
        "mean": found.expected,
        "var": found.variance,
        "p_upper": found.p_upper,
        "q95": found.q95,
        "q99": found.q99,
    }
    for place, week in enumerate(weeks):
        numbers = {name: _plain(values[place, 0]) for name, values in columns.items()}
        level = int(found.level[place, 0])
        yield {"week": _named(week), **numbers, "level": None if level == NO_LEVEL else level}


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _named(week: str) -> int | str:
    return int(week) if week.isascii() and week.isdecimal() else week


def _column(table: RawTable, path: Path, name: str) -> np.ndarray:
    if name not in table.columns:
        raise FileError(
            f"no column {name!r}",
            user=f"Le fichier n’a pas de colonne « {name} ».",
            remedy=f"Ses colonnes : {', '.join(table.columns)}.",
            file=str(path),
        )
    return read_numbers(table, table.columns.index(name))


def _whole(table: RawTable, path: Path, name: str) -> np.ndarray:
    values = _column(table, path, name)
    wrong = np.isfinite(values) & ((values < 0) | (values != np.round(values)))
    _refuse(table, path, name, wrong, "Un nombre d’observations est un entier, 0 ou plus.")
    return values


def _outings(table: RawTable, path: Path, name: str) -> np.ndarray:
    values = _column(table, path, name)
    wrong = ~np.isfinite(values) | (values < 0)
    _refuse(table, path, name, wrong, "Un nombre de sorties est donné chaque semaine, 0 ou plus.")
    return values


def _refuse(table: RawTable, path: Path, name: str, wrong: np.ndarray, said: str) -> None:
    if not wrong.any():
        return
    raise FileError(
        "a number that is none of a week",
        user=said,
        remedy="Corrigez cette cellule ; une semaine sans sortie s’écrit 0 sortie.",
        file=str(path),
        row=table.rows[int(np.flatnonzero(wrong)[0])],
        column=name,
    )


def _show(rows: list[dict[str, Any]]) -> None:
    labels = read_words("vigilance")
    names = ("week", "expected", "q95", "q99", "p_upper", "level")
    show_table(
        [labels(f"score.{name}") for name in names],
        [
            (
                row["week"],
                _said(row["mean"], 1),
                _said(row["q95"], 0),
                _said(row["q99"], 0),
                _said(row["p_upper"], 3),
                labels(f"score_level.{'none' if row['level'] is None else row['level']}"),
            )
            for row in rows
        ],
    )


def _said(value: float | None, decimals: int) -> str:
    return "–" if value is None else number(value, decimals)
