"""The two doors of the store: what each opens, what it leaves behind, what it says when refused."""

from __future__ import annotations

import traceback

import pytest
from sqlalchemy import text

from observatoire import cluster
from observatoire.access import open_access
from observatoire.errors import StoreError
from observatoire.settings import Settings


def test_the_app_cannot_read_raw(store):
    with pytest.raises(StoreError), store.session() as session:
        session.execute(text("SELECT count(*) FROM raw.observation"))


def test_the_app_can_write_nothing_even_of_its_own(store):
    for statement in ("DELETE FROM published.cell", "CREATE TEMPORARY TABLE mine (x int)"):
        with pytest.raises(StoreError), store.session() as session:
            session.execute(text(statement))


def test_what_the_owner_began_is_kept_whole_or_not_at_all(store):
    count = text("SELECT count(*) FROM raw.theme")
    insert = text("INSERT INTO raw.theme VALUES (:name, 'field')")
    with pytest.raises(StoreError), store.owner() as owner:
        owner.execute(insert, [{"name": "a"}, {"name": "b"}, {"name": "a"}])
    with store.owner() as owner:
        assert owner.execute(count).scalar() == 0
        owner.execute(insert, {"name": "a"})
    with store.owner() as owner:
        assert owner.execute(count).scalar() == 1


def test_a_refused_row_is_never_quoted(store):
    for words in (
        {"id": "pelargonium", "collection": "pelargonium"},  # a check
        {"id": "pelargonium", "collection": None},  # a null
    ):
        with pytest.raises(StoreError) as caught, store.owner() as owner:
            owner.execute(text("INSERT INTO raw.theme VALUES (:id, :collection)"), words)
        assert "pelargonium" not in "".join(traceback.format_exception(caught.value))
        assert "SQLSTATE 23" in caught.value.message
        assert caught.value.user
        assert caught.value.remedy


def test_a_text_that_is_no_number_is_never_quoted(store):
    with pytest.raises(StoreError) as caught, store.owner() as owner:
        owner.execute(text("SELECT CAST(:typed AS int)"), {"typed": "pelargonium"})
    assert "pelargonium" not in "".join(traceback.format_exception(caught.value))


def test_an_app_without_the_owner_s_door_cannot_write(settings):
    access = open_access(settings)
    with pytest.raises(StoreError, match="owner's door"), access.owner():
        pass
    access.close()


def test_nothing_set_in_a_session_is_left_to_the_next(settings):
    access = open_access(settings)  # pooled: the same connection serves again
    ask = text("SELECT pg_backend_pid(), current_setting('app.who', true)")
    with access.session() as session:
        session.execute(text("SET app.who = 'marie'"))
        first = session.execute(ask).one()
    with access.session() as session:
        second = session.execute(ask).one()
    access.close()
    assert first[0] == second[0]
    assert first[1] == "marie"
    assert not second[1]


def test_the_doors_do_not_show_their_passwords(store, settings):
    assert "password" not in repr(store)
    urls = cluster.ready(settings)
    assert "@" not in repr(urls)


def test_a_store_that_went_away_is_said_and_comes_back(used):
    settings = Settings(home=used, data=used)
    access = open_access(settings)
    with access.session() as session:
        session.execute(text("SELECT 1"))
    cluster.stop(settings)
    with pytest.raises(StoreError) as caught, access.session():
        pass
    assert "ne répond pas" in caught.value.user
    cluster.ready(settings)
    with access.session() as session:  # the same doors, without opening the app again
        assert session.execute(text("SELECT 1")).scalar() == 1
    access.close()
