"""Role by item: what each receives, as a table that a phone shows item by item. Pure."""

from __future__ import annotations

from observatoire.labels import read_words
from observatoire.protocole import (
    EVERY_ITEM,
    PRECISIONS,
    SHARERS,
    Share,
    Terms,
    given,
    named_items,
)
from observatoire.views.markup import Markup, tag, text, words
from observatoire.views.protocole.phrases import Names, item_name, known


def matrix(terms: Terms, names: Names) -> Markup:
    """Return the table: one row for each item that has its own rule, one for all the others."""
    labels = read_words("protocole")
    heads = [words("th", labels("matrix.item"), attrs={"scope": "col"})]
    heads += [words("th", known("column.", role), attrs={"scope": "col"}) for role in SHARERS]
    rows = [_row(terms, names, items) for items in _alike(terms)]
    table = tag(
        "table",
        words("caption", labels("matrix.caption"), of="seen-by-readers"),
        tag("thead", tag("tr", *heads)),
        tag("tbody", *rows),
        of="plain-table pact-matrix",
    )
    parts = [words("h3", labels("matrix.title")), tag("div", table, of="scroll")]
    if any(share.has_squares for share in terms.shares):
        parts.append(words("p", labels("squares.lead"), of="facts"))
    return tag("div", *parts, of="pact-part")


def _alike(terms: Terms) -> list[tuple[str, ...]]:
    """Return the items, those that every role receives alike together."""
    groups: dict[tuple[tuple[str, str] | None, ...], list[str]] = {}
    for item in named_items(terms):
        found = [given(terms, role, item) for role in SHARERS]
        key = tuple((one.precision, one.rhythm) if one else None for one in found)
        groups.setdefault(key, []).append(item)
    return [tuple(items) for items in groups.values()]


def _row(terms: Terms, names: Names, items: tuple[str, ...]) -> Markup:
    cells = [_cell(role, given(terms, role, items[0])) for role in SHARERS]
    return tag("tr", words("th", _name(terms, names, items), attrs={"scope": "row"}), *cells)


def _name(terms: Terms, names: Names, items: tuple[str, ...]) -> str:
    labels = read_words("protocole")
    if len(items) == len(named_items(terms)):
        return labels("items.all_row")
    said = [item_name(names, item) for item in items if item != EVERY_ITEM]
    if EVERY_ITEM in items:
        others = labels("items.others" if said else "items.others_row")
        said.append(others)
    return ", ".join(said)


def _cell(role: str, share: Share | None) -> Markup:
    attrs, labels = {"data-label": known("column.", role)}, read_words("protocole")
    if share is None:
        nothing = words("span", labels("share.nothing"), of="seen-by-readers")
        dash = tag("span", text("–"), attrs={"aria-hidden": "true"})
        return tag("td", dash, nothing, of="none", attrs=attrs)
    level = PRECISIONS.index(share.precision) if share.precision in PRECISIONS else 0
    where = words("b", known("cell.", share.precision))
    when = words("small", known("rhythm.", share.rhythm))
    until = words("small", labels("squares.cell")) if share.has_squares else ""
    return tag("td", where, when, until, of=f"level-{level}", attrs=attrs)
