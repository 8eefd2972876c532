"""Entries on a real PostGIS: written once, no finer than agreed, gone in time."""

from __future__ import annotations

import json
import uuid
from datetime import date, timedelta

import pytest
from entry_town import date_agreements, make_town
from sqlalchemy import text
from visitors import account, signed, token_of

from observatoire import (
    pipeline,
    protocole_desk,
    publication,
    retention,
)
from observatoire.capture import Entries
from observatoire.errors import (
    AccessError,
    ConflictError,
    NotFoundError,
    SchemaError,
    StoreError,
)
from observatoire.protocole import Share, Terms
from observatoire.store import captured
from observatoire.store.expiry import Expired, expire

TODAY = date.today()
TEAM, OTHER = "Équipe A", "Équipe B"
SHARES = (Share("delegate", rhythm="monthly"), Share("street_team", precision="400", rhythm="now"))


def agree(store, settings, terms, site="loire", by=(TEAM, "Préfecture")):
    with store.owner() as owner:
        kept = protocole_desk.draft(owner, settings.site(site), terms)
        kept = protocole_desk.propose(owner, kept)
        return protocole_desk.agree(owner, kept, TODAY, by)


def site_frame(desk, token):
    """Return what the page is given of the one site of an account."""
    (site,) = desk.frame(token)["sites"]
    return site


def furnish(store, settings):
    """Give a store the town where teams write, and two teams of the Loire; return its items."""
    items = make_town(store, settings)
    account(store, "team-a", "street_team", TEAM, ("loire",))
    account(store, "team-b", "street_team", OTHER, ("loire",))
    return items


@pytest.fixture
def town(store, settings):
    return store, settings, furnish(store, settings)


def entry(qpv, item="", **changes):
    seen = {
        "id": str(uuid.uuid4()),
        "item": item,
        "intensity": 2,
        "size_band": "5-9",
        "place": "hall",
        "cell": "",
        "words": "",
    }
    values = {
        "id": str(uuid.uuid4()),
        "day": TODAY.isoformat(),
        "slot": "soir",
        "qpv": qpv,
        "duration_min": 90,
        "workers": 2,
        "nothing_to_report": not item,
        "seen": [seen] if item else [],
        "corrects": "",
    }
    return values | changes


def test_from_nothing_to_a_released_figure(town):
    store, settings, items = town
    desk, token = Entries(settings, store), token_of(store, "team-a")
    assert site_frame(desk, token)["agreement"] is None
    with pytest.raises(AccessError):
        desk.keep(token, entry("QP042001"))
    agree(store, settings, Terms(shares=SHARES, precision="400"))
    frame = site_frame(desk, token)
    assert frame["agreement"] == 1
    assert {one["code"] for one in frame["items"]} == set(items)
    assert len(frame["qpv"]) == 19
    quarter = frame["qpv"][0]
    cell = quarter["cells"][0]["id"]
    assert "RES400m" in cell

    made = entry(quarter["code"], items[0])
    made["seen"][0]["cell"] = cell
    assert not desk.keep(token, made).already
    assert desk.keep(token, made).already
    (mine,) = desk.recent(token)
    assert mine["seen"][0]["cell"] == cell
    other = token_of(store, "team-b")
    assert desk.recent(other) == []
    with pytest.raises(NotFoundError):
        desk.withdraw(other, made["id"])
    with store.signed(other).session() as session:
        (shared,) = captured.read_shared(session)
    assert shared["said_on"] == TODAY.isoformat()
    assert "id" not in shared

    again = entry(quarter["code"], items[0], corrects=made["id"])
    desk.keep(token, again)
    (mine,) = desk.recent(token)
    assert mine["id"] == again["id"]
    assert desk.keep(token, made).already, "sent again late, what was corrected does not come back"
    assert len(desk.recent(token)) == 1
    desk.withdraw(token, again["id"])
    desk.withdraw(token, again["id"])
    assert desk.recent(token) == []
    with store.owner() as owner:
        kinds = owner.execute(text("SELECT kind FROM capture.closed ORDER BY kind")).scalars().all()
        assert kinds == ["corrected", "withdrawn"]


FINE = [
    {"cell": "CRS3035RES200mN2500000E3900000"},
    {"cell": "CRS3035RES400mN2500013E3900007"},
    {"cell": "CRS3035RES10mN2500010E3900010"},
    {"cell": "45.4391,4.3872"},
    {"item": "autre_chose"},
    {"words": "rien"},
    {"intensity": 9},
    {"place": "12 rue de la Paix"},
]


