"""The app behind the shipped proxy, over TLS, in a real Chromium: what readers meet on a server."""

from __future__ import annotations

import json
import re
import socket
import ssl
import time
from urllib.parse import urlsplit

import pytest
import requests
from browser import served
from conftest import command_environ, fresh_settings
from playwright.sync_api import expect
from ports import free_port
from proxy import proxied
from site_release import publish_sites
from test_pages import choose_indicator

from observatoire.access import open_access

pytestmark = [pytest.mark.verify, pytest.mark.browser]
HSTS = "strict-transport-security"


@pytest.fixture(scope="module")
def door(test_cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("proxy")
    secure = free_port()
    with fresh_settings(test_cluster, folder) as settings:
        access = open_access(settings, writes=True)
        publish_sites(access)
        access.close()
        public = {"OBSERVATOIRE_PUBLIC_URL": f"https://localhost:{secure}"}
        with served(command_environ(settings) | public, folder / "log") as url:
            nginx = folder / "nginx"
            nginx.mkdir()
            with proxied(nginx, app=urlsplit(url).port, secure=secure) as made:
                yield made


def get(door, path="/", **options):
    return requests.get(door.secure + path, verify=door.certificate, timeout=60, **options)


def test_the_map_answers_over_tls_and_its_websocket_too(door, visit):
    sockets = []
    seen = visit(door.plain + "/carte", ignore_https_errors=True)  # by http: it is led to https
    seen.page.on("websocket", lambda one: sockets.append(one.url))
    seen.page.reload()
    seen.page.locator(".lm[data-revision]").wait_for()
    assert seen.page.url.startswith(door.secure + "/carte")
    choose_indicator(seen.page, "revnu", "Revenu disponible médian")
    expect(seen.page.locator(".layer-title")).to_contain_text("Revenu disponible médian")
    assert sockets
    assert all(url.startswith(door.secure.replace("https", "wss", 1)) for url in sockets)
    cookies = seen.page.context.cookies()
    assert cookies
    assert all(cookie["secure"] for cookie in cookies)
    assert seen.outside == []
    assert [one for one in seen.complaints if "404" not in one] == []


def test_a_file_can_be_loaded_up_to_its_own_limit(door, visit):
    """The upload goes by another address, with the page's token: it passes the proxy."""
    seen = visit(door.secure + "/superposer", ignore_https_errors=True)
    seen.page.locator("input[type=file]").first.wait_for(state="attached")
    with seen.page.expect_response(re.compile("/_stcore/upload_file/")) as put:
        outline = json.dumps({"type": "FeatureCollection", "features": [], "pad": "x" * 100_000})
        seen.page.locator("input[type=file]").first.set_input_files(
            {
                "name": "zones.geojson",
                "mimeType": "application/geo+json",
                "buffer": outline.encode(),
            }
        )
    assert put.value.status == 204


def test_http_only_leads_to_https_with_the_same_address(door):
    answer = requests.get(door.plain + "/carte?indicateur=x", allow_redirects=False, timeout=60)
    assert answer.status_code == 301
    assert answer.headers["location"] == door.secure + "/carte?indicateur=x"


def test_hsts_is_said_once_on_every_answer_the_proxy_s_own_too(door):
    for path in ("/", "/sante", "/telechargements/rien"):
        assert get(door, path).headers[HSTS] == "max-age=31536000", path  # twice would be « a, a »
    refused = requests.post(
        door.secure + "/", data=b"x" * 100_000, verify=door.certificate, timeout=60
    )
    assert (refused.status_code, refused.headers[HSTS]) == (413, "max-age=31536000")
    assert refused.text == "Ce fichier est trop gros pour ce serveur.\n"
    assert "nginx/" not in refused.headers["server"]


def test_a_body_over_the_limits_is_refused(door):
    for path, size in (("/saisie/sorties", 70_000), ("/_stcore/upload_file/x", 26 << 20)):
        refused = requests.put(
            door.secure + path, data=b"x" * size, verify=door.certificate, timeout=60
        )
        assert refused.status_code == 413, path


def test_the_health_address_answers_through_the_proxy(door):
    assert (get(door, "/sante").status_code, get(door, "/sante").text) == (200, "ok\n")


def test_a_password_guesser_is_slowed_down_and_who_only_reads_is_not(door):
    def post():
        return requests.post(door.secure + "/connexion", verify=door.certificate, timeout=60)

    answers = [post() for _ in range(14)]
    assert answers[0].status_code != 429
    assert answers[-1].status_code == 429
    assert answers[-1].text.startswith("Trop de demandes")
    assert all(get(door, "/connexion").status_code != 429 for _ in range(20))


def test_another_name_gets_no_page_and_no_certificate(door):
    port = urlsplit(door.secure).port
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port)) as raw,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(raw, server_hostname="elsewhere.example.net")
    with pytest.raises(requests.ConnectionError):
        requests.get(door.plain, headers={"Host": "elsewhere.example.net"}, timeout=60)


def test_what_is_logged_tells_neither_who_nor_what_was_looked_at(door):
    get(door, "/carte?indicateur=filosofi.TP60&qpv=QP042013")
    get(door, "/telechargements/quartier/2015/QP042013.csv")
    assert get(door, "/_stcore/health", headers={"Origin": "https://x.example"}).status_code == 403
    deadline = time.monotonic() + 120  # a line is written after its answer
    while "_stcore 403" not in door.said("refusals") and time.monotonic() < deadline:
        time.sleep(0.05)
    traffic, refusals = door.said("traffic"), door.said("refusals")
    line = re.compile(r"\S+ [A-Z]+ [a-z_]+ \d{3} \d+ [\d.]+")
    assert [each for each in traffic.splitlines() if not line.fullmatch(each)] == []
    assert " GET telechargements " in traffic
    for word in ("QP042013", "filosofi", "127.0.0.1", "localhost", "?"):
        assert word not in traffic
    assert " 127.0.0.1 GET _stcore 403" in refusals
    assert "QP042013" not in refusals
    assert door.said("error") == ""
    assert door.said("unasked").count("\n") == 0
