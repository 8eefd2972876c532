"""Shared observations as they are read: chosen, ordered, in a table. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from observatoire.codes import read_cell
from observatoire.grille import Item
from observatoire.labels import read_words
from observatoire.labels.numbers import moment, number
from observatoire.labels.typography import typeset
from observatoire.periods import moment_start, period_of
from observatoire.team_desk import Shared
from observatoire.views.equipe.names import item_name
from observatoire.views.equipe.tables import table
from observatoire.views.markup import Markup, tag, text, words

_HEADS = ("item", "when", "quarter", "intensity", "size", "place", "where")


@dataclass(frozen=True)
class Names:
    """What codes stand for: items of the grid in force, neighbourhoods, squares of each."""

    items: dict[str, Item]
    quarters: Mapping[str, str]
    squares: Mapping[tuple[str, str], str]

    def item(self, code: str) -> str:
        """Return the label of an item; one of an earlier grid has its code."""
        return item_name(self.items, code)


@dataclass(frozen=True)
class Choice:
    """What a reader chose: an item, a neighbourhood, a month; empty for all."""

    item: str = ""
    quarter: str = ""
    month: str = ""

    def kept(self, rows: Iterable[Shared]) -> list[Shared]:
        """Return the rows that were chosen, the latest first."""
        found = [
            one
            for one in rows
            if self.item in ("", one.item)
            and self.quarter in ("", one.qpv)
            and self.month in ("", month_of(one))
        ]
        return sorted(found, key=lambda one: moment_start(one.said_on), reverse=True)


def month_of(one: Shared) -> str:
    """Return the month of a row; that of its Monday for a week."""
    return period_of(moment_start(one.said_on), "month")


def listing(rows: Sequence[Shared], names: Names) -> Markup:
    """Return the rows as a table, in their order."""
    labels = read_words("partage")
    heads = [labels(f"column.{name}") for name in _HEADS]
    cells = [_cells(one, names) for one in rows]
    return table(heads, cells, labels("column.caption"), "team-shared")


def _cells(one: Shared, names: Names) -> list[Markup]:
    labels, choices = read_words("partage"), read_words("saisie")
    unsaid = words("span", labels("said.unsaid"), of="quiet")
    size = text(labels(f"said.size.{one.size_band}")) if one.size_band else unsaid
    place = text(choices(f"choice.place.{one.place}").lower()) if one.place else unsaid
    return [
        text(names.item(one.item)),
        text(moment(one.said_on)),
        text(names.quarters[one.qpv]) + words("small", one.qpv),
        text(choices(f"choice.intensity.{one.intensity}")),
        size,
        place,
        _where(one, names),
    ]


def _where(one: Shared, names: Names) -> Markup:
    """Return the square of a row by its name on the map, and its code."""
    labels, square = read_words("partage"), read_cell(one.cell)
    if square is None:
        return words("span", labels("said.whole"), of="quiet")
    size, name = number(square.size_m), names.squares.get((one.qpv, one.cell))
    said = (
        labels("said.square", name=name, size=size)
        if name
        else labels("said.square_of_elsewhere", size=size)
    )
    return tag("span", text(typeset(said)), attrs={"title": one.cell})
