"""`observatoire protocole …`: the sharing agreements of the sites, from the keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from observatoire import protocole_desk
from observatoire import settings as settings_module
from observatoire.access import Access, open_access
from observatoire.cli.console import OUT, AsJson, answer, show_pairs, show_table
from observatoire.errors import FileError, SettingsError
from observatoire.labels import read_words
from observatoire.protocole import Agreement, faults, model_terms
from observatoire.protocole.documents import read_toml, to_toml
from observatoire.protocole_desk import Kept
from observatoire.settings import Settings

app = typer.Typer(help="Protocoles de partage des sites.", no_args_is_help=True)

SiteId = Annotated[str, typer.Argument(help="bastia, loire…")]
File = Annotated[Path, typer.Argument(help="Document TOML d’un protocole.")]
Version = Annotated[int | None, typer.Option(help="Par défaut celle en vigueur.")]
Day = Annotated[str | None, typer.Option("--on", help="Jour (AAAA-MM-JJ), par défaut ce jour.")]


@app.command("model")
def model(site: SiteId) -> None:
    """Écrire le protocole dont un site peut partir, à discuter ligne par ligne."""
    found = settings_module.load().site(site)
    OUT.print(to_toml(Agreement(found.id, found.name, 0, model_terms())), end="")


@app.command("check")
def check(file: File, as_json: AsJson = False) -> None:
    """Dire tout ce qui s’oppose à un protocole, sans rien écrire."""
    document = read_toml(_text(file), file=file.name)
    found = [{"place": one.place, "fault": one.said} for one in faults(document.terms)]
    heads = ("où", "défaut")
    rows = [tuple(one.values()) for one in found]
    answer({"faults": found}, as_json, lambda: show_table(heads, rows))
    if found:
        raise typer.Exit(1)


@app.command("list")
def list_agreements(as_json: AsJson = False) -> None:
    """Lister toutes les versions de tous les sites."""
    words = read_words("protocole")
    with _owner() as (access, _), access.owner() as owner:
        found = [one.agreement for one in protocole_desk.read_versions(owner)]
    rows = [
        (
            one.site,
            one.version,
            words(f"status.{one.status}"),
            ", ".join(one.agreed_by),
            one.agreed_on,
        )
        for one in found
    ]
    heads = ("site", "version", "état", "organisations", "en vigueur le")
    answer([_payload(one) for one in found], as_json, lambda: show_table(heads, rows))


@app.command("show")
def show(site: SiteId, version: Version = None, as_json: AsJson = False) -> None:
    """Écrire une version en TOML."""
    with _owner() as (access, _), access.owner() as owner:
        found = protocole_desk.find_version(owner, site, version).agreement
    answer(_payload(found), as_json, lambda: OUT.print(to_toml(found), end=""))


@app.command("import")
def take_in(file: File, as_json: AsJson = False) -> None:
    """Prendre un document comme brouillon du site qu’il nomme."""
    document = read_toml(_text(file), file=file.name)
    with _owner() as (access, settings), access.owner() as owner:
        site = settings.site(document.site)
        made = protocole_desk.draft(owner, site, document.terms, fictitious=document.fictitious)
    _said(made, as_json)


@app.command("propose")
def propose(site: SiteId, as_json: AsJson = False) -> None:
    """Proposer le brouillon d’un site à ses partenaires."""
    with _owner() as (access, _), access.owner() as owner:
        made = protocole_desk.propose(owner, _open(protocole_desk.read_versions(owner, site), site))
    _said(made, as_json)


@app.command("agree")
def agree(
    site: SiteId,
    by: Annotated[list[str], typer.Option(help="Organisation signataire ; à répéter.")],
    on: Day = None,
    as_json: AsJson = False,
) -> None:
    """Mettre en vigueur la version proposée, signée sur papier par ces organisations."""
    with _owner() as (access, _), access.owner() as owner:
        kept = _open(protocole_desk.read_versions(owner, site), site)
        made = protocole_desk.agree(owner, kept, _day(on), by)
    _said(made, as_json)


@app.command("widen")
def widen(
    site: SiteId,
    since: Annotated[str, typer.Option(help="Jour (AAAA-MM-JJ).")],
    reason: Annotated[str, typer.Option(help="Qui l’a décidé, quand, pourquoi.")],
    as_json: AsJson = False,
) -> None:
    """Étendre la version en vigueur à ce qui a été vu depuis un jour : acte gardé pour toujours."""
    with _owner() as (access, _), access.owner() as owner:
        protocole_desk.widen(owner, site, _day(since), reason)
    answer({"site": site, "since": since}, as_json, lambda: show_pairs({site: since}))


@app.command("meeting")
def meeting(site: SiteId, on: Day = None, as_json: AsJson = False) -> None:
    """Noter qu’une réunion s’est tenue : ce qui l’attendait peut se lire."""
    day = _day(on)
    with _owner() as (access, _), access.owner() as owner:
        protocole_desk.note_meeting(owner, site, day)
    answer({"site": site, "day": day.isoformat()}, as_json, lambda: show_pairs({site: day}))


def _open(versions: list[Kept], site: str) -> Kept:
    found = next((one for one in versions if one.agreement.is_open), None)
    if found is None:
        words = read_words("protocole")
        raise SettingsError(
            f"no open version of {site}",
            user=words("refused.missing"),
            remedy=words("refused.missing_remedy"),
        )
    return found


def _day(said: str | None) -> date:
    try:
        return date.fromisoformat(said) if said else date.today()
    except ValueError:
        raise SettingsError(
            f"not a day: {said!r}", user=f"« {said} » n’est pas un jour (AAAA-MM-JJ)."
        ) from None


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        words = read_words("protocole")
        raise FileError(
            "cannot be read",
            user=words("refused.toml"),
            remedy=words("refused.toml_remedy"),
            file=file.name,
        ) from None


def _payload(one: Agreement) -> dict[str, Any]:
    return {
        "site": one.site,
        "version": one.version,
        "status": one.status,
        "agreed_by": list(one.agreed_by),
        "agreed_on": one.agreed_on.isoformat() if one.agreed_on else None,
        "terms": one.terms.as_dict(),
    }


def _said(made: Kept, as_json: bool) -> None:
    one = made.agreement
    state = read_words("protocole")(f"status.{one.status}")
    answer(
        _payload(one), as_json, lambda: show_pairs({f"{one.site}, version {one.version}": state})
    )


@contextmanager
def _owner() -> Iterator[tuple[Access, Settings]]:
    settings = settings_module.load()
    access = open_access(settings, writes=True)
    try:
        yield access, settings
    finally:
        access.close()
