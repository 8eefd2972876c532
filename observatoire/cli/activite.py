"""`observatoire activite …`: exports of other tools, taken in by a team's leader."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from observatoire import settings as settings_module
from observatoire.access import Access, open_access
from observatoire.activity import Columns, Loading, Saved
from observatoire.activity_desk import ActivityDesk
from observatoire.cli.console import OUT, AsJson, answer, show_pairs, show_table
from observatoire.cli.progress import spoken
from observatoire.errors import SettingsError, SignInError
from observatoire.exchanges import (
    from_partial,
    from_values,
    read_content,
    read_mapping,
    to_toml,
    to_values,
)
from observatoire.exchanges.refusals import refused
from observatoire.labels import read_words
from observatoire.labels.numbers import day, number
from observatoire.labels.typography import typeset
from observatoire.settings import Settings

app = typer.Typer(help="Exports of activity of other tools.", no_args_is_help=True)
mapping = typer.Typer(help="Mappings of columns of the sites.", no_args_is_help=True)
app.add_typer(mapping, name="mapping")

SiteId = Annotated[str, typer.Argument(help="bastia, loire…")]
Name = Annotated[str, typer.Argument(help="Name of the mapping.")]
File = Annotated[Path, typer.Argument(help="Export of activity: CSV or .xlsx workbook.")]
Document = Annotated[Path, typer.Argument(help="TOML document of a mapping.")]


@app.command("import")
def take_in(
    file: File,
    *,
    by: Annotated[
        Path | None, typer.Option("--mapping", help="TOML document of a mapping.")
    ] = None,
    site: Annotated[str, typer.Option(help="Site of a saved mapping.")] = "",
    name: Annotated[str, typer.Option(help="Name of a saved mapping.")] = "",
    check: Annotated[bool, typer.Option("--check", help="Check all, write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the outings of FILE as a team's leader (OBSERVATOIRE_TOKEN): all of them, or nothing.

    An outing that was imported before, or taken back since, does not come again; what the agreement
    or the grid in force does not allow is set aside, row by row. A file on persons is refused.
    """
    with _doors() as (access, settings), spoken("lecture") as progress:
        if access.token is None:
            raise _nobody()
        desk = ActivityDesk(settings)
        columns = _columns(desk, access, by, site, name)
        done = desk.load(
            access,
            file.name,
            read_content(file),
            columns,
            rehearse=check,
            tell=lambda rank: progress(f"sortie {rank}"),
        )
    answer({"checked_only": check, **asdict(done)}, as_json, lambda: _show(done, check))


@mapping.command("save")
def save(document: Document, as_json: AsJson = False) -> None:
    """Save the mapping of a site; the one before, of the same name, stays in its history."""
    with _doors() as (access, settings):
        columns = to_values(read_mapping(_text(document), file=document.name))
        desk = ActivityDesk(settings)
        before = [one for one in desk.saved(access, columns["site"]) if one.name == columns["name"]]
        step = desk.save(access, columns, before[0].step if before else 0)
    payload = {"site": columns["site"], "name": columns["name"], "step": step}
    pairs = {f"{columns['site']}, {columns['name']}": f"étape {step}"}
    answer(payload, as_json, lambda: show_pairs(pairs))


@mapping.command("list")
def list_mappings(site: SiteId, as_json: AsJson = False) -> None:
    """List the mappings of a site."""
    words = read_words("acces")
    with _doors() as (access, settings):
        found = ActivityDesk(settings).saved(access, settings.site(site).id)
    rows = [
        (one.name, one.organisation, words(f"role.{one.role}"), day(one.recorded_on))
        for one in found
    ]
    heads = ("nom", "organisation", "rôle", "enregistrée le")
    answer([_payload(one) for one in found], as_json, lambda: show_table(heads, rows))


@mapping.command("show")
def show(site: SiteId, name: Name, as_json: AsJson = False) -> None:
    """Print a saved mapping as TOML."""
    with _doors() as (access, settings):
        found = ActivityDesk(settings).find(access, settings.site(site).id, name)
    said = to_toml(from_values(found.columns))
    answer(_payload(found), as_json, lambda: OUT.print(said, end=""))


@mapping.command("suggest")
def suggest(
    file: File,
    *,
    site: Annotated[str, typer.Option(help="bastia, loire…")],
    name: Annotated[str, typer.Option(help="Name of the mapping.")],
    sheet: Annotated[str, typer.Option(help="Sheet of the workbook.")] = "",
    header_row: Annotated[int, typer.Option(help="Row of the titles.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Propose a mapping from the titles of FILE, to be corrected before it is saved."""
    with _doors() as (access, settings):
        begun: Columns = {
            "site": settings.site(site).id,
            "name": name,
            "sheet": sheet,
            "header_row": header_row,
        }
        content = read_content(file)
        made = ActivityDesk(settings).propose(access, file.name, content, begun, suggested=True)
    said = to_toml(from_partial(made.columns))
    answer(asdict(made), as_json, lambda: OUT.print(said, end=""))


def _columns(desk: ActivityDesk, access: Access, by: Path | None, site: str, name: str) -> Columns:
    """Return the mapping that a command names: a document, else a saved one."""
    if by is not None:
        return to_values(read_mapping(_text(by), file=by.name))
    if site and name:
        return desk.find(access, site, name).columns
    words = read_words("echanges")
    raise SettingsError(
        "no mapping is named",
        user=words("refused.unnamed"),
        remedy=words("refused.unnamed_remedy"),
    )


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise refused("toml", file.name) from None


def _nobody() -> SignInError:
    words = read_words("acces")
    return SignInError(
        "no session token",
        user=words("refused.signed_out"),
        remedy=words("refused.token_remedy"),
    )


def _payload(one: Saved) -> dict[str, Any]:
    return {**asdict(one), "recorded_on": one.recorded_on.isoformat()}


def _show(done: Loading, check: bool) -> None:
    show_pairs(
        {
            "Lignes lues": number(done.read),
            "Lignes gardées": number(done.kept),
            "Sorties à écrire" if check else "Sorties écrites": number(done.written),
            "Sorties déjà là": number(done.again),
            "Lignes mises de côté": number(len({one.row for one in done.aside})),
        }
    )
    if done.aside:
        rows = [(one.row, one.column, typeset(one.reason)) for one in done.aside]
        show_table(("ligne", "colonne", "raison"), rows)


@contextmanager
def _doors() -> Iterator[tuple[Access, Settings]]:
    """Give the account's door when a token is set, else the owner's."""
    settings = settings_module.load()
    access = open_access(settings, writes=settings.token is None)
    try:
        yield access.signed(settings.token), settings
    finally:
        access.close()
