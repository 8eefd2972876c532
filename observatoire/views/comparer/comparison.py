"""All the figures of one comparison, from published layers alone. Pure.

The page draws them, its tables print them, and the file beside the page holds the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from observatoire.catalogue import Indicator
from observatoire.disclosure import ProtectedLayer
from observatoire.estimates import estimate_layer
from observatoire.grille import Grid
from observatoire.spreads import Spread
from observatoire.views.comparer.comparators import (
    Ground,
    commune_line,
    france_line,
    site_line,
    sites_order,
    spread_of,
)
from observatoire.views.comparer.lines import Line, place_lines
from observatoire.views.comparer.sharing import sites_apart
from observatoire.views.comparer.state import COMMUNE, FRANCE, REFERENCES, SITE


@dataclass(frozen=True)
class Comparison:
    """A neighbourhood, its comparators and the others, for one layer.

    Attributes
    ----------
    one
        The indicator, as it was published.
    place
        The neighbourhood compared.
    commune, sites, france
        Its comparators; the first site is its own. A site that does not share the scale of its
        own is left out, and named in `apart`.
    places
        Every neighbourhood of the sites that share the scale, by site, town and name.
    spread
        The QPV of France, when their spread is published.
    reference
        The line compared with; None when no comparator has a figure.
    apart
        Neighbourhoods of the sites that do not share the scale: drawn and compared with nothing.
    reasons
        Why, in French, by the name of their site.
    """

    one: Indicator
    place: Line
    commune: Line
    sites: tuple[Line, ...]
    france: Line
    places: tuple[Line, ...]
    spread: Spread | None
    reference: Line | None
    apart: tuple[Line, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def comparators(self) -> tuple[Line, ...]:
        """Return the lines beside the neighbourhood's, in reading order."""
        return (self.commune, *self.sites, self.france)

    @property
    def references(self) -> dict[str, Line]:
        """Return the comparators that may be the reference: those that have a figure."""
        named = {COMMUNE: self.commune, SITE: self.sites[0], FRANCE: self.france}
        return {key: named[key] for key in REFERENCES if named[key].is_shown}

    def of_site(self, site: str) -> tuple[Line, ...]:
        """Return the neighbourhoods of a site."""
        return tuple(line for line in self.places if line.site == site)


def compare_places(
    qpv: str,
    layer: ProtectedLayer,
    parts: Mapping[str, ProtectedLayer],
    places: pd.DataFrame,
    ground: Ground,
    *,
    grids: Sequence[Grid] = (),
    reference: str = "",
) -> Comparison:
    """Return the comparison of a neighbourhood.

    Parameters
    ----------
    qpv
        Code of the neighbourhood, in `places`.
    layer, parts
        The published layer, and those of the counts that a share is made of, by id.
    places
        Neighbourhoods of the sites, indexed by code: `name`, `commune`, `site`, `site_name`.
    ground
        Every QPV and the communes.
    grids
        The grids of the sites in force: which sites count a field theme alike.
    reference
        Key of the comparator asked for; the first that has a figure when it has none.
    """
    one = layer.description
    estimates = estimate_layer(layer, parts)
    own = str(places.loc[qpv, "site"])
    quarters = estimates[estimates.index.get_level_values("zone_kind") == "qpv"]
    lines = place_lines(quarters.droplevel("zone_kind"), places, one)
    named = zip(places["site"].astype(str), places["site_name"].astype(str), strict=True)
    names = dict(named)
    reasons = sites_apart(own, lines, layer, grids)
    kept = tuple(line for line in lines if line.site not in reasons)
    frames = {name: part.frame for name, part in parts.items()}
    spread = spread_of(layer)
    sites = tuple(
        site_line(key, name, site, kept, one)
        for key, site, name in sites_order(own, names)
        if site not in reasons
    )
    made = Comparison(
        one,
        next(line for line in kept if line.key == qpv),
        commune_line(qpv, estimates, frames, ground, places=kept, one=one),
        sites,
        france_line(layer, spread),
        kept,
        spread,
        None,
        tuple(line for line in lines if line.site in reasons),
        {names[site]: reason for site, reason in reasons.items()},
    )
    offered = made.references
    chosen = reference if reference in offered else next(iter(offered), "")
    return replace(made, reference=offered.get(chosen))
