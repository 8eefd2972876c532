"""`protect`: what a release may show of its layers, all of them judged together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from observatoire.catalogue import Indicator
from observatoire.disclosure.granularity import Granularities, choose_levels
from observatoire.disclosure.judging import is_shared
from observatoire.disclosure.primary import build_cells
from observatoire.disclosure.protected import ProtectedLayer, seal
from observatoire.disclosure.rules import FIELD, PRODUCER, RULES, Agreed, Rules
from observatoire.errors import DisclosureError
from observatoire.layers import IndicatorLayer
from observatoire.periods import LEVELS, Level, last_day, level_of

_OFFICIAL_STATUSES = ("ok", "secret", "missing", "not_collected")


def protect(
    layers: Sequence[IndicatorLayer],
    rules: Rules,
    earlier: Granularities,
    site_of: Mapping[str, str] | None = None,
) -> list[ProtectedLayer]:
    """Return every layer of a release as it may be read, in the order given.

    Official figures keep their producer's secrecy. Our own observations are shown at the level
    that `granularity` chooses for each QPV, theme and year; finer cells become `secret`, and the
    numbers of observations and of reports are dropped.

    Parameters
    ----------
    layers
        All the layers of the release: the field layers of a theme at their four levels.
    earlier
        Levels shown by earlier releases: never refined.
    site_of
        Site by QPV code: what is shown of real field observations is what its agreement asks.

    Raises
    ------
    DisclosureError
        When a layer is not what the door can judge, or two layers are the same one.
    """
    _require_distinct(layers)
    ours: dict[tuple[str, str], list[IndicatorLayer]] = defaultdict(list)
    for layer in layers:
        if layer.rule not in RULES:
            raise DisclosureError(f"{layer.indicator}: unknown rule {layer.rule!r}")
        if layer.rule != PRODUCER:
            ours[layer.indicator, layer.edition].append(layer)
    require_one_edition(layer for layer in layers if layer.rule != PRODUCER)
    shown = {name: _shown(theme, rules, earlier, site_of or {}) for name, theme in ours.items()}
    return [
        _official(layer, rules)
        if layer.rule == PRODUCER
        else _observed(layer, shown[layer.indicator, layer.edition], rules)
        for layer in layers
    ]


def _shown(
    theme: list[IndicatorLayer],
    rules: Rules,
    earlier: Granularities,
    site_of: Mapping[str, str],
) -> dict[tuple[str, str], Level]:
    """Level shown by (QPV, year) of one theme and edition."""
    first = theme[0]
    if len({(layer.rule, _description(layer)) for layer in theme}) > 1:
        raise DisclosureError(f"{first.indicator}: its layers differ in rule or description")
    before = {
        (qpv, year): level
        for (indicator, edition, qpv, year), level in earlier.items()
        if (indicator, edition) == (first.indicator, first.edition)
    }
    agreed_of = _agreed_of(theme, rules, site_of)
    chosen: dict[tuple[str, str], Level] = {}
    # a QPV is judged by itself: no total over QPV is published
    for agreed in set(agreed_of.values()):
        limits = rules.thresholds(
            first.rule, sensitive=_description(first).sensitive, agreed=agreed
        )
        cells = build_cells(theme, limits)
        keys = zip(cells["zone"], cells["year"], strict=True)
        own = cells[[agreed_of[key] == agreed for key in keys]]
        chosen |= choose_levels(own, limits, before)
    return {key: level for key, level in chosen.items() if _is_over(key[1], rules)}


def _agreed_of(
    theme: Sequence[IndicatorLayer], rules: Rules, site_of: Mapping[str, str]
) -> dict[tuple[str, str], Agreed | None]:
    """Return what each (QPV, year) of a theme must reach by the agreements; None: the house's."""
    keys = {
        (str(zone), layer.period[:4])
        for layer in theme
        for zone in layer.frame.index.get_level_values("zone")
    }
    if not is_shared(theme[0]):
        return dict.fromkeys(keys)
    return {key: rules.agreed_for(site_of.get(key[0], ""), key[1]) for key in keys}


def _is_over(year: str, rules: Rules) -> bool:
    return rules.as_of is None or last_day(year) < rules.as_of


def _official(layer: IndicatorLayer, rules: Rules) -> ProtectedLayer:
    frame = layer.frame
    if not frame["status"].isin(_OFFICIAL_STATUSES).all():
        raise DisclosureError(f"{layer.indicator} {layer.period}: unknown status")
    if (frame["value"].notna() != (frame["status"] == "ok")).any():
        raise DisclosureError(f"{layer.indicator} {layer.period}: a value that is not shown")
    cells = frame[["value", "status"]].copy()
    cells["outings"] = pd.NA
    return seal(layer, _description(layer), cells, rules)


def _observed(
    layer: IndicatorLayer, shown: Mapping[tuple[str, str], Level], rules: Rules
) -> ProtectedLayer:
    """Hide the covered cells of a field layer that are finer than what their year shows."""
    frame, year = layer.frame, layer.period[:4]
    rank = LEVELS.index(level_of(layer.period))
    visible = [
        (zone, year) in shown and rank >= LEVELS.index(shown[zone, year])
        for zone in frame.index.get_level_values("zone")
    ]
    covered = (frame["status"] == "ok").to_numpy()
    keep = covered & np.array(visible, dtype=bool)
    cells = pd.DataFrame(
        {
            "value": frame["value"].where(keep),
            "status": frame["status"].astype("str").where(keep | ~covered, "secret"),
            "outings": frame["outings"].where(keep) if layer.rule == FIELD else pd.NA,
        },
        index=frame.index,
    )
    return seal(layer, _description(layer), cells, rules)


def _description(layer: IndicatorLayer) -> Indicator:
    if layer.description is None:
        raise DisclosureError(f"{layer.indicator}: nothing tells the readers what it is")
    return layer.description


def _require_distinct(layers: Iterable[IndicatorLayer]) -> None:
    seen: set[tuple[str, str, str]] = set()
    for layer in layers:
        key = (layer.indicator, layer.period, layer.edition)
        if key in seen:
            raise DisclosureError(f"layer {key} comes twice")
        seen.add(key)


def require_one_edition(layers: Iterable[IndicatorLayer]) -> None:
    """Refuse a theme and period in two editions: the difference of two outlines may be anybody."""
    edition_of: dict[tuple[str, str], str] = {}
    for layer in layers:
        if not (layer.frame["status"] == "ok").any():
            continue
        known = edition_of.setdefault((layer.indicator, layer.period), layer.edition)
        if known != layer.edition:
            raise DisclosureError(
                f"{layer.indicator} {layer.period} comes in editions {known} and {layer.edition}"
            )
