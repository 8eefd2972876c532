"""How one published layer is printed, or written to a file."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from observatoire import exports, sheets
from observatoire.cli.console import OUT, show_table
from observatoire.disclosure import ProtectedLayer
from observatoire.errors import FileError, NotFoundError
from observatoire.labels.numbers import number, period, status_definition, status_words

TABLE = "table"


def describe_layer(form: str, out: Path | None) -> exports.Export | None:
    """Return how to write the form asked for; None for a table on the screen.

    Raises
    ------
    NotFoundError
        For a form that does not exist.
    FileError
        For a binary form without a file, or a table with one.
    """
    if form == TABLE:
        if out is not None:
            raise FileError(
                "a table is for the screen",
                user="Le tableau s’affiche à l’écran.",
                remedy="Pour un fichier : --format csv, json, geojson ou gpkg.",
            )
        return None
    if form not in exports.FORMATS:
        raise NotFoundError(
            f"unknown format {form!r}",
            user=f"Le format « {form} » n’existe pas.",
            remedy=f"Formats : {', '.join([TABLE, *exports.FORMATS])}.",
        )
    if form == "gpkg" and out is None:
        raise FileError(
            "a GeoPackage needs a file",
            user="Un GeoPackage ne s’affiche pas.",
            remedy="Donnez un fichier : --out couche.gpkg.",
        )
    return exports.FORMATS[form]


def print_layer(layer: ProtectedLayer, rows: pd.DataFrame) -> None:
    """Print a layer for a person: title, table, what the absences mean, source."""
    described = layer.description
    fictitious = " — DONNÉES FICTIVES" if layer.fictitious else ""
    title = f"{described.label}, {period(layer.period)}, contours {layer.edition}{fictitious}"
    OUT.print(title, markup=False)
    OUT.print(described.definition, markup=False)
    columns = ["qpv", "quartier", "site", "édition", "période", "valeur", "unité", "statut"]
    from observatoire.verdict_words import varies_words  # scipy's laws: two seconds

    shows = bool((rows["varies"] != "").any())
    if shows:
        columns += ["de", "à"]
    if "outings" in rows:
        columns.append("sorties")
    show_table(columns, (_line(row, described.decimals, shows) for row in sheets.records(rows)))
    for varies in sorted(set(rows["varies"]) - {""}):
        OUT.print(
            f"De… à… : intervalle à 95 % ; ce qui varie : {varies_words(varies)}.", markup=False
        )
    for status in sorted(set(rows["status"]) - {"ok"}):
        OUT.print(f"{status_words(status)} : {status_definition(status)}", markup=False)
    OUT.print(f"Source : {sheets.cite(layer)}", markup=False)
    if described.caveat:
        OUT.print(described.caveat, markup=False)


def write_file(content: bytes, out: Path | None) -> None:
    """Write a file whole or not at all; without one, on standard output.

    Raises
    ------
    FileError
        When the folder cannot be written.
    """
    if out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    part = out.with_name(out.name + ".part")
    try:
        part.write_bytes(content)
        part.replace(out)
    except OSError as cause:
        part.unlink(missing_ok=True)
        raise FileError(
            f"cannot write ({cause.strerror})",
            user="Le fichier ne peut pas être écrit.",
            remedy="Vérifiez le dossier et la place sur le disque.",
            file=str(out),
        ) from cause
    OUT.print(f"Écrit : {out}", markup=False)


def _line(row: dict[str, object], decimals: int, shows_interval: bool) -> list[object]:
    value = row["value"]
    shown = number(value, decimals) if isinstance(value, float) else ""
    status = "" if row["status"] == "ok" else status_words(str(row["status"]))
    cells = [row["qpv"], row["name"], row["site"], row["edition"], row["period"]]
    cells += [shown, row["unit"], status]
    if shows_interval:
        bounds = (row["low"], row["high"])
        cells += [number(end, decimals) if isinstance(end, float) else "" for end in bounds]
    if "outings" in row:
        cells.append(None if row["outings"] is None else number(int(str(row["outings"]))))
    return cells
