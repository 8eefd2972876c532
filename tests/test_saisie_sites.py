"""An account of several sites on the page « Saisie »: each entry by the rules of its own site.

A phone of 360 px in a real Chromium, against the tests' own small desk, whose second site
(« lointain ») has another grid, coarser squares, no words and seven days back.
"""

from __future__ import annotations

import re

import pytest
import requests
from playwright.sync_api import expect
from saisie_desk import COOKIE, FAR
from saisie_phone import THUMB_PX, open_phone
from test_saisie_page import CONTROLS, NAMELESS, SMALL, UNTOLD, WIDE, A, phone, server

pytestmark = pytest.mark.browser
__all__ = ["phone", "server"]  # fixtures
FAR_NAME = "Quartier lointain"
OLD = """async () => {
  const opened = await new Promise((done) => {
    const asked = indexedDB.open("saisie");
    asked.onsuccess = () => done(asked.result);
  });
  const change = (name, work) => new Promise((done) => {
    const made = opened.transaction(name, "readwrite");
    made.oncomplete = done;
    work(made.objectStore(name));
  });
  await change("kept", (kept) => {
    kept.get("frame").onsuccess = ({ target }) => {
      const { frame, last } = target.result;
      const [{ id, name, ...terms }] = frame.sites;
      const { team, today, screening } = frame;
      const old = { team, site: { id, name }, today, ...terms, screening };
      kept.put({ frame: old, last }, "frame");
    };
  });
  await change("queue", (queue) => {
    queue.getAll().onsuccess = ({ target }) => {
      for (const one of target.result) queue.put({ ...one, owner: "fictif/Équipe Alpha" });
    };
  });
  opened.close();
}"""


@pytest.fixture
def desk(server):
    server.ways(forget=True, far={}, text=True)
    return server


def begin(phone, qpv, item):
    phone.choice(qpv)
    phone.button("Ajouter une observation")
    phone.item(item)
    phone.field("intensity", "2 moyenne")


def wake(phone):
    phone.page.evaluate("dispatchEvent(new Event('online'))")


# --- what is offered ---------------------------------------------------------------------------


def test_neighbourhoods_stand_under_the_name_of_their_site(phone):
    field = phone.page.locator('[data-field="qpv"]')
    titles = ["Site fictif", "Site lointain"]
    expect(field.get_by_role("heading")).to_have_text(titles)
    far = field.get_by_role("group", name="Site lointain")
    expect(far.get_by_role("radio")).to_have_count(1)
    expect(field.get_by_role("radio")).to_have_count(4)
    expect(phone.page.locator("#team")).to_have_text("Équipe Alpha · Site fictif, Site lointain")
    assert phone.page.evaluate(NAMELESS, CONTROLS) == []
    assert phone.page.evaluate(SMALL, [CONTROLS, THUMB_PX]) == []
    assert phone.page.evaluate(UNTOLD) == 0
    assert not phone.page.evaluate(WIDE)


def test_nothing_to_report_still_takes_three_taps_then_two(phone, desk):
    phone.nothing(FAR_NAME)
    assert phone.taps == 3
    phone.sent(desk, 1)
    titles = phone.page.locator('[data-field="qpv"]').get_by_role("heading")
    expect(titles.first).to_have_text("Site lointain")  # where the team was the last time
    phone.nothing()
    assert phone.taps == 5
    assert {one["qpv"] for one in phone.sent(desk, 2)} == {FAR}


def test_the_grid_the_squares_and_the_words_are_those_of_the_site(phone):
    begin(phone, A, "Tensions")
    expect(phone.page.locator(".cell")).to_have_count(16)
    expect(phone.page.get_by_label("Précision")).to_have_count(1)
    phone.button("Laisser cette observation")
    phone.choice(FAR_NAME)
    phone.button("Ajouter une observation")
    rows = phone.page.locator(".theme button")
    expect(rows).to_have_text(["Regroupements", "Mobilier abîmé"])
    phone.item("Mobilier")
    cells = phone.page.locator(".cell")
    expect(cells).to_have_count(4)
    expect(cells.first).to_have_attribute("data-cell", re.compile("RES400m"))
    expect(phone.page.locator("textarea")).to_have_count(0)


