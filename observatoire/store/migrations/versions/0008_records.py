"""An entry keeps the version of the agreement that it was written under; retention may shorten."""

from observatoire.store.migrations.statements import (
    close_functions,
    restore_functions,
    run_file,
)

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    run_file("0008_records.sql")
    close_functions("agreements")


def downgrade() -> None:
    """Take back: an entry of the day of an agreement is ruled by it."""
    restore_functions(
        "0005_sharing.sql",
        "agreements.judge_step",
        "agreements.version_on",
        "agreements.grant_of",
        "capture.write",
        "desk.shared_observations",
        "capture.expire",
    )
    run_file("0008_back.sql")
