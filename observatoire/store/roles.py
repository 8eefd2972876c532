"""Who may do what in the database: the owner, the app, the porter, and nobody else.

The owner imports, builds and publishes; it is no superuser. The app reads `published`; it owns
nothing and cannot bypass row-level security.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from observatoire.errors import SettingsError, StoreError
from observatoire.store.extension import add_postgis

OWNER = "observatoire_owner"
APP = "observatoire_app"
PORTER = "observatoire_porter"
DATABASE = "observatoire"
_SETUP_LOCK = 0x0B5F


def plain_url(url: str, **parts: str | None) -> str:
    """Return a store URL that libpq reads, with some of its parts replaced (None: left out).

    Raises
    ------
    SettingsError
        When it is not a PostgreSQL URL.
    """
    try:
        parsed = make_url(url)
    except Exception as cause:
        raise _not_a_url() from cause
    if not parsed.drivername.startswith("postgres"):
        raise _not_a_url()
    return _render(parsed._replace(drivername="postgresql", **parts))  # type: ignore[arg-type]


def _render(url: URL) -> str:
    """Return a URL as libpq reads it: everything percent-encoded, spaces too."""

    def encoded(part: object) -> str:
        return quote(str(part), safe="")

    user = encoded(url.username) if url.username else ""
    password = f":{encoded(url.password)}" if url.password else ""
    host = f"[{url.host}]" if url.host and ":" in url.host else encoded(url.host or "")
    port = f":{url.port}" if url.port else ""
    pairs = [
        f"{encoded(name)}={encoded(value)}"
        for name, values in url.normalized_query.items()
        for value in values
    ]
    query = f"?{'&'.join(pairs)}" if pairs else ""
    return f"postgresql://{user}{password}@{host}{port}/{encoded(url.database or '')}{query}"


def user_of(url: str) -> str:
    """Return the role a store URL connects as."""
    return make_url(url).username or ""


def _not_a_url() -> SettingsError:
    return SettingsError(
        "the database URL is not a PostgreSQL URL",
        user="L’adresse de la base n’est pas une adresse PostgreSQL.",
        remedy="Forme attendue : postgresql://utilisateur:motdepasse@serveur:5432/base.",
    )


def take_turns(connection: psycopg.Connection) -> None:
    """Wait for whoever else is setting up this database, until this connection closes.

    A killed program's last statement may still be running in the server.
    """
    connection.execute("SELECT pg_advisory_lock(%s)", [_SETUP_LOCK])


def create_roles(connection: psycopg.Connection, passwords: dict[str, str]) -> None:
    """Create the owner and the app, or set them right; idempotent.

    Passwords travel as SCRAM verifiers, never in clear.
    """
    for role, password in passwords.items():
        exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        verb = "ALTER" if exists else "CREATE"
        _set_role(connection, verb, role, password)


def _set_role(connection: psycopg.Connection, verb: str, role: str, password: str) -> None:
    verifier = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    ).decode()
    connection.execute(
        sql.SQL(
            "{verb} ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION"
            " NOBYPASSRLS PASSWORD {password}"
        ).format(verb=sql.SQL(verb), role=sql.Identifier(role), password=sql.Literal(verifier))
    )
    # what a role set for itself does not outlive the next start
    connection.execute(sql.SQL("ALTER ROLE {role} RESET ALL").format(role=sql.Identifier(role)))


def create_database(connection: psycopg.Connection, database: str, owner: str) -> None:
    """Create an empty database that only its owner can enter, unless it exists."""
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
        return
    names = {"database": sql.Identifier(database), "owner": sql.Identifier(owner)}
    connection.execute(sql.SQL("CREATE DATABASE {database} OWNER {owner}").format(**names))


def close_database(connection: psycopg.Connection, *, owner: str, app: str) -> None:
    """Shut all but the owner and the app out of the current database."""
    names = {
        "database": sql.Identifier(connection.info.dbname),
        "owner": sql.Identifier(owner),
        "app": sql.Identifier(app),
    }
    for statement in (
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {database} TO {app}",
        "GRANT CREATE ON DATABASE {database} TO {owner}",
    ):
        connection.execute(sql.SQL(statement).format(**names))


def random_password() -> str:
    """Return a new password: 32 random bytes, safe in a URL."""
    return secrets.token_urlsafe(32)


def read_password(file: Path) -> str | None:
    """Return the password kept in a file, None when there is none."""
    try:
        return file.read_text("ascii").strip() or None
    except FileNotFoundError:
        return None


def write_password(file: Path, password: str) -> None:
    """Keep a password in a file that only we can read; the file appears whole or not at all."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    part.write_text(password + "\n", "ascii")
    part.replace(file)


