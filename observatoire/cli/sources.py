"""`observatoire sources …`: the register of sources, and how to fetch a file of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from observatoire import settings
from observatoire.cli.console import ERR, AsJson, answer, show_pairs, show_table
from observatoire.downloads import Report, download
from observatoire.errors import SourceError
from observatoire.labels.numbers import number
from observatoire.sources import Source, find_source, read_register

app = typer.Typer(help="Where every file comes from.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the source in the register.")]


@app.command("list")
def list_sources(as_json: AsJson = False) -> None:
    """List the register: name, title, publisher, vintage."""
    sources = list(read_register().values())
    rows = [(item.name, item.title, item.publisher, item.vintage) for item in sources]
    answer(
        [asdict(item) for item in sources],
        as_json,
        lambda: show_table(("nom", "titre", "éditeur", "millésime"), rows),
    )


@app.command()
def show(name: Name, as_json: AsJson = False) -> None:
    """Show one source: publisher, licence, address, vintage, CRS, hash, day it was in hand."""
    source = find_source(name)
    pairs = {
        "nom": source.name,
        "titre": source.title,
        "éditeur": source.publisher,
        "licence": source.licence,
        "page": source.page,
        "fichier": source.file,
        "adresse du fichier": source.url,
        "millésime": source.vintage,
        "système de coordonnées": source.crs,
        "sha256": source.sha256,
        "en main le": source.retrieved_on,
        "alimente": source.feeds,
        "remarque": source.note,
        "fictif": "oui" if source.fictitious else "",
    }
    known = {label: value for label, value in pairs.items() if value}
    answer(asdict(source), as_json, lambda: show_pairs(known))


@app.command()
def fetch(
    name: Name,
    *,
    url: Annotated[str | None, typer.Option(help="Address of the file, when it moved.")] = None,
    to: Annotated[Path | None, typer.Option(help="Folder to write into.")] = None,
    sha256: Annotated[str | None, typer.Option(help="Expected hash, when unregistered.")] = None,
    unverified: Annotated[
        bool, typer.Option("--unverified", help="Accept a file whose hash nobody knows.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Download an official file, check its hash, and keep it only if it is the right one."""
    source = find_source(name)
    address, expected = _wanted(source, url, sha256, unverified)
    folder = to or settings.load().home / "downloads"
    with _progress(source.name) as report:
        got = download(address, folder, file_name=source.file, sha256=expected, report=report)
    payload = {
        "source": source.name,
        "file": str(got.path),
        "bytes": got.size,
        "sha256": got.sha256,
        "verified": got.verified,
        "present": got.present,
    }
    readable = {
        "source": source.name,
        "fichier": got.path,
        "taille": f"{number(got.size)} octets",
        "sha256": got.sha256,
        "empreinte": "vérifiée" if got.verified else "non vérifiée",
        "téléchargé": "non : il était déjà là" if got.present else "oui",
    }
    answer(payload, as_json, lambda: show_pairs(readable))


def _wanted(
    source: Source, url: str | None, sha256: str | None, unverified: bool
) -> tuple[str, str]:
    """Return the address and the expected hash, or say which of the two is missing."""
    address = url or source.url
    if not address:
        raise SourceError(
            f"no address registered for {source.name}",
            user="Le registre ne donne pas l’adresse de ce fichier.",
            remedy=f"Cherchez-la sur {source.page or 'la page de son éditeur'}, puis --url.",
        )
    expected = (sha256 or source.sha256).lower()
    if not expected and not unverified:
        raise SourceError(
            f"no hash registered for {source.name}",
            user="Le registre ne connaît pas l’empreinte de ce fichier.",
            remedy="Donnez-la avec --sha256, ou acceptez le fichier avec --unverified.",
        )
    return address, expected


@contextmanager
def _progress(name: str) -> Iterator[Report]:
    """Show how much has come on the terminal; nothing in a pipe."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=ERR, transient=True, disable=not ERR.is_terminal) as progress:
        task = progress.add_task(name, total=None)
        update: Callable[..., None] = progress.update
        yield lambda done, total: update(task, completed=done, total=total)
