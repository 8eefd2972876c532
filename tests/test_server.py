"""The server as it is served: headers, addresses, downloads, refusals."""

from __future__ import annotations

import json
import signal
import socket
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import psycopg
import pytest
import requests
from browser import bare_environ, served
from conftest import command_environ
from map_layers import communes, perimeters, protected
from pages_visited import settled
from ports import free_port

from observatoire import exports, publication
from observatoire.answers import STATUSES
from observatoire.disclosure import Rules
from observatoire.errors import (
    ConflictError,
    DisclosureError,
    FileError,
    NotFoundError,
    SettingsError,
    StoreError,
)
from observatoire.server import configure_streamlit, hold_port, script_path
from observatoire.settings import load
from observatoire.webpage import french_page, security_headers

FAILING = Path(__file__).parent / "failing_page.py"


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """Address of a server without a store, and the file of what it said."""
    folder = tmp_path_factory.mktemp("bare")
    log = folder / "log"
    environ = bare_environ(folder) | {
        "OBSERVATOIRE_APP_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
        "OBSERVATOIRE_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
    }
    with served(environ, log, FAILING) as url:
        yield url, log


def get(url, path, **options):
    return requests.get(url + path, timeout=60, **options)


# --- the page ----------------------------------------------------------------------------------


def test_every_page_is_in_french_before_any_script_runs(bare):
    url, _ = bare
    for path in ("/", "/carte", "/carte?indicateur=x"):
        page = get(url, path)
        assert page.status_code == 200
        assert '<html lang="fr">' in page.text
        assert "<title>Observatoire des quartiers prioritaires</title>" in page.text
        assert "Cette page a besoin de JavaScript" in page.text
        assert "You need to enable JavaScript" not in page.text
        assert "agent" not in page.text
        assert int(page.headers["content-length"]) == len(page.content)


def test_head_and_conditional_requests_of_the_page_are_answered_well(bare):
    url, _ = bare
    head = requests.head(url + "/", timeout=60)
    assert (head.status_code, head.content) == (200, b"")
    assert "etag" not in head.headers


def test_every_answer_forbids_what_leaves_the_machine(bare):
    url, _ = bare
    for path in ("/", "/composant/0/rien.js", "/_stcore/health", "/telechargements/x"):
        headers = get(url, path).headers
        policy = dict(
            part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";")
        )
        assert policy["default-src"] == policy["connect-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
        assert "'unsafe-inline'" not in policy["script-src"]
        assert "'unsafe-eval'" not in policy["script-src"]
        assert not any("http" in rule or "*" in rule for rule in policy.values())
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        assert "server" not in headers


def test_a_page_streamlit_no_longer_writes_so_is_an_error_and_not_a_half_french_page(monkeypatch):
    monkeypatch.setattr("observatoire.webpage.read_words", lambda _: lambda name: name)
    assert "<title>title</title>" in french_page()
    monkeypatch.setattr(Path, "read_text", lambda *_: "<html></html>")
    with pytest.raises(RuntimeError, match="changed"):
        french_page()


def test_scripts_inside_the_page_are_allowed_by_their_hash_only():
    headers = security_headers("<script>one()</script><script src='x'></script>")
    allowed = headers["content-security-policy"]
    assert allowed.count("'sha256-") == 1
    assert security_headers("<script>two()</script>")["content-security-policy"] != allowed


# --- what a browser keeps ----------------------------------------------------------------------


def test_the_maps_files_are_kept_for_ever_under_their_hash(bare):
    url, _ = bare
    page = get(url, "/").text
    icon = page.split('rel="icon" href="')[1].split('"')[0]
    answer = get(url, icon)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "immutable" in answer.headers["cache-control"]
    stale = get(url, "/composant/0000000000000000/favicon.svg")
    assert stale.status_code == 404
    assert stale.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/geometrie/inconnue.js",
        "/leaflet/0/leaflet.js",
        "/composant/server.py",
        "/composant/0/server.py",
        "/geometrie/a/b.js",
        "/telechargements/rien",
        "/telechargements/a/b/c/d",
    ],
)
def test_an_address_that_is_nothing_is_a_french_404(bare, path):
    url, _ = bare
    answer = get(url, path)
    assert answer.status_code == 404
    assert answer.text.strip() == "Cette adresse n’existe pas."


def test_what_the_framework_refuses_by_itself_is_said_in_french(bare):
    url, _ = bare
    answer = requests.post(url + "/telechargements/a/2015/b.csv", timeout=60)
    assert (answer.status_code, answer.text.strip()) == (405, "Cette demande est refusée.")
    assert get(url, "/media/rien.png").status_code == 404


# --- refusals ----------------------------------------------------------------------------------


def test_a_store_that_does_not_answer_is_a_503_with_its_remedy_and_no_trace(bare):
    url, log = bare
    answer = get(url, "/telechargements/filosofi.TP60/2015/2018.csv")
    assert answer.status_code == 503
    assert "base" in answer.text
    assert "Traceback" not in answer.text + log.read_text()
    assert "psycopg" not in answer.text


def test_every_family_of_refusal_has_its_status():
    raised = {
        NotFoundError: 404,
        SettingsError: 404,
        ConflictError: 409,
        DisclosureError: 409,
        StoreError: 503,
        FileError: 400,
    }
    for kind, status in raised.items():
        assert next(STATUSES[of] for of in kind.__mro__ if of in STATUSES) == status


def test_a_form_of_file_that_does_not_exist_is_a_404(bare):
    url, _ = bare
    answer = get(url, "/telechargements/filosofi.TP60/2015/2018.exe")
    assert answer.status_code == 404
    assert "csv, json, geojson, gpkg ou html" in answer.text


