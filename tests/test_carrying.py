"""A restore undoes nothing that was taken back, and brings nothing back that is over."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from test_capture import OTHER, SHARES, TEAM, TODAY, agree, entry, furnish
from visitors import PASSWORD, account, signed, token_of

from observatoire import accounts, backup, protocole_desk
from observatoire.access import open_access
from observatoire.capture import Entries
from observatoire.errors import AccessError, SignInError, StoreError
from observatoire.porter import Porter
from observatoire.protocole import Terms
from observatoire.settings import Oidc, Settings
from observatoire.settings import load as load_settings
from observatoire.store import captured


@pytest.fixture
def town(used, monkeypatch):
    """A private store with two teams and an agreement, its settings and items of the grid."""
    monkeypatch.setenv("OBSERVATOIRE_HOME", str(used))
    settings = load_settings()
    assert isinstance(settings, Settings)
    access = open_access(settings, writes=True)
    items = furnish(access, settings)
    agree(access, settings, Terms(shares=SHARES))
    yield access, settings, items
    access.close()


def copied_and_restored(access, settings, file, between=lambda: None):
    """Back the store up, do something, restore the copy; return the new doors."""
    backup.write_backup(settings, file)
    between()
    access.close()
    backup.restore_backup(settings, file)
    return open_access(settings, writes=True)


def held(access):
    with access.owner() as owner:
        return set(owner.execute(text("SELECT id::text FROM capture.outing")).scalars())


def written(desk, access, items, login="team-a", **changes):
    made = entry("QP042001", items[0], **changes)
    desk.keep(token_of(access, login), made)
    return made["id"]


def test_withdrawn_and_corrected_entries_stay_away_and_the_others_come_back(town, tmp_path):
    access, settings, items = town
    desk = Entries(settings, access)
    kept, gone, wrong = (written(desk, access, items) for _ in range(3))

    def between():
        desk.withdraw(token_of(access, "team-a"), gone)
        desk.keep(token_of(access, "team-a"), entry("QP042001", items[0], corrects=wrong))

    after = copied_and_restored(access, settings, tmp_path / "copy", between)
    assert held(after) == {kept}
    with after.owner() as owner:
        seen = owner.execute(text("SELECT count(*) FROM capture.observation")).scalar_one()
        assert seen == 1
    # the phone sends again what it is not sure of: it was taken back, and stays so
    assert (
        Entries(settings, after)
        .keep(token_of(after, "team-a"), entry("QP042001", items[0], id=gone))
        .already
    )
    assert held(after) == {kept}
    after.close()


def test_what_is_older_than_agreed_is_gone_when_it_comes_back(town, tmp_path):
    access, settings, items = town
    desk = Entries(settings, access)
    kept, old = written(desk, access, items), written(desk, access, items)
    with access.owner() as owner:
        statement = text("UPDATE capture.outing SET expires_on = :day WHERE id = :id")
        owner.execute(statement, {"day": TODAY, "id": old})
    after = copied_and_restored(access, settings, tmp_path / "copy")
    assert held(after) == {kept}
    after.close()


def test_a_suspension_and_a_narrower_agreement_outlive_the_copy(town, tmp_path):
    access, settings, items = town
    desk = Entries(settings, access)
    written(desk, access, items)
    reader = signed(access, "service", sites=("loire",), organisation=OTHER)

    def between():
        agree(access, settings, Terms(shares=SHARES[:1], retention_months=6))
        with access.signed(token_of(access, "team-a")).desk() as session:
            session.execute(text("SELECT desk.suspend('loire', true)"))

    after = copied_and_restored(access, settings, tmp_path / "copy", between)
    with after.owner() as owner:
        ruling = protocole_desk.in_force(owner, "loire")
        assert ruling.agreement.version == 2
        assert ruling.agreement.terms.retention_months == 6
        suspended = owner.execute(text("SELECT organisation FROM desk.suspensions()")).scalars()
        assert list(suspended) == [TEAM]
        # the steps go on from where they were
        again = protocole_desk.draft(owner, settings.site("loire"), Terms())
        assert again.agreement.version == 3
    again = after.signed(token_of(after, "service-1"))
    with again.session() as session:
        assert captured.read_shared(session) == []
    with pytest.raises(SignInError), after.signed(reader.token).session():
        pass  # sessions of before end with a restore
    after.close()


def test_a_closed_account_and_a_changed_password_stay_so(town, tmp_path):
    access, settings, _ = town
    account(access, "leaver", "delegate", "Préfecture", ("loire",))
    fresh = "une autre phrase assez longue"

    def between():
        with access.owner() as owner:
            accounts.set_account(owner, "leaver", active=False)
        accounts.change_password(
            access.signed(token_of(access, "team-b")), "team-b", PASSWORD, fresh
        )
        account(access, "newcomer", "delegate", "Mairie", ("loire",))

    after = copied_and_restored(access, settings, tmp_path / "copy", between)
    for login, password in (("leaver", PASSWORD), ("team-b", PASSWORD)):
        with pytest.raises(AccessError):
            accounts.sign_in(after, login, password)
    assert accounts.sign_in(after, "team-b", fresh)
    assert accounts.sign_in(after, "newcomer", PASSWORD)
    after.close()


def test_an_account_that_was_untied_or_tied_anew_stays_so(town, tmp_path):
    access, settings, _ = town
    issuer = "https://connexion.example.fr"

    def tie(login, subject):
        with access.owner() as owner:
            accounts.tie_account(owner, login, issuer=issuer, subject=subject)

    for login in ("leaver", "mover", "newcomer"):
        account(access, login, "delegate", "Préfecture", ("loire",))
    tie("leaver", "s-1")
    tie("mover", "s-2")

    def between():
        with access.owner() as owner:
            accounts.untie_account(owner, "leaver")
        tie("mover", "s-3")
        tie("newcomer", "s-1")

    after = copied_and_restored(access, settings, tmp_path / "copy", between)
    with after.owner() as owner:
        ties = {one.login: one.subject for one in accounts.list_ties(owner)}
    assert ties == {"mover": "s-3", "newcomer": "s-1"}
    # a copy holds no rights: the app's role still cannot say who is vouched for
    call = text("SELECT porter.sign_in_tied(:i, 's-3', sha256('x'))")
    with pytest.raises(StoreError), after.desk() as desk:
        desk.execute(call, {"i": issuer})
    vouched = Porter(replace(settings, oidc=Oidc(issuer, "observatoire")))
    assert vouched.sign_in(issuer, "s-3", b"0" * 32) == "entered"
    after.close()


def test_the_journal_goes_on_and_forgets_after_a_year(town, tmp_path):
    access, settings, _ = town
    early = TODAY - timedelta(days=800)
    with access.owner() as owner:
        owner.execute(
            text("INSERT INTO audit.event VALUES (:d, 'x', 'delegate', 'P', 'loire', 'read', 'o')"),
            {"d": early},
        )

    def between():
        reader = signed(access, "delegate", sites=("loire",), organisation="Préfecture")
        accounts.note_reading(reader, ("loire",), "read", "terrain.x 2026")

    after = copied_and_restored(access, settings, tmp_path / "copy", between)
    with after.owner() as owner:
        events = accounts.read_journal(owner, early)
    said = {(one["action"], one["object"]) for one in events}
    assert ("read", "terrain.x 2026") in said
    assert ("read", "o") not in said
    after.close()


def test_a_copy_of_another_store_brings_its_own_and_nothing_is_carried(town, tmp_path):
    access, settings, items = town
    desk = Entries(settings, access)
    kept = written(desk, access, items)

    def between():  # as in another installation: its own key
        desk.withdraw(token_of(access, "team-a"), kept)
        with access.owner() as owner:
            owner.execute(
                text("UPDATE people.sealing SET key = sha256(uuid_send(:u))"), {"u": uuid.uuid4()}
            )

    after = copied_and_restored(access, settings, tmp_path / "copy", between)
    assert held(after) == {kept}
    after.close()


def test_a_restore_into_an_empty_store_applies_what_is_due(town, tmp_path):
    access, settings, items = town
    kept = written(Entries(settings, access), access, items)
    backup.write_backup(settings, tmp_path / "copy")
    with access.owner() as owner:
        owner.exec_driver_sql("DROP SCHEMA people, agreements, capture, audit CASCADE")
    access.close()
    backup.restore_backup(settings, tmp_path / "copy")
    after = open_access(settings, writes=True)
    assert held(after) == {kept}
    after.close()


def test_the_journal_is_not_cut_before_its_time(town):
    access, _, _ = town
    with pytest.raises(Exception, match="desk refuses"), access.owner() as owner:
        owner.exec_driver_sql("DELETE FROM audit.event")
