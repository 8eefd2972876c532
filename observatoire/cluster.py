"""The project's private PostGIS cluster: unix socket only, scram, never as root, fsync on.

Layout of the home folder: `cluster/` (PostgreSQL's files), `passwords/` (mode 600 each), `socket`
(where the socket folder is), `lock` (held by whoever starts or stops).
"""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

import psycopg

from observatoire import postmaster
from observatoire.errors import StoreError
from observatoire.home import disk_full, hold_lock, prepare_home, socket_folder
from observatoire.postgres import ServerUser
from observatoire.settings import Settings
from observatoire.store import roles
from observatoire.store.engine import open_engine
from observatoire.store.extension import add_postgis
from observatoire.store.schema import current_revision, grant_app, migrate

_SUPERUSER = "postgres"
_CONNECT_S = 5
_RECOVERY_S = 60.0
_HAS_POSTGIS = "SELECT 1 FROM pg_extension WHERE extname = 'postgis'"
_PASSING = ("starting up", "shutting down", "recovery", "refused", "No such file", "unexpectedly")


@dataclass(frozen=True)
class StoreUrls:
    """Where to connect as the owner and as the app; both hold a password.

    Attributes
    ----------
    started
        True when this call started the private cluster: whoever did may stop it at the end.
    """

    owner: str = field(repr=False)
    app: str = field(repr=False)
    started: bool = False


@dataclass(frozen=True)
class StoreStatus:
    """How the store is, without starting it.

    Attributes
    ----------
    kind
        `private` for the project's own cluster, `server` for `OBSERVATOIRE_DATABASE_URL`.
    running
        Whether it answers.
    revision, postgresql, postgis, size_bytes
        Of its schema (None when empty), of the programs, of the database; None when not running.
    """

    kind: str
    running: bool
    revision: str | None = None
    postgresql: str | None = None
    postgis: str | None = None
    size_bytes: int | None = None


def ready(settings: Settings, *, migrated: bool = True) -> StoreUrls:
    """Start the cluster if needed, create roles and database, migrate, and return its URLs.

    `migrated=False` leaves the schema as it is, for who replaces it whole: it may be a newer one.

    Raises
    ------
    StoreError
        When it cannot be: no PostgreSQL, disk full, server out of reach…, with the remedy.
    """
    if settings.database_url:
        app = roles.prepare_server(
            settings.database_url, settings.app_database_url, settings.home / "passwords"
        )
        urls = StoreUrls(roles.plain_url(settings.database_url), app)
    else:
        with _explained(settings.home):
            urls = _private(settings.home)
    if not migrated:
        return urls
    owner = open_engine(urls.owner)
    try:
        migrate(owner)
        grant_app(owner, roles.user_of(urls.app))
    finally:
        owner.dispose()
    return urls


def stop(settings: Settings) -> bool:
    """Stop the private cluster; return False when it was not running (or is not ours)."""
    if settings.database_url or not settings.home.is_dir():
        return False
    with _explained(settings.home), hold_lock(settings.home):
        return postmaster.stop(settings.home)


@contextmanager
def running(settings: Settings) -> Iterator[StoreUrls]:
    """Have the store ready; at the end stop it if we started it and nobody else is using it."""
    urls = ready(settings)
    try:
        yield urls
    finally:
        if urls.started and not _others(settings.home):
            stop(settings)


def status(settings: Settings) -> StoreStatus:
    """Return how the store is; never starts it."""
    if settings.database_url:
        kind, url = "server", roles.plain_url(settings.database_url)
    else:
        with _explained(settings.home):
            kind, url = "private", _known_url(settings.home, roles.OWNER) or ""
    if not url:
        return StoreStatus(kind, running=False)
    try:
        with psycopg.connect(url, connect_timeout=_CONNECT_S) as connection:
            row = connection.execute(
                "SELECT current_setting('server_version'), pg_database_size(current_database()),"
                " (SELECT extversion FROM pg_extension WHERE extname = 'postgis')"
            ).fetchone() or (None, None, None)
            revision = current_revision(connection)
    except psycopg.Error:
        return StoreStatus(kind, running=False)
    return StoreStatus(kind, True, revision, row[0], row[2], row[1])


def superuser_url(home: Path, database: str = _SUPERUSER) -> str:
    """Return the private cluster's superuser URL: to create databases and extensions only."""
    return url_of(home, _SUPERUSER, database)


def url_of(home: Path, role: str, database: str = roles.DATABASE) -> str:
    """Return the URL of a role on the private cluster; raise `StoreError` before it is made."""
    url = _known_url(home, role, database)
    if url is None:
        raise StoreError(
            f"the private cluster has no socket or no password for {role}",
            user="La base du projet n’est pas créée.",
            remedy="Lancez « observatoire store start ».",
        )
    return url


