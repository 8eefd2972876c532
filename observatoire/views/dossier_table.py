"""A theme of a neighbourhood's page as a table: figure, others, France, evolution. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from observatoire.labels import read_words
from observatoire.labels.numbers import number, quantity, status_words
from observatoire.labels.numbers import period as period_words
from observatoire.labels.typography import typeset
from observatoire.series import Point, runs
from observatoire.views.dossier import Entry
from observatoire.views.markup import Markup, join, picture, tag, text, words

_WIDTH, _HEIGHT, _PAD = 132, 34, 6
_HERE, _SOFT, _TICK = "#463f94", "#8a8a86", "#b9b6d4"


def theme_table(name: str, entries: Sequence[Entry], site: str) -> Markup:
    """Return the figures of a theme, one indicator per row.

    Parameters
    ----------
    name
        French title of the theme.
    site
        Name of the site, for the column of its other neighbourhoods.
    """
    labels = read_words("quartier")
    columns = ("indicator", "value", "others", "national", "history", "source")
    heads = [
        words("th", labels(f"column.{column}", site=site), attrs={"scope": "col"})
        for column in columns
    ]
    caption = words("caption", labels("caption", theme=name), of="seen-by-readers")
    rows = [_row(entry, site) for entry in entries]
    return tag(
        "table",
        caption,
        tag("thead", tag("tr", *heads)),
        tag("tbody", *rows),
        of="plain-table dossier",
    )


def _row(entry: Entry, site: str) -> Markup:
    labels = read_words("quartier")
    one = entry.indicator
    badge = words("b", labels("fictitious"), of="badge") if entry.fictitious else ""
    head = text(typeset(one.label)) + badge
    cells = {
        "value": value_cell(entry),
        "others": _others(entry),
        "national": _national(entry),
        "history": history_cell(entry),
        "source": source_cell(entry),
    }
    drawn = [
        tag("td", inside, attrs={"data-label": labels(f"column.{name}", site=site)}, of=name)
        for name, inside in cells.items()
    ]
    return tag("tr", tag("th", head, attrs={"scope": "row"}), *drawn)


def value_cell(entry: Entry) -> Markup:
    """Return the figure or the words of its absence, its period, and its interval."""
    labels, one = read_words("quartier"), entry.indicator
    if not entry.here.is_shown:
        said = words("b", status_words(entry.here.status), of="absent")
    else:
        said = words("b", quantity(entry.here.value, one.unit, one.decimals))
    lines = [said, words("small", period_words(entry.here.period))]
    if entry.here.has_interval:
        low, high = (number(end, one.decimals) for end in (entry.here.low, entry.here.high))
        lines.append(words("small", labels("interval", low=low, high=high)))
    return join(lines)


def _others(entry: Entry) -> Markup:
    """Return the range of the site's other neighbourhoods, drawn and said."""
    labels, one = read_words("quartier"), entry.indicator
    if not entry.others:
        return words("small", labels("others.none"))
    low, high = number(min(entry.others), one.decimals), number(max(entry.others), one.decimals)
    shown, total = number(len(entry.others)), number(entry.total)
    form = "others.range" if low != high else "others.single"
    said = labels(form, low=low, high=high, shown=shown, total=total)
    drawn = picture(_ticks(entry), "", of="spark") if len(entry.others) > 1 else ""
    return drawn + words("small", said)


def _ticks(entry: Entry) -> Markup:
    """Draw the others as ticks on a line, and the neighbourhood as a disc."""
    here = [entry.here.value] if entry.here.is_shown else []
    low, high = min([*entry.others, *here]), max([*entry.others, *here])

    def x(value: float) -> float:
        inside = (value - low) / (high - low) if high > low else 0.5
        return _PAD + inside * (_WIDTH - 2 * _PAD)

    middle = _HEIGHT / 2
    path = f"M{_PAD} {middle}H{_WIDTH - _PAD}" + "".join(
        f"M{x(value):.0f} {middle - 6}v12" for value in entry.others
    )
    drawn = tag("path", attrs={"d": path, "stroke": _TICK, "stroke-width": "1.5"})
    drawn += join(_disc(x(value), middle, 5) for value in here)
    return _svg(drawn)


