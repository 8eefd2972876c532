"""Engines of the store: the owner's, which writes, and the app's, which reads what is published.

PostgreSQL's own text about a failing statement may quote a row, so errors raised here never carry
it; parameters are hidden from SQLAlchemy's messages for the same reason.
"""

from __future__ import annotations

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool


def open_engine(url: str, *, pooled: bool = False) -> Engine:
    """Return an engine for a store URL.

    Parameters
    ----------
    url
        `postgresql://…`; the psycopg driver is implied.
    pooled
        Keep connections between uses (the app); the command line opens and closes.
    """
    target = make_url(url).set(drivername="postgresql+psycopg")
    if pooled:
        return create_engine(target, hide_parameters=True, pool_pre_ping=True, pool_size=10)
    return create_engine(target, hide_parameters=True, poolclass=NullPool)
