"""Figures of the sources, and what may be done with them at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from observatoire.catalogue import Indicator
from observatoire.errors import SchemaError

Kind = Literal["count", "rate", "density"]
KINDS: tuple[Kind, ...] = ("count", "rate", "density")
REFUSED_KINDS = ("median", "mean", "quantile", "index", "ratio")
"""Kinds of figures that no weight can carry from one area to another."""

_NO_PARTS = ("amount", "index", "ratio")


@dataclass(frozen=True)
class Figures:
    """Figures of one variable, by source.

    Attributes
    ----------
    kind
        `count`, `rate` (rebuilt from its parts) or `density` (per m², evenly spread).
    values
        Counts, densities, or numerators of a rate; NaN where the producer publishes none.
    denominators
        For a rate, same index.
    per
        Of how many denominators a rate is said: 1 for a ratio, 100 for a percentage.
    already_rates
        `values` are rates per `per` denominators, rather than numerators.
    imputed
        Share of each source's figure that its producer imputed (0–1), when it says so.
    """

    kind: Kind
    values: pd.Series
    denominators: pd.Series | None = None
    per: float = 1.0
    already_rates: bool = False
    imputed: pd.Series | None = None

    def tops(self, source_m2: pd.Series) -> pd.Series:
        """Return what is added up: counts, numerators, or densities times areas in m²."""
        if self.kind == "density":
            return self.values * source_m2.reindex(self.values.index)
        if self.already_rates and self.denominators is not None:
            return self.values * self.denominators / self.per
        return self.values

    @property
    def published(self) -> pd.Series:
        """Tell which sources publish all that is needed."""
        known = self.values.notna()
        return known if self.denominators is None else known & self.denominators.notna()


def require_additive(kind: str, indicator: Indicator | None = None) -> Kind:
    """Return the kind of a figure that weights can carry; refuse the others.

    Parameters
    ----------
    kind
        What the user says it is.
    indicator
        What the catalogue says it is, when it knows it.

    Raises
    ------
    SchemaError
        For a median, a quantile, an index or a mean: the figure of a mixture cannot be had from
        those of its parts. For a share or a non-additive indicator given as a count.
    """
    named = f" (« {indicator.label} »)" if indicator else ""
    if kind in REFUSED_KINDS or (indicator is not None and indicator.kind in _NO_PARTS):
        raise SchemaError(
            f"kind {kind!r} cannot be interpolated" + (f" ({indicator.id})" if indicator else ""),
            user="Une médiane, un quantile, une moyenne ou un indice ne se transporte pas"
            f"{named} : celui d’un mélange ne se déduit pas de ceux des parties.",
            remedy="Prenez des effectifs (--kind count), ou un taux avec ses deux termes "
            "(--kind rate --denominator).",
        )
    for known in KINDS:
        if kind == known:
            _require_agreement(known, indicator)
            return known
    raise SchemaError(
        f"unknown kind {kind!r}",
        user=f"La nature « {kind} » n’existe pas.",
        remedy=f"Natures connues : {', '.join(KINDS)}.",
    )


def _require_agreement(kind: Kind, indicator: Indicator | None) -> None:
    if indicator is None:
        return
    if kind != "rate" and indicator.kind != "count":
        raise SchemaError(
            f"{indicator.id} is a {indicator.kind}, given as a {kind}",
            user=f"« {indicator.label} » est un taux : il ne s’additionne pas.",
            remedy="Donnez --kind rate avec --denominator.",
        )
    if kind != "rate" and indicator.additivity != "sum":
        raise SchemaError(
            f"{indicator.id} is not additive",
            user=f"« {indicator.label} » ne s’additionne pas d’une zone à l’autre.",
            remedy="La commande « observatoire catalogue » dit quels indicateurs s’additionnent.",
        )
