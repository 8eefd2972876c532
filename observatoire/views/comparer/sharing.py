"""Which sites may be read on one scale: all for official figures, some for the field. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from observatoire.disclosure import ProtectedLayer
from observatoire.grille import Grid, comparable
from observatoire.labels import read_words
from observatoire.views.comparer.lines import Line

_OUT = ("ok", "secret")  # somebody went out: the others are blind, or nobody asks


def sites_apart(
    own: str, lines: Sequence[Line], layer: ProtectedLayer, grids: Iterable[Grid]
) -> dict[str, str]:
    """Return the sites that do not share the scale of a site, each with the reason in French.

    Parameters
    ----------
    own
        Id of the site.
    lines
        Every neighbourhood of the sites.
    layer
        What is compared; official figures and registers share their scale everywhere.
    grids
        Those in force. An invented grid is nothing to real observations.

    Notes
    -----
    Two sites share a field scale where both grids map the item to the same one of the common core
    without loss, and both teams went out.
    """
    if layer.description.kind != "per_outing":
        return {}
    held = {
        grid.site: grid
        for grid in grids
        if grid.in_force and (layer.fictitious or not grid.fictitious)
    }
    found = {}
    for site in dict.fromkeys(line.site for line in lines):
        out = any(line.status in _OUT for line in lines if line.site == site)
        reason = _apart(own, site, layer, held) if out else read_words("comparer")("apart.blind")
        if site != own and reason:
            found[site] = reason
    return found


def _apart(own: str, site: str, layer: ProtectedLayer, held: dict[str, Grid]) -> str:
    """Return why two sites do not count an item alike; empty when they do."""
    if own not in held or site not in held:
        return read_words("comparer")("apart.no_grid")
    item = layer.indicator.partition(".")[2]
    found = comparable(held[own], item, held[site])
    if not found.ok:
        return found.said
    return "" if found.other == item else read_words("comparer")("apart.other_name")
