"""Accounts and sessions on a real PostGIS: proved at each transaction, ended at once."""

from __future__ import annotations

import dataclasses

import psycopg
import pytest
from sqlalchemy import text
from visitors import PASSWORD, account, signed, token_of, write_sites

from observatoire import accounts, cluster, passwords
from observatoire.access import Visitor
from observatoire.errors import (
    AccessError,
    ConflictError,
    SchemaError,
    SignInError,
    StoreError,
)
from observatoire.labels import read_words
from observatoire.store import people

LOIRE = ("loire",)


@pytest.fixture
def town(store):
    write_sites(store, {"QP042001": "loire"})
    return store


def create(store, login="anna", role="delegate", sites=LOIRE):
    with store.owner() as owner:
        return accounts.create_account(
            owner, login, role=role, organisation="Préfecture", sites=sites
        )


def test_an_account_is_nobody_until_its_password_is_its_own(town):
    made = create(town, role="team_leader")
    door = town.signed(accounts.sign_in(town, "anna", made.password))
    who = door.visitor()
    assert (who.login, who.role, who.must_change) == ("anna", "team_leader", True)
    with pytest.raises(AccessError), door.desk() as desk:
        desk.execute(text("SELECT desk.note_meeting('loire', CURRENT_DATE)"))
    with door.session() as session:
        assert session.execute(text("SELECT desk.my_role()")).scalar() == "public"
    accounts.change_password(door, "anna", made.password, "une autre phrase longue")
    assert not door.visitor().must_change
    with door.desk() as desk:
        desk.execute(text("SELECT desk.note_meeting('loire', CURRENT_DATE)"))


def test_a_wrong_password_and_an_unknown_login_are_told_alike(town):
    create(town)
    said = set()
    for login, password in (("anna", "x" * 20), ("nobody-here", "x" * 20), ("ANNA", "y" * 20)):
        with pytest.raises(AccessError) as caught:
            accounts.sign_in(town, login, password)
        said.add(caught.value.user)
    assert len(said) == 1
    with town.session() as session:
        salts = [
            bytes(
                session.execute(text("SELECT salt FROM desk.login_salt(:l)"), {"l": login}).scalar()
            )
            for login in ("nobody-here", "nobody-here", "nobody-there")
        ]
    assert salts[0] == salts[1] != salts[2]
    assert len(salts[0]) == 16


def test_five_failures_lock_an_account_and_an_administrator_opens_it(town):
    account(town, "bob", "delegate", "Préfecture", LOIRE)
    for _ in range(5):
        with pytest.raises(AccessError, match="refused"):
            accounts.sign_in(town, "bob", "mauvais mot de passe")
    with pytest.raises(AccessError, match="locked"):
        accounts.sign_in(town, "bob", PASSWORD)
    keeper = signed(town, "administrator", sites=LOIRE)
    with keeper.desk() as desk:
        accounts.set_account(desk, "bob", active=True)
    assert accounts.sign_in(town, "bob", PASSWORD)


def test_signing_out_closing_and_resetting_end_a_session_at_its_next_act(town):
    account(town, "carla", "delegate", "Préfecture", LOIRE)
    keeper = signed(town, "administrator", sites=LOIRE)
    doors = [town.signed(token_of(town, "carla")) for _ in range(3)]
    assert {door.visitor().login for door in doors} == {"carla"}
    accounts.sign_out(town, doors[0].token)
    with pytest.raises(SignInError), doors[0].session():
        pass
    with keeper.desk() as desk:
        accounts.reset_password(desk, "carla")
    for door in doors:
        with pytest.raises(SignInError):
            door.visitor()
    with pytest.raises(AccessError):
        accounts.sign_in(town, "carla", PASSWORD)
    account(town, "dora", "delegate", "Préfecture", LOIRE)
    last = town.signed(token_of(town, "dora"))
    with keeper.desk() as desk:
        accounts.set_account(desk, "dora", active=False)
    with pytest.raises(SignInError):
        last.visitor()