def test_days_go_back_as_far_as_the_site_of_the_neighbourhood_says(visit, desk):
    desk.ways(far={}, today="2026-03-20")
    phone = open_phone(visit, desk)
    phone.page.clock.install(time="2026-03-20T10:00:00")
    phone.reload()
    day = phone.page.get_by_label("Date de la sortie")
    expect(day).to_have_attribute("min", "2026-01-19")
    phone.choice(FAR_NAME)
    expect(day).to_have_attribute("min", "2026-03-13")
    expect(phone.page.get_by_role("radio", name=FAR_NAME)).to_be_focused()
    phone.choice(A)
    expect(day).to_have_attribute("min", "2026-01-19")
    phone.choice("Autre jour")
    day.fill("2026-03-02")
    phone.choice(FAR_NAME)
    phone.button("Rien à signaler")
    expect(phone.page.get_by_role("alert").filter(has_text="vendredi 13 mars")).to_be_visible()
    assert desk.outings() == []


def test_an_outing_moved_to_another_site_keeps_what_its_grid_has_and_asks_for_the_rest(phone, desk):
    begin(phone, A, "Tensions")
    phone.page.get_by_label("Précision").fill("du monde")
    phone.tap(phone.page.locator(".cell").nth(5))
    phone.button("Ajouter")
    phone.choice(FAR_NAME)
    seen = phone.page.locator("#seen")
    expect(seen).to_contain_text("les carrés choisis ont été enlevés")
    expect(seen).to_contain_text("les précisions ont été enlevées")
    expect(seen).to_contain_text("Tensions visibles")
    expect(seen).to_contain_text("N’est pas dans la grille de ce site")
    phone.button("Garder la sortie")
    phone.item("Mobilier")
    expect(phone.page.get_by_role("radio", name="2 moyenne")).to_be_checked()
    phone.button("Ajouter")
    phone.keep("Garder la sortie")
    (kept,) = phone.sent(desk, 1)
    (one,) = kept["seen"]
    assert (kept["qpv"], one["item"], one["intensity"]) == (FAR, "mobilier", 2)
    assert (one["cell"], one["words"]) == ("", "")


def test_a_site_without_agreement_is_not_offered_and_the_page_says_why(visit, desk):
    desk.ways(far={"agreement": None, "precision": "qpv"})
    phone = open_phone(visit, desk)
    view = phone.page.locator("#view")
    expect(view).to_contain_text("Site lointain\u00a0: rien ne peut y être saisi")
    expect(view.get_by_role("radio", name=FAR_NAME)).to_have_count(0)
    phone.nothing(A)
    phone.sent(desk, 1)
    desk.ways(far={"agreement": None}, no_agreement=True)
    phone.reload()
    for name in ("Site fictif", "Site lointain"):
        expect(view).to_contain_text(f"{name}\u00a0: rien ne peut y être saisi")
    expect(view.get_by_role("radio")).to_have_count(0)
    expect(view.get_by_role("button")).to_have_count(0)


# --- the queue ---------------------------------------------------------------------------------


def test_entries_of_both_sites_wait_without_network_and_leave_by_their_own_rules(phone, desk):
    phone.page.context.set_offline(True)
    phone.reload()
    begin(phone, A, "Tensions")
    phone.tap(phone.page.locator(".cell").nth(6))
    phone.page.get_by_label("Précision").fill("du monde")
    phone.button("Ajouter")
    phone.keep("Garder la sortie")
    begin(phone, FAR_NAME, "Mobilier")
    phone.tap(phone.page.locator(".cell").nth(1))
    phone.button("Ajouter")
    phone.keep("Garder la sortie")
    phone.state("2 en attente")
    phone.link("Mes sorties")
    cards = phone.page.locator(".card h3")
    expect(cards.filter(has_text=f"{FAR_NAME}, Site lointain")).to_have_count(1)
    phone.page.context.set_offline(False)
    kept = {one["qpv"]: one["seen"][0] for one in phone.sent(desk, 2)}
    assert (kept["QN04291M"]["item"], kept["QN04291M"]["words"]) == ("tensions", "du monde")
    assert "RES200m" in kept["QN04291M"]["cell"]
    assert kept[FAR]["item"] == "mobilier"
    assert "RES400m" in kept[FAR]["cell"]


