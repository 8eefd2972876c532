"""`observatoire statistics …`: check, import and extract official figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from observatoire import settings as settings_module
from observatoire.access import open_access
from observatoire.boundaries.geojson import write_atomically
from observatoire.catalogue import read_catalogue
from observatoire.catalogue.document import indicators_page
from observatoire.cli.console import ERR, OUT, AsJson, answer, show_table
from observatoire.cli.withdrawals import list_imported, show_withdrawn, withdraw_files
from observatoire.errors import FileError, NotFoundError
from observatoire.indicators.official import build_official_layers, spread_figures
from observatoire.indicators.spread import KIND as SPREAD
from observatoire.indicators.spread import NATIONAL
from observatoire.labels.numbers import number
from observatoire.sources import read_register
from observatoire.statistics import Asked, StatisticsReading, extract, read_statistics
from observatoire.statistics.dispatch import FAMILIES
from observatoire.statistics.figures import write_figures
from observatoire.statistics.merging import merge_figures
from observatoire.store import statistics as store
from observatoire.store.withdrawals import withdraw_replaced

app = typer.Typer(
    help="Official statistics: by QPV, and by IRIS and commune around them.", no_args_is_help=True
)

app.command("withdraw")(withdraw_files)
app.command("list")(list_imported)

Files = Annotated[list[Path], typer.Argument(help="CSV as published, or GeoJSON of communes.")]
Year = Annotated[
    str | None, typer.Option(help="Year of the publication, when its name does not tell it.")
]
Vintages = Annotated[
    list[str] | None,
    typer.Option("--vintage", help="Year of a producer's data, as rp=2018; may be repeated."),
]


@app.command()
def check(
    files: Files, *, year: Year = None, vintage: Vintages = None, as_json: AsJson = False
) -> None:
    """Say what official files hold, year by year; write nothing."""
    readings = _read(files, year, vintage)
    payload = {"files": [_report(reading) for reading in readings]}
    answer(payload, as_json, lambda: _show(readings))


@app.command("import")
def import_statistics(
    files: Files,
    *,
    year: Year = None,
    vintage: Vintages = None,
    replace: Annotated[
        bool, typer.Option(help="Withdraw the files that these correct: same source and year.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Load official files into the store: all of them, or nothing."""
    readings = _read(files, year, vintage)
    access = open_access(settings_module.load(), writes=True)
    with access.owner() as connection, _progress("Écriture", len(readings)) as advance:
        replaced = withdraw_replaced(connection, readings) if replace else []
        written = store.write_statistics(connection, readings, advance=advance)
    reports = [
        _report(reading)
        | {
            "already_imported": done.already,
            "added": done.added,
            "filled": done.filled,
            "same": done.same,
        }
        for reading, done in zip(readings, written, strict=True)
    ]
    payload = {
        "files": reports,
        "added": sum(done.added for done in written),
        "withdrawn": [asdict(one) for one in replaced],
    }

    def show() -> None:
        show_withdrawn(replaced)
        _show(readings, written)

    answer(payload, as_json, show)


