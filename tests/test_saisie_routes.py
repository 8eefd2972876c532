"""The addresses of the page: who may ask, what is refused, what a browser may keep."""

from __future__ import annotations

import json
import uuid

import pytest
import requests
from saisie_desk import COOKIE
from saisie_phone import started

from observatoire.entries import LONGEST_TEXT
from observatoire.saisie.guards import LARGEST

SENT = "/saisie/sorties"
SIGNED_IN = {"cookie": f"{COOKIE}=equipe-Alpha"}
JSON = {"content-type": "application/json"}


class Client(requests.Session):
    """Asks the server as any program may."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def request(self, method, path, **options):
        return super().request(method, self.url + path, timeout=60, **options)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with started(tmp_path_factory.mktemp("saisie")) as desk:
        yield desk


@pytest.fixture
def desk(server):
    server.ways(forget=True)
    return server


@pytest.fixture
def client(desk):
    with Client(desk.url) as made:
        yield made


def outing(client, **changes):
    frame = client.get("/saisie/cadre.json", headers=SIGNED_IN).json()
    plain = {"id": str(uuid.uuid4()), "day": frame["today"], "slot": "soir", "qpv": "QN04291M"}
    return plain | {"nothing_to_report": True} | changes


def post(client, values, path=SENT, **headers):
    body = values if isinstance(values, bytes) else json.dumps(values, ensure_ascii=False).encode()
    return client.post(path, data=body, headers=SIGNED_IN | JSON | headers)


def test_an_outing_is_stored_once(client, desk):
    values = outing(client)
    first, again = post(client, values), post(client, values)
    assert (first.status_code, first.json()) == (201, {"id": values["id"], "already": False})
    assert (again.status_code, again.json()) == (200, {"id": values["id"], "already": True})
    assert len(desk.outings()) == 1
    assert (
        client.get("/saisie/recentes.json", headers=SIGNED_IN).json()["outings"][0]["id"]
        == values["id"]
    )


@pytest.mark.parametrize("path", ["/saisie/cadre.json", "/saisie/recentes.json"])
def test_nobody_reads_without_a_session(client, path):
    for cookie in ({}, {"cookie": f"{COOKIE}=forged"}, {"cookie": f"{COOKIE}="}):
        answer = client.get(path, headers=cookie)
        assert answer.status_code == 401
        assert answer.json()["error"]
        assert answer.headers["cache-control"] == "no-store"


def test_who_may_not_write_is_not_told_that_the_session_is_over(client, desk):
    """The phone took it for signed out, and the entry never left nor was set aside."""
    values = outing(client)
    desk.ways(forbidden=True)
    answer = post(client, values)
    assert (answer.status_code, answer.json()["error"]) == (403, "Aucun protocole.")
    assert desk.outings() == []


def test_nobody_writes_without_a_session(client, desk):
    values = outing(client)
    for path in (SENT, f"{SENT}/{values['id']}/retrait"):
        answer = client.post(path, data=json.dumps(values), headers=JSON)
        assert answer.status_code == 401
    assert desk.outings() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"origin": "http://localhost:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://elsewhere.example", "sec-fetch-site": "same-origin"},
    ],
)
def test_another_sites_page_is_refused(client, desk, headers):
    values = outing(client)
    for path in (SENT, f"{SENT}/{values['id']}/retrait"):
        assert post(client, values, path, **headers).status_code == 403
    assert desk.outings() == []


def test_our_own_page_is_not(client):
    own = {"origin": client.url, "sec-fetch-site": "same-origin"}
    assert post(client, outing(client), **own).status_code == 201
    behind = {"origin": client.url.replace("http:", "https:")}  # the proxy speaks TLS, not us
    assert post(client, outing(client), **behind).status_code == 201


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"{}", "application/x-www-form-urlencoded", 415),
        (b"a=1", "multipart/form-data; boundary=x", 415),
        (b"[" * 60_000, "application/json", 400),
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b'{"id": NaN}', "application/json", 400),
        (b'{"id": "\\ud800"}', "application/json", 400),
        (b'{"id": "\\u0000"}', "application/json", 400),
        (b" " * (LARGEST + 1), "application/json", 413),
        (b"", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'"x"', "application/json", 422),
        (b'{"id": "x"}', "application/json; charset=utf-8", 422),
    ],
)
def test_a_body_that_is_not_an_entry_has_its_status(client, desk, body, kind, status):
    answer = post(client, body, **{"content-type": kind})
    assert answer.status_code == status
    assert answer.json()["error"]
    assert bool(answer.json()["faults"]) == (status == 422)
    assert desk.outings() == []


def test_faults_are_french_sentences_by_place(client):
    answer = post(client, outing(client, slot="14h", duration_min=-3))
    assert answer.json() == {
        "error": "Cette sortie ne peut pas être gardée.",
        "faults": [
            "slot\u00a0: n’est pas un des choix possibles",
            "duration_min\u00a0: n’est pas un nombre possible",
        ],
    }


def test_an_outing_that_says_nothing_at_all_is_refused_in_french(client, desk):
    answer = post(client, outing(client, nothing_to_report=False))
    assert answer.status_code == 422
    assert answer.json()["faults"] == [
        "seen\u00a0: ni observation, ni «\u00a0rien à signaler\u00a0»"
    ]
    assert desk.outings() == []


def test_the_longest_outing_fits(client, desk):
    desk.ways(text=True)
    cell = "CRS3035RES200mN2500400E3900200"
    one = {"item": "regroupements", "intensity": 3, "size_band": "10+", "place": "equipement"}
    words = "字" * LONGEST_TEXT  # three bytes each
    seen = [{"id": str(uuid.uuid4()), **one, "cell": cell, "words": words} for _ in range(40)]
    assert post(client, outing(client, nothing_to_report=False, seen=seen)).status_code == 201


def test_a_store_that_is_down_says_so(client, desk):
    values = outing(client)
    desk.ways(store_down=True)
    assert post(client, values).status_code == 503
    assert client.get("/saisie/cadre.json", headers=SIGNED_IN).status_code == 503


def test_withdrawing_is_for_the_teams_own_outings(client):
    values = outing(client)
    post(client, values)
    path = f"{SENT}/{values['id']}/retrait"
    other = {"cookie": f"{COOKIE}=equipe-Beta"}
    assert post(client, {}, path, **other).status_code == 404
    assert client.get(path, headers=SIGNED_IN).status_code == 405
    assert post(client, {}, f"{SENT}/1/retrait").status_code == 404
    assert post(client, {}, path).status_code == 200
    (shown,) = client.get("/saisie/recentes.json", headers=SIGNED_IN).json()["outings"]
    assert shown["withdrawn"] is True


def test_the_page_is_ours_holds_no_data_and_runs_no_inline_script(client):
    page = client.get("/saisie", headers=SIGNED_IN)
    assert page.headers["content-type"].startswith("text/html")
    assert '<html lang="fr">' in page.text
    assert "Alpha" not in page.text
    assert page.text == Client(client.url).get("/saisie").text
    assert page.text.count("<script") == 2
    assert '<script type="application/json"' in page.text
    assert "{{" not in page.text
    again = client.get("/saisie", headers={"if-none-match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_worker_reaches_the_page_and_keeps_every_file(client):
    worker = client.get("/saisie/fichiers/worker.js")
    assert worker.headers["service-worker-allowed"] == "/saisie"
    assert worker.headers["content-type"].startswith("text/javascript")
    line = next(row for row in worker.text.splitlines() if row.startswith("const FILES"))
    listed = json.loads(line.removeprefix("const FILES = ").removesuffix(";"))
    for path in listed:
        assert client.get(path).status_code == 200
        assert "service-worker-allowed" not in client.get(path).headers
    page = client.get("/saisie").text
    assert all(path in listed for path in page.split('"') if path.startswith("/saisie/fichiers"))


@pytest.mark.parametrize("name", ["x.js", "saisie.html", "..%2fdesk.py", "%2e%2e/desk.py"])
def test_no_other_file_is_given(client, name):
    assert client.get(f"/saisie/fichiers/{name}").status_code == 404
