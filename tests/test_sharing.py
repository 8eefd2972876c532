"""Random agreements: what each account gets by SQL is what an independent oracle says, no more."""

from __future__ import annotations

import json
import random
import uuid
from collections import Counter
from datetime import date, timedelta
from functools import cache

import psycopg
import pytest
import sharing_oracle as oracle
from conftest import fresh_settings
from sharing_oracle import Seen, Town, User, Version
from sqlalchemy import text
from visitors import account, token_of

from observatoire import cluster
from observatoire.access import open_access
from observatoire.periods import first_day, last_day, period_of
from observatoire.protocole import Share, Terms
from observatoire.store import captured, people

TODAY = date.today()
ITEMS = ("jeux", "tensions", "entraide")
ORGANISATIONS = ("Équipe A", "Équipe B", "Ville")
ROLES = (
    "street_team",
    "team_leader",
    "service",
    "delegate",
    "geographer",
    "copilot",
    "facilitator",
    "administrator",
)
TOWNS, USERS, SEEN = 40, 8, 32
signed_in = cache(token_of)


def a_share(draw, role, items):
    return Share(role, items, draw.choice(["qpv", "400", "200"]), draw.choice(oracle.SLOW))


def some_terms(draw, items=ITEMS):
    shares = []
    for role in (*ROLES[:-1], "public"):
        if draw.random() < 0.35:
            continue
        if draw.random() < 0.6:
            shares.append(a_share(draw, role, ("*",)))
        named = tuple(item for item in items if draw.random() < 0.3)
        if named:
            shares.append(a_share(draw, role, named))
    return Terms(shares=tuple(shares) or (Share("service"),))


def a_town(owner, draw, site, items=ITEMS):
    """Write a random history of agreements of one site, and return it as the oracle reads it."""
    town = Town(site)
    days = sorted(TODAY - timedelta(days=draw.randint(0, 500)) for _ in range(draw.randint(0, 3)))
    for version, day in enumerate(days, 1):
        terms = some_terms(draw, items)
        # of its own chance: what the towns of other tests are drawn from stays as it was
        chance = random.Random(f"{site} {version} {day}")
        parties = chance.sample(ORGANISATIONS, chance.randint(1, len(ORGANISATIONS)))
        version_of(owner, site, version, terms, day, parties)
        shares = tuple({**vars(one), "items": list(one.items)} for one in terms.shares)
        town.versions.append(Version(day, shares, frozenset(parties)))
    if town.versions and draw.random() < 0.3:
        since = TODAY - timedelta(days=draw.randint(0, 500))
        town.widened_since.append(since)
        owner.execute(
            # written as it is: who may do the act is in test_capture
            text("INSERT INTO agreements.widening VALUES (:site, :version, :since, '[]', 'dit')"),
            {"site": site, "version": len(town.versions), "since": since},
        )
    for _ in range(draw.randint(0, 2)):
        day = TODAY - timedelta(days=draw.randint(0, 200))
        town.meetings.append(day)
        owner.execute(text("SELECT desk.note_meeting(:site, :day)"), {"site": site, "day": day})
    return town


def version_of(owner, site, version, terms, day=None, parties=(), *, fictitious=False):
    """Draft and propose the next version of an agreement; a day: bring it into force."""
    values = {
        "site": site,
        "version": version,
        "terms": json.dumps(terms.as_dict()),
        "fictitious": fictitious,
        "day": day,
        "who": json.dumps(list(parties)),
        "after": 0,
    }
    for call in (
        "draft_agreement(:site, 'x', :version, CAST(:terms AS jsonb), :fictitious, :after)",
        "propose_agreement(:site, :version, :after)",
        *(
            ["agree_agreement(:site, :version, CAST(:who AS jsonb), :day, :after)"]
            * (day is not None)
        ),
    ):
        statement = text(f"SELECT desk.{call}")
        asked = {name: values[name] for name in statement.compile().params}
        values["after"] = owner.execute(statement, asked).scalar()


