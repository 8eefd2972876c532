"""How much of a grid would be seen: a bar and its figures by item, and what to merge. Pure."""

from __future__ import annotations

from observatoire.grille import ItemVisibility, Replay
from observatoire.labels import read_words
from observatoire.labels.numbers import level_words, number, quantity
from observatoire.labels.typography import typeset
from observatoire.periods import LEVELS
from observatoire.views.markup import Markup, join, tag, text, words


def visibility(found: Replay) -> Markup:
    """Return the replay: its mean, a table of bars, the items hardly seen, the merges."""
    return join([_summary(found), _table(found), _advice(found)])


def _summary(found: Replay) -> Markup:
    labels = read_words("grilles")
    if found.visible is None:
        return words("p", labels("replay.nothing"), of="quiet")
    figure = words("span", _percent(found.visible), of="grid-figure")
    hardly = labels.count("replay.hardly", len(found.hardly_seen), total=number(len(found.items)))
    sentence = words("span", labels("replay.sentence")) + words("small", hardly)
    return tag("div", figure, tag("p", sentence), of="grid-seen")


def _table(found: Replay) -> Markup:
    labels = read_words("grilles")
    names = [labels("replay.item"), labels("replay.at")]
    names += [level_words(level) for level in LEVELS]
    names.append(labels("replay.basis"))
    heads = [words("th", name, attrs={"scope": "col"}) for name in names]
    table = tag(
        "table",
        words("caption", labels("replay.caption"), of="seen-by-readers"),
        tag("thead", tag("tr", *heads)),
        tag("tbody", *(_row(one) for one in found.items)),
        of="plain-table grid-replay",
    )
    return tag("div", table, of="scroll")


def _row(one: ItemVisibility) -> Markup:
    labels = read_words("grilles")
    share = one.at_its_frequency
    at = words("small", level_words(one.frequency))
    if share is not None:
        look = "" if one.enough else " hardly"
        fill = tag("i", attrs={"style": f"width: {100 * share:.0f}%"})
        bar = tag("span", fill, of=f"grid-bar{look}", attrs={"aria-hidden": "true"})
        at = bar + tag("b", text(_percent(share))) + at
    cells = [
        words(
            "td",
            _cell(one, level),
            of="number here" if level == one.frequency else "number",
            attrs={"data-label": level_words(level)},
        )
        for level in LEVELS
    ]
    return tag(
        "tr",
        words("th", typeset(one.label), attrs={"scope": "row"}),
        tag("td", at, of="grid-at"),
        *cells,
        words("td", labels(f"basis.{one.basis}"), of="grid-basis"),
    )


def _cell(one: ItemVisibility, level: str) -> str:
    share = {str(name): known for name, known in one.shares.items()}.get(level)
    return "–" if share is None else _percent(share)


def _advice(found: Replay) -> Markup:
    """Return what to do with items hardly seen: read them less often, or count them together."""
    labels = read_words("grilles")
    never = labels("replay.never")
    if not found.hardly_seen:
        return ""
    lines = []
    for level in (*LEVELS, None):
        names = [typeset(one.label) for one in found.hardly_seen if one.readable == level]
        if names:
            said = labels("replay.slower", level=level_words(level)) if level else never
            lines.append(tag("li", words("b", said), text(f" {' ; '.join(names)}.")))
    parts = [words("h3", labels("replay.advice")), tag("ul", *lines, of="points")]
    if found.merges:
        rows = [
            words(
                "li",
                labels(
                    "replay.merge",
                    first=typeset(one.labels[0]),
                    second=typeset(one.labels[1]),
                    level=level_words(one.level),
                    share=_percent(one.share),
                    basis=labels(f"basis.{one.basis}"),
                ),
            )
            for one in found.merges
        ]
        parts += [words("h3", labels("replay.merges")), tag("ul", *rows, of="points")]
    return tag("div", *parts, of="grid-advice")


def _percent(share: float) -> str:
    return quantity(100 * share, "%")
