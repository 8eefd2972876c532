"""Accounts tied to a provider's subject, and the schema of the one who opens to them."""

from alembic import op

from observatoire.store.migrations.statements import close_functions, run_file

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    run_file("0007_oidc.sql")
    close_functions("people", "porter")


def downgrade() -> None:
    """Take back: accounts are tied no more; those that had no password need a new one."""
    op.execute("DROP SCHEMA porter CASCADE")
    for function in ("tie_account(text, text, text, boolean)", "untie_account(text)", "ties()"):
        op.execute(f"DROP FUNCTION people.{function}")
    op.execute("DROP TABLE people.tie")