def some_seen(draw, town, rank):
    size = draw.choice(["200", "400", ""])
    south, west = (draw.randint(0, 5000) * 400 for _ in range(2))
    return Seen(
        town.site,
        draw.choice(ORGANISATIONS[:2]),
        f"QP{rank:03d}{draw.randint(1, 3):03d}",
        TODAY - timedelta(days=draw.choice([0, 1, 3, 8, 20, 45, 120, 300, 600])),
        draw.choice(ITEMS),
        f"CRS3035RES{size}mN{south}E{west}" if size else "",
        draw.randint(1, 3),
        draw.choice(["", "1-4", "10+"]),
        draw.choice(["", "hall", "rue"]),
        draw.randint(1, max(len(town.versions), 1)),
    )


def write_seen(owner, seen):
    outing = str(uuid.uuid4())
    owner.execute(
        text(
            "INSERT INTO capture.outing (id, organisation, site, qpv, day, slot,"
            " nothing_to_report, agreement, expires_on) SELECT :id, id, :site, :qpv, :day, 'soir',"
            " false, :under, :day + 1000 FROM people.organisation WHERE name = :who"
        ),
        {
            "id": outing,
            "site": seen.site,
            "qpv": seen.qpv,
            "day": seen.day,
            "who": seen.organisation,
            "under": seen.written_under,
        },
    )
    owner.execute(
        text("INSERT INTO capture.observation VALUES (:id, :o, :item, :i, :s, :p, :c)"),
        {
            "id": str(uuid.uuid4()),
            "o": outing,
            "item": seen.item,
            "i": seen.intensity,
            "s": seen.size_band,
            "p": seen.place,
            "c": seen.cell,
        },
    )


@pytest.fixture(scope="module")
def world(test_cluster, tmp_path_factory):
    """Forty towns with their histories, their users and what was seen there."""
    with fresh_settings(test_cluster, tmp_path_factory.mktemp("towns")) as settings:
        store = open_access(settings, writes=True)
        yield (*_made(store, random.Random(20261130)), settings)
        store.close()


def _made(store, draw):
    sites = {f"t{rank}": f"Ville {rank}" for rank in range(TOWNS)}
    with store.owner() as owner:
        people.write_sites(owner, sites, {})
    account(store, "one-of-each", "service", ORGANISATIONS[0], ("t0",))
    account(store, "two-of-each", "service", ORGANISATIONS[1], ("t0",))
    towns, users = [], []
    for rank, site in enumerate(sites):
        with store.owner() as owner:
            town = a_town(owner, draw, site)
        for number in range(USERS):
            who = User(
                ROLES[number],
                draw.choice(ORGANISATIONS),
                frozenset({site} if draw.random() < 0.8 else {f"t{(rank + 1) % TOWNS}"}),
            )
            login = f"u{rank}-{number}"
            account(store, login, who.role, who.organisation, tuple(who.sites))
            users.append((login, who))
        towns.append(town)
    seen = []
    with store.owner() as owner:
        for rank, town in enumerate(towns):
            own = [some_seen(draw, town, rank % 95 + 1) for _ in range(SEEN)]
            for one in own:
                write_seen(owner, one)
            seen += own
            if draw.random() < 0.25:
                name = draw.choice(ORGANISATIONS[:2])
                town.suspended.add(name)
                owner.execute(
                    text(
                        "INSERT INTO agreements.suspension (site, organisation, suspended)"
                        " SELECT :site, id, true FROM people.organisation WHERE name = :name"
                    ),
                    {"site": town.site, "name": name},
                )
    return store, {town.site: town for town in towns}, users, seen


def test_each_account_gets_what_the_agreements_say_and_no_more(world):
    store, towns, users, seen, _ = world
    cases = shown = 0
    for login, user in users:
        door = store.signed(signed_in(store, login))
        with door.session() as session:
            rows = [tuple(row.values()) for row in captured.read_shared(session)]
            own = session.execute(
                text(
                    "SELECT o.site, o.qpv, o.day, b.item, b.cell FROM capture.outing o"
                    " JOIN capture.observation b ON b.outing = o.id"
                )
            ).all()
        expected = [oracle.shared(towns[one.site], user, one, TODAY) for one in seen]
        assert Counter(rows) == Counter(one for one in expected if one), (login, user)
        mine = [one for one in seen if oracle.owns(user, one)]
        assert Counter(map(tuple, own)) == Counter(
            (one.site, one.qpv, one.day, one.item, one.cell) for one in mine
        )
        near = [one for one in seen if one.site in user.sites or oracle.owns(user, one)]
        cases += len(near)
        shown += len(rows) + len(own)
    assert cases >= 10_000
    assert shown > 500, "a test in which nobody gets anything would prove nothing"


