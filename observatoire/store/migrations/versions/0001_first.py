"""The first schema: raw and published."""

from alembic import op

from observatoire.store.tables import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE SCHEMA IF NOT EXISTS raw")
    op.execute("CREATE SCHEMA IF NOT EXISTS published")
    metadata.create_all(op.get_bind())


def downgrade() -> None:
    """Take back."""
    op.execute("DROP SCHEMA raw CASCADE")
    op.execute("DROP SCHEMA published CASCADE")
