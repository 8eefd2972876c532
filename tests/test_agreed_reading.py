"""Random agreements over real figures: export functions, command line and pages give what the
oracle says, to each role, and nothing beyond.
"""

from __future__ import annotations

import csv
import io
import json
import random
import sqlite3
from collections import Counter
from contextlib import closing
from functools import cache

import pytest
from agreed_world import agreed_world
from in_process import in_process_command  # noqa: F401 - a fixture

from observatoire import dossiers, estimates, exports, publication
from observatoire.errors import NotFoundError

EDITION = "2015"


@pytest.fixture(scope="module")
def world(test_cluster, tmp_path_factory):
    with agreed_world(test_cluster, tmp_path_factory.mktemp("agreed")) as made:
        yield made


@pytest.fixture(scope="module")
def truth(world):
    """Return a function that gives the released figures of a layer, as the owner reads them."""

    @cache
    def figures(key):
        with world.store.owner() as owner:
            layer = publication.read_layer(owner, f"terrain.{key[0]}", period=key[1])
        assert len(layer.frame) == 45
        return layer.frame["value"].droplevel("zone_kind").to_dict()

    return figures


def table_of(text):
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter=";"))


def number_of(cell):
    return float(cell.replace(",", "."))


def exactly(found, world, truth, login, key):
    """Tell that figures by QPV are those that the oracle lets somebody read."""
    may = world.readable(login, key)
    assert set(found) == may, (login, key)
    assert all(found[code] == pytest.approx(truth(key)[code]) for code in may), (login, key)
    return bool(may)


# --- functions --------------------------------------------------------------------------------


def test_what_is_listed_to_each_account_is_what_the_agreements_open(world):
    listed = Counter()
    for login in ["", *random.Random(0).sample(sorted(world.users), 30)]:
        with world.door(login).session() as session:
            layers = publication.list_layers(session)
        found = {
            (one.indicator.partition(".")[2], one.period) for one in layers if one.rule == "field"
        }
        assert found == {key for key in world.keys if world.readable(login, key)}, login
        listed[frozenset(found)] += 1
    assert len(listed) > 4, "they do not all read the same"


def test_the_export_functions_write_what_the_agreements_open(world, truth):
    read = Counter()
    for login, key in world.cases(80, seed=1):
        with world.door(login).session() as session:
            try:
                layer = publication.read_layer(session, f"terrain.{key[0]}", period=key[1])
            except NotFoundError:
                read[exactly({}, world, truth, login, key)] += 1
                continue
            ground = publication.read_boundaries(session, layer.edition)
            parts = estimates.read_parts(session, layer)
        for form, read_back in FORMS.items():
            content = exports.FORMATS[form].write(layer, ground, world.settings.sites, None, parts)
            read[exactly(read_back(content), world, truth, login, key)] += 1
    assert read[True] > 150
    assert read[False] > 10


def _of_csv(content):
    return {one["qpv"]: number_of(one["value"]) for one in table_of(content.decode())}


def _of_json(content):
    return {one["qpv"]: one["value"] for one in json.loads(content)["rows"]}


def _of_geojson(content):
    rows = [one["properties"] for one in json.loads(content)["features"]]
    return {one["qpv"]: one["value"] for one in rows}


def _of_gpkg(content):
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(content)
        (name,) = database.execute("SELECT table_name FROM gpkg_contents").fetchone()
        return dict(database.execute(f'SELECT qpv, value FROM "{name}"'))


FORMS = {"csv": _of_csv, "json": _of_json, "geojson": _of_geojson, "gpkg": _of_gpkg}


def test_every_form_of_file_is_among_those_read_here():
    assert set(FORMS) == set(exports.FORMATS)


def of_dossier(text):
    return {
        (one["indicator"].partition(".")[2], one["period"])
        for one in table_of(text)
        if one["indicator"].startswith("terrain.")
    }


def opened_of(world, login, code):
    return {key for key in world.keys if code in world.readable(login, key)}


def test_the_file_of_a_neighbourhood_holds_what_the_agreements_open(world):
    draw, seen = random.Random(2), Counter()
    cases = [(login, draw.choice(list(world.quarters))) for login in sorted(world.users)]
    some = [case for case in cases if opened_of(world, *case)][:2]
    none = [case for case in cases if not opened_of(world, *case)][:2]
    for login, code in [*some, *none]:
        with world.door(login).session() as session:
            made = dossiers.write_dossier(session, EDITION, code)
        found = of_dossier(made.content.decode())
        assert found == opened_of(world, login, code), (login, code)
        assert set(made.fields) == {f"terrain.{item}" for item, _ in found}
        seen[bool(found)] += 1
    assert len(seen) == 2


# --- command line -----------------------------------------------------------------------------


@pytest.fixture(name="settings")
def its_settings(world):
    """The settings of this store, for the command line in this process."""
    return world.settings


@pytest.mark.parametrize("count", [45, pytest.param(300, marks=pytest.mark.verify)])
def test_the_command_line_with_a_token_reads_what_its_account_reads(
    world, truth, in_process, monkeypatch, count
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
            found = FORMS[form](out.encode())
        if not login:
            assert (code, found) == (1, {})
            continue
        done[exactly(found, world, truth, login, key)] += 1
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
