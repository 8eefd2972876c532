"""Random agreements over real figures: export functions, command line and pages give what the
oracle says, to each role, and nothing beyond.
"""

from __future__ import annotations

import json
import random
from collections import Counter

import psycopg
import pytest
from agreed_files import (
    FORMS,
    Judged,
    judge_comparison,
    judge_dossier,
    judge_drawn,
    judge_exports,
    values_of,
)
from agreed_world import agreed_world
from in_process import in_process_command  # noqa: F401 - a fixture
from psycopg import sql
from sqlalchemy import text

from observatoire import cluster, exports, publication
from observatoire.views.downloads import DRAWN


@pytest.fixture(scope="module")
def world(test_cluster, tmp_path_factory):
    with agreed_world(test_cluster, tmp_path_factory.mktemp("agreed")) as made:
        yield made


def exactly(found, world, login, key):
    """Tell that figures by QPV are those that the oracle lets somebody read."""
    may = world.readable(login, key)
    assert set(found) == may, (login, key)
    truth = world.figures(key)
    assert all(found[code] == pytest.approx(truth[code][0]) for code in may), (login, key)
    return bool(may)


# --- functions --------------------------------------------------------------------------------


def test_what_is_listed_to_each_account_is_what_the_agreements_open(world):
    listed = Counter()
    for login in ["", *sorted(world.users)]:
        with world.door(login).session() as session:
            layers = publication.list_layers(session)
        found = {
            (one.indicator.partition(".")[2], one.period) for one in layers if one.rule == "field"
        }
        assert found == {key for key in world.keys if world.readable(login, key)}, login
        listed[frozenset(found)] += 1
    assert len(listed) > 4, "they do not all read the same"


def test_the_export_functions_write_what_the_agreements_open(world):
    """The larger part of the cases is in `test_agreed_exports`, with `./run verify`."""
    judged, draw = Judged(), random.Random(1)
    for rank, (login, key) in enumerate(world.cases(70, seed=1)):
        may = judge_exports(world, login, key, judged)
        if rank % 10 == 0:
            judge_exports(world, login, key, judged, draw.choice(world.settings.sites))
        if rank % 14 == 1:
            judge_drawn(world, login, key, judged)
            judge_comparison(world, login, key, draw.choice(sorted(may)), judged)
    assert len(judged.cases) == 70 * 45
    assert len(judged.opened) > 250
    assert set(judged.files) == {*FORMS, "svg", "html", "comparison"}


def test_every_form_of_file_is_among_those_read_here():
    assert set(FORMS) == set(exports.FORMATS)
    assert set(DRAWN) == {"svg", "html"}


def opened_of(world, login, code):
    return {key for key in world.keys if code in world.readable(login, key)}


def test_the_file_of_a_neighbourhood_holds_what_the_agreements_open(world):
    draw, judged = random.Random(2), Judged()
    cases = [(login, draw.choice(list(world.quarters))) for login in sorted(world.users)]
    some = [case for case in cases if opened_of(world, *case)][:2]
    none = [case for case in cases if not opened_of(world, *case)][:2]
    found = [judge_dossier(world, login, code, judged) for login, code in [*some, *none]]
    assert [bool(one) for one in found] == [True, True, False, False]


def test_reading_a_layer_asks_the_agreements_about_its_own_parts_alone(world, test_cluster):
    """However many periods and releases there are: each question takes a while."""
    with world.store.owner() as owner:
        name = owner.execute(text("SELECT current_database()")).scalar_one()
    with psycopg.connect(cluster.superuser_url(test_cluster), autocommit=True) as administrator:
        counted = sql.SQL("ALTER DATABASE {} SET track_functions = 'pl'")
        administrator.execute(counted.format(sql.Identifier(name)))
    world.store.app_engine.dispose()  # a connection of before the setting counts nothing
    login, key = next(case for case in world.cases(20, seed=3) if world.readable(*case))
    asked = text("SELECT calls FROM pg_stat_xact_user_functions WHERE funcname = 'reaches'")

    def calls():
        with world.door(login).session() as session:
            publication.read_layer(session, f"terrain.{key[0]}", period=key[1], edition="2015")
            return session.execute(asked).scalar_one()

    expected = len(world.towns) + len(world.readable(login, key))
    assert calls() == expected, "its parts, then the cells of those that are open"
    world.publish(["t0"])
    assert calls() == expected


# --- command line -----------------------------------------------------------------------------


@pytest.fixture(name="settings")
def its_settings(world):
    """The settings of this store, for the command line in this process."""
    return world.settings


@pytest.mark.parametrize("count", [30, pytest.param(300, marks=pytest.mark.verify)])
def test_the_command_line_with_a_token_reads_what_its_account_reads(
    world, in_process, monkeypatch, count
):
    done = Counter()
    for rank, (login, key) in enumerate(world.cases(count, seed=count)):
        token = world.token(login)
        if token is None:  # nobody: without a token, the command line is the owner's own
            token = "x" * 43
        monkeypatch.setenv("OBSERVATOIRE_TOKEN", token)
        form = ("csv", "json", "geojson")[rank % 3]
        asked = ("layer", f"terrain.{key[0]}", "--period", key[1], "--format", form)
        code, out, err = in_process(*asked)
        assert "Traceback" not in err
        if code:
            assert out == ""
            found = {}
        else:
            found = values_of(form, out.encode())
        if not login:
            assert (code, found) == (1, {})
            continue
        done[exactly(found, world, login, key)] += 1
    assert min(done[True], done[False]) > count / 10


def test_the_command_line_lists_what_its_account_reads(world, in_process, monkeypatch):
    draw = random.Random(4)
    for login in draw.sample(sorted(world.users), 8):
        monkeypatch.setenv("OBSERVATOIRE_TOKEN", world.token(login))
        code, out, _ = in_process("layers", "--json")
        assert code == 0
        found = {
            (one["indicator"].partition(".")[2], one["period"])
            for one in json.loads(out)
            if one["rule"] == "field"
        }
        assert found == {key for key in world.keys if world.readable(login, key)}, login