PLACES = {
    "qpv": "desk.may_read(site, 'terrain.' || item, period)",
    "400": "desk.may_read_squares(site, 'terrain.' || item, period, 400)",
    "200": "desk.may_read_squares(site, 'terrain.' || item, period, 200)",
}


@pytest.mark.parametrize("precision", PLACES)
def test_released_figures_follow_the_same_agreements(world, precision):
    store, towns, users, *_ = world
    month, quarter = (
        period_of(TODAY - timedelta(days=ago), level)
        for ago, level in ((50, "month"), (200, "quarter"))
    )
    names = (month, quarter, f"{TODAY.year - 1}-H2", str(TODAY.year - 1))
    periods = {name: (first_day(name), last_day(name)) for name in names}
    seen = Counter()
    statement = text(
        f"SELECT site, item, period, {PLACES[precision]}"
        " FROM unnest(CAST(:sites AS text[])) site, unnest(CAST(:items AS text[])) item,"
        " unnest(CAST(:periods AS text[])) period"
    )
    asked = {"items": [*ITEMS, oracle.TOGETHER], "periods": list(periods)}
    for login, user in [("", None), *users]:
        door = store.signed(signed_in(store, login)) if login else store
        sites = sorted(user.sites) if user else list(towns)
        with door.session() as session:
            rows = session.execute(statement, asked | {"sites": sites}).all()
        for site, item, period, answer in rows:
            asked_of = (towns[site], user, item, *periods[period], TODAY)
            expected = oracle.may_read(*asked_of, precision)
            assert answer == expected, (login, user, site, item, period)
            seen[answer] += 1
    assert min(seen[True], seen[False]) > (100 if precision == "qpv" else 20)


def test_without_a_token_nobody_is_anybody(world):
    store, *_ = world
    with store.session() as session:
        for table in ("outing", "observation", "words", "closed"):
            found = session.execute(text(f"SELECT count(*) FROM capture.{table}"))
            assert found.scalar() == 0


FORGED = (
    "SET observatoire.me = '{me}'",
    "SET LOCAL observatoire.me = '{me}'",
    "SELECT set_config('observatoire.me', '{me}', false)",
)


def test_a_setting_copied_from_another_transaction_gives_nobody(world):
    store, _, users, seen, settings = world
    login = next(login for login, user in users if any(oracle.owns(user, one) for one in seen))
    token = signed_in(store, login)
    url = cluster.ready(settings).app
    with psycopg.connect(url) as victim:
        victim.execute("SELECT desk.enter(%s)", [token])
        (said,) = victim.execute("SELECT current_setting('observatoire.me')").fetchone()
        (own,) = victim.execute("SELECT count(*) FROM capture.outing").fetchone()
        assert own > 0
        victim.commit()  # the same connection, as a pool would hand it on
        assert victim.execute("SELECT count(*) FROM capture.outing").fetchone() == (0,)
        for statement in FORGED:
            for value in (said, said.split("/")[0], "", "x/y/z"):
                victim.execute(statement.format(me=value))
                assert victim.execute("SELECT desk.me()").fetchone() == (None,)
                assert victim.execute("SELECT count(*) FROM capture.outing").fetchone() == (0,)
    with psycopg.connect(url, autocommit=True) as thief:
        for statement in (
            "SELECT * FROM people.token",
            "SELECT * FROM people.sealing",
            "SELECT people.seal('x')",
            "SELECT * FROM agreements.step",
            "SELECT * FROM audit.event",
            "SELECT capture.write('{}', null, 'x', 'street')",
            "INSERT INTO capture.outing DEFAULT VALUES",
            "UPDATE published.layer SET fictitious = true",
            "ALTER TABLE capture.outing DISABLE ROW LEVEL SECURITY",
            "SET ROLE observatoire_owner",
            "CREATE TABLE published.mine (a int)",
            "CREATE TEMPORARY TABLE mine (a int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                thief.execute(statement)
