"""`observatoire contours …`: check, import and extract perimeters and outlines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from observatoire import outlines as outline_files
from observatoire import settings
from observatoire.access import open_access
from observatoire.boundaries import BoundaryReading, read_boundaries, require_accepted
from observatoire.boundaries.extract import PROPERTIES, boundary_members, extract_boundaries
from observatoire.boundaries.geojson import to_geojson, write_atomically
from observatoire.cli.console import ERR, OUT, AsJson, answer, describe, show_pairs, show_table
from observatoire.errors import FileError, SourceError
from observatoire.labels.numbers import number
from observatoire.sources import Source, find_source, recognise
from observatoire.store import boundaries as store

app = typer.Typer(help="Perimeters of the QPV, and the outlines around them.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="Shapefile (.shp or .zip), GeoJSON or GeoPackage.")]
Edition = Annotated[str | None, typer.Option(help="The edition it must be of: 2015 or 2024.")]
Layer = Annotated[str | None, typer.Option(help="Layer of a GeoPackage, or file of a zip.")]
Kind = Annotated[str, typer.Option(help="commune or iris.")]
Vintage = Annotated[str | None, typer.Option(help="Year of the geography of the outlines.")]
Precision = Annotated[
    float | None,
    typer.Option("--tolerance", help="Generalisation of the file in metres, when it is silent."),
]
Simplify = Annotated[
    float, typer.Option("--tolerance", help="How far outlines may move, in metres.")
]
Out = Annotated[Path, typer.Option(help="GeoJSON to write.")]
Origin = Annotated[
    str | None, typer.Option(help="Name in the register, when the hash does not tell.")
]


@app.command()
def check(
    file: File,
    *,
    edition: Edition = None,
    layer: Layer = None,
    tolerance: Precision = None,
    as_json: AsJson = False,
) -> None:
    """Say what a file of perimeters holds, what is repaired and what is refused; write nothing."""
    reading = read_boundaries(file, edition, layer=layer, tolerance_m=tolerance)
    answer(_report(reading), as_json, lambda: _show_reading(reading))
    if reading.refused:
        try:
            require_accepted(reading, remedy="")
        except FileError as error:
            ERR.print(describe(error), markup=False)
        raise typer.Exit(1)


@app.command("import")
def import_perimeters(
    file: File,
    *,
    edition: Edition = None,
    layer: Layer = None,
    tolerance: Precision = None,
    as_json: AsJson = False,
) -> None:
    """Load the perimeters of a file into the store: all of them, or nothing."""
    reading = read_boundaries(file, edition, layer=layer, tolerance_m=tolerance)
    require_accepted(reading)
    access = open_access(settings.load(), writes=True)
    with access.owner() as connection, _progress(len(reading.frame)) as advance:
        written = store.write_boundaries(connection, reading, advance=advance)
    payload = _report(reading) | {
        "already_imported": written.already_imported,
        "added": len(written.added),
        "present": written.present,
        "changed": len(written.changed),
    }
    answer(payload, as_json, lambda: _show_import(reading, written))


@app.command("list")
def list_perimeters(as_json: AsJson = False) -> None:
    """List the editions of the store, with the precision and number of their perimeters."""
    access = open_access(settings.load(), writes=True)
    with access.owner() as connection:
        holdings = store.list_boundaries(connection)
    rows = [(item.edition, _metres(item.tolerance_m), item.count) for item in holdings]
    columns = ("édition", "tolérance", "périmètres")
    answer([asdict(item) for item in holdings], as_json, lambda: show_table(columns, rows))


@app.command()
def extract(
    file: File,
    *,
    out: Out,
    tolerance: Simplify = 2.0,
    sites: Annotated[bool, typer.Option("--sites", help="Only the QPV of the sites.")] = False,
    source: Origin = None,
    edition: Edition = None,
    layer: Layer = None,
    as_json: AsJson = False,
) -> None:
    """Write this project's own GeoJSON from an official file: lighter, with its papers."""
    reading = read_boundaries(file, edition, layer=layer)
    require_accepted(reading)
    config = settings.load()
    keep = (lambda qpv, department: config.site_of(qpv, department) is not None) if sites else _all
    frame = extract_boundaries(reading, tolerance, keep)
    members = boundary_members(reading, _origin(file, reading.sha256, source), frame, out.stem)
    text = to_geojson(frame, PROPERTIES, members)
    write_atomically(out, text)
    pairs = {"file": str(out), "features": len(frame), "bytes": len(text.encode())}
    answer(pairs | members, as_json, lambda: show_pairs(pairs))


