"""What stands against a grid: all its faults at once, each with its place, in French."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import category

from observatoire.catalogue import read_catalogue
from observatoire.errors import SchemaError
from observatoire.grille import items as known
from observatoire.grille.core import core_ids
from observatoire.grille.grids import Grid
from observatoire.grille.items import Item
from observatoire.labels import read_words

MOST_ITEMS = 60
_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
_LONGEST = {"theme": 80, "label": 90, "definition": 800, "unit": 40}
_LONGEST_REASON = 2000
_LONGEST_GRID = 100_000


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes
    ----------
    place
        Code of the item (its rank when it has none) and field, as `tensions.label`; `grid` for the
        grid itself.
    said
        French.
    """

    place: str
    said: str


def faults(grid: Grid) -> tuple[Fault, ...]:
    """Return every fault of a grid, in reading order; empty when it may be proposed."""
    return tuple(_faults(grid))


def require_sound(grid: Grid) -> None:
    """Refuse a grid that has faults, naming all of them.

    Raises
    ------
    SchemaError
        With the faults in `faults`.
    """
    found = faults(grid)
    if not found:
        return
    words = read_words("grilles")
    listed = tuple(f"{fault.place} : {fault.said}" for fault in found)
    raise SchemaError(
        f"grid {grid.site} version {grid.version}: {len(found)} faults",
        user=words.count("refused.faults", len(found)),
        remedy=" ; ".join(listed) + ".",
        faults=listed,
    )


def is_plain(text: str) -> bool:
    """Tell whether a text has no control character but ends of lines: the store keeps no other."""
    return all(char == "\n" or category(char) not in ("Cc", "Cs") for char in text)


def require_writable(grid: Grid) -> None:
    """Refuse a grid that the store could not keep, even as a draft.

    Raises
    ------
    SchemaError
        When a text has a control character, or the whole is far too long.
    """
    content = grid.content()
    rows = [content, *content["items"]]
    texts = [value for row in rows for value in row.values() if isinstance(value, str)]
    if all(map(is_plain, texts)) and sum(map(len, texts)) <= _LONGEST_GRID:
        return
    words = read_words("grilles")
    raise SchemaError(
        "a grid that cannot be kept",
        user=words("refused.unwritable"),
        remedy=words("refused.unwritable_remedy"),
    )


def _faults(grid: Grid) -> Iterator[Fault]:
    words = read_words("grilles")
    if not grid.items:
        yield Fault("grid", words("fault.empty"))
    if len(grid.items) > MOST_ITEMS:
        yield Fault("grid", words("fault.many", most=MOST_ITEMS))
    if grid.needs_reason and not grid.reason.strip():
        yield Fault("grid", words("fault.reason"))
    if len(grid.reason) > _LONGEST_REASON:
        yield Fault("grid", words("fault.long", most=_LONGEST_REASON))
    twice = Counter(item.code for item in grid.items)
    for code in (code for code, times in twice.items() if times > 1):
        yield Fault(code, words("fault.twice"))
    for rank, item in enumerate(grid.items, 1):
        name = item.code or f"n° {rank}"
        yield from (Fault(f"{name}.{field}", text) for field, text in _of_item(item))


def _of_item(item: Item) -> Iterator[tuple[str, str]]:
    """Give the field and the text of each fault of an item."""
    words = read_words("grilles")
    if not _CODE.fullmatch(item.code):
        yield "code", words("fault.code")
    for field, most in _LONGEST.items():
        value = getattr(item, field)
        if field != "unit" and not value.strip():
            yield field, words("fault.blank")
        if len(value) > most:
            yield field, words("fault.long", most=most)
    choices = {
        "temporality": known.TEMPORALITIES,
        "kind": known.KINDS,
        "collector": known.COLLECTORS,
        "frequency": known.FREQUENCIES,
        "direction": known.DIRECTIONS,
    }
    for field, allowed in choices.items():
        if getattr(item, field) not in allowed:
            yield field, words("fault.choice", allowed=", ".join(map(str, allowed)))
    if not item.audience or not set(item.audience) <= set(known.READERS):
        yield "audience", words("fault.choice", allowed=", ".join(known.READERS))
    if item.threshold is not None and not math.isfinite(item.threshold):
        yield "threshold", words("fault.number")
    if item.sensitive and item.frequency == "month":
        yield "frequency", words("fault.frequency")
    yield from _of_core(item)


def _of_core(item: Item) -> Iterator[tuple[str, str]]:
    words = read_words("grilles")
    if item.lossless and not item.core:
        yield "lossless", words("fault.lossless")
    if not item.core:
        return
    if item.core not in core_ids():
        yield "core", words("fault.core", code=item.core)
    elif read_catalogue()[item.core].sensitive and not item.sensitive:
        yield "sensitive", words("fault.sensitive")
