"""The desk of the grids on a real PostGIS: what is written stays, and steps come in order."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest
from grids import DAY, ORGANISATIONS, TODAY, a_grid, an_item
from sqlalchemy import text
from visitors import signed, token_of, write_sites

from observatoire import backup, cluster, grid_desk
from observatoire.access import open_access
from observatoire.errors import ConflictError, NotFoundError, SchemaError, StoreError
from observatoire.grille import core_items
from observatoire.settings import Site


@pytest.fixture
def store(store):
    """The doors of the facilitator of the three sites."""
    write_sites(store)
    return signed(store)


LOIRE = Site("loire", "Loire", ("42",))
MOSELLE = Site("moselle", "Moselle", ("57",))


def agreed_version(store, site=LOIRE, items=None):
    """Write a version up to its agreement, one transaction for each step."""
    with store.desk() as desk:
        held = grid_desk.read_versions(desk, site.id)
        kept = grid_desk.succeed(desk, site) if held else grid_desk.begin(desk, site)
    with store.desk() as desk:
        kept = grid_desk.save(desk, kept, items or core_items(), "")
    with store.desk() as desk:
        kept = grid_desk.propose(desk, kept)
    with store.desk() as desk:
        return grid_desk.agree(desk, kept, ORGANISATIONS, DAY, TODAY)


def versions(store, site=None):
    with store.desk() as desk:
        return {one.grid.version: one for one in grid_desk.read_versions(desk, site)}


@contextmanager
def refused(code):
    with pytest.raises(psycopg.Error) as caught:
        yield
    assert caught.value.sqlstate == code


def test_a_version_goes_from_draft_to_superseded_and_every_step_is_kept(store):
    first = agreed_version(store)
    second = agreed_version(store, items=(*core_items(), an_item()))
    held = versions(store)
    assert held[1].grid == replace(first.grid, status="superseded")
    assert held[2].grid == second.grid
    assert (second.grid.supersedes, second.grid.agreed_on) == (1, DAY)
    assert second.grid.agreed_by == ORGANISATIONS
    with store.owner() as owner:
        steps = owner.execute(text("SELECT version, status FROM grids.step ORDER BY id")).all()
        assert [grid.version for grid in grid_desk.in_force(owner)] == [2]
    assert [tuple(step) for step in steps] == [
        (1, "draft"),
        (1, "draft"),
        (1, "proposed"),
        (1, "agreed"),
        (2, "draft"),
        (2, "draft"),
        (2, "proposed"),
        (1, "superseded"),
        (2, "agreed"),
    ]


def test_what_is_written_never_changes_whoever_asks(store, settings):
    agreed_version(store)
    urls = cluster.ready(settings)
    statements = (
        "UPDATE grids.step SET items = '[]'",
        "UPDATE grids.step SET status = 'draft', agreed_on = NULL, agreed_by = '[]'",
        "UPDATE grids.current SET reason = 'x'",
        "DELETE FROM grids.step",
        "DELETE FROM grids.step WHERE status = 'draft'",
        "TRUNCATE grids.step",
        "MERGE INTO grids.step s USING (SELECT 1) o ON true WHEN MATCHED THEN DELETE",
        "INSERT INTO grids.step (id, site, site_name, version, status, reason, items)"
        " OVERRIDING SYSTEM VALUE SELECT id, site, site_name, version, status, reason, items"
        " FROM grids.step LIMIT 1 ON CONFLICT (id) DO UPDATE SET reason = 'x'",
    )
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        before = owner.execute("SELECT * FROM grids.step ORDER BY id").fetchall()
        for statement in statements:
            with pytest.raises(psycopg.Error) as caught:
                owner.execute(statement)
            assert caught.value.sqlstate in ("OG004", "55000", "OG001"), statement
        assert owner.execute("SELECT * FROM grids.step ORDER BY id").fetchall() == before
    with psycopg.connect(urls.app, autocommit=True) as app:
        for statement in (*statements, "SELECT * FROM grids.step", "SELECT * FROM grids.current"):
            with refused("42501"):
                app.execute(statement)
        for statement in (
            "SELECT grids.expect('loire', 1, 0)",
            "CREATE FUNCTION desk.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "DROP FUNCTION desk.draft_grids()",
        ):
            with refused("42501"):
                app.execute(statement)


def a_step(**changes):
    values = {
        "site": "loire",
        "site_name": "Loire",
        "version": 1,
        "status": "draft",
        "supersedes": None,
        "reason": "",
        "items": '[{"code": "a", "label": "A", "direction": 0}]',
        "agreed_by": "[]",
        "agreed_on": None,
    } | changes
    names = ", ".join(values)
    marks = ", ".join(f"%({name})s" for name in values)
    return f"INSERT INTO grids.step ({names}) VALUES ({marks})", values


def test_the_database_judges_every_step_by_itself(store, settings):
    """Written by the owner, past all of our own code."""
    who = {"agreed_by": '["Ville fictive"]', "agreed_on": DAY}
    troubles = ", ".join(f'{{"code": "{c}", "label": "A", "direction": 1}}' for c in "bcdef")
    with psycopg.connect(cluster.ready(settings).owner, autocommit=True) as owner:

        def step(**changes):
            statement, values = a_step(**changes)
            owner.execute(statement, values)

        for wrong in ({"status": "proposed"}, {"version": 2}, {"status": "agreed", **who}):
            with refused("OG001"):
                step(**wrong)
        with refused("OG001"):
            step(version=2, supersedes=1)
        step(items="[]")
        with refused("OG003"):
            step(items="[]", status="proposed")
        with refused("OG001"):
            step(version=2)
        step(items=f"[{troubles}]")
        with refused("OG003"):
            step(items=f"[{troubles}]", status="proposed")
        with refused("OG004"):
            step(items=f"[{troubles}]", reason="Parce que.", status="proposed")
        for wrong in ("[1]", '[{"code": "a"}]', '[{"code": 1, "label": "A", "direction": 0}]'):
            step(items=wrong)
            with refused("OG003"):
                step(items=wrong, status="proposed")
        both = ", ".join(f'{{"code": "a", "label": "{label}", "direction": 0}}' for label in "AB")
        twice = f"[{both}]"
        step(items=twice)
        with refused("OG003"):
            step(items=twice, status="proposed")
        step()
        with refused("OG001"):
            step(status="agreed", **who)
        step(status="proposed")
        with refused("OG004"):
            step(status="agreed", reason="Autre chose", **who)
        with refused("OG003"):
            step(status="agreed", agreed_by='["  "]', agreed_on=DAY)
        for wrong in ({"agreed_by": "[]", "agreed_on": DAY}, {"agreed_by": '["Ville"]'}):
            with refused("23514"):
                step(status="agreed", **wrong)
        step(status="agreed", **who)
        with refused("OG001"):
            step()
        with refused("OG001"):
            step(status="superseded", **who)
        with refused("OG001"):
            step(version=2)  # it must say that it supersedes the version in force
        step(version=2, supersedes=1)
        step(version=2, supersedes=1, status="proposed")
        with refused("OG001"):
            step(version=2, supersedes=1, status="agreed", **who)
        step(status="superseded", **who)
        step(version=2, supersedes=1, status="agreed", **who)


def test_a_change_that_came_in_between_is_not_covered(store):
    with store.desk() as desk:
        mine = grid_desk.begin(desk, LOIRE, core_items())
    with store.desk() as desk:
        theirs = grid_desk.save(desk, mine, (an_item(),), "")
    for late in (
        lambda desk: grid_desk.save(desk, mine, (), ""),
        lambda desk: grid_desk.propose(desk, mine),
    ):
        with pytest.raises(ConflictError, match="stale"), store.desk() as desk:
            late(desk)
    assert versions(store)[1] == theirs


def test_of_two_who_begin_at_once_one_is_refused(store):
    ready, done = threading.Barrier(2), []

    def begin():
        with store.desk() as desk:
            desk.execute(text("SELECT 1"))
            ready.wait(timeout=120)
            try:
                done.append(grid_desk.begin(desk, LOIRE, core_items()).step)
            except ConflictError as refusal:
                done.append(refusal.user)

    both = [threading.Thread(target=begin) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(type(one).__name__ for one in done) == ["int", "str"]
    assert len(versions(store)) == 1


def test_sites_do_not_wait_for_each_other_nor_share_numbers(store):
    agreed_version(store, LOIRE)
    agreed_version(store, LOIRE)
    agreed_version(store, MOSELLE)
    with store.owner() as owner:
        found = {grid.site: grid.version for grid in grid_desk.in_force(owner)}
    assert found == {"loire": 2, "moselle": 1}


def test_a_document_is_taken_in_up_to_the_status_it_claims_and_once(store):
    document = a_grid(status="agreed", agreed_by=ORGANISATIONS, agreed_on=DAY)
    with store.desk() as desk:
        first = grid_desk.take_in(desk, LOIRE, document, TODAY)
    with store.desk() as desk:
        again = grid_desk.take_in(desk, LOIRE, document, TODAY)
    assert first.grid == document
    assert again == first
    with pytest.raises(ConflictError), store.desk() as desk:
        grid_desk.take_in(desk, LOIRE, replace(document, items=(an_item(),)), TODAY)
    with store.desk() as desk:
        following = replace(document, version=0, items=(an_item(),), status="draft")
        made = grid_desk.take_in(desk, LOIRE, replace(following, agreed_on=None), TODAY)
    assert (made.grid.version, made.grid.status, made.grid.supersedes) == (2, "draft", 1)


def test_a_document_with_faults_leaves_nothing_half_written(store):
    document = a_grid(items=(an_item(direction=1),), status="proposed")
    with pytest.raises(SchemaError), store.desk() as desk:
        grid_desk.take_in(desk, LOIRE, document, TODAY)
    with pytest.raises(SchemaError), store.desk() as desk:
        grid_desk.begin(desk, LOIRE, (an_item(label="a\0b"),))
    assert versions(store) == {}


def test_a_version_that_is_not_there_is_said_so(store):
    with pytest.raises(NotFoundError), store.desk() as desk:
        grid_desk.find_version(desk, "loire")
    agreed_version(store)
    with pytest.raises(NotFoundError), store.desk() as desk:
        grid_desk.find_version(desk, "loire", 7)


def test_reading_drafts_is_asked_for(store):
    with store.desk() as desk:
        grid_desk.begin(desk, LOIRE, core_items())
    with store.session() as session:
        assert grid_desk.in_force(session) == []
        assert session.execute(text("SELECT count(*) FROM desk.shared_grids()")).scalar() == 0
        assert session.execute(text("SELECT count(*) FROM desk.draft_grids()")).scalar() == 1


def test_a_session_that_reads_does_not_write(store):
    with pytest.raises(StoreError), store.session() as session:
        grid_desk.begin(session, LOIRE)
    assert versions(store) == {}


def test_grids_and_their_rules_come_back_from_a_backup(store, settings, tmp_path, used):
    first = agreed_version(store)
    backup.write_backup(settings, tmp_path / "copy")
    own = replace(settings, home=used, database_url=None, app_database_url=None)
    backup.restore_backup(own, tmp_path / "copy")
    access = open_access(own, writes=True)
    try:
        assert versions(access)[1].grid == first.grid
        with pytest.raises(StoreError), access.owner() as owner:
            owner.execute(text("DELETE FROM grids.step"))
        with pytest.raises(StoreError), access.desk() as desk:
            desk.execute(text("SELECT grids.expect('loire', 1, 0)"))
        again = access.signed(token_of(access, "facilitator-3"))
        assert agreed_version(again).grid.version == 2
    finally:
        access.close()
