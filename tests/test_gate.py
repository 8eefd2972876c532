"""Whose requests reach the app: names, origins; and what TLS changes: cookies, HSTS."""

from __future__ import annotations

import asyncio
from threading import Thread

import pytest
import requests
from browser import bare_environ, served
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message
from test_server import FAILING

from observatoire.gate import Gate, own_hosts
from observatoire.webpage import WebPage, security_headers

PUBLIC = "https://observatoire.example.fr"
OPENED = "websocket.accept"


def page(_request):
    answer = PlainTextResponse("in")
    answer.set_cookie("plain", "1", samesite="lax")
    answer.set_cookie("closed", "1", secure=True, httponly=True)
    return answer


async def live(websocket):
    await websocket.accept()
    await websocket.close()


def inside():
    anything = "/{rest:path}"
    return Starlette(
        routes=[
            Route(anything, page, methods=["GET", "POST", "PUT"]),
            WebSocketRoute(anything, live),
        ]
    )


def ask(app, *, kind="http", path="/", method="GET", **headers: str | None) -> list[Message]:
    """Send one request through the ASGI door, as a server does; return what it answers."""
    sent: list[Message] = []
    opening = {"type": "websocket.connect"} if kind == "websocket" else {"type": "http.request"}

    async def receive():
        return opening

    async def send(message):
        sent.append(message)

    given = [
        (name.encode(), value.encode()) for name, value in headers.items() if value is not None
    ]
    scope = {"type": kind, "path": path, "method": method, "headers": given, "query_string": b""}
    scope |= {"subprotocols": []} if kind == "websocket" else {}
    # in a thread: the browser's own loop may be running in this one
    asked = Thread(target=lambda: asyncio.run(app(scope, receive, send)))
    asked.start()
    asked.join()
    return sent


def outcome(public, **asked) -> object:
    first = ask(Gate(inside(), public), **asked)[0]
    return first.get("status", first["type"])


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("path", ["/", "/_stcore/stream", "/telechargements/x"])
def test_our_own_pages_get_in(kind, path):
    let_in = OPENED if kind == "websocket" else 200
    for public, host, origin in (
        (None, "localhost:8501", "http://localhost:8501"),
        (None, "127.0.0.1:8501", "http://127.0.0.1:8501"),
        (None, "localhost:8501", None),
        (PUBLIC, "observatoire.example.fr", PUBLIC),
        (PUBLIC, "OBSERVATOIRE.example.fr", PUBLIC),
        (PUBLIC, "localhost:8501", "http://localhost:8501"),
        (PUBLIC, "observatoire.example.fr", None),
    ):
        asked = {"kind": kind, "path": path, "host": host, "origin": origin}
        assert outcome(public, **asked) == let_in, asked


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("public", [None, PUBLIC])
def test_another_name_for_this_machine_is_refused(kind, public):
    refused = "websocket.close" if kind == "websocket" else 421
    for host in ("rebound.example.net", "localhost.example.net", "", "[::1"):
        assert outcome(public, kind=kind, host=host, origin=f"http://{host}") == refused, host
        assert outcome(public, kind=kind, host=host) == refused, host
    if public is None:
        assert outcome(None, kind=kind, host="observatoire.example.fr") == refused


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_the_pages_of_other_sites_are_refused(kind):
    refused = "websocket.close" if kind == "websocket" else 403
    for origin in (
        "https://elsewhere.example.net",
        "http://observatoire.example.fr",  # without TLS anybody may write it
        "https://observatoire.example.fr:8443",
        "https://observatoire.example.fr.example.net",
        "http://localhost:3000",
        "https://localhost:8501",
        "file://",
        "http://[",
        "",
    ):
        for host in ("observatoire.example.fr", "localhost:8501"):
            assert outcome(PUBLIC, kind=kind, host=host, origin=origin) == refused, (host, origin)


def test_a_form_of_ours_names_no_origin_but_a_live_page_always_does():
    host = "observatoire.example.fr"
    assert outcome(PUBLIC, host=host, origin="null", method="POST", path="/connexion") == 200
    assert outcome(PUBLIC, host=host, origin="null", path="/_stcore/health") == 403
    assert outcome(PUBLIC, host=host, origin="null", kind="websocket") == "websocket.close"


def test_the_names_are_those_of_this_machine_and_the_public_one():
    assert own_hosts(None) == own_hosts("https://localhost:8443") == ("localhost", "127.0.0.1")
    assert own_hosts(PUBLIC)[0] == "observatoire.example.fr"


# --- TLS ---------------------------------------------------------------------------------------


def answered(secure):
    page = WebPage(inside(), b"", security_headers("", secure=secure), secure=secure)
    start = ask(page, host="localhost")[0]
    return [(name.decode(), value.decode()) for name, value in start["headers"]]


def test_over_tls_every_cookie_is_secure_once_and_the_browser_is_told_to_stay():
    cookies = [value for name, value in answered(True) if name == "set-cookie"]
    assert len(cookies) == 2
    assert [cookie.lower().count("; secure") for cookie in cookies] == [1, 1]
    assert ("strict-transport-security", "max-age=31536000") in answered(True)


def test_without_tls_nothing_of_that_is_said():
    said = answered(False)
    assert sum("secure" in value.lower() for name, value in said if name == "set-cookie") == 1
    assert "strict-transport-security" not in dict(said)


def test_the_served_app_knows_its_public_address(tmp_path):
    """And a foreign origin makes it ask nothing outside: Streamlit would, to know its own."""
    environ = bare_environ(tmp_path) | {"OBSERVATOIRE_PUBLIC_URL": PUBLIC}
    with served(environ, tmp_path / "log", FAILING) as url:
        answer = requests.get(url + "/_stcore/health", timeout=60)
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert answer.headers["set-cookie"].endswith("; Secure")
        foreign = {"Origin": "https://elsewhere.example.net"}
        refused = requests.get(url + "/_stcore/health", headers=foreign, timeout=60)
        assert (refused.status_code, refused.text) == (403, "Cette demande est refusée.\n")
        ours = {"Origin": PUBLIC, "Host": "observatoire.example.fr"}
        assert requests.get(url + "/_stcore/health", headers=ours, timeout=60).status_code == 200
    assert "external" not in (tmp_path / "log").read_text()
