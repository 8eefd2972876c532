"""More than 10 000 random cases by the export functions, and what was not opened weighs nowhere.

Two worlds of fifteen towns: other agreements, other accounts, and traps that must open nothing.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest
from agreed_files import (
    FORMS,
    Judged,
    judge_comparison,
    judge_dossier,
    judge_drawn,
    judge_exports,
)
from agreed_world import agreed_world

pytestmark = pytest.mark.verify

SEEDS, TOWNS, READ, AGAIN = (3, 4), 15, 160, 36
DRAWN_EVERY = 12


@pytest.fixture(scope="module", params=SEEDS)
def world(request, test_cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("agreed-exports")
    with agreed_world(test_cluster, folder, TOWNS, request.param, wide=True) as made:
        yield made


def judge_all(world, judged, count=READ):
    """Judge the same cases of a world, whatever it publishes."""
    draw = random.Random(world.seed)
    for rank, (login, key) in enumerate(world.cases(READ, world.seed)[:count]):
        may = judge_exports(world, login, key, judged)
        site = draw.choice(world.settings.sites)
        code = draw.choice(sorted(may or world.quarters))
        if rank % DRAWN_EVERY in (0, 1):
            judge_exports(world, login, key, judged, site)
            judge_drawn(world, login, key, judged, draw.choice(["", "oui"]))
            judge_comparison(world, login, key, code, judged)
        if rank == 1:
            judge_dossier(world, login, code, judged)


def test_the_export_functions_write_what_the_agreements_open(world):
    """Then the figures of some towns change: the files of whoever reads none of them do not.

    Not a byte: no class, legend, reference, smoothing, share or count is made with what is closed.
    """
    judged = Judged()
    judge_all(world, judged)
    assert len(judged.cases) == READ * 45 > 10_000 / len(SEEDS)
    assert len(judged.near) > 10_000 / len(SEEDS), "on a site of the account, or opened to it"
    assert len(judged.opened) > 400
    assert len({login for login, *_ in judged.cases}) > 60
    assert set(judged.files) == {*FORMS, "svg", "html", "comparison", "dossier"}

    moved = _least_read(world, judged)
    world.publish(moved)
    again = Judged()
    judge_all(world, again, AGAIN)
    assert set(again.hashes) <= set(judged.hashes)
    same = {name for name, one in again.hashes.items() if judged.hashes[name] == one}
    apart = {name for name in again.hashes if not _reads_moved(world, name, moved)}
    assert apart <= same, sorted(apart - same)
    assert {name[0] for name in apart} >= {*FORMS, "svg", "html", "comparison"}
    assert len(again.hashes) - len(same) > 10, "what was opened did change"


def _least_read(world, judged):
    """Return the towns that are closed to all, and the four that the fewest files hold."""
    read = Counter(world.quarters[code] for *_, code in judged.opened)
    closed = [town for town in world.towns if not read[town]]
    return [*closed, *sorted(read, key=read.__getitem__)[:4]]


def _reads_moved(world, name, moved):
    """Tell whether a file may hold a figure of a town that moved."""
    if name[0] == "dossier":
        return world.quarters[name[2]] in moved
    return bool({world.quarters[code] for code in world.readable(name[1], name[2:4])} & set(moved))
