"""The share of the field cells that shows, by site and level, and what would show more. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from observatoire.labels import read_words
from observatoire.labels.numbers import level_words, number, quantity
from observatoire.labels.typography import typeset
from observatoire.periods import LEVELS, Level
from observatoire.releases import Seen
from observatoire.views.markup import Markup, join, tag, text, words
from observatoire.views.publications.holdings import small_table

HALF = 0.5
SiteOf = Callable[[str], str | None]


@dataclass(frozen=True)
class Tally:
    """Cells that show a value, and cells that hide one."""

    shown: int = 0
    hidden: int = 0

    @property
    def total(self) -> int:
        """Return how many figures there are."""
        return self.shown + self.hidden

    @property
    def share(self) -> float:
        """Return the share that shows (0–1); of at least one."""
        return self.shown / self.total


@dataclass(frozen=True)
class Line:
    """What shows of a site, theme by theme or all themes together."""

    site: str
    fictitious: bool
    together: bool
    levels: Mapping[Level, Tally] = field(default_factory=dict)


def lines_of(seen: Iterable[Seen], site_of: SiteOf, sites: Mapping[str, str]) -> list[Line]:
    """Return a line for each site with field figures: its teams' own, then the invented ones.

    Parameters
    ----------
    site_of
        Gives the site of a QPV, None for one of no site: it is left out.
    sites
        Name of each site, in reading order.
    """
    found: dict[tuple[bool, int, bool], dict[Level, Tally]] = {}
    order = list(sites)
    for one in seen:
        site = site_of(one.zone)
        if site is None or site not in sites:
            continue
        levels = found.setdefault((one.fictitious, order.index(site), one.together), {})
        before = levels.get(one.level, Tally())
        levels[one.level] = Tally(before.shown + one.shown, before.hidden + one.hidden)
    return [
        Line(sites[order[rank]], fictitious, together, levels)
        for (fictitious, rank, together), levels in sorted(found.items(), key=lambda one: one[0])
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
    heads = [labels("visible.site"), *(level_words(level) for level in levels)]
    rows = [
        [
            words("b", typeset(line.site)) + words("small", _kind(line)),
            *(_cell(line.levels.get(level, Tally())) for level in levels),
        ]
        for line in lines
    ]
    return small_table(heads, rows, caption, "share-table")


def _kind(line: Line) -> str:
    labels = read_words("publications")
    return labels("visible.together" if line.together else "visible.by_theme")


def _cell(tally: Tally) -> Markup:
    labels = read_words("publications")
    if not tally.total:
        return words("span", labels("visible.nothing"), of="quiet")
    said = labels("visible.of", shown=number(tally.shown), total=number(tally.total))
    low = "share low" if tally.share < HALF else "share"
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
        if level in line.levels and line.levels[level].total and line.levels[level].share < HALF
    ]


def _proposal(line: Line, level: Level, lines: Sequence[Line]) -> str:
    labels = read_words("publications")
    own = line.levels[level]
    said = labels(
        "visible.low",
        site=typeset(line.site),
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
    better = [one for one in longer if line.levels[one].total and line.levels[one].share > own]
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
        if level in other.levels and other.levels[level].total
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
