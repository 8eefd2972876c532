"""Real field figures of towns, each under a random history of agreements, and who reads.

The towns share the 45 QPV of the three sites. What somebody may read of them is said by
`sharing_oracle`, and by nothing of the program.
"""

from __future__ import annotations

import calendar
import random
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import sharing_oracle as oracle
import streamlit as st
from conftest import fresh_settings
from map_layers import communes, perimeters
from sharing_oracle import Town, User
from site_release import site_layers
from sqlalchemy import text
from test_sharing import ITEMS, ORGANISATIONS, ROLES, a_town, version_of
from toy_releases import Month, described, total
from visitors import account, token_of

from observatoire import publication
from observatoire.access import Access, open_access
from observatoire.disclosure import Rules, protect
from observatoire.layers import IndicatorLayer
from observatoire.periods import LEVELS, parts
from observatoire.protocole import Share, Terms
from observatoire.settings import Settings
from observatoire.store import people

TODAY = date.today()
TOWNS, SEED, PUBLISHED = 9, 20261201, ITEMS[:2]
RULES = Rules()
Key = tuple[str, str]
"""Item and period of a published layer."""
Figure = tuple[float, int]
"""Value and outings."""


@dataclass
class World:
    """A store with its towns, and who reads in it."""

    store: Access
    settings: Settings
    towns: Mapping[str, Town]
    quarters: Mapping[str, str]  # the town of each QPV
    users: Mapping[str, User | None]  # by login; the public is nobody's, None reads as it does
    keys: list[Key]
    seed: int = SEED
    tokens: dict[str, str] = field(default_factory=dict)
    _figures: dict[Key, dict[str, Figure]] = field(default_factory=dict)

    def door(self, login: str) -> Access:
        return self.store.signed(self.token(login))

    def token(self, login: str) -> str | None:
        if not login:
            return None
        if login not in self.tokens:
            self.tokens[login] = token_of(self.store, login)
        return self.tokens[login]

    def readable(self, login: str, key: Key) -> set[str]:
        """Return the QPV of which the oracle lets somebody read a layer."""
        item, period = key
        user, days = self.users.get(login), days_of(period)
        open_towns = {
            town.site
            for town in self.towns.values()
            if oracle.may_read(town, user, item, *days, TODAY)
        }
        return {code for code, town in self.quarters.items() if town in open_towns}

    def figures(self, key: Key) -> dict[str, Figure]:
        """Return the released figures of a layer by QPV, all of them, as the owner reads them."""
        if key not in self._figures:
            with self.store.owner() as owner:
                layer = publication.read_layer(owner, f"terrain.{key[0]}", period=key[1])
            frame = layer.frame.droplevel("zone_kind")
            assert len(frame) == len(self.quarters)
            pairs = zip(frame["value"], frame["outings"], strict=True)
            self._figures[key] = dict(zip(frame.index, pairs, strict=True))
        return self._figures[key]

    def publish(self, moved: Collection[str] = ()) -> None:
        """Publish the figures, other ones in the towns that moved."""
        with self.store.owner() as owner:
            self.keys[:] = publish_fields(owner, self.seed, self.quarters, moved)
        self._figures.clear()
        st.cache_resource.clear()  # the pages notice a new release within two seconds

    def cases(self, count: int, seed: int) -> list[tuple[str, Key]]:
        """Return different random cases, half of them where something may be read."""
        draw = random.Random(seed)
        logins = ["", *self.users]
        found: dict[tuple[str, Key], None] = {}
        while len(found) < count:
            case = draw.choice(logins), draw.choice(self.keys)
            if len(found) % 2 == 0 or self.readable(*case):
                found[case] = None
        return list(found)


def days_of(period: str) -> tuple[date, date]:
    """Return the first and last day of `2026`, `2026-H1`, `2026-Q3`, `2026-07`."""
    year, _, part = period.partition("-")
    if not part:
        months = (1, 12)
    elif part[0] in "HQ":
        width = 6 if part[0] == "H" else 3
        months = (width * int(part[1]) - width + 1, width * int(part[1]))
    else:
        months = (int(part), int(part))
    last = calendar.monthrange(int(year), months[1])[1]
    return date(int(year), months[0], 1), date(int(year), months[1], last)


