"""The lines of the journal as a table, day by day. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby

from observatoire.errors import CodeError
from observatoire.labels import read_words
from observatoire.labels.numbers import day, number, period
from observatoire.labels.typography import typeset
from observatoire.team_desk import ONE_BY_ONE
from observatoire.views.journal.lines import Line
from observatoire.views.markup import Markup, tag, text, words

_FIGURE = re.compile(r"(\S+) (\d{4}(?:-\w+)?|Q[PN]\w{6})(?: square-(\d+))?(?: \((\w+)\))?")
_ONE_BY_ONE = re.compile(rf"(\S+) {ONE_BY_ONE}")
_WIDENED = re.compile(r"(\d+) (\d{4}-\d{2}-\d{2})")

Names = Mapping[str, str]


def table(lines: Sequence[Line], sites: Names, labels_of: Names) -> Markup:
    """Return the lines, grouped by day.

    Parameters
    ----------
    sites
        Name of each site, by id.
    labels_of
        French label of each published indicator, by id.
    """
    labels = read_words("journal")
    columns = ("who", "site", "action", "what")
    heads = [words("th", labels(f"column.{name}"), attrs={"scope": "col"}) for name in columns]
    bodies = [
        tag("tbody", _day(when), *(_row(line, sites, labels_of) for line in own))
        for when, own in groupby(lines, key=lambda line: line.day)
    ]
    made = tag(
        "table",
        words("caption", labels("column.caption"), of="seen-by-readers"),
        tag("thead", tag("tr", *heads)),
        *bodies,
        of="plain-table journal-table",
    )
    return tag("div", made, of="scroll")


def _day(when: date) -> Markup:
    return tag("tr", words("th", day(when), attrs={"colspan": "4", "scope": "rowgroup"}))


def _row(line: Line, sites: Names, labels_of: Names) -> Markup:
    labels, roles = read_words("journal"), read_words("acces").entries
    role = roles.get(f"role.{line.role}", line.role)
    by = typeset(", ".join(part for part in (line.organisation, role) if part))
    who = words("b", line.login) + words("small", by) if line.login else text(by)
    cells = {
        "site": text(typeset(sites.get(line.site, line.site))),
        "action": text(said("action.", line.action)),
        "what": text(what(line, labels_of)),
    }
    drawn = [
        tag("td", inside, attrs={"data-label": labels(f"column.{name}")})
        for name, inside in cells.items()
    ]
    return tag("tr", tag("th", who, attrs={"scope": "row"}), *drawn)


def said(name: str, action: str) -> str:
    """Return the words of an action (`said("action.", …)`), or its name when it has none."""
    return read_words("journal").entries.get(f"{name}{action}", action)


def what(line: Line, labels_of: Names) -> str:
    """Return what was read, exported or decided, in words where they are known."""
    labels = read_words("journal")
    if line.action in ("read", "export") and (found := _FIGURE.fullmatch(line.object)):
        indicator, when, side, form = found.groups()
        fields = {"label": typeset(labels_of.get(indicator, indicator)), "period": _period(when)}
        if side:
            fields["label"] = labels("what.squares", label=fields["label"], side=number(int(side)))
        return labels("what.file", **fields, form=form) if form else labels("what.figure", **fields)
    if line.action == "read" and (found := _ONE_BY_ONE.fullmatch(line.object)):
        return labels("what.one_by_one", label=typeset(labels_of.get(found[1], found[1])))
    if line.action == "agreement_widened" and (found := _WIDENED.fullmatch(line.object)):
        return labels("what.widened", version=found[1], day=_moment(found[2]))
    if line.action == "meeting":
        return _moment(line.object)
    if line.action.startswith("agreement_") and line.object.isdigit():
        return labels("what.version", version=line.object)
    return line.object


def _period(name: str) -> str:
    try:
        return period(name)
    except CodeError:
        return name


def _moment(typed: str) -> str:
    try:
        return day(date.fromisoformat(typed))
    except ValueError:
        return typed
