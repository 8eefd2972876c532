"""The names of what codes stand for on the page: items of a grid, neighbourhoods, days."""

from __future__ import annotations

from datetime import date, timedelta

from observatoire import grid_desk
from observatoire.codes import qpv_edition
from observatoire.errors import NotFoundError
from observatoire.grille import Item
from observatoire.labels import read_words
from observatoire.labels.typography import typeset
from observatoire.publication import Connection
from observatoire.views.doors import Doors


def site_items(session: Connection, site: str) -> dict[str, Item]:
    """Return the items of the grid in force of a site, by code; none when it has no grid."""
    grids = [one for one in grid_desk.in_force(session) if one.site == site]
    return {item.code: item for grid in grids for item in grid.items}


def item_name(items: dict[str, Item], code: str) -> str:
    """Return the label of an item; one of an earlier grid has its code."""
    if code == "ensemble":
        return read_words("equipe")("sharing.together")
    if code in items:
        return typeset(items[code].label)
    return read_words("equipe")("sharing.unknown_item", code=code)


def quarter_names(doors: Doors, codes: list[str]) -> dict[str, str]:
    """Return the names of neighbourhoods by code; the code itself when nothing is published."""
    names = {code: code for code in codes}
    for edition in sorted({qpv_edition(code) for code in codes}):
        try:
            found = doors.quarters(edition)["name"]
        except NotFoundError:
            continue
        names |= {code: typeset(str(found[code])) for code in codes if code in found.index}
    return names


def monday(day: date) -> date:
    """Return the first day of the week of a day."""
    return day - timedelta(days=day.weekday())
