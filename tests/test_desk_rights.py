"""Every function of the desk, called as every role and as nobody: allowed as this table says.

A function that is not in the table fails the test: whoever adds one says who may call it.
"""

from __future__ import annotations

import json
import uuid
from datetime import date

import psycopg
import pytest
from conftest import fresh_settings
from entry_town import make_town
from sqlalchemy import text
from test_capture import agree, entry
from visitors import account, token_of

from observatoire import cluster, grid_desk, protocole_desk
from observatoire.access import open_access
from observatoire.accounts import ROLES
from observatoire.assessment import inventory
from observatoire.capture import Entries
from observatoire.grille import core_items
from observatoire.protocole import Share, Terms
from observatoire.protocole.terms import model_terms
from observatoire.store import captured

TODAY = date.today()
TEAM, OTHER, SUSPENDED, CITY = "Équipe A", "Équipe B", "Équipe C", "Ville"
REFUSED = ("OP001", "OP002", "OP004")  # nobody is signed in; not allowed; not there

NOBODY, NEWCOMER = "nobody", "newcomer"
HERE = frozenset(ROLES)
FAR = frozenset(f"{role} elsewhere" for role in ROLES)
EVERYBODY = HERE | FAR | {NOBODY, NEWCOMER}
ACCOUNTS = EVERYBODY - {NOBODY}
WRITERS = HERE - {"street_team", "service", "administrator"}
TEAMS = frozenset({"street_team", "team_leader"})
LEADER, ADMINISTRATOR = frozenset({"team_leader"}), frozenset({"administrator"})

# Who gets something by calling it: what it asks about is of the Loire, the accounts « elsewhere »
# are of Bastia. To anybody else it gives nothing, or refuses.
TABLE: dict[str, tuple[str, frozenset[str]]] = {
    # of one's own: who one is, one's session
    "enter": ("enter(%(forged)s)", frozenset()),
    "owns": ("owns()", frozenset()),
    "me": ("me()", ACCOUNTS),
    "my_organisation": ("my_organisation()", HERE | FAR),
    "my_sites": ("my_sites()", HERE | FAR),
    "my_role": ("my_role()", EVERYBODY),
    "on_site": ("on_site('loire')", HERE),
    "audience": ("audience()", EVERYBODY),
    "login_salt": ("login_salt('nobody-here')", EVERYBODY),
    "sign_in": ("sign_in('nobody-here', '\\x00', sha256('x'))", EVERYBODY),  # « refused »
    "sign_out": ("sign_out(%(forged)s) IS NULL", EVERYBODY),  # whoever holds a token may end it
    "change_password": (
        "change_password('\\x00', %(salt)s, '{}', %(verifier)s, %(forged)s)",
        frozenset(),
    ),
    # accounts
    "accounts": ("accounts()", ADMINISTRATOR | {"administrator elsewhere"}),  # each his own sites'
    "create_account": (
        "create_account('someone', 'administrator', 'X', %(loire)s, %(salt)s, '{}', %(verifier)s)",
        ADMINISTRATOR,
    ),
    "set_account": ("set_account('street-team', false)", ADMINISTRATOR),
    "reset_password": (
        "reset_password('street-team', %(salt)s, '{}', %(verifier)s)",
        ADMINISTRATOR,
    ),
    "note": ("note('loire', 'read', 'x')", HERE | {NEWCOMER}),
    "journal": (  # the delegate reads his own act; those elsewhere, the accounts of their own site
        "journal(CURRENT_DATE - 10)",
        TEAMS
        | ADMINISTRATOR
        | {f"{role} elsewhere" for role in TEAMS | ADMINISTRATOR}
        | {"delegate"},
    ),
    # grids and agreements: what is not a draft is public
    "shared_grids": ("shared_grids()", EVERYBODY),
    "draft_grids": ("draft_grids()", HERE),
    "draft_grid": (
        "draft_grid('loire', 'Loire', 2, 1, '', %(items)s, false, %(grid)s)",
        WRITERS,
    ),
    "propose_grid": ("propose_grid('loire', 2, %(grid)s)", WRITERS),
    "agree_grid": ("agree_grid('loire', 2, '[\"X\"]', CURRENT_DATE, %(grid)s)", WRITERS),
    "agreements": ("agreements()", EVERYBODY),
    "draft_agreement": (
        "draft_agreement('loire', 'Loire', 2, %(terms)s, false, %(agreement)s)",
        WRITERS,
    ),
    "propose_agreement": ("propose_agreement('loire', 2, %(agreement)s)", WRITERS),
    "sign_agreement": ("sign_agreement('loire', 2, %(agreement)s)", WRITERS),
    "agree_agreement": (
        "agree_agreement('loire', 2, '[\"X\"]', CURRENT_DATE, %(agreement)s)",
        WRITERS,
    ),
    "signatures": ("signatures('loire', 2)", HERE),
    "widen_agreement": ("widen_agreement('loire', '2020-01-01', 'x')", LEADER),
    "widenings": ("widenings('loire')", EVERYBODY),
    "meetings": ("meetings('loire')", EVERYBODY),
    "note_meeting": ("note_meeting('loire', CURRENT_DATE)", LEADER),
    "suspensions": ("suspensions()", HERE),
    "suspend": ("suspend('loire', true)", TEAMS),
    "site_quarters": ("site_quarters('loire')", EVERYBODY),
    # what teams wrote
    "keep_outing": ("keep_outing(%(entry)s) IS NOT NULL", TEAMS),
    "import_outing": ("import_outing(%(entry)s) IS NOT NULL", LEADER),
    "withdraw_outing": ("withdraw_outing(%(outing)s)", TEAMS),
    "shared_observations": ("shared_observations()", TEAMS | {"service"}),
    # exports of other tools, and what came back
    "save_mapping": ("save_mapping('loire', 'outil', %(mapping)s, %(step)s)", LEADER),
    "mappings": ("mappings('loire')", TEAMS),
    "imported": ("imported(%(imports)s)", LEADER),
    "write_return": (
        "write_return('loire', %(item)s, '2024-02', 'vu en réunion', '', 0)",
        HERE - {"street_team", "administrator"},
    ),
    "returns": ("returns('loire')", HERE),
    "seen_by": ("seen_by('loire')", TEAMS),
    "may_read": ("may_read('loire', 'terrain.' || %(item)s, '2020')", frozenset()),  # suspended
    "may_read_squares": (
        "may_read_squares('loire', 'terrain.' || %(item)s, '2020', 400)",
        frozenset(),
    ),
}


