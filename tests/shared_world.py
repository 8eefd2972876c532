"""The three sites under random histories of agreements, what teams saw there, and who reads.

Places, squares and items are those of the grids and perimeters of the project; what was seen is
invented. What somebody may read of it is said by `sharing_oracle`, and by nothing of the program.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import sharing_oracle as oracle
from conftest import fresh_settings
from map_layers import perimeters
from sharing_oracle import Seen, Town, User
from site_release import publish_sites
from sqlalchemy import text
from test_sharing import ORGANISATIONS, a_town, write_seen
from visitors import account, token_of

from observatoire import demo_grids
from observatoire.access import Access, open_access
from observatoire.settings import Settings
from observatoire.squares import draw_ground
from observatoire.store import people

TODAY = date.today()
OLD_ITEM = "ancien"  # of an earlier grid: it has no label any more
ITEMS = ("rassemblements", "tensions", OLD_ITEM)
ROLES = ("street_team", "team_leader", "service", "delegate", "geographer", "administrator")
QUARTERS, SEEN = 4, 45
DAYS_AGO = (0, 1, 3, 8, 20, 45, 120, 300)


@dataclass
class SharedWorld:
    """A store, its towns, what was seen, and who reads: by login."""

    store: Access
    settings: Settings
    towns: dict[str, Town]
    users: dict[str, User] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)

    def door(self, login: str) -> Access:
        """Return the doors of an account, signed in anew."""
        return self.store.signed(token_of(self.store, login))

    def expected(self, login: str, site: str) -> Counter[tuple]:
        """Return the rows that the oracle gives an account of a site."""
        user, town = self.users[login], self.towns[site]
        own = [one for one in self.seen if one.site == site]
        rows = (oracle.shared(town, user, one, TODAY) for one in own)
        return Counter(row for row in rows if row is not None)

    def suspend(self, site: str, organisation: str, *, suspended: bool) -> None:
        """Write that a team suspends its sharing, or takes it up again."""
        town = self.towns[site]
        (town.suspended.add if suspended else town.suspended.discard)(organisation)
        with self.store.owner() as owner:
            owner.execute(
                text(
                    "INSERT INTO agreements.suspension (site, organisation, suspended)"
                    " SELECT :site, id, :suspended FROM people.organisation WHERE name = :name"
                ),
                {"site": site, "suspended": suspended, "name": organisation},
            )


@contextmanager
def shared_world(test_cluster: Path, folder: Path, seed: int) -> Iterator[SharedWorld]:
    """Make a world of its own."""
    draw = random.Random(seed)
    with fresh_settings(test_cluster, folder) as settings:
        store = open_access(settings, writes=True)
        publish_sites(store)
        ground = perimeters()
        sites = {site.id: site.name for site in settings.sites}
        with store.owner() as owner:
            people.write_sites(owner, sites, ground["site"].to_dict())
            demo_grids.load_grids(owner, settings.sites)
        for rank, name in enumerate(ORGANISATIONS):
            account(store, f"one-of-{rank}", "service", name, ("bastia",))
        world = SharedWorld(store, settings, {})
        with store.owner() as owner:
            for site in sites:
                world.towns[site] = a_town(owner, draw, site, ITEMS)
                own = [_some_seen(draw, site, ground) for _ in range(SEEN)]
                own = [_written(one, rank, world.towns[site]) for rank, one in enumerate(own)]
                for one in own:
                    write_seen(owner, one)
                world.seen += own
        for site in sites:
            for role in ROLES:
                own = {site, *draw.sample(list(sites), draw.randint(0, 1))}
                user = User(role, draw.choice(ORGANISATIONS), frozenset(own))
                login = f"{site}-{role}".replace("_", "-")
                account(store, login, role, user.organisation, tuple(own))
                world.users[login] = user
        yield world
        store.close()


def _written(seen: Seen, rank: int, town: Town) -> Seen:
    """Say which version an entry was written under: most often the last one."""
    chance, last = random.Random(f"{seen.site} {rank}"), max(len(town.versions), 1)
    return replace(seen, written_under=last if chance.random() < 0.7 else chance.randint(1, last))


def _some_seen(draw: random.Random, site: str, ground) -> Seen:
    code = draw.choice(list(ground.index[ground["site"] == site])[:QUARTERS])
    size = draw.choice((200, 400, None))
    squares = draw_ground(code, ground.geometry[code], size).squares if size else []
    return Seen(
        site,
        draw.choice(ORGANISATIONS[:2]),
        code,
        TODAY - timedelta(days=draw.choice(DAYS_AGO)),
        draw.choice(ITEMS),
        draw.choice(squares).id if squares else "",
        draw.randint(1, 3),
        draw.choice(["", "1-4", "10+"]),
        draw.choice(["", "hall", "rue"]),
    )
