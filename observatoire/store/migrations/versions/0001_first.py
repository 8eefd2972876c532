"""The first schema: raw and published."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from observatoire.store.migrations.columns import (
    geometry,
    index_geometry,
    of_import,
    required,
    text,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE SCHEMA IF NOT EXISTS published")
    _create_imports()
    _create_contours()
    _create_statistics()
    _create_observations()
    _create_releases()
    _create_published_contours()


def downgrade() -> None:
    """Take back. The schema `raw` stays: it holds Alembic's own table."""
    op.execute("DROP SCHEMA published CASCADE")
    newest_first = "attachment observation outing theme statistic outline boundary quarantine"
    for table in (*newest_first.split(), "import_file"):
        op.drop_table(table, schema="raw")


def _create_imports() -> None:
    op.create_table(
        "import_file",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        text("kind"),
        text("sha256"),
        text("file_name"),
        text("variant", server_default=""),
        required("imported_on", sa.Date()),
        required("read", sa.Integer()),
        required("accepted", sa.Integer()),
        sa.Column("fictitious", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("details", JSONB(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_file")),
        sa.UniqueConstraint("kind", "sha256", name=op.f("uq_import_file_kind_sha256")),
        schema="raw",
    )
    op.create_table(
        "quarantine",
        required("import_id", sa.Integer()),
        required("row", sa.Integer()),
        text("column", server_default=""),
        text("reason"),
        of_import("quarantine", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("import_id", "row", name=op.f("pk_quarantine")),
        schema="raw",
    )


def _create_contours() -> None:
    op.create_table(
        "boundary",
        text("edition"),
        text("code"),
        required("tolerance_m", sa.Double()),
        text("name"),
        sa.Column("commune", sa.Text()),
        text("department"),
        required("area_m2", sa.Double()),
        required("import_id", sa.Integer()),
        geometry("MULTIPOLYGON"),
        of_import("boundary"),
        sa.PrimaryKeyConstraint("edition", "code", "tolerance_m", name=op.f("pk_boundary")),
        schema="raw",
    )
    index_geometry("boundary", "raw")
    op.create_table(
        "outline",
        text("kind"),
        text("vintage"),
        text("code"),
        text("name"),
        text("department"),
        required("tolerance_m", sa.Double()),
        required("import_id", sa.Integer()),
        geometry("MULTIPOLYGON"),
        of_import("outline"),
        sa.PrimaryKeyConstraint("kind", "vintage", "code", name=op.f("pk_outline")),
        schema="raw",
    )
    index_geometry("outline", "raw")


def _create_statistics() -> None:
    op.create_table(
        "statistic",
        text("indicator"),
        text("period"),
        text("zone_kind"),
        text("zone"),
        text("edition"),
        sa.Column("value", sa.Double()),
        text("status"),
        text("source"),
        required("import_id", sa.Integer()),
        sa.CheckConstraint(
            "(status = 'ok') = (value IS NOT NULL)", name=op.f("ck_statistic_value_when_ok")
        ),
        of_import("statistic"),
        sa.PrimaryKeyConstraint(
            "indicator", "period", "zone_kind", "zone", "edition", name=op.f("pk_statistic")
        ),
        schema="raw",
    )


def _create_observations() -> None:
    op.create_table(
        "theme",
        text("id"),
        text("collection", server_default="field"),
        sa.CheckConstraint("collection IN ('field', 'register')", name=op.f("ck_theme_collection")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme")),
        schema="raw",
    )
    op.create_table(
        "outing",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        required("import_id", sa.Integer()),
        required("row", sa.Integer()),
        text("outing"),
        required("date", sa.Date()),
        sa.Column("slot", sa.Text()),
        text("qpv"),
        text("edition"),
        sa.Column("duration_min", sa.Double()),
        sa.Column("workers", sa.Double()),
        sa.Column("nothing_to_report", sa.Boolean(), server_default="false", nullable=False),
        of_import("outing", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outing")),
        sa.UniqueConstraint("import_id", "row", name=op.f("uq_outing_import_id_row")),
        schema="raw",
    )
    op.create_index(op.f("ix_outing_qpv_date"), "outing", ["qpv", "date"], schema="raw")
    op.create_table(
        "observation",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        required("import_id", sa.Integer()),
        required("row", sa.Integer()),
        text("theme"),
        required("date", sa.Date()),
        text("precision"),
        sa.Column("count", sa.Integer(), server_default="1", nullable=False),
        sa.Column("outing", sa.Text()),
        geometry("POINT"),
        sa.CheckConstraint("precision IN ('day', 'month')", name=op.f("ck_observation_precision")),
        sa.CheckConstraint("count >= 0", name=op.f("ck_observation_count")),
        of_import("observation", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation")),
        sa.UniqueConstraint("import_id", "row", name=op.f("uq_observation_import_id_row")),
        schema="raw",
    )
    index_geometry("observation", "raw")
    op.create_table(
        "attachment",
        sa.Column("observation_id", sa.BigInteger(), nullable=False),
        text("edition"),
        required("in_force", sa.Boolean()),
        sa.Column("qpv", sa.Text()),
        sa.ForeignKeyConstraint(
            ["observation_id"],
            ["raw.observation.id"],
            name=op.f("fk_attachment_observation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("observation_id", "edition", name=op.f("pk_attachment")),
        schema="raw",
    )
    op.create_index(
        op.f("ix_attachment_edition_qpv"), "attachment", ["edition", "qpv"], schema="raw"
    )


def _create_releases() -> None:
    op.create_table(
        "release",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        required("released_on", sa.Date()),
        text("sha256"),
        sa.Column("rules", JSONB(), nullable=False),
        text("inputs", server_default=""),
        sa.Column("current", sa.Boolean(), server_default="false", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
        sa.UniqueConstraint("sha256", name=op.f("uq_release_sha256")),
        schema="published",
    )
    op.create_table(
        "layer",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        required("release_id", sa.Integer()),
        text("indicator"),
        text("period"),
        text("edition"),
        required("rank", sa.Integer()),
        text("rule"),
        sa.Column("fictitious", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("share_visible", sa.Double()),
        text("source"),
        sa.Column("description", JSONB(), nullable=False),
        text("sha256"),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["published.release.id"],
            name=op.f("fk_layer_release_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_layer")),
        sa.UniqueConstraint(
            "release_id",
            "indicator",
            "period",
            "edition",
            name=op.f("uq_layer_release_id_indicator_period_edition"),
        ),
        schema="published",
    )
    op.create_table(
        "cell",
        required("layer_id", sa.Integer()),
        text("zone_kind"),
        text("zone"),
        sa.Column("value", sa.Double()),
        text("status"),
        sa.Column("outings", sa.Integer()),
        sa.CheckConstraint(
            "(status = 'ok') = (value IS NOT NULL)", name=op.f("ck_cell_value_when_ok")
        ),
        sa.ForeignKeyConstraint(
            ["layer_id"],
            ["published.layer.id"],
            name=op.f("fk_cell_layer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("layer_id", "zone_kind", "zone", name=op.f("pk_cell")),
        schema="published",
    )
    op.create_table(
        "granularity",
        text("indicator"),
        text("edition"),
        text("qpv"),
        text("year"),
        text("level"),
        sa.PrimaryKeyConstraint("indicator", "edition", "qpv", "year", name=op.f("pk_granularity")),
        schema="published",
    )


def _create_published_contours() -> None:
    op.create_table(
        "boundary",
        text("edition"),
        text("code"),
        text("name"),
        sa.Column("commune", sa.Text()),
        text("department"),
        required("area_m2", sa.Double()),
        required("tolerance_m", sa.Double()),
        geometry("MULTIPOLYGON"),
        sa.PrimaryKeyConstraint("edition", "code", name=op.f("pk_boundary")),
        schema="published",
    )
    index_geometry("boundary", "published")
    op.create_table(
        "outline",
        text("kind"),
        text("vintage"),
        text("code"),
        text("name"),
        text("department"),
        required("tolerance_m", sa.Double()),
        geometry("MULTIPOLYGON"),
        sa.PrimaryKeyConstraint("kind", "vintage", "code", name=op.f("pk_outline")),
        schema="published",
    )
    index_geometry("outline", "published")
