"""The sharing agreement of each site, the entries of the teams, and who reads what."""

from alembic import op

from observatoire.store.migrations.statements import close_functions, run_file

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_DESK = (
    "agree_agreement(text, integer, jsonb, date, bigint)",
    "agreements()",
    "audience()",
    "draft_agreement(text, text, integer, jsonb, boolean, bigint)",
    "import_outing(jsonb)",
    "journal(date)",
    "keep_outing(jsonb)",
    "may_read(text, text, text)",
    "meetings(text)",
    "note(text, text, text)",
    "note_meeting(text, date)",
    "propose_agreement(text, integer, bigint)",
    "shared_observations()",
    "sign_agreement(text, integer, bigint)",
    "signatures(text, integer)",
    "site_quarters(text)",
    "suspend(text, boolean)",
    "suspensions()",
    "widen_agreement(text, date, text)",
    "widenings(text)",
    "withdraw_outing(uuid)",
)


def upgrade() -> None:
    """Apply."""
    run_file("0005_sharing.sql")
    close_functions("people", "desk", "grids", "agreements", "capture", "audit")


def downgrade() -> None:
    """Take back: what was entered is lost, and grids are written by whoever opens the app."""
    for policy, table in (("agreed", "cell"), ("agreed", "layer"), ("owned", "granularity")):
        op.execute(f"DROP POLICY {policy} ON published.{table}")
        op.execute(f"ALTER TABLE published.{table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE published.{table} DISABLE ROW LEVEL SECURITY")
    op.execute("DELETE FROM published.layer WHERE site <> ''")
    name = "uq_layer_release_id_indicator_period_edition"
    op.execute(f"ALTER TABLE published.layer DROP CONSTRAINT {name}_site")
    op.execute("ALTER TABLE published.layer DROP COLUMN site, DROP COLUMN agreed")
    op.create_unique_constraint(
        op.f(name), "layer", ["release_id", "indicator", "period", "edition"], schema="published"
    )
    for function in _DESK:
        op.execute(f"DROP FUNCTION desk.{function} CASCADE")
    run_file("0005_back.sql")
    op.execute(
        "DROP SCHEMA capture CASCADE; DROP SCHEMA agreements CASCADE; DROP SCHEMA audit CASCADE"
    )
