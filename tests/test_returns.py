"""Saved mappings and returns on a real PostGIS: who may, what is judged, what never changes."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text
from visitors import signed, write_sites

from observatoire import accounts, demo_grids, team_desk
from observatoire.activity_desk import ActivityDesk
from observatoire.errors import (
    AccessError,
    ConflictError,
    NotFoundError,
    SchemaError,
    SignInError,
    StoreError,
)
from observatoire.store import mappings, returns
from observatoire.team_desk import Return

TODAY = date.today()
MONTH = TODAY.strftime("%Y-%m")
ITEM = "rassemblements"
COLUMNS = {
    "site": "loire",
    "name": "outil",
    "day": "Date",
    "slot": "Créneau",
    "qpv": "Quartier",
    "neighbourhoods": {"Premier": "QP042001"},
    "item": [{"column": "Nb", "item": ITEM}],
}
WRITERS = ("delegate", "copilot", "facilitator", "geographer", "team_leader", "service")
OTHERS = ("street_team", "administrator")


@pytest.fixture
def town(store, settings):
    """The sites, and a grid in force in each."""
    write_sites(store)
    with store.owner() as owner:
        demo_grids.load_grids(owner, settings.sites)
        found = owner.execute(text("SELECT * FROM capture.collected('loire') ORDER BY 1"))
        items = [row[0] for row in found]
    return store, ActivityDesk(settings), items


def of_role(store, role, organisation="Préfecture", sites=("loire",)):
    login = f"{role}-{uuid.uuid4().hex[:6]}".replace("_", "-")
    return signed(store, role, sites=sites, organisation=organisation, login=login)


def a_return(code, **changes):
    return replace(Return(0, "loire", code, MONTH, "Une réunion publique est décidée."), **changes)


# --- mappings -----------------------------------------------------------------------------------


def test_a_mapping_is_saved_by_a_leader_read_by_the_teams_and_keeps_its_history(town):
    store, desk, _ = town
    leader = of_role(store, "team_leader", "Équipe A")
    first = desk.save(leader, COLUMNS, 0)
    assert desk.save(leader, COLUMNS, first) == first, "the same content adds no step"
    second = desk.save(leader, COLUMNS | {"duration": "Durée"}, first)
    with pytest.raises(ConflictError):
        desk.save(leader, COLUMNS | {"duration": "Temps"}, first)
    (kept,) = desk.saved(of_role(store, "street_team", "Équipe B"), "loire")
    assert (kept.step, kept.organisation, kept.role) == (second, "Équipe A", "team_leader")
    assert kept.columns["duration"] == "Durée"
    assert desk.find(leader, "loire", "outil") == kept
    with pytest.raises(NotFoundError):
        desk.find(leader, "loire", "autre")
    with store.owner() as owner:
        assert owner.execute(text("SELECT count(*) FROM exchanges.mapping")).scalar() == 2
    owner_step = desk.save(store, COLUMNS, second)
    assert desk.saved(store, "loire")[0].step == owner_step > second


@pytest.mark.parametrize("role", [*sorted(set(WRITERS) - {"team_leader"}), *OTHERS])
def test_no_other_role_saves_a_mapping(town, role):
    store, desk, _ = town
    with pytest.raises(AccessError):
        desk.save(of_role(store, role), COLUMNS, 0)
    if role != "street_team":
        with pytest.raises(AccessError):
            desk.saved(of_role(store, role), "loire")


def test_a_leader_of_another_site_neither_saves_nor_reads(town):
    store, desk, _ = town
    far = of_role(store, "team_leader", sites=("bastia",))
    for call in (lambda: desk.save(far, COLUMNS, 0), lambda: desk.saved(far, "loire")):
        with pytest.raises(AccessError):
            call()


FORGED = [
    {"site": "bastia"},
    {"name": "autre"},
    {"neighbourhoods": {"Premier": "chez Untel"}},
    {"neighbourhoods": ["QP042001"]},
    {"slots": {"tard": "minuit"}},
    {"item": [{"column": "Nb", "item": "Nom complet"}]},
    {"item": {"column": "Nb"}},
    {"rows": {"column": "Thème", "items": {"a": "Un Nom"}}},
    {"comment": "x" * 200_001},
]


@pytest.mark.parametrize("change", FORGED, ids=lambda one: next(iter(one)))
def test_the_database_judges_a_mapping_that_the_program_did_not(town, change):
    store, _, _ = town
    leader = of_role(store, "team_leader")
    with pytest.raises(ConflictError), leader.desk() as session:
        mappings.write_mapping(session, "loire", "outil", COLUMNS | change, 0)
    with store.owner() as owner:
        assert owner.execute(text("SELECT count(*) FROM exchanges.mapping")).scalar() == 0


def test_a_mapping_that_names_people_or_has_faults_is_refused_with_all_of_them(town):
    store, desk, _ = town
    leader = of_role(store, "team_leader")
    with pytest.raises(SchemaError) as caught:
        desk.save(leader, COLUMNS | {"workers": "Nom du jeune", "duration_unit": "s"}, 0)
    assert len(caught.value.faults) == 2


# --- returns ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", WRITERS)
def test_a_return_is_written_by_those_of_the_site_and_read_by_all_of_them(town, role):
    store, _, items = town
    writer = of_role(store, role, "Ville")
    step = team_desk.write_return(writer, a_return(items[0]))
    team = of_role(store, "street_team", "Équipe A")
    with team.session() as session:
        (read,) = team_desk.read_returns(session, "loire")
    assert (read.step, read.organisation, read.role, read.recorded_on) == (
        step,
        "Ville",
        role,
        TODAY,
    )
    assert "login" not in vars(read)


@pytest.mark.parametrize("role", OTHERS)
def test_no_other_role_writes_a_return(town, role):
    store, _, items = town
    with pytest.raises(AccessError):
        team_desk.write_return(of_role(store, role), a_return(items[0]))


def test_another_site_and_nobody_neither_write_nor_read(town):
    store, _, items = town
    far = of_role(store, "delegate", sites=("bastia",))
    with pytest.raises(AccessError):
        team_desk.write_return(far, a_return(items[0]))
    with pytest.raises(SignInError):
        team_desk.write_return(store, a_return(items[0]))
    for door in (far, store):
        with pytest.raises(AccessError), door.session() as session:
            team_desk.read_returns(session, "loire")
        with pytest.raises(AccessError), door.session() as session:
            team_desk.read_readers(session, "loire")


def test_a_later_return_takes_the_place_and_the_one_before_stays(town):
    store, _, items = town
    writer = of_role(store, "delegate")
    first = team_desk.write_return(writer, a_return(items[0]))
    again = a_return(items[0], step=first, outcome="Deux bancs sont posés.")
    second = team_desk.write_return(of_role(store, "facilitator", "Ville"), again)
    with pytest.raises(ConflictError):
        team_desk.write_return(writer, again)
    team_desk.write_return(writer, a_return(items[0], period=f"{TODAY.year}-Q1"))
    with writer.session() as session:
        found = team_desk.read_returns(session, "loire")
    assert {(one.step, one.period) for one in found} >= {(second, MONTH)}
    assert len(found) == 2
    with store.owner() as owner:
        assert owner.execute(text("SELECT count(*) FROM exchanges.answer")).scalar() == 3


WRONG = [
    {"decided": ""},
    {"decided": "x" * 501},
    {"outcome": "x" * 501},
    {"outcome": "appeler le 06 39 98 12 34"},
]


@pytest.mark.parametrize("change", WRONG)
def test_words_that_cannot_be_kept_are_refused_before_the_database(town, change):
    store, _, items = town
    writer = of_role(store, "delegate")
    with pytest.raises(SchemaError) as caught:
        team_desk.write_return(writer, a_return(items[0], **change))
    assert "06 39" not in caught.value.remedy
    with store.owner() as owner:
        assert owner.execute(text("SELECT count(*) FROM exchanges.answer")).scalar() == 0


FORGED_RETURNS = [
    {"item": "pas_dans_la_grille"},
    {"period": f"{TODAY.year + 1}-01"},
    {"period": "2024"},
    {"period": "2024-13"},
    {"decided": " "},
    {"decided": "x" * 501},
    {"outcome": "x" * 501},
    {"outcome": "a\x07b"},
]


@pytest.mark.parametrize("change", FORGED_RETURNS)
def test_the_database_judges_a_return_that_the_program_did_not(town, change):
    store, _, items = town
    writer = of_role(store, "delegate")
    with pytest.raises((ConflictError, StoreError)), writer.desk() as session:
        returns.write_return(session, a_return(items[0], **change))


def test_a_return_may_have_lines_and_says_html_as_it_is(town):
    store, _, items = town
    writer = of_role(store, "delegate")
    said = "Premier point.\r\nDeuxième\tpoint : <b>gras</b>.\x07"
    team_desk.write_return(writer, a_return(items[0], decided=said))
    with writer.session() as session:
        (read,) = team_desk.read_returns(session, "loire")
    assert read.decided == "Premier point.\nDeuxième point : <b>gras</b>."


@pytest.mark.parametrize("table", ["mapping", "answer"])
def test_what_is_written_never_changes_and_the_app_sees_no_table(town, table):
    store, desk, items = town
    leader = of_role(store, "team_leader")
    desk.save(leader, COLUMNS, 0)
    team_desk.write_return(leader, a_return(items[0]))
    for statement in (
        f"UPDATE exchanges.{table} SET role = 'x'",
        f"DELETE FROM exchanges.{table}",
        f"TRUNCATE exchanges.{table}",
    ):
        with pytest.raises(ConflictError), store.owner() as owner:
            owner.execute(text(statement))
    for statement in (
        f"SELECT * FROM exchanges.{table}",
        f"INSERT INTO exchanges.{table} (site) VALUES ('loire')",
        "SELECT exchanges.writer(ARRAY['team_leader'], 'loire')",
        "SELECT capture.sealed('x', gen_random_uuid())",
    ):
        with pytest.raises(StoreError), leader.desk() as session:
            session.execute(text(statement))


# --- who saw ------------------------------------------------------------------------------------


def test_a_team_knows_which_roles_and_organisations_read_each_theme_and_never_who(town):
    store, _, items = town
    one, other = items[:2]
    delegate = of_role(store, "delegate", "Préfecture")
    for action, what in (
        ("read", f"terrain.{one} 2023"),
        ("export", f"terrain.{one} 2023-Q1 (csv)"),
        ("read", "filosofi.TP60 2021"),
        ("read", "terrain.<script> 2023"),
    ):
        accounts.note_reading(delegate, ("loire",), action, what)
    accounts.note_reading(
        of_role(store, "copilot", "Ville"), ("loire",), "read", f"terrain.{other} 2023"
    )
    team = of_role(store, "street_team", "Équipe A")
    accounts.note_reading(team, ("loire",), "read", f"terrain.{one} 2023")
    with team.session() as session:
        found = team_desk.read_readers(session, "loire")
    assert {(r.item, r.role, r.organisation, r.exported, r.last_on) for r in found} == {
        (one, "delegate", "Préfecture", True, TODAY),
        (other, "copilot", "Ville", False, TODAY),
    }
    assert delegate.visitor().login not in json.dumps([str(vars(r)) for r in found])
    for role in ("delegate", "service", "administrator", "facilitator"):
        with pytest.raises(AccessError), of_role(store, role).session() as session:
            team_desk.read_readers(session, "loire")
