"""What the journal holds of real figures of the field: pages' doors, downloads, command line."""

from __future__ import annotations

import asyncio
import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from agreed_world import ITEMS, PUBLISHED, TODAY, publish_fields
from conftest import fresh_settings
from entry_town import make_town
from in_process import in_process_command  # noqa: F401 - a fixture
from sqlalchemy import text
from starlette.applications import Starlette
from test_capture import agree
from visitors import account, token_of

from observatoire import exports, protocole_desk, publication
from observatoire.access import COOKIE, open_access
from observatoire.accounts import figure_noted, note_reading, read_journal
from observatoire.codes import squares_edition
from observatoire.errors import DisclosureError
from observatoire.protocole import Share, Terms
from observatoire.routes import Doors, routes
from observatoire.store.returns import read_readers
from observatoire.views.doors import Doors as PageDoors
from observatoire.views.downloads import DRAWN
from observatoire.views.equipe.names import item_name
from observatoire.views.figures import estimated
from observatoire.views.journal.lines import Line
from observatoire.views.journal.listing import what
from observatoire.views.state import MapState

TEAM, CITY = "Équipe A", "Ville"
LAST = str(TODAY.year - 1)
QPV, FAR_QPV, FIELD = "QP042001", "QP057001", f"terrain.{ITEMS[0]}"
OFFICIAL = "rp.POP_MUN"
FORMS = (*exports.FORMATS, *DRAWN)
RANKS = itertools.count()


@pytest.fixture(scope="module")
def town(test_cluster, tmp_path_factory):
    """Real figures of the field, which delegates of the Loire read; nothing opens the others."""
    with fresh_settings(test_cluster, tmp_path_factory.mktemp("journal")) as made:
        store = open_access(made, writes=True)
        make_town(store, made)
        with store.owner() as owner:
            quarters = dict(owner.execute(text("SELECT qpv, site FROM people.site_qpv")).all())
            publish_fields(owner, 7, quarters)
        agree(store, made, Terms(shares=(Share("delegate", rhythm="now"),)), by=(TEAM, CITY))
        with store.owner() as owner:
            protocole_desk.widen(owner, "loire", TODAY.replace(year=TODAY.year - 5), "réunion")
        account(store, "rue", "street_team", TEAM, ("loire",))
        yield store, made
        store.close()


@pytest.fixture(name="settings")
def its_settings(town):
    """The settings of this store, for the command line in this process."""
    return town[1]


@pytest.fixture
def reader(town):
    """A new delegate of the Loire and of the Moselle, whose journal is empty."""
    store, _ = town
    login = f"lit-{next(RANKS)}"
    account(store, login, "delegate", CITY, ("loire", "moselle"))
    return store.signed(token_of(store, login))


def lines(access):
    """Return what is noted of an account's readings: site, action, object."""
    login = access.visitor().login
    with access.session() as session:
        rows = read_journal(session, TODAY)
    return sorted(
        (row["site"], row["action"], row["object"]) for row in rows if row["login"] == login
    )


def exported(access):
    return [line for line in lines(access) if line[1] == "export"]


def asked(town, path, token):
    """Return the status and the headers of an answer of our own addresses."""
    store, made = town
    parts = urlsplit(path)
    scope = {
        "type": "http",
        "method": "GET",
        "path": parts.path,
        "query_string": parts.query.encode(),
        "headers": [(b"cookie", f"{COOKIE}={token}".encode())] if token else [],
    }
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    doors = Doors(made, store)
    called = Starlette(routes=routes(doors))
    with ThreadPoolExecutor(1) as thread:  # a browser of the same worker has a loop of its own
        thread.submit(lambda: asyncio.run(called(scope, receive, send))).result()
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers["cache-control"]


def download(indicator, form, period=LAST):
    return f"/telechargements/{indicator}/2015/{period}.{form}"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_file_of_real_figures_is_noted_and_kept_by_no_cache(town, reader, form):
    assert asked(town, download(FIELD, form), reader.token) == (200, "no-store")
    assert exported(reader) == [("loire", "export", f"{FIELD} {LAST} ({form})")]


@pytest.mark.parametrize("form", exports.FORMATS)
@pytest.mark.parametrize("site", ["loire", "moselle"])
def test_a_file_limited_to_a_site_is_noted_of_that_site_alone(town, reader, form, site):
    status, _ = asked(town, f"{download(FIELD, form)}?site={site}", reader.token)
    assert status == (200 if site == "loire" else 404)  # nothing of the other is opened
    noted = [("loire", "export", f"{FIELD} {LAST} ({form})")]
    assert exported(reader) == (noted if site == "loire" else [])


def test_the_file_of_a_comparison_is_noted(town, reader):
    path = f"/telechargements/comparer/{FIELD}/2015/{LAST}.csv?qpv={QPV}"
    assert asked(town, path, reader.token) == (200, "no-store")
    assert exported(reader) == [("loire", "export", f"{FIELD} {LAST} (csv)")]