def _national(entry: Entry) -> Markup:
    labels, one = read_words("quartier"), entry.indicator
    if not math.isfinite(entry.national):
        return words("small", labels("national.none"))
    return words("span", quantity(entry.national, one.unit, one.decimals)) + words(
        "small", entry.national_name
    )


def history_cell(entry: Entry) -> Markup:
    """Return the evolution drawn small, and its first and last figures in words."""
    labels, one = read_words("quartier"), entry.indicator
    if len(entry.points) < 2:
        return words("small", labels("history.alone"))
    shown = [point for point in entry.points if point.is_shown]
    if not shown:
        return words("small", labels("history.none"))
    first, last = shown[0], shown[-1]
    fields = {
        "first": period_words(first.period),
        "last": period_words(last.period),
        "low": number(first.value, one.decimals),
        "high": number(last.value, one.decimals),
    }
    said = labels("history.said" if len(shown) > 1 else "history.single", **fields)
    cut = len(runs([point for point in entry.points if point.is_shown], one.breaks_after)) > 1
    lines = [picture(_spark(entry), "", of="spark"), words("small", said)]
    if cut:
        lines.append(words("small", labels("history.cut")))
    return join(lines)


def _spark(entry: Entry) -> Markup:
    """Draw the periods as a line cut at breaks and absences; a break is a dotted line.

    The scale is that of the site: a change that is small beside its neighbourhoods looks small.
    """
    points, breaks = entry.points, entry.indicator.breaks_after
    every = [*entry.others, *(point.value for point in points if point.is_shown)]
    low, high = min(every), max(every)
    first, last = points[0].moment, points[-1].moment

    def at(point: Point) -> tuple[float, float]:
        across = (point.moment - first) / (last - first)
        up = (point.value - low) / (high - low) if high > low else 0.5
        return _PAD + across * (_WIDTH - 2 * _PAD), _HEIGHT - _PAD - up * (_HEIGHT - 2 * _PAD)

    parts = runs(points, breaks)
    pieces = []
    for run in parts:
        path = "M" + "L".join("{:.0f} {:.0f}".format(*at(point)) for point in run)
        look = {"fill": "none", "stroke": _HERE, "stroke-width": "2"}
        pieces.append(tag("path", attrs={"d": path} | look))
        if len(run) == 1:
            pieces.append(_disc(*at(run[0]), 2.5))
    for before, after in pairwise(parts):
        x = (at(before[-1])[0] + at(after[0])[0]) / 2
        look = {"stroke": _SOFT, "stroke-dasharray": "2 3", "stroke-width": "1"}
        pieces.append(tag("path", attrs={"d": f"M{x:.0f} 2V{_HEIGHT - 2}"} | look))
    if points[-1].is_shown:
        pieces.append(_disc(*at(points[-1]), 3.5))
    return _svg(join(pieces))


def source_cell(entry: Entry) -> Markup:
    """Return where a figure comes from, and its grade in a letter and in words."""
    labels = read_words("quartier")
    lines = [words("small", entry.source)]
    if entry.grade:
        title = labels(f"grade.{entry.grade}")
        lines.append(tag("small", words("b", entry.grade, of="grade"), text(title)))
    return join(lines)


def _disc(x: float, y: float, radius: float) -> Markup:
    at = {"cx": f"{x:.0f}", "cy": f"{y:.0f}", "r": f"{radius}"}
    return tag("circle", attrs=at | {"fill": _HERE})


def _svg(inside: Markup) -> Markup:
    size = {"width": f"{_WIDTH}", "height": f"{_HEIGHT}", "viewBox": f"0 0 {_WIDTH} {_HEIGHT}"}
    return tag("svg", inside, attrs={"xmlns": "http://www.w3.org/2000/svg"} | size)
