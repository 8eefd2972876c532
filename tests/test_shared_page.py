"""What teams share, in a real Chromium: what the page shows is what the oracle says, in words."""

from __future__ import annotations

import string
from collections import Counter
from datetime import date

import pytest
import sharing_oracle as oracle
from browser import served
from conftest import command_environ
from map_layers import perimeters
from pages_visited import SLOW, is_within, pick, plain, settled, visited
from playwright.sync_api import expect
from shared_world import TODAY, shared_world
from test_grilles_page import is_french_and_alone

from observatoire.grille import core_items
from observatoire.labels.typography import NO_BREAK
from observatoire.squares import draw_ground

pytestmark = pytest.mark.browser

LABELS = {one.code: one.label.replace(NO_BREAK, " ") for one in core_items()}
MONTHS = [
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
    "octobre", "novembre", "décembre",
]  # fmt: skip
SIZES = {"": "non dit", "1-4": "1 à 4 personnes", "10+": "10 personnes ou plus"}
AUTRES = "/equipe?partie=autres"


@pytest.fixture(scope="module")
def town(test_cluster, tmp_path_factory):
    """Give the first world where a reader gets something of two teams: it depends on the day."""
    for seed in range(1, 9):
        folder = tmp_path_factory.mktemp(f"shared-page-{seed}")
        with shared_world(test_cluster, folder, seed) as world:
            if not readers_of_two(world):
                continue
            with served(command_environ(world.settings), folder / "log") as url:
                yield world, url
                return
    pytest.fail("no world where two teams are read")


def opened(visit, town, login, path=AUTRES, **options):
    world, url = town
    return visited(visit, url, path, world.store, login, **options)


def readers(world, *roles):
    """Return who reads something, and on which site, those who read most first."""
    found = [
        (world.expected(login, site).total(), login, site)
        for login, user in world.users.items()
        for site in user.sites
        if user.role in roles
    ]
    return [(login, site) for total, login, site in sorted(found, reverse=True) if total]


def at_site(world, login, site):
    """Return the address at which an account is shown that site: its first one, or a choice."""
    own = [one.id for one in world.settings.sites if one.id in world.users[login].sites]
    return own[0] == site


def said_on(name):
    if "W" in name:
        first = date.fromisocalendar(int(name[:4]), int(name[-2:]), 1)
        last = date.fromordinal(first.toordinal() + 6)
        begun = [_rank(first)]
        if first.month != last.month:
            begun.append(MONTHS[first.month - 1])
        if first.year != last.year:
            begun.append(str(first.year))
        return f"semaine du {' '.join(begun)} au {_day(last)}"
    return _day(date.fromisoformat(name)) if len(name) == 10 else _month(name)


def _rank(day):
    return "1er" if day.day == 1 else str(day.day)


def _day(day):
    return f"{_rank(day)} {MONTHS[day.month - 1]} {day.year}"


def _month(name):
    return f"{MONTHS[int(name[5:]) - 1]} {name[:4]}"


def square(qpv, cell):
    """Return the name of a square as on a chess board, from the north-west."""
    if not cell:
        return "tout le quartier"
    size = int(cell.split("RES")[1].split("m")[0])
    ground = draw_ground(qpv, perimeters().geometry[qpv], size)
    places = [_corner(one.id) for one in ground.squares]
    north, east = _corner(cell)
    column = (east - min(place[1] for place in places)) // size
    row = (max(place[0] for place in places) - north) // size
    return f"carré {string.ascii_uppercase[column]}{row + 1}, {size} m"


def _corner(cell):
    north, east = cell.split("mN")[1].split("E")
    return int(north), int(east)


def in_words(row):
    _, qpv, item, said, intensity, size, place, cell = row
    name = perimeters()["name"][qpv].replace("'", "’")
    return (
        LABELS.get(item, f"indicateur « {item} »"),
        said_on(said),
        f"{name} {qpv}",
        ("faible", "moyenne", "forte")[intensity - 1],
        SIZES[size],
        place or "non dit",
        square(qpv, cell),
    )


def shown(page):
    """Return the rows of the table, as they are read."""
    settled(page)
    rows = page.evaluate(
        """() => [...document.querySelectorAll(".team-shared tbody tr")].map(
            (tr) => [...tr.children].map((cell) => cell.innerText))"""
    )
    return Counter(
        tuple(" ".join(cell.replace(NO_BREAK, " ").split()) for cell in row) for row in rows
    )


def expected_words(world, login, site):
    return Counter(in_words(row) for row in world.expected(login, site).elements())


def test_the_page_shows_what_the_oracle_says_to_a_team_a_leader_and_a_service(town, visit):
    world, _ = town
    for role in ("street_team", "team_leader", "service"):
        login, site = next(one for one in readers(world, role) if at_site(world, *one))
        seen = opened(visit, town, login)
        assert shown(seen.page) == expected_words(world, login, site), (login, site)
        said = plain(seen.page)
        total = world.expected(login, site).total()
        assert f"{total} observation{'s' if total > 1 else ''}" in said
        assert f"protocole version {len(world.towns[site].versions)}," in said
        assert "ne nomme une équipe ni une personne" in said
        assert "Équipe A" not in said.replace(f"{world.users[login].organisation},", "")
        is_french_and_alone(seen)


