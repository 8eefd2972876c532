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
from observatoire.disclosure.judging import SITE_KIND, SQUARE_KIND, is_shared, judge, refusal
from observatoire.disclosure.rules import Agreed, Rules
from observatoire.errors import DisclosureError
from observatoire.layers import IndicatorLayer

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
    agreed
        What the agreement asked of its cells when it was released; None: the house's thresholds.
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
    agreed: Agreed | None = None

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
        """Return the share of the cells that show a value (0–1).

        A spread is no place; a whole site and a square are none of the neighbourhoods.
        """
        frame = self.frame
        places = ~frame.index.get_level_values("zone_kind").isin(["spread", SITE_KIND, SQUARE_KIND])
        counts = frame.loc[places, "status"].value_counts()
        shown, hidden = int(counts.get("ok", 0)), int(counts.get("secret", 0))
        return shown / (shown + hidden) if shown + hidden else None

    @property
    def quarters(self) -> tuple[str, ...]:
        """Return the codes of the QPV that it holds, whole or by square: others have none."""
        kinds, zones = (self.frame.index.get_level_values(one) for one in ("zone_kind", "zone"))
        held = zones[kinds.isin(["qpv", SQUARE_KIND])]
        return tuple(dict.fromkeys(str(zone).partition("/")[0] for zone in held))

    @property
    def is_real_field(self) -> bool:
        """Tell whether it holds real figures of the field: the journal keeps who reads them."""
        return self.rule == "field" and not self.fictitious

    @property
    def sha256(self) -> str:
        """Return the hash of all that is published of this layer."""
        return _digest(self)


def seal(
    layer: IndicatorLayer, description: Indicator, cells: pd.DataFrame, rules: Rules, site: str = ""
) -> ProtectedLayer:
    """Make the protected layer of `layer` with the cells that the rules left of it.

    With a site, it is that site's part of real field figures, judged by its own agreement.
    """
    shared = rules.least() if is_shared(layer) else None
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
        site=site,
        agreed=rules.agreed_for(site, layer.period[:4]) if site else shared,
    )
    judge(made, rules)
    return made


def split_sites(
    layer: ProtectedLayer, site_of: Mapping[str, str], rules: Rules | None = None
) -> list[ProtectedLayer]:
    """Return a layer of real field observations in one part for each site; any other whole.

    Each site's agreement says who reads its part, and what its cells must reach.

    Parameters
    ----------
    site_of
        Site by QPV code; a QPV of no site is in a part that no agreement opens.
    rules
        Those that the layer was protected with.

    Raises
    ------
    DisclosureError
        When a cell does not reach what its site asks.
    """
    if not is_shared(layer) or layer.site:
        return [layer]
    kept, frame = rules or Rules(), layer.frame
    sites = [site_of.get(str(zone), NO_SITE) for zone in frame.index.get_level_values("zone")]
    asked = {site: kept.agreed_for(site, layer.period[:4]) for site in sites}
    parts = [
        replace(layer, cells=part, door=_DOOR, site=str(site), agreed=asked[str(site)])
        for site, part in frame.groupby(np.array(sites, dtype=object), sort=True)
    ]
    for part in parts:
        judge(part, kept)
    return parts


def join_sites(parts: Sequence[ProtectedLayer]) -> ProtectedLayer:
    """Return the layer that the parts somebody may read make together."""
    if len(parts) == 1 and not parts[0].site:
        return parts[0]
    cells = pd.concat([part.frame for part in parts])
    return replace(parts[0], cells=cells, door=_DOOR, site="", agreed=None)


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
        `site`, `agreed` (mapping or None).
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
        agreed=Agreed(**header["agreed"]) if header.get("agreed") else None,
    )
    judge(layer, rules or Rules())
    if layer.sha256 != sha256:
        raise refusal(layer, "its content is not what was published")
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
    if layer.agreed:
        header["agreed"] = asdict(layer.agreed)
    frame = layer.frame
    digest = hashlib.sha256(json.dumps(header, sort_keys=True, ensure_ascii=False).encode())
    outings = frame["outings"].fillna(-1).to_numpy(dtype="int64").tolist()
    for (kind, zone), value, status, effort in zip(
        frame.index, frame["value"].tolist(), frame["status"].tolist(), outings, strict=True
    ):
        digest.update(f"\n{kind}\t{zone}\t{value!r}\t{status}\t{effort}".encode())
    return digest.hexdigest()
