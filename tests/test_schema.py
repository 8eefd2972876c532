"""The schema: what the migrations make is what the tables say, and only once."""

from __future__ import annotations

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from geoalchemy2 import alembic_helpers
from sqlalchemy import text

from observatoire import cluster
from observatoire.errors import StoreError
from observatoire.store import roles, schema
from observatoire.store.engine import open_engine
from observatoire.store.tables import metadata

SCHEMAS = tuple(sorted({str(table.schema) for table in metadata.tables.values()}))


def _ours(name, kind, parents):
    if kind == "schema":
        return name in SCHEMAS
    return not (kind == "table" and name == "alembic_version")


def test_the_migrated_schema_is_the_one_of_the_tables(store):
    with store.owner() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": _ours,
                "include_object": alembic_helpers.include_object,
                "compare_type": True,
                "compare_server_default": True,
            },
        )
        assert compare_metadata(context, metadata) == []


def test_checks_and_spatial_indexes_are_all_there(store):
    """What the comparison above does not look at."""
    with store.owner() as connection:
        checks = set(
            connection.execute(
                text(
                    "SELECT connamespace::regnamespace::text || '.' || conname"
                    " FROM pg_constraint WHERE contype = 'c'"
                    " AND connamespace::regnamespace::text = ANY(:schemas)"
                ),
                {"schemas": list(SCHEMAS)},
            ).scalars()
        )
        gist = set(
            connection.execute(
                text(
                    "SELECT schemaname || '.' || tablename FROM pg_indexes"
                    " WHERE indexdef LIKE '%USING gist (geometry)%'"
                )
            ).scalars()
        )
    wanted = {
        f"{table.schema}.{constraint.name}"
        for table in metadata.tables.values()
        for constraint in table.constraints
        if type(constraint).__name__ == "CheckConstraint"
    }
    assert checks == wanted != set()
    assert gist == {str(table) for table in metadata.tables.values() if "geometry" in table.columns}


def test_the_head_read_from_the_files_is_the_one_alembic_follows(store):
    config = Config()
    config.set_main_option("script_location", str(schema._folder()))
    script = ScriptDirectory.from_config(config)
    assert script.get_current_head() == schema.head_revision()
    assert {one.revision for one in script.walk_revisions()} == set(schema.revisions())


def test_a_second_migration_does_nothing(settings):
    owner = open_engine(cluster.ready(settings).owner)
    assert not schema.migrate(owner)
    owner.dispose()


def test_the_first_migration_can_be_taken_back_and_done_again(settings):
    from alembic import command

    owner = open_engine(cluster.ready(settings).owner)
    config = Config()
    config.set_main_option("script_location", str(schema._folder()))
    with owner.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with owner.begin() as connection:
        left = text("SELECT count(*) FROM pg_tables WHERE schemaname = ANY(:schemas)")
        found = connection.execute(left, {"schemas": list(SCHEMAS)})
        assert found.scalar() == 1  # alembic's own
    assert schema.migrate(owner)
    owner.dispose()


def test_a_database_of_a_newer_version_is_left_alone(settings):
    urls = cluster.ready(settings)
    with psycopg.connect(urls.owner) as connection:
        connection.execute("UPDATE raw.alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError) as caught:
        cluster.ready(settings)
    assert "plus récente" in caught.value.user


def test_public_holds_postgis_and_nothing_of_ours(store):
    with store.owner() as connection:
        owned = text(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND pg_get_userbyid(relowner) = :owner"
        )
        assert connection.execute(owned, {"owner": roles.OWNER}).scalar() == 0
