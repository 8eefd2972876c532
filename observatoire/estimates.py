"""Published figures with their interval and their grade: what stands beside a value everywhere.

After the door: only what is published is used. The count behind a rate per outing is the value
times the outings; the parts of a share are the layers of the counts it was made from.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from observatoire import publication
from observatoire.comparability import Figure, scale_of
from observatoire.disclosure import ProtectedLayer, require_protected
from observatoire.errors import NotFoundError
from observatoire.intervals import LEVEL, Interval, garwood, wilson
from observatoire.publication import Connection

Parts = Mapping[str, ProtectedLayer]

OFFICIAL, COUNTED = "A", "B"
_FIELD, _REGISTER = "field", "register"
_NO_PLACE = "spread"  # the spread over the QPV of France is read like zones, and is none
_ROUNDING = 1e-6  # of a value against the parts it was made from


def part_ids(layer: ProtectedLayer) -> tuple[str, ...]:
    """Return the indicators whose published counts make up a layer; none when it has no parts."""
    described = layer.description
    if not described.derived:
        return ()
    return (*described.numerator_ids, described.denominator_id)


def read_parts(connection: Connection, layer: ProtectedLayer) -> dict[str, ProtectedLayer]:
    """Read the published layers that a layer is made from, at its period and edition.

    A part that is not published is left out: the layer then has no interval.
    """
    found = {}
    for name in part_ids(layer):
        try:
            found[name] = publication.read_layer(
                connection, name, period=layer.period, edition=layer.edition
            )
        except NotFoundError:
            continue
    return found


def estimate_layer(
    layer: ProtectedLayer, parts: Parts | None = None, *, level: float = LEVEL
) -> pd.DataFrame:
    """Return the figures of a layer with their interval, their parts and their grade.

    Parameters
    ----------
    layer
        A published layer.
    parts
        The layers it is made from (`read_parts`), by indicator.
    level
        Confidence of the intervals.

    Returns
    -------
    Frame on the index of the layer (`zone_kind`, `zone`), in the unit of the indicator: `value`,
    `status`, `low`, `high` (NaN without interval), `varies` and `method` (empty without
    interval), `numerator`, `denominator` (NaN when not published), `grade`.

    Raises
    ------
    DisclosureError
        When a layer did not pass the door.
    ValueError
        When a part is of another period or edition.

    Notes
    -----
    Rates per outing: Garwood on value × outings. Counts of a register: Garwood on the count.
    Shares made of published counts: Wilson. A percentage or an amount that its producer publishes
    alone has no interval: none can be made. Grade A is the official figure of this zone and
    vintage (or the ratio of two); B is the exact sum of whole points, observations or register.
    """
    frame = require_protected(layer).frame
    shown = (frame["status"] == "ok").to_numpy()
    numerator, denominator = _parts_of(layer, frame, parts or {})
    numerator = np.where(shown, numerator, np.nan)
    denominator = np.where(shown, denominator, np.nan)
    interval = _interval(layer, numerator, denominator, level)
    has = np.isfinite(interval.low)
    places = frame.index.get_level_values("zone_kind") != _NO_PLACE
    grade = COUNTED if layer.rule in (_FIELD, _REGISTER) else OFFICIAL
    return pd.DataFrame(
        {
            "value": frame["value"],
            "status": frame["status"],
            "low": interval.low,
            "high": interval.high,
            "varies": np.where(has, interval.varies, ""),
            "method": np.where(has, interval.method, ""),
            "numerator": numerator,
            "denominator": denominator,
            "grade": np.where(shown & places, grade, ""),
        },
        index=frame.index,
    )


def figure(
    layer: ProtectedLayer, estimates: pd.DataFrame, zone_kind: str, zone: str, place: str
) -> Figure:
    """Return one zone of a layer as `verdicts` compares it.

    Parameters
    ----------
    estimates
        Of `estimate_layer` for this layer; a zone it does not hold is `missing`.
    place
        Its name as it is read.
    """
    if (zone_kind, zone) not in estimates.index:
        return Figure(place, zone_kind, zone, layer.period, layer.edition, status="missing")
    row = dict(estimates.xs((zone_kind, zone)))
    return Figure(
        place,
        zone_kind,
        zone,
        layer.period,
        layer.edition,
        value=float(row["value"]),
        status=str(row["status"]),
        numerator=float(row["numerator"]),
        denominator=float(row["denominator"]),
    )


def _parts_of(
    layer: ProtectedLayer, frame: pd.DataFrame, parts: Parts
) -> tuple[np.ndarray, np.ndarray]:
    """Return the published parts of every zone; NaN where they are not known."""
    unknown = np.full(len(frame), np.nan)
    values = frame["value"].to_numpy()
    if layer.rule == _FIELD:
        outings = frame["outings"].to_numpy(dtype="float64", na_value=np.nan)
        return np.rint(values * outings), outings
    if layer.rule == _REGISTER:
        return np.rint(values), unknown
    names = part_ids(layer)
    if not names or not set(names) <= set(parts):
        return unknown, unknown
    *tops, bottom = (_counts(layer, parts[name], frame.index) for name in names)
    top = np.sum(tops, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        made = scale_of(layer.description) * top / bottom
    whole = (top == np.rint(top)) & (bottom == np.rint(bottom)) & (top <= bottom)
    agree = whole & (np.abs(made - values) <= _ROUNDING)
    agree &= frame.index.get_level_values("zone_kind") != _NO_PLACE
    return np.where(agree, top, np.nan), np.where(agree, bottom, np.nan)


def _counts(layer: ProtectedLayer, part: ProtectedLayer, index: pd.Index) -> np.ndarray:
    if (part.period, part.edition) != (layer.period, layer.edition):
        raise ValueError(f"{part.indicator} is of another period or edition")
    return require_protected(part).frame["value"].reindex(index).to_numpy()


def _interval(
    layer: ProtectedLayer, numerator: np.ndarray, denominator: np.ndarray, level: float
) -> Interval:
    if layer.rule == _FIELD:
        return garwood(numerator, denominator, level=level)
    if layer.rule == _REGISTER:
        return garwood(numerator, 1, level=level)
    share = wilson(numerator, denominator, level=level)
    scale = scale_of(layer.description)
    return Interval(share.low * scale, share.high * scale, level, share.varies, share.method)