@app.command("extract")
def extract_figures(
    *,
    out: Annotated[Path, typer.Option(help="Folder of the tables to write.")],
    context: Annotated[
        Path | None, typer.Option(help="Folder of the outlines whose zones are kept.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write this project's own tables of figures, of the QPV of the sites and what is around."""
    config = settings_module.load()
    scope = extract.read_scope(context or config.data / "context")
    with open_access(config, writes=True).owner() as connection:
        held = store.read_statistics(connection)
    _, spread = spread_figures(held)
    held = pd.concat([held[held["zone_kind"] != SPREAD], spread], ignore_index=True)
    kept = extract.keep_figures(held, lambda *qpv: config.site_of(*qpv) is not None, scope)
    if kept.empty:
        raise NotFoundError(
            "the store holds no figure of the sites",
            user="La base ne contient aucun chiffre pour les quartiers des sites.",
            remedy="Importez d’abord les fichiers officiels : observatoire statistics import.",
        )
    texts = extract.tables(kept) | {extract.PAPERS: extract.papers(kept, read_register())}
    for name, text in texts.items():
        write_atomically(out / name, text)
    payload = {"out": str(out), "tables": sorted(texts), "figures": len(kept)}
    words = f"{number(len(texts) - 1)} tables, {number(len(kept))} chiffres : {out}"
    answer(payload, as_json, lambda: OUT.print(words, markup=False))


@app.command()
def spread(
    files: Files,
    *,
    out: Annotated[Path, typer.Option(help="CSV to write.")],
    year: Year = None,
    vintage: Vintages = None,
    as_json: AsJson = False,
) -> None:
    """Write how each indicator of national files is spread over all the QPV of France."""
    _, rows = spread_figures(merge_figures(_read(files, year, vintage)))
    if rows.empty:
        raise NotFoundError(
            "no file names enough QPV to be national",
            user="Aucun de ces fichiers ne couvre les quartiers de toute la France.",
            remedy=f"Donnez des publications nationales ({number(NATIONAL)} quartiers au moins).",
        )
    write_atomically(out, write_figures(rows))
    moments = rows[["indicator", "period", "edition"]].drop_duplicates()
    payload = {
        "out": str(out),
        "indicators": int(moments["indicator"].nunique()),
        "layers": len(moments),
        "figures": len(rows),
    }
    words = f"{number(len(moments))} répartitions, {number(len(rows))} chiffres : {out}"
    answer(payload, as_json, lambda: OUT.print(words, markup=False))


@app.command()
def document(
    *,
    out: Annotated[Path, typer.Option(help="Markdown page to write.")],
    as_json: AsJson = False,
) -> None:
    """Write the page of the documentation that lists the official indicators.

    Their years are those of this project's own tables of figures.
    """
    folder = settings_module.load().data / "figures"
    frames = [read_statistics(path).frame for path in sorted(folder.glob("*.csv"))]
    years: dict[str, list[str]] = defaultdict(list)
    for layer in build_official_layers(pd.concat(frames, ignore_index=True)):
        years[layer.indicator].append(layer.period)
    page = indicators_page(read_catalogue(), (family.title for family in FAMILIES), years)
    write_atomically(out, page)
    answer({"out": str(out)}, as_json, lambda: OUT.print(str(out), markup=False))


def _read(
    files: list[Path], year: str | None, vintage: list[str] | None
) -> list[StatisticsReading]:
    if year and len(files) > 1:
        raise FileError(
            "--year with several files",
            user="--year vaut pour un seul fichier.",
            remedy="Importez séparément celui dont le nom ne dit pas l’année.",
        )
    asked = Asked(year, dict(_vintage(text) for text in vintage or ()))
    readings = []
    with _progress("Lecture", len(files)) as advance:
        for path in files:
            readings.append(read_statistics(path, asked))
            advance()
    return readings


def _vintage(text: str) -> tuple[str, str]:
    producer, sign, year = text.partition("=")
    if not sign:
        raise FileError(
            f"not a vintage: {text!r}",
            user=f"« {text} » n’est pas un millésime.",
            remedy="Il s’écrit producteur=année, par exemple --vintage rp=2018.",
        )
    return producer, year


def _report(reading: StatisticsReading) -> dict[str, Any]:
    zones = reading.frame.groupby("zone_kind")["zone"].nunique()
    return {
        "file": str(reading.path),
        "sha256": reading.sha256,
        "family": reading.family,
        "sources": sorted(reading.frame["source"].unique()),
        "periods": list(reading.periods),
        "indicators": int(reading.frame["indicator"].nunique()),
        "zones": {str(kind): int(count) for kind, count in zones.items()},
        "figures": len(reading.frame),
        "ok": reading.count("ok"),
        "secret": reading.count("secret"),
        "missing": reading.count("missing"),
        "ignored_columns": list(reading.ignored),
    }


def _show(
    readings: list[StatisticsReading], written: list[store.StatisticsWrite] | None = None
) -> None:
    columns = ["fichier", "années", "indicateurs", "chiffres", "secrets", "absents"]
    rows = [
        [
            reading.path.name,
            _span(reading.periods),
            reading.frame["indicator"].nunique(),
            *(number(count) for count in (len(reading.frame), reading.count("secret"))),
            number(reading.count("missing")),
        ]
        for reading in readings
    ]
    if written is not None:
        columns += ["nouveaux", "remarque"]
        for row, done in zip(rows, written, strict=True):
            row += [number(done.added + done.filled), "déjà importé" if done.already else ""]
    show_table(columns, rows)
    for reading in readings:
        if reading.ignored:
            names = ", ".join(reading.ignored)
            OUT.print(f"{reading.path.name} : colonnes ignorées : {names}", markup=False)


def _span(periods: tuple[str, ...]) -> str:
    return f"{periods[0]} à {periods[-1]}" if len(periods) > 2 else ", ".join(periods)


@contextmanager
def _progress(words: str, total: int) -> Iterator[Callable[[], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=ERR, transient=True, disable=not ERR.is_terminal) as bar:
        task = bar.add_task(words, total=total)
        yield lambda: bar.advance(task)
