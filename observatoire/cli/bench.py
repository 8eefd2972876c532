"""`observatoire bench …`: measured times, and how often the intervals hold the true value."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from observatoire import bench as measures
from observatoire import settings as settings_module
from observatoire.access import open_access
from observatoire.cli.console import AsJson, answer, show_pairs, show_table
from observatoire.cli.layers import write_file
from observatoire.cli.progress import spoken
from observatoire.labels.numbers import number, quantity

app = typer.Typer(help="Measure times on this machine.", invoke_without_command=True)


@app.callback()
def bench(context: typer.Context) -> None:
    """Measure everything that has a measure, when none is named."""
    if context.invoked_subcommand is None:
        bench_build(as_json=False)


@app.command("build")
def bench_build(as_json: AsJson = False) -> None:
    """Measure computing, protecting and publishing, then reading and exporting layers."""
    settings = settings_module.load()
    access = open_access(settings, writes=True)
    try:
        with spoken("mesures") as progress:
            found = measures.measure_build(access, settings, progress)
    finally:
        access.close()
    answer(asdict(found), as_json, lambda: show_pairs(measures.in_words(found)))


@app.command("coverage")
def bench_coverage(
    out: Annotated[Path | None, typer.Option(help="Draw it in this SVG file instead.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compute how often the 95 % intervals hold the true value."""
    from observatoire import coverage  # scipy's laws take two seconds, for this command alone
    from observatoire.verdict_words import method_words

    if out is not None:
        write_file(coverage.draw(), out)
        return
    found = coverage.report()
    columns = ("méthode", "n", "en moyenne", "au moins", "pour")
    rows = [
        (
            method_words(one.method),
            number(one.trials) if one.trials else "",
            quantity(100 * one.mean, "%", 1),
            quantity(100 * one.least, "%", 1),
            quantity(100 * one.at, "%", 1) if one.trials else number(one.at, 2),
        )
        for one in found
    ]
    answer([asdict(one) for one in found], as_json, lambda: show_table(columns, rows))
