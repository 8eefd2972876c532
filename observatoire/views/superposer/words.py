"""What the page says of estimates: values, grades, reasons, the table, the total. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from observatoire.component.table import TableCell, TableColumn, TableRow
from observatoire.labels import read_words
from observatoire.labels.numbers import number, period, quantity, status_words
from observatoire.labels.typography import typeset
from observatoire.superposition import Answer, Conservation, Row
from observatoire.views.markup import Markup, join, tag, words
from observatoire.views.superposer.layers import Shown

_FEW_AREAS = 3
_LEAST_SHARE = 0.005
GRADES = ("A", "B", "C", "D", "E")
_HEADS = (
    "qpv",
    "nom",
    "officiel",
    "estimation",
    "borne_basse",
    "borne_haute",
    "note",
    "motifs",
    "methode",
    "couverture",
    "part_partielle",
    "aires",
)


def estimate_words(row: Row, shown: Shown) -> str:
    """Return an estimate with its unit; « non estimable » and nothing else at grade E."""
    if not row.is_shown or row.estimate is None:
        return read_words("superposer")("map.refused")
    return quantity(row.estimate, shown.unit, shown.decimals)


def reason_words(row: Row) -> str:
    """Return why there is no number, in plain words."""
    labels = read_words("recoupements")
    sentences = [labels(f"reason.{name}") for name in row.reasons]
    return " ".join(sentences)


def share_words(share: float) -> str:
    """Return a share as a percentage; less than half a percent is said so."""
    if 0 < share < _LEAST_SHARE:
        return read_words("superposer")("table.trace")
    return quantity(100 * share, "%")


def columns(shown: Shown, official: str | None) -> list[TableColumn]:
    """Return the columns of the table; the official figure when there is one, with its year."""
    labels = read_words("superposer")
    unit = typeset(shown.unit)
    estimated = labels("table.estimate", unit=unit) if unit else labels("table.value")
    named = [("name", labels("table.name"), False)]
    if official is not None:
        named.append(("official", labels("table.official", period=period(official)), True))
    named += [
        ("estimate", estimated, True),
        ("range", labels("table.range"), True),
        ("grade", labels("table.grade"), False),
        ("coverage", labels("table.coverage"), True),
        ("partial", labels("table.partial"), True),
        ("parts", labels("table.parts"), False),
    ]
    return [TableColumn(*one) for one in named]


def rows(
    answer: Answer,
    shown: Shown,
    places: pd.DataFrame,
    official: pd.DataFrame | None,
) -> list[TableRow]:
    """Return one row for each neighbourhood, in the order of the answer.

    Parameters
    ----------
    places
        Indexed by code, columns `name` and `commune`.
    official
        Indexed by code, columns `value` and `status`; None without an official figure.
    """
    names = area_names(shown)
    found = []
    for row in answer.rows:
        place = places.loc[row.qpv]
        commune = place["commune"] if isinstance(place["commune"], str) else ""
        cells = [TableCell(str(place["name"]), str(place["name"]), more=commune)]
        if official is not None:
            cells.append(official_cell(official, row.qpv, shown))
        cells += [
            _estimate(row, shown),
            _range(row, shown),
            TableCell(row.grade, row.grade, more=method_words(row)),
            _share(row.coverage),
            _share(row.partial_share if row.is_shown else None),
            _areas(row, names),
        ]
        found.append(TableRow(row.qpv, tuple(cells)))
    return found


def grade_words(grade: str) -> str:
    """Return what a grade means, in a few words."""
    return read_words("recoupements")(f"grade.{grade}")


def method_words(row: Row) -> str:
    """Return by which method a number was had; nothing without one."""
    if not row.is_shown:
        return ""
    return read_words("recoupements")(f"method.{row.method}")


def area_names(shown: Shown) -> dict[str, str]:
    """Return the name of each area by key."""
    return {str(key): str(name) for key, name in shown.areas["name"].items()}


def grades_markup() -> Markup:
    """Return what each grade means."""
    lines = [words("dt", letter) + words("dd", grade_words(letter)) for letter in GRADES]
    return tag("dl", join(lines), of="grades")


def conservation_markup(found: Conservation, shown: Shown) -> Markup:
    """Return where the total of the areas goes, as a bar of two parts and a sentence."""
    labels = read_words("superposer")
    inside = found.inside / found.total if found.total else 0.0
    fields = {
        "total": quantity(found.total, typeset(shown.unit), shown.decimals),
        "inside": number(found.inside, shown.decimals),
        "outside": number(found.outside, shown.decimals),
        "share": quantity(100 * inside, "%"),
        "estimated": labels.count("total.estimated", found.estimated),
    }
    form = "total.sentence" if found.estimated else "total.nothing"
    parts = [
        words("h2", labels("total.title")),
        words("p", labels.count(form, found.areas, **fields)),
        tag(
            "div",
            tag("i", attrs={"style": f"width:{min(inside, 1.0):.2%}"}),
            of="total-bar",
            attrs={"aria-hidden": "true"},
        ),
    ]
    if found.hidden:
        parts.append(words("p", labels.count("total.hidden", found.hidden), of="facts"))
    return tag("section", *parts, of="total")


def parts_markup(row: Row, shown: Shown, name: str) -> Markup:
    """Return the areas that contribute to one neighbourhood, the largest share first."""
    labels = read_words("superposer")
    look = "figure" if row.is_shown else "figure absent"
    head = [words("h3", name), words("p", estimate_words(row, shown), of=look)]
    why = "" if row.is_shown else " " + reason_words(row)
    graded = labels("parts.grade", grade=row.grade, meaning=grade_words(row.grade))
    head.append(words("p", graded + why, of="facts"))
    none = words("p", labels("parts.none"), of="facts")
    table = _parts_table(row, shown) if row.parts else none
    return tag("article", *head, words("h4", labels("parts.title")), table, of="card")


def _parts_table(row: Row, shown: Shown) -> Markup:
    labels = read_words("superposer")
    names = area_names(shown)
    lines = [
        tag(
            "tr",
            words("th", names.get(part.key, part.key), attrs={"scope": "row"}),
            words("td", share_words(part.share), of="number"),
            words("td", share_words(part.ground), of="number"),
            words("td", _area_value(shown, part.key), of="number"),
        )
        for part in row.parts
    ]
    unit = typeset(shown.unit)
    value = labels("parts.value", unit=unit) if unit else labels("parts.value_bare")
    titles = [labels("parts.area"), labels("parts.share"), labels("parts.ground"), value]
    head = tag("tr", join(words("th", title, attrs={"scope": "col"}) for title in titles))
    return tag("table", tag("thead", head), tag("tbody", join(lines)), of="plain-table")


def _area_value(shown: Shown, key: str) -> str:
    if key not in shown.cells.index:
        return status_words("missing")
    status, value = str(shown.cells.at[key, "status"]), _value(shown.cells, key)
    return number(value, shown.decimals) if status == "ok" else status_words(status)


def official_cell(official: pd.DataFrame, code: str, shown: Shown) -> TableCell:
    """Return the official figure of a neighbourhood, or why there is none."""
    status = str(official.at[code, "status"]) if code in official.index else "missing"
    if status != "ok":
        return TableCell("–", None, more=status_words(status))
    value = _value(official, code)
    return TableCell(number(value, shown.decimals), value)


def _estimate(row: Row, shown: Shown) -> TableCell:
    if not row.is_shown or row.estimate is None:
        return TableCell("–", None, more=_refused(row))
    return TableCell(number(row.estimate, shown.decimals), row.estimate)


def _refused(row: Row) -> str:
    """Return « non estimable : … » with the first of the reasons, as it stands in a cell."""
    reason = read_words("recoupements")(f"reason.{row.reasons[0]}") if row.reasons else ""
    return read_words("superposer")("table.refused", reason=reason[:1].lower() + reason[1:])


def _range(row: Row, shown: Shown) -> TableCell:
    if not row.is_shown or row.low is None or row.high is None:
        return TableCell("–", None)
    low, high = number(row.low, shown.decimals), number(row.high, shown.decimals)
    text = read_words("superposer")("table.between", low=low, high=high)
    return TableCell(text, row.high - row.low)


def _share(share: float | None) -> TableCell:
    if share is None:
        return TableCell("–", None)
    return TableCell(share_words(share), share)


def _areas(row: Row, names: Mapping[str, str]) -> TableCell:
    labels = read_words("superposer")
    if not row.parts:
        return TableCell("–", None)
    first = row.parts[:_FEW_AREAS]
    text = ", ".join(
        labels("table.part", name=names.get(part.key, part.key), share=share_words(part.share))
        for part in first
    )
    left = len(row.parts) - len(first)
    more = labels.count("table.more", left) if left else ""
    return TableCell(text, float(len(row.parts)), more=more)


def _value(frame: pd.DataFrame, key: str) -> float:
    values: dict[Any, float] = frame["value"].astype(float).to_dict()
    return values[key]


def csv_lines(
    answer: Answer, places: pd.DataFrame, official: pd.DataFrame | None
) -> list[list[str]]:
    """Return the table as texts for a file: numbers with a point, empty for an absence."""
    return [list(_HEADS), *(_csv_line(row, places, official) for row in answer.rows)]


def _csv_line(row: Row, places: pd.DataFrame, official: pd.DataFrame | None) -> list[str]:
    known = official is not None and row.qpv in official.index
    shown = row.is_shown
    return [
        row.qpv,
        str(places.at[row.qpv, "name"]),
        _plain(_value(official, row.qpv)) if known and official is not None else "",
        _plain(row.estimate) if shown else "",
        _plain(row.low) if shown else "",
        _plain(row.high) if shown else "",
        row.grade,
        " ".join(row.reasons),
        row.method if shown else "",
        _plain(row.coverage),
        _plain(row.partial_share) if shown else "",
        " ".join(f"{part.key}:{part.share:.6g}" for part in row.parts),
    ]


def _plain(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else repr(round(value, 6))
