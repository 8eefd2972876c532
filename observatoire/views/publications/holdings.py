"""The releases, and what one holds by family, as tables. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from observatoire.codes import edition_kind
from observatoire.labels import read_words
from observatoire.labels.numbers import day, number, quantity
from observatoire.labels.typography import typeset
from observatoire.periods import LEVELS, level_of
from observatoire.releases import Part, Release
from observatoire.views.grilles.contents import listed
from observatoire.views.markup import Markup, tag, text, words

SHOWN = 12
"""Releases in the table: the newest ones."""
_SHORT = 12
Names = Mapping[str, str]


@dataclass(frozen=True)
class Family:
    """Layers that are read together: their name, and the layers."""

    name: str
    parts: tuple[Part, ...]


def newest(releases: Sequence[Release]) -> list[Release]:
    """Return the releases of the table: the newest, and the current one."""
    return [one for rank, one in enumerate(releases) if rank < SHOWN or one.current]


def ledger(releases: Sequence[Release], layers: Mapping[int, int]) -> Markup:
    """Return the releases as a table; `layers` is how many each holds."""
    labels = read_words("publications")
    heads = [labels(f"ledger.{name}") for name in ("number", "day", "layers", "hash")]
    rows = [
        [_number(one), text(day(one.released_on)), text(number(layers.get(one.id, 0))), _hash(one)]
        for one in newest(releases)
    ]
    made = small_table(heads, rows, labels("ledger.caption"), "ledger-table")
    if len(rows) == len(releases):
        return made
    more = labels("ledger.more", shown=number(len(rows)), total=number(len(releases)))
    return made + words("p", more, of="facts")


def _number(one: Release) -> Markup:
    labels = read_words("publications")
    badge = words("b", labels("ledger.current"), of="badge read-now")
    return text(labels("ledger.name", id=number(one.id))) + (badge if one.current else "")


def _hash(one: Release) -> Markup:
    return words("code", f"{one.sha256[:_SHORT]}…")


def families(parts: Iterable[Part], themes: Names, sites: Names) -> list[Family]:
    """Return the layers by family: official ones, what is around, invented, then each site's.

    Parameters
    ----------
    themes, sites
        Title of each theme in reading order, name of each site.
    """
    labels, ranks = read_words("publications"), {name: rank for rank, name in enumerate(themes)}
    found: dict[tuple[int, int, str], list[Part]] = {}
    for part in parts:
        kind, theme = edition_kind(part.edition), part.description.theme
        if part.rule == "field" and part.fictitious:
            key = (2, 0, labels("holds.invented"))
        elif part.rule == "field":
            site = sites.get(part.site, labels("holds.nowhere"))
            key = (3, 0, labels("holds.real", site=typeset(site)))
        elif kind != "qpv":
            place = labels.entries.get(f"place.{kind}", kind)
            key = (1, 0, labels("holds.around", place=place))
        else:
            key = (0, ranks.get(theme, len(ranks)), typeset(themes.get(theme, theme)))
        found.setdefault(key, []).append(part)
    return [Family(key[2], tuple(own)) for key, own in sorted(found.items())]


def contents(found: Sequence[Family]) -> Markup:
    """Return the families as a table: how many layers, which periods, which share shows."""
    labels = read_words("publications")
    heads = [labels(f"holds.{name}") for name in ("family", "layers", "periods", "share")]
    rows = [
        [
            text(one.name),
            text(number(len(one.parts))),
            text(periods_said([part.period for part in one.parts])),
            text(_shares(one.parts)),
        ]
        for one in found
    ]
    table = small_table(heads, rows, labels("holds.caption"), "holds-table")
    return table + words("p", labels("holds.note"), of="facts")


def periods_said(periods: Sequence[str]) -> str:
    """Return the years and the levels of periods: « 2018 à 2022 : années »."""
    labels = read_words("publications")
    years = sorted({period[:4] for period in periods})
    levels = {level_of(period) for period in periods}
    said = [labels(f"levels.{level}") for level in LEVELS if level in levels]
    first, last = years[0], years[-1]
    span = first if first == last else labels("holds.span", first=first, last=last)
    return labels("holds.when", years=span, levels=listed(said))


def _shares(parts: Sequence[Part]) -> str:
    """Return the shares that show, from the least to the most."""
    known = [part.share_visible for part in parts if part.share_visible is not None]
    if not known:
        return "–"
    least, most = (quantity(100 * share, "%") for share in (min(known), max(known)))
    span = read_words("publications")("holds.span", first=least, last=most)
    return least if least == most else span


def small_table(
    heads: Sequence[str], rows: Sequence[Sequence[Markup]], caption: str, of: str
) -> Markup:
    """Return a table whose rows hold HTML; each cell knows the name of its column."""
    top = [words("th", one, attrs={"scope": "col"}) for one in heads]
    body = [
        tag(
            "tr",
            tag("th", row[0], attrs={"scope": "row"}),
            *(
                tag("td", cell, attrs={"data-label": head})
                for head, cell in zip(heads[1:], row[1:], strict=True)
            ),
        )
        for row in rows
    ]
    said = words("caption", caption, of="seen-by-readers")
    made = tag("table", said, tag("thead", tag("tr", *top)), tag("tbody", *body), of=_classes(of))
    return tag("div", made, of="scroll")


def _classes(of: str) -> str:
    return f"plain-table release-table {of}"
