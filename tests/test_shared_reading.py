"""What teams share, read one by one: as the agreements say, noted in the journal, kept nowhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple
from datetime import date

import pytest
import sharing_oracle as oracle
from shared_world import ITEMS, OLD_ITEM, TODAY, shared_world

from observatoire import team_desk
from observatoire.accounts import read_journal
from observatoire.errors import SignInError
from observatoire.grille import core_items
from observatoire.labels.numbers import moment
from observatoire.protocole import Agreement, Share, Terms
from observatoire.team_desk import Shared
from observatoire.views.equipe.shared_rows import Choice, Names, listing, month_of
from observatoire.views.equipe.shared_terms import Reading, nothing_said, terms_said
from observatoire.views.journal.lines import Line
from observatoire.views.journal.listing import what

SEEDS = (1, 2, 3)
LABELS = {one.code: one.label for one in core_items()}


@pytest.fixture(scope="module", params=SEEDS)
def world(request, test_cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp(f"shared-{request.param}")
    with shared_world(test_cluster, folder, request.param) as made:
        yield made


def read(world, login, site):
    return team_desk.read_shared(world.door(login), site)


def noted(world, login):
    with world.store.owner() as owner:
        rows = read_journal(owner, TODAY)
    return sorted(
        (row["site"], row["action"], row["object"]) for row in rows if row["login"] == login
    )


def test_each_account_reads_what_the_oracle_says_and_its_reading_is_noted_once(world):
    shown = 0
    for login, user in world.users.items():
        items = set()
        for site in world.towns:
            expected = world.expected(login, site)
            for _ in range(2):
                found = read(world, login, site)
                assert Counter(map(astuple, found)) == expected, (login, site)
            items |= {(site, "read", f"terrain.{row[2]} observations") for row in expected}
            shown += expected.total()
            assert not (expected and site not in user.sites)
        assert noted(world, login) == sorted(items), login
    assert shown > 50


def test_a_team_that_suspends_is_gone_at_the_next_reading(world):
    login, site, team = next(
        (login, site, one.organisation)
        for login in world.users
        for site, town in world.towns.items()
        for one in world.seen
        if oracle.shared(town, world.users[login], one, TODAY) and one.site == site
    )
    before = read(world, login, site)
    world.suspend(site, team, suspended=True)
    after = read(world, login, site)
    assert len(after) < len(before)
    assert Counter(map(astuple, after)) == world.expected(login, site)
    world.suspend(site, team, suspended=False)
    assert read(world, login, site) == before


def test_who_receives_figures_alone_and_who_is_nobody_read_nothing(world):
    for login, user in world.users.items():
        if user.role in ("delegate", "geographer", "administrator"):
            for site in world.towns:
                assert read(world, login, site) == []
            assert noted(world, login) == []
    with pytest.raises(SignInError):
        team_desk.read_shared(world.store, "loire")


def test_a_team_knows_which_organisation_read_what_it_shared(world):
    readers = {
        (site, row[2], user.role, user.organisation)
        for login, user in world.users.items()
        for site in world.towns
        for row in world.expected(login, site)
        if read(world, login, site)
    }
    for site in world.towns:
        login = f"{site}-street-team"
        with world.door(login).session() as session:
            found = team_desk.read_readers(session, site)
        said = {(site, one.item, one.role, one.organisation) for one in found}
        own = world.users[login].organisation
        assert said == {one for one in readers if one[0] == site and one[3] != own}
        assert not any(one.exported for one in found)


# --- in words -------------------------------------------------------------------------------------


def a_row(**changes):
    values = {
        "site": "loire",
        "qpv": "QP042001",
        "item": "tensions",
        "said_on": "2026-W41",
        "intensity": 2,
        "size_band": "10+",
        "place": "hall",
        "cell": "CRS3035RES400mN2500000E3900000",
    }
    return Shared(**values | changes)


def names(**squares):
    items = {one.code: one for one in core_items()}
    return Names(items, {"QP042001": "Beauregard"}, squares or {})


def test_a_row_is_said_in_words():
    row = a_row()
    named = Names(names().items, names().quarters, {(row.qpv, row.cell): "B3"})
    made = listing([row, a_row(item=OLD_ITEM, size_band="", place="", cell="")], named)
    for said in (
        LABELS["tensions"],
        "semaine du 5 au 11 octobre 2026",
        "Beauregard<small>QP042001</small>",
        "moyenne",
        "hall",
        "carré B3, 400 m",
        "10 personnes ou plus",
        "indicateur «\u00a0ancien\u00a0»",
        "non dit",
        "tout le quartier",
    ):
        assert said in made.replace("&#x27;", "’"), said
    assert "carré de 400 m" in listing([row], names())


def test_rows_are_chosen_by_item_neighbourhood_and_month_the_latest_first():
    rows = [
        a_row(said_on="2026-09"),
        a_row(said_on="2026-10-05"),
        a_row(said_on="2026-W41", qpv="QP042002"),
        a_row(said_on="2026-W40", item="rassemblements"),  # from the 28th of September
    ]
    said = lambda **chosen: [one.said_on for one in Choice(**chosen).kept(rows)]  # noqa: E731
    assert said() == ["2026-10-05", "2026-W41", "2026-W40", "2026-09"]
    assert said(quarter="QP042002") == ["2026-W41"]
    assert said(item="rassemblements") == ["2026-W40"]
    assert said(month="2026-10") == ["2026-10-05", "2026-W41"]
    assert said(month="2026-09", item="tensions") == ["2026-09"]
    assert said(month="2026-09", quarter="QP042002") == []
    assert {month_of(one) for one in rows} == {"2026-09", "2026-10"}


def agreed(*shares, **changes):
    values = {"status": "agreed", "agreed_on": date(2026, 5, 1), "agreed_by": ("A", "B")}
    return Agreement("loire", "Loire", 2, Terms(shares=shares), **values | changes)


def test_the_version_the_precision_and_the_rhythm_are_said():
    agreement = agreed(
        Share("service", ("tensions",), "400", "weekly"),
        Share("service", ("*",), "qpv", "monthly"),
        Share("delegate", ("*",), "200", "now"),
    )
    said = terms_said(Reading(agreement, "service", 1), LABELS, date(2026, 12, 30))
    for part in (
        "protocole version 2, en vigueur depuis le 1er mai 2026",
        "Tensions et altercations observées (au carré de 400 m, une fois la semaine terminée)",
        "tous les autres indicateurs (par quartier, une fois le mois terminé)",
        "cette semaine se lira à partir du 4 janvier 2027",
        "ce mois-ci se lira à partir du 1er janvier 2027",
        "Le partage de 1 équipe est suspendu",
    ):
        assert part in said, part
    assert "200 m" not in said
    assert terms_said(Reading(agreement, "street_team", 0), LABELS, TODAY) == ""


@pytest.mark.parametrize(
    ("agreement", "suspended", "said"),
    [
        (None, 0, "Aucun protocole n’est en vigueur"),
        (agreed(Share("service"), fictitious=True), 0, "inventé pour la démonstration"),
        (agreed(Share("delegate")), 1, "aucune observation à votre rôle (service)"),
        (agreed(Share("service")), 2, "Rien à lire pour l’instant"),
        (agreed(Share("service")), 0, "Rien à lire pour l’instant"),
    ],
)
def test_why_there_is_nothing_to_read_is_said(agreement, suspended, said):
    found = nothing_said(Reading(agreement, "service", suspended)).replace("\u00a0", " ")
    assert said in found


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("2026-W41", "semaine du 5 au 11 octobre 2026"),
        ("2026-W40", "semaine du 28 septembre au 4 octobre 2026"),
        ("2026-W53", "semaine du 28 décembre 2026 au 3 janvier 2027"),
        ("2026-W23", "semaine du 1er au 7 juin 2026"),
        ("2026-W27", "semaine du 29 juin au 5 juillet 2026"),
        ("2026-10", "octobre 2026"),
        ("2026-10-01", "1er octobre 2026"),
    ],
)
def test_when_it_was_seen_is_said_in_french(name, said):
    assert moment(name) == said


def test_the_journal_says_that_observations_were_read():
    line = Line(TODAY, "a", "service", "b", "loire", "read", f"terrain.{ITEMS[0]} observations")
    labels = {f"terrain.{code}": label for code, label in LABELS.items()}
    assert what(line, labels) == f"{LABELS[ITEMS[0]]}, observations une à une"
