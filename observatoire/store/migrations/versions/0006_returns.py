"""How exports of other tools are read, and what came back to the teams of what they shared."""

from alembic import op

from observatoire.store.migrations.statements import close_functions, run_file

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_DESK = (
    "imported(jsonb)",
    "mappings(text)",
    "returns(text)",
    "save_mapping(text, text, jsonb, bigint)",
    "seen_by(text)",
    "write_return(text, text, text, text, text, bigint)",
)


def upgrade() -> None:
    """Apply."""
    run_file("0006_returns.sql")
    close_functions("desk", "capture", "exchanges")


def downgrade() -> None:
    """Take back: saved mappings and returns are lost."""
    for function in _DESK:
        op.execute(f"DROP FUNCTION desk.{function}")
    run_file("0006_back.sql")
    op.execute("DROP FUNCTION capture.sealed(text, uuid)")
    op.execute("DROP SCHEMA exchanges CASCADE")