def test_the_file_of_a_neighbourhood_is_noted_for_each_item_so_that_teams_see_it(town, reader):
    path = f"/telechargements/quartier/2015/{QPV}.csv"
    assert asked(town, path, reader.token) == (200, "no-store")
    names = [f"{QPV} 2015", *(f"terrain.{item} {QPV}" for item in PUBLISHED)]
    assert exported(reader) == sorted(("loire", "export", f"{name} (csv)") for name in names)
    store, _ = town
    with store.signed(token_of(store, "rue")).session() as session:
        seen = read_readers(session, "loire")
    assert {one.item for one in seen if one.exported} >= set(PUBLISHED)


def test_a_neighbourhood_whose_figures_are_not_opened_is_not_noted(town, reader):
    path = f"/telechargements/quartier/2015/{FAR_QPV}.csv"
    assert asked(town, path, reader.token) == (200, "no-cache")
    assert exported(reader) == []


@pytest.mark.parametrize("form", FORMS)
def test_official_figures_are_in_no_journal(town, reader, form):
    with reader.session() as session:
        listed = publication.list_layers(session)
    period = next(one.period for one in listed if one.indicator == OFFICIAL)
    path = download(OFFICIAL, form, period)
    assert asked(town, path, reader.token) == (200, "no-cache")
    assert lines(reader) == []


def test_the_journal_itself_is_kept_by_no_cache(town, reader):
    path = "/telechargements/journal.csv"
    assert asked(town, path, reader.token) == (200, "no-store")


def doors(town, access):
    return PageDoors(town[1], town[0]).signed(access.token)


@pytest.mark.parametrize("way", ["layer", "values", "cell", "estimated"])
def test_every_way_of_a_page_to_figures_is_noted_once_also_when_they_were_kept(
    town, reader, way, monkeypatch
):
    store, _ = town
    state = MapState(FIELD, "2015", LAST)
    ways = {
        "layer": lambda one: one.layer(state),
        "values": lambda one: one.values(state),
        "cell": lambda one: one.cell(state, QPV),
        "estimated": lambda one: estimated(one, state),
    }
    written = []
    from observatoire.views import doors as module

    noting = module.note_reading
    monkeypatch.setattr(
        module, "note_reading", lambda *given: (written.append(given), noting(*given))
    )
    second = f"suit-{way}"
    account(store, second, "delegate", CITY, ("loire", "moselle"))
    for access in (reader, store.signed(token_of(store, second))):
        for _ in range(3):
            ways[way](doors(town, access))
        assert lines(access) == [("loire", "read", f"{FIELD} {LAST}")]
    assert len(written) == 2


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_the_command_line_of_an_account_is_noted(town, reader, in_process, monkeypatch, form):
    monkeypatch.setenv("OBSERVATOIRE_TOKEN", reader.token)
    code, *_ = in_process("layer", FIELD, "--period", LAST, "--format", form)
    assert code == 0
    assert exported(reader) == [("loire", "export", f"{FIELD} {LAST} ({form})")]
    assert in_process("layer", OFFICIAL, "--format", form)[0] == 0
    assert len(lines(reader)) == 1


def test_the_owner_of_the_command_line_is_not_an_account(town, in_process):
    assert in_process("layer", FIELD, "--period", LAST, "--format", "csv")[0] == 0


def test_an_item_of_the_file_of_a_neighbourhood_is_said_by_its_label():
    line = Line(TODAY, "a", "delegate", "b", "loire", "export", f"{FIELD} {QPV} (csv)")
    assert what(line, {FIELD: "Jeux"}) == f"Jeux, {QPV} (csv)"


def test_a_figure_by_squares_says_so_in_the_journal_and_in_words():
    noted = figure_noted("terrain.ensemble", "2025", squares_edition(200, "2024"))
    assert noted == "terrain.ensemble 2025 square-200"
    assert figure_noted(FIELD, LAST, "2024") == f"{FIELD} {LAST}"
    for form in ("", " (csv)"):
        line = Line(TODAY, "a", "delegate", "b", "loire", "read", noted + form)
        assert what(line, {"terrain.ensemble": "Tout"}) == (
            f"Tout, par carrés de 200\N{NO-BREAK SPACE}m au moins, 2025{form}"
        )


def test_reading_all_items_together_is_told_to_the_teams_by_its_name(town, reader):
    store, _ = town
    note_reading(reader, ["loire"], "read", "terrain.ensemble 2025 square-200")
    with store.signed(token_of(store, "rue")).session() as session:
        seen = read_readers(session, "loire")
    assert "ensemble" in {one.item for one in seen}
    assert item_name({}, "ensemble") == "tous les indicateurs ensemble"


@pytest.mark.parametrize("way", ["download", "layer"])
def test_a_file_that_cannot_be_made_is_not_noted_as_taken(
    town, reader, in_process, way, monkeypatch
):
    refused = replace(exports.FORMATS["csv"], write=refuse_to_write)
    monkeypatch.setitem(exports.FORMATS, "csv", refused)
    if way == "download":
        assert asked(town, download(FIELD, "csv"), reader.token)[0] == 409
    else:
        monkeypatch.setenv("OBSERVATOIRE_TOKEN", reader.token)
        assert in_process("layer", FIELD, "--period", LAST, "--format", "csv")[0] == 1
    assert exported(reader) == []


def refuse_to_write(*_):
    raise DisclosureError("refused", user="Refusé.")
