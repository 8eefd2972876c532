"""Copies of the store: written whole or not at all, restored whole or not at all."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from observatoire import cluster
from observatoire.errors import FileError, StoreError
from observatoire.postgres import find_client, run_program
from observatoire.settings import Settings
from observatoire.store import roles, schema
from observatoire.store.carrying import carry
from observatoire.store.engine import open_engine
from observatoire.store.expiry import expire
from observatoire.store.extension import add_postgis
from observatoire.store.schema import current_revision, grant_app, migrate

_SCHEMAS = (*schema.CLOSED, *schema.READ, schema.CALLED)
_NOT_KEPT = ("people.token",)  # who is signed in is nobody's business later
_HOURS_S = 6 * 3600.0
_SWAP_S = 10.0
_NAME = 40  # characters of a database's name kept in those beside it: PostgreSQL cuts at 63


def write_backup(settings: Settings, file: Path) -> int:
    """Write the whole store to a file (PostgreSQL's custom format) and return its size in bytes.

    The file holds raw data: only its owner can read it. It replaces an older one only once it is
    complete and on the disk.

    Raises
    ------
    StoreError, FileError
        When the store does not answer, or the file cannot be written; an older file is untouched.
    """
    urls = cluster.ready(settings)
    part = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
    try:
        part.touch(mode=0o600)
        names = [f"--schema={name}" for name in _SCHEMAS]
        names += [f"--exclude-table-data={name}" for name in _NOT_KEPT]
        # the owner reads every row by its policy: said, since the tables force theirs on him too
        names.append("--enable-row-security")
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--file={part}"]
        _run_client("pg_dump", [*options, *names], urls.owner)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        size = part.stat().st_size
        part.replace(file)
    except OSError as cause:
        raise FileError(
            f"cannot write the backup: {cause}",
            user=f"La sauvegarde ne peut être écrite ({cause.strerror or cause}).",
            remedy="Choisissez un autre dossier ou libérez de la place.",
            file=str(file),
        ) from cause
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return size


def restore_backup(settings: Settings, file: Path) -> str:
    """Put back a backup in place of the whole store, and return its schema's revision.

    It is loaded beside, migrated, then swapped with the current database in one transaction:
    until then nothing changes, and a kill leaves the current one. What was withdrawn, suspended,
    closed or agreed since the copy stays so, and what is older than agreed is gone, before anybody
    can connect.

    Raises
    ------
    StoreError, FileError
        When the file is not a backup of the store, or the owner may not create a database.
    """
    if not file.is_file():
        raise FileError(
            "no such backup",
            user="Ce fichier n’existe pas.",
            remedy="Vérifiez le chemin : rien n’a changé.",
            file=str(file),
        )
    urls = cluster.ready(settings, migrated=False)
    database = str(make_url(urls.owner).database)
    administrator = _administrator(settings, urls.owner)
    beside = f"{database[:_NAME]}_restore_{secrets.token_hex(4)}"
    with _connected(administrator) as connection:
        _drop_leftovers(connection, database)
        _create(connection, beside, owner=roles.user_of(urls.owner))
    try:
        _prepare(settings, urls, beside)
        _load(file, roles.plain_url(urls.owner, database=beside))
        revision = _bring_up(roles.plain_url(urls.owner, database=beside), urls.app, file)
        _catch_up(urls.owner, roles.plain_url(urls.owner, database=beside))
        with _connected(administrator) as connection:
            old = _swap(connection, database, beside)
        # what was taken back in the very moment of the swap
        _catch_up(roles.plain_url(urls.owner, database=old), urls.owner)
    finally:
        with _connected(administrator) as connection:
            _drop_leftovers(connection, database)
    return revision


def _administrator(settings: Settings, owner_url: str) -> str:
    if settings.database_url:
        return roles.plain_url(owner_url, database="postgres")
    return cluster.superuser_url(settings.home)


def _create(connection: psycopg.Connection, database: str, owner: str) -> None:
    try:
        roles.create_database(connection, database, owner)
    except psycopg.errors.InsufficientPrivilege:
        raise StoreError(
            "the owner may not create a database",
            user="Le propriétaire de la base n’a pas le droit d’en créer une à côté.",
            remedy="Demandez à l’administrateur du serveur : ALTER ROLE … CREATEDB;",
        ) from None


def _prepare(settings: Settings, urls: cluster.StoreUrls, database: str) -> None:
    """Add PostGIS and close the new database to all but the two roles."""
    if settings.database_url:
        administrator = roles.plain_url(urls.owner, database=database)
    else:
        administrator = cluster.superuser_url(settings.home, database)
    with _connected(administrator) as connection:
        try:
            add_postgis(connection)
        except StoreError as cause:
            raise _no_postgis_beside(cause) from None
        roles.close_database(
            connection, owner=roles.user_of(urls.owner), app=roles.user_of(urls.app)
        )


def _no_postgis_beside(cause: StoreError) -> StoreError:
    """Say what helps: the database loaded beside is new, so its template must hold PostGIS."""
    return StoreError(
        cause.message,
        user="La sauvegarde se charge dans une base neuve, où PostGIS ne peut être activé.",
        remedy=(
            "Demandez à l’administrateur du serveur de l’activer dans le modèle des bases "
            "neuves : dans la base template1, CREATE EXTENSION postgis; rien n’a changé ici."
        ),
    )


def _load(file: Path, url: str) -> None:
    options = ["--no-owner", "--no-privileges", "--no-comments"]
    options += ["--single-transaction", "--exit-on-error"]
    try:
        _run_client("pg_restore", [*options, f"--dbname={_without_password(url)}", str(file)], url)
    except StoreError as cause:
        raise _not_a_backup(file, cause.message) from None


def _bring_up(url: str, app_url: str, file: Path) -> str:
    """Migrate what was loaded, open it to the app, and return its revision."""
    with _connected(url) as connection:
        if current_revision(connection) is None:
            raise _not_a_backup(file, "it has no schema revision")
    owner = open_engine(url)
    try:
        migrate(owner)
        grant_app(owner, roles.user_of(app_url))
    finally:
        owner.dispose()
    with _connected(url) as connection:
        return str(current_revision(connection))


def _catch_up(current: str, beside: str) -> None:
    """Apply to what was loaded what happened since the copy, and the time that passed."""
    _carry(current, beside)
    owner = open_engine(beside)
    try:
        with owner.begin() as connection:
            expire(connection, date.today())
    finally:
        owner.dispose()


def _carry(current: str, restored: str) -> None:
    try:
        with psycopg.connect(current) as source, psycopg.connect(restored) as target:
            carry(source, target)
    except psycopg.Error as cause:
        raise StoreError(
            f"what was taken back since the copy cannot be carried (SQLSTATE {cause.sqlstate})",
            user="Ce qui a été retiré ou suspendu depuis la copie ne peut être repris.",
            remedy=(
                "Rien n’a changé. Si la base actuelle est perdue, mettez son dossier de côté et "
                "rétablissez la copie dans un dossier neuf, puis refaites ces retraits."
            ),
        ) from None


def _swap(connection: psycopg.Connection, database: str, beside: str) -> str:
    """Give the new database the name of the old one, in one transaction; return the old's new."""
    old = f"{database[:_NAME]}_old_{secrets.token_hex(4)}"
    deadline = time.monotonic() + _SWAP_S
    while True:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND pid <> pg_backend_pid()",
            [database],
        )
        try:
            with connection.transaction():
                for name, new in ((database, old), (beside, database)):
                    connection.execute(
                        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                            sql.Identifier(name), sql.Identifier(new)
                        )
                    )
            return old
        except psycopg.errors.ObjectInUse:
            if time.monotonic() > deadline:
                raise StoreError(
                    "the database stays in use",
                    user="La base est utilisée sans cesse : elle ne peut être remplacée.",
                    remedy="Arrêtez l’application, puis recommencez : rien n’a changé.",
                ) from None
            time.sleep(0.1)