@pytest.mark.parametrize("token", ["", "x", "a" * 500, "'; DROP TABLE people.token; --", "é\u0301"])
def test_a_token_that_nobody_holds_opens_nothing(town, token):
    door = dataclasses.replace(town, token=token or None)
    if token:
        with pytest.raises(SignInError):
            door.visitor()
    else:
        assert door.visitor().is_public


@pytest.mark.parametrize(
    "role",
    ["street_team", "team_leader", "service", "delegate", "geographer", "copilot", "facilitator"],
)
def test_only_an_administrator_keeps_accounts_and_only_of_his_sites(town, role):
    door = signed(town, role, sites=LOIRE)
    made = passwords.new_verifier("une phrase assez longue")
    values = {"s": made.salt, "v": made.verifier, "c": '{"time": 1}'}
    call = text(
        "SELECT desk.create_account('eve', 'administrator', 'X', ARRAY['loire'], :s,"
        " CAST(:c AS jsonb), :v)"
    )
    for statement in (
        call,
        text("SELECT desk.set_account('nobody', true)"),
        text("SELECT * FROM desk.accounts()"),
        text("SELECT desk.reset_password('x', :s, CAST(:c AS jsonb), :v)"),
    ):
        with pytest.raises(AccessError), door.desk() as desk:
            desk.execute(statement, {k: v for k, v in values.items() if f":{k}" in str(statement)})
    if role != "street_team":
        return
    keeper = signed(town, "administrator", sites=LOIRE)
    with pytest.raises(AccessError), keeper.desk() as desk:
        accounts.create_account(desk, "zoe", role="delegate", organisation="X", sites=("moselle",))
    account(town, "far", "delegate", "X", ("moselle",))
    with pytest.raises(AccessError), keeper.desk() as desk:
        accounts.set_account(desk, "far", active=False)
    with keeper.desk() as desk:
        assert {one["login"] for one in accounts.list_accounts(desk)} >= {keeper.visitor().login}
        assert "far" not in {one["login"] for one in accounts.list_accounts(desk)}


@pytest.mark.parametrize(
    ("login", "role", "sites"),
    [
        ("ab", "delegate", LOIRE),
        ("a b c", "delegate", LOIRE),
        ("anna'--", "delegate", LOIRE),
        ("anna", "emperor", LOIRE),
        ("anna", "delegate", ()),
        ("anna", "delegate", ("paris",)),
    ],
)
def test_an_account_that_makes_no_sense_is_refused(town, login, role, sites):
    with pytest.raises((ConflictError, SchemaError)):
        create(town, login, role, sites)
    # The base refuses by itself what did not come through there.
    made = passwords.new_verifier("une phrase assez longue")
    given = {"salt": made.salt, "cost": made.cost, "verifier": made.verifier}
    given |= {"role": role, "organisation": "Préfecture", "sites": sites}
    with pytest.raises((ConflictError, StoreError)), town.owner() as owner:
        people.create_account(owner, login, **given)
    with town.owner() as owner:
        assert accounts.list_accounts(owner) == []


def test_short_passwords_are_refused(town):
    for bad in ("", "court", "x" * 201):
        with pytest.raises(AccessError):
            passwords.new_verifier(bad)
    given = {passwords.provisional_password() for _ in range(50)}
    assert len(given) == 50
    assert {len(one) for one in given} == {24}


def test_the_store_holds_neither_password_nor_token_nor_argon2_hash(town, settings):
    made = create(town)
    token = accounts.sign_in(town, "anna", made.password)
    with psycopg.connect(cluster.ready(settings).owner) as owner:
        salt, kept = owner.execute("SELECT salt, verifier FROM people.account").fetchone()
        hashed = passwords.hash_password(made.password, salt, passwords.COST)
        rows = owner.execute(
            "SELECT row(a.*)::text, row(t.*)::text FROM people.account a, people.token t"
        ).fetchone()
        ends = owner.execute("SELECT extract(epoch FROM ends_at) FROM people.token").fetchone()
    assert kept != hashed
    for secret in (made.password, token, hashed.hex()):
        assert all(secret not in row for row in rows)
    assert float(ends[0]) % 3600 == 0, "a token tells no minute"
    with pytest.raises(ConflictError), town.desk() as desk:
        desk.execute(text("SELECT desk.sign_in('anna', ''::bytea, ''::bytea)"))


