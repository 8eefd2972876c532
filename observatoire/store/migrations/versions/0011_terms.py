"""Words and counts of months are kept no longer than agreed; what an act opens asks every team."""

from observatoire.store.migrations.statements import (
    close_functions,
    restore_functions,
    run_file,
)

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    run_file("0011_terms.sql")
    close_functions("agreements", "capture", "desk")


def downgrade() -> None:
    """Take back. Months that were forgotten are forgotten: their counts are not there."""
    restore_functions("0008_records.sql", "capture.write", "capture.expire")
    restore_functions("0005_sharing.sql", "desk.widen_agreement")
    run_file("0011_back.sql")
