"""A server that is not ours, reached through URLs: its owner, its app, and refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from tests_support import copy_home, make_home, remove_home

from observatoire import backup, cluster
from observatoire.access import open_access
from observatoire.errors import ObservatoireError, SettingsError, StoreError
from observatoire.porter import open_porter
from observatoire.settings import Oidc, Settings
from observatoire.store import roles


@pytest.fixture(scope="module")
def server(stopped: Path) -> Iterator[Path]:
    """Return the home of a second cluster: its administrator is the test, we are its clients."""
    folder = make_home()
    try:
        copy_home(stopped, folder)
        cluster.ready(Settings(home=folder, data=folder))
        yield folder
    finally:
        remove_home(folder)


@pytest.fixture
def administer(server: Path) -> Callable[..., None]:
    def administer(*statements: str, database: str = "postgres") -> None:
        with psycopg.connect(
            cluster.superuser_url(server, database), autocommit=True
        ) as connection:
            for statement in statements:
                connection.execute(statement)

    return administer


@pytest.fixture
def town(server: Path, administer, tmp_path: Path) -> Iterator[Settings]:
    """Return the settings of a database `town` whose owner may create roles; PostGIS is there."""
    administer(
        "CREATE ROLE mayor LOGIN CREATEROLE CREATEDB PASSWORD 'm'",
        "CREATE DATABASE town OWNER mayor",
    )
    administer("CREATE EXTENSION postgis", database="town")
    url = cluster.url_of(server, "postgres", "town")
    yield Settings(
        home=tmp_path / "home",
        data=tmp_path,
        database_url=roles.plain_url(url, username="mayor", password="m"),
    )
    administer(
        "DROP DATABASE town WITH (FORCE)",
        "DROP ROLE IF EXISTS town_app",
        "DROP ROLE IF EXISTS town_porter",
        "DROP ROLE IF EXISTS reader",
        "DROP ROLE mayor",
    )


def refused(settings: Settings) -> ObservatoireError:
    with pytest.raises(ObservatoireError) as caught:
        cluster.ready(settings)
    error = caught.value
    assert error.remedy
    for told in (error.message, error.user, error.remedy):
        assert ":m@" not in told
    return error


def test_the_same_code_runs_on_a_server(town):
    urls = cluster.ready(town)
    assert not urls.started
    access = open_access(town, writes=True)
    with access.owner() as owner:
        owner.execute(text("INSERT INTO raw.theme VALUES ('t', 'field')"))
        owner.execute(
            text(
                "INSERT INTO published.release (sha256, released_on, rules)"
                " VALUES ('x', '2024-01-01', '{}')"
            )
        )
    with access.session() as app:
        assert app.execute(text("SELECT count(*) FROM published.release")).scalar() == 1
    with pytest.raises(StoreError), access.session() as app:
        app.execute(text("SELECT * FROM raw.theme"))
    access.close()
    assert cluster.status(town).kind == "server"
    assert cluster.status(town).running


def test_nothing_of_ours_starts_or_stops_a_server(town):
    cluster.ready(town)
    assert not (town.home / "cluster").exists()
    assert not cluster.stop(town)
    assert cluster.status(town).running


def test_the_app_role_made_on_the_server_is_kept_and_has_no_power(town, administer):
    first = cluster.ready(town)
    assert cluster.ready(town).app == first.app
    assert "town_app" in first.app
    with psycopg.connect(first.app, autocommit=True) as app:
        found = app.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
            " WHERE rolname = current_user"
        ).fetchone()
        assert found == (False, False, False, False)
        for statement in (
            "SET ROLE mayor",
            "SELECT * FROM raw.theme",
            "CREATE SCHEMA mine",
            "CREATE TEMPORARY TABLE mine ()",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement)


def test_the_porter_made_on_the_server_is_kept_and_is_another_than_the_app(town, administer):
    vouched = replace(town, oidc=Oidc("https://connexion.example.fr", "observatoire"))
    cluster.ready(vouched)
    with psycopg.connect(str(town.database_url)) as owner:
        names = {row[0] for row in owner.execute("SELECT rolname FROM pg_roles")}
    assert "town_porter" not in names, "nobody is made before somebody knocks"
    first = open_porter(vouched)
    assert open_porter(vouched) == first
    assert roles.user_of(first) == "town_porter"
    asked = "SELECT porter.sign_in_tied('https://connexion.example.fr', 's', sha256('x'))"
    with psycopg.connect(first) as porter:
        assert porter.execute(asked).fetchone() == ("unknown",)
    with (
        psycopg.connect(cluster.ready(vouched).app) as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        app.execute(asked)
    administer("ALTER ROLE mayor NOCREATEROLE", "REVOKE town_porter FROM mayor")
    assert open_porter(vouched) == first
    with pytest.raises(StoreError) as caught:
        open_porter(replace(vouched, home=town.home / "other", app_database_url=first))
    assert caught.value.remedy


def test_a_second_home_does_not_take_the_app_role_over(town, tmp_path):
    first = cluster.ready(town)
    error = refused(replace(town, home=tmp_path / "other"))
    assert "OBSERVATOIRE_APP_DATABASE_URL" in error.remedy
    with psycopg.connect(first.app) as app:  # still works
        app.execute("SELECT 1")
    again = replace(town, home=tmp_path / "other", app_database_url=first.app)
    assert cluster.ready(again).app == first.app


def test_without_the_right_to_create_roles_the_remedy_is_the_app_url(town, administer):
    administer("ALTER ROLE mayor NOCREATEROLE")
    assert "OBSERVATOIRE_APP_DATABASE_URL" in refused(town).remedy
    administer("CREATE ROLE reader LOGIN PASSWORD 'r'", "GRANT CONNECT ON DATABASE town TO reader")
    reader = roles.plain_url(str(town.database_url), username="reader", password="r")
    urls = cluster.ready(replace(town, app_database_url=reader))
    with psycopg.connect(urls.app) as app:
        app.execute("SELECT * FROM published.cell")


@pytest.mark.parametrize(
    "power", ["SUPERUSER", "BYPASSRLS", "CREATEROLE", "IN ROLE mayor", "the owner itself"]
)
def test_an_app_role_that_could_read_more_is_refused(town, administer, power):
    if power == "the owner itself":
        app = town.database_url
    else:
        administer(f"CREATE ROLE reader LOGIN PASSWORD 'r' {power}")
        app = roles.plain_url(str(town.database_url), username="reader", password="r")
    error = refused(replace(town, app_database_url=app))
    assert "trop de droits" in error.user


def test_without_postgis_the_remedy_is_the_administrator(town, administer):
    administer("DROP EXTENSION postgis", database="town")
    assert "CREATE EXTENSION postgis" in refused(town).remedy


def test_a_server_out_of_reach_is_one_sentence(town):
    nowhere = replace(town, database_url="postgresql://mayor:m@127.0.0.1:1/town")
    assert "OBSERVATOIRE_DATABASE_URL" in refused(nowhere).remedy
    assert not cluster.status(nowhere).running
    wrong = replace(town, database_url=roles.plain_url(str(town.database_url), password="wrong"))
    assert "OBSERVATOIRE_DATABASE_URL" in refused(wrong).remedy


@pytest.mark.parametrize("url", ["sqlite:///x.db", "town", "mysql://a:b@c/d", "postgresql//", "::"])
def test_what_is_no_postgresql_url_is_refused(town, url):
    assert isinstance(refused(replace(town, database_url=url)), SettingsError)


def test_a_backup_goes_from_one_server_to_another(town, tmp_path, used):
    access = open_access(town, writes=True)
    with access.owner() as owner:
        owner.execute(text("INSERT INTO raw.theme VALUES ('t', 'field')"))
    access.close()
    file = tmp_path / "copy"
    backup.write_backup(town, file)
    own = Settings(home=used, data=used)
    backup.restore_backup(own, file)
    with psycopg.connect(cluster.ready(own).owner) as connection:
        assert connection.execute("SELECT * FROM raw.theme").fetchall() == [("t", "field")]


def test_a_restore_on_a_server_needs_its_rights_and_says_which(town, administer, tmp_path):
    backup.write_backup(town, tmp_path / "copy")
    administer("ALTER ROLE mayor NOCREATEDB")
    with pytest.raises(StoreError) as caught:
        backup.restore_backup(town, tmp_path / "copy")
    assert "CREATEDB" in caught.value.remedy
    administer("ALTER ROLE mayor CREATEDB")
    with pytest.raises(StoreError) as caught:
        backup.restore_backup(town, tmp_path / "copy")
    assert "template1" in caught.value.remedy
    administer("CREATE EXTENSION postgis", database="template1")
    try:
        assert backup.restore_backup(town, tmp_path / "copy")
    finally:
        administer("DROP EXTENSION postgis", database="template1")


_WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@given(user=_WORDS, password=_WORDS, database=_WORDS, folder=_WORDS)
def test_whatever_their_characters_user_and_password_reach_the_server(
    user, password, database, folder
):
    start = f"postgres://nobody@/x?host={quote('/' + folder, safe='')}&sslmode=disable"
    url = roles.plain_url(start, username=user, password=password, database=database)
    assert roles.plain_url(url) == url
    read = psycopg.conninfo.conninfo_to_dict(url)
    assert (read["user"], read["password"], read["dbname"]) == (user, password, database)
    assert (read["host"], read["sslmode"]) == ("/" + folder, "disable")
    assert roles.user_of(url) == user


def test_a_password_can_be_left_out():
    url = roles.plain_url("postgres://u:secret@h/d", password=None)
    assert "secret" not in url
    assert "password" not in psycopg.conninfo.conninfo_to_dict(url)


def test_an_ipv6_server_keeps_its_brackets():
    read = psycopg.conninfo.conninfo_to_dict(roles.plain_url("postgres://u:p@[::1]:5433/d"))
    assert (read["host"], read["port"]) == ("::1", "5433")
