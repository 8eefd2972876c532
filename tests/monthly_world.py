"""A store where the months of a site were released, with its row of all the site and all its
themes together: invented counts, under the rules of real ones, and an agreement that opens them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from conftest import fresh_settings
from map_layers import communes, perimeters
from site_release import site_layers
from test_sharing import version_of
from visitors import account, write_sites

from observatoire import publication
from observatoire.access import Access, open_access
from observatoire.catalogue import Indicator
from observatoire.disclosure import COUNTS, SQUARES, Agreed, ProtectedLayer, Rules, SiteMonths
from observatoire.disclosure import release_months as months_of
from observatoire.disclosure.months import together
from observatoire.protocole import Share, Terms
from observatoire.settings import Settings
from observatoire.squares import draw_ground

TODAY = date.today()
YEAR = str(TODAY.year - 2)
SITE, TEAM = "loire", "Équipe de rue"
ITEMS = ("jeux", "tensions")
TERMS = Terms(
    shares=(
        Share("delegate", precision="200", rhythm="now"),
        Share("copilot", items=("jeux",), rhythm="meeting"),
        Share("street_team", precision="qpv", rhythm="weekly"),
    ),
    base=8,
    article="Article 4",
)
RULES = Rules(as_of=TODAY, agreed={SITE: Agreed(base=8)})


@dataclass
class MonthlyWorld:
    """The settings and the doors of the store."""

    settings: Settings
    access: Access


def described(item: str) -> Indicator:
    """Return what the readers are told of an item."""
    return replace(together(), id=f"terrain.{item}", label=item.capitalize(), short=item)


@cache
def released() -> tuple[ProtectedLayer, ...]:
    """Return the layers of a year of the site: its teams went to four of its neighbourhoods."""
    draw = np.random.default_rng(7)
    frame = perimeters()
    zones = tuple(str(code) for code in frame.index[frame["site"] == SITE])
    months = [f"{YEAR}-{month:02d}" for month in range(1, 13)]
    rows = []
    for zone, month in itertools.product(zones[:4], months):
        effort = int(draw.integers(9, 16))
        for item in ITEMS:
            seen = int(draw.poisson(0.4 * effort))
            row = (f"terrain.{item}", zone, month, seen, effort, min(seen, 4))
            rows += [(*row[:3], team, *row[3:]) for team in ("", TEAM)]
    counts = pd.DataFrame(rows, columns=list(COUNTS))
    themes = {f"terrain.{item}": described(item) for item in ITEMS}
    squares = placed(counts, frame, draw)
    town = SiteMonths(SITE, "2015", zones, themes, counts, "terrain", squares)
    return tuple(months_of(town, {}, RULES))


def placed(counts: pd.DataFrame, frame: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    """Return in which squares the observations were made: more in some than in others."""
    own = counts[counts["organisation"] == ""].groupby(["zone", "month"])["observations"].sum()
    rows = []
    for zone, months in own.groupby("zone"):
        cells = [one.id for one in draw_ground(zone, frame.geometry[zone], 200).squares]
        weights = draw.dirichlet(np.full(len(cells), 0.8))
        for (_, month), number in months.items():
            seen = zip(cells, draw.multinomial(number, weights), strict=True)
            rows += [
                (zone, month, cell, team, count, min(count, 3))
                for cell, count in seen
                if count
                for team in ("", TEAM)
            ]
    return pd.DataFrame(rows, columns=list(SQUARES))


@contextmanager
def monthly_world(test_cluster: Path, folder: Path) -> Iterator[MonthlyWorld]:
    """Give the store: official figures, the invented ones, then a release that adds the months."""
    with fresh_settings(test_cluster, folder) as settings:
        access = open_access(settings, writes=True)
        frame = perimeters()
        write_sites(access, frame["site"].to_dict())
        account(access, "rue", "street_team", TEAM, (SITE,))
        account(access, "deleguee", "delegate", "Préfecture", (SITE,))
        account(access, "ailleurs", "delegate", "Préfecture", ("moselle",))
        with access.owner() as owner:
            since = date(int(YEAR) - 1, 1, 1)
            version_of(owner, SITE, 1, TERMS, since, (TEAM, "Préfecture"))
        for held, rules, day in (((), Rules(), date(2024, 1, 15)), (released(), RULES, TODAY)):
            with access.owner() as owner:
                publication.write_release(
                    owner,
                    site_layers(),
                    boundaries={"2015": frame},
                    outlines={"commune": communes()},
                    rules=rules,
                    today=day,
                    site_of=frame["site"].to_dict(),
                    held=held,
                )
        yield MonthlyWorld(settings, access)
        access.close()
