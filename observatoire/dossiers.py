"""Everything published of one neighbourhood as rows: every indicator, every period, one edition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from observatoire import publication
from observatoire.disclosure import ProtectedLayer
from observatoire.errors import NotFoundError
from observatoire.estimates import estimate_layer, part_ids
from observatoire.exports import csv_bytes
from observatoire.labels.numbers import status_words
from observatoire.publication import Connection
from observatoire.sheets import cite

LayerKey = tuple[str, str]
"""Indicator and period."""


def dossier_rows(
    layers: Iterable[ProtectedLayer], code: str, names: Mapping[str, str]
) -> pd.DataFrame:
    """Return one row for each figure published of a neighbourhood, absences included.

    Parameters
    ----------
    layers
        Published layers of one edition.
    code
        Code of the neighbourhood; a layer that says nothing of it gives no row.
    names
        Said beside the code in every row: `name`, `commune`.

    Returns
    -------
    Columns `qpv`, `names`, `edition`, `theme`, `indicator`, `label`, `period`, `value`, `unit`,
    `status`, `low`, `high`, `varies`, `grade`, `outings`, `fictitious`, `source`, `note`; a figure
    that is not shown has no value in any column.
    """
    known = {(one.indicator, one.period): one for one in layers}
    rows = [
        _row(one, code, names, _parts(one, known))
        for one in known.values()
        if ("qpv", code) in one.frame.index
    ]
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Dossier:
    """The file of a neighbourhood, and the indicators in it that are real figures of the field."""

    content: bytes
    fields: tuple[str, ...]


def write_dossier(connection: Connection, edition: str, code: str) -> Dossier:
    """Return the CSV of a neighbourhood, from the current release.

    Raises
    ------
    NotFoundError
        When no published layer of the edition knows the neighbourhood.
    """
    names = _names(publication.read_boundaries(connection, edition), code)
    listed = [one for one in publication.list_layers(connection) if one.edition == edition]
    layers = (
        publication.read_layer(connection, one.indicator, period=one.period, edition=edition)
        for one in listed
    )
    rows = dossier_rows(layers, code, names)
    if rows.empty:
        raise _unknown(edition, code)
    held = set(zip(rows["indicator"], rows["period"], strict=True))
    real = {one.indicator for one in listed if one.is_real_field and _key(one) in held}
    return Dossier(csv_bytes(rows), tuple(sorted(real)))


def _key(one: publication.LayerInfo) -> LayerKey:
    return one.indicator, one.period


def _names(boundaries: gpd.GeoDataFrame, code: str) -> dict[str, str]:
    if code not in boundaries.index:
        return {"name": "", "commune": ""}
    row: dict[Any, Any] = boundaries.loc[code].to_dict()
    return {name: row[name] if isinstance(row[name], str) else "" for name in ("name", "commune")}


def _parts(
    layer: ProtectedLayer, known: Mapping[LayerKey, ProtectedLayer]
) -> dict[str, ProtectedLayer]:
    """Return the layers a share is made of, among those at hand."""
    wanted = {name: known.get((name, layer.period)) for name in part_ids(layer)}
    return {name: found for name, found in wanted.items() if found is not None}


def _row(
    layer: ProtectedLayer,
    code: str,
    names: Mapping[str, str],
    parts: Mapping[str, ProtectedLayer],
) -> dict[str, object]:
    row: Any = estimate_layer(layer, parts).loc[("qpv", code)]
    figure: dict[Any, Any] = row.to_dict()
    one = layer.description
    return {
        "qpv": code,
        **names,
        "edition": layer.edition,
        "theme": one.theme,
        "indicator": layer.indicator,
        "label": one.label,
        "period": layer.period,
        "value": figure["value"],
        "unit": one.unit,
        "status": figure["status"],
        "low": figure["low"],
        "high": figure["high"],
        "varies": figure["varies"],
        "grade": figure["grade"],
        "outings": layer.frame.loc[("qpv", code), "outings"],
        "fictitious": layer.fictitious,
        "source": cite(layer),
        "note": "" if figure["status"] == "ok" else status_words(str(figure["status"])),
    }


def _unknown(edition: str, code: str) -> NotFoundError:
    return NotFoundError(
        f"nothing is published of {code!r} in the edition {edition!r}",
        user=f"Rien n’est publié du quartier « {code} » dans l’édition « {edition} ».",
        remedy="Vérifiez le code : la page « Fiche quartier » donne la liste.",
    )
