"""The versions of a site's grid, the latest first, and what each one changed. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from observatoire.grille import Grid, differences
from observatoire.grille.differences import Differences
from observatoire.labels import read_words
from observatoire.labels.numbers import day
from observatoire.labels.typography import typeset
from observatoire.views.grilles.contents import listed, status_badge
from observatoire.views.grilles.files import FOLDER
from observatoire.views.markup import Markup, join, tag, text, words
from observatoire.views.version_file import address


def timeline(grids: Sequence[Grid]) -> Markup:
    """Return every version with its status, who agreed on it, its changes and its file."""
    labels = read_words("grilles")
    held = {grid.version: grid for grid in grids}
    steps = [_step(grid, held.get(grid.supersedes or 0)) for grid in reversed(grids)]
    return tag(
        "section",
        words("h2", labels("versions.title")),
        tag("ol", join(steps), of="grid-versions"),
        of="grid-part",
    )


def _step(grid: Grid, before: Grid | None) -> Markup:
    labels = read_words("grilles")
    title = tag(
        "h3", text(labels("versions.version", version=grid.version)), status_badge(grid.status)
    )
    parts = [title]
    if grid.fictitious:
        parts.append(words("span", labels("versions.fictitious"), of="badge"))
    if grid.agreed_on:
        who = labels("who.agreed", date=day(grid.agreed_on), by=listed(grid.agreed_by))
        parts.append(words("p", who, of="facts"))
    parts.append(words("p", labels.count("versions.items", len(grid.items)), of="facts"))
    if before is not None:
        parts.append(changes(differences(before, grid), before.version))
    link = {"href": address(FOLDER, grid.site, grid.version), "download": ""}
    parts.append(words("a", labels("versions.file"), attrs=link))
    return tag("li", *parts, of=grid.status)


def changes(found: Differences, version: int) -> Markup:
    """Return what a version changes in another; a redefined item breaks its series."""
    labels = read_words("grilles")
    if not found:
        return words("p", labels("changes.none", version=version), of="facts")
    lines = []
    for name, items in (("added", found.added), ("removed", found.removed)):
        if items:
            said = ", ".join(typeset(item.label) for item in items)
            lines.append((labels.count(f"changes.{name}", len(items)), said))
    for one in found.redefined:
        fields = ", ".join(labels(f"field.{field}") for field in one.fields)
        said = labels("changes.fields", label=typeset(one.after.label), fields=fields)
        lines.append((labels("changes.redefined"), said))
    rows = [tag("li", words("b", f"{name} "), text(said)) for name, said in lines]
    parts = [tag("ul", *rows, of="points")]
    if found.redefined:
        parts.append(words("p", labels("changes.break"), of="facts"))
    return join(parts)