@contextmanager
def agreed_world(
    test_cluster: Path, folder: Path, towns: int = TOWNS, seed: int = SEED, *, wide: bool = False
) -> Iterator[World]:
    """Give a world of so many towns; `wide`: accounts of many sites, and traps.

    A trap opens nothing: a version that is not in force, an invented agreement, an account whose
    password was given by somebody else. A suspension that was taken back closes nothing.
    """
    draw = random.Random(seed)
    with fresh_settings(test_cluster, folder) as settings:
        store = open_access(settings, writes=True)
        codes = list(perimeters().index)
        draw.shuffle(codes)
        quarters = {code: f"t{rank % towns}" for rank, code in enumerate(codes)}
        sites = {f"t{rank}": f"Ville {rank}" for rank in range(towns)}
        with store.owner() as owner:
            people.write_sites(owner, sites, quarters)
        for rank, name in enumerate(ORGANISATIONS):
            account(store, f"one-of-{rank}", "service", name, ("t0",))
        users = dict(_users(store, draw, list(sites), wide=wide))
        with store.owner() as owner:
            made = {site: a_town(owner, draw, site) for site in sites}
            for town in draw.sample(list(made.values()), towns // 3):
                _suspend(owner, town)
            if wide:
                _set_traps(owner, draw, made.values())
        world = World(store, settings, made, quarters, users, [], seed)
        world.publish()
        yield world
        store.close()


def _users(store, draw, sites, *, wide):
    for rank, site in enumerate(sites):
        for role in ROLES:
            more = draw.choice([1, len(sites) // 2, *[len(sites)] * 3]) if wide else 2
            own = {site if draw.random() < 0.8 else draw.choice(sites), *draw.sample(sites, more)}
            user = User(role, draw.choice(ORGANISATIONS), frozenset(own))
            login = f"u{rank}-{role}".replace("_", "-")
            account(store, login, role, user.organisation, tuple(own))
            yield login, user
    if wide:
        login = "not-changed"
        account(store, login, "copilot", ORGANISATIONS[2], tuple(sites))
        with store.owner() as owner:
            statement = text("UPDATE people.account SET must_change = true WHERE login = :login")
            owner.execute(statement, {"login": login})
        yield login, None


def _suspend(owner, town):
    town.suspended.add(ORGANISATIONS[0])
    _note_suspension(owner, town, suspended=True)


def _note_suspension(owner, town, *, suspended):
    owner.execute(
        text(
            "INSERT INTO agreements.suspension (site, organisation, suspended)"
            " SELECT :site, id, :suspended FROM people.organisation WHERE name = :name"
        ),
        {"site": town.site, "name": ORGANISATIONS[0], "suspended": suspended},
    )


READERS = (*ROLES[:-1], "public")
EVERYTHING = Terms(shares=tuple(Share(role, ("*",), "200", "now") for role in READERS))


def _set_traps(owner, draw, towns):
    for town in towns:
        if not town.suspended:
            _note_suspension(owner, town, suspended=True)
            _note_suspension(owner, town, suspended=False)
        chance = draw.random()
        if not town.versions and chance < 0.7:
            since = TODAY - timedelta(days=600)
            version_of(owner, town.site, 1, EVERYTHING, since, ORGANISATIONS, fictitious=True)
        elif town.versions and chance < 0.7:
            version_of(owner, town.site, len(town.versions) + 1, EVERYTHING)


def publish_fields(owner, seed, quarters, moved=()):
    """Publish figures of the last months and of what they make up, all of them shown."""
    layers = [layer for item in PUBLISHED for layer in _real_layers(seed, item, quarters, moved)]
    kept = [one for one in protect(layers, RULES, {}) if _is_kept(one.period)]
    official = [one for one in site_layers() if one.rule == "producer"]
    publication.write_release(
        owner,
        [*official, *kept],
        boundaries={"2015": perimeters()},
        outlines={"commune": communes()},
        rules=RULES,
        today=TODAY,
        site_of=quarters,
    )
    return [(one.indicator.partition(".")[2], one.period) for one in kept]


def _is_kept(period: str) -> bool:
    """Keep the last months, and what is longer: enough cases, and less to write."""
    first, last = days_of(period)
    return (last - first).days > 31 or 0 <= (TODAY - first).days < 100


def _real_layers(seed, item, quarters, moved):
    for year in (TODAY.year - 1, TODAY.year):
        months = [f"{year}-{month:02d}" for month in range(1, 13)]
        seen = {
            code: {
                month: _month(random.Random(f"{seed} {item} {code} {month} {town in moved}"))
                for month in months
            }
            for code, town in quarters.items()
        }
        for level in LEVELS:
            for period in parts(str(year), level):
                yield IndicatorLayer(
                    indicator=f"terrain.{item}",
                    period=period,
                    edition="2015",
                    rule="field",
                    source="demo",
                    fictitious=False,
                    frame=_frame(seen, period),
                    description=replace(described(f"terrain.{item}"), label=item.capitalize()),
                )


def _month(draw):
    return Month(draw.randint(20, 90), draw.randint(12, 19), draw.randint(8, 12))


def _frame(seen, period):
    rows = []
    for year in seen.values():
        one = total(year, period)
        rows.append(
            {
                "value": one.count / one.outings,
                "status": "ok",
                "observations": one.count,
                "outings": one.outings,
                "reports": one.reports,
            }
        )
    index = pd.MultiIndex.from_product([["qpv"], list(seen)], names=["zone_kind", "zone"])
    return pd.DataFrame(rows, index=index)