def login_of(who: str) -> str:
    return who.replace("_", "-").replace(" ", "-")


@pytest.fixture(scope="module")
def town(test_cluster, tmp_path_factory):
    """Everything there is to ask about in the Loire, and an account of each role, near and far."""
    with fresh_settings(test_cluster, tmp_path_factory.mktemp("rights")) as settings:
        store = open_access(settings, writes=True)
        items = make_town(store, settings)
        for role in ROLES:
            organisation = TEAM if role in TEAMS else CITY
            account(store, login_of(role), role, organisation, ("loire",))
            account(store, login_of(f"{role} elsewhere"), role, organisation, ("bastia",))
        account(store, "other-team", "street_team", OTHER, ("loire",))
        account(store, "third-team", "street_team", SUSPENDED, ("loire",))
        tokens = {who: token_of(store, login_of(who)) for who in HERE | FAR}
        values = _filled(store, settings, items)
        account(store, NEWCOMER, "team_leader", TEAM, ("loire",))
        with store.owner() as owner:
            owner.exec_driver_sql(
                f"UPDATE people.account SET must_change = true WHERE login = '{NEWCOMER}'"
            )
        tokens[NEWCOMER] = token_of(store, NEWCOMER)
        yield cluster.ready(settings).app, tokens, values
        store.close()


def _filled(store, settings, items):
    shares = [
        Share("delegate", rhythm="now"),
        *(Share(role, rhythm="now") for role in ("street_team", "team_leader", "service")),
    ]
    agree(store, settings, Terms(shares=tuple(shares)), by=(TEAM, OTHER, CITY))
    with store.owner() as owner:
        protocole_desk.widen(owner, "loire", date(2019, 1, 1), "dit en réunion")
        protocole_desk.note_meeting(owner, "loire", TODAY)
    written = entry("QP042001", items[0])
    Entries(settings, store).keep(token_of(store, "street-team"), written)
    Entries(settings, store).keep(token_of(store, "other-team"), entry("QP042001", items[0]))
    with store.owner() as owner:
        site = settings.site("loire")
        proposed = protocole_desk.propose(owner, protocole_desk.draft(owner, site, model_terms()))
        kept = protocole_desk.draft(owner, site, model_terms())
        grid = grid_desk.succeed(owner, site).step
    with store.owner() as owner:
        owner.exec_driver_sql(
            "INSERT INTO agreements.suspension (site, organisation, suspended)"
            f" SELECT 'loire', id, true FROM people.organisation WHERE name = '{SUSPENDED}'"
        )
        owner.exec_driver_sql(
            "INSERT INTO agreements.signature (site, version, step, organisation, role)"
            f" VALUES ('loire', 2, {proposed.step}, '{CITY}', 'delegate')"
        )
    with store.signed(token_of(store, "delegate")).desk() as desk:
        desk.exec_driver_sql("SELECT desk.note('loire', 'read', 'terrain.liens 2023')")
        desk.execute(
            text("SELECT desk.write_return('loire', :item, '2024-01', 'vu en réunion', '', 0)"),
            {"item": items[0]},
        )
    mapping, exported = {"site": "loire", "name": "outil"}, entry("QP042001", items[0])
    with store.signed(token_of(store, "team-leader")).desk() as desk:
        saved = "SELECT desk.save_mapping('loire', 'outil', CAST(:mapping AS jsonb), 0)"
        step = desk.execute(text(saved), {"mapping": json.dumps(mapping)}).scalar_one()
        captured.keep_outing(desk, exported, imported=True)
    return {
        "forged": "x" * 43,
        "salt": b"s" * 16,
        "verifier": b"v" * 32,
        "loire": ["loire"],
        "items": json.dumps([{"code": one.code} for one in core_items()]),
        "terms": json.dumps(model_terms().as_dict()),
        "grid": grid,
        "agreement": kept.step,
        "entry": json.dumps(entry("QP042001", items[0])),
        "outing": uuid.UUID(written["id"]),
        "item": items[0],
        "mapping": json.dumps(mapping | {"day": "Date"}),
        "step": step,
        "imports": json.dumps([exported["id"]]),
    }


