"""The desk of agreements on a real PostGIS: what is refused to whom, and what is never covered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from visitors import signed, write_sites

from observatoire import protocole_desk
from observatoire.errors import AccessError, ConflictError, SignInError
from observatoire.protocole import Share, model_terms

TODAY = date.today()
LOIRE = ("loire",)


@pytest.fixture
def town(store):
    write_sites(store, {"QP042001": "loire"})
    return store


@pytest.fixture
def site(settings):
    return settings.site("loire")


def begun(access, site, version=1, terms=None):
    with access.desk() as desk:
        return protocole_desk.begin(desk, site, terms or model_terms(), version)


def in_force(town, site, terms=None, by=("Équipe A", "Préfecture")):
    with town.owner() as owner:
        kept = protocole_desk.draft(owner, site, terms or model_terms())
        kept = protocole_desk.propose(owner, kept)
        return protocole_desk.agree(owner, kept, TODAY, by)


def test_a_version_is_begun_once(town, site):
    access = signed(town, sites=LOIRE)
    begun(access, site)
    for version in (1, 2):
        with pytest.raises(ConflictError) as caught:
            begun(access, site, version)
        assert caught.value.remedy
    with town.owner() as owner:
        assert len(protocole_desk.read_versions(owner, "loire")) == 1


def test_a_draft_changed_in_between_is_not_covered(town, site):
    access = signed(town, sites=LOIRE)
    mine = begun(access, site)
    theirs = replace(mine.agreement.terms, retention_months=6)
    with access.desk() as desk:
        protocole_desk.redraft(desk, mine, theirs)
    with pytest.raises(ConflictError, match="OA002"), access.desk() as desk:
        protocole_desk.redraft(desk, mine, model_terms())
    with access.session() as session:
        assert protocole_desk.find_version(session, "loire").agreement.terms == theirs


@pytest.mark.parametrize("role", ["service", "street_team", "administrator"])
def test_who_may_not_write_is_refused_by_the_desk_itself(town, site, role):
    access = signed(town, role, sites=LOIRE)
    kept = in_force(town, site)
    forged = (
        lambda desk: protocole_desk.begin(desk, site, model_terms(), 2),
        lambda desk: protocole_desk.redraft(desk, kept, model_terms()),
        lambda desk: protocole_desk.sign(desk, kept),
        lambda desk: protocole_desk.agree(desk, kept, TODAY),
        lambda desk: protocole_desk.note_meeting(desk, "loire", TODAY),
        lambda desk: protocole_desk.widen(desk, "loire", TODAY - timedelta(9), "parce que", kept),
        lambda desk: protocole_desk.suspend(desk, "loire", suspended=False),
    )
    for step in forged:
        with pytest.raises(AccessError), access.desk() as desk:
            step(desk)


def test_without_an_account_nothing_is_written(town, site):
    for step in (
        lambda desk: protocole_desk.begin(desk, site, model_terms(), 1),
        lambda desk: protocole_desk.suspend(desk, "loire", suspended=True),
    ):
        with pytest.raises(SignInError), town.desk() as desk:
            step(desk)


def test_a_suspension_is_read_by_accounts_of_the_site_alone(town, site):
    in_force(town, site)
    leader = signed(town, "team_leader", sites=LOIRE, organisation="Équipe A", login="chef-a")
    with leader.desk() as desk:
        protocole_desk.suspend(desk, "loire", suspended=True)
    elsewhere = signed(town, "delegate", sites=("moselle",), login="delegue-m")
    for access, expected in ((leader, ["Équipe A"]), (elsewhere, []), (town, [])):
        with access.session() as session:
            assert protocole_desk.suspensions(session, "loire") == expected
    with leader.desk() as desk:
        protocole_desk.suspend(desk, "loire", suspended=False)
        assert protocole_desk.suspensions(desk, "loire") == []


def test_the_act_is_refused_when_another_version_came_into_force(town, site):
    seen = in_force(town, site)
    leader = signed(town, "team_leader", sites=LOIRE, organisation="Équipe A", login="chef-a")
    in_force(town, site, replace(model_terms(), shares=(Share("delegate"),)))
    since = TODAY - timedelta(days=90)
    with pytest.raises(ConflictError), leader.desk() as desk:
        protocole_desk.widen(desk, "loire", since, "dit en réunion", seen)
    with leader.desk() as desk:
        now = protocole_desk.in_force(desk, "loire")
        protocole_desk.widen(desk, "loire", since, "dit en réunion", now)
        (act,) = protocole_desk.widenings(desk, "loire")
    assert (act.version, act.since, act.reason) == (2, since, "dit en réunion")


def test_meetings_are_noted_by_those_who_share_and_read_by_anybody(town, site):
    for role in ("delegate", "copilot", "facilitator"):  # it opens what waits: not theirs to open
        with pytest.raises(AccessError), signed(town, role, sites=LOIRE).desk() as desk:
            protocole_desk.note_meeting(desk, "loire", TODAY)
    access = signed(town, "team_leader", sites=LOIRE)
    with access.desk() as desk:
        protocole_desk.note_meeting(desk, "loire", TODAY)
    with town.session() as session:
        assert protocole_desk.meetings(session, "loire") == [TODAY]
