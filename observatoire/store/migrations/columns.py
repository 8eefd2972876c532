"""What migrations write often. They are history: add here, never change."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry


def required(name: str, kind: sa.types.TypeEngine[Any], **options: Any) -> sa.Column[Any]:
    """Return a column that is never null."""
    return sa.Column(name, kind, nullable=False, **options)


def text(name: str, **options: Any) -> sa.Column[Any]:
    """Return a text column that is never null."""
    return required(name, sa.Text(), **options)


def of_import(table: str, **options: Any) -> sa.ForeignKeyConstraint:
    """Return the constraint that each row comes from an imported file."""
    name = op.f(f"fk_{table}_import_id")
    return sa.ForeignKeyConstraint(["import_id"], ["raw.import_file.id"], name=name, **options)


def geometry(kind: str) -> sa.Column[Any]:
    """Return the geometry column, in WGS 84; its index is made beside."""
    column = Geometry(geometry_type=kind, srid=4326, spatial_index=False)
    return sa.Column("geometry", column, nullable=False)


def index_geometry(table: str, schema: str) -> None:
    """Make the spatial index of a table."""
    op.create_index(
        f"idx_{table}_geometry", table, ["geometry"], schema=schema, postgresql_using="gist"
    )