def test_a_choice_shows_what_was_chosen_and_the_squares_of_one_neighbourhood(town, visit):
    world, _ = town
    login, site = next(
        (login, site)
        for login, site in readers(world, "street_team", "team_leader", "service")
        if at_site(world, login, site) and any(row[7] for row in world.expected(login, site))
    )
    rows = world.expected(login, site)
    qpv = next(row[1] for row in rows if row[7])
    page = opened(visit, town, login).page
    assert page.locator(".shared-map").count() == 0 or len({row[1] for row in rows}) == 1
    pick(page, "Quartier", perimeters()["name"][qpv].replace("'", "’"))
    own = Counter(in_words(row) for row in rows.elements() if row[1] == qpv)
    expect(page.locator(".team-shared tbody tr")).to_have_count(own.total(), timeout=SLOW)
    assert shown(page) == own
    counts = Counter(row[7] for row in rows.elements() if row[1] == qpv and row[7])
    alts = " ".join(
        page.locator(".shared-map").nth(rank).get_attribute("alt").replace(NO_BREAK, " ")
        for rank in range(page.locator(".shared-map").count())
    )
    for cell, count in counts.items():
        name = square(qpv, cell).split()[1].rstrip(",")
        assert f"{name} ({count})" in alts
    item = next(row[2] for row in rows if row[1] == qpv and row[2] in LABELS)
    pick(page, "Indicateur", LABELS[item])
    both = Counter(in_words(row) for row in rows.elements() if row[1:3] == (qpv, item))
    expect(page.locator(".team-shared tbody tr")).to_have_count(both.total(), timeout=SLOW)
    assert shown(page) == both
    assert f"sur {rows.total()}" in plain(page)


def teams_read(world, login, site):
    """Return the teams of which a reader gets something of a site."""
    town, user = world.towns[site], world.users[login]
    own = (one for one in world.seen if one.site == site)
    return sorted({one.organisation for one in own if oracle.shared(town, user, one, TODAY)})


def readers_of_two(world):
    """Return who reads several teams: something is left to choose from once one suspends."""
    return [
        (login, site, read)
        for login, site in readers(world, "service", "team_leader", "street_team")
        if at_site(world, login, site)
        for read in [teams_read(world, login, site)]
        if len(read) > 1
    ]


def test_a_suspension_is_seen_at_the_next_action_and_a_session_that_ends_too(town, visit):
    world, _ = town
    login, site, (team, *_) = readers_of_two(world)[0]
    page = opened(visit, town, login).page
    before = shown(page)
    world.suspend(site, team, suspended=True)
    try:
        after = expected_words(world, login, site)
        month = next(iter(world.expected(login, site)), next(iter(before)))[3]
        assert after != before
        page.get_by_role("combobox", name="Indicateur", exact=True).click()
        page.get_by_role("option").nth(1).click()
        expect(page.get_by_text("est suspendu", exact=False).first).to_be_visible(timeout=SLOW)
        assert shown(page) <= after, month
    finally:
        world.suspend(site, team, suspended=False)
    with world.store.owner() as owner:
        owner.exec_driver_sql(f"SELECT desk.set_account('{login}', true)")  # its sessions end
    pick(page, "Indicateur", "tous les indicateurs")
    expect(page.locator(".refusal")).to_be_visible(timeout=SLOW)
    expect(page.locator(".team-shared")).to_have_count(0, timeout=SLOW)


def test_a_service_reads_that_alone_whatever_part_it_asks_for(town, visit):
    world, _ = town
    login, _site = readers(world, "service")[0]
    for part in ("autres", "sorties", "importer", "partage", "retour"):
        seen = opened(visit, town, login, f"/equipe?partie={part}")
        said = plain(seen.page)
        assert "Ce que partagent les équipes" in said
        assert "Nos sorties" not in said
        assert "Suspendre" not in said
    expect(seen.page.get_by_role("link", name="Équipes", exact=True)).to_be_visible(timeout=SLOW)


@pytest.mark.parametrize("who", ["delegate", "geographer", "administrator", ""])
def test_who_receives_figures_alone_is_given_no_such_section(town, visit, who):
    world, _ = town
    seen = opened(visit, town, f"loire-{who}" if who else "")
    said = plain(seen.page)
    assert "Cette page est celle des équipes" in said
    assert "Ce que partagent" not in said
    assert seen.page.locator(".team-shared").count() == 0
    assert seen.page.get_by_role("link", name="Équipe").count() == 0
    assert not who or world.expected(f"loire-{who}", "loire").total() == 0


def test_the_journal_says_in_words_what_was_read(town, visit):
    world, _ = town
    login, site = next(
        one
        for one in readers(world, "street_team", "team_leader")
        if at_site(world, *one) and any(row[2] in LABELS for row in world.expected(*one))
    )
    opened(visit, town, login)
    said = plain(opened(visit, town, login, "/journal").page)
    for item in {row[2] for row in world.expected(login, site)} & set(LABELS):
        assert f"{LABELS[item]}, observations une à une" in said


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_scrolls_sideways(town, visit, width):
    world, _ = town
    for login, _site in (readers(world, "service")[0], readers(world, "team_leader")[0]):
        page = opened(visit, town, login, width=width).page
        assert is_within(page)
