"""From a protected layer to what each pane shows. The colour of a zone is decided here, once."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd

from observatoire.catalogue import Indicator
from observatoire.classify import (
    ABSENT,
    COUNT,
    OUTSIDE,
    ZERO,
    Breaks,
    class_breaks,
    symbol_radius,
    zone_classes,
)
from observatoire.component.specs import MapTexts, PanePaint, PaneSpec
from observatoire.disclosure import ProtectedLayer, require_protected
from observatoire.labels import read_words
from observatoire.labels.numbers import period, quantity

LARGEST_SYMBOL = 26.0  # pixels


def is_proportional(indicator: Indicator) -> bool:
    """Tell whether an indicator is a count that adds up: drawn as circles, never as classes."""
    return indicator.kind == "count" and indicator.additivity == "sum"


def site_values(layer: ProtectedLayer, codes: Sequence[str]) -> pd.DataFrame:
    """Return the published cells of these QPV in that order: `value`, `status`, `outings`.

    A QPV the layer says nothing of is `not_collected`.
    """
    require_protected(layer)
    kinds = layer.frame.index.get_level_values("zone_kind")
    cells = layer.frame[kinds == "qpv"].droplevel("zone_kind").reindex(list(codes))
    return cells.assign(status=cells["status"].fillna("not_collected"))


def layer_breaks(layer: ProtectedLayer, panes: Sequence[PaneSpec], k: int = 5) -> Breaks:
    """Return one set of classes for all the panes together; none for a count."""
    if is_proportional(layer.description):
        return Breaks()
    pooled = [site_values(layer, pane.codes)["value"] for pane in panes]
    return class_breaks((float(value) for part in pooled for value in part), k)


def paint_layer(
    layer: ProtectedLayer,
    panes: Sequence[PaneSpec],
    breaks: Breaks,
    hatched: Collection[str] = (),
) -> list[PanePaint]:
    """Return what each pane shows of a layer.

    Parameters
    ----------
    breaks
        From `layer_breaks`: the same ones for every pane.
    hatched
        Codes of the QPV whose interval contains the reference: their colour carries a hatching.
        A QPV without a value is never hatched so: it already has the look of its absence.
    """
    cells = [site_values(layer, pane.codes) for pane in panes]
    largest = max(
        (float(part["value"].max()) for part in cells if part["value"].notna().any()), default=0
    )
    return [_paint(part, layer.description, breaks, largest, hatched) for part in cells]


def layer_texts(layer: ProtectedLayer, *, sources: str = "") -> MapTexts:
    """Return the French words that go with a layer on the map."""
    words = read_words("cartographie")
    description = layer.description
    absences = {letter: words(f"absence.{status}") for status, letter in ABSENT.items()}
    return MapTexts(
        heading=f"{description.short} · {period(layer.period)}",
        absences=absences | {ZERO: words("absence.zero")},
        warning=words("warning.fictitious") if layer.fictitious else "",
        sources=sources,
    )


def _paint(
    cells: pd.DataFrame,
    description: Indicator,
    breaks: Breaks,
    largest: float,
    hatched: Collection[str],
) -> PanePaint:
    counted = is_proportional(description)
    letters = zone_classes(
        [float(value) for value in cells["value"]],
        [str(status) for status in cells["status"]],
        breaks,
        is_count=counted,
    )
    values = [_printed(value, description) for value in cells["value"]]
    notes = [_outings(outings) for outings in cells["outings"]]
    radii = [
        symbol_radius(float(value), largest, LARGEST_SYMBOL) if letter == COUNT else 0.0
        for letter, value in zip(letters, cells["value"], strict=True)
    ]
    return PanePaint(
        classes=letters,
        values=tuple(values),
        notes=tuple(notes) if any(notes) else (),
        radii=tuple(radii) if counted else (),
        hatched=tuple(
            place
            for place, (code, letter) in enumerate(zip(cells.index, letters, strict=True))
            if code in hatched and letter not in OUTSIDE
        ),
    )


def _printed(value: float, description: Indicator) -> str:
    return "" if pd.isna(value) else quantity(float(value), description.unit, description.decimals)


def _outings(outings: object) -> str:
    if outings is None or outings is pd.NA or pd.isna(outings):  # type: ignore[call-overload]
        return ""
    return read_words("cartographie").count("note.outings", int(outings))  # type: ignore[call-overload]
