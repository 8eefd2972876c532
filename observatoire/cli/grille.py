"""`observatoire grille …`: the grids of indicators of the sites, from the keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from observatoire import grid_desk, replays
from observatoire import settings as settings_module
from observatoire.access import Access, open_access
from observatoire.boundaries.geojson import write_atomically
from observatoire.cli.console import OUT, AsJson, answer, show_pairs, show_table
from observatoire.cli.visibility import show_replay
from observatoire.errors import FileError, SchemaError
from observatoire.grid_desk import Kept
from observatoire.grille import Grid, begin, core_items, differences, faults
from observatoire.grille.documents import read_toml, to_toml
from observatoire.grille.steps import said
from observatoire.labels import read_words
from observatoire.labels.numbers import day, level_words
from observatoire.settings import Settings
from observatoire.store import Connection

app = typer.Typer(help="Grids of indicators that the sites agree on.", no_args_is_help=True)

SiteId = Annotated[str, typer.Argument(help="bastia, loire…")]
File = Annotated[Path, typer.Argument(help="TOML document of a grid.")]
Version = Annotated[int | None, typer.Option(help="By default the one in force, else the last.")]


@app.command("list")
def list_grids(as_json: AsJson = False) -> None:
    """List every version of every site: status, items, who agreed on it and when."""
    with _access() as (access, _), access.owner() as session:
        found = [one.grid for one in grid_desk.read_versions(session)]
    rows = [
        (
            one.site,
            one.version,
            said(one.status) + (" (fictive)" if one.fictitious else ""),
            len(one.items),
            day(one.agreed_on) if one.agreed_on else "",
            ", ".join(one.agreed_by),
        )
        for one in found
    ]
    columns = ("site", "version", "état", "indicateurs", "validée le", "par")
    answer([_head(one) for one in found], as_json, lambda: show_table(columns, rows))


@app.command()
def show(site: SiteId, *, version: Version = None, as_json: AsJson = False) -> None:
    """Show one version: its items, and what it changes in the one that it supersedes."""
    with _access() as (access, settings), access.owner() as session:
        one = grid_desk.find_version(session, settings.site(site).id, version).grid
        held = {kept.grid.version: kept.grid for kept in grid_desk.read_versions(session, site)}
    before = held.get(one.supersedes or 0)
    changes = differences(before, one) if before else None
    payload = _full(one) | {
        "changes": None
        if changes is None
        else {
            "added": [item.code for item in changes.added],
            "removed": [item.code for item in changes.removed],
            "redefined": {found.after.code: list(found.fields) for found in changes.redefined},
        }
    }
    answer(payload, as_json, lambda: _show(one))


@app.command()
def check(file: File, as_json: AsJson = False) -> None:
    """Say all that stands against a grid written in TOML; write nothing."""
    grid = _read(file)
    found = faults(grid)
    payload = {
        "site": grid.site,
        "items": len(grid.items),
        "favourable_share": grid.favourable_share,
        "faults": [asdict(fault) for fault in found],
    }
    rows = [(fault.place, fault.said) for fault in found]
    sound = read_words("grilles")("cli.sound")
    answer(
        payload,
        as_json,
        lambda: show_table(("où", "défaut"), rows) if rows else OUT.print(sound),
    )
    if found:
        raise typer.Exit(1)


@app.command("import")
def import_grid(file: File, as_json: AsJson = False) -> None:
    """Take in a grid written in TOML, up to the status that it claims: all of it, or nothing."""
    grid = _read(file)
    with _access() as (access, settings), access.owner() as desk:
        kept = grid_desk.take_in(desk, settings.site(grid.site), grid, date.today())
    _answer_step(kept, as_json)


@app.command()
def propose(site: SiteId, as_json: AsJson = False) -> None:
    """Propose the draft of a site to its partners."""
    with _access() as (access, settings), access.owner() as desk:
        kept = grid_desk.propose(desk, _open(desk, settings.site(site).id))
    _answer_step(kept, as_json)


@app.command()
def agree(
    site: SiteId,
    *,
    by: Annotated[list[str], typer.Option(help="Name of an organisation; once for each.")],
    on: Annotated[str, typer.Option(help="Day of the agreement, as 2023-03-14.")],
    as_json: AsJson = False,
) -> None:
    """Record that organisations agreed on the grid proposed: it never changes afterwards."""
    with _access() as (access, settings), access.owner() as desk:
        kept = _open(desk, settings.site(site).id)
        kept = grid_desk.agree(desk, kept, by, _day(on), date.today())
    _answer_step(kept, as_json)


@app.command()
def supersede(site: SiteId, as_json: AsJson = False) -> None:
    """Begin the version that will take the place of the one in force: a draft, the same items."""
    with _access() as (access, settings), access.owner() as desk:
        kept = grid_desk.succeed(desk, settings.site(site))
    _answer_step(kept, as_json)


@app.command()
def replay(
    site: SiteId,
    *,
    version: Version = None,
    file: Annotated[
        Path | None, typer.Option(help="A TOML document instead of a version of the store.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say how much of a grid would be seen, under the real rules, and what could be merged."""
    with _access(writes=True) as (access, settings):
        place = settings.site(site)
        with access.owner() as session:
            grid = _read(file) if file else grid_desk.find_version(session, site, version).grid
        with access.owner() as owner:
            found = replays.replay_store(owner, grid, place, today=date.today())
    answer(found.as_dict(), as_json, lambda: show_replay(found))


