"""Rows of imported files that are older than agreed are gone; nothing else is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from test_capture import SHARES, TODAY, agree, furnish

from observatoire.protocole import Terms
from observatoire.store.expiry import Expired, expire

OLD, RECENT = TODAY - timedelta(days=400), TODAY - timedelta(days=300)
HERE, OTHER_SITE, NOWHERE = "QP042001", "QP02B001", None


@pytest.fixture
def loire(store, settings):
    """A store where the Loire keeps a year, and the others have no agreement."""
    furnish(store, settings)
    agree(store, settings, Terms(shares=SHARES, retention_months=12))
    return store


def row(owner, *, day, qpv, collection="field", fictitious=False):
    """Write one imported observation and one outing; return the file's number."""
    theme = f"{collection}_theme"
    owner.execute(
        text("INSERT INTO raw.theme VALUES (:t, :c) ON CONFLICT DO NOTHING"),
        {"t": theme, "c": collection},
    )
    file = owner.execute(
        text(
            "INSERT INTO raw.import_file (kind, sha256, file_name, imported_on, read, accepted,"
            " fictitious) VALUES ('observations', gen_random_uuid()::text, 'f', :day, 1, 1, :f)"
            " RETURNING id"
        ),
        {"day": TODAY, "f": fictitious},
    ).scalar_one()
    made = owner.execute(
        text(
            "INSERT INTO raw.observation (import_id, row, theme, date, precision, geometry)"
            " VALUES (:file, 1, :t, :day, 'day', ST_SetSRID(ST_MakePoint(4.4, 45.4), 4326))"
            " RETURNING id"
        ),
        {"file": file, "t": theme, "day": day},
    ).scalar_one()
    owner.execute(
        text("INSERT INTO raw.attachment VALUES (:id, '2015', true, :qpv)"),
        {"id": made, "qpv": qpv},
    )
    owner.execute(
        text(
            "INSERT INTO raw.outing (import_id, row, outing, date, qpv, edition)"
            " VALUES (:file, 1, 'o', :day, :qpv, '2015')"
        ),
        {"file": file, "day": day, "qpv": qpv or ""},
    )
    return file


def left(owner):
    return {
        table: set(owner.execute(text(f"SELECT import_id FROM raw.{table}")).scalars())
        for table in ("observation", "outing")
    }


def test_field_rows_of_a_site_go_after_the_time_its_agreement_says(loire):
    with loire.owner() as owner:
        old, recent = row(owner, day=OLD, qpv=HERE), row(owner, day=RECENT, qpv=HERE)
        assert expire(owner, TODAY) == Expired(0, 1, 1)
        assert left(owner) == {"observation": {recent}, "outing": {recent}}
        assert old != recent
        assert owner.execute(text("SELECT count(*) FROM raw.attachment")).scalar_one() == 1
        assert expire(owner, TODAY) == Expired(0, 0, 0)


def test_where_no_agreement_holds_rows_go_with_the_last_that_one_keeps(loire):
    with loire.owner() as owner:
        row(owner, day=OLD, qpv=OTHER_SITE)
        row(owner, day=OLD, qpv=NOWHERE)
        kept = row(owner, day=RECENT, qpv=NOWHERE)
        assert expire(owner, TODAY) == Expired(0, 2, 2)
        assert left(owner)["observation"] == {kept}


def test_registers_and_invented_rows_stay(loire):
    with loire.owner() as owner:
        register = row(owner, day=OLD, qpv=HERE, collection="register")
        invented = row(owner, day=OLD, qpv=HERE, fictitious=True)
        expire(owner, TODAY)
        assert left(owner)["observation"] == {register, invented}


def test_without_any_agreement_nothing_is_deleted(store, settings):
    furnish(store, settings)
    with store.owner() as owner:
        kept = row(owner, day=OLD, qpv=HERE)
        assert expire(owner, TODAY) == Expired(0, 0, 0)
        assert left(owner)["observation"] == {kept}
