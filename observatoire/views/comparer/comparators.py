"""What a neighbourhood is compared with: its commune, its site, the other sites, France. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from observatoire.catalogue import Indicator
from observatoire.disclosure import ProtectedLayer
from observatoire.labels import read_words
from observatoire.labels.numbers import number
from observatoire.spreads import Spread
from observatoire.views.comparer.lines import Line
from observatoire.views.comparer.pools import pooled, varies_of, with_parts
from observatoire.views.comparer.state import COMMUNE, FRANCE, SITE

_QUANTILES = ("q05", "q25", "q50", "q75", "q95")


@dataclass(frozen=True)
class Ground:
    """The places that comparators are looked for in.

    Attributes
    ----------
    quarters
        Every QPV of the edition, those outside the sites included: indexed by code, columns
        `commune` (names, separated by commas) and `department`.
    communes
        Indexed by INSEE code, columns `name` and `department`.
    """

    quarters: pd.DataFrame
    communes: pd.DataFrame

    def towns(self, qpv: str) -> list[str]:
        """Return the names of the communes of a QPV."""
        named = self.quarters["commune"].get(qpv)
        if not isinstance(named, str):
            return []
        return [town.strip() for town in named.split(",") if town.strip()]

    def commune_code(self, qpv: str) -> str:
        """Return the INSEE code of the only commune of a QPV; empty when it has several or none."""
        towns = self.towns(qpv)
        if len(towns) != 1:
            return ""
        same = self.communes["name"] == towns[0]
        near = self.communes["department"] == self.quarters["department"][qpv]
        found = self.communes.index[same & near]
        return str(found[0]) if len(found) == 1 else ""

    def quarters_of(self, qpv: str) -> tuple[list[str], bool]:
        """Return the QPV of the commune of a QPV, and whether all of them lie in it alone."""
        town = self.towns(qpv)[0]
        near = self.quarters.index[self.quarters["department"] == self.quarters["department"][qpv]]
        inside = [str(code) for code in near if town in self.towns(str(code))]
        return inside, all(len(self.towns(code)) == 1 for code in inside)


def spread_of(layer: ProtectedLayer) -> Spread | None:
    """Return the published national spread of a layer; None when it is not there."""
    kinds = layer.frame.index.get_level_values("zone_kind")
    values = layer.frame[kinds == "spread"].droplevel("zone_kind")["value"]
    if not set(_QUANTILES) <= set(values.dropna().index):
        return None
    q05, q25, q50, q75, q95 = (float(values[name]) for name in _QUANTILES)
    n, total = (int(values.get(name, 0)) for name in ("n", "total"))
    return Spread(q05, q25, q50, q75, q95, n, total)


def site_line(key: str, name: str, site: str, places: Sequence[Line], one: Indicator) -> Line:
    """Return the line of a site: its own figure when its parts allow it, else the reason."""
    members = [line for line in places if line.site == site]
    labels = read_words("comparer")
    more = labels.count("site.members", len(members))
    return pooled(Line(key, name, more, site), members, one)


def france_line(layer: ProtectedLayer, spread: Spread | None) -> Line:
    """Return the line of the QPV of France: their published figure, else the median of them."""
    labels = read_words("comparer")
    kinds = layer.frame.index.get_level_values("zone_kind")
    found = layer.frame[kinds == "france"]
    published = found.loc[found["status"] == "ok", "value"]
    line = Line(FRANCE, labels("france.name"))
    if spread is not None:
        line = replace(line, more=labels("france.more", n=number(spread.n)))
    if len(published):
        return replace(line, value=float(published.iloc[0]), note=labels("france.value"))
    if spread is not None:
        return replace(line, value=spread.q50, note=labels("france.median"))
    field = layer.rule == "field"
    said = labels("absence.pointless" if field else "absence.unknown")
    note = labels("france.field" if field else "france.not_loaded")
    return replace(line, status="missing", note=note, absence=said)


def commune_line(
    qpv: str,
    estimates: pd.DataFrame,
    parts: Mapping[str, pd.DataFrame],
    ground: Ground,
    *,
    places: Sequence[Line],
    one: Indicator,
) -> Line:
    """Return the line of the commune of a QPV, without its QPV where the parts are published.

    Parameters
    ----------
    estimates
        Of the layer, indexed by (`zone_kind`, `zone`).
    parts
        By id, the published counts that the share is made of: `value` and `status`, indexed by
        (`zone_kind`, `zone`).
    ground, places
        Where the commune is looked for; the neighbourhoods, for what varies.

    Notes
    -----
    Rest of the commune = Σ (commune − Σ QPV) of the numerators ÷ (commune − Σ QPV) of the whole.
    A QPV that spreads over two communes, or one whose count is hidden, leaves the rest unknown.
    """
    labels = read_words("comparer")
    towns, code = ground.towns(qpv), ground.commune_code(qpv)
    name = ", ".join(towns) or labels("commune.name")
    line = Line(COMMUNE, name, labels("commune.whole"))

    def refused(reason: str) -> Line:
        said = labels("absence.pointless" if reason in ("field", "count") else "absence.unknown")
        more, note = labels("commune.bare"), labels(f"commune.{reason}")
        return replace(line, status="missing", more=more, note=note, absence=said)

    if one.kind in ("per_outing", "count"):
        return refused("field" if one.kind == "per_outing" else "count")
    if len(towns) != 1 or not code:
        return refused("several" if len(towns) > 1 else "unknown")
    rest = _rest(code, qpv, one, parts, ground)
    if rest is not None:
        line = replace(line, more=labels("commune.rest"), note=labels("commune.rest_note"))
        return with_parts(line, *rest, one, varies_of(places))
    if (COMMUNE, code) in estimates.index:
        cell = dict(estimates.xs((COMMUNE, code)))
        value, low, high = (float(cell[name]) for name in ("value", "low", "high"))
        if cell["status"] == "ok":
            varies = str(cell["varies"]) if math.isfinite(low) else ""
            note = labels("commune.whole_note")
            return replace(line, value=value, low=low, high=high, varies=varies, note=note)
    return refused("not_loaded")


def _rest(
    code: str, qpv: str, one: Indicator, parts: Mapping[str, pd.DataFrame], ground: Ground
) -> tuple[float, float] | None:
    """Return the part and the whole of a commune without its QPV; None when they are not known."""
    names = (*one.numerator_ids, one.denominator_id)
    if not one.derived or not set(names) <= set(parts):
        return None
    quarters, alone = ground.quarters_of(qpv)
    if not alone:
        return None
    zones = [(COMMUNE, code), *(("qpv", quarter) for quarter in quarters)]
    sums = []
    for name in names:
        cells = parts[name].reindex(zones)
        if not (cells["status"] == "ok").all():
            return None
        values = cells["value"].to_numpy()
        sums.append(float(values[0] - values[1:].sum()))
    part, whole = sum(sums[:-1]), sums[-1]
    return (part, whole) if whole > 0 and 0 <= part <= whole else None


def sites_order(own: str, sites: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return (key, id, name) of the sites, that of the neighbourhood first."""
    others = [(f"{SITE}-{name}", name, title) for name, title in sites.items() if name != own]
    return [(SITE, own, sites[own]), *others]