def test_an_entry_of_a_site_that_is_lost_is_set_aside_and_leaves_when_it_is_back(phone, desk):
    phone.page.context.set_offline(True)
    phone.nothing(FAR_NAME)
    phone.nothing(A)
    phone.state("2 en attente")
    desk.ways()  # the account has one site now
    phone.page.context.set_offline(False)
    phone.state("1 à revoir")
    assert [one["qpv"] for one in desk.outings()] == ["QN04291M"]
    phone.link("Mes sorties")
    card = phone.page.locator(".card", has_text="à revoir")
    expect(card.get_by_role("heading")).to_have_text(f"{FAR_NAME}, Site lointain")
    expect(card).to_contain_text("n’est pas, ou n’est plus, dans un site de votre compte")
    expect(card).to_contain_text("Elle partira d’elle-même")
    phone.reload()
    phone.state("1 à revoir")
    desk.ways(far={})
    wake(phone)
    assert {one["qpv"] for one in phone.sent(desk, 2)} == {"QN04291M", FAR}


def test_an_account_that_may_write_nothing_any_more_is_told_so_of_each_entry(phone, desk):
    phone.page.context.set_offline(True)
    phone.nothing(A)
    desk.ways(far={}, forbidden=True)
    phone.page.context.set_offline(False)
    phone.state("1 à revoir")
    phone.link("Mes sorties")
    expect(phone.page.locator(".card")).to_contain_text("Aucun protocole.")
    desk.ways(far={})
    wake(phone)
    phone.sent(desk, 1)


def test_an_entry_never_leaves_under_who_signed_in_while_the_page_stayed_open(phone, desk):
    """The page knows that it is Alpha's; another page signs Alpha out and Beta in."""
    other = phone.page.context.new_page()
    other.goto(f"{desk.url}/connexion?equipe=Beta&suite=/saisie/fichiers/favicon.svg")
    other.close()
    with phone.page.expect_response("**/saisie/sorties") as answer:
        phone.nothing(A)
    assert answer.value.status == 401
    assert desk.outings() == []
    wake(phone)
    expect(phone.page.locator("#team")).to_contain_text("Équipe Beta")
    phone.nothing(A)
    assert [one["team"] for one in phone.sent(desk, 1)] == ["Équipe Beta"]
    phone.page.goto(f"{desk.url}/connexion?equipe=Alpha")
    assert [one["team"] for one in phone.sent(desk, 2)] == ["Équipe Beta", "Équipe Alpha"]


def test_what_was_sent_under_another_name_is_refused_by_the_address_itself(desk):
    values = {"id": "1d1f4d4e-7a0e-4f1e-8f5a-2b7f0a3a9c11", "day": "2026-01-01", "slot": "soir"}
    headers = {"cookie": f"{COOKIE}=equipe-Beta", "saisie-equipe": "%C3%89quipe%20Alpha"}
    address = f"{desk.url}/saisie/sorties"
    answer = requests.post(address, json=values, headers=headers, timeout=60)
    assert answer.status_code == 401
    assert desk.outings() == []


def test_what_a_phone_kept_when_an_account_had_one_site_still_opens_and_leaves(phone, desk):
    phone.page.context.set_offline(True)
    phone.nothing(A)
    phone.state("1 en attente")
    phone.page.evaluate(OLD)
    phone.reload()
    phone.state("1 en attente")
    expect(phone.page.locator("#team")).to_have_text("Équipe Alpha · Site fictif")
    phone.nothing("Quartier fictif B")
    phone.state("2 en attente")
    phone.page.context.set_offline(False)
    assert {one["team"] for one in phone.sent(desk, 2)} == {"Équipe Alpha"}
