"""The page « Saisie », its real server and its real store: taps, ten minutes without network.

The phone signs in by the form, holds a real cookie, opens by the service worker; what it typed is
looked for in `capture`.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, time

import pytest
import requests
from browser import served
from conftest import command_environ, fresh_settings
from entry_town import make_town
from playwright.sync_api import expect
from saisie_phone import PHONE, Phone
from sqlalchemy import text
from test_capture import SHARES, agree, entry
from test_saisie_page import CONTROLS, NAMELESS, SMALL, THUMB_PX, WIDE
from visitors import PASSWORD, account, token_of
from weak_line import weak_line

from observatoire.access import COOKIE, open_access
from observatoire.protocole import Terms
from observatoire.settings import Settings

pytestmark = pytest.mark.browser

TODAY = date.today()
TEAM, LOGIN = "Équipe A", "equipe-a"
HOME, OTHER = ("Beauregard", "QP042001"), ("Montreynaud", "QP042013")
TWINS = {"Centre Ville Rive-de-Gier": "QP042008", "Centre Ville Saint-Chamond": "QP042009"}
MINUTE_MS = 60_000


@dataclass
class Town:
    """The served store of a team of the Loire; as a desk, it says what is kept."""

    url: str
    store: object
    settings: Settings
    items: list[str] = field(default_factory=list)

    def outings(self):
        """Return what the store holds, each outing with its observations."""
        with self.store.owner() as owner:
            rows = owner.execute(
                text(
                    "SELECT o.id::text, o.qpv, o.day::text AS day, o.nothing_to_report,"
                    " coalesce(jsonb_agg(to_jsonb(b) - 'outing') FILTER (WHERE b.id IS NOT NULL),"
                    " '[]') AS seen FROM capture.outing o LEFT JOIN capture.observation b"
                    " ON b.outing = o.id GROUP BY o.id"
                )
            )
            return [dict(row) for row in rows.mappings()]

    def forget(self):
        with self.store.owner() as owner:
            owner.execute(text("TRUNCATE capture.outing CASCADE"))

    def end_sessions(self):
        with self.store.owner() as owner:
            owner.execute(text("SELECT desk.set_account(:login, true)"), {"login": LOGIN})


@pytest.fixture(scope="module")
def served_town(test_cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saisie-whole")
    with fresh_settings(test_cluster, folder) as settings:
        store = open_access(settings, writes=True)
        items = make_town(store, settings)
        agree(store, settings, Terms(shares=SHARES, precision="200"))
        account(store, LOGIN, "street_team", TEAM, ("loire",))
        with served(command_environ(settings), folder / "log") as url:
            yield Town(url, store, settings, items)
        store.close()


@pytest.fixture
def town(served_town):
    served_town.forget()
    return served_town


@pytest.fixture
def line(town):
    with weak_line(town.url) as made:
        yield made


def sign_in(page):
    page.locator("[name=login]").fill(LOGIN)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/saisie")


def opened(visit, url, **options):
    """Sign in by the form and come to the page, at ten in the morning of a day that lasts."""
    made = visit(f"{url}/connexion?suite=/saisie", **{**PHONE, **options})
    made.page.clock.install(time=datetime.combine(TODAY, time(10)))
    sign_in(made.page)
    phone = Phone(made)
    phone.ready()
    expect(made.page.locator("#view form")).to_be_visible(timeout=30_000)
    (cookie,) = made.page.context.cookies()
    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == (COOKIE, True, "Strict")
    return phone


@pytest.fixture
def phone(visit, town):
    made = opened(visit, town.url)
    made.page.evaluate(
        "window.taps = 0;"
        "addEventListener('touchstart', (one) => { window.taps += one.isTrusted; }, true)"
    )
    yield made
    assert made.own_complaints() == []
    assert made.visit.outside == []


def taps(phone):
    """Return how often the screen was touched, as the page itself felt it."""
    felt = phone.page.evaluate("window.taps")
    assert felt == phone.taps
    return felt


def place(name_and_code):
    return re.compile(f"^{re.escape(name_and_code[0])}")


def nothing(phone, qpv=None):
    if qpv:
        phone.choice(place(qpv))
    phone.button("Rien à signaler")
    phone.button("Garder")


def observe(phone, rank, level, end):
    phone.tap(phone.page.locator(".theme button").nth(rank))
    phone.field("intensity", level)
    phone.field("size", "5 à 9")
    phone.field("place", "Hall")
    phone.tap(phone.page.locator(".cell").nth(rank))
    phone.button(end)


# --- taps --------------------------------------------------------------------------------------


def test_nothing_to_report_takes_three_taps_wherever_the_team_was(phone, town):
    nothing(phone, HOME)
    assert taps(phone) == 3
    phone.sent(town, 1)
    nothing(phone, OTHER)
    assert taps(phone) == 6
    phone.sent(town, 2)
    nothing(phone)  # where it was the last time
    assert taps(phone) == 8
    kept = phone.sent(town, 3)
    assert Counter(one["qpv"] for one in kept) == {HOME[1]: 1, OTHER[1]: 2}
    assert all(one["nothing_to_report"] and one["day"] == TODAY.isoformat() for one in kept)


def test_an_outing_with_two_full_observations_takes_at_most_fifteen_taps(phone, town):
    phone.choice(place(HOME))
    phone.button("Ajouter une observation")
    observe(phone, 0, "2 moyenne", "Ajouter, puis une autre")
    observe(phone, 1, "3 forte", "Ajouter")
    phone.button("Garder la sortie")
    assert taps(phone) <= 15
    (kept,) = phone.sent(town, 1)
    assert kept["qpv"] == HOME[1]
    seen = sorted(kept["seen"], key=lambda one: one["intensity"])
    assert [one["intensity"] for one in seen] == [2, 3]
    assert len({one["item"] for one in seen} & set(town.items)) == 2
    assert all(one["size_band"] == "5-9" and one["place"] == "hall" for one in seen)
    assert len({one["cell"] for one in seen}) == 2
    assert all(one["cell"].startswith("CRS3035RES200m") for one in seen)


def test_neighbourhoods_of_one_name_are_told_apart(phone, town):
    for rank, (name, code) in enumerate(TWINS.items(), 1):
        phone.choice(name)
        phone.button("Rien à signaler")
        commune = name.removeprefix("Centre Ville ")
        expect(phone.page.get_by_role("dialog")).to_contain_text(f"Centre Ville ({commune})")
        phone.button("Garder")
        assert code in {one["qpv"] for one in phone.sent(town, rank)}
    phone.link("Mes sorties")
    for name in TWINS:
        commune = name.removeprefix("Centre Ville ")
        expect(phone.page.locator(".card h3", has_text=f"({commune})")).to_have_count(1)


def test_the_many_neighbourhoods_of_a_site_fit_a_small_phone(phone, town):
    chips = phone.page.locator('[data-field="qpv"] .chip')
    assert chips.count() == 19
    assert phone.page.evaluate(NAMELESS, CONTROLS) == []
    assert phone.page.evaluate(SMALL, [CONTROLS, THUMB_PX]) == []
    assert not phone.page.evaluate(WIDE)
    phone.choice(place(OTHER))
    phone.button("Rien à signaler")
    phone.button("Garder")
    phone.sent(town, 1)
    expect(chips.first).to_contain_text(OTHER[0])  # the last one is at hand, whatever its rank
    expect(chips.first.locator("input")).to_be_checked()


# --- ten minutes without network ---------------------------------------------------------------


def typed_as(kept):
    """Return what an outing says, whatever its identifiers."""
    seen = sorted(((one["item"], one["intensity"]) for one in kept["seen"]), key=lambda one: one[1])
    return kept["qpv"], kept["nothing_to_report"], tuple(seen)


def queued(phone):
    """Return the outings that wait on the phone, by identifier."""
    return {one: typed_as(kept["outing"]) for one, kept in phone.holds()["queue"].items()}


def let_pass(phone, line, minutes):
    """Let minutes pass on the phone; each time that it tries again, the line refuses it."""
    for _ in range(minutes):
        phone.page.clock.fast_forward(MINUTE_MS)
        phone.page.wait_for_timeout(50)
    return line.refused


OFFLINE = "the phone has no network"
LONG = pytest.param("the server is out of reach", marks=pytest.mark.verify)


@pytest.mark.parametrize("cut", [OFFLINE, LONG])
def test_a_cut_of_ten_minutes_in_the_middle_brings_every_entry_once(visit, town, line, cut):
    phone = opened(visit, line.url)
    context = phone.page.context
    answers = Counter()
    context.on(
        "response",
        lambda one: answers.update([one.status] if one.url.endswith("/saisie/sorties") else []),
    )
    nothing(phone, HOME)
    phone.sent(town, 1)

    # The line goes while the server answers: it has written, the phone cannot know.
    line.fate = lambda: "lost after"
    nothing(phone, OTHER)
    phone.state("1 en attente")
    for _ in range(300):
        if len(town.outings()) == 2 and line.fates["lost after"]:
            break
        phone.page.wait_for_timeout(100)
    assert len(town.outings()) == 2
    doubtful = queued(phone)
    assert set(doubtful) <= {one["id"] for one in town.outings()}

    line.cut()
    if cut == OFFLINE:
        context.set_offline(True)
    phone.reload()  # in the middle: it opens without the server
    phone.state("1 en attente")
    phone.choice(place(HOME))
    phone.button("Ajouter une observation")
    observe(phone, 0, "2 moyenne", "Ajouter, puis une autre")
    phone.tap(phone.page.locator(".theme button").nth(1))
    phone.field("intensity", "3 forte")
    phone.wrote("'intensity': 3")
    let_pass(phone, line, 4)
    phone.reload()  # half written: it is there
    phone.button("Ajouter")
    phone.button("Garder la sortie")
    phone.state("2 en attente")
    nothing(phone)
    let_pass(phone, line, 3)
    page = context.new_page()  # the phone kills the tab, the team opens another
    phone.page.close()
    phone.visit.page = page
    page.goto(f"{line.url}/saisie")
    phone.state("3 en attente")
    nothing(phone, OTHER)
    let_pass(phone, line, 3)
    phone.state("4 en attente")
    assert len(town.outings()) == 2, "nothing came through"
    waiting = queued(phone)
    assert doubtful.items() <= waiting.items()
    if cut != OFFLINE:
        assert line.refused > 2, "it tried again while the line was cut"

    line.mend()
    if cut == OFFLINE:
        context.set_offline(False)
    else:
        phone.page.clock.fast_forward(7 * MINUTE_MS)  # beyond its longest wait
    kept = {one["id"]: typed_as(one) for one in phone.sent(town, 5)}
    assert waiting.items() <= kept.items(), "each arrived as it was typed"
    assert (answers[201], answers[200]) == (4, 1), "what had arrived was known again"
    said = [(qpv, none, [level for _, level in seen]) for qpv, none, seen in kept.values()]
    assert sorted(said) == [
        (HOME[1], False, [2, 3]),
        *[(HOME[1], True, [])] * 2,
        *[(OTHER[1], True, [])] * 2,
    ]
    phone.page.clock.fast_forward(10 * MINUTE_MS)
    phone.page.evaluate("dispatchEvent(new Event('online'))")
    phone.page.wait_for_timeout(500)
    assert len(town.outings()) == 5
    assert phone.holds()["queue"] == {}


def test_a_session_that_ended_during_the_cut_loses_nothing(visit, town, line):
    phone = opened(visit, line.url)
    line.cut()
    nothing(phone, HOME)
    nothing(phone, OTHER)
    let_pass(phone, line, 10)
    phone.state("2 en attente")
    waiting = queued(phone)
    town.end_sessions()
    line.mend()
    phone.page.clock.fast_forward(7 * MINUTE_MS)
    expect(phone.page.locator("#notes")).to_contain_text("La session est terminée")
    assert town.outings() == []
    phone.link("Se connecter")
    sign_in(phone.page)
    kept = phone.sent(town, 2)
    assert {one["id"]: typed_as(one) for one in kept} == waiting


def test_an_entry_that_is_sent_again_while_it_is_being_written_is_one_entry(town):
    """The answer may be given up on before the server is done: it then hears both together."""
    values = entry(HOME[1], town.items[0])
    headers = {"cookie": f"{COOKIE}={token_of(town.store, LOGIN)}"}

    def send(_rank):
        address = f"{town.url}/saisie/sorties"
        return requests.post(address, json=values, headers=headers, timeout=60)

    with ThreadPoolExecutor(12) as phones:
        answers = list(phones.map(send, range(24)))
    assert Counter(one.status_code for one in answers) == {201: 1, 200: 23}
    assert {one.json()["id"] for one in answers} == {values["id"]}
    (kept,) = town.outings()
    assert len(kept["seen"]) == 1


@pytest.mark.parametrize("count", [8, pytest.param(60, marks=pytest.mark.verify)])
def test_a_line_that_loses_requests_and_answers_brings_every_entry_once(visit, town, line, count):
    draw = random.Random(count)
    phone = opened(visit, line.url)
    line.fate = lambda: draw.choice(["passes", "lost before", "lost after", "lost after"])
    typed = Counter()
    for rank in range(count):
        qpv = draw.choice([HOME, OTHER])
        nothing(phone, qpv)
        typed[qpv[1], True, ()] += 1
        if rank % 3 == 0:
            phone.page.clock.fast_forward(6 * MINUTE_MS)
    for _ in range(60):
        if not phone.holds()["queue"]:
            break
        phone.page.clock.fast_forward(7 * MINUTE_MS)
        phone.page.wait_for_timeout(300)
    assert Counter(map(typed_as, phone.sent(town, count))) == typed
    assert min(line.fates["lost before"], line.fates["lost after"]) > 0