# --- on a server that is not ours ----------------------------------------------------------------


def prepare_server(owner_url: str, app_url: str | None, passwords: Path) -> str:
    """Make a server's database ready and return the app's URL.

    Adds PostGIS when the owner may; without `app_url`, creates the app's role with a random
    password kept in the `passwords` folder.

    Raises
    ------
    StoreError
        When the server cannot be reached or the owner lacks a right; the remedy says which.
    """
    owner = plain_url(owner_url)
    try:
        with psycopg.connect(owner, autocommit=True, connect_timeout=10) as connection:
            take_turns(connection)
            add_postgis(connection)
            _refuse_temporary(connection)
            app = plain_url(app_url) if app_url else own_role(connection, owner, passwords)
    except psycopg.OperationalError as cause:
        raise unreachable(cause) from None
    check_app(app)
    return app


def _refuse_temporary(connection: psycopg.Connection) -> None:
    """Take from everybody but the owner the right to write temporary tables, where it has it.

    Who may connect is left as the server's administrator set it.
    """
    held = connection.execute(
        "SELECT EXISTS (SELECT FROM aclexplode(coalesce(datacl, acldefault('d', datdba)))"
        " WHERE grantee = 0 AND privilege_type = 'TEMPORARY')"
        " FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    if held is not None and held[0]:
        connection.execute(
            sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(
                sql.Identifier(connection.info.dbname)
            )
        )


def unreachable(cause: psycopg.Error) -> StoreError:
    """Return the refusal for a server that does not answer, without its own words."""
    return StoreError(
        f"the database server cannot be reached (SQLSTATE {cause.sqlstate or 'none'})",
        user="Le serveur de base de données ne répond pas, ou refuse la connexion.",
        remedy="Vérifiez OBSERVATOIRE_DATABASE_URL : serveur, port, utilisateur, mot de passe.",
    )


def own_role(
    connection: psycopg.Connection, owner_url: str, passwords: Path, kind: str = "app"
) -> str:
    """Return the URL of the app's role of this database (or the porter's), created the first time.

    Raises
    ------
    StoreError
        When it cannot be created, or another home holds its password.
    """
    info = connection.info
    role = f"{info.dbname}_{kind}"
    key = hashlib.sha256(f"{info.host}:{info.port}/{info.dbname}".encode()).hexdigest()[:12]
    file = passwords / (f"server-{key}" if kind == "app" else f"server-{key}-{kind}")
    password = read_password(file)
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if exists and password is None:
        raise _url_needed(f"role {role} exists and its password is not in our home", kind)
    if not exists:
        password = random_password()
        write_password(file, password)
        try:
            _set_role(connection, "CREATE", role, password)
        except psycopg.Error as cause:
            raise _url_needed(f"cannot create role {role} ({cause.sqlstate})", kind) from None
    let_in(connection, role)
    return plain_url(owner_url, username=role, password=str(password))


def let_in(connection: psycopg.Connection, role: str) -> None:
    """Let a role enter the current database."""
    connection.execute(
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
            sql.Identifier(connection.info.dbname), sql.Identifier(role)
        )
    )


def _url_needed(message: str, kind: str) -> StoreError:
    whose = "de lecture de l’application" if kind == "app" else "du portier"
    return StoreError(
        message,
        user=f"Le rôle {whose} ne peut être créé sur ce serveur.",
        remedy=(
            f"Donnez son adresse dans OBSERVATOIRE_{kind.upper()}_DATABASE_URL, ou le droit "
            "CREATEROLE au propriétaire de la base."
        ),
    )


def check_app(url: str) -> None:
    """Refuse an app's role that could do more than read what is published.

    Raises
    ------
    StoreError
        When it does not connect, is a superuser, bypasses row-level security, or owns the base.
    """
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            row = connection.execute(
                "SELECT rolsuper OR rolbypassrls OR rolcreaterole"
                " OR pg_has_role(d.datdba, 'MEMBER') FROM pg_roles r, pg_database d"
                " WHERE r.rolname = current_user AND d.datname = current_database()"
            ).fetchone()
    except psycopg.OperationalError as cause:
        raise unreachable(cause) from None
    if row is None or row[0]:
        raise StoreError(
            "the app's role has too many rights",
            user="Le rôle de l’application a trop de droits : il pourrait lire les données brutes.",
            remedy=(
                "Donnez dans OBSERVATOIRE_APP_DATABASE_URL un rôle sans droit particulier, "
                "différent du propriétaire de la base."
            ),
        )
