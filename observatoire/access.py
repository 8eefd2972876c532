"""Who is asking, and the only functions that open a database session.

`session` is the app's: one short transaction, with the role that reads what is published.
`desk` is the app's too: one short transaction in which it may call the functions that write.
Both begin by proving who asks, when `access` holds a token; without one, it is the public.
`owner` is the composition root's: the role that imports, builds and publishes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from observatoire import cluster
from observatoire.errors import (
    AccessError,
    ConflictError,
    NotFoundError,
    ObservatoireError,
    SignInError,
    StoreError,
)
from observatoire.labels import read_words
from observatoire.settings import Settings
from observatoire.store import people
from observatoire.store.engine import open_engine

PUBLIC = "public"
COOKIE = "observatoire"
"""Name of the cookie that holds a session token."""
# What the functions of the desk refuse, by SQLSTATE: the error, its sentence, its remedy.
_REFUSALS: dict[str, tuple[type[ObservatoireError], str, str]] = {
    "OP001": (SignInError, "signed_out", "signed_out_remedy"),
    "OP002": (AccessError, "forbidden", "forbidden_remedy"),
    "OP003": (ConflictError, "senseless", ""),
    "OP004": (NotFoundError, "missing", ""),
    "OP005": (ConflictError, "tied", "tied_remedy"),
    "OA001": (ConflictError, "order", "stale_remedy"),
    "OA002": (ConflictError, "stale", "stale_remedy"),
    "OA003": (ConflictError, "terms", ""),
    "OA004": (ConflictError, "kept", ""),
    "OA005": (AccessError, "unagreed", "unagreed_remedy"),
}


@dataclass(frozen=True)
class Visitor:
    """Who is asking, as the database proved it.

    Attributes
    ----------
    login, organisation
        Empty for the public.
    role
        `public`, or one of the roles of an account.
    sites
        The sites of the account.
    must_change
        The password was given by somebody else: until it is changed, one reads as the public.
    audience
        What tells this audience from another; whatever is kept of what was read is kept under it.
    """

    login: str = ""
    role: str = PUBLIC
    organisation: str = ""
    sites: tuple[str, ...] = ()
    must_change: bool = False
    audience: str = ""

    @property
    def is_public(self) -> bool:
        """Tell whether nobody is signed in."""
        return not self.login


@dataclass(frozen=True)
class Access:
    """The doors of one store: built once, handed to the pages and to the command line.

    Attributes
    ----------
    token
        Session token of whoever asks: never shown, never logged.
    """

    app_engine: Engine = field(repr=False)
    owner_engine: Engine | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    def signed(self, token: str | None) -> Access:
        """Return the same doors for whoever holds this token."""
        return replace(self, token=token if isinstance(token, str) and token else None)

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """Open one short read-only transaction as the app, for whoever holds the token.

        It is rolled back: nothing set during a session is left to the next one.

        Raises
        ------
        SignInError
            When the token is no longer valid.
        """
        with _reachable(), self.app_engine.connect() as connection:
            made = connection.execution_options(postgresql_readonly=True)
            self._enter(made)
            yield made

    @contextmanager
    def desk(self) -> Iterator[Connection]:
        """Open one short transaction as the app, to write at the desk: all is kept, or nothing.

        The app's role has no right on a table: it calls functions that judge what they write.
        """
        with _reachable(), self.app_engine.begin() as connection:
            self._enter(connection)
            yield connection

    @contextmanager
    def owner(self) -> Iterator[Connection]:
        """Open one transaction as the owner: all of it is kept, or nothing is."""
        if self.owner_engine is None:
            raise StoreError("this process was not given the owner's door")
        with _reachable(), self.owner_engine.begin() as connection:
            yield connection

    def visitor(self) -> Visitor:
        """Return who is asking.

        Raises
        ------
        SignInError
            When the token is no longer valid.
        """
        with _reachable(), self.app_engine.connect() as connection:
            made = connection.execution_options(postgresql_readonly=True)
            who = people.enter(made, self.token) if self.token else None
            audience = people.audience(made)
        if who is None:
            return Visitor(audience=audience)
        return Visitor(who.login, who.role, who.organisation, who.sites, who.must_change, audience)

    def ping(self) -> None:
        """Return when the store answers the app; raise `StoreError` otherwise."""
        with self.session() as session:
            session.exec_driver_sql("SELECT 1")

    def close(self) -> None:
        """Close the connections that are kept between sessions."""
        self.app_engine.dispose()
        if self.owner_engine is not None:
            self.owner_engine.dispose()

    def _enter(self, connection: Connection) -> None:
        if self.token:
            people.enter(connection, self.token)


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


def _refusal(cause: DBAPIError) -> ObservatoireError:
    state = str(getattr(cause.orig, "sqlstate", None) or "none")
    if state in _REFUSALS:
        kind, sentence, remedy = _REFUSALS[state]
        words = read_words("acces")
        return kind(
            f"the desk refuses (SQLSTATE {state})",
            user=words(f"refused.{sentence}"),
            remedy=words(f"refused.{remedy}") if remedy else "",
        )
    if state == "none" and isinstance(cause, DataError):
        # a character that no text of the store holds (NUL): nothing there has that name
        return NotFoundError("a text no store holds", user=read_words("acces")("refused.missing"))
    if state == "23505":
        return _taken(cause)
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
    return _unforeseen(cause, state)


def _taken(cause: DBAPIError) -> ObservatoireError:
    """Refuse what has the name or the identifier of something else."""
    if _place(cause, "constraint_name") == "uq_account_login":
        words = read_words("comptes")
        return ConflictError(
            "a login that is taken", user=words("wrong.taken"), remedy=words("wrong.taken_remedy")
        )
    if _place(cause, "table_name") in ("outing", "observation"):
        words = read_words("acces")
        return ConflictError(
            "an identifier of another entry",
            user=words("refused.senseless"),
            remedy=words("refused.stale_remedy"),
        )
    return _unforeseen(cause, "23505")


def _unforeseen(cause: DBAPIError, state: str) -> StoreError:
    place = [_place(cause, name) for name in ("table_name", "constraint_name")]
    return StoreError(
        f"the store refused a statement (SQLSTATE {state}, {'.'.join(filter(None, place))})",
        user="La base de données a refusé l’opération : rien n’a été écrit.",
        remedy="C’est un défaut du logiciel : signalez-le avec la ligne du journal.",
    )


def _place(cause: DBAPIError, name: str) -> str:
    return str(getattr(getattr(cause.orig, "diag", None), name, None) or "")
