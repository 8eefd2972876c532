"""What a month was released with, kept until its year is: quarters and years are its sums."""

from alembic import op

from observatoire.store.migrations.statements import run_file

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    run_file("0009_months.sql")


def downgrade() -> None:
    """Take back: a year whose months were released is not."""
    op.execute("DROP SCHEMA disclosure CASCADE")
