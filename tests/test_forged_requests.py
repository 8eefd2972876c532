"""Every address of the server, asked by everybody who should not have what it gives.

Addresses are read from the server itself: one that is added fails the test until this file says
who may have what it gives.
"""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
import uuid
from urllib.parse import quote

import pytest
import requests
from agreed_world import ITEMS, TODAY, publish_fields
from browser import served
from conftest import command_environ, fresh_settings
from entry_town import make_town
from sqlalchemy import text
from test_capture import agree, entry
from visitors import PASSWORD, account, token_of

from observatoire import accounts, exports, grid_desk, protocole_desk
from observatoire.access import COOKIE, open_access
from observatoire.component.shelf import asset_url
from observatoire.protocole import Share, Terms
from observatoire.routes import Doors, routes
from observatoire.settings import load
from observatoire.views.downloads import DRAWN

TEAM, CITY = "Équipe A", "Ville"
LAST = str(TODAY.year - 1)
QPV, FIELD = "QP042001", f"terrain.{ITEMS[0]}"
DRAFT_WORD = "Pelargonium"  # in the draft of a grid, and nowhere else
SIGN_IN, SIGN_OUT = "/connexion", "/deconnexion"

NOBODY = ("nobody", "forged", "ended", "closed")
ACCOUNTS = ("delegate", "far", "newcomer", "team", "far team")
EVERYBODY = {*NOBODY, *ACCOUNTS}
DOWNLOADS = [f"/telechargements/{FIELD}/2015/{LAST}.{form}" for form in (*exports.FORMATS, *DRAWN)]

# Of each address that gives something: what is asked, a word of what it gives, and who has it.
GIVES: dict[str, tuple[list[str], str, set[str]]] = {
    "/sante": (["/sante"], "ok", EVERYBODY),
    "/geometrie/{name}": (["/geometrie/x.js"], "!", set()),
    "/composant/{digest}/{name}": ([asset_url("favicon.svg")], "svg", EVERYBODY),
    "/leaflet/{digest}/{name}": (["/leaflet/0/leaflet.js"], "!", set()),
    "/telechargements/quartier/{edition}/{code}.csv": (
        [f"/telechargements/quartier/2015/{QPV}.csv"],
        FIELD,
        {"delegate"},
    ),
    "/telechargements/comparer/{indicator}/{edition}/{file}": (
        [f"/telechargements/comparer/{FIELD}/2015/{LAST}.csv?qpv={QPV}"],
        QPV,
        {"delegate"},
    ),
    "/telechargements/grilles/{site}/{file}": (
        ["/telechargements/grilles/loire/2.toml"],
        DRAFT_WORD,
        {"delegate", "team"},
    ),
    "/telechargements/protocoles/{site}/{file}": (
        ["/telechargements/protocoles/loire/1.toml"],
        "[[share]]",
        {"nobody", *ACCOUNTS},
    ),
    "/telechargements/journal.csv": (["/telechargements/journal.csv"], "login", {*ACCOUNTS}),
    "/telechargements/publications/{number}.csv": (
        ["/telechargements/publications/1.csv"],
        FIELD,
        {"delegate"},
    ),
    "/telechargements/{indicator}/{edition}/{file}": (
        DOWNLOADS,
        ITEMS[0].capitalize(),
        {"delegate"},
    ),
    "/connexion": (["/connexion"], "<form", EVERYBODY),
    "/deconnexion": (["/deconnexion"], "<form", EVERYBODY),
    "/connexion/mot-de-passe": (["/connexion/mot-de-passe"], "<form", EVERYBODY),
    "/saisie": (["/saisie"], "<html", EVERYBODY),
    "/saisie/fichiers/{name}": (["/saisie/fichiers/worker.js"], "FILES", EVERYBODY),
    "/saisie/cadre.json": (["/saisie/cadre.json"], '"team"', {"team", "far team"}),
    "/saisie/recentes.json": (["/saisie/recentes.json"], QPV, {"team"}),
    "/geometrie/{rest:path}": (["/geometrie/a/b"], "!", set()),
    "/composant/{rest:path}": (["/composant/a/b/c"], "!", set()),
    "/leaflet/{rest:path}": (["/leaflet/a/b/c"], "!", set()),
    "/telechargements/{rest:path}": (["/telechargements/a/b/c/d"], "!", set()),
}
# Addresses that write: each is a test below.
WRITES = {
    "/connexion",
    "/deconnexion",
    "/connexion/mot-de-passe",
    "/saisie/sorties",
    "/saisie/sorties/{id:uuid}/retrait",
}
# Streamlit's own: the pages come through the websocket, which proves the cookie at each run;
# the others know of no account. `/media` gives a file by the hash of its bytes: no page makes one.
FRAMEWORK = {
    "/_stcore/health",
    "/_stcore/metrics",
    "/_stcore/host-config",
    "/_stcore/stream",
    "/_stcore/upload_file/{session_id}/{file_id}",
    "/_stcore/bidi-components/{path:path}",
    "/media/{file_id:path}",
    "/component/{path:path}",
    "/auth/login",
    "/auth/logout",
    "/oauth2callback",
    "/_stcore/agent/interact",
    "/_stcore/agent/openapi.json",
    "/_stcore/agent/mcp",
    "",
}
LIST_ROUTES = """
from observatoire.server import configure_streamlit, create_app
from observatoire.settings import load
configure_streamlit(0)
print(*[route.path for route in create_app(load())._build_starlette_app().routes], sep="\\n")
"""