@pytest.mark.parametrize("finer", FINE, ids=lambda one: next(iter(one)))
def test_nothing_finer_than_agreed_is_kept_by_the_page_nor_by_the_database(town, finer):
    store, settings, items = town
    agree(store, settings, Terms(shares=SHARES, precision="400"))
    desk, token = Entries(settings, store), token_of(store, "team-a")
    made = entry("QP042001", items[0])
    made["seen"][0] |= finer
    with pytest.raises(SchemaError) as caught:
        desk.keep(token, made)
    assert "rue de la Paix" not in str(caught.value.faults)
    with (
        pytest.raises((AccessError, ConflictError, StoreError)),
        store.signed(token).desk() as session,
    ):
        captured.keep_outing(session, made, imported=False)
    with store.owner() as owner:
        assert owner.execute(text("SELECT count(*) FROM capture.outing")).scalar() == 0


def test_a_square_of_another_neighbourhood_is_kept_by_neither(town):
    store, settings, items = town
    agree(store, settings, Terms(shares=SHARES, precision="400"))
    desk, token = Entries(settings, store), token_of(store, "team-a")
    quarters = {one["code"]: one["cells"][0]["id"] for one in site_frame(desk, token)["qpv"]}
    (here, own), *_, (_, far) = quarters.items()
    for cell in (far, "CRS3035RES400mN2400000E3800000", "CRS5490RES400mN2400000E3800000"):
        made = entry(here, items[0])
        made["seen"][0]["cell"] = cell
        with pytest.raises(SchemaError) as caught:
            desk.keep(token, made)
        assert [one.partition(" : ")[0] for one in caught.value.faults] == ["seen.1.cell"]
        with pytest.raises(ConflictError), store.signed(token).desk() as session:
            captured.keep_outing(session, made, imported=False)
    with store.owner() as owner:  # a perimeter that is not known has no square
        owner.execute(text("DELETE FROM published.boundary WHERE code = :code"), {"code": here})
    made["seen"][0]["cell"] = own
    with pytest.raises(SchemaError):
        desk.keep(token, made)
    with pytest.raises(ConflictError), store.signed(token).desk() as session:
        captured.keep_outing(session, made, imported=False)
    made["seen"][0]["cell"] = ""
    assert not desk.keep(token, made).already
    assert len(desk.recent(token)) == 1


SILENT = [
    {"nothing_to_report": False, "seen": []},
    {"nothing_to_report": False, "seen": None},
    {"nothing_to_report": False},
    {"nothing_to_report": None, "seen": []},
    {"seen": []},
    {},
]


@pytest.mark.parametrize("said", SILENT, ids=str)
def test_an_outing_that_says_neither_what_was_seen_nor_that_nothing_was_is_not_kept(town, said):
    store, settings, _ = town
    agree(store, settings, Terms(shares=SHARES))
    desk, token = Entries(settings, store), token_of(store, "team-a")
    made = entry("QP042001")
    del made["seen"], made["nothing_to_report"]
    made |= said
    with pytest.raises(SchemaError):
        desk.keep(token, made)
    leader = signed(store, "team_leader", sites=("loire",), organisation=TEAM)
    for door, imported in ((store.signed(token), False), (leader, True)):
        with pytest.raises((ConflictError, StoreError)), door.desk() as session:
            captured.keep_outing(session, made, imported=imported)
    with store.owner() as owner:
        assert owner.execute(text("SELECT count(*) FROM capture.outing")).scalar() == 0


def test_a_night_that_is_tomorrow_for_the_phone_alone_is_kept(town):
    """A server in UTC refused what was seen in France after midnight."""
    store, settings, _ = town
    agree(store, settings, Terms(shares=SHARES))
    desk, token = Entries(settings, store), token_of(store, "team-a")
    assert desk.keep(token, entry("QP042001", day=str(TODAY + timedelta(days=1))))
    with pytest.raises(SchemaError):
        desk.keep(token, entry("QP042001", day=str(TODAY + timedelta(days=2))))


def test_a_team_that_is_not_party_or_of_another_site_writes_nothing(town):
    store, settings, _ = town
    agree(store, settings, Terms(shares=SHARES))
    desk = Entries(settings, store)
    with pytest.raises(AccessError):
        desk.keep(token_of(store, "team-b"), entry("QP042001"))
    with pytest.raises(SchemaError):
        desk.keep(token_of(store, "team-a"), entry("QP057001"))
    delegate = signed(store, "delegate", sites=("loire",), organisation="Préfecture")
    for call in (desk.frame, desk.recent):
        with pytest.raises(AccessError):
            call(delegate.token)
    with pytest.raises(AccessError):
        desk.keep(delegate.token, entry("QP042001"))