@pytest.mark.browser
def test_a_failing_page_says_so_in_french_and_never_shows_its_inside(bare, visit):
    url, log = bare
    refused = visit(f"{url}/?how=refused").page
    refused.get_by_text(
        "L’indicateur «\u00a0x\u00a0» n’est pas publié. Choisissez-en un autre."
    ).wait_for()
    unexpected = visit(f"{url}/?how=unexpected").page
    unexpected.get_by_text("Une erreur inattendue est survenue.").wait_for()
    for page in (refused, unexpected):
        settled(page)
        text = page.inner_text("body")
        assert "Traceback" not in text
        assert "Dupont" not in text
    said = log.read_text()
    assert "unexpected ValueError" in said
    assert "failing_page.py" in said
    assert "Dupont" not in said


@pytest.mark.browser
def test_a_page_asks_nothing_of_another_machine(bare, visit):
    url, _ = bare
    seen = visit(url)
    seen.page.get_by_text("Tout va bien").wait_for()
    assert seen.page.evaluate("document.documentElement.lang") == "fr"
    assert seen.page.evaluate("window.isSecureContext") is True
    settled(seen.page)
    assert seen.outside == []
    assert seen.complaints == []


# --- where it listens --------------------------------------------------------------------------


def test_a_taken_port_is_one_sentence_with_another_port():
    with hold_port(0) as held:
        port = held.getsockname()[1]
        with pytest.raises(SettingsError) as refused:
            hold_port(port)
    assert str(port) in refused.value.user
    assert "PORT=" in refused.value.remedy


def test_the_port_is_open_to_this_machine_alone():
    with hold_port(0) as held:
        assert held.getsockname()[0] == "127.0.0.1"
        assert held.family == socket.AF_INET


def test_streamlit_reports_nothing_watches_nothing_and_shows_no_inside():
    from streamlit import config

    configure_streamlit(8599)
    assert config.get_option("server.address") == "127.0.0.1"
    assert config.get_option("server.port") == 8599
    assert config.get_option("browser.gatherUsageStats") is False
    assert config.get_option("server.fileWatcherType") == "none"
    assert config.get_option("client.showErrorDetails") == "none"
    assert config.get_option("client.toolbarMode") == "minimal"
    assert config.get_option("server.enableXsrfProtection") is True
    assert config.get_option("server.enableAgentApi") is False
    assert config.get_option("theme.base") == "light"


def test_the_clones_own_script_is_the_one_served():
    assert script_path() == Path(__file__).resolve().parent.parent / "app.py"


# --- downloads ---------------------------------------------------------------------------------


@pytest.fixture
def published(store, settings, tmp_path):
    """Address of a server on a store where two layers are published, and these layers."""
    layers = [protected("essai.part"), protected("essai.nombre", kind="count")]
    with store.owner() as connection:
        publication.write_release(
            connection,
            layers,
            boundaries={"2015": perimeters()},
            outlines={"commune": communes()},
            rules=Rules(),
            today=date(2024, 1, 15),
        )
    with served(command_environ(settings), tmp_path / "log", FAILING) as url:
        yield url, layers


def test_each_form_of_a_layer_is_the_file_its_export_writes(published):
    url, layers = published
    sites = load({}).sites
    for layer in layers:
        for form in ("csv", "json", "geojson", "gpkg"):
            answer = get(url, f"/telechargements/{layer.indicator}/2015/2018.{form}")
            assert answer.status_code == 200, answer.text
            assert answer.headers["content-type"] == exports.FORMATS[form].media
            assert exports.file_name(layer, form) in answer.headers["content-disposition"]
            if form != "gpkg":
                assert answer.content == exports.FORMATS[form].write(layer, perimeters(), sites)


def test_the_page_to_open_offline_is_sent_as_it_is_and_not_as_the_apps_own_page(published):
    url, layers = published
    answer = get(url, f"/telechargements/{layers[0].indicator}/2015/2018.html")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "Part d’essai, 2018" in answer.text
    assert "http://" not in answer.text.replace("http://www.w3.org", "")


def test_one_site_alone_can_be_downloaded_and_an_unknown_one_is_a_404(published):
    url, layers = published
    path = f"/telechargements/{layers[0].indicator}/2015/2018.json"
    rows = json.loads(get(url, path + "?site=bastia").text)["rows"]
    assert [row["qpv"] for row in rows] == ["QP02B001", "QP02B002"]
    refused = get(url, path + "?site=lune")
    assert refused.status_code == 404
    assert "lune" in refused.text


def test_a_layer_that_is_not_published_is_a_404_that_says_what_is(published):
    url, _ = published
    for path in ("essai.part/2015/1999.csv", "essai.part/2024/2018.csv", "rien.x/2015/2018.csv"):
        answer = get(url, f"/telechargements/{path}")
        assert answer.status_code == 404
        assert "n’est pas publié" in answer.text


def connections(settings):
    """Connections to the test's database, but the one that asks."""
    with psycopg.connect(settings.database_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND usename IS NOT NULL AND pid <> pg_backend_pid()"
        ).fetchone()
    return row[0]


@pytest.mark.browser
def test_a_stopped_server_holds_no_connection_so_that_the_store_can_stop(
    published, store, settings, tmp_path, visit
):
    store.close()
    with served(command_environ(settings), tmp_path / "app") as url:
        seen = visit(url + "/carte")
        seen.page.wait_for_selector(".lm[data-revision]", state="attached")
        get(url, "/telechargements/essai.part/2015/2018.csv")
        url.process.send_signal(signal.SIGINT)
        assert url.process.stdout.readline().strip() == "stopped"
        deadline = time.monotonic() + 120
        while (left := connections(settings)) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert left == 0


def test_a_port_of_settings_is_what_is_held(settings):
    port = free_port()
    with hold_port(replace(settings, port=port).port) as held:
        assert held.getsockname()[1] == port
