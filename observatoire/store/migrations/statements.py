"""Migrations that are better written in SQL: one file each, run whole."""

from importlib import resources

import psycopg
from alembic import op


def run_file(name: str) -> None:
    """Run a file of `migrations/sql`."""
    driver = op.get_bind().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    text = (resources.files(__package__) / "sql" / name).read_text("utf-8")
    driver.execute(text.encode())


def close_functions(*schemas: str) -> None:
    """Let nobody but the owner call what a schema holds; `grant_app` opens `desk` to the app."""
    for schema in schemas:
        op.execute(f"REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} FROM PUBLIC")
