"""Accounts and tokens: what the functions of `desk` are asked; nothing here reads a table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, text
from sqlalchemy import column as col
from sqlalchemy import table as tab

_SITE = tab("site", col("id"), col("name"), schema="people")
_SITE_QPV = tab("site_qpv", col("qpv"), col("site"), schema="people")


@dataclass(frozen=True)
class Visiting:
    """The account that a transaction was proved to be for."""

    login: str
    role: str
    organisation: str
    sites: tuple[str, ...]
    must_change: bool


def enter(connection: Connection, token: str) -> Visiting:
    """Prove who is asking, for the rest of the transaction."""
    row = connection.execute(text("SELECT * FROM desk.enter(:token)"), {"token": token}).one()
    return Visiting(
        row.login, row.role, row.organisation_name, tuple(row.sites), bool(row.must_change)
    )


def audience(connection: Connection) -> str:
    """Return what tells this audience from another: role, sites, agreements, day."""
    return str(connection.execute(text("SELECT desk.audience()")).scalar_one())


def login_salt(connection: Connection, login: str) -> tuple[bytes, dict[str, int]]:
    """Return what a login's password is hashed with; an unknown one has a salt too."""
    found = connection.execute(text("SELECT * FROM desk.login_salt(:login)"), {"login": login})
    row = found.one()
    return bytes(row.salt), dict(row.cost)


def sign_in(connection: Connection, login: str, hashed: bytes, token_sha256: bytes) -> str:
    """Return `entered`, `refused` or `locked`; entered, the token is the account's."""
    statement = text("SELECT desk.sign_in(:login, :hashed, :token)")
    values = {"login": login, "hashed": hashed, "token": token_sha256}
    return str(connection.execute(statement, values).scalar_one())


def sign_out(connection: Connection, token: str) -> None:
    """End a session; nothing when it had ended."""
    connection.execute(text("SELECT desk.sign_out(:token)"), {"token": token})


def change_password(
    connection: Connection,
    *,
    old_hash: bytes,
    salt: bytes,
    cost: Mapping[str, int],
    verifier: bytes,
    token: str,
) -> bool:
    """Change the password of the account that entered; False when the old one is wrong."""
    statement = text(
        "SELECT desk.change_password(:old, :salt, CAST(:cost AS jsonb), :verifier, :token)"
    )
    values = {
        "old": old_hash,
        "salt": salt,
        "cost": json.dumps(dict(cost)),
        "verifier": verifier,
        "token": token,
    }
    return bool(connection.execute(statement, values).scalar_one())


def create_account(
    connection: Connection,
    login: str,
    *,
    role: str,
    organisation: str,
    sites: Sequence[str],
    salt: bytes,
    cost: Mapping[str, int],
    verifier: bytes,
) -> None:
    """Create an account, to change its password at the first sign-in."""
    statement = text(
        "SELECT desk.create_account(:login, :role, :organisation, :sites, :salt,"
        " CAST(:cost AS jsonb), :verifier)"
    )
    connection.execute(
        statement,
        {
            "login": login,
            "role": role,
            "organisation": organisation,
            "sites": list(sites),
            "salt": salt,
            "cost": json.dumps(dict(cost)),
            "verifier": verifier,
        },
    )


def reset_password(
    connection: Connection, login: str, *, salt: bytes, cost: Mapping[str, int], verifier: bytes
) -> None:
    """Give an account a new password, to be changed; its sessions end."""
    statement = text("SELECT desk.reset_password(:login, :salt, CAST(:cost AS jsonb), :verifier)")
    values = {"login": login, "salt": salt, "cost": json.dumps(dict(cost)), "verifier": verifier}
    connection.execute(statement, values)


def set_account(connection: Connection, login: str, *, active: bool) -> None:
    """Close or open an account; its sessions end, its lock is lifted."""
    statement = text("SELECT desk.set_account(:login, :active)")
    connection.execute(statement, {"login": login, "active": active})


def list_accounts(connection: Connection) -> list[dict[str, Any]]:
    """Return the accounts that whoever asks keeps, in the order of their logins."""
    rows = connection.execute(text("SELECT * FROM desk.accounts()")).mappings()
    return [{**row, "sites": tuple(row["sites"])} for row in rows]


def note(connection: Connection, site: str, action: str, what: str) -> None:
    """Keep that whoever asks read or exported something; once a day."""
    statement = text("SELECT desk.note(:site, :action, :what)")
    connection.execute(statement, {"site": site, "action": action, "what": what})


def journal(connection: Connection, since: object) -> list[dict[str, Any]]:
    """Return who read and exported what since a day, as far as whoever asks may know."""
    rows = connection.execute(text("SELECT * FROM desk.journal(:since)"), {"since": since})
    return [dict(row) for row in rows.mappings()]


def write_sites(
    connection: Connection, names: Mapping[str, str], quarters: Mapping[str, str]
) -> None:
    """Write the sites of the settings and the site of each QPV, as the owner.

    Parameters
    ----------
    names
        Name by site id.
    quarters
        Site id by QPV code.
    """
    connection.execute(delete(_SITE_QPV))
    connection.execute(delete(_SITE))
    if names:
        rows = [{"id": key, "name": name} for key, name in names.items()]
        connection.execute(insert(_SITE), rows)
    if quarters:
        rows = [{"qpv": code, "site": site} for code, site in quarters.items()]
        connection.execute(insert(_SITE_QPV), rows)


def add_sites(connection: Connection, names: Mapping[str, str]) -> None:
    """Write the sites that the store does not know yet, as the owner."""
    statement = text(
        "INSERT INTO people.site (id, name) VALUES (:id, :name) ON CONFLICT DO NOTHING"
    )
    for key, name in names.items():
        connection.execute(statement, {"id": key, "name": name})