class Client(requests.Session):
    """A program that asks the server for anything, as somebody."""

    def __init__(self, url, token=None):
        super().__init__()
        self.url, self.token = url, token

    def request(self, method, path, **options):
        headers = {"cookie": f"{COOKIE}={self.token}"} if self.token else {}
        headers |= options.pop("headers", {}) or {}
        options.pop("allow_redirects", None)
        # `requests` would tidy the path and quote it: it goes as it is
        asked = requests.Request(method, self.url, headers=headers, **options).prepare()
        asked.url = self.url + path
        return self.send(asked, timeout=120, allow_redirects=False)

    def rebuild_auth(self, *_):
        """Nothing of the machine's own configuration is sent."""


@pytest.fixture(scope="module")
def town(test_cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("forged")
    with fresh_settings(test_cluster, folder) as settings:
        store = open_access(settings, writes=True)
        items = make_town(store, settings)
        with store.owner() as owner:
            quarters = dict(owner.execute(text("SELECT qpv, site FROM people.site_qpv")).all())
            publish_fields(owner, 7, quarters)
        terms = Terms(shares=(Share("delegate", rhythm="now"),), text=True)
        agree(store, settings, terms, by=(TEAM, CITY))
        with store.owner() as owner:
            protocole_desk.widen(owner, "loire", TODAY.replace(year=TODAY.year - 5), "réunion")
            draft = grid_desk.succeed(owner, settings.site("loire"))
            first, *others = draft.grid.items
            renamed = [first.__class__(**{**vars(first), "label": DRAFT_WORD}), *others]
            grid_desk.save(owner, draft, renamed, "")
        tokens = _accounts(store)
        with served(command_environ(settings), folder / "log") as url:
            clients = {who: Client(url, tokens.get(who)) for who in EVERYBODY}
            yield clients, store, items, folder / "log"
        store.close()


def _accounts(store):
    account(store, "delegate", "delegate", CITY, ("loire",))
    account(store, "ended", "delegate", CITY, ("loire",))
    account(store, "closed", "delegate", CITY, ("loire",))
    account(store, "far", "delegate", CITY, ("bastia",))
    account(store, "team", "street_team", TEAM, ("loire",))
    account(store, "far-team", "street_team", "Équipe B", ("bastia",))
    account(store, "newcomer", "delegate", CITY, ("loire",))
    tokens = {who: token_of(store, who.replace(" ", "-")) for who in ("ended", "closed", *ACCOUNTS)}
    accounts.sign_out(store, tokens["ended"])
    with store.owner() as owner:
        accounts.set_account(owner, "closed", active=False)
        owner.execute(text("UPDATE people.account SET must_change = true WHERE login = 'newcomer'"))
    return tokens | {"forged": "x" * 43}


def test_every_address_of_the_server_is_known_here(town, tmp_path):
    clients, *_ = town
    told = [sys.executable, "-c", LIST_ROUTES]
    environ = {"OBSERVATOIRE_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(told, env=environ, capture_output=True, text=True, check=True)
    assert set(done.stdout.splitlines()) == {*GIVES, *WRITES, *FRAMEWORK}, "say who may have it"
    own = routes(Doors(load(environ)))
    assert {one.path for one in own if "GET" in one.methods} == set(GIVES)
    assert {one.path for one in own if "POST" in one.methods} == WRITES
    # what describes it (`openapi.json`) is the framework's own text: no data
    for path in ("/_stcore/agent/interact", "/_stcore/agent/mcp"):
        for verb in ("get", "post"):  # the interface for programs is closed
            answer = getattr(clients["nobody"], verb)(path)
            closed = answer.status_code == 400 and "not_available" in answer.text
            assert closed or answer.status_code in (403, 404, 405), (path, verb)
    assert clients["nobody"].get("/auth/login").status_code >= 300


def test_each_address_gives_what_it_holds_to_those_who_may_have_it(town):
    clients, _store, items, _ = town
    written = clients["team"].post("/saisie/sorties", json=entry(QPV, items[0]))
    assert written.status_code == 201, written.text
    wrong = []
    for path, (asked, word, allowed) in GIVES.items():
        for one, who in itertools.product(asked, sorted(EVERYBODY)):
            answer = clients[who].get(one)
            assert answer.status_code < 500, (path, who)
            given = answer.status_code == 200 and _holds(answer, word)
            if given != (who in allowed):
                wrong.append(f"{one} by {who}: {answer.status_code}")
            if who in ("forged", "ended", "closed") and allowed != EVERYBODY:
                # who is no longer anybody is told so, not shown less
                assert answer.status_code in (401, 404), (one, who)
    assert not wrong, "\n".join(wrong)


def _holds(answer, word):
    if answer.headers["content-type"].startswith(("text/", "application/json", "image/svg")):
        return word in answer.text
    return word.encode() in answer.content


def test_an_export_of_real_figures_is_in_the_journal(town):
    clients, store, *_ = town
    assert clients["delegate"].get(f"/telechargements/quartier/2015/{QPV}.csv").status_code == 200
    with store.owner() as owner:
        noted = accounts.read_journal(owner, TODAY)
    exported = {one["object"] for one in noted if one["action"] == "export"}
    assert any(QPV in one for one in exported)


def test_who_writes_is_of_the_team_that_may(town):
    clients, _store, items, _ = town
    made = entry(QPV, items[0])
    for who in sorted(EVERYBODY - {"team"}):
        answer = clients[who].post("/saisie/sorties", json=made)
        assert answer.status_code in (401, 403, 422), who
    assert clients["team"].post("/saisie/sorties", json=made).status_code == 201
    taken = f"/saisie/sorties/{made['id']}/retrait"
    for who in sorted(EVERYBODY - {"team"}):
        assert clients[who].post(taken, json={}).status_code in (401, 403, 404), who
    recent = clients["team"].get("/saisie/recentes.json").json()["outings"]
    assert made["id"] in {one["id"] for one in recent}
    assert clients["team"].post(taken, json={}).status_code == 200


def test_a_cookie_sent_again_after_signing_out_is_nobodys(town):
    clients, *_ = town
    nobody = clients["nobody"]
    entered = nobody.post(SIGN_IN, data={"login": "delegate", "password": PASSWORD})
    assert entered.status_code == 303
    said = entered.headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=strict" in said
    token = said and entered.headers["set-cookie"].split(";")[0].removeprefix(f"{COOKIE}=")
    reader = Client(nobody.url, token)
    assert reader.get(DOWNLOADS[0]).status_code == 200
    foreign = {"origin": "http://localhost:1", "sec-fetch-site": "cross-site"}
    assert reader.post(SIGN_OUT, headers=foreign).status_code == 403
    assert reader.get(DOWNLOADS[0]).status_code == 200
    left = reader.post(SIGN_OUT)
    assert left.status_code == 303
    for path in [*DOWNLOADS, "/saisie/cadre.json"]:
        again = reader.get(path)
        assert again.status_code == 401, path
        assert "set-cookie" not in again.headers
    changed = {
        "old": PASSWORD,
        "new": "une autre phrase longue",
        "again": "une autre phrase longue",
    }
    assert reader.post("/connexion/mot-de-passe", data=changed).status_code == 403
    assert clients["delegate"].get(DOWNLOADS[0]).status_code == 200, "another session goes on"


# --- SQL, HTML and the rest, in every field -------------------------------------------------------

SCRIPT = "<script>zz7forged()</script>"
WORDS = [
    "'; DROP TABLE published.layer; --",
    "' UNION SELECT sha256 FROM people.token --",
    "1) OR (1=1",
    "$$; SELECT pg_sleep(9); $$",
    "\\'; --",
    SCRIPT,
    '"><img src=x onerror=zz7forged()>',
    "javascript:zz7forged()",
    "\0",
    "a\0b",
    "../../../etc/passwd",
    "\r\nset-cookie: zz7forged=1",
    "%00%s%n{{7*7}}${7*7}",
    "é" * 600,
    "-1",
    "1e309",
    "NaN",
    "٣",
    "//[",
    "http://[::",
    "\u202e\ufeff",
    "",
]
PATHS = [
    "/telechargements/quartier/2015/{}.csv",
    "/telechargements/quartier/{}/QP042001.csv",
    "/telechargements/comparer/{}/2015/2025.csv",
    "/telechargements/comparer/filosofi.TP60/{}/2018.csv",
    "/telechargements/comparer/filosofi.TP60/2015/{}.csv",
    "/telechargements/comparer/filosofi.TP60/2015/2018.{}",
    "/telechargements/comparer/filosofi.TP60/2015/2018.csv?qpv={}",
    "/telechargements/comparer/filosofi.TP60/2015/2018.csv?reference={}",
    "/telechargements/grilles/{}/1.toml",
    "/telechargements/grilles/loire/{}.toml",
    "/telechargements/publications/{}.csv",
    "/telechargements/{}/2015/2018.csv",
    "/telechargements/filosofi.TP60/{}/2018.csv",
    "/telechargements/filosofi.TP60/2015/{}.csv",
    "/telechargements/filosofi.TP60/2015/2018.{}",
    "/telechargements/filosofi.TP60/2015/2018.csv?site={}",
    "/telechargements/filosofi.TP60/2015/2018.svg?methode={}",
    "/telechargements/filosofi.TP60/2015/2018.svg?classes={}&bornes={}&echelle={}&hachures={}",
    "/geometrie/{}",
    "/composant/0/{}",
    "/leaflet/{}/leaflet.js",
    "/saisie/fichiers/{}",
    "/saisie/sorties/{}/retrait",
    "/connexion?suite={}",
    "/media/{}",
    "/component/{}",
    "/{}",
]


def counted(store):
    """Return how many rows each table of what is read and written holds."""
    tables = ("published.layer", "published.cell", "people.account", "people.organisation")
    tables += ("agreements.step", "grids.step", "capture.outing", "capture.observation")
    with store.owner() as owner:
        return {one: owner.execute(text(f"SELECT count(*) FROM {one}")).scalar() for one in tables}


def harmless(answer, said):
    """Tell that an answer is one of ours, without what would run in a page."""
    assert answer.status_code < 500, (said, answer.status_code, answer.text[:300])
    assert "zz7forged" not in answer.headers.get("set-cookie", ""), said
    if answer.headers.get("content-type", "").startswith(("text/html", "image/svg")):
        assert SCRIPT not in answer.text, said
        assert "<img src=x" not in answer.text, said
    assert "Traceback" not in answer.text, said
    return answer


def test_sql_and_html_in_every_part_of_every_address_do_nothing(town):
    clients, store, *_ = town
    before = counted(store)
    for path, word in itertools.product(PATHS, WORDS):
        if ".svg" in path and WORDS.index(word) % 4:
            continue  # a drawing takes long
        said = path.replace("{}", quote(word, safe=""))
        for who in ("delegate", "nobody") if word in (SCRIPT, "\0") else ("delegate",):
            harmless(clients[who].get(said), said)
    assert counted(store) == before


def test_every_parameter_of_every_address_is_tried_above():
    named = {one for path in GIVES for one in path.split("/") if one.startswith("{")}
    assert named == {
        "{name}", "{digest}", "{edition}", "{code}.csv", "{indicator}", "{file}", "{site}",
        "{number}.csv", "{rest:path}",
    }  # fmt: skip


def test_sql_and_html_in_every_field_of_every_form_do_nothing(town):
    clients, store, *_ = town
    before = counted(store)
    nobody, delegate = clients["nobody"], clients["delegate"]
    for word in WORDS:
        for form in (
            {"login": word, "password": "x"},
            {"login": "nobody-here", "password": word},
            {"login": "x", "password": "x", "suite": word},
        ):
            answer = harmless(nobody.post(SIGN_IN, data=form), form)
            assert answer.status_code == 403, form
            assert "set-cookie" not in answer.headers
    for word in WORDS[:12]:
        for form in (
            {"old": word, "new": "x" * 14, "again": "x" * 14},
            {"old": PASSWORD, "new": word, "again": word},
            {"old": PASSWORD, "new": "x" * 14, "again": word},
        ):
            if len(form["new"]) >= 12 and form["old"] == PASSWORD and form["new"] == form["again"]:
                continue  # that would be a password
            answer = harmless(delegate.post("/connexion/mot-de-passe", data=form), form)
            assert answer.status_code in (403, 422), form
        with store.owner() as owner:  # a fifth wrong one would lock the account
            owner.execute(text("UPDATE people.account SET failures = 0 WHERE login = 'delegate'"))
    many = [(f"field{rank}", "x") for rank in range(50)]
    for path in (SIGN_IN, SIGN_OUT, "/connexion/mot-de-passe"):
        for body in (many, b"\xff\xfe", b"login", b"=&=&;" * 400, b"x" * 100_000):
            answer = harmless(nobody.post(path, data=body), (path, body[:20]))
            assert "set-cookie" not in answer.headers or path == SIGN_OUT
    assert counted(store) == before


def test_a_way_back_after_signing_in_is_never_another_site(town):
    clients, *_ = town
    for word in (*WORDS, "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil"):
        if "\0" in word:
            continue  # no form of ours: refused whole
        form = {"login": "delegate", "password": PASSWORD, "suite": word}
        answer = harmless(clients["nobody"].post(SIGN_IN, data=form), word)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/", word


def test_sql_and_html_in_every_field_of_an_entry_do_nothing(town):
    clients, store, items, _ = town
    team, before = clients["team"], counted(store)
    plain = entry(QPV, items[0])
    odd = [*WORDS[::2], 0, -1, 1.5, True, None, [], {}, [[]], {"a": 1}]
    for field, value in itertools.product([*plain, "another"], odd):
        made = entry(QPV, items[0]) | {field: value}
        if made[field] == plain.get(field) or _is_fine(field, value):
            continue
        answer = harmless(team.post("/saisie/sorties", json=made), (field, value))
        assert answer.status_code in (400, 404, 422), (field, value)
    for field, value in itertools.product([*plain["seen"][0], "another"], odd):
        made = entry(QPV, items[0])
        made["seen"][0] = made["seen"][0] | {field: value}
        if field == "words" or _is_fine(field, value):
            continue
        answer = harmless(team.post("/saisie/sorties", json=made), (field, value))
        assert answer.status_code in (400, 422), (field, value)
    for body in ([], "x", 5, True, [plain], {"id": plain}):
        assert harmless(team.post("/saisie/sorties", json=body), body).status_code == 422, body
    assert counted(store) == before


def _is_fine(field, value):
    return value in ([], None, "") and (field, str(value)) in {
        ("seen", "[]"),  # somebody went out and wrote nothing down
        ("duration_min", "None"),
        ("workers", "None"),
        ("corrects", ""),
        ("size_band", ""),
        ("place", ""),
        ("cell", ""),
    }


def test_words_of_an_entry_come_back_as_they_were_written_and_run_nowhere(town):
    clients, _store, items, _ = town
    for word in WORDS:
        made = entry(QPV, items[0])
        made["seen"][0]["words"] = word[:280]
        answer = harmless(clients["team"].post("/saisie/sorties", json=made), word)
        assert answer.status_code in (201, 400, 422), word
        if answer.status_code == 201:
            recent = clients["team"].get("/saisie/recentes.json")
            assert recent.headers["content-type"].startswith("application/json")
            (kept,) = [one for one in recent.json()["outings"] if one["id"] == made["id"]]
            assert kept["seen"][0]["words"] == word[:280]


def test_a_cookie_of_any_kind_is_nobodys(town):
    clients, *_ = town
    url = clients["nobody"].url
    for word in [*WORDS, uuid.uuid4().hex, "a" * 4000]:
        sent = quote(word, safe="'; <>=()") if not word.isprintable() else word
        for token in {sent.encode("utf-8", "replace").decode("latin-1"), quote(word, safe="")}:
            for path in (DOWNLOADS[0], "/saisie/cadre.json"):
                answer = harmless(Client(url, token).get(path), token)
                assert answer.status_code in (400, 401, 404), (token, path)


LOG_LINE = re.compile(
    r"[45]\d\d (\w+Error: |refused)[ -~«»’é…À-ÿ٣]*|WARNING: +Invalid HTTP request received\."
)


def test_what_was_tried_makes_no_line_of_the_log_and_no_secret_is_in_it(town):
    clients, *_, log = town
    forged = "/telechargements/filosofi.TP60/2015/2018%0D%0A200%20forged%1B%5B2J.csv"
    assert clients["delegate"].get(forged).status_code == 404
    lines = log.read_text().splitlines()
    assert any("forged" in one for one in lines)
    assert [one for one in lines if not LOG_LINE.fullmatch(one)] == []
    secrets = [PASSWORD, *(one.token for one in clients.values() if one.token)]
    assert [one for one in secrets if any(one in line for line in lines)] == []
