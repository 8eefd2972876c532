"""Alembic's environment: it is always handed an open connection by `store.schema.migrate`."""

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import text

from observatoire.store.tables import RAW, metadata

# The revision is kept with our own tables: `public` holds PostGIS and nothing else.
context.config.attributes["connection"].execute(text(f"CREATE SCHEMA IF NOT EXISTS {RAW}"))
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_schemas=True,
    version_table_schema=RAW,
    include_object=alembic_helpers.include_object,
    process_revision_directives=alembic_helpers.writer,
    render_item=alembic_helpers.render_item,
)
with context.begin_transaction():
    context.run_migrations()
