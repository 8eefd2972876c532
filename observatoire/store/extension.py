"""PostGIS in a database, and what it and PostgreSQL leave open to everybody, taken back."""

from __future__ import annotations

import psycopg

from observatoire.errors import StoreError


def add_postgis(connection: psycopg.Connection) -> None:
    """Add PostGIS to the current database; raise `StoreError` when the role may not."""
    if connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'postgis'").fetchone():
        return _close_functions(connection)
    try:
        connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        _close_functions(connection)
    except psycopg.Error as cause:
        raise StoreError(
            f"the postgis extension cannot be created (SQLSTATE {cause.sqlstate})",
            user="PostGIS n’est pas activé dans cette base, et son propriétaire ne peut l’activer.",
            remedy="Demandez à l’administrateur du serveur : CREATE EXTENSION postgis;",
        ) from None


def _close_functions(connection: psycopg.Connection) -> None:
    """Take from everybody what runs with its owner's rights, and what writes large objects.

    PostGIS tells the extent of any table to whoever asks (`st_estimatedextent`); large objects have
    no owner that a transaction takes back. What the role may not revoke stays as it is: on a
    server by URL they belong to its administrator (docs/security.md).
    """
    found = connection.execute(
        "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n"
        " ON n.oid = p.pronamespace WHERE (p.prosecdef AND n.nspname NOT IN ('desk', 'porter')"
        " OR n.nspname = 'pg_catalog' AND p.proname IN ('lo_creat', 'lo_create', 'lo_from_bytea'))"
        " AND pg_has_role(p.proowner, 'USAGE')"
    )
    for (name,) in found.fetchall():
        connection.execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC".encode())
