"""Judging a protected layer: as it is made, in its parts, and each time it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from observatoire.codes import edition_kind
from observatoire.disclosure.rules import FIELD, PRODUCER, RULES, Rules
from observatoire.errors import DisclosureError
from observatoire.periods import LEVELS, level_of
from observatoire.schemas import STATUSES, ZONE_KINDS

if TYPE_CHECKING:
    from observatoire.disclosure.protected import ProtectedLayer
    from observatoire.layers import IndicatorLayer


SITE_KIND = "site"
"""The kind of the zone that is all the QPV of a site together, in its own field figures."""
SQUARE_KIND = "square"
"""The kind of the zones that are squares of a QPV, and what of it lies in none: `square_zone`."""


def square_zone(qpv: str, cell: str = "") -> str:
    """Return the name of a square of a QPV as a zone; without one, all the QPV outside them."""
    return f"{qpv}/{cell}"


def is_shared(layer: IndicatorLayer | ProtectedLayer) -> bool:
    """Tell whether a layer holds real field observations: agreements say who reads them."""
    return layer.rule == FIELD and not layer.fictitious


def judge(layer: ProtectedLayer, rules: Rules) -> None:
    """Refuse a layer with a cell that the rules would have hidden.

    Raises
    ------
    DisclosureError
        With the first reason found.
    """
    frame = layer.frame
    kinds = set(frame.index.get_level_values("zone_kind"))
    values, statuses = frame["value"].to_numpy(), frame["status"].to_numpy(dtype=object)
    outings = frame["outings"].to_numpy(dtype="float64", na_value=np.nan)
    shown = statuses == "ok"
    if layer.rule not in RULES:
        raise refusal(layer, f"unknown rule {layer.rule!r}")
    if frame.index.has_duplicates:
        raise refusal(layer, "a zone appears twice")
    if not set(statuses) <= set(STATUSES):
        raise refusal(layer, "unknown status")
    if not kinds <= {*ZONE_KINDS, SITE_KIND, SQUARE_KIND}:
        raise refusal(layer, "unknown kind of zone")
    if (SQUARE_KIND in kinds) != (edition_kind(layer.edition) == SQUARE_KIND):
        raise refusal(layer, "squares in a layer of neighbourhoods, or none in one of squares")
    if not np.isfinite(values[shown]).all():
        raise refusal(layer, "a shown cell without a value")
    if not (np.isnan(values[~shown]).all() and np.isnan(outings[~shown]).all()):
        raise refusal(layer, "a value or outings in a cell that is not shown")
    if layer.rule != FIELD and not np.isnan(outings).all():
        raise refusal(layer, "outings where no effort is counted")
    if layer.rule != PRODUCER:
        if kinds - {"qpv", SITE_KIND, SQUARE_KIND}:
            raise refusal(layer, "field observations outside the QPV")
        _judge_counts(layer, values[shown], outings[shown], rules)


def _judge_counts(
    layer: ProtectedLayer, values: np.ndarray, outings: np.ndarray, rules: Rules
) -> None:
    """Refuse shown values of ours that do not reach the thresholds."""
    if layer.agreed is not None and not (is_shared(layer) and layer.agreed.is_tenable):
        raise refusal(layer, "thresholds that no agreement may ask")
    limits = rules.thresholds(
        layer.rule, sensitive=layer.description.sensitive, agreed=layer.agreed
    )
    if len(values) and LEVELS.index(level_of(layer.period)) < LEVELS.index(limits.finest):
        raise refusal(layer, "a sensitive theme at too fine a period")
    counts = values
    if layer.rule == FIELD:
        if np.isnan(outings).any():
            raise refusal(layer, "a rate without its outings")
        counts = values * outings
        least = np.where(counts == 0, max(limits.base, limits.zero_outings), limits.base)
        if (outings < least).any():
            raise refusal(layer, "a value over too few outings")
    whole = np.rint(counts)
    if (np.abs(counts - whole) > 1e-6).any():
        raise refusal(layer, "a value that is not a whole count")
    if ((whole != 0) & (whole < limits.k)).any():
        raise refusal(layer, "a count under the threshold")


def refusal(layer: ProtectedLayer, reason: str) -> DisclosureError:
    """Return the refusal of a layer, for a reason in English."""
    name = f"{layer.indicator} {layer.period} ({layer.edition})"
    return DisclosureError(
        f"{name}: {reason}",
        user=f"La couche {name} ne respecte plus les règles de publication : elle est refusée.",
        remedy="Relancez « observatoire build », qui la recalcule et la contrôle.",
    )
