"""One protected layer as rows, one per QPV: what every form of file and the screen print."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from observatoire.codes import edition_kind, qpv_department
from observatoire.disclosure import SQUARE_KIND, ProtectedLayer, require_protected
from observatoire.errors import NotFoundError
from observatoire.estimates import Parts, estimate_layer
from observatoire.labels.numbers import status_words
from observatoire.settings import Site
from observatoire.sources import read_register

_READ_IN = "dans la page Superposer, ou par « observatoire overlay »"
INTERVAL = ("low", "high", "varies", "grade")


def table(
    layer: ProtectedLayer,
    boundaries: gpd.GeoDataFrame,
    sites: Sequence[Site],
    parts: Parts | None = None,
) -> pd.DataFrame:
    """Return the rows that every form holds, in the order of the sites, then of the codes.

    Parameters
    ----------
    boundaries
        Perimeters indexed by code with `name`; a QPV whose perimeter is not loaded has no name.
    sites
        The sites; a QPV of none of them has an empty site, and comes last.
    parts
        Layers of the counts that this one is made from, which give a share its interval.

    Raises
    ------
    DisclosureError
        When the layer did not pass the door.
    NotFoundError
        For a layer of other places than the QPV.
    """
    frame = require_protected(layer).frame
    if (kind := edition_kind(layer.edition)) != "qpv":
        read_in = "sur la fiche d’un quartier" if kind == SQUARE_KIND else _READ_IN
        raise NotFoundError(
            f"a layer of {layer.edition}, not of the QPV",
            user=f"La couche « {layer.edition} » n’est pas une couche de quartiers.",
            remedy=f"Elle se lit {read_in}.",
        )
    of_qpv = frame.index.get_level_values("zone_kind") == "qpv"
    estimates = estimate_layer(layer, parts)[of_qpv]
    frame = frame[of_qpv].droplevel("zone_kind")
    codes = frame.index.astype("str")
    rows = pd.DataFrame(
        {
            "qpv": codes,
            "name": boundaries["name"].reindex(codes).fillna("").to_numpy(),
            "site": [_site_of(code, sites) for code in codes],
            "edition": layer.edition,
            "period": layer.period,
            "value": frame["value"].to_numpy(),
            "unit": layer.description.unit,
            "status": frame["status"].to_numpy(),
            **{name: estimates[name].to_numpy() for name in INTERVAL},
        }
    )
    if layer.rule == "field":
        rows["outings"] = frame["outings"].array
    rows["fictitious"] = layer.fictitious
    rows["indicator"] = layer.indicator
    rows["label"] = layer.description.label
    rows["source"] = cite(layer)
    rows["note"] = rows["status"].map(lambda name: "" if name == "ok" else status_words(name))
    ranks = {site.id: rank for rank, site in enumerate(sites)}
    order = rows["site"].map(ranks).fillna(len(ranks))
    rows = rows.assign(order=order).sort_values(["order", "qpv"], ignore_index=True)
    return rows.drop(columns="order")


def of_site(rows: pd.DataFrame, site: Site) -> pd.DataFrame:
    """Return the rows of one site; raise `NotFoundError` when it has none."""
    kept = rows[rows["site"] == site.id].reset_index(drop=True)
    if kept.empty:
        raise NotFoundError(
            f"no QPV of site {site.id!r} in this layer",
            user=f"La couche ne couvre aucun quartier du site « {site.name} ».",
        )
    return kept


def cite(layer: ProtectedLayer) -> str:
    """Return how the source of a layer is cited: publisher, title, vintage."""
    register = read_register()
    if layer.source not in register:
        return layer.source
    source = register[layer.source]
    return ", ".join(part for part in (source.publisher, source.title, source.vintage) if part)


def members(layer: ProtectedLayer) -> dict[str, Any]:
    """Return what is said of a layer beside its rows."""
    described = require_protected(layer).description
    return {
        "title": title(layer),
        "indicator": layer.indicator,
        "definition": described.definition,
        "unit": described.unit,
        "edition": layer.edition,
        "period": layer.period,
        "source": cite(layer),
        "rule": layer.rule,
        "share_visible": layer.share_visible,
        "fictitious": layer.fictitious,
        "caveat": described.caveat,
        **({"grid": described.grid} if described.grid else {}),
    }


def title(layer: ProtectedLayer) -> str:
    """Return what a layer is called outside: label, period, edition, and that it is invented."""
    words = f"{layer.description.label}, {layer.period}, contours {layer.edition}"
    return f"{words} — données fictives" if layer.fictitious else words


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain values; what is missing is None."""
    columns = [[plain(value) for value in rows[name]] for name in rows.columns]
    return [dict(zip(rows.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def plain(value: object) -> object:
    """Return a cell as a plain Python value; None for what is missing."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return value


def _site_of(code: str, sites: Sequence[Site]) -> str:
    department = qpv_department(code)
    return next((site.id for site in sites if site.holds(code, department)), "")
