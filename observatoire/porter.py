"""Opening a session to whom a provider vouches for: the only user of the porter's role.

Its connection is opened for one question and closed; nothing else of the app is ever given it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

import psycopg

from observatoire import cluster
from observatoire.errors import StoreError
from observatoire.settings import Settings
from observatoire.store import porter as door
from observatoire.store import roles


@dataclass
class Porter:
    """The porter of one store, made ready at the first question.

    Attributes
    ----------
    settings
        Where the store is.
    """

    settings: Settings
    _url: str | None = field(default=None, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def sign_in(self, issuer: str, subject: str, token_sha256: bytes) -> str:
        """Return `entered`, `unknown`, `closed` or `locked`; entered, the token is the account's.

        Raises
        ------
        StoreError
            When the store does not answer, or its porter cannot be made ready.
        """
        with self._lock:
            known = self._url
        if known is not None:
            try:
                return door.sign_in_tied(known, issuer, subject, token_sha256)
            except psycopg.Error:
                pass  # the store was put back from a copy: nobody is let in there yet
        try:
            with self._lock:
                self._url = open_porter(self.settings)
                known = self._url
            return door.sign_in_tied(known, issuer, subject, token_sha256)
        except psycopg.Error as cause:
            raise _unanswered(cause) from None


def open_porter(settings: Settings) -> str:
    """Make the porter's role ready, alone at its door, and return its URL.

    Raises
    ------
    StoreError
        When the store does not answer, or the role cannot be created or could do more.
    """
    urls = cluster.ready(settings)
    if not settings.database_url:
        with psycopg.connect(
            cluster.superuser_url(settings.home, roles.DATABASE), autocommit=True
        ) as superuser:
            door.private_role(superuser, settings.home / "passwords")
        url = cluster.url_of(settings.home, roles.PORTER)
    elif settings.porter_database_url:
        url = roles.plain_url(settings.porter_database_url)
    else:
        url = door.server_role(urls.owner, settings.home / "passwords")
    door.open_door(urls.owner, roles.user_of(url), roles.user_of(urls.app))
    return url


def shut_porter(settings: Settings) -> None:
    """Let nobody in by the porter any more: signing in by a provider is off. The store is ready.

    Raises
    ------
    StoreError
        When the store does not answer.
    """
    server = settings.database_url
    try:
        door.shut_door(
            roles.plain_url(server) if server else cluster.url_of(settings.home, roles.OWNER)
        )
    except psycopg.Error as cause:
        raise _unanswered(cause) from None


def _unanswered(cause: psycopg.Error) -> StoreError:
    return StoreError(
        f"the porter's door does not answer (SQLSTATE {cause.sqlstate or 'none'})",
        user="La base de données ne répond pas.",
        remedy="Réessayez dans une minute ; « observatoire store status » dit où elle en est.",
    )
