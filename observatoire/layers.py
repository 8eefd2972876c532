"""An indicator layer before the door: values and the counts they rest on, zone by zone.

It never leaves the computing ring: only what `disclosure.protect` makes of it does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pandas as pd

from observatoire.catalogue import Catalogue, Indicator
from observatoire.periods import sort_key


@dataclass(frozen=True)
class IndicatorLayer:
    """One indicator, one period, one edition, for every zone that was asked about.

    Attributes
    ----------
    indicator
        Id in the catalogue.
    period
        Vintage of an official figure (`2018`), or calendar period of a field theme (`2023-Q2`).
    edition
        Edition of the perimeters.
    rule
        `producer` (the producer's own secrecy is kept), `field` or `register` (our thresholds).
    source
        Name in the register of sources.
    fictitious
        True when any figure rests on invented observations.
    frame
        Indexed by (`zone_kind`, `zone`); columns `value` (float, NaN unless status is `ok`),
        `status`, and for our own observations `observations`, `outings`, `reports` (distinct
        outings that report at least one observation), all integers.
    description
        What its readers are told. None: the catalogue's entry of that id, which the pipeline
        looks up before the door; a theme that the catalogue does not know brings its own.
    """

    indicator: str
    period: str
    edition: str
    rule: str
    source: str
    fictitious: bool
    frame: pd.DataFrame
    description: Indicator | None = None


def described(layers: Iterable[IndicatorLayer], catalogue: Catalogue) -> list[IndicatorLayer]:
    """Return layers with their description, in the reading order of the catalogue.

    A theme that the catalogue does not know brings its own description, and comes last.
    """
    themes = {theme: rank for rank, theme in enumerate(catalogue.themes)}
    ranks = {
        name: (themes[indicator.theme], rank)
        for rank, (name, indicator) in enumerate(catalogue.indicators.items())
    }
    last = (len(themes), len(ranks))
    ordered = sorted(
        layers,
        key=lambda layer: (
            ranks.get(layer.indicator, last),
            layer.indicator,
            layer.edition,
            sort_key(layer.period),
        ),
    )
    return [
        layer
        if layer.description is not None
        else replace(layer, description=catalogue[layer.indicator])
        for layer in ordered
    ]
