"""A grid as it is read: its heading, what it is made of, its items theme by theme. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from observatoire.grille import Grid, Item, Status
from observatoire.grille.items import WAYS
from observatoire.grille.steps import said
from observatoire.labels import read_words
from observatoire.labels.numbers import day, level_words, number, quantity
from observatoire.labels.typography import typeset
from observatoire.views.markup import Markup, join, tag, text, words


def heading(grid: Grid) -> Markup:
    """Return what version it is, who agreed on it and when, and what it is made of."""
    labels = read_words("grilles")
    title = tag(
        "h2",
        text(labels("heading.title", site=grid.site_name, version=grid.version)),
        status_badge(grid.status),
    )
    return tag(
        "header", title, words("p", _who(grid), of="grid-who"), made_of(grid), of="grid-head"
    )


def status_badge(status: Status) -> Markup:
    """Return a status as a small label."""
    return words("span", said(status), of=f"grid-status {status}")


def made_of(grid: Grid) -> Markup:
    """Return the share of positive, neutral and harder items, as a bar and in words."""
    labels, total = read_words("grilles"), len(grid.items)
    if not total:
        return words("p", labels("made.nothing"), of="quiet")
    counts = {way: sum(item.direction == way for item in grid.items) for way in WAYS}
    pieces = [
        tag("i", of=f"way-{WAYS[way]}", attrs={"style": f"flex: {count}"})
        for way, count in counts.items()
        if count
    ]
    share = quantity(100 * (grid.favourable_share or 0), "%")
    sentence = labels.count(
        "made.sentence", counts[-1] + counts[0], total=number(total), share=share
    )
    parts = [
        tag("div", *pieces, of="grid-made", attrs={"aria-hidden": "true"}),
        words("p", sentence, of="facts"),
    ]
    if grid.needs_reason:
        reason = typeset(grid.reason) or labels("made.no_reason")
        parts.append(tag("p", words("b", labels("made.reason") + " "), text(reason), of="note"))
    return join(parts)


def contents(grid: Grid) -> Markup:
    """Return the items, one table row each, grouped by theme."""
    labels = read_words("grilles")
    heads = [
        words("th", labels(f"column.{name}"), attrs={"scope": "col"})
        for name in ("item", "reading", "way", "people", "core")
    ]
    bodies = [
        tag(
            "tbody",
            tag("tr", words("th", typeset(theme), attrs={"colspan": "5", "scope": "rowgroup"})),
            *(_row(item) for item in grid.items if item.theme == theme),
        )
        for theme in grid.themes
    ]
    caption = labels("column.caption", site=grid.site_name, version=grid.version)
    table = tag(
        "table",
        words("caption", caption, of="seen-by-readers"),
        tag("thead", tag("tr", *heads)),
        *bodies,
        of="plain-table grid-table",
    )
    return tag("div", table, of="scroll")


def _who(grid: Grid) -> str:
    labels = read_words("grilles")
    if grid.agreed_on is None:
        return labels(f"who.{grid.status}")
    return labels("who.agreed", date=day(grid.agreed_on), by=listed(grid.agreed_by))


def listed(names: Sequence[str]) -> str:
    """Return names as a French list."""
    if len(names) < 2:
        return "".join(names)
    return read_words("commun")("list.last", first=", ".join(names[:-1]), last=names[-1])


def _row(item: Item) -> Markup:
    labels = read_words("grilles")
    name = [words("b", typeset(item.label)), words("small", typeset(item.definition))]
    if item.sensitive:
        name.insert(1, words("span", labels("item.sensitive"), of="badge"))
    reading = level_words(item.frequency)
    when = words("small", labels(f"temporality.{item.temporality}"))
    if item.threshold is not None:
        limit = quantity(item.threshold, typeset(item.unit), 2)
        when += words("small", labels("item.threshold", value=limit))
    way = WAYS[item.direction]
    people = words("span", labels(f"collector.{item.collector}"))
    readers = ", ".join(labels(f"reader.{reader}") for reader in item.audience)
    core = "item.none" if not item.core else "item.lossless" if item.lossless else "item.lossy"
    cells = [
        ("reading", words("span", reading) + when),
        ("way", words("span", labels(f"way.{way}"), of=f"grid-way way-{way}")),
        ("people", people + words("small", labels("item.for", readers=readers))),
        ("core", words("span", labels(core), of=f"grid-core {core.partition('.')[2]}")),
    ]
    return tag(
        "tr",
        tag("th", *name, attrs={"scope": "row"}),
        *(
            tag("td", inside, attrs={"data-label": labels(f"column.{key}")})
            for key, inside in cells
        ),
    )
