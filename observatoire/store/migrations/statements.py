"""Migrations that are better written in SQL: one file each, run whole."""

from importlib import resources

import psycopg
from alembic import op


def run_file(name: str) -> None:
    """Run a file of `migrations/sql`."""
    _run(_read(name))


def restore_functions(name: str, *functions: str) -> None:
    """Bring functions back as a file of `migrations/sql` wrote them, over what replaced them."""
    lines = _read(name).splitlines()
    for function in functions:
        start = lines.index(
            next(
                one for one in lines if one.startswith("CREATE") and f" FUNCTION {function}(" in one
            )
        )
        end = next(n for n in range(start, len(lines)) if lines[n].endswith("$$;"))
        body = "\n".join(lines[start : end + 1])
        _run(body.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1))


def close_functions(*schemas: str) -> None:
    """Let nobody but the owner call what a schema holds; `grant_app` opens `desk` to the app."""
    for schema in schemas:
        op.execute(f"REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} FROM PUBLIC")


def _read(name: str) -> str:
    return (resources.files(__package__) / "sql" / name).read_text("utf-8")


def _run(statements: str) -> None:
    """Run them as they are: no mark of a parameter is looked for."""
    driver = op.get_bind().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    driver.execute(statements.encode())
