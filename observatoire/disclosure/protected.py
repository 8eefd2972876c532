"""A layer that passed the door: the only thing that publishers accept.

It is made by `protect`, or read back from the published schema and judged again; nothing else can
make one. It holds no count: a hidden cell has neither value nor outings, and the number of
observations is dropped rather than hidden.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from observatoire.catalogue import Indicator
from observatoire.disclosure.rules import FIELD, PRODUCER, RULES, Rules
from observatoire.errors import DisclosureError
from observatoire.layers import IndicatorLayer
from observatoire.periods import LEVELS, level_of
from observatoire.schemas import STATUSES, ZONE_KINDS

_DOOR = object()
NO_SITE = "-"
"""The part of the QPV that belong to no site."""


@dataclass(frozen=True, eq=False)
class ProtectedLayer:
    """One indicator, one period, one edition, as it may be read by its audience.

    Attributes
    ----------
    indicator, period, edition, rule, source, fictitious
        As in `layers.IndicatorLayer`.
    description
        What the readers are told of the indicator.
    site
        Of a part: the site whose QPV it holds, as its readers differ. Empty for a whole layer.
    share_visible
        Cells with a value, over the cells with a value or hidden (0–1); None without any.
    frame
        Indexed by (`zone_kind`, `zone`), sorted; columns `value` (float, NaN unless the status is
        `ok`), `status`, `outings` (Int64, missing unless the status is `ok` and effort is
        counted). Each reading gives a copy: a protected layer does not change.
    """

    indicator: str
    period: str
    edition: str
    rule: str
    source: str
    fictitious: bool
    description: Indicator
    cells: InitVar[pd.DataFrame]
    door: InitVar[object] = None
    site: str = ""

    def __post_init__(self, cells: pd.DataFrame, door: object) -> None:
        if door is not _DOOR:
            raise DisclosureError("a protected layer is made by disclosure.protect only")
        object.__setattr__(self, "_frame", cells.sort_index())

    @property
    def frame(self) -> pd.DataFrame:
        """Return a copy of the cells."""
        own: pd.DataFrame = self._frame  # type: ignore[attr-defined]
        return own.copy(deep=False)

    @property
    def share_visible(self) -> float | None:
        """Return the share of the cells that show a value (0–1); a spread is no place."""
        frame = self.frame
        places = frame.index.get_level_values("zone_kind") != "spread"
        counts = frame.loc[places, "status"].value_counts()
        shown, hidden = int(counts.get("ok", 0)), int(counts.get("secret", 0))
        return shown / (shown + hidden) if shown + hidden else None

    @property
    def sha256(self) -> str:
        """Return the hash of all that is published of this layer."""
        return _digest(self)


def seal(
    layer: IndicatorLayer, description: Indicator, cells: pd.DataFrame, rules: Rules
) -> ProtectedLayer:
    """Make the protected layer of `layer` with the cells that the rules left of it."""
    made = ProtectedLayer(
        layer.indicator,
        layer.period,
        layer.edition,
        layer.rule,
        layer.source,
        layer.fictitious,
        description,
        cells=_normal(cells),
        door=_DOOR,
    )
    _judge(made, rules)
    return made


def split_sites(layer: ProtectedLayer, site_of: Mapping[str, str]) -> list[ProtectedLayer]:
    """Return a layer of real field observations in one part for each site; any other whole.

    Each site's agreement says who reads its part.

    Parameters
    ----------
    site_of
        Site by QPV code; a QPV of no site is in a part that no agreement opens.
    """
    if layer.rule != FIELD or layer.fictitious:
        return [layer]
    frame = layer.frame
    sites = [site_of.get(str(zone), NO_SITE) for zone in frame.index.get_level_values("zone")]
    return [
        replace(layer, cells=part, door=_DOOR, site=str(site))
        for site, part in frame.groupby(np.array(sites, dtype=object), sort=True)
    ]


def join_sites(parts: Sequence[ProtectedLayer]) -> ProtectedLayer:
    """Return the layer that the parts somebody may read make together."""
    if len(parts) == 1 and not parts[0].site:
        return parts[0]
    cells = pd.concat([part.frame for part in parts])
    return replace(parts[0], cells=cells, door=_DOOR, site="")


def require_protected(layer: object) -> ProtectedLayer:
    """Return the layer when it passed the door; publishers call it first.

    Raises
    ------
    DisclosureError
        For anything else, a plain table included.
    """
    if isinstance(layer, ProtectedLayer) and hasattr(layer, "_frame"):
        return layer
    raise DisclosureError(
        f"{type(layer).__name__} did not pass the door",
        user="Ces données n’ont pas été contrôlées : elles ne peuvent pas être publiées.",
    )


def reverify(
    header: Mapping[str, Any], cells: pd.DataFrame, sha256: str, rules: Rules | None = None
) -> ProtectedLayer:
    """Judge a published layer again as it is read, and return it.

    Parameters
    ----------
    header
        `indicator`, `period`, `edition`, `rule`, `source`, `fictitious`, `description` (mapping),
        `site`.
    cells
        Indexed by (`zone_kind`, `zone`), with `value`, `status`, `outings`.
    sha256
        The hash written when it was published.

    Raises
    ------
    DisclosureError
        When a cell breaks the rules, the rule is unknown, or the content is not what was
        published.
    """
    layer = ProtectedLayer(
        str(header["indicator"]),
        str(header["period"]),
        str(header["edition"]),
        str(header["rule"]),
        str(header["source"]),
        bool(header["fictitious"]),
        read_description(header["description"]),
        cells=_normal(cells),
        door=_DOOR,
        site=str(header.get("site", "")),
    )
    _judge(layer, rules or Rules())
    if layer.sha256 != sha256:
        raise _refusal(layer, "its content is not what was published")
    return layer


def read_description(values: Mapping[str, Any]) -> Indicator:
    """Return the indicator that was published as JSON: its lists were tuples."""
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return Indicator(**fields)


def _normal(cells: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "value": cells["value"].astype("float64"),
            "status": cells["status"].astype("str"),
            "outings": cells["outings"].astype("Int64"),
        },
        index=cells.index,
    )


def _judge(layer: ProtectedLayer, rules: Rules) -> None:
    """Refuse a layer with a cell that the rules would have hidden."""
    frame = layer.frame
    kinds = set(frame.index.get_level_values("zone_kind"))
    values, statuses = frame["value"].to_numpy(), frame["status"].to_numpy(dtype=object)
    outings = frame["outings"].to_numpy(dtype="float64", na_value=np.nan)
    shown = statuses == "ok"
    if layer.rule not in RULES:
        raise _refusal(layer, f"unknown rule {layer.rule!r}")
    if frame.index.has_duplicates:
        raise _refusal(layer, "a zone appears twice")
    if not set(statuses) <= set(STATUSES):
        raise _refusal(layer, "unknown status")
    if not kinds <= set(ZONE_KINDS):
        raise _refusal(layer, "unknown kind of zone")
    if not np.isfinite(values[shown]).all():
        raise _refusal(layer, "a shown cell without a value")
    if not (np.isnan(values[~shown]).all() and np.isnan(outings[~shown]).all()):
        raise _refusal(layer, "a value or outings in a cell that is not shown")
    if layer.rule != FIELD and not np.isnan(outings).all():
        raise _refusal(layer, "outings where no effort is counted")
    if layer.rule != PRODUCER:
        if kinds - {"qpv"}:
            raise _refusal(layer, "field observations outside the QPV")
        _judge_counts(layer, values[shown], outings[shown], rules)


def _judge_counts(
    layer: ProtectedLayer, values: np.ndarray, outings: np.ndarray, rules: Rules
) -> None:
    """Refuse shown values of ours that do not reach the thresholds."""
    limits = rules.thresholds(layer.rule, sensitive=layer.description.sensitive)
    if len(values) and LEVELS.index(level_of(layer.period)) < LEVELS.index(limits.finest):
        raise _refusal(layer, "a sensitive theme at too fine a period")
    counts = values
    if layer.rule == FIELD:
        if np.isnan(outings).any():
            raise _refusal(layer, "a rate without its outings")
        counts = values * outings
        least = np.where(counts == 0, max(limits.base, limits.zero_outings), limits.base)
        if (outings < least).any():
            raise _refusal(layer, "a value over too few outings")
    whole = np.rint(counts)
    if (np.abs(counts - whole) > 1e-6).any():
        raise _refusal(layer, "a value that is not a whole count")
    if ((whole != 0) & (whole < limits.k)).any():
        raise _refusal(layer, "a count under the threshold")


def _refusal(layer: ProtectedLayer, reason: str) -> DisclosureError:
    name = f"{layer.indicator} {layer.period} ({layer.edition})"
    return DisclosureError(
        f"{name}: {reason}",
        user=f"La couche {name} ne respecte plus les règles de publication : elle est refusée.",
        remedy="Relancez « observatoire build », qui la recalcule et la contrôle.",
    )


def _digest(layer: ProtectedLayer) -> str:
    """SHA-256 of the header and of the cells in order; values as their shortest exact text."""
    description = asdict(layer.description)
    if not description["grid"]:
        description.pop("grid")  # releases written before there were grids keep their hash
    header = {
        "indicator": layer.indicator,
        "period": layer.period,
        "edition": layer.edition,
        "rule": layer.rule,
        "source": layer.source,
        "fictitious": layer.fictitious,
        "description": description,
    }
    if layer.site:
        header["site"] = layer.site
    frame = layer.frame
    digest = hashlib.sha256(json.dumps(header, sort_keys=True, ensure_ascii=False).encode())
    outings = frame["outings"].fillna(-1).to_numpy(dtype="int64").tolist()
    for (kind, zone), value, status, effort in zip(
        frame.index, frame["value"].tolist(), frame["status"].tolist(), outings, strict=True
    ):
        digest.update(f"\n{kind}\t{zone}\t{value!r}\t{status}\t{effort}".encode())
    return digest.hexdigest()