def test_the_journal_is_added_to_and_never_changed(town, settings):
    reader = signed(town, "delegate", sites=LOIRE)
    accounts.note_reading(reader, LOIRE, "read", "terrain.jeux 2023")
    accounts.note_reading(reader, LOIRE, "read", "terrain.jeux 2023")
    leader = signed(town, "team_leader", sites=LOIRE, organisation="Équipe")
    other = signed(town, "geographer", sites=LOIRE)
    far = signed(town, "team_leader", sites=("moselle",), organisation="Autre", login="far-away")
    for door, seen in ((reader, 1), (leader, 1), (other, 0), (far, 0)):
        with door.session() as session:
            rows = accounts.read_journal(session, "2000-01-01")
        assert len([row for row in rows if row["action"] == "read"]) == seen
    with psycopg.connect(cluster.ready(settings).owner, autocommit=True) as owner:
        for statement in (
            "UPDATE audit.event SET login = 'x'",
            "DELETE FROM audit.event",
            "TRUNCATE audit.event",
        ):
            with pytest.raises(psycopg.Error) as caught:
                owner.execute(statement)
            assert caught.value.sqlstate == "OA004"
    with pytest.raises(ConflictError), reader.desk() as desk:
        desk.execute(text("SELECT desk.note('loire', 'agreement_signed', '1')"))


def test_what_is_done_to_an_account_is_in_the_journal_of_each_of_its_sites(town):
    keeper = signed(town, "administrator", organisation="Agglomération", login="gestion")
    with keeper.desk() as desk:
        accounts.create_account(
            desk, "Eva", role="delegate", organisation="Préfecture", sites=("loire", "moselle")
        )
    with keeper.desk() as desk:
        accounts.set_account(desk, "EVA", active=False)
        accounts.set_account(desk, "eva", active=True)
        accounts.reset_password(desk, "eva")
    with town.owner() as owner:
        accounts.reset_password(owner, "eva")
    with pytest.raises(ConflictError), keeper.desk() as desk:
        accounts.create_account(
            desk, "eva", role="delegate", organisation="Préfecture", sites=("bastia",)
        )
    with keeper.session() as session:
        rows = accounts.read_journal(session, "2000-01-01")
    found = sorted(
        (row["login"], row["role"], row["site"], row["action"])
        for row in rows
        if row["object"] == "eva"
    )
    acts = ("account_closed", "account_created", "account_opened", "password_reset")
    own = [("gestion", "administrator", site, act) for site in ("loire", "moselle") for act in acts]
    assert found == sorted(
        [*own, *(("", "owner", site, "password_reset") for site in ("loire", "moselle"))]
    )
    leader = signed(town, "team_leader", sites=("moselle",), organisation="Équipe")
    with leader.session() as session:
        read = accounts.read_journal(session, "2000-01-01")
    assert {row["site"] for row in read} == {"moselle"}
    assert {row["action"] for row in read if row["object"] == "eva"} == set(acts)
    words = read_words("journal").entries
    assert all(f"{kind}.{act}" in words for kind in ("action", "kind") for act in acts)


def test_an_account_reads_of_a_site_what_lies_there(settings):
    visitor = Visitor("reader", "delegate", "Préfecture", ("bastia", "loire"))
    assert accounts.sites_read(settings, visitor, ["QP042001", "QP042002"]) == ["loire"]
    assert accounts.sites_read(settings, visitor, ["QP02B001", "QP042001"]) == ["bastia", "loire"]
    assert accounts.sites_read(settings, visitor, ["QP057001"]) == []
    assert accounts.sites_read(settings, Visitor(), ["QP042001"]) == []


def test_an_open_session_is_no_way_to_try_passwords(town):
    made = create(town)
    door = town.signed(accounts.sign_in(town, "anna", made.password))
    for _ in range(5):
        with pytest.raises((AccessError, SignInError)):
            accounts.change_password(
                door, "anna", "un mot de passe faux", "une autre phrase longue"
            )
    with pytest.raises(AccessError):
        accounts.sign_in(town, "anna", made.password)
    with pytest.raises(SignInError):
        door.visitor()
