"""What an account might gain by the desk with values that no page sends: nothing."""

from __future__ import annotations

import json
import uuid
from datetime import date, timedelta

import psycopg
import pytest
from entry_town import make_town
from sqlalchemy import text
from test_capture import agree, entry
from visitors import account, signed, token_of

from observatoire import cluster, protocole_desk
from observatoire.capture import Entries
from observatoire.errors import AccessError, ConflictError, NotFoundError, StoreError
from observatoire.protocole import Share, Terms
from observatoire.store import captured

TODAY = date.today()
TEAM, OTHER, CITY = "Équipe A", "Équipe B", "Ville"
LOIRE = ("loire",)
SHARES = (Share("delegate", rhythm="now"),)


@pytest.fixture
def town(store, settings):
    items = make_town(store, settings)
    account(store, "team-a", "street_team", TEAM, LOIRE)
    return store, settings, items


def signed_by_both(store, settings):
    """Propose an agreement, have the team and the city sign it; return it with the city's door."""
    leader = signed(store, "team_leader", sites=LOIRE, organisation=TEAM)
    city = signed(store, "delegate", sites=LOIRE, organisation=CITY)
    with city.desk() as desk:
        kept = protocole_desk.draft(desk, settings.site("loire"), Terms(shares=SHARES))
        kept = protocole_desk.propose(desk, kept)
    for door in (city, leader):
        with door.desk() as desk:
            protocole_desk.sign(desk, kept)
    return kept, city, leader


def test_an_agreement_is_not_dated_back_to_open_what_was_seen_before(town):
    """A partner who brings it into force would open alone what `widen` asks of a team."""
    store, settings, _ = town
    kept, city, _ = signed_by_both(store, settings)
    for days in (2, 30, 9000):
        with pytest.raises(ConflictError), city.desk() as desk:
            protocole_desk.agree(desk, kept, TODAY - timedelta(days=days))
    with city.desk() as desk:
        assert protocole_desk.agree(desk, kept, TODAY).agreement.agreed_on == TODAY


def test_only_the_leader_of_a_team_that_is_party_to_it_widens_an_agreement(town):
    store, settings, _ = town
    kept, city, leader = signed_by_both(store, settings)
    with city.desk() as desk:
        protocole_desk.agree(desk, kept, TODAY)
    stranger = signed(store, "team_leader", sites=LOIRE, organisation=OTHER, login="stranger")
    for door in (city, stranger):
        with pytest.raises(AccessError), door.desk() as desk:
            protocole_desk.widen(desk, "loire", date(2020, 1, 1), "seul")
    with leader.desk() as desk:
        protocole_desk.widen(desk, "loire", date(2020, 1, 1), "dit en réunion")


NO_STEP = [
    "propose_agreement('loire', 1, NULL)",
    "draft_agreement('loire', 'Loire', 1, '{}', false, NULL)",
    "propose_grid('loire', 1, NULL)",
    "agree_grid('loire', 1, '[\"X\"]', CURRENT_DATE, NULL)",
]


def test_a_writer_who_names_no_step_has_seen_none(town):
    store, settings, _ = town
    city = signed(store, "delegate", sites=LOIRE, organisation=CITY)
    with city.desk() as desk:
        protocole_desk.draft(desk, settings.site("loire"), Terms(shares=SHARES))
    with psycopg.connect(cluster.ready(settings).app) as door:
        for call in NO_STEP:
            door.execute("SELECT desk.enter(%s)", [city.token])
            with pytest.raises(psycopg.Error) as caught:
                door.execute(f"SELECT desk.{call}")
            assert caught.value.sqlstate in ("OA002", "OG002"), call
            door.rollback()


# Made of a moment and a machine (1, 6), of a moment (7), of a name (3, 5): none is random.
TELLING = [uuid.uuid1(), uuid.uuid3(uuid.NAMESPACE_DNS, "x"), uuid.uuid5(uuid.NAMESPACE_DNS, "x")]
TELLING += [uuid.UUID(f"0193750e-8c2a-{version}d2c-9b6f-3a1c52c1a7aa") for version in (6, 7, 8)]
TELLING += [uuid.UUID("0193750e-8c2a-4d2c-1b6f-3a1c52c1a7aa"), uuid.UUID(int=0)]


def test_an_identifier_that_says_when_it_was_made_is_refused_by_the_database_too(town):
    store, settings, items = town
    agree(store, settings, Terms(shares=SHARES))
    door = store.signed(token_of(store, "team-a"))
    wrong = [
        changes
        for one in map(str, TELLING)
        for changes in ({"id": one}, {"seen": [{**_seen(items), "id": one}]})
    ]
    for changes in wrong:
        made = entry("QP042001", items[0]) | changes
        with pytest.raises(StoreError), door.desk() as desk:
            captured.keep_outing(desk, made, imported=False)
    with store.owner() as owner:
        assert owner.execute(text("SELECT count(*) FROM capture.outing")).scalar() == 0


def _seen(items):
    return entry("QP042001", items[0])["seen"][0]