def test_words_are_the_teams_own_screened_and_short_lived(town):
    store, settings, items = town
    agree(store, settings, Terms(shares=SHARES, text=True))
    desk, token = Entries(settings, store), token_of(store, "team-a")
    made = entry("QP042001", items[0])
    made["seen"][0]["words"] = "appeler le 06 39 98 12 34"
    with pytest.raises(SchemaError, match="point at a person"):
        desk.keep(token, made)
    made["seen"][0]["words"] = "beaucoup de monde devant le hall"
    desk.keep(token, made)
    assert desk.recent(token)[0]["seen"][0]["words"] == "beaucoup de monde devant le hall"
    with store.owner() as owner:
        expire(owner, TODAY + timedelta(days=93))
    token = token_of(store, "team-a")  # sessions are over too, by then
    assert desk.recent(token)[0]["seen"][0]["words"] == ""


def words_left(store):
    with store.owner() as owner:
        return owner.execute(text("SELECT words FROM capture.words")).scalars().all()


def test_correcting_words_does_not_start_their_time_again(town):
    store, settings, items = town
    agree(store, settings, Terms(shares=SHARES, text=True, text_months=1))
    desk, token = Entries(settings, store), token_of(store, "team-a")
    seen_on = TODAY - timedelta(days=20)
    made = entry("QP042001", items[0], day=seen_on.isoformat())
    made["seen"][0]["words"] = "beaucoup de monde"
    desk.keep(token, made)
    again = entry("QP042001", items[0], day=seen_on.isoformat(), corrects=made["id"])
    again["seen"][0]["words"] = "beaucoup de monde devant le hall"
    desk.keep(token, again)
    with store.owner() as owner:
        expire(owner, seen_on + timedelta(days=27))
    assert words_left(store) == ["beaucoup de monde devant le hall"]
    with store.owner() as owner:
        expire(owner, seen_on + timedelta(days=31))
    assert words_left(store) == []


@pytest.mark.parametrize(("text_months", "still"), [(2, True), (1, False), (None, False)])
def test_a_version_that_keeps_words_less_binds_those_that_are_written(town, text_months, still):
    store, settings, items = town
    agree(store, settings, Terms(shares=SHARES, text=True, text_months=3))
    made = entry("QP042001", items[0])
    made["seen"][0]["words"] = "beaucoup de monde"
    Entries(settings, store).keep(token_of(store, "team-a"), made)
    agree(
        store,
        settings,
        Terms(shares=SHARES, text=text_months is not None, text_months=text_months or 3),
    )
    with store.owner() as owner:
        expire(owner, TODAY + timedelta(days=40 if text_months else 0))
    assert bool(words_left(store)) is still


def test_after_its_time_an_entry_is_gone_and_what_was_released_stays(town):
    store, settings, items = town
    agree(store, settings, Terms(shares=SHARES, retention_months=14))
    desk, token = Entries(settings, store), token_of(store, "team-a")
    for _ in range(12):
        made = entry("QP042001", items[0])
        made["seen"][0]["id"] = str(uuid.uuid4())
        desk.keep(token, made)
    after = date(TODAY.year + 1, 2, 4)
    pipeline.build(store, today=after, sites=settings.sites)
    year = str(TODAY.year)
    indicator = f"terrain.{items[0]}"
    with store.owner() as owner:
        before = publication.read_layer(owner, indicator, period=year)
    assert before.frame.loc[("qpv", "QP042001"), "value"] == 1.0
    late = date(TODAY.year + 2, 4, 1)
    assert retention.retain(store, today=late, sites=settings.sites) == Expired(12, 0, 0)
    with store.owner() as owner:
        for table in ("outing", "observation", "words"):
            assert owner.execute(text(f"SELECT count(*) FROM capture.{table}")).scalar() == 0
    pipeline.build(store, today=late, sites=settings.sites)
    with store.owner() as owner:
        assert publication.read_layer(owner, indicator, period=year).frame.equals(before.frame)


