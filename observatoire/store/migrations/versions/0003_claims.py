"""Every file keeps what it says of a figure, so that a file can be taken out.

A figure was held once, under the file that came first: taking that file out would have taken what
another one says too. Figures that an older store holds keep the one file they were held under; a
file whose figures stood under another one is complete again once it is withdrawn and imported.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_FIGURE = ["indicator", "period", "zone_kind", "zone", "edition"]


def upgrade() -> None:
    """Let several files hold the same figure."""
    op.drop_constraint(op.f("pk_statistic"), "statistic", schema="raw")
    op.create_primary_key(op.f("pk_statistic"), "statistic", [*_FIGURE, "import_id"], schema="raw")


def downgrade() -> None:
    """Keep of each figure what is read of it."""
    best = "CASE status WHEN 'ok' THEN 0 WHEN 'secret' THEN 1 ELSE 2 END, import_id"
    key = ", ".join(_FIGURE)
    op.execute(
        "DELETE FROM raw.statistic WHERE ctid NOT IN (SELECT DISTINCT ON "
        f"({key}) ctid FROM raw.statistic ORDER BY {key}, {best})"
    )
    op.drop_constraint(op.f("pk_statistic"), "statistic", schema="raw")
    op.create_primary_key(op.f("pk_statistic"), "statistic", _FIGURE, schema="raw")
