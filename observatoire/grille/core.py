"""The common core: the items that sites may share, shipped as a demonstration."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from observatoire.catalogue import read_catalogue
from observatoire.grille.items import Item


@dataclass(frozen=True)
class Core:
    """The shipped core.

    Attributes
    ----------
    label, notice
        French: its name, and that it is a demonstration.
    items
        Each maps losslessly to itself.
    """

    label: str
    notice: str
    items: tuple[Item, ...]


@cache
def read_core() -> Core:
    """Read the core shipped with the package; labels and definitions are the catalogue's."""
    text = (resources.files(__package__) / "core.toml").read_text("utf-8")
    table = tomllib.loads(text)
    head = table["core"]
    return Core(
        label=str(head["label"]),
        notice=str(head["notice"]),
        items=tuple(_item(row) for row in table["item"]),
    )


def core_items() -> tuple[Item, ...]:
    """Return the items of the core, as a grid begins with them."""
    return read_core().items


@cache
def core_ids() -> frozenset[str]:
    """Return the ids of the core in the catalogue (`terrain.tensions`)."""
    return frozenset(item.core for item in core_items())


def _item(row: dict[str, Any]) -> Item:
    one = read_catalogue()[str(row["id"])]
    return Item(
        code=one.id.partition(".")[2],
        theme=str(row["theme"]),
        label=one.label,
        definition=one.definition,
        temporality=row["temporality"],
        kind="per_outing",
        unit=one.unit,
        collector="equipe",
        audience=tuple(row["audience"]),
        frequency=row["frequency"],
        direction=one.direction,
        core=one.id,
        lossless=True,
        sensitive=one.sensitive,
    )
