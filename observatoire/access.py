"""Who is asking, and the only functions that open a database session.

`session` is the app's: one short transaction, with the role that reads what is published.
`desk` is the app's too: one short transaction in which it may call the functions that write.
`owner` is the composition root's: the role that imports, builds and publishes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from observatoire import cluster
from observatoire.errors import StoreError
from observatoire.settings import Settings
from observatoire.store.engine import open_engine

PUBLIC = "public"


@dataclass(frozen=True)
class Access:
    """The doors of one store: built once, handed to the pages and to the command line."""

    app_engine: Engine = field(repr=False)
    owner_engine: Engine | None = field(default=None, repr=False)

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """Open one short read-only transaction as the app, for the public audience.

        It is rolled back: nothing set during a session is left to the next one.
        """
        with _reachable(), self.app_engine.connect() as connection:
            yield connection.execution_options(postgresql_readonly=True)

    @contextmanager
    def desk(self) -> Iterator[Connection]:
        """Open one short transaction as the app, to write at the desk: all is kept, or nothing.

        The app's role has no right on a table: it calls functions that judge what they write.
        """
        with _reachable(), self.app_engine.begin() as connection:
            yield connection

    @contextmanager
    def owner(self) -> Iterator[Connection]:
        """Open one transaction as the owner: all of it is kept, or nothing is."""
        if self.owner_engine is None:
            raise StoreError("this process was not given the owner's door")
        with _reachable(), self.owner_engine.begin() as connection:
            yield connection

    def ping(self) -> None:
        """Return when the store answers the app; raise `StoreError` otherwise."""
        with self.session() as session:
            session.exec_driver_sql("SELECT 1")

    def close(self) -> None:
        """Close the connections that are kept between sessions."""
        self.app_engine.dispose()
        if self.owner_engine is not None:
            self.owner_engine.dispose()

    @property
    def audience(self) -> str:
        """Return the audience whose release is read: without an account, the public."""
        return PUBLIC


def open_access(settings: Settings, *, writes: bool = False) -> Access:
    """Start the store if it is ours and not running, migrate it, and return its doors.

    Parameters
    ----------
    writes
        Also open the owner's door (the command line); the app never does.
    """
    urls = cluster.ready(settings)
    return Access(
        app_engine=open_engine(urls.app, pooled=not writes),
        owner_engine=open_engine(urls.owner) if writes else None,
    )


def is_running(settings: Settings) -> bool:
    """Tell whether the store answers, without starting it."""
    return cluster.status(settings).running


@contextmanager
def _reachable() -> Iterator[None]:
    """Turn the database's refusals into ours, without its words: they may quote a row."""
    try:
        yield
    except DBAPIError as cause:
        raise _refusal(cause) from None
    except NoConnectionLeft:
        raise StoreError(
            "all the connections of the app are in use",
            user="Trop de demandes à la fois : la base de données n’a pas pu répondre.",
            remedy="Réessayez dans une minute.",
        ) from None


def _refusal(cause: DBAPIError) -> StoreError:
    state = str(getattr(cause.orig, "sqlstate", None) or "none")
    if state == "53100":
        return StoreError(
            "the disk of the database is full",
            user="Il n’y a plus de place sur le disque de la base de données.",
            remedy="Libérez de la place, puis relancez : rien n’a été écrit à moitié.",
        )
    if isinstance(cause, OperationalError) or cause.connection_invalidated:
        return StoreError(
            f"the store cannot be reached (SQLSTATE {state})",
            user="La base de données ne répond pas.",
            remedy="Relancez « ./run app » ; « observatoire store status » dit où elle en est.",
        )
    diagnosis = getattr(cause.orig, "diag", None)
    place = [getattr(diagnosis, name, None) for name in ("table_name", "constraint_name")]
    return StoreError(
        f"the store refused a statement (SQLSTATE {state}, {'.'.join(filter(None, place))})",
        user="La base de données a refusé l’opération : rien n’a été écrit.",
        remedy="C’est un défaut du logiciel : signalez-le avec la ligne du journal.",
    )
