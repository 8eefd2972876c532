"""Signing in by a provider: its whole way over real HTTP, and every answer that is not believed."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
import requests
from browser import served
from conftest import command_environ, fresh_settings
from oidc_provider import CLIENT, SECRET, provided, rsa_key
from visitors import account, token_of, write_sites

from observatoire import accounts, cluster, porter
from observatoire.access import COOKIE, open_access
from observatoire.connexion import sign_in_form
from observatoire.errors import ConflictError, NotFoundError, SettingsError, SignInError, StoreError
from observatoire.labels import read_words
from observatoire.labels.typography import typeset
from observatoire.oidc import fetching, provider_routes
from observatoire.oidc.pending import KEPT_S, Pending
from observatoire.oidc.provider import Provider, open_provider
from observatoire.oidc.refusals import ProviderError
from observatoire.passwords import new_token, token_hash
from observatoire.routes import Doors
from observatoire.settings import Oidc, load
from observatoire.store import porter as door
from observatoire.store import roles

LOIRE = ("loire",)
SUBJECTS = {"anna": "s-001", "bob": "s-closed", "carl": "s-locked"}
SHA = b"0" * 32
ASK = "SELECT porter.sign_in_tied(%s, %s, %s)"


@dataclass
class Town:
    """An app that is served, its store and its provider."""

    url: str
    provider: object
    access: object
    settings: object
    log: object

    def sessions(self):
        with psycopg.connect(self.settings.database_url) as owner:
            return owner.execute("SELECT count(*) FROM people.token").fetchone()[0]


def furnish(access, issuer):
    write_sites(access)
    for login in (*SUBJECTS, "dora"):
        account(access, login, "delegate", "Préfecture", LOIRE)
    with access.owner() as owner:
        for login, subject in SUBJECTS.items():
            accounts.tie_account(owner, login, issuer=issuer, subject=subject)
        accounts.set_account(owner, "bob", active=False)
        owner.exec_driver_sql(
            "UPDATE people.account SET locked_until = now() + interval '1 hour'"
            " WHERE login = 'carl'"
        )


def with_porter(settings, home, issuer):
    """Give a test's database its porter, as its administrator does on a server."""
    name = urlsplit(settings.database_url).path.removeprefix("/")
    with psycopg.connect(cluster.superuser_url(home, name), autocommit=True) as administrator:
        door.private_role(administrator, home / "passwords")
    return replace(
        settings,
        oidc=Oidc(issuer, CLIENT),
        porter_database_url=cluster.url_of(home, roles.PORTER, name),
    )


