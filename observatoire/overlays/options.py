"""What is asked of an overlay, and the figures it is asked about."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from observatoire.catalogue import Indicator, read_catalogue
from observatoire.crosswalk import Figures, require_additive, require_figures, require_unique
from observatoire.crosswalk.checks import named_rows
from observatoire.errors import SchemaError
from observatoire.statistics.filosofi import columns_of


@dataclass(frozen=True)
class OverlayOptions:
    """What is asked of an overlay.

    Attributes
    ----------
    kind
        `count`, `rate` or `density` (per m²); medians, quantiles, means and indices are refused.
    value, denominator, imputed
        Columns of the figures: the count, density or numerator; the denominator of a rate; the
        share of each figure that its producer imputed (0–1).
    per
        Of how many denominators a rate is said: 1, or 100 for a percentage.
    already_rates
        `value` holds rates per `per` denominators, rather than numerators.
    indicator
        Id in the catalogue, which says what may be added up; by default `value` if it is one.
    extra_rows
        Figures of areas that are not among the sources are left aside instead of refused.
    """

    kind: str = "count"
    value: str = "value"
    denominator: str | None = None
    per: float = 1.0
    already_rates: bool = False
    imputed: str | None = None
    indicator: str | None = None
    extra_rows: bool = False


def read_figures(figures: pd.DataFrame, sources: pd.Index, options: OverlayOptions) -> Figures:
    """Return the checked figures of an overlay, one entry for each source, in their order.

    Parameters
    ----------
    figures
        Indexed by key, in the order of its file; numbers, NaN where none is published.
    sources
        Keys of the sources.

    Raises
    ------
    SchemaError
        When the kind cannot be carried over, a column lacks, a key is unknown or stands twice, a
        count is negative, a denominator is missing.
    """
    kind = require_additive(options.kind, described(options))
    if kind == "rate" and not options.denominator:
        raise SchemaError(
            "a rate without its denominator",
            user="Un taux se reconstruit à partir de ses deux termes : le dénominateur manque.",
            remedy="Donnez la colonne du dénominateur avec --denominator.",
        )
    require_unique(figures.index, "tableau")
    _require_known(figures.index, sources, options)
    values = _column(figures, options.value)
    below = _column(figures, options.denominator) if kind == "rate" else None
    require_figures(values, below, column=options.value, below=options.denominator or "")
    imputed = _column(figures, options.imputed) if options.imputed else None
    if imputed is not None:
        _require_shares(imputed, str(options.imputed))
    return Figures(
        kind=kind,
        values=values.reindex(sources),
        denominators=None if below is None else below.reindex(sources),
        per=options.per,
        already_rates=options.already_rates,
        imputed=None if imputed is None else imputed.reindex(sources),
    )


def described(options: OverlayOptions) -> Indicator | None:
    """Return what the catalogue says of the value, by its id or by its published column name."""
    catalogue = read_catalogue()
    if options.indicator:
        return catalogue[options.indicator]
    known = columns_of((options.value.upper(),))
    name = known.get(options.value.upper(), options.value)
    return catalogue.indicators.get(name)


def _column(figures: pd.DataFrame, name: str | None) -> pd.Series:
    if name not in figures.columns:
        raise SchemaError(
            f"no column {name!r}",
            user="La colonne demandée n’existe pas.",
            remedy=f"Colonnes : {', '.join(map(str, figures.columns[:12]))}.",
            column=str(name),
        )
    return figures[name].astype(float)


def _require_known(keys: pd.Index, sources: pd.Index, options: OverlayOptions) -> None:
    unknown = ~keys.isin(sources)
    if not unknown.any() or (options.extra_rows and not unknown.all()):
        return
    rows = [row + 1 for row in range(len(keys)) if unknown[row]]
    names = [keys[row - 1] for row in rows]
    raise SchemaError(
        f"{len(rows)} keys of the table are not among the sources",
        user=f"Des codes du tableau ne sont pas parmi les sources : {named_rows(names, rows)}.",
        remedy="Aucun code n’est commun : vérifiez --key et --table-key."
        if unknown.all()
        else "Corrigez-les ; si le tableau couvre plus que les contours, ajoutez --extra-rows.",
        row=rows[0],
        faults=tuple(f"row {row}: {name}" for name, row in zip(names, rows, strict=True)),
    )


def _require_shares(shares: pd.Series, column: str) -> None:
    wrong = (shares < 0) | (shares > 1)
    if wrong.any():
        rows = [row + 1 for row in range(len(shares)) if wrong.iloc[row]]
        names = [shares.index[row - 1] for row in rows]
        raise SchemaError(
            f"{len(rows)} imputed shares are not shares",
            user=f"Une part imputée va de 0 à 1, pour {named_rows(names, rows)}.",
            remedy="Donnez des parts entre 0 et 1.",
            row=rows[0],
            column=column,
        )
