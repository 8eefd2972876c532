"""What changed from one version of a grid to another."""

from __future__ import annotations

from dataclasses import dataclass, fields

from observatoire.grille.grids import Grid
from observatoire.grille.items import Item


@dataclass(frozen=True)
class Redefined:
    """An item that both versions hold, with the fields that are not the same."""

    before: Item
    after: Item
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Differences:
    """Items added, removed and redefined, in the order of the version that holds them.

    A redefined item is a break in its series: what was collected before is not the same thing.
    """

    added: tuple[Item, ...]
    removed: tuple[Item, ...]
    redefined: tuple[Redefined, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.redefined)


def differences(old: Grid, new: Grid) -> Differences:
    """Return what a version changes in another; an item is recognised by its local code."""
    redefined = []
    for item in new.items:
        before = old.item(item.code)
        if before is not None and before != item:
            names = tuple(
                field.name
                for field in fields(Item)
                if getattr(before, field.name) != getattr(item, field.name)
            )
            redefined.append(Redefined(before, item, names))
    return Differences(
        added=tuple(item for item in new.items if old.item(item.code) is None),
        removed=tuple(item for item in old.items if new.item(item.code) is None),
        redefined=tuple(redefined),
    )
