"""Who is asking, and the only functions that open a database session.

`session` is the app's: one short transaction, with the role that reads what is published.
`owner` is the composition root's: the role that imports, builds and publishes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

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
        """Open one short read-only transaction as the app, for the public audience."""
        with _reachable(), self.app_engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def owner(self) -> Iterator[Connection]:
        """Open one transaction as the owner: all of it is kept, or nothing is."""
        if self.owner_engine is None:
            raise StoreError("this process was not given the owner's door")
        with _reachable(), self.owner_engine.begin() as connection:
            yield connection

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


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except OperationalError as cause:
        raise StoreError(
            f"the store cannot be reached: {type(cause.orig).__name__}",
            user="La base de données ne répond pas.",
            remedy="Relancez « ./run app » ; « observatoire store status » dit où elle en est.",
        ) from cause