@app.command()
def export(
    site: SiteId,
    *,
    version: Version = None,
    core: Annotated[
        bool, typer.Option("--core", help="The common core, as a first draft.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="File to write instead of the screen.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a grid as the TOML document that `import` reads."""
    with _access() as (access, settings), access.owner() as session:
        place = settings.site(site)
        grid = (
            begin(place.id, place.name, [], core_items())
            if core
            else grid_desk.find_version(session, place.id, version).grid
        )
    text = to_toml(grid)
    if out:
        write_atomically(out, text)
    payload = _full(grid) | ({"file": str(out)} if out else {})
    answer(
        payload, as_json, lambda: OUT.print(str(out) if out else text, end="" if not out else "\n")
    )


@contextmanager
def _access(*, writes: bool = True) -> Iterator[tuple[Access, Settings]]:
    settings = settings_module.load()
    access = open_access(settings, writes=writes)
    try:
        yield access, settings
    finally:
        access.close()


def _open(desk: Connection, site: str) -> Kept:
    """Return the version of a site that is being prepared, else the last one, to be refused."""
    own = grid_desk.read_versions(desk, site)
    last = max((one.grid.version for one in own), default=None)
    return grid_desk.find_version(desk, site, last)


def _read(file: Path) -> Grid:
    words = read_words("grilles")
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise FileError(
            f"cannot read the grid: {type(cause).__name__}",
            user=words("refused.unreadable"),
            remedy=words("refused.toml_remedy"),
            file=str(file),
        ) from None
    return read_toml(text, file=file.name)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        words = read_words("grilles")
        raise SchemaError(
            f"not a day: {text!r}", user=words("refused.day"), remedy=words("refused.day_remedy")
        ) from None


def _head(one: Grid) -> dict[str, Any]:
    return {
        "site": one.site,
        "site_name": one.site_name,
        "version": one.version,
        "status": one.status,
        "items": len(one.items),
        "favourable_share": one.favourable_share,
        "agreed_by": list(one.agreed_by),
        "agreed_on": one.agreed_on,
        "supersedes": one.supersedes,
        "fictitious": one.fictitious,
        "sha256": one.sha256,
    }


def _full(one: Grid) -> dict[str, Any]:
    return _head(one) | {"reason": one.reason, "items": [item.as_dict() for item in one.items]}


def _answer_step(kept: Kept, as_json: bool) -> None:
    grid = kept.grid
    words = read_words("grilles")
    sentence = words(
        "cli.step", site=grid.site_name, version=grid.version, status=said(grid.status)
    )
    answer(_head(grid), as_json, lambda: OUT.print(sentence))


def _show(one: Grid) -> None:
    show_pairs(
        {
            "Site": one.site_name,
            "Version": f"{one.version}, {said(one.status)}"
            + (" (grille fictive)" if one.fictitious else ""),
            "Validée": f"le {day(one.agreed_on)} par {', '.join(one.agreed_by)}"
            if one.agreed_on
            else "pas encore",
        }
    )
    rows = [
        (item.theme, item.code, item.label, level_words(item.frequency), item.core)
        for item in one.items
    ]
    show_table(("thème", "code", "indicateur", "lecture", "socle commun"), rows)