def test_the_public_and_other_sites_do_not_read_the_figures(town):
    store, settings, items = town
    agree(store, settings, Terms(shares=(Share("delegate", rhythm="now"),), retention_months=24))
    desk, token = Entries(settings, store), token_of(store, "team-a")
    for _ in range(12):
        desk.keep(token, entry("QP042001", items[0]))
    pipeline.build(store, today=date(TODAY.year + 1, 2, 4), sites=settings.sites)
    here = signed(store, "delegate", sites=("loire",), organisation="Préfecture")
    far = signed(store, "delegate", sites=("bastia",), organisation="Préfecture", login="far-away")
    indicator, year = f"terrain.{items[0]}", str(TODAY.year)
    for door in (store, far):
        with door.session() as session, pytest.raises(NotFoundError):
            publication.read_layer(session, indicator, period=year)
    assert here.visitor().audience != far.visitor().audience != store.visitor().audience
    # the year is not over: nobody reads it yet, whatever the rhythm
    with here.session() as session, pytest.raises(NotFoundError):
        publication.read_layer(session, indicator, period=year)
    with store.owner() as owner:
        frame = publication.read_layer(owner, indicator, period=year).frame
    assert list(frame.index.get_level_values("zone_kind").value_counts()[["qpv", "site"]]) == [
        19,
        1,
    ]


def test_a_suspension_hides_a_site_at_once_and_its_leader_lifts_it(town):
    store, settings, items = town
    agree(store, settings, Terms(shares=SHARES))
    desk, token = Entries(settings, store), token_of(store, "team-a")
    desk.keep(token, entry("QP042001", items[0]))
    other = store.signed(token_of(store, "team-b"))
    with other.session() as session:
        assert len(captured.read_shared(session)) == 1
    before = other.visitor().audience
    with store.signed(token).desk() as session:
        session.execute(text("SELECT desk.suspend('loire', true)"))
    with other.session() as session:
        assert captured.read_shared(session) == []
    assert other.visitor().audience != before
    with pytest.raises(AccessError), store.signed(token).desk() as session:
        session.execute(text("SELECT desk.suspend('loire', false)"))
    leader = signed(store, "team_leader", sites=("loire",), organisation=TEAM)
    with leader.desk() as session:
        session.execute(text("SELECT desk.suspend('loire', false)"))
    with other.session() as session:
        assert len(captured.read_shared(session)) == 1


def test_an_agreement_is_signed_by_a_team_and_a_partner_before_it_rules(town):
    store, settings, _ = town
    leader = signed(store, "team_leader", sites=("loire",), organisation=TEAM)
    delegate = signed(store, "delegate", sites=("loire",), organisation="Préfecture")
    loire = settings.site("loire")
    with delegate.desk() as desk:
        kept = protocole_desk.draft(desk, loire, Terms(shares=SHARES))
    with delegate.desk() as desk:
        kept = protocole_desk.propose(desk, kept)
    for door in (delegate, leader):
        with pytest.raises(AccessError), door.desk() as desk:
            protocole_desk.agree(desk, kept, TODAY, [TEAM, "Préfecture"])
        with door.desk() as desk:
            protocole_desk.sign(desk, kept)
    with delegate.desk() as desk:
        made = protocole_desk.agree(desk, kept, TODAY)
    assert made.agreement.agreed_by == ("Préfecture", TEAM)


def test_whoever_signs_first_for_a_team_does_not_sign_in_its_leaders_place(town):
    store, settings, _ = town
    helper = signed(store, "facilitator", sites=("loire",), organisation=TEAM)
    leader = signed(store, "team_leader", sites=("loire",), organisation=TEAM)
    delegate = signed(store, "delegate", sites=("loire",), organisation="Préfecture")
    with delegate.desk() as desk:
        drafted = protocole_desk.draft(desk, settings.site("loire"), Terms(shares=SHARES))
        kept = protocole_desk.propose(desk, drafted)
    for door in (delegate, helper):
        with door.desk() as desk:
            protocole_desk.sign(desk, kept)
    with pytest.raises(AccessError), delegate.desk() as desk:
        protocole_desk.agree(desk, kept, TODAY)
    with leader.desk() as desk:
        protocole_desk.sign(desk, kept)
    with delegate.desk() as desk:
        made = protocole_desk.agree(desk, kept, TODAY)
    assert made.agreement.agreed_by == ("Préfecture", TEAM)


def test_an_invented_agreement_opens_nothing_real(town):
    store, settings, items = town
    with store.owner() as owner:
        site = settings.site("loire")
        kept = protocole_desk.draft(owner, site, Terms(shares=SHARES), fictitious=True)
        kept = protocole_desk.propose(owner, kept)
        protocole_desk.agree(owner, kept, TODAY, (TEAM, "Préfecture"))
    desk, token = Entries(settings, store), token_of(store, "team-a")
    assert site_frame(desk, token)["agreement"] is None
    with pytest.raises(AccessError):
        desk.keep(token, entry("QP042001", items[0]))
    with pytest.raises(AccessError), store.signed(token).desk() as session:
        captured.keep_outing(session, entry("QP042001", items[0]), imported=False)


