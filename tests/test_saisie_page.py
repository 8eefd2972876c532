"""The page « Saisie » in a real Chromium: taps, no network, nothing lost, nothing twice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from saisie_desk import COOKIE, NASTY
from saisie_phone import THUMB_PX, TURNS, open_phone, started

import observatoire.saisie
from observatoire.labels import read_words
from observatoire.saisie.shell import PARTS
from observatoire.squares import square_names

pytestmark = pytest.mark.browser
STATIC = Path(observatoire.saisie.__file__).parent / "static"
A, B = "Quartier fictif A", "Quartier fictif B"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with started(tmp_path_factory.mktemp("saisie")) as desk:
        yield desk


@pytest.fixture
def desk(server):
    server.ways(forget=True)
    return server


@pytest.fixture
def phone(visit, desk):
    made = open_phone(visit, desk)
    yield made
    assert made.visit.outside == []
    assert made.own_complaints() == []


def observe(phone, item, level="2 moyenne", end="Ajouter"):
    phone.item(item)
    phone.field("intensity", level)
    phone.field("size", "5 à 9")
    phone.field("place", "Hall")
    phone.tap(phone.page.locator(".cell").nth(6))
    phone.button(end)


# --- taps --------------------------------------------------------------------------------------


def test_nothing_to_report_takes_three_taps_then_two(phone, desk):
    phone.nothing(A)
    assert phone.taps == 3
    phone.sent(desk, 1)
    phone.nothing()  # the neighbourhood of the last time
    assert phone.taps == 5
    kept = phone.sent(desk, 2)
    expect(phone.page.locator("#notes")).to_contain_text("Sortie gardée, puis envoyée.")
    assert all(one["nothing_to_report"] and one["seen"] == [] for one in kept)
    assert {one["qpv"] for one in kept} == {"QN04291M"}


def test_an_outing_with_two_full_observations_takes_at_most_fifteen_taps(phone, desk):
    phone.choice(A)
    phone.button("Ajouter une observation")
    observe(phone, "Regroupements", end="Ajouter, puis une autre")
    observe(phone, "Présence tardive", "3 forte")
    phone.keep("Garder la sortie")
    assert phone.taps <= 15
    (kept,) = phone.sent(desk, 1)
    fields = ("item", "intensity", "size_band", "place")
    assert [tuple(one[name] for name in fields) for one in kept["seen"]] == [
        ("regroupements", 2, "5-9", "hall"),
        ("nuit", 3, "5-9", "hall"),
    ]
    assert all(one["cell"].startswith("CRS3035RES200m") for one in kept["seen"])


def test_duration_and_workers_are_offered_again_the_next_time(phone, desk):
    for _ in range(3):
        phone.button("Une demi-heure de plus")
    phone.button("Un intervenant de plus")
    phone.nothing(A)
    phone.sent(desk, 1)
    phone.nothing()
    assert [(one["duration_min"], one["workers"]) for one in phone.sent(desk, 2)] == [(90, 1)] * 2


def test_what_is_missing_is_said_and_nothing_is_kept(phone, desk):
    phone.button("Rien à signaler")
    expect(
        phone.page.get_by_role("alert").filter(has_text="Choisissez le quartier")
    ).to_be_visible()
    phone.choice(A)
    phone.button("Ajouter une observation")
    phone.item("Tensions")
    phone.button("Ajouter")
    expect(phone.page.get_by_role("alert").filter(has_text="intensité")).to_be_visible()
    assert desk.outings() == []


def test_without_an_observation_an_outing_is_kept_as_nothing_to_report_alone(phone, desk):
    phone.choice(A)
    phone.button("Ajouter une observation")
    observe(phone, "Regroupements")
    keep = phone.page.get_by_role("button", name="Garder la sortie")
    expect(keep).to_be_visible()
    phone.button("Enlever")
    expect(keep).to_have_count(0)
    expect(phone.page.get_by_role("button", name="Rien à signaler")).to_be_visible()
    assert desk.outings() == []


def test_squares_have_the_names_that_readers_are_told(phone):
    """The page names squares by itself, without network; other pages name them in Python."""
    quarters = phone.page.evaluate(
        """async () => {
            const { namedCells } = await import("/saisie/fichiers/cells.js");
            const frame = await (await fetch("/saisie/cadre.json")).json();
            const { qpv } = frame.sites[0];
            return qpv.map((one) => namedCells(one).map((cell) => [cell.id, cell.name]));
        }"""
    )
    assert len(quarters) == 3
    for quarter in quarters:
        assert square_names(cell for cell, _ in quarter) == dict(quarter)


def test_only_the_part_of_the_day_is_kept(visit, desk):
    desk.ways(today="2026-03-04")  # a Wednesday
    phone = open_phone(visit, desk)
    phone.page.clock.install(time="2026-03-04T14:37:11")
    phone.reload()
    phone.nothing(A)
    (kept,) = phone.sent(desk, 1)
    assert (kept["day"], kept["slot"]) == ("2026-03-04", "apm")
    assert not re.search(r"\d\d:\d\d|14|37", str([kept["slot"], phone.holds()["queue"]]))


# --- without network ---------------------------------------------------------------------------


def test_without_network_it_opens_and_keeps_then_sends_once_and_keeps_nothing(phone, desk):
    context = phone.page.context
    context.set_offline(True)
    phone.reload()
    phone.nothing(A)
    expect(phone.page.locator("#notes")).to_contain_text("gardée sur ce téléphone")
    phone.state("1 en attente")
    phone.reload()
    phone.state("1 en attente")
    assert desk.outings() == []
    # the tab is killed
    page = context.new_page()
    phone.page.close()
    phone.visit.page = page
    page.goto(f"{desk.url}/saisie")
    phone.state("1 en attente")
    context.set_offline(False)
    phone.sent(desk, 1)
    held = phone.holds()
    assert held["queue"] == {}
    assert list(held["kept"]) == ["frame"]
    assert (held["local"], held["session"], held["cookie"]) == ({}, {}, "")
    assert not [path for path in held["cached"] if path.endswith(".json")]


def test_a_cut_of_ten_minutes_in_the_middle_loses_and_doubles_nothing(visit, desk):
    phone = open_phone(visit, desk)
    phone.page.clock.install()
    phone.reload()
    phone.nothing(A)
    phone.nothing()
    phone.page.context.set_offline(True)
    for _ in range(4):
        phone.nothing()
        phone.page.clock.fast_forward(150_000)
    phone.state(re.compile("^[45] en attente$"))  # the second may be on its way when it is cut
    phone.page.context.set_offline(False)
    phone.sent(desk, 6)


def test_a_server_that_stops_and_comes_back_is_found_again_by_the_timer(visit, desk):
    phone = open_phone(visit, desk)
    phone.page.clock.install()
    phone.reload()
    desk.kill()
    try:
        phone.reload()
        phone.nothing(A)
        phone.state("1 en attente")
        for _ in range(3):
            phone.page.clock.fast_forward(60_000)
    finally:
        desk.start()
    for _ in range(TURNS):  # the timer is set once the last call has failed
        if desk.outings():
            break
        phone.page.clock.fast_forward(400_000)
        phone.page.wait_for_timeout(100)
    phone.sent(desk, 1)


@pytest.mark.parametrize("die", [False, True])
def test_an_answer_that_is_lost_does_not_make_two_entries(visit, desk, die):
    phone = open_phone(visit, desk)
    desk.ways(lose=1, die=die)
    phone.nothing(A)
    phone.state("1 en attente")
    if die:
        desk.died()
        desk.start()
    phone.page.evaluate("dispatchEvent(new Event('online'))")
    phone.sent(desk, 1)
    assert phone.holds()["queue"] == {}


def test_a_portal_that_answers_in_the_servers_place_acknowledges_nothing(phone, desk):
    portal = {"status": 200, "content_type": "text/html", "body": "<p>Wi-Fi</p>"}
    phone.page.context.route("**/saisie/sorties", lambda route: route.fulfill(**portal))
    with phone.page.expect_response("**/saisie/sorties"):
        phone.nothing(A)
    phone.state("1 en attente")
    phone.page.context.unroute("**/saisie/sorties")
    phone.page.evaluate("dispatchEvent(new Event('online'))")
    phone.sent(desk, 1)


def test_a_store_that_is_down_is_tried_again(phone, desk):
    desk.ways(store_down=True)
    with phone.page.expect_response("**/saisie/sorties"):
        phone.nothing(A)
    phone.state("1 en attente")
    desk.ways()
    phone.page.evaluate("dispatchEvent(new Event('online'))")
    phone.state("Tout envoyé")


def test_an_outing_half_written_is_there_after_a_reload(phone, desk):
    phone.choice(A)
    phone.button("Ajouter une observation")
    observe(phone, "Regroupements", end="Ajouter, puis une autre")
    phone.item("Tensions")
    phone.field("intensity", "3 forte")
    phone.wrote("'intensity': 3")
    phone.reload()
    expect(phone.page.get_by_role("radio", name="3 forte")).to_be_checked()
    phone.button("Ajouter")
    phone.keep("Garder la sortie")
    assert [one["item"] for one in phone.sent(desk, 1)[0]["seen"]] == ["regroupements", "tensions"]
    assert list(phone.holds()["kept"]) == ["frame"]


# --- sessions, refusals ------------------------------------------------------------------------


def test_a_session_that_ends_keeps_entries_until_the_next_one(phone, desk):
    desk.ways(ended=True)
    phone.reload()
    expect(phone.page.locator("#notes")).to_contain_text("La session est terminée")
    phone.nothing(A)
    phone.state("1 en attente")
    assert desk.outings() == []
    phone.link("Se connecter")
    phone.sent(desk, 1)


def test_another_team_on_the_same_phone_sends_nothing_in_its_name(phone, desk):
    phone.page.context.set_offline(True)
    phone.nothing(A)
    phone.state("1 en attente")
    # the team goes and the other one comes while this page is elsewhere
    phone.page.goto("about:blank")
    phone.page.context.set_offline(False)
    phone.page.goto(f"{desk.url}/connexion?equipe=Beta")
    expect(phone.page.locator("#team")).to_contain_text("Équipe Beta")
    phone.link("Mes sorties")
    expect(phone.page.locator("#view")).to_contain_text("d’une autre équipe")
    assert desk.outings() == []
    phone.page.goto(f"{desk.url}/connexion?equipe=Alpha")
    assert [one["team"] for one in phone.sent(desk, 1)] == ["Équipe Alpha"]


def test_a_refused_entry_is_set_aside_corrected_or_discarded(phone, desk):
    desk.ways(only_qpv=["QN04292M"])
    phone.nothing(A)
    phone.state("1 à revoir")
    phone.link("Mes sorties")
    card = phone.page.locator(".card").first
    expect(card).to_contain_text("Cette sortie ne peut pas être gardée.")
    expect(card).to_contain_text("quartier\u00a0: n’est pas un quartier de l’équipe")
    phone.reload()
    phone.state("1 à revoir")
    phone.button("Corriger")
    phone.nothing(B)
    assert [one["qpv"] for one in phone.sent(desk, 1)] == ["QN04292M"]
    phone.nothing(A)
    phone.state("1 à revoir")
    phone.link("Mes sorties")
    phone.tap(phone.page.locator(".card").get_by_role("button", name="Jeter"))
    phone.tap(phone.page.get_by_role("dialog").get_by_role("button", name="Jeter"))
    phone.state("Tout envoyé")
    assert phone.holds()["queue"] == {}


def test_the_teams_outings_are_corrected_and_withdrawn(phone, desk):
    phone.nothing(A)
    phone.sent(desk, 1)
    phone.link("Mes sorties")
    phone.button("Corriger")
    phone.nothing(B)
    first, second = phone.sent(desk, 2)
    assert (second["corrects"], second["qpv"]) == (first["id"], "QN04292M")
    phone.link("Mes sorties")
    expect(phone.page.locator(".card")).to_have_count(1)
    expect(phone.page.locator(".card")).to_contain_text("correction")
    phone.button("Retirer")
    phone.tap(phone.page.get_by_role("dialog").get_by_role("button", name="Retirer"))
    expect(phone.page.locator(".card.withdrawn")).to_contain_text("retirée")


def test_a_correction_made_without_network_leaves_after_what_it_corrects(phone, desk):
    phone.page.context.set_offline(True)
    phone.nothing(A)
    phone.link("Mes sorties")
    phone.button("Corriger")
    phone.nothing(B)
    phone.state("2 en attente")
    phone.page.context.set_offline(False)
    first, second = phone.sent(desk, 2)
    assert second["corrects"] == first["id"]


def test_signing_out_forgets_the_team_and_keeps_what_is_not_sent(phone, desk):
    desk.ways(store_down=True)
    phone.nothing(A)
    phone.state("1 en attente")
    phone.link("Mes sorties")
    phone.button("Se déconnecter")
    dialog = phone.page.get_by_role("dialog")
    expect(dialog).to_contain_text("n’est pas encore envoyée")
    phone.button("Se déconnecter et garder")
    expect(phone.page.locator("#view")).to_contain_text("Connectez-vous")
    held = phone.holds()
    assert held["kept"] == {}
    assert len(held["queue"]) == 1
    assert phone.page.context.cookies() == []
    desk.ways()
    phone.link("Se connecter")
    phone.state("Tout envoyé")


def test_unsent_entries_are_erased_only_when_one_is_sure(phone, desk):
    phone.page.context.set_offline(True)
    phone.nothing(A)
    phone.link("Mes sorties")
    phone.button("Se déconnecter")
    phone.button("Se déconnecter et tout effacer")
    phone.button("Annuler")
    assert len(phone.holds()["queue"]) == 1
    phone.button("Se déconnecter")
    phone.button("Se déconnecter et tout effacer")
    phone.button("Oui, effacer")
    expect(phone.page.locator("#view")).to_contain_text("le serveur n’a pas pu être prévenu")
    held = phone.holds()
    assert (held["queue"], held["kept"]) == ({}, {"leaving": True})
    phone.page.context.set_offline(False)
    expect(phone.page.locator("#view")).to_contain_text("Connectez-vous")
    assert phone.page.context.cookies() == []
    assert phone.holds()["kept"] == {}


# --- what may be entered -----------------------------------------------------------------------


def test_without_an_agreement_nothing_is_entered(visit, desk):
    desk.ways(no_agreement=True)
    phone = open_phone(visit, desk)
    expect(phone.page.locator("#view")).to_contain_text("Rien ne peut être saisi")
    expect(phone.page.get_by_role("button", name="Rien à signaler")).to_have_count(0)


def test_the_map_is_no_finer_than_agreed(visit, desk):
    for precision, cells in (("qpv", 0), ("400", 4), ("200", 16)):
        desk.ways(precision=precision)
        phone = open_phone(visit, desk)
        phone.choice(A)
        phone.button("Ajouter une observation")
        phone.item("Regroupements")
        expect(phone.page.get_by_role("radio", name="1 faible")).to_be_visible()
        expect(phone.page.locator(".cell")).to_have_count(cells)
        expect(phone.page.locator("textarea")).to_have_count(0)


def test_words_are_counted_screened_and_stopped(visit, desk):
    desk.ways(text=True)
    phone = open_phone(visit, desk)
    phone.choice(A)
    phone.button("Ajouter une observation")
    phone.item("Regroupements")
    phone.field("intensity", "1 faible")
    area = phone.page.get_by_label("Précision")
    area.fill("vu Dupont")
    expect(phone.page.get_by_role("alert").filter(has_text="un nom")).to_be_visible()
    expect(phone.page.locator("#view")).to_contain_text("9 sur 280 caractères")
    phone.button("Ajouter")
    expect(area).to_be_focused()
    assert "Dupont" not in str(phone.holds())
    area.fill("du\u0007 monde")
    expect(phone.page.get_by_role("alert").filter(has_text="un nom")).to_have_count(0)
    phone.button("Ajouter")
    phone.keep("Garder la sortie")
    assert phone.sent(desk, 1)[0]["seen"][0]["words"] == "du monde"


def test_markup_in_names_and_words_is_shown_as_text(visit, desk):
    desk.ways(nasty=True, text=True)
    phone = open_phone(visit, desk)
    expect(phone.page.locator("#team")).to_contain_text(NASTY)
    phone.tap(phone.page.get_by_role("radio").first)
    phone.button("Ajouter une observation")
    phone.tap(phone.page.locator(".theme button").first)
    phone.field("intensity", "1 faible")
    phone.page.get_by_label("Précision").fill(NASTY)
    phone.button("Ajouter")
    phone.keep("Garder la sortie")
    expect(phone.page.locator("#notes")).to_contain_text("envoyée")
    phone.link("Mes sorties")
    expect(phone.page.locator(".card")).to_contain_text(NASTY)
    assert phone.page.locator("main img").count() == 0
    assert phone.page.evaluate("window.hurt") is None
    assert phone.own_complaints() == []


# --- for everybody -----------------------------------------------------------------------------

CONTROLS = "a[href], button, input, select, textarea, [role=button]"
NAMELESS = """(shown) => [...document.querySelectorAll(shown)].filter((one) => {
  const names = [one.getAttribute("aria-label"), one.labels?.[0]?.textContent, one.textContent];
  return one.checkVisibility() && !names.some((name) => name?.trim());
}).map((one) => one.outerHTML)"""
SMALL = """([shown, least]) => [...document.querySelectorAll(shown)].filter((one) => {
  const box = one.getBoundingClientRect();
  return one.checkVisibility() && (box.width < least - 0.5 || box.height < least - 0.5);
}).map((one) => one.outerHTML)"""
WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
UNTOLD = "document.querySelectorAll('fieldset:not(:has(> legend))').length"
NAME = """() => {
  const one = document.activeElement;
  return one.getAttribute("aria-label") || one.textContent || one.labels?.[0]?.textContent || "";
}"""
UNSEEN = """() => {
  const one = document.activeElement;
  if (one.matches("body, h1")) return null;
  const drawn = (el) => el && getComputedStyle(el).outlineStyle !== "none";
  const stroke = one.querySelector?.(":scope > path");
  if (drawn(one) || drawn(one.nextElementSibling)) return null;
  return stroke && getComputedStyle(stroke).strokeWidth === "5px" ? null : one.outerHTML;
}"""


def views(phone):
    yield "outing"
    phone.choice(A)
    phone.button("Ajouter une observation")
    expect(phone.page.locator(".theme")).to_have_count(3)
    yield "items"
    phone.item("Regroupements")
    expect(phone.page.locator(".map")).to_be_visible()
    yield "observation"
    phone.field("intensity", "1 faible")
    phone.button("Ajouter")
    expect(phone.page.locator("#seen")).to_be_visible()
    yield "review"
    phone.keep("Garder la sortie")
    phone.state("Tout envoyé")
    phone.link("Mes sorties")
    expect(phone.page.locator(".card")).to_have_count(1)
    yield "own"


@pytest.mark.parametrize("width", [360, 1280])
def test_every_control_is_named_large_enough_and_on_the_screen(visit, desk, width):
    desk.ways(forget=True, text=True)
    phone = open_phone(visit, desk, width=width)
    assert phone.page.locator("html").get_attribute("lang") == "fr"
    for view in views(phone):
        assert phone.page.evaluate(NAMELESS, CONTROLS) == [], view
        assert phone.page.evaluate(SMALL, [CONTROLS, THUMB_PX]) == [], view
        assert not phone.page.evaluate(WIDE), view
        assert phone.page.locator("h1").count() == 1, view
        assert phone.page.evaluate(UNTOLD) == 0, view


def test_the_keyboard_alone_writes_an_outing_and_sees_where_it_is(visit, desk):
    phone = open_phone(visit, desk, width=1280, has_touch=False)
    press = phone.page.keyboard.press

    def reach(name):
        for _ in range(40):
            press("Tab")
            assert phone.page.evaluate(UNSEEN) is None
            focused = phone.page.evaluate(NAME)
            if focused.strip() == name:
                return
        raise AssertionError(name)

    reach(A)
    press("Space")
    reach("Ajouter une observation")
    press("Enter")
    expect(phone.page.get_by_role("heading", level=1)).to_be_focused()
    reach("Regroupements")
    press("Enter")
    expect(phone.page.locator(".map")).to_be_visible()
    reach("1faible")
    press("ArrowRight")
    reach("carré A1")
    press("ArrowRight")
    press("ArrowDown")
    press("Space")
    expect(phone.page.get_by_role("button", name="carré B2")).to_have_attribute(
        "aria-pressed", "true"
    )
    reach("Ajouter")
    press("Enter")
    expect(phone.page.locator("#seen")).to_be_visible()
    reach("Garder la sortie")
    press("Enter")
    (seen,) = phone.sent(desk, 1)[0]["seen"]
    assert (seen["intensity"], seen["cell"]) == (2, "CRS3035RES200mN2500400E3900200")


def test_every_word_of_the_page_is_used_and_every_word_asked_for_exists():
    text = "\n".join(path.read_text("utf-8") for path in sorted(STATIC.glob("*.js")))
    filled = (STATIC / "saisie.html").read_text("utf-8")
    given = {name for name in read_words("saisie").entries if name.startswith(PARTS)}
    quoted = set(re.findall(r"[\"`]([a-z_]+\.[a-z_]+)[\"`]", text))
    quoted |= set(re.findall(r"\{\{([a-z_]+\.[a-z_]+)\}\}", filled))
    begun = tuple(re.findall(r"`([a-z_.]+\.(?:[a-z_]*))\$\{", text))
    counted = {name.removesuffix(".one") for name in given if name.endswith(".one")}
    bare = {name for name in given if name.rpartition(".")[0] not in counted} | counted
    assert {name for name in bare if name not in quoted and not name.startswith(begun)} == set()
    files = {path.name for path in STATIC.iterdir()} | {"favicon.svg", "screening.js"}
    assert {name for name in quoted if name not in bare} - files == set()


def test_no_module_speaks_french_by_itself():
    for path in STATIC.glob("*.js"):
        code = re.sub(r"//.*", "", path.read_text("utf-8"))
        for said in re.findall(r"\"([^\"\n]*)\"|`([^`]*)`", code):
            assert not re.search(r"[éèêàùçôî’]", "".join(said)), (path.name, said)


def test_the_cookie_is_out_of_reach_of_the_page(phone):
    (cookie,) = phone.page.context.cookies()
    assert (cookie["name"], cookie["httpOnly"]) == (COOKIE, True)
    assert phone.page.evaluate("document.cookie") == ""
