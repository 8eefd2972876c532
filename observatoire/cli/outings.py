"""`observatoire outings …`: the outings of the teams, against which observations are counted."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from observatoire import settings as settings_module
from observatoire.access import open_access
from observatoire.cli.console import OUT, AsJson, answer, show_pairs
from observatoire.cli.observations import Separator, quarantine_report, show_quarantine
from observatoire.cli.progress import spoken
from observatoire.labels.numbers import number
from observatoire.observations import read_outings
from observatoire.store.outings import write_outings

app = typer.Typer(help="Outings of the teams: the effort.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="CSV or Parquet, one row for each outing and QPV.")]


@app.callback()
def _family() -> None:
    """Keep `import` a sub-command, though it is the only one."""


@app.command("import")
def import_file(file: File, sep: Separator = None, as_json: AsJson = False) -> None:
    """Load the outings of FILE; their QPV code says the edition.

    Columns: outing (sortie), date, slot (creneau), qpv, duration_min (duree_min), workers
    (intervenants), nothing_to_report (rien_a_signaler); the first, date and qpv are required.
    """
    today = date.today()
    with spoken("lecture") as progress:
        reading = read_outings(file, today=today, sep=sep)
        progress("ouverture de la base")
        with open_access(settings_module.load(), writes=True).owner() as connection:
            done = write_outings(
                connection, reading, today=today, source="terrain", progress=progress
            )
    frame = reading.frame
    payload: dict[str, Any] = quarantine_report(reading) | {
        "already_imported": done.already,
        "editions": {
            str(name): int(count) for name, count in frame["edition"].value_counts().items()
        },
        "qpv": int(frame["qpv"].nunique()),
        "qpv_not_loaded": done.unknown_qpv,
        "first_day": frame["date"].min().date().isoformat(),
        "last_day": frame["date"].max().date().isoformat(),
    }
    answer(payload, as_json, lambda: _show(payload))


def _show(payload: dict[str, Any]) -> None:
    show_pairs(
        {
            "Lignes lues": number(payload["read"]),
            "Sorties acceptées": number(payload["accepted"])
            + (" (déjà importées)" if payload["already_imported"] else "")
            + (" — données fictives" if payload["fictitious"] else ""),
            "Mises de côté": number(payload["quarantined"]),
            "Quartiers": number(payload["qpv"]),
            "Du": payload["first_day"],
            "Au": payload["last_day"],
        }
    )
    if payload["qpv_not_loaded"]:
        OUT.print(
            "Sorties dans un quartier dont le contour n’est pas chargé : "
            f"{number(payload['qpv_not_loaded'])}."
        )
    show_quarantine(payload)