@pytest.fixture(scope="module")
def town(test_cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("oidc")
    secret = folder / "secret"
    secret.write_text(SECRET + "\n", "utf-8")
    secret.chmod(0o600)
    with provided() as provider, fresh_settings(test_cluster, folder) as bare:
        settings = with_porter(bare, test_cluster, provider.issuer)
        access = open_access(settings, writes=True)
        furnish(access, provider.issuer)
        environ = command_environ(settings) | {
            "OBSERVATOIRE_OIDC_ISSUER": provider.issuer,
            "OBSERVATOIRE_OIDC_CLIENT": CLIENT,
            "OBSERVATOIRE_OIDC_SECRET_FILE": str(secret),
            "OBSERVATOIRE_OIDC_NAME": "l'agglomération",
            "OBSERVATOIRE_PORTER_DATABASE_URL": settings.porter_database_url,
        }
        log = folder / "log"
        with served(environ, log) as url:
            provider.redirects.append(f"{url}/connexion/retour")
            yield Town(url, provider, access, settings, log)
        access.close()


@pytest.fixture
def honest(town):
    """The same, with a provider that says what is."""
    town.provider.reset()
    yield town
    town.provider.reset()


class Browser:
    """Keeps cookies and follows nothing by itself."""

    def __init__(self, town):
        self.town = town
        self.session = requests.Session()

    def get(self, url):
        return self.session.get(url, allow_redirects=False, timeout=60)

    def go(self, suite="/carte?site=loire"):
        """Return the address of the provider that the app sends to."""
        path = "/connexion/fournisseur" + (f"?suite={requests.utils.quote(suite)}" if suite else "")
        answer = self.get(self.town.url + path)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def back(self, suite="/carte?site=loire"):
        """Return the address that the provider sends back to, not asked yet."""
        return self.get(self.go(suite)).headers["location"]

    def sign_in(self, suite="/carte?site=loire"):
        return self.get(self.back(suite))


def said(key):
    words = read_words("acces")
    parts = f"{words(f'provider.{key}')} {words(f'provider.{key}_remedy')}"
    return typeset(parts)


def refused(town, answer, key, status):
    assert answer.status_code == status, answer.text
    assert said(key) in answer.text
    assert COOKIE not in {cookie.name for cookie in answer.cookies}
    assert f"{COOKIE}=" not in answer.headers.get("set-cookie", "").replace(f"{COOKIE}-retour", "")


# --- the whole way --------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["by_rsa", "by_ec"])
def test_a_tied_account_signs_in_and_its_logout_ends_the_session(honest, way):
    honest.provider.sign = getattr(honest.provider, way)
    browser = Browser(honest)
    start = browser.get(honest.url + "/connexion/fournisseur?suite=/carte")
    cookie = start.headers["set-cookie"].lower()
    assert cookie.startswith("observatoire-retour=")
    for word in ("httponly", "samesite=lax", "path=/connexion", f"max-age={KEPT_S}"):
        assert word in cookie
    asked = parse_qs(urlsplit(start.headers["location"]).query)
    assert asked["redirect_uri"] == [f"{honest.url}/connexion/retour"]
    assert asked["state"] != asked["nonce"] != asked["code_challenge"]
    answer = browser.get(browser.get(start.headers["location"]).headers["location"])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert '<meta http-equiv="refresh" content="0; url=/carte">' in answer.text
    assert "<script" not in answer.text
    assert 'name="referrer"' not in answer.text, "the address holds a code: it is told to nobody"
    kept = [one for one in answer.raw.headers.getlist("set-cookie") if "retour" not in one]
    assert len(kept) == 1
    assert kept[0].startswith(f"{COOKIE}=")
    for word in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age=46800"):
        assert word in kept[0]
    token = browser.session.cookies[COOKIE]
    assert "observatoire-retour" not in browser.session.cookies
    entered = honest.access.signed(token)
    assert (entered.visitor().login, entered.visitor().role) == ("anna", "delegate")
    assert browser.session.post(honest.url + "/deconnexion", timeout=60).ok
    with pytest.raises(SignInError):
        entered.visitor()


def test_where_one_was_going_is_a_path_of_ours(honest):
    for suite in ("https://elsewhere.example.net/", "//elsewhere.example.net", "/\\elsewhere", ""):
        answer = Browser(honest).sign_in(suite)
        assert 'content="0; url=/"' in answer.text, suite
    quoted = Browser(honest).sign_in('/carte?x="><script>alert(1)</script>')
    assert "<script" not in quoted.text


def test_the_page_leads_to_the_provider_by_its_name_and_passwords_still_do(honest):
    page = requests.get(honest.url + "/connexion?suite=/carte", timeout=60).text
    assert 'href="/connexion/fournisseur?suite=%2Fcarte"' in page
    assert "Se connecter avec l’agglomération" in page
    wrong = requests.post(
        honest.url + "/connexion", data={"login": "dora", "password": "x"}, timeout=60
    )
    assert wrong.status_code == 403
    assert "Se connecter avec" in wrong.text
    assert token_of(honest.access, "dora")
    assert token_of(honest.access, "anna"), "a tied account keeps its password"


def test_without_a_provider_nothing_leads_to_one():
    assert provider_routes(load({}), lambda: None) == []
    page = bytes(sign_in_form("/carte").body).decode()
    assert "fournisseur" not in page
    unnamed = bytes(sign_in_form("", provider="").body).decode()
    assert "Se connecter avec votre organisation" in unnamed


def test_a_page_of_another_site_starts_nothing(honest):
    answer = requests.get(
        honest.url + "/connexion/fournisseur",
        headers={"sec-fetch-site": "cross-site"},
        allow_redirects=False,
        timeout=60,
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/connexion")
    assert "set-cookie" not in answer.headers


@pytest.mark.browser
def test_in_a_real_browser_the_session_is_there_at_the_first_page(honest, visit):
    """The provider is another site: a strict cookie would not follow a redirect from it."""
    honest.provider.asks = True
    seen = visit(honest.url + "/connexion?suite=/methode")
    seen.page.get_by_role("link", name="Se connecter avec l’agglomération").click()
    seen.page.get_by_role("link", name="Je suis moi").click()
    seen.page.wait_for_url("**/methode")
    seen.page.get_by_text("Se déconnecter").first.wait_for()
    cookies = {one["name"]: one for one in seen.page.context.cookies()}
    assert cookies[COOKIE]["httpOnly"]
    assert cookies[COOKIE]["sameSite"] == "Strict"
    assert cookies[COOKIE]["value"] not in seen.page.url
    assert "observatoire-retour" not in cookies
    stored = seen.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert cookies[COOKIE]["value"] not in stored
    assert seen.outside == []
    seen.page.goto(honest.url + "/deconnexion")
    seen.page.get_by_role("button", name="Se déconnecter").click()
    seen.page.get_by_text("Se connecter").first.wait_for()
    assert COOKIE not in {one["name"] for one in seen.page.context.cookies()}


# --- what is not believed -------------------------------------------------------------------------


def changed(**claims):
    def change(made):
        for name, value in claims.items():
            made.pop(name) if value is None else made.update({name: value})

    return change


NOW = int(time.time())
CLAIMS = {
    "other issuer": changed(iss="http://127.0.0.1:1/realms/essai"),
    "issuer but for a slash": lambda made: made.update(iss=made["iss"] + "/"),
    "issuers": lambda made: made.update(iss=[made["iss"]]),
    "other audience": changed(aud="another-app"),
    "several audiences, no party": changed(aud=[CLIENT, "another-app"]),
    "other party": changed(azp="another-app"),
    "wrong nonce": changed(nonce="x" * 43),
    "no nonce": changed(nonce=None),
    "a nonce that is no text": changed(nonce=7),
    "no subject": changed(sub=None),
    "empty subject": changed(sub=""),
    "a subject that is no text": changed(sub=["s-001"]),
    "issued in time to come": changed(iat=NOW + 86400),
    "no issue": changed(iat=None),
    "no end": changed(exp=None),
    "not before tomorrow": changed(nbf=NOW + 86400),
}


@pytest.mark.parametrize("case", CLAIMS)
def test_a_token_that_says_something_else_is_refused(honest, case):
    honest.provider.change = CLAIMS[case]
    before = honest.sessions()
    refused(honest, Browser(honest).sign_in(), "forged", 403)
    assert honest.sessions() == before


OTHER = rsa_key()
SIGNED = {
    "alg none": lambda one, claims: one.unsigned(claims),
    "public key as a secret": lambda one, claims: one.by_public_key_as_secret(claims),
    "another key of the same name": lambda one, claims: replace(one, rsa=OTHER).by_rsa(claims),
    "a key it brings along": lambda one, claims: replace(one, rsa=OTHER, kid="own").by_rsa(
        claims, jwk={"kty": "RSA", "n": "x", "e": "AQAB"}
    ),
    "a key of the other kind": lambda one, claims: one.by_ec(claims, one.kid),
    "what must be understood and is not": lambda one, claims: one.by_rsa(
        claims, crit=["x"], x=True
    ),
    "a signature cut short": lambda one, claims: one.by_rsa(claims)[:-9],
    "no signature": lambda one, claims: one.by_rsa(claims).rpartition(".")[0] + ".",
    "no token": lambda one, claims: "bonjour",
    "not even text": lambda one, claims: "é.é.é",
}


@pytest.mark.parametrize("case", SIGNED)
def test_a_token_that_its_key_did_not_sign_is_refused(honest, case):
    honest.provider.sign = lambda claims: SIGNED[case](honest.provider, claims)
    before = honest.sessions()
    refused(honest, Browser(honest).sign_in(), "forged", 403)
    assert honest.sessions() == before


@pytest.mark.parametrize(
    "claims", [{"exp": NOW - 300, "iat": NOW - 600}, {"iat": NOW - 3600}], ids=["ended", "old"]
)
def test_an_expired_token_is_refused(honest, claims):
    honest.provider.change = changed(**claims)
    refused(honest, Browser(honest).sign_in(), "expired", 403)


def test_several_audiences_are_well_when_the_party_is_us(honest):
    honest.provider.change = changed(aud=["another-app", CLIENT], azp=CLIENT)
    assert Browser(honest).sign_in().status_code == 200


def test_an_answer_serves_once_and_in_its_own_browser(honest):
    browser = Browser(honest)
    back = browser.back()
    refused(honest, Browser(honest).get(back), "state", 400)  # no cookie at all
    other = Browser(honest)
    other.go()
    refused(honest, other.get(back), "state", 400)  # the state of another browser
    assert browser.get(back).status_code == 200
    refused(honest, browser.get(back), "state", 400)  # state and code again
    code = parse_qs(urlsplit(back).query)["code"][0]
    late = Browser(honest)
    state = parse_qs(urlsplit(late.go()).query)["state"][0]
    replayed = late.get(f"{honest.url}/connexion/retour?code={code}&state={state}")
    refused(honest, replayed, "answer", 502)  # the provider refuses a code that served


def test_a_code_of_somebody_else_is_refused_by_what_only_the_right_browser_can_show(honest):
    stolen = parse_qs(urlsplit(Browser(honest).back()).query)["code"][0]
    thief = Browser(honest)
    state = parse_qs(urlsplit(thief.go()).query)["state"][0]
    answer = thief.get(f"{honest.url}/connexion/retour?code={stolen}&state={state}")
    refused(honest, answer, "answer", 502)


def test_an_answer_without_code_or_from_another_issuer_is_refused(honest):
    for query, key, status in (("x=1", "answer", 502), ("code=x&iss=http://x", "forged", 403)):
        browser = Browser(honest)
        state = parse_qs(urlsplit(browser.go()).query)["state"][0]
        answer = browser.get(f"{honest.url}/connexion/retour?{query}&state={state}")
        refused(honest, answer, key, status)


def test_who_declines_is_told_so(honest):
    honest.provider.declines = True
    refused(honest, Browser(honest).sign_in(), "declined", 403)


@pytest.mark.parametrize(
    ("subject", "key"), [("s-closed", "closed"), ("s-locked", "locked"), ("S-001", "unknown")]
)
def test_who_has_no_open_account_stays_outside(honest, subject, key):
    honest.provider.subject = subject
    answer = Browser(honest).sign_in()
    refused(honest, answer, key, 403)
    assert (f"<code>{subject}</code>" in answer.text) == (key == "unknown")


def test_an_e_mail_address_ties_nobody(honest):
    honest.provider.subject = "s-999"
    honest.provider.change = changed(email="anna@example.org", preferred_username="anna")
    refused(honest, Browser(honest).sign_in(), "unknown", 403)


def test_a_provider_that_is_down_says_so_and_passwords_go_on(honest):
    browser = Browser(honest)
    back = browser.back()
    honest.provider.is_down = True
    refused(honest, browser.get(back), "down", 503)
    assert requests.get(honest.url + "/connexion", timeout=60).status_code == 200


def test_the_log_says_which_check_failed_and_quotes_nothing(honest):
    honest.provider.change = changed(nonce="x" * 43)
    browser = Browser(honest)
    back = browser.back()
    browser.get(back)
    log = honest.log.read_text()
    assert "403 sign-in by the provider: the ID token is refused (nonce)" in log
    query = parse_qs(urlsplit(back).query)
    for secret in (query["code"][0], query["state"][0], honest.provider.tokens[-1], "s-001"):
        assert secret not in log
    assert "Traceback" not in log


# --- proved, not declared -------------------------------------------------------------------------


@pytest.fixture
def kept(settings, store, test_cluster):
    """A store with its porter, and accounts."""
    made = with_porter(settings, test_cluster, "https://connexion.example.fr")
    furnish(store, "https://connexion.example.fr")
    return made


def test_the_app_s_role_can_prove_nobody(kept):
    porter.open_porter(kept)
    for statement in (
        "SELECT porter.sign_in_tied('https://connexion.example.fr', 's-001', %s)",
        "SELECT people.tie_account('anna', 'https://connexion.example.fr', 'mine', false)",
        "SELECT people.untie_account('anna')",
        "SELECT * FROM people.ties()",
        "SELECT * FROM people.tie",
        "INSERT INTO people.token SELECT %s, account, now() FROM people.tie",
        f"SET ROLE {roles.PORTER}",
        f"SET SESSION AUTHORIZATION {roles.PORTER}",
        f"GRANT USAGE ON SCHEMA porter TO {roles.APP}",
    ):
        with (
            psycopg.connect(kept.app_database_url) as app,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            app.execute(statement, [SHA] if "%s" in statement else None)
    with psycopg.connect(kept.app_database_url) as app:
        found = app.execute(
            "SELECT count(*) FROM pg_proc WHERE proname = 'sign_in_tied'"
            " AND has_function_privilege(oid, 'EXECUTE')"
        ).fetchone()
    assert found == (0,)


def test_the_porter_knocks_and_can_do_nothing_else(kept):
    url = porter.open_porter(kept)
    with psycopg.connect(url) as one:
        row = one.execute(ASK, ["https://connexion.example.fr", "s-001", SHA]).fetchone()
    assert row == ("entered",)
    for statement in (
        "SELECT * FROM people.account",
        "SELECT * FROM people.tie",
        "SELECT * FROM published.release",
        "SELECT * FROM raw.theme",
        "SELECT desk.enter('x')",
        "SELECT people.tie_account('anna', 'https://x', 'mine', false)",
        "CREATE TEMPORARY TABLE mine ()",
        "CREATE FUNCTION porter.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        f"SET ROLE {roles.APP}",
        f"SET ROLE {roles.OWNER}",
    ):
        with psycopg.connect(url) as one, pytest.raises(psycopg.errors.InsufficientPrivilege):
            one.execute(statement)
    with psycopg.connect(url) as one, pytest.raises(psycopg.Error) as caught:
        one.execute(ASK, ["https://connexion.example.fr", "s-001", b"short"])
    assert caught.value.sqlstate == "OP003"


def test_without_a_provider_nobody_is_at_the_door(kept):
    url = porter.open_porter(kept)
    doors = Doors(replace(kept, oidc=None))
    doors.access()
    doors.close()
    with psycopg.connect(url) as one, pytest.raises(psycopg.errors.InsufficientPrivilege):
        one.execute(ASK, ["https://connexion.example.fr", "s-001", SHA])
    # one that is on opens it again
    assert porter.Porter(kept).sign_in("https://connexion.example.fr", "s-001", SHA) == "entered"


def test_a_porter_finds_its_door_again_when_the_store_was_put_back(kept):
    one = porter.Porter(kept)
    assert one.sign_in("https://connexion.example.fr", "s-001", SHA) == "entered"
    porter.shut_porter(kept)  # as after a restore: no right is in a copy
    answer = one.sign_in("https://connexion.example.fr", "nobody", b"1" * 32)
    assert answer == "unknown"


@pytest.mark.parametrize("whose", ["app", "owner", "administrator"])
def test_a_porter_that_could_do_more_is_refused(kept, test_cluster, whose):
    url = {
        "app": kept.app_database_url,
        "owner": kept.database_url,
        "administrator": cluster.superuser_url(
            test_cluster, urlsplit(kept.database_url).path.removeprefix("/")
        ),
    }[whose]
    with pytest.raises(StoreError) as caught:
        porter.open_porter(replace(kept, porter_database_url=url))
    assert "trop de droits" in caught.value.user
    with (
        psycopg.connect(kept.app_database_url) as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        app.execute(ASK, ["https://connexion.example.fr", "s-001", SHA])


def test_the_private_store_makes_its_porter_when_there_is_a_provider_and_not_before(used):
    bare = replace(load({"OBSERVATOIRE_HOME": str(used)}), oidc=None)
    access = open_access(bare, writes=True)
    file = used / "passwords" / roles.PORTER
    furnish(access, "https://connexion.example.fr")
    with psycopg.connect(cluster.superuser_url(used)) as administrator:
        names = {row[0] for row in administrator.execute("SELECT rolname FROM pg_roles")}
    assert roles.PORTER not in names
    assert not file.exists()
    one = porter.Porter(replace(bare, oidc=Oidc("https://connexion.example.fr", CLIENT)))
    token = new_token()
    answer = one.sign_in("https://connexion.example.fr", "s-001", token_hash(token))
    assert answer == "entered"
    assert access.signed(token).visitor().login == "anna"
    assert file.stat().st_mode & 0o777 == 0o600
    access.close()


# --- ties -----------------------------------------------------------------------------------------


def test_a_tie_is_the_owner_s_act_and_ends_sessions(kept, store):
    issuer = "https://connexion.example.fr"
    one = porter.Porter(kept)
    open_session = store.signed(token_of(store, "dora"))
    with store.owner() as owner:
        accounts.tie_account(owner, "DORA", issuer=issuer, subject="s-dora")
    with pytest.raises(SignInError):
        open_session.visitor()
    token = new_token()
    assert one.sign_in(issuer, "s-dora", token_hash(token)) == "entered"
    assert one.sign_in("https://other.example.fr", "s-dora", b"2" * 32) == "unknown"
    with pytest.raises(ConflictError, match="OP005"), store.owner() as owner:
        accounts.tie_account(owner, "dora", issuer=issuer, subject="s-001")
    with store.owner() as owner:
        accounts.untie_account(owner, "dora")
    with pytest.raises(SignInError):
        store.signed(token).visitor()
    assert one.sign_in(issuer, "s-dora", b"2" * 32) == "unknown"
    with store.owner() as owner:
        noted = accounts.read_journal(owner, "2000-01-01")
    acts = {row["action"] for row in noted if row["object"] == "dora"}
    assert {"account_tied", "account_untied"} <= acts
    words = read_words("journal").entries
    assert {
        f"{kind}.account_{act}" for kind in ("action", "kind") for act in ("tied", "untied")
    } <= set(words)
    for login in ("dora", "nobody"):
        with pytest.raises(NotFoundError), store.owner() as owner:
            accounts.untie_account(owner, login)
    for wrong in ({"issuer": "", "subject": "x"}, {"issuer": issuer, "subject": ""}):
        with pytest.raises(SettingsError), store.owner() as owner:
            accounts.tie_account(owner, "dora", **wrong)


def test_an_account_that_is_the_provider_s_only_has_no_password_left_to_try_or_change(kept, store):
    issuer = "https://connexion.example.fr"
    with store.owner() as owner:
        made = accounts.create_account(
            owner, "eve", role="delegate", organisation="Préfecture", sites=LOIRE
        )
        accounts.tie_account(owner, "eve", issuer=issuer, subject="s-eve")
    one, token = porter.Porter(kept), new_token()
    assert one.sign_in(issuer, "s-eve", token_hash(token)) == "entered"
    assert store.signed(token).visitor().must_change, "a given password is still to be changed"
    with store.owner() as owner:
        accounts.tie_account(owner, "eve", issuer=issuer, subject="s-eve", only=True)
    with pytest.raises(Exception, match="sign-in refused"):
        accounts.sign_in(store, "eve", made.password)
    token = new_token()
    assert one.sign_in(issuer, "s-eve", token_hash(token)) == "entered"
    assert not store.signed(token).visitor().must_change


def test_the_command_ties_lists_and_unties(run_cli, store):
    furnish(store, "https://connexion.example.fr")
    issuer = {"OBSERVATOIRE_OIDC_ISSUER": "https://connexion.example.fr"}
    env = issuer | {"OBSERVATOIRE_OIDC_CLIENT": CLIENT}
    done = run_cli("account", "tie", "dora", "--subject", "s-dora", "--json", env=env)
    assert done.returncode == 0, done.stderr
    assert done.json()["issuer"] == "https://connexion.example.fr"
    listed = {one["login"]: one["tied"] for one in run_cli("account", "list", "--json").json()}
    assert listed == {"anna": True, "bob": True, "carl": True, "dora": True}
    assert run_cli("account", "untie", "dora").returncode == 0
    unnamed = run_cli("account", "tie", "dora", "--subject", "s-dora")
    assert unnamed.returncode == 1
    assert "OBSERVATOIRE_OIDC_ISSUER" in unnamed.stderr


# --- what is asked of the provider ----------------------------------------------------------------


@pytest.fixture
def source():
    with provided() as made:
        made.redirects.append("http://localhost:1/connexion/retour")
        yield made


def attempt_at(source, one):
    """Return what a browser brings back from a provider: its attempt and its code."""
    _, attempt = Pending().begin("/")
    back = source.redirects[0]
    answer = requests.get(one.address(attempt, back), allow_redirects=False, timeout=60)
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0], attempt, back


def test_keys_that_changed_are_asked_for_again_but_not_at_each_forged_token(source):
    one = Provider(Oidc(source.issuer, CLIENT))
    now = [0.0]
    one._keys.clock = lambda: now[0]
    assert one.subject(*attempt_at(source, one)) == "s-001"
    source.rsa, source.kid = rsa_key(), "r2"
    for _ in range(3):
        with pytest.raises(ProviderError, match="unknown key"):
            one.subject(*attempt_at(source, one))
    assert source.asked.count("/realms/essai/keys") == 1
    now[0] += 31
    assert one.subject(*attempt_at(source, one)) == "s-001"
    assert source.asked.count("/realms/essai/keys") == 2
    assert source.asked.count("/realms/essai/.well-known/openid-configuration") == 1


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "http://127.0.0.1:1"},
        {"authorization_endpoint": "http://elsewhere.example.net/authorize"},
        {"authorization_endpoint": "https://connexion.example.fr/authorize"},  # not as it was asked
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
    ],
)
def test_a_provider_that_names_itself_otherwise_is_refused(source, about):
    source.about = about
    with pytest.raises(ProviderError) as caught:
        Provider(Oidc(source.issuer, CLIENT)).address(Pending().begin("/")[1], "x")
    assert caught.value.status == 502


