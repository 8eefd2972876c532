"""Accounts, tokens, and the functions that prove who is asking."""

from alembic import op

from observatoire.store.migrations.statements import close_functions, run_file

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_DESK = (
    "accounts()",
    "change_password(bytea, bytea, jsonb, bytea, text)",
    "create_account(text, text, text, text[], bytea, jsonb, bytea)",
    "enter(text)",
    "login_salt(text)",
    "me()",
    "my_organisation()",
    "my_role()",
    "my_sites()",
    "on_site(text)",
    "owns()",
    "reset_password(text, bytea, jsonb, bytea)",
    "set_account(text, boolean)",
    "sign_in(text, bytea, bytea)",
    "sign_out(text)",
)


def upgrade() -> None:
    """Apply."""
    run_file("0004_people.sql")
    close_functions("people", "desk")


def downgrade() -> None:
    """Take back."""
    for function in _DESK:
        op.execute(f"DROP FUNCTION desk.{function} CASCADE")
    op.execute("DROP SCHEMA people CASCADE")
