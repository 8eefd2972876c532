"""The porter: a role of the database that opens sessions to those whom a provider vouches for.

It may call `porter.sign_in_tied` and nothing else; nobody else may. The app's role cannot become
it, so that what speaks with the app's role never says « this one is proved ».
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import Connection, text

from observatoire.errors import StoreError
from observatoire.store import roles
from observatoire.store.schema import CALLED, CLOSED, READ

SCHEMA = "porter"
_CONNECT_S = 5
# True when a role could do more than knock: powers, the owner's or the app's rights, our schemas.
_TOO_MUCH = """
SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication
    OR pg_has_role(%(porter)s, %(owner)s, 'MEMBER') OR pg_has_role(%(porter)s, %(app)s, 'MEMBER')
    OR pg_has_role(%(app)s, %(porter)s, 'MEMBER')
    OR EXISTS (SELECT FROM pg_namespace WHERE nspname = ANY (%(ours)s)
               AND has_schema_privilege(%(porter)s, oid, 'USAGE, CREATE'))
FROM pg_roles WHERE rolname = %(porter)s
"""
_GRANTED = """
SELECT DISTINCT r.rolname FROM pg_namespace n, aclexplode(n.nspacl) a JOIN pg_roles r
    ON r.oid = a.grantee WHERE n.nspname = 'porter' AND a.grantee <> n.nspowner
"""


@dataclass(frozen=True)
class Tie:
    """An account and the subject that it is tied to."""

    login: str
    issuer: str
    subject: str


def private_role(superuser: psycopg.Connection, passwords: Path) -> None:
    """Create the porter of the private cluster, or set it right; its password is kept beside.

    `superuser` is connected to our database.
    """
    file = passwords / roles.PORTER
    password = roles.read_password(file)
    if password is None:
        password = roles.random_password()
        roles.write_password(file, password)
    roles.take_turns(superuser)
    roles.create_roles(superuser, {roles.PORTER: password})
    roles.let_in(superuser, roles.PORTER)


def server_role(owner_url: str, passwords: Path) -> str:
    """Return the URL of the porter of a server's database, created the first time.

    Raises
    ------
    StoreError
        When it cannot be created: the remedy is to give its URL.
    """
    with psycopg.connect(owner_url, autocommit=True, connect_timeout=_CONNECT_S) as connection:
        roles.take_turns(connection)
        return roles.own_role(connection, owner_url, passwords, SCHEMA)


def open_door(owner_url: str, porter: str, app: str) -> None:
    """Let one role call the porter's function, and no other role any more.

    Raises
    ------
    StoreError
        When that role could do more than this, or is the app's.
    """
    with psycopg.connect(owner_url, connect_timeout=_CONNECT_S) as connection:
        owner = connection.info.user
        ours = [*(name for name in CLOSED if name != SCHEMA), *READ, CALLED]
        asked = {"porter": porter, "owner": owner, "app": app, "ours": ours}
        row = connection.execute(_TOO_MUCH, asked).fetchone()
        if row is None or row[0]:
            raise StoreError(
                "the porter's role has too many rights, or is the app's",
                user="Le rôle du portier a trop de droits : il ne doit savoir qu’ouvrir.",
                remedy=(
                    "Donnez dans OBSERVATOIRE_PORTER_DATABASE_URL un rôle sans droit particulier, "
                    "différent du propriétaire de la base et du rôle de l’application."
                ),
            )
        _shut(connection)
        role = {"role": sql.Identifier(porter)}
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA porter TO {role}").format(**role))
        connection.execute(
            sql.SQL(
                "GRANT EXECUTE ON FUNCTION porter.sign_in_tied(text, text, bytea) TO {role}"
            ).format(**role)
        )


def shut_door(owner_url: str) -> None:
    """Let nobody call the porter's function: signing in by a provider is off."""
    with psycopg.connect(owner_url, connect_timeout=_CONNECT_S) as connection:
        _shut(connection)


def sign_in_tied(url: str, issuer: str, subject: str, token_sha256: bytes) -> str:
    """Return `entered`, `unknown`, `closed` or `locked`; entered, the token is the account's.

    `url` is the porter's; the connection lasts no longer than the question.
    """
    with psycopg.connect(url, connect_timeout=_CONNECT_S) as connection:
        row = connection.execute(
            "SELECT porter.sign_in_tied(%s, %s, %s)", [issuer, subject, token_sha256]
        ).fetchone()
    return str(row[0]) if row else "unknown"


def tie_account(owner: Connection, login: str, *, issuer: str, subject: str, only: bool) -> None:
    """Tie an account to a provider's subject, as the owner; its sessions end."""
    statement = text("SELECT people.tie_account(:login, :issuer, :subject, :only)")
    values = {"login": login, "issuer": issuer, "subject": subject, "only": only}
    owner.execute(statement, values)


def untie_account(owner: Connection, login: str) -> None:
    """Untie an account, as the owner; its sessions end."""
    owner.execute(text("SELECT people.untie_account(:login)"), {"login": login})


def list_ties(owner: Connection) -> list[Tie]:
    """Return the accounts that are tied, by login, as the owner."""
    rows = owner.execute(text("SELECT * FROM people.ties()"))
    return [Tie(row.login, row.issuer, row.subject) for row in rows]


def _shut(connection: psycopg.Connection) -> None:
    for (role,) in connection.execute(_GRANTED).fetchall():
        names = {"role": sql.Identifier(role)}
        connection.execute(sql.SQL("REVOKE ALL ON SCHEMA porter FROM {role}").format(**names))
        connection.execute(
            sql.SQL("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA porter FROM {role}").format(**names)
        )