def test_an_answer_must_name_its_sender_when_the_provider_says_it_does(source):
    source.about = {"authorization_response_iss_parameter_supported": True}
    one = Provider(Oidc(source.issuer, CLIENT))
    one.check_sender(source.issuer)
    for sender in (None, "", source.issuer + "/"):
        with pytest.raises(ProviderError, match="another issuer"):
            one.check_sender(sender)


def test_a_secret_is_sent_in_the_way_the_provider_takes(source):
    for ways in (None, ["client_secret_basic"], ["client_secret_post"]):
        source.about = {"token_endpoint_auth_methods_supported": ways} if ways else {}
        one = Provider(Oidc(source.issuer, CLIENT), SECRET)
        assert one.subject(*attempt_at(source, one)) == "s-001"
    assert SECRET not in repr(one)


@pytest.mark.parametrize("name", ["large", "away", "words", "squeezed", "nothing-there"])
def test_what_a_broken_server_answers_is_refused(source, name):
    with pytest.raises(ProviderError) as caught:
        fetching.fetch_json(f"{source.issuer}/{name}")
    assert caught.value.status == 502


def test_a_server_that_is_not_there_is_asked_once_by_all_who_wait(source):
    source.is_down = True
    one = Provider(Oidc(source.issuer, CLIENT))
    for _ in range(5):
        with pytest.raises(ProviderError) as caught:
            one.check_sender(None)
        assert caught.value.status == 503
    assert len(source.asked) == 1
    with pytest.raises(ProviderError) as caught:
        fetching.fetch_json("http://127.0.0.1:1/x")
    assert caught.value.status == 503
    with pytest.raises(ProviderError):
        fetching.fetch_json("http://connexion.example.fr/x")


