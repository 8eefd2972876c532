"""Bring a database to the current schema, with its roles. Idempotent; one step at a time.

Roles: the owner (who imports, builds and publishes) and the app, who reads `published` and
`capture` as their row-level policies allow, calls the functions of `desk`, and may do no more.
The app's role owns nothing and cannot bypass row-level security.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine, text

from observatoire.errors import StoreError

_UPGRADE_LOCK = 0x0B5E

CLOSED = ("raw", "grids", "people", "agreements", "audit", "exchanges", "porter", "disclosure")
READ = ("published", "capture")
CALLED = "desk"

# True when the role's rights are exactly its own: read what is published and what rows allow of
# `capture`, call what `desk` holds (which nobody else may), nothing else.
_RIGHTS_ARE_RIGHT = """
SELECT NOT EXISTS (
       SELECT FROM pg_namespace WHERE nspname = ANY (%(ours)s)
       AND has_schema_privilege(%(role)s, oid, 'USAGE') <> (nspname <> ALL (%(closed)s)))
   AND NOT EXISTS (
       SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
       WHERE n.nspname = ANY (%(ours)s) AND (
           has_function_privilege(%(role)s, p.oid, 'EXECUTE') <> (n.nspname = 'desk')
        OR EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner)))
                   WHERE grantee = 0)))
   AND NOT EXISTS (
       SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname = ANY (%(ours)s) AND (
           has_table_privilege(%(role)s, c.oid, 'SELECT') <> (n.nspname = ANY (%(read)s))
        OR has_table_privilege(
               %(role)s, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')))
"""


def migrate(owner: Engine) -> bool:
    """Run the Alembic migrations that are missing, under a lock so that two starts take turns.

    Returns
    -------
    bool
        False when there was nothing to do.

    Raises
    ------
    StoreError
        When the database was written by a newer version of the observatory.
    """
    with owner.connect() as connection:
        if _revision(connection) == head_revision():
            return False
    with owner.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        _refuse_newer(_revision(connection))
        _upgrade(connection)
    return True


def _upgrade(connection: Connection) -> None:
    from alembic import command  # half a second, only when there is something to do
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_folder()))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def revisions() -> tuple[str, ...]:
    """Return the revisions of the schema, oldest first: a migration's file begins with its own."""
    files = (_folder() / "versions").glob("[0-9]*.py")
    return tuple(sorted(file.name.partition("_")[0] for file in files))


def head_revision() -> str:
    """Return the current revision of the schema."""
    return revisions()[-1]


def current_revision(connection: psycopg.Connection) -> str | None:
    """Return the revision of a database, None when it is empty."""
    found = connection.execute("SELECT to_regclass('raw.alembic_version')").fetchone()
    if found is None or found[0] is None:
        return None
    row = connection.execute("SELECT version_num FROM raw.alembic_version").fetchone()
    return str(row[0]) if row else None


def grant_app(owner: Engine, role: str) -> None:
    """Give the app's role its only rights: to read `READ`, to call the functions of `desk`.

    Nothing if it has them.
    """
    name = sql.Identifier(role)
    statements = [
        statement
        for schema in (*CLOSED, *READ, CALLED)
        for statement in _rights_of(sql.Identifier(schema), name, schema)
    ]
    asked = {"role": role, "closed": list(CLOSED), "read": list(READ)}
    asked["ours"] = [*CLOSED, *READ, CALLED]
    with owner.begin() as connection:
        driver = _driver(connection)
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        row = driver.execute(_RIGHTS_ARE_RIGHT, asked).fetchone()
        if row is not None and row[0]:
            return
        for statement in statements:
            driver.execute(statement)


def _rights_of(schema: sql.Identifier, role: sql.Identifier, name: str) -> list[sql.Composed]:
    """Return the statements that set the app's rights on a schema, from whatever they were."""
    said = [
        "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}",
        "REVOKE ALL ON SCHEMA {schema} FROM {role}",
        "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} FROM PUBLIC, {role}",
    ]
    if name not in CLOSED:
        said.append("GRANT USAGE ON SCHEMA {schema} TO {role}")
    if name in READ:
        said.append("GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}")
        said.append("ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO {role}")
    if name == CALLED:
        said.append("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO {role}")
    return [sql.SQL(one).format(schema=schema, role=role) for one in said]


def _refuse_newer(revision: str | None) -> None:
    if revision is None or revision in revisions():
        return
    raise StoreError(
        f"the database is at revision {revision}, unknown to this version",
        user="Cette base a été écrite par une version plus récente de l’observatoire.",
        remedy="Mettez l’observatoire à jour, puis relancez.",
    )


def _revision(connection: Connection) -> str | None:
    return current_revision(_driver(connection))


def _driver(connection: Connection) -> psycopg.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver


def _folder() -> Path:
    return Path(str(resources.files("observatoire.store") / "migrations"))