def test_a_team_that_did_not_sign_is_neither_widened_nor_read(town):
    store, settings, items = town
    agree(store, settings, Terms(shares=(Share("delegate"),)), by=(TEAM, OTHER, "Préfecture"))
    desk = Entries(settings, store)
    made = entry("QP042001", items[0])
    desk.keep(token_of(store, "team-b"), made)
    agree(store, settings, Terms(shares=SHARES), by=(TEAM, "Préfecture"))
    leader = signed(store, "team_leader", sites=("loire",), organisation=TEAM)
    with pytest.raises(AccessError), leader.desk() as session:
        protocole_desk.widen(session, "loire", TODAY - timedelta(days=400), "dit en réunion")
    with store.owner() as owner:  # whatever opened it
        owner.execute(
            text("INSERT INTO agreements.widening VALUES ('loire', 2, '2020-01-01', '[]', 'x')")
        )
    with leader.session() as session:
        assert captured.read_shared(session) == []


def test_an_act_does_not_open_days_of_a_team_that_left_even_when_its_entries_are_gone(town):
    """What was released of them is there: their version must have been signed by its teams."""
    store, settings, _ = town
    agree(store, settings, Terms(shares=SHARES), by=(TEAM, OTHER, "Préfecture"))
    with store.owner() as owner:
        date_agreements(owner, TODAY - timedelta(days=300))
    agree(store, settings, Terms(shares=SHARES), by=(TEAM, "Préfecture"))
    leader = signed(store, "team_leader", sites=("loire",), organisation=TEAM)
    for day in (TODAY - timedelta(days=400), TODAY - timedelta(days=1)):
        with pytest.raises(AccessError), leader.desk() as session:
            protocole_desk.widen(session, "loire", day, "dit en réunion")
    agree(store, settings, Terms(shares=SHARES), by=(TEAM, OTHER, "Préfecture"))
    with leader.desk() as session:  # it is back
        protocole_desk.widen(session, "loire", TODAY - timedelta(days=400), "dit en réunion")


def test_a_late_correction_neither_doubles_nor_brings_back(town):
    store, settings, items = town
    agree(store, settings, Terms(shares=SHARES))
    desk, token = Entries(settings, store), token_of(store, "team-a")
    first = entry("QP042001", items[0])
    desk.keep(token, first)
    one, other = (entry("QP042001", items[0], corrects=first["id"]) for _ in range(2))
    desk.keep(token, one)
    assert desk.keep(token, one).already
    with pytest.raises(ConflictError):
        desk.keep(token, other)
    desk.withdraw(token, one["id"])
    with pytest.raises(ConflictError):
        desk.keep(token, entry("QP042001", items[0], corrects=one["id"]))
    assert desk.recent(token) == []


def test_an_identifier_of_another_entry_is_a_conflict(town):
    store, settings, items = town
    agree(store, settings, Terms(shares=SHARES), by=(TEAM, OTHER, "Préfecture"))
    desk = Entries(settings, store)
    made = entry("QP042001", items[0])
    desk.keep(token_of(store, "team-a"), made)
    with pytest.raises(ConflictError):
        desk.keep(token_of(store, "team-b"), made)
    other = entry("QP042001", items[0], seen=made["seen"])
    with pytest.raises(ConflictError):
        desk.keep(token_of(store, "team-a"), other)


@pytest.mark.parametrize(
    "terms",
    [
        {"shares": 7},
        {"shares": [1]},
        {"shares": [{"role": "delegate"}]},
        {"shares": [{"role": "delegate", "items": [1]}]},
        {"shares": [{"role": "delegate", "items": [], "more": "x"}]},
        {"unknown": 1},
        {"k": "5"},
        {"text": 1},
    ],
)
def test_a_draft_that_nobody_could_read_back_is_refused(town, terms):
    store, _, _ = town
    writer = signed(store, "facilitator", sites=("loire",), organisation="Préfecture")
    with pytest.raises(ConflictError), writer.desk() as session:
        session.execute(
            text("SELECT desk.draft_agreement('loire', 'x', 1, CAST(:t AS jsonb), false, 0)"),
            {"t": json.dumps(terms)},
        )


def test_the_reason_of_a_widening_names_nobody(town):
    store, settings, _ = town
    agree(store, settings, Terms(shares=SHARES))
    with store.owner() as owner, pytest.raises(SchemaError, match="point at a person"):
        protocole_desk.widen(owner, "loire", TODAY, "appeler le 06 39 98 12 34")
