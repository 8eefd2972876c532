"""The grids of the demonstration: one for each site, agreed by organisations that do not exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from observatoire import grid_desk
from observatoire.grille import Grid, Item, core_items
from observatoire.labels import read_words
from observatoire.settings import Site
from observatoire.store import Connection

AGREED_ON = date(2022, 6, 20)
# The site that counts one theme in its own manner, to show what cannot be compared.
_APART = ("bastia", "mobilite")


def load_grids(connection: Connection, sites: Iterable[Site]) -> int:
    """Write an invented grid for each site that has none at all; return how many were written.

    They stay when the demonstration is removed, as every version does, and say that they are
    invented; the first grid that a site agrees on takes their place.
    """
    held = {one.grid.site for one in grid_desk.read_versions(connection)}
    missing = [site for site in sites if site.id not in held]
    for site in missing:
        grid_desk.take_in(connection, site, demo_grid(site), AGREED_ON)
    return len(missing)


def demo_grid(site: Site) -> Grid:
    """Return the invented grid of a site."""
    words = read_words("grilles")
    return Grid(
        site=site.id,
        site_name=site.name,
        version=1,
        items=_items(site, core_items()),
        status="agreed",
        agreed_by=tuple(words.items("demo.organisations")),
        agreed_on=AGREED_ON,
        fictitious=True,
    )


def _items(site: Site, items: Sequence[Item]) -> tuple[Item, ...]:
    own_words = read_words("grilles")("demo.apart")
    return tuple(
        replace(item, definition=own_words, lossless=False)
        if (site.id, item.code) == _APART
        else item
        for item in items
    )
