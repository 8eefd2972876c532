"""The evolution of an indicator in a neighbourhood: a chart, its key, and the table that says it.

Pure. Breaks of series are drawn as breaks (a gap, a mark, a label), an absence as a mark of its own
outside the scale, an interval as a whisker; a difference is printed only where `series` allows it.
"""

from __future__ import annotations

from collections.abc import Sequence

from observatoire.catalogue import Indicator
from observatoire.labels import read_words
from observatoire.labels.numbers import number, quantity, status_words
from observatoire.labels.numbers import period as period_words
from observatoire.labels.typography import typeset
from observatoire.series import Point, Refusal, broken, refusal
from observatoire.views.evolution_chart import chart
from observatoire.views.history import Evolution
from observatoire.views.markup import Markup, join, picture, tag, text, words

WIDE, NARROW, SMALL = 760, 370, 270


def evolution(made: Evolution, *, small: bool = False) -> Markup:
    """Return the chart with its key, the breaks in words, and the table.

    Parameters
    ----------
    small
        The chart alone, narrow, without key or table: for a page of many of them, with one `key`
        for all.
    """
    labels = read_words("evolution")
    if len(made.here) < 2:
        return words("p", labels("alone"), of="quiet") if not small else ""
    alt = _alt(made)
    if small:
        return picture(chart(made, SMALL, small=True), alt, of="evolution-small")
    drawn = picture(chart(made, WIDE), alt, of="evolution-wide")
    drawn += picture(chart(made, NARROW), alt, of="evolution-narrow")
    notes = [words("p", note, of="facts") for note in break_notes(made)]
    return tag(
        "figure", drawn, key(made), *notes, tag("div", table(made), of="scroll"), of="evolution"
    )


def break_notes(made: Evolution) -> list[str]:
    """Return one sentence for each break inside the series: where, why, and who says so."""
    labels, one = read_words("evolution"), made.indicator
    found = {}
    for before, after in zip(made.here, made.here[1:], strict=False):
        refused = refusal(one, before, after)
        cuts = broken(before.period, after.period, one.breaks_after)
        if refused and (cuts or before.edition != after.edition):
            found[refused.reason] = labels(
                "break_note", reason=refused.reason, source=refused.source
            )
    return list(found.values())


def table(made: Evolution) -> Markup:
    """Return the same figures as rows, the earliest first, each with its change or its refusal."""
    labels, one = read_words("evolution"), made.indicator
    intervals = any(point.has_interval for point in made.here)
    names = ["period", "value", *(["interval"] if intervals else []), "change"]
    names += ["among"] if made.others else []
    heads = [
        words("th", labels(f"table.{name}", site=made.site), attrs={"scope": "col"})
        for name in names
    ]
    if made.reference:
        heads.append(words("th", made.reference_name, attrs={"scope": "col"}))
    rows = [_row(made, rank, names) for rank in range(len(made.here))]
    caption = labels("table.caption", label=typeset(one.label), name=made.name)
    return tag(
        "table",
        words("caption", caption, of="seen-by-readers"),
        tag("thead", tag("tr", *heads)),
        tag("tbody", *rows),
        of="plain-table evolution-table",
    )


def change_words(points: Sequence[Point], rank: int, one: Indicator) -> str:
    """Return the change since the last figure before, or why it is not computed.

    The change is between the two printed figures, in the unit (percentages in points); nothing for
    the first figure and for an absence.
    """
    labels = read_words("evolution")
    here = points[rank]
    before = next((point for point in reversed(points[:rank]) if point.is_shown), None)
    if before is None or not here.is_shown:
        return labels("table.nothing")
    found = refusal(one, before, here)
    if found is not None:
        return _refused(found)
    gap = round(here.value, one.decimals) - round(before.value, one.decimals)
    printed = quantity(abs(gap), one.unit, one.decimals)
    if one.unit == "%":
        size = number(abs(gap), one.decimals)
        printed = labels.count("table.points", int(abs(gap)), gap=size)
    if round(gap, one.decimals) == 0:
        return labels("table.same")
    return labels("table.up" if gap > 0 else "table.down", value=printed)


def _refused(found: Refusal) -> str:
    return read_words("evolution")("table.refused", reason=found.reason, source=found.source)


def _row(made: Evolution, rank: int, names: Sequence[str]) -> Markup:
    labels, one = read_words("evolution"), made.indicator
    point = made.here[rank]
    cells = {
        "value": quantity(point.value, one.unit, one.decimals)
        if point.is_shown
        else status_words(point.status),
        "interval": _interval(point, one),
        "change": change_words(made.here, rank, one),
        "among": _among(made, point.period),
    }
    found = [words("th", period_words(point.period), attrs={"scope": "row"})]
    found += [
        words("td", cells[name], of="absent" if name == "value" and not point.is_shown else "")
        for name in names[1:]
    ]
    if made.reference:
        same = [one for one in made.reference if one.period == point.period and one.is_shown]
        said = number(same[0].value, one.decimals) if same else labels("table.nothing")
        found.append(words("td", said))
    return tag("tr", *found)


def _interval(point: Point, one: Indicator) -> str:
    labels = read_words("evolution")
    if not point.has_interval:
        return labels("table.nothing")
    low, high = number(point.low, one.decimals), number(point.high, one.decimals)
    return labels("table.between", low=low, high=high)


def _among(made: Evolution, period: str) -> str:
    """Return the lowest and the highest of the others at a period, and how many have a figure."""
    labels, one = read_words("evolution"), made.indicator
    found = [point for series in made.others for point in series if point.period == period]
    shown = [point.value for point in found if point.is_shown]
    if not shown:
        return labels("table.nothing")
    low, high = number(min(shown), one.decimals), number(max(shown), one.decimals)
    if low == high:
        return labels(
            "table.single", value=low, n=number(len(shown)), total=number(len(made.others))
        )
    fields = {"n": number(len(shown)), "total": number(len(made.others))}
    return labels("table.range", low=low, high=high, **fields)


def _alt(made: Evolution) -> str:
    """Return the chart in words: the first and the last figure, and the absences' count."""
    labels, one = read_words("evolution"), made.indicator
    shown = [point for point in made.here if point.is_shown]
    said = labels("none")
    if shown:
        first, last = (
            labels(
                "point",
                period=period_words(point.period),
                value=quantity(point.value, one.unit, one.decimals),
            )
            for point in (shown[0], shown[-1])
        )
        said = labels("said", first=first, last=last) if len(shown) > 1 else first
    return labels("alt", label=typeset(one.label), name=made.name, said=said)


def key(*drawn: Evolution) -> Markup:
    """Return the key of charts of one neighbourhood: only the marks that they hold."""
    labels = read_words("evolution")
    rows = [("here", drawn[0].name)]
    if any(point.is_shown for made in drawn for series in made.others for point in series):
        rows.append(("others", labels("key.others", site=drawn[0].site)))
    references = dict.fromkeys(made.reference_name for made in drawn if made.reference)
    rows += [("reference", name) for name in references]
    here = [point for made in drawn for point in made.here]
    if any(point.has_interval for point in here):
        rows.append(("interval", labels("key.interval")))
    absent = {point.status for point in here if not point.is_shown}
    rows += [
        (status, labels(f"key.{status}"))
        for status in ("secret", "missing", "blind", "not_collected")
        if status in absent
    ]
    items = [
        tag("li", tag("i", of=f"mark-{mark}", attrs={"aria-hidden": "true"}), text(said))
        for mark, said in rows
    ]
    return tag("ul", join(items), of="evolution-key")
