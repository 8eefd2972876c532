"""The share of the field cells that shows, by site and level, and what would show more. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from observatoire.labels import read_words
from observatoire.labels.numbers import level_words, quantity
from observatoire.labels.typography import typeset
from observatoire.periods import LEVELS, Level, level_of
from observatoire.releases import Part
from observatoire.views.markup import Markup, join, tag, text, words
from observatoire.views.publications.holdings import small_table

HALF = 0.5


@dataclass(frozen=True)
class Tally:
    """Layers of one level: how many, and the share that shows of each, on average (0–1)."""

    layers: int = 0
    share: float = 0.0

    def plus(self, share: float) -> Tally:
        """Return the same with one more layer."""
        layers = self.layers + 1
        return Tally(layers, self.share + (share - self.share) / layers)


@dataclass(frozen=True)
class Line:
    """What shows of a site, theme by theme or all themes together; an empty site is all sites."""

    site: str
    fictitious: bool
    together: bool
    levels: Mapping[Level, Tally] = field(default_factory=dict)


def lines_of(parts: Iterable[Part], sites: Mapping[str, str]) -> list[Line]:
    """Return a line for each site with figures of its teams, then one for the invented ones.

    Parameters
    ----------
    sites
        Name of each site, in reading order.

    Notes
    -----
    The share of a layer is that of its cells with a value over those with a value or hidden:
    where nobody went, nothing is hidden.
    """
    found: dict[tuple[bool, int, bool], dict[Level, Tally]] = {}
    order = list(sites)
    for part in parts:
        if part.rule != "field" or part.share_visible is None:
            continue
        if part.is_real_field and part.site not in sites:
            continue
        rank = order.index(part.site) if part.is_real_field else 0
        levels = found.setdefault((part.fictitious, rank, part.is_together), {})
        level = level_of(part.period)
        levels[level] = levels.get(level, Tally()).plus(part.share_visible)
    return [
        Line("" if fictitious else sites[order[rank]], fictitious, together, found[key])
        for key in sorted(found)
        for fictitious, rank, together in [key]
    ]


def share_tables(lines: Sequence[Line]) -> Markup:
    """Return the lines as one table for the teams' own figures and one for the invented ones."""
    labels, made = read_words("publications"), []
    for kind in ("real", "invented"):
        own = [line for line in lines if line.fictitious == (kind == "invented")]
        if own:
            title = words("h3", labels(f"visible.{kind}"))
            made.append(title + _table(own, labels(f"visible.caption_{kind}")))
    return join(made) or words("p", labels("visible.none"), of="quiet")


def _table(lines: Sequence[Line], caption: str) -> Markup:
    labels = read_words("publications")
    levels = [level for level in LEVELS if any(level in line.levels for line in lines)]
    heads = [labels("visible.site"), *(level_words(level).capitalize() for level in levels)]
    rows = [
        [
            words("b", _site(line)) + words("small", _kind(line)),
            *(_cell(line.levels.get(level, Tally())) for level in levels),
        ]
        for line in lines
    ]
    return small_table(heads, rows, caption, "share-table")


def _site(line: Line) -> str:
    return typeset(line.site) or read_words("publications")("visible.every")


def _kind(line: Line) -> str:
    labels = read_words("publications")
    return labels("visible.together" if line.together else "visible.by_theme")


def _cell(tally: Tally) -> Markup:
    labels = read_words("publications")
    if not tally.layers:
        return words("span", labels("visible.nothing"), of="quiet")
    low = "share low" if tally.share < HALF else "share"
    said = labels.count("visible.layers", tally.layers)
    return words("span", _percent(tally), of=low) + words("small", said)


def _percent(tally: Tally) -> str:
    return quantity(100 * tally.share, "%")


def proposals(lines: Sequence[Line]) -> list[str]:
    """Return a sentence for each site and level where under half shows: a merge that shows more.

    Only what is published is compared: a longer period, or all the themes together.
    """
    return [
        _proposal(line, level, lines)
        for line in lines
        for level in LEVELS
        if level in line.levels and line.levels[level].share < HALF
    ]


def _proposal(line: Line, level: Level, lines: Sequence[Line]) -> str:
    labels = read_words("publications")
    own = line.levels[level]
    said = labels(
        "visible.low",
        site=_site(line),
        at=labels(f"at.{level}"),
        kind=_kind(line),
        share=_percent(own),
    )
    options = [*_wider(line, level), *_merged(line, level, lines)]
    if not options:
        return f"{said} {labels('visible.no_better')}"
    return f"{said} {labels('visible.better', options=' ; '.join(map(typeset, options)))}"


def _wider(line: Line, level: Level) -> list[str]:
    """Return the first longer period of which half shows, else the one that shows most."""
    labels, own = read_words("publications"), line.levels[level].share
    longer = [one for one in LEVELS[LEVELS.index(level) + 1 :] if one in line.levels]
    better = [one for one in longer if line.levels[one].share > own]
    if not better:
        return []
    enough = [one for one in better if line.levels[one].share >= HALF]
    best = enough[0] if enough else max(better, key=lambda one: line.levels[one].share)
    return [labels("visible.wider", at=labels(f"at.{best}"), share=_percent(line.levels[best]))]


def _merged(line: Line, level: Level, lines: Sequence[Line]) -> list[str]:
    """Return what all the themes together show at the same level, when it is more."""
    labels = read_words("publications")
    found = [
        other.levels[level]
        for other in lines
        if other.together and (other.site, other.fictitious) == (line.site, line.fictitious)
        if level in other.levels
    ]
    if line.together or not found or found[0].share <= line.levels[level].share:
        return []
    return [labels("visible.merged", share=_percent(found[0]))]


def proposed(lines: Sequence[Line]) -> Markup:
    """Return the sentences as a list under their heading; nothing when half or more shows."""
    said = proposals(lines)
    if not said:
        return ""
    title = words("h3", read_words("publications")("visible.propose"))
    return title + tag("ul", *(tag("li", text(one)) for one in said), of="points")