def _private(home: Path) -> StoreUrls:
    urls = _answering(home)
    if urls is not None:
        return urls
    home_user = prepare_home(home)
    with hold_lock(home):
        urls = _answering(home)  # whoever held the lock before us may have started it
        if urls is not None:
            return urls
        passwords = _passwords(home, create=not postmaster.exists(home))
        started = _bring_up(home, home_user, passwords)
    urls = _answering(home)
    if urls is None:
        raise StoreError(
            "the private cluster started but does not let us in",
            user="La base du projet a démarré mais refuse la connexion.",
            remedy=f"Voyez le journal dans {home / 'cluster' / 'log'}.",
        )
    return replace(urls, started=started)


def _answering(home: Path) -> StoreUrls | None:
    """Return the URLs when both doors open on a database with PostGIS, None otherwise."""
    owner, app = _known_url(home, roles.OWNER), _known_url(home, roles.APP)
    if owner is None or app is None:
        return None
    try:
        with psycopg.connect(owner, connect_timeout=_CONNECT_S) as connection:
            complete = connection.execute(_HAS_POSTGIS).fetchone() is not None
        psycopg.connect(app, connect_timeout=_CONNECT_S).close()
    except psycopg.OperationalError:
        return None
    return StoreUrls(owner, app) if complete else None


def _known_url(home: Path, role: str, database: str = roles.DATABASE) -> str | None:
    """Return the same, None before the cluster is made."""
    socket = socket_folder(home)
    password = roles.read_password(home / "passwords" / role)
    if socket is None or password is None:
        return None
    where = quote(str(socket), safe="")
    return f"postgresql://{role}:{quote(password)}@/{quote(database)}?host={where}"


def _passwords(home: Path, *, create: bool) -> dict[str, str]:
    """Return the passwords of the three roles; new ones only for a cluster not yet created."""
    kept = {}
    for role in (_SUPERUSER, roles.OWNER, roles.APP):
        file = home / "passwords" / role
        password = roles.read_password(file)
        if password is None:
            if role == _SUPERUSER and not create:
                raise StoreError(
                    "the cluster's superuser password is lost",
                    user="Le mot de passe de la base du projet a disparu.",
                    remedy=(
                        f"Remettez {file}, ou repartez de zéro : mettez de côté {home}, "
                        "relancez, puis « observatoire store restore »."
                    ),
                )
            password = roles.random_password()
            roles.write_password(file, password)
        kept[role] = password
    return kept


def _bring_up(home: Path, user: ServerUser, passwords: dict[str, str]) -> bool:
    """Start the server and fill it; true when it was not running.

    The one we find may be recovering from a kill, or dying of a full disk: it is given time, then
    started again.
    """
    deadline, started = time.monotonic() + _RECOVERY_S, False
    while True:
        started = postmaster.start(home, user, passwords[_SUPERUSER]) or started
        try:
            _fill(home, passwords)
        except psycopg.OperationalError as cause:
            passing = any(words in str(cause) for words in _PASSING)
            if not passing or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return started


def _fill(home: Path, passwords: dict[str, str]) -> None:
    """Create the roles and the database, or finish creating them."""
    with psycopg.connect(superuser_url(home), autocommit=True) as connection:
        roles.take_turns(connection)
        wanted = {role: passwords[role] for role in (roles.OWNER, roles.APP)}
        roles.create_roles(connection, wanted)
        roles.create_database(connection, roles.DATABASE, roles.OWNER)
    with psycopg.connect(superuser_url(home, roles.DATABASE), autocommit=True) as connection:
        roles.take_turns(connection)
        add_postgis(connection)
        roles.close_database(connection, owner=roles.OWNER, app=roles.APP)


def _others(home: Path) -> bool:
    """Tell whether another program is connected to the database."""
    url = _known_url(home, roles.OWNER)
    if url is None:
        return False
    deadline = time.monotonic() + 1  # our own connections, just closed, take a moment to end
    while True:
        try:
            with psycopg.connect(url, connect_timeout=_CONNECT_S) as connection:
                row = connection.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE usename IS NOT NULL"
                    " AND datname = current_database() AND pid <> pg_backend_pid()"
                ).fetchone()
        except psycopg.OperationalError:
            return False
        if row is None or row[0] == 0 or time.monotonic() > deadline:
            return row is not None and row[0] > 0
        time.sleep(0.1)


@contextmanager
def _explained(home: Path) -> Iterator[None]:
    """Turn the machine's refusals into one sentence with the way out."""
    try:
        yield
    except OSError as cause:
        if cause.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_full(home) from cause
        raise StoreError(
            f"the home folder cannot be used: {cause}",
            user=f"Le dossier {home} n’est pas utilisable ({cause.strerror or cause}).",
            remedy="Rendez-le accessible, ou choisissez-en un autre avec OBSERVATOIRE_HOME.",
        ) from cause
    except psycopg.Error as cause:
        if cause.sqlstate == "53100":
            raise disk_full(home) from None
        raise StoreError(
            f"the private cluster refuses (SQLSTATE {cause.sqlstate or 'none'})",
            user="La base du projet refuse de répondre.",
            remedy=f"Voyez le journal dans {home / 'cluster' / 'log'}, puis relancez.",
        ) from None
