"""The figures of a comparison as rows: its tables, and the file beside the page. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from observatoire.catalogue import Indicator
from observatoire.disclosure import ProtectedLayer
from observatoire.labels import read_words
from observatoire.labels.numbers import number
from observatoire.labels.typography import typeset
from observatoire.sheets import cite
from observatoire.views.comparer.comparison import Comparison
from observatoire.views.comparer.funnel import Funnel
from observatoire.views.comparer.funnel_chart import point_words
from observatoire.views.comparer.lines import Line, interval_text, value_text, whole_text
from observatoire.views.markup import Markup, join, tag, text, words


def lines_of(made: Comparison) -> tuple[Line, ...]:
    """Return every line that the page shows: the place, its comparators, every neighbourhood."""
    others = [line for line in made.places if line.key != made.place.key]
    return (made.place, *made.comparators, *others)


def beside_reference(line: Line, reference: Line | None) -> str:
    """Return where an interval stands by the reference: `holds`, `above`, `below`; empty if none.

    It is a position, never a rank.
    """
    if reference is None or not line.has_interval or line.key == reference.key:
        return ""
    if line.low > reference.value:
        return "above"
    return "below" if line.high < reference.value else "holds"


def within_reference(made: Comparison) -> frozenset[str]:
    """Return the codes of the neighbourhoods whose interval contains the reference."""
    return frozenset(
        line.key for line in made.places if beside_reference(line, made.reference) == "holds"
    )


def comparison_table(made: Comparison) -> Markup:
    """Return the table of all that the charts show, in the same order."""
    labels, one = read_words("comparer"), made.one
    names = ["name", "value", "interval", "whole", "beside", "note"]
    if one.kind == "per_outing":
        names.insert(4, "smoothed")
    heads = join(
        words("th", labels(f"table.{name}", unit=typeset(one.unit or "–")), attrs={"scope": "col"})
        for name in names
    )
    rows = join(_row(line, made, names) for line in lines_of(made))
    caption = words("caption", labels("table.caption", label=typeset(one.label)))
    table = tag(
        "table",
        caption,
        tag("thead", tag("tr", heads)),
        tag("tbody", rows),
        of="plain-table comparison-table",
    )
    return tag(
        "div",
        table,
        of="scroll tall",
        attrs={"tabindex": "0", "role": "region", "aria-label": labels("table.title")},
    )


def _row(line: Line, made: Comparison, names: Sequence[str]) -> Markup:
    labels, one = read_words("comparer"), made.one
    beside = beside_reference(line, made.reference)
    cells = {
        "value": value_text(line, one, unit=False),
        "interval": interval_text(line, one),
        "whole": whole_text(line, one),
        "smoothed": number(line.smoothed, one.decimals) if math.isfinite(line.smoothed) else "",
        "beside": labels(f"beside.{beside}") if beside else "",
        "note": line.note,
    }
    head = tag("th", text(line.name), words("small", line.more), attrs={"scope": "row"})
    here = "here" if line.key == made.place.key else ""
    body = (words("td", cells[name], of=f"of-{name}") for name in names[1:])
    return tag("tr", head, *body, of=here, attrs={"data-key": line.key})


def funnel_table(made: Funnel, one: Indicator) -> Markup:
    """Return the table of the funnel: each place, its size, its limits, where it stands."""
    labels = read_words("comparer")
    heads = join(
        words("th", labels(f"funnel.table.{name}"), attrs={"scope": "col"})
        for name in ("name", "size", "value", "limits_95", "limits_998", "zone")
    )

    def between(low: float, high: float) -> str:
        ends = {"low": number(low, one.decimals), "high": number(high, one.decimals)}
        return labels("interval.range", **ends)

    rows = join(
        tag(
            "tr",
            tag(
                "th", text(point.line.name), words("small", point.line.more), attrs={"scope": "row"}
            ),
            words("td", whole_text(point.line, one)),
            words("td", value_text(point.line, one, unit=False)),
            words("td", between(point.low_95, point.high_95)),
            words("td", between(point.low_998, point.high_998)),
            words("td", labels(f"funnel.zone.{point.zone}")),
            attrs={"data-key": point.line.key, "title": point_words(point, one)},
        )
        for point in made.points
    )
    caption = words("caption", labels("funnel.title", reference=made.reference.name))
    table = tag(
        "table",
        caption,
        tag("thead", tag("tr", heads)),
        tag("tbody", rows),
        of="plain-table funnel-table",
    )
    return tag("div", table, of="scroll tall", attrs={"tabindex": "0"})


def comparison_rows(made: Comparison, layer: ProtectedLayer) -> pd.DataFrame:
    """Return the rows of the file: what the page shows, and what makes it understood alone."""
    labels, one = read_words("comparer"), made.one
    reference = made.reference.name if made.reference else ""
    rows = []
    for line in lines_of(made):
        beside = beside_reference(line, made.reference)
        rows.append(
            {
                "key": line.key,
                "name": line.name,
                "more": line.more,
                "site": line.site,
                "value": line.value,
                "low": line.low,
                "high": line.high,
                "varies": line.varies,
                "rests_on": line.whole,
                "smoothed": line.smoothed,
                "unit": one.unit,
                "status": line.status,
                "note": line.note,
                "reference": reference,
                "beside_reference": labels(f"beside.{beside}") if beside else "",
                "indicator": layer.indicator,
                "label": one.label,
                "period": layer.period,
                "edition": layer.edition,
                "fictitious": layer.fictitious,
                "source": cite(layer),
            }
        )
    return pd.DataFrame(rows)