def _drop_leftovers(connection: psycopg.Connection, database: str) -> None:
    """Remove the databases that a finished or killed restore left beside the current one."""
    found = connection.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %(start)s)"
        " AND substr(datname, length(%(start)s) + 1) ~ '^_(restore|old)_[0-9a-f]{8}$'",
        {"start": database[:_NAME]},
    )
    for (name,) in found.fetchall():
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection]:
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            yield connection
    except psycopg.Error as cause:
        raise StoreError(
            f"the store refuses (SQLSTATE {cause.sqlstate or 'none'})",
            user="La base de données refuse l’opération.",
            remedy="Voyez « observatoire store status », puis recommencez.",
        ) from None


def _without_password(url: str) -> str:
    """Return a URL fit for a command line, which everybody on the machine can read."""
    return roles.plain_url(url, password=None)


def _run_client(name: str, options: list[str], url: str) -> None:
    password = make_url(url).password
    arguments = [find_client(name), "--no-password", *options]
    if name == "pg_dump":
        arguments.append(f"--dbname={_without_password(url)}")
    done = run_program(arguments, environ={"PGPASSWORD": str(password or "")}, wait_s=_HOURS_S)
    if done.returncode != 0:
        raise StoreError(
            f"{name} failed with code {done.returncode}",
            user=f"L’outil {name} de PostgreSQL a échoué.",
            remedy="Vérifiez la place sur le disque, et que sa version vaut celle du serveur.",
        )


def _not_a_backup(file: Path, why: str) -> FileError:
    return FileError(
        f"not a backup of the store: {why}",
        user="Ce fichier n’est pas une sauvegarde de l’observatoire, ou il est abîmé.",
        remedy="Choisissez un fichier écrit par « observatoire store backup » : rien n’a changé.",
        file=str(file),
    )
