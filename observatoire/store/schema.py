"""Bring a database to the current schema, with its roles. Idempotent; one step at a time.

Roles: the owner (who imports, builds and publishes) and the app (who reads `published` and has no
right on `raw`). The app's role owns nothing and cannot bypass row-level security.
"""

from __future__ import annotations

from importlib import resources

from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import Engine, text

_UPGRADE_LOCK = 0x0B5E


def migrate(owner: Engine) -> None:
    """Run the Alembic migrations that are missing, under a lock so that two starts take turns."""
    config = Config()
    config.set_main_option(
        "script_location", str(resources.files("observatoire.store") / "migrations")
    )
    with owner.connect() as lock, lock.begin():
        lock.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        with owner.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()


def grant_app(owner: Engine, role: str) -> None:
    """Give the app's role its only rights: to read the published schema."""
    name = sql.Identifier(role)
    statements = [
        sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA raw FROM {}"),
        sql.SQL("REVOKE ALL ON SCHEMA raw FROM {}"),
        sql.SQL("GRANT USAGE ON SCHEMA published TO {}"),
        sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA published TO {}"),
        sql.SQL("ALTER DEFAULT PRIVILEGES IN SCHEMA published GRANT SELECT ON TABLES TO {}"),
    ]
    with owner.begin() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        for statement in statements:
            raw.execute(statement.format(name))
