"""How the command line speaks: tables for people, JSON for programs, one line for a refusal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from observatoire.errors import ObservatoireError

# A file's own words (names of columns, of files) are printed as they are: `[b]` is no style.
_PLAIN: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False}
OUT = Console(soft_wrap=True, **_PLAIN)
ERR = Console(stderr=True, soft_wrap=True, **_PLAIN)

_PIPE_WIDTH = 200  # a table in a pipe or a file is not cut to the width of a screen

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON on standard output.")]


def answer(payload: Any, as_json: bool, readable: Callable[[], None]) -> None:
    """Print `payload` as JSON, or call `readable`, which prints it for a person."""
    if as_json:
        sys.stdout.write(
            json.dumps(payload, ensure_ascii=False, allow_nan=False, default=str) + "\n"
        )
    else:
        readable()


def show_table(columns: Iterable[str], rows: Iterable[Iterable[object]], title: str = "") -> None:
    """Print a table; empty cells for None."""
    table = Table(title=title or None, title_justify="left")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    wide = OUT if OUT.is_terminal else Console(width=_PIPE_WIDTH, **_PLAIN)
    wide.print(table)


def show_pairs(pairs: Mapping[str, object]) -> None:
    """Print one `name : value` line for each pair."""
    for name, value in pairs.items():
        OUT.print(f"{name} : {value}")


def run_guarded(run: Callable[[], Any]) -> None:
    """Run the command line; print a deliberate refusal as one line and leave with code 1.

    With `--json` the refusal is a JSON object on standard output as well.
    """
    try:
        run()
    except ObservatoireError as error:
        if "--json" in sys.argv:
            sys.stdout.write(json.dumps(error.as_dict(), ensure_ascii=False) + "\n")
        sys.stderr.write(describe(error) + "\n")
        raise SystemExit(error.exit_code) from None


def describe(error: ObservatoireError) -> str:
    """Return a refusal as one line: file, row, column, the fact, the remedy."""
    where = [error.file] if error.file else []
    if error.row is not None:
        where.append(f"ligne {error.row}")
    if error.column:
        where.append(f"colonne « {error.column} »")
    place = ", ".join(where)
    sentence = " ".join(part for part in (error.user, error.remedy) if part)
    line = f"{place} : {sentence}" if place else sentence
    return " ".join(line.split())