@app.command()
def outlines(
    file: File,
    *,
    kind: Kind,
    vintage: Vintage = None,
    tolerance: Precision = None,
    layer: Layer = None,
    as_json: AsJson = False,
) -> None:
    """Load outlines of communes or IRIS, for context on the maps."""
    reading = outline_files.read_outlines(
        file, kind, vintage=vintage, tolerance_m=tolerance, layer=layer
    )
    access = open_access(settings.load(), writes=True)
    with access.owner() as connection, _progress(len(reading.frame)) as advance:
        written = store.write_outlines(connection, reading, advance=advance)
    payload = asdict(written) | {"features": reading.features, "crs": reading.crs}
    answer(payload, as_json, lambda: show_pairs(payload))


@app.command()
def extract_outlines(
    file: File,
    *,
    kind: Kind,
    around: Annotated[Path, typer.Option(help="Perimeters that the outlines surround.")],
    out: Out,
    vintage: Vintage = None,
    precision: Annotated[float | None, typer.Option(help="Precision of the file, in m.")] = None,
    tolerance: Simplify = 0.0,
    source: Origin = None,
    layer: Layer = None,
    as_json: AsJson = False,
) -> None:
    """Write the outlines that surround perimeters as a GeoJSON of this project."""
    perimeters = read_boundaries(around)
    require_accepted(perimeters)
    reading = outline_files.read_outlines(
        file, kind, vintage=vintage, tolerance_m=precision, layer=layer
    )
    chosen = outline_files.around(reading.frame, perimeters.frame)
    frame = outline_files.lighten(chosen, tolerance)
    origin = _origin(file, reading.sha256, source)
    members = outline_files.outline_members(reading, origin, frame, out.stem)
    text = to_geojson(frame, outline_files.PROPERTIES, members)
    write_atomically(out, text)
    pairs = {"file": str(out), "features": len(frame), "bytes": len(text.encode())}
    answer(pairs | members, as_json, lambda: show_pairs(pairs))


def _report(reading: BoundaryReading) -> dict[str, object]:
    return {
        "features": reading.features,
        "repaired": [asdict(item) for item in reading.repaired],
        "refused": [asdict(item) for item in reading.refused],
        "crs": reading.crs,
        "edition": reading.edition,
        "tolerance_m": reading.tolerance_m,
        "sha256": reading.sha256,
    }


def _show_reading(reading: BoundaryReading) -> None:
    show_pairs(
        {
            "périmètres": reading.features,
            "édition": reading.edition or "inconnue",
            "système de coordonnées": reading.crs,
            "tolérance": _metres(reading.tolerance_m),
            "réparés": len(reading.repaired),
            "refusés": len(reading.refused),
        }
    )
    if reading.repaired:
        rows = [(item.code, number(item.area_change_m2, 3)) for item in reading.repaired]
        show_table(("code", "changement d’aire (m²)"), rows)
    if reading.refused:
        show_table(("ligne", "raison"), [(item.row, item.reason) for item in reading.refused])


def _show_import(reading: BoundaryReading, written: store.BoundaryWrite) -> None:
    if written.already_imported:
        OUT.print("Déjà importé : rien n’a changé.")
        return
    show_pairs(
        {
            "édition": written.edition,
            "tolérance": _metres(written.tolerance_m),
            "ajoutés": len(written.added),
            "déjà présents": written.present,
            "réparés": len(reading.repaired),
        }
    )


def _origin(file: Path, sha256: str, name: str | None) -> Source:
    """Return the registered source of a file, by name or by its hash."""
    if name:
        return find_source(name)
    if found := recognise(sha256):
        return found
    raise SourceError(
        "the hash of the file is in no registered source",
        user="Le registre des sources ne connaît pas ce fichier.",
        remedy="Dites d’où il vient avec --source.",
        file=str(file),
    )


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """Show a bar on the terminal while rows are written; nothing in a pipe."""
    with Progress(console=ERR, transient=True, disable=not ERR.is_terminal) as progress:
        task = progress.add_task("Écriture", total=total)
        yield lambda: progress.advance(task)


def _metres(tolerance_m: float) -> str:
    return f"{tolerance_m:g} m" if tolerance_m else "pleine précision"


def _all(qpv: str, department: str) -> bool:
    return True
