"""The root of the command line: it gathers one module per family of commands."""

from __future__ import annotations

import importlib

import typer

app = typer.Typer(
    name="observatoire",
    help="A territorial observatory of priority neighbourhoods (QPV).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_FAMILIES = (
    "store",
    "contours",
    "statistics",
    "observations",
    "outings",
    "sources",
    "bench",
    "grille",
    "account",
    "protocole",
    "activite",
    "veille",
)
for _family in _FAMILIES:
    app.add_typer(importlib.import_module(f"observatoire.cli.{_family}").app, name=_family)
importlib.import_module("observatoire.cli.single").register(app)
importlib.import_module("observatoire.cli.overlay").register(app)
importlib.import_module("observatoire.cli.protect").register(app)


def main() -> None:
    """Run the command line; a refusal is one line, never a traceback.

    Exit code 1 for a deliberate error, 2 for a command that is not well written.
    """
    from observatoire.cli.console import run_guarded
    from observatoire.cli.usage import run_app

    run_guarded(lambda: run_app(app))
