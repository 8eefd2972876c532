"""What was seen of squares is kept until its year is released, and read at the agreed precision."""

from observatoire.store.migrations.statements import (
    close_functions,
    restore_functions,
    run_file,
)

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    run_file("0010_squares.sql")
    close_functions("agreements", "desk")


def downgrade() -> None:
    """Take back: squares are not released."""
    restore_functions("0005_sharing.sql", "agreements.given", "desk.may_read")
    run_file("0010_back.sql")
