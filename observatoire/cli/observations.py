"""`observatoire observations …`: geolocated observations of one theme, from one file."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from observatoire import settings as settings_module
from observatoire.access import open_access
from observatoire.cli.console import OUT, AsJson, answer, show_pairs, show_table
from observatoire.cli.progress import spoken
from observatoire.codes import EDITIONS, qpv_department, require_edition
from observatoire.labels.numbers import day, number
from observatoire.observations import Columns, Reading, read_observations, summarise, theme_id
from observatoire.settings import Settings
from observatoire.sources import recognise
from observatoire.store.attachments import BEFORE, IN_FORCE, NOWHERE, Attached
from observatoire.store.observations import Collection, Imported, write_observations
from observatoire.store.outings import holds_outings

app = typer.Typer(help="Geolocated observations, theme by theme.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="CSV, GeoJSON, GeoPackage or Parquet.")]
Theme = Annotated[str, typer.Option(help="Theme of the whole file, for example rassemblements.")]
DateColumn = Annotated[str, typer.Option("--date", help="Column of the date (day or month).")]
Edition = Annotated[
    str | None, typer.Option(help="Also attach in this edition, whatever the dates: 2015 or 2024.")
]
X = Annotated[str | None, typer.Option(help="Column of the longitude or easting.")]
Y = Annotated[str | None, typer.Option(help="Column of the latitude or northing.")]
Epsg = Annotated[int | None, typer.Option(help="EPSG code of these coordinates.")]
Count = Annotated[str | None, typer.Option(help="Column of the count; one per row without it.")]
Outing = Annotated[str | None, typer.Option(help="Column of the outing that reported the row.")]
Register = Annotated[
    bool, typer.Option("--register", help="An exhaustive register: no outing is expected.")
]
Separator = Annotated[str | None, typer.Option(help="Separator of a CSV file; found without it.")]


_NO_EFFORT = (
    "Aucune sortie n’est importée : sans elles ce thème ne donnera aucune couche. "
    "Importez-les par « observatoire outings import », ou, si le fichier est un registre "
    "exhaustif, importez-le avec --register."
)


@app.callback()
def _family() -> None:
    """Keep `import` a sub-command, though it is the only one."""


@app.command("import")
def import_file(
    file: File,
    *,
    theme: Theme,
    date_column: DateColumn,
    edition: Edition = None,
    x: X = None,
    y: Y = None,
    epsg: Epsg = None,
    count: Count = None,
    outing: Outing = None,
    register: Register = False,
    sep: Separator = None,
    as_json: AsJson = False,
) -> None:
    """Load the observations of FILE: the point, the date, the count and the outing, no more.

    Rows that cannot be read are set aside with their reason; a file that looks nominative is
    refused whole; the same file twice adds nothing.
    """
    if edition:
        require_edition(edition)
    columns = Columns(date=date_column, x=x, y=y, epsg=epsg, count=count, outing=outing)
    settings, today = settings_module.load(), date.today()
    collection: Collection = "register" if register else "field"
    with spoken("lecture") as progress:
        reading = read_observations(
            file, theme=theme_id(theme), columns=columns, today=today, sep=sep
        )
        source = source_of(reading, collection)
        progress("ouverture de la base")
        with open_access(settings, writes=True).owner() as connection:
            done = write_observations(
                connection,
                reading,
                today=today,
                source=source,
                edition=edition,
                collection=collection,
                progress=progress,
            )
            effort = register or holds_outings(connection, fictitious=reading.fictitious)
    payload = _report(reading, done, settings) | {
        "collection": collection,
        "source": source,
        "outings_known": effort,
    }
    answer(payload, as_json, lambda: _show(payload))


def source_of(reading: Reading, collection: Collection) -> str:
    """Return the name, in the register of sources, of what a file holds."""
    known = recognise(reading.sha256)
    if known:
        return known.name
    return "registre" if collection == "register" else "terrain"


def quarantine_report(reading: Reading) -> dict[str, Any]:
    """Return what every import of rows says of its file."""
    return {
        "file": reading.file,
        "sha256": reading.sha256,
        "fictitious": reading.fictitious,
        "read": reading.read,
        "accepted": len(reading.frame),
        "quarantined": len(reading.quarantine),
        "quarantine": summarise(reading.quarantine),
    }


def show_quarantine(payload: dict[str, Any]) -> None:
    """Print the reasons why rows were set aside, when some were."""
    if payload["quarantine"]:
        show_table(
            ("Lignes", "Première", "Colonne", "Mises de côté parce que"),
            (
                (number(row["rows"]), number(row["first_row"]), row["column"], row["user"])
                for row in payload["quarantine"]
            ),
        )


def explain(placed: Attached) -> str:
    """Return one French sentence that says in which edition the points are, and why not."""
    if placed.edition == IN_FORCE:
        where = "de l’édition en vigueur à leur date"
    else:
        where = f"de l’édition {placed.edition}, quelle que soit leur date"
    total = placed.attached + placed.outside
    if total == 0:
        return "Aucun point n’a été retenu."
    if total == 1:
        who, verb = "Le seul point", "est" if placed.attached else "n’est pas"
    else:
        who = (
            f"{number(placed.attached) if placed.attached else 'Aucun'} des {number(total)} points"
        )
        verb = "sont" if placed.attached > 1 else "est" if placed.attached else "n’est"
    parts = [f"{number(count)} {_because(why)}" for why, count in placed.reasons.items()]
    others = " ; les autres : " if total > 1 else " : "
    rest = others + ", ".join(parts) if parts else ""
    return f"{who} {verb} dans un quartier {where}{rest}."


def _because(reason: str) -> str:
    first = min(edition.starts for edition in EDITIONS.values())
    if reason == BEFORE:
        return f"dans un contour mais avant la première édition ({day(first)})"
    if reason == NOWHERE:
        return "hors de tout contour chargé"
    edition = next(name for name in EDITIONS if name in reason)
    if reason.endswith("not loaded"):
        return f"dans un contour mais à une date de l’édition {edition}, qui n’est pas chargée"
    return f"hors des contours de l’édition {edition}"


def _report(reading: Reading, done: Imported, settings: Settings) -> dict[str, Any]:
    placed = done.placed
    sites = {site.id: 0 for site in settings.sites}
    for qpv, count in placed.by_qpv.items():
        if site := settings.site_of(qpv, qpv_department(qpv)):
            sites[site] += count
    return quarantine_report(reading) | {
        "theme": reading.columns["theme"],
        "already_imported": done.already,
        "edition": placed.edition,
        "perimeters": [asdict(one) for one in done.perimeters.values()],
        "attached": placed.attached,
        "attached_in_sites": sum(sites.values()),
        "sites": sites,
        "outside": placed.outside,
        "reasons": placed.reasons,
        "explanation": explain(placed),
    }


def _show(payload: dict[str, Any]) -> None:
    perimeters = [
        f"{one['edition']} ({number(one['count'])} contours, "
        + (f"généralisés à {number(one['tolerance_m'])} m)" if one["tolerance_m"] else "exacts)")
        for one in payload["perimeters"]
    ]
    show_pairs(
        {
            "Thème": payload["theme"] + (" — données fictives" if payload["fictitious"] else ""),
            "Lignes lues": number(payload["read"]),
            "Acceptées": number(payload["accepted"])
            + (" (déjà importées)" if payload["already_imported"] else ""),
            "Mises de côté": number(payload["quarantined"]),
            "Édition": payload["edition"].replace(IN_FORCE, "en vigueur à la date"),
            "Contours chargés": ", ".join(perimeters) or "aucun",
            "Dans un quartier": number(payload["attached"]),
            "Dans les sites": number(payload["attached_in_sites"]),
        }
    )
    OUT.print(payload["explanation"])
    if not payload["outings_known"]:
        OUT.print(_NO_EFFORT)
    show_quarantine(payload)
