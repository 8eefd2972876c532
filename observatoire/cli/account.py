"""`observatoire account …`: who may sign in; the first administrator is made here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import typer

from observatoire import accounts
from observatoire import settings as settings_module
from observatoire.access import Access, open_access
from observatoire.accounts import NewAccount
from observatoire.cli.console import OUT, AsJson, answer, show_pairs, show_table
from observatoire.errors import SettingsError
from observatoire.labels import read_words
from observatoire.settings import Settings
from observatoire.store import people

app = typer.Typer(help="Comptes : qui peut se connecter.", no_args_is_help=True)

Login = Annotated[str, typer.Argument(help="Identifiant : lettres, chiffres, points et tirets.")]


@app.command("create")
def create(
    login: Login,
    *,
    role: Annotated[str, typer.Option(help=", ".join(accounts.ROLES))],
    organisation: Annotated[str, typer.Option(help="Nom de l’organisation.")],
    site: Annotated[list[str], typer.Option(help="Site ; à répéter pour plusieurs.")],
    as_json: AsJson = False,
) -> None:
    """Ouvrir un compte ; son mot de passe, tiré au hasard, se montre une fois et se change."""
    with _owner() as (access, settings):
        for one in site:
            settings.site(one)
        if role not in accounts.ROLES:
            raise SettingsError(
                f"unknown role {role!r}",
                user=f"Le rôle « {role} » n’existe pas.",
                remedy=f"Rôles connus : {', '.join(accounts.ROLES)}.",
            )
        with access.owner() as owner:
            made = accounts.create_account(
                owner, login, role=role, organisation=organisation, sites=site
            )
    _show(made, as_json)


@app.command("list")
def list_accounts(as_json: AsJson = False) -> None:
    """Lister les comptes."""
    words = read_words("acces")
    with _owner() as (access, _), access.owner() as owner:
        found = accounts.list_accounts(owner)
        tied = {one.login for one in accounts.list_ties(owner)}
    found = [{**one, "tied": one["login"] in tied} for one in found]
    rows = [
        (
            one["login"],
            words(f"role.{one['role']}"),
            one["organisation"],
            ", ".join(one["sites"]),
            "ouvert" if one["active"] else "fermé",
            "lié" if one["tied"] else "",
        )
        for one in found
    ]
    heads = ("identifiant", "rôle", "organisation", "sites", "état", "fournisseur")
    answer(found, as_json, lambda: show_table(heads, rows))


@app.command("reset")
def reset(login: Login, as_json: AsJson = False) -> None:
    """Donner un nouveau mot de passe, à changer ; les sessions du compte se terminent."""
    with _owner() as (access, _), access.owner() as owner:
        made = accounts.reset_password(owner, login)
    _show(made, as_json)


@app.command("close")
def close(login: Login, as_json: AsJson = False) -> None:
    """Fermer un compte : ses sessions se terminent aussitôt."""
    _set(login, as_json, active=False)


@app.command("open")
def open_again(login: Login, as_json: AsJson = False) -> None:
    """Rouvrir un compte, ou lever son blocage."""
    _set(login, as_json, active=True)


@app.command("tie")
def tie(
    login: Login,
    *,
    subject: Annotated[str, typer.Option(help="The person’s number (sub) at the provider.")],
    issuer: Annotated[
        str, typer.Option(help="The provider; by default OBSERVATOIRE_OIDC_ISSUER.")
    ] = "",
    only: Annotated[
        bool, typer.Option("--only", help="The account’s password is worth nothing any more.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tie an account to a person of the provider of identity; its sessions end."""
    with _owner() as (access, settings):
        named = issuer or (settings.oidc.issuer if settings.oidc else "")
        with access.owner() as owner:
            accounts.tie_account(owner, login, issuer=named, subject=subject, only=only)
    payload = {"login": login, "issuer": named, "subject": subject, "only": only}
    answer(payload, as_json, lambda: show_pairs({login: "lié"}))


@app.command("untie")
def untie(login: Login, as_json: AsJson = False) -> None:
    """Untie an account from the provider of identity; its sessions end."""
    with _owner() as (access, _), access.owner() as owner:
        accounts.untie_account(owner, login)
    answer({"login": login, "tied": False}, as_json, lambda: show_pairs({login: "délié"}))


@app.command("session")
def session(login: Login, as_json: AsJson = False) -> None:
    """Ouvrir une session (mot de passe lu sur l’entrée) pour OBSERVATOIRE_TOKEN."""
    password = sys.stdin.readline().rstrip("\n")
    with _owner() as (access, _):
        token = accounts.sign_in(access, login, password)
    answer({"token": token}, as_json, lambda: OUT.print(token))


def _set(login: str, as_json: bool, *, active: bool) -> None:
    with _owner() as (access, _), access.owner() as owner:
        accounts.set_account(owner, login, active=active)
    state = "ouvert" if active else "fermé"
    payload = {"login": login, "active": active}
    answer(payload, as_json, lambda: show_pairs({login: state}))


def _show(made: NewAccount, as_json: bool) -> None:
    pairs = {"Identifiant": made.login, "Mot de passe, à changer": made.password}
    answer(asdict(made), as_json, lambda: show_pairs(pairs))


@contextmanager
def _owner() -> Iterator[tuple[Access, Settings]]:
    settings = settings_module.load()
    access = open_access(settings, writes=True)
    try:
        with access.owner() as owner:
            people.add_sites(owner, {site.id: site.name for site in settings.sites})
        yield access, settings
    finally:
        access.close()
