"""What a page asks about an export of another tool, and what it is told. Types alone.

Whoever composes the program gives the page an `Activity` that reads files and writes outings: the
page never reads one itself, and keeps nothing of it but what it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from observatoire.access import Access

Columns = Mapping[str, Any]
"""A mapping of columns as plain values, as in its document (docs/exchanges.md)."""


@dataclass(frozen=True)
class Saved:
    """A mapping as a site saved it last.

    Attributes
    ----------
    step
        Number of its last step, which the next one names.
    organisation, role, recorded_on
        Who saved it: never an account.
    """

    name: str
    columns: Columns
    step: int
    organisation: str
    role: str
    recorded_on: date


@dataclass(frozen=True)
class Proposal:
    """A mapping for a file, for a person to correct.

    Attributes
    ----------
    titles
        Of the file.
    columns
        The mapping, saved or suggested; it may lack what no title says.
    places, slots, items
        Words of the file that the mapping does not understand.
    """

    titles: tuple[str, ...]
    columns: Columns
    places: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Aside:
    """A row that is not written: its number below the titles, the column, and why, in French."""

    row: int
    column: str
    reason: str


@dataclass(frozen=True)
class Loading:
    """What an import does, or would do.

    Attributes
    ----------
    read, kept
        Rows that say something, and those that outings are made of.
    written, again
        Outings that are new, and outings that the team held already or had taken back.
    aside
        Every row that is not written, in the order of the file.
    """

    read: int
    kept: int
    written: int
    again: int
    aside: tuple[Aside, ...] = field(default_factory=tuple)


class Activity(Protocol):
    """Who reads exports and writes outings for a page; `access` is that of whoever asks."""

    def saved(self, access: Access, site: str) -> list[Saved]:
        """Return the mappings of a site, by name."""
        ...

    def propose(
        self, access: Access, file: str, content: bytes, columns: Columns, *, suggested: bool
    ) -> Proposal:
        """Return a mapping for a file: the one given, or what its titles suggest."""
        ...

    def save(self, access: Access, columns: Columns, after: int) -> int:
        """Save a mapping after a step (0: none); return the number of its step."""
        ...

    def load(
        self,
        access: Access,
        file: str,
        content: bytes,
        columns: Columns,
        *,
        rehearse: bool,
        tell: Callable[[int], None] = lambda _: None,
    ) -> Loading:
        """Write the outings of a file, all or nothing; rehearsed, it is undone."""
        ...
