"""`observatoire store …`: start, stop, look at, copy and put back the store."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from observatoire import backup as copies
from observatoire import cluster
from observatoire import settings as settings_module
from observatoire.cli.console import OUT, AsJson, answer, show_pairs
from observatoire.labels.numbers import number

app = typer.Typer(help="The store: PostGIS, embedded by default.", no_args_is_help=True)


@app.command()
def start(as_json: AsJson = False) -> None:
    """Start the store if it is not running, and bring its schema up to date."""
    urls = cluster.ready(settings_module.load())
    words = "La base est démarrée." if urls.started else "La base tourne déjà."
    answer({"running": True, "started": urls.started}, as_json, lambda: OUT.print(words))


@app.command()
def stop(as_json: AsJson = False) -> None:
    """Stop the project's own store; a server named by a URL is left alone."""
    settings = settings_module.load()
    stopped = cluster.stop(settings)
    if settings.database_url:
        words = "La base est sur un serveur : elle n’est pas arrêtée d’ici."
    else:
        words = "La base est arrêtée." if stopped else "La base ne tournait pas."
    answer({"stopped": stopped}, as_json, lambda: OUT.print(words))


@app.command()
def status(as_json: AsJson = False) -> None:
    """Tell how the store is, without starting it."""
    settings = settings_module.load()
    seen = cluster.status(settings)
    readable: dict[str, object] = {
        "Base": "du projet" if seen.kind == "private" else "sur un serveur",
        "Dossier": settings.home,
        "État": "en marche" if seen.running else "arrêtée ou hors d’atteinte",
    }
    if seen.running:
        readable |= {
            "Schéma": seen.revision or "vide",
            "PostgreSQL": seen.postgresql,
            "PostGIS": seen.postgis,
            "Taille": f"{(seen.size_bytes or 0) / 1e6:.0f} Mo",
        }
    payload = {**asdict(seen), "home": str(settings.home)}
    answer(payload, as_json, lambda: show_pairs(readable))


@app.command()
def url(
    app_role: Annotated[bool, typer.Option("--app", help="The reading role’s URL.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the store's URL, password included, for psql, QGIS or a notebook."""
    urls = cluster.ready(settings_module.load())
    wanted = urls.app if app_role else urls.owner
    answer({"url": wanted}, as_json, lambda: typer.echo(wanted))


@app.command()
def backup(file: Path, as_json: AsJson = False) -> None:
    """Copy the whole store to FILE, which holds raw data: keep it as safe as the store."""
    size = copies.write_backup(settings_module.load(), file.absolute())
    answer(
        {"file": str(file), "size_bytes": size},
        as_json,
        lambda: OUT.print(f"Sauvegarde écrite : {file} ({number(size / 1e6, 1)} Mo)."),
    )


@app.command()
def restore(file: Path, as_json: AsJson = False) -> None:
    """Replace the whole store by the copy in FILE; all of it, or nothing."""
    revision = copies.restore_backup(settings_module.load(), file.absolute())
    answer(
        {"file": str(file), "revision": revision},
        as_json,
        lambda: OUT.print(f"Sauvegarde rétablie (schéma {revision})."),
    )
