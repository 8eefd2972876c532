"""From areas and estimates to what each pane of the map shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from observatoire.classify import (
    ABSENT,
    COUNT,
    OUTLINE,
    REFUSED,
    SECRET,
    ZERO,
    Breaks,
    class_breaks,
    symbol_radius,
    zone_classes,
)
from observatoire.component import AreaPaint, MapTexts, PanePaint, PaneSpec
from observatoire.component.painting import LARGEST_SYMBOL
from observatoire.labels import read_words
from observatoire.labels.numbers import number, quantity
from observatoire.labels.typography import typeset
from observatoire.superposition import Answer, Row
from observatoire.views.superposer.layers import Shown
from observatoire.views.superposer.words import estimate_words, reason_words, share_words

KM2 = 1_000_000


def drawn_values(shown: Shown, areas_m2: pd.Series) -> pd.Series:
    """Return what colours follow: a count per km² of ground, any other figure as it is."""
    values = shown.cells["value"]
    return values / (areas_m2.reindex(values.index) / KM2) if shown.is_count else values


def area_breaks(drawn: pd.Series, keys: Sequence[str], k: int = 5) -> Breaks:
    """Return the classes of the areas shown, all panes together."""
    return class_breaks((float(value) for value in drawn.reindex(list(keys))), k)


def paint_areas(
    shown: Shown, drawn: pd.Series, keys: Sequence[str], breaks: Breaks, parts: Answer | None
) -> AreaPaint:
    """Return what the areas of one pane show.

    Parameters
    ----------
    drawn
        From `drawn_values`.
    keys
        In the order of the pane's outlines.
    parts
        The estimates, whose contributing areas are named when a neighbourhood is read.
    """
    cells = shown.cells.reindex(list(keys))
    values = drawn.reindex(list(keys))
    statuses = (
        cells["status"]
        .fillna("missing")
        .where(values.notna() | (cells["status"] != "ok"), "missing")
    )
    letters = zone_classes([float(one) for one in values], [str(one) for one in statuses], breaks)
    texts = [
        _area_text(shown, float(value), float(density)) if status == "ok" else ""
        for value, density, status in zip(cells["value"], values, statuses, strict=True)
    ]
    places = {key: place for place, key in enumerate(keys)}
    return AreaPaint(letters, tuple(texts), parts=_parts(parts, places))


def area_texts(shown: Shown, heading: str) -> MapTexts:
    """Return the words that go with the areas."""
    words = read_words("cartographie")
    absences = {letter: words(f"absence.{status}") for status, letter in ABSENT.items()}
    return MapTexts(heading=heading, absences=absences)


def paint_outlines(panes: Sequence[PaneSpec]) -> list[PanePaint]:
    """Return perimeters without any value."""
    return [PanePaint(OUTLINE * len(pane.codes), ("",) * len(pane.codes)) for pane in panes]


def paint_estimates(
    answer: Answer, shown: Shown, panes: Sequence[PaneSpec], breaks: Breaks
) -> list[PanePaint]:
    """Return the estimates as circles for a count, as classes for a rate; none at grade E."""
    rows = {row.qpv: row for row in answer.rows}
    largest = max((row.estimate or 0.0 for row in answer.rows if row.is_shown), default=0.0)
    return [
        _paint_pane([rows[code] for code in pane.codes], shown, breaks, largest) for pane in panes
    ]


def estimate_breaks(answer: Answer, shown: Shown, k: int = 5) -> Breaks:
    """Return the classes of the estimates; none for a count."""
    if shown.is_count:
        return Breaks()
    return class_breaks((float(row.estimate or 0.0) for row in answer.rows if row.is_shown), k)


def estimate_texts(heading: str, sources: str, warning: str) -> MapTexts:
    """Return the words that go with estimates, absences included."""
    own, common = read_words("superposer"), read_words("cartographie")
    absences = {letter: common(f"absence.{status}") for status, letter in ABSENT.items()}
    extra = {ZERO: common("absence.zero"), REFUSED: own("map.refused")}
    return MapTexts(heading=heading, absences=absences | extra, sources=sources, warning=warning)


def pane_letter(row: Row, breaks: Breaks, *, is_count: bool) -> str:
    """Return how a neighbourhood looks: its class, its circle, or why it has none."""
    if row.is_shown and row.estimate is not None:
        if is_count:
            return COUNT if row.estimate > 0 else ZERO
        return str(breaks.class_of(row.estimate))
    return SECRET if "official_secret" in row.reasons else REFUSED


def _paint_pane(rows: Sequence[Row], shown: Shown, breaks: Breaks, largest: float) -> PanePaint:
    letters = [pane_letter(row, breaks, is_count=shown.is_count) for row in rows]
    radii = [
        symbol_radius(row.estimate or 0.0, largest, LARGEST_SYMBOL) if letter == COUNT else 0.0
        for row, letter in zip(rows, letters, strict=True)
    ]
    return PanePaint(
        "".join(letters),
        tuple(estimate_words(row, shown) if row.is_shown else "" for row in rows),
        tuple(_note(row, shown) for row in rows),
        tuple(radii) if shown.is_count else (),
    )


def _note(row: Row, shown: Shown) -> str:
    words = read_words("superposer")
    if not row.is_shown:
        return reason_words(row)
    said = words("map.grade", grade=row.grade)
    if row.low is None or row.high is None:
        return said
    low, high = number(row.low, shown.decimals), number(row.high, shown.decimals)
    return words("map.note", low=low, high=high, grade=row.grade)


def _area_text(shown: Shown, value: float, density: float) -> str:
    said = quantity(value, shown.unit, shown.decimals)
    if not shown.is_count:
        return said
    words = read_words("superposer")
    unit = typeset(shown.unit)
    return words("map.density", value=said, density=number(density), unit=unit)


def _parts(answer: Answer | None, places: Mapping[str, int]) -> dict[str, list[tuple[int, str]]]:
    if answer is None:
        return {}
    return {
        row.qpv: [
            (places[part.key], share_words(part.share)) for part in row.parts if part.key in places
        ]
        for row in answer.rows
        if row.parts
    }
