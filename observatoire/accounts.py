"""Signing in and out, and keeping accounts: what pages, addresses and command line do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from observatoire.access import Access, Visitor
from observatoire.codes import edition_kind, qpv_department
from observatoire.disclosure import SQUARE_KIND, ProtectedLayer
from observatoire.errors import AccessError, SchemaError, SettingsError
from observatoire.labels import read_words
from observatoire.passwords import (
    hash_password,
    new_token,
    new_verifier,
    provisional_password,
    token_hash,
)
from observatoire.settings import Settings, is_safe_address
from observatoire.store import Connection, people, porter

Role = Literal[
    "street_team",
    "team_leader",
    "service",
    "delegate",
    "geographer",
    "copilot",
    "facilitator",
    "administrator",
]
ROLES: tuple[Role, ...] = get_args(Role)
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
TEAM: tuple[Role, ...] = ("street_team", "team_leader")


@dataclass(frozen=True)
class NewAccount:
    """An account just made or given a new password, and the password to be given once."""

    login: str
    password: str


def sign_in(access: Access, login: str, password: str) -> str:
    """Return a new session token.

    Raises
    ------
    AccessError
        The same for an unknown login, a wrong password and a locked account.
    """
    words = read_words("acces")
    with access.session() as session:
        salt, cost = people.login_salt(session, login)
    hashed = hash_password(password[:1000], salt, cost)
    token = new_token()
    with access.desk() as desk:
        answer = people.sign_in(desk, login, hashed, token_hash(token))
    if answer == "entered":
        return token
    # the same words for all: they would tell which logins exist
    raise AccessError(f"sign-in {answer}", user=words("password.wrong"))


def sign_out(access: Access, token: str) -> None:
    """End a session."""
    with access.desk() as desk:
        people.sign_out(desk, token)


def change_password(access: Access, login: str, old: str, new: str) -> None:
    """Change the password of the account that `access` is signed in as.

    Raises
    ------
    AccessError
        When the old one is wrong, or the new one too short.
    """
    made = new_verifier(new)
    with access.session() as session:
        salt, cost = people.login_salt(session, login)
    old_hash = hash_password(old[:1000], salt, cost)
    with access.desk() as desk:
        changed = people.change_password(
            desk,
            old_hash=old_hash,
            salt=made.salt,
            cost=made.cost,
            verifier=made.verifier,
            token=access.token or "",
        )
    if not changed:
        raise AccessError("a wrong password", user=read_words("acces")("password.wrong"))


def create_account(
    connection: Connection,
    login: str,
    *,
    role: str,
    organisation: str,
    sites: Sequence[str],
    password: str | None = None,
) -> NewAccount:
    """Create an account with a password to be changed, drawn at random unless given.

    Raises
    ------
    SchemaError
        When the login has not the form of one, or the role is none.
    ConflictError
        When the login is taken.
    """
    _require(login, role)
    given = password or provisional_password()
    made = new_verifier(given)
    people.create_account(
        connection,
        login,
        role=role,
        organisation=organisation,
        sites=sites,
        salt=made.salt,
        cost=made.cost,
        verifier=made.verifier,
    )
    return NewAccount(login.lower(), given)


def _require(login: str, role: str) -> None:
    words = read_words("comptes")
    if not _LOGIN.fullmatch(login.lower()):
        raise SchemaError(
            "not a login", user=words("wrong.login"), remedy=words("wrong.login_remedy")
        )
    if role not in ROLES:
        raise SchemaError("not a role", user=words("wrong.role"))


def reset_password(connection: Connection, login: str) -> NewAccount:
    """Give an account a new password, to be changed at the next sign-in; its sessions end."""
    given = provisional_password()
    made = new_verifier(given)
    people.reset_password(connection, login, salt=made.salt, cost=made.cost, verifier=made.verifier)
    return NewAccount(login.lower(), given)


def set_account(connection: Connection, login: str, *, active: bool) -> None:
    """Close or open an account; its sessions end, its lock is lifted."""
    people.set_account(connection, login, active=active)


def tie_account(
    connection: Connection, login: str, *, issuer: str, subject: str, only: bool = False
) -> None:
    """Tie an account to a provider's subject, as the owner; its sessions end.

    Parameters
    ----------
    only
        The account has no password any more.

    Raises
    ------
    SettingsError
        When no provider is named, or the subject is none.
    """
    if not is_safe_address(issuer) or not 0 < len(subject) <= 255 or not subject.isprintable():
        raise SettingsError(
            "no provider, or no subject",
            user="Il faut un fournisseur d’identité et le numéro que la personne y a.",
            remedy="Réglez OBSERVATOIRE_OIDC_ISSUER, ou donnez --issuer et --subject.",
        )
    porter.tie_account(connection, login, issuer=issuer, subject=subject, only=only)


def untie_account(connection: Connection, login: str) -> None:
    """Untie an account, as the owner; its sessions end."""
    porter.untie_account(connection, login)


def list_ties(connection: Connection) -> list[porter.Tie]:
    """Return the accounts that are tied to a provider's subject, as the owner."""
    return porter.list_ties(connection)


def list_accounts(connection: Connection) -> list[dict[str, Any]]:
    """Return the accounts that whoever asks keeps."""
    return people.list_accounts(connection)


def read_journal(connection: Connection, since: object) -> list[dict[str, Any]]:
    """Return who read and exported what since a day, as far as whoever asks may know."""
    return people.journal(connection, since)


def sites_read(settings: Settings, visitor: Visitor, codes: Iterable[str]) -> list[str]:
    """Return the sites of an account that hold one of these QPV: it read something of them."""
    held = {settings.site_of(code, qpv_department(code)) for code in codes}
    return [site for site in visitor.sites if site in held]


def figure_noted(indicator: str, period: str, edition: str) -> str:
    """Return how the journal names a figure; one by squares says so: `… 2025 square-200`."""
    name = f"{indicator} {period}"
    by_squares = edition_kind(edition) == SQUARE_KIND
    return f"{name} {edition.rpartition('-')[0]}" if by_squares else name


def note_reading(access: Access, sites: Sequence[str], action: str, what: str) -> None:
    """Keep that whoever `access` is signed in as read or exported something of these sites."""
    with access.desk() as desk:
        for site in sites:
            people.note(desk, site, action, what)


def note_export(
    access: Access, settings: Settings, layer: ProtectedLayer, form: str, only: str = ""
) -> None:
    """Keep that whoever `access` is signed in as took real figures of the field in this form.

    `only` is the id of the site that the file is limited to, empty for all of them.
    """
    if layer.is_real_field and access.token:
        sites = sites_read(settings, access.visitor(), layer.quarters)
        sites = [site for site in sites if only in ("", site)]
        what = figure_noted(layer.indicator, layer.period, layer.edition)
        note_reading(access, sites, "export", f"{what} ({form})")