def what_it_gives(door, call, values):
    """Tell whether a call gives something; a step out of order was let in, then judged."""
    code = None
    try:
        with door.transaction(force_rollback=True):
            rows = door.execute(f"SELECT desk.{call}", values).fetchall()
    except psycopg.Error as error:
        code = str(error.sqlstate)
    if code is not None:
        assert code[:2] in ("OP", "OA", "OG"), (call, code)
        return code not in REFUSED
    return any(value not in (None, False, []) for row in rows for value in row)


def test_each_function_of_the_desk_is_for_those_the_table_names(town):
    url, tokens, values = town
    wrong = []
    for who in sorted(EVERYBODY):
        with psycopg.connect(url) as door:
            if who in tokens:
                door.execute("SELECT desk.enter(%s)", [tokens[who]])
            # one entered transaction for all: a call that changed who is asking would show
            wrong += [
                f"{name} by {who}"
                for name, (call, allowed) in TABLE.items()
                if what_it_gives(door, call, values) != (who in allowed)
            ]
            door.rollback()
    assert not wrong, "\n".join(wrong)


def test_the_table_names_every_function_of_the_desk(town):
    url, *_ = town
    with psycopg.connect(url) as door:
        found = door.execute(
            "SELECT proname, prosecdef, proconfig FROM pg_proc"
            " WHERE pronamespace = 'desk'::regnamespace"
        ).fetchall()
    assert sorted(name for name, *_ in found) == sorted(TABLE), "say who may call it"
    for name, definer, config in found:
        assert name == "owns" or definer, name
        # nothing that the caller made may stand before the owner's
        assert name == "owns" or config == ["search_path=pg_catalog, pg_temp"], name


WRITTEN_BY = {
    "grids.step": "draft_grid",
    "agreements.step": "draft_agreement",
    "agreements.meeting": "note_meeting",
    "agreements.widening": "widen_agreement",
}
WORDS = {
    "team_leader": "chef d’équipe",
    "street_team": "équipe de rue",
    "delegate": "délégué",
    "geographer": "géographe",
    "copilot": "copilote",
    "facilitator": "animateur",
    "service": "service",
    "administrator": "administrateur",
}


@pytest.mark.parametrize("table", WRITTEN_BY)
def test_the_assessment_says_who_writes_a_table(table):
    """It named five roles where the leader alone writes."""
    said = inventory()[table]["writes"]
    named = {role for role, word in WORDS.items() if word in said}
    assert named == TABLE[WRITTEN_BY[table]][1]


def test_the_app_may_call_no_function_outside_the_desk(town):
    url, tokens, _ = town
    with psycopg.connect(url, autocommit=True) as door:
        found = door.execute(
            "SELECT n.nspname, p.proname, p.pronargs FROM pg_proc p JOIN pg_namespace n"
            " ON n.oid = p.pronamespace WHERE n.nspname IN"
            " ('people', 'capture', 'agreements', 'audit', 'grids', 'raw', 'published')"
        ).fetchall()
        assert len(found) > 30
        door.execute("SELECT desk.enter(%s)", [tokens["administrator"]])
        for schema, name, count in found:
            arguments = ", ".join(["NULL"] * count)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                door.execute(f"SELECT {schema}.{name}({arguments})")