def test_an_attempt_is_used_once_in_time_and_their_number_is_bounded(monkeypatch):
    now = [0.0]
    kept = Pending(lambda: now[0])
    key, attempt = kept.begin("/carte")
    assert kept.take("x", attempt.state) is None
    assert kept.take(None, attempt.state) is None
    assert kept.take(key, attempt.state) == attempt
    assert kept.take(key, attempt.state) is None
    key, attempt = kept.begin("/")
    assert kept.take(key, attempt.state + "é") is None
    assert kept.take(key, attempt.state) is None, "a wrong state spends it"
    key, attempt = kept.begin("/")
    now[0] += KEPT_S + 1
    assert kept.take(key, attempt.state) is None
    assert not re.search(re.escape(attempt.verifier), repr(attempt) + repr(kept))
    first, attempt = kept.begin("/")
    for _ in range(5000):
        kept.begin("/")
    assert kept.take(first, attempt.state) is None
    assert len(kept._kept) == 5000


def test_the_secret_is_a_file_of_our_own(tmp_path):
    file = tmp_path / "secret"
    wanted = Oidc("https://connexion.example.fr", CLIENT, file)
    file.write_text(SECRET + "\n", "utf-8")
    file.chmod(0o640)
    assert open_provider(wanted).secret == SECRET
    assert open_provider(replace(wanted, secret_file=None)).secret is None
    file.chmod(0o644)
    with pytest.raises(SettingsError, match="open to everybody"):
        open_provider(wanted)
    file.write_text("\n")
    file.chmod(0o600)
    with pytest.raises(SettingsError):
        open_provider(wanted)
    file.unlink()
    with pytest.raises(SettingsError, match="cannot be read"):
        open_provider(wanted)
