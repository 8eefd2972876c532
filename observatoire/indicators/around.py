"""Layers of the places around the QPV: official figures by IRIS and by commune.

Their edition names their geography (`iris-2020`, `commune-2026`): they are no layers of QPV, and
what lists those does not list them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from observatoire.catalogue import Catalogue, read_catalogue
from observatoire.codes import AROUND, around_edition
from observatoire.indicators.official import RULE, main_source, with_shares
from observatoire.layers import IndicatorLayer


def build_around_layers(
    statistics: pd.DataFrame,
    drawn: Mapping[str, Sequence[str]],
    catalogue: Catalogue | None = None,
) -> list[IndicatorLayer]:
    """Return one layer per indicator, period and edition of IRIS or communes.

    Parameters
    ----------
    statistics
        Figures per `schemas.STATISTICS`.
    drawn
        Codes of the places whose outline is at hand, by kind; the others are left out: a national
        file has thousands, which can be neither drawn nor laid over a QPV.
    catalogue
        Describes the derived shares; the shipped one by default.

    Returns
    -------
    Layers sorted by indicator, period and edition. Each holds every drawn place of its kind:
    `missing` where its publication has no line for it. None for an indicator that is missing for
    all of them.
    """
    layers: list[IndicatorLayer] = []
    for kind in AROUND:
        places = pd.Index(np.sort(np.unique(np.array(drawn.get(kind, ()), dtype=object))))
        here = (statistics["zone_kind"] == kind) & statistics["zone"].isin(places)
        if here.any():
            own = with_shares(statistics[here], catalogue or read_catalogue())
            layers.extend(_layers(own, kind, places))
    return sorted(layers, key=lambda one: (one.indicator, one.period, one.edition))


def _layers(figures: pd.DataFrame, kind: str, places: pd.Index) -> Iterator[IndicatorLayer]:
    for (indicator, period, vintage), rows in figures.groupby(["indicator", "period", "edition"]):
        if (rows["status"] == "missing").all():
            continue
        cells = rows.set_index("zone")[["value", "status"]].reindex(places)
        cells["status"] = cells["status"].fillna("missing")
        yield IndicatorLayer(
            indicator=str(indicator),
            period=str(period),
            edition=around_edition(kind, str(vintage)),
            rule=RULE,
            source=main_source(rows["source"]),
            fictitious=False,
            frame=pd.concat([cells], keys=[kind], names=["zone_kind", "zone"]),
        )
