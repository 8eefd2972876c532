"""From which grid a field theme comes, said in its description. Pure.

A theme that the catalogue does not know is described by the item of the grids in force; a theme
that one of them holds to be sensitive is protected as such.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from observatoire.catalogue import Indicator, read_catalogue
from observatoire.grille import Grid, Item
from observatoire.labels import read_words
from observatoire.labels.numbers import day
from observatoire.layers import IndicatorLayer

_SHORT = 32
_PRODUCER = "producer"


def name_grids(layers: Iterable[IndicatorLayer], grids: Sequence[Grid]) -> list[IndicatorLayer]:
    """Return described layers; those of an item of a grid in force say of which.

    Parameters
    ----------
    layers
        With their description; official figures go through unchanged.
    grids
        Those in force, in the order in which sites are named. An invented grid is nothing to real
        observations.
    """
    return [_named(layer, grids) for layer in layers]


def grid_words(grid: Grid) -> str:
    """Return a grid as it is cited: « grille du site Loire, version 2, validée le … »."""
    words = read_words("grilles")
    assert grid.agreed_on is not None, "a grid in force has its day"
    said = words("cited.grid", site=grid.site_name, version=grid.version, date=day(grid.agreed_on))
    return words("cited.fictitious", grid=said) if grid.fictitious else said


def _named(layer: IndicatorLayer, grids: Sequence[Grid]) -> IndicatorLayer:
    if layer.rule == _PRODUCER or layer.description is None:
        return layer
    code = layer.indicator.partition(".")[2]
    held = [
        (grid, item)
        for grid in grids
        if grid.in_force
        and (layer.fictitious or not grid.fictitious)
        and (item := grid.item(code)) is not None
    ]
    if not held:
        return layer
    items = [item for _, item in held]
    one = layer.description
    if layer.indicator not in read_catalogue():
        one = _described(one, items)
    cited = " ; ".join(grid_words(grid) for grid, _ in held)
    sensitive = one.sensitive or any(item.sensitive for item in items)
    return replace(layer, description=replace(one, grid=cited, sensitive=sensitive))


def _described(one: Indicator, items: Sequence[Item]) -> Indicator:
    """Return the description of a theme as its sites wrote it; the first one's words."""
    first = items[0]
    caveat = one.caveat
    if len({item.definition for item in items}) > 1:
        caveat = " ".join((caveat, read_words("grilles")("cited.definitions")))
    return replace(
        one,
        label=first.label,
        short=first.label if len(first.label) <= _SHORT else first.label[: _SHORT - 1] + "…",
        definition=first.definition,
        direction=first.direction,
        caveat=caveat,
    )
