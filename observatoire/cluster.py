"""The project's private PostGIS cluster: unix socket only, scram, never as root, fsync on."""

from __future__ import annotations

from dataclasses import dataclass

from observatoire.settings import Settings


@dataclass(frozen=True)
class StoreUrls:
    """Where to connect as the owner and as the app."""

    owner: str
    app: str


def ready(settings: Settings) -> StoreUrls:
    """Start the cluster if needed, create roles and database, migrate, and return its URLs."""
    raise NotImplementedError