def test_an_account_takes_back_or_corrects_entries_of_its_own_sites_alone(town):
    store, settings, items = town
    agree(store, settings, Terms(shares=SHARES))
    agree(store, settings, Terms(shares=SHARES), site="moselle")
    desk, here = Entries(settings, store), token_of(store, "team-a")
    made = entry("QP042001", items[0])
    desk.keep(here, made)
    account(store, "team-a-moselle", "team_leader", TEAM, ("moselle",))
    there = token_of(store, "team-a-moselle")
    with pytest.raises(NotFoundError):
        desk.withdraw(there, made["id"])
    again = entry("QP057001", corrects=made["id"])
    with pytest.raises(NotFoundError):
        desk.keep(there, again)
    assert [one["id"] for one in desk.recent(here)] == [made["id"]]
    desk.withdraw(here, made["id"])


def test_an_account_of_no_site_is_not_made(town):
    store, settings, _ = town
    keeper = signed(store, "administrator", sites=LOIRE)
    with psycopg.connect(cluster.ready(settings).app) as door:
        for sites in ("NULL", "'{}'", "ARRAY[NULL]", "ARRAY['loire', NULL]", "ARRAY['loire','x']"):
            door.execute("SELECT desk.enter(%s)", [keeper.token])
            call = (
                f"SELECT desk.create_account('someone', 'delegate', 'X', {sites}, %s, '{{}}', %s)"
            )
            with pytest.raises(psycopg.Error) as caught:
                door.execute(call, [b"s" * 16, b"v" * 32])
            assert caught.value.sqlstate in ("OP002", "OP003"), sites
            door.rollback()


# What the app's role may select from, and why that is no more than its visitor may read.
READABLE = {
    "published.release": "hashes and the day of a release",
    "published.boundary": "official perimeters",
    "published.outline": "official outlines",
    "published.layer": "row-level security: `may_read`, `may_read_squares`",
    "published.cell": "row-level security: that of its layer",
    "published.granularity": "row-level security: no row",
    "capture.outing": "row-level security: one's own team",
    "capture.observation": "row-level security: that of its outing",
    "capture.words": "row-level security: that of its observation",
    "capture.closed": "row-level security: one's own team",
}


def test_what_the_app_may_select_from_is_known_and_under_policies(settings):
    urls = cluster.ready(settings)
    with psycopg.connect(urls.app) as door:
        found = door.execute(
            "SELECT c.oid::regclass::text, c.relrowsecurity FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN"
            " ('pg_catalog', 'information_schema', 'public')"
            " AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')"
        ).fetchall()
        assert {name for name, _ in found} == set(READABLE), "say why its visitor may read it"
        for name, under_policies in found:
            assert under_policies == ("row-level" in READABLE[name]), name
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO published.granularity VALUES ('terrain.x', '2015', 'q', '2023', 'month')"
        )
    with psycopg.connect(urls.app) as door:
        assert door.execute("SELECT count(*) FROM published.granularity").fetchone() == (0,)


def test_nothing_set_in_a_session_makes_anybody_of_a_pooled_connection(town):
    """The app's own pool, with its own way of ending a session, whatever was set in it."""
    store, settings, _ = town
    door = store.signed(token_of(store, "team-a"))
    forged = ("SET observatoire.me = '{}'", "SELECT set_config('observatoire.me', '{}', false)")
    me = text("SELECT desk.me(), pg_backend_pid(), current_setting('observatoire.me', true)")
    with psycopg.connect(cluster.ready(settings).app) as other:
        for statement in forged:
            with door.session() as session:
                mine, _, said = session.execute(me).one()
                assert mine is not None
                session.execute(text(statement.format(said)))
            with store.session() as session:
                assert session.execute(me).one()[0] is None
            with door.session() as session:
                _, _, said = session.execute(me).one()
                # the same sealed words in another process, while they still hold in this one
                other.execute(statement.format(said))
                assert other.execute("SELECT desk.me()").fetchone() == (None,)
                assert other.execute("SELECT * FROM capture.outing").fetchall() == []
                other.rollback()


def test_another_account_is_not_made_of_a_seal_by_changing_its_name(town):
    """The seal covers the account: one character more, or another's, is nobody's."""
    store, settings, _ = town
    account(store, "team-b", "street_team", OTHER, LOIRE)
    with psycopg.connect(cluster.ready(settings).app) as door:
        door.execute("SELECT desk.enter(%s)", [token_of(store, "team-b")])
        (theirs,) = door.execute("SELECT desk.me()").fetchone()
        door.execute("SELECT desk.enter(%s)", [token_of(store, "team-a")])
        (said,) = door.execute("SELECT current_setting('observatoire.me')").fetchone()
        mine, moment, seal = said.split("/")
        for forged in (
            f"{theirs}/{moment}/{seal}",
            f"{mine}/{moment}/{seal[:-1]}",
            f"{mine}/{moment}/{seal}0",
            f"{mine}/{moment}1/{seal}",
            f"{mine}/{moment}",
            f"{mine}//{seal}",
            f"{theirs}/{moment}/",
            json.dumps({"me": str(theirs)}),
        ):
            door.execute("SELECT set_config('observatoire.me', %s, true)", [forged])
            assert door.execute("SELECT desk.me()").fetchone() == (None,), forged
        door.execute("SELECT set_config('observatoire.me', %s, true)", [said])
        assert door.execute("SELECT desk.me()").fetchone() == (uuid.UUID(mine),)
