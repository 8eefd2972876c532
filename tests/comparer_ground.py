"""A toy ground for the page Comparer: two sites, six neighbourhoods, sums that are done by head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
from toy_releases import Month, described, field_layers

from observatoire.catalogue import Indicator
from observatoire.demo_grids import demo_grid
from observatoire.disclosure import ProtectedLayer, Rules, protect
from observatoire.grille import Grid
from observatoire.layers import IndicatorLayer
from observatoire.settings import read_sites
from observatoire.views.comparer.comparators import Ground
from observatoire.views.comparer.comparison import Comparison, compare_places

HERE = "QP042001"
TOWNS = {
    "QP02B001": ("Sud", "Bastia", "bastia", "2B"),
    "QP02B002": ("Ancien", "Bastia", "bastia", "2B"),
    HERE: ("Beauregard", "Montbrison", "loire", "42"),
    "QP042002": ("Abeilles", "Saint-Étienne", "loire", "42"),
    "QP042003": ("Bourgogne", "Saint-Étienne", "loire", "42"),
    "QP042004": ("Partagé", "Saint-Étienne, Roanne", "loire", "42"),
}
COMMUNES = {"42147": "Montbrison", "42218": "Saint-Étienne", "42187": "Roanne", "2B033": "Bastia"}
SPREAD = {"q05": 5.0, "q25": 12.0, "q50": 20.0, "q75": 28.0, "q95": 45.0, "n": 1000, "total": 1300}
NAN = float("nan")
Counts = Mapping[str, float | None]

PARTS = {  # part, whole
    "QP02B001": (10.0, 100.0),
    "QP02B002": (30.0, 100.0),
    HERE: (20.0, 200.0),
    "QP042002": (90.0, 300.0),
    "QP042003": (15.0, 100.0),
    "QP042004": (8.0, 50.0),
    "42147": (50.0, 500.0),
}


def places() -> pd.DataFrame:
    names = {"bastia": "Bastia", "loire": "Loire"}
    rows = {
        code: {"name": name, "commune": town, "site": site, "site_name": names[site]}
        for code, (name, town, site, _) in TOWNS.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def ground() -> Ground:
    quarters = places()[["commune"]].assign(
        department=[department for *_, department in TOWNS.values()]
    )
    communes = pd.DataFrame(
        {"name": COMMUNES.values(), "department": [code[:2] for code in COMMUNES]},
        index=list(COMMUNES),
    )
    return Ground(quarters, communes)


def official(indicator: Indicator, cells: Counts, *, spread: bool = False) -> IndicatorLayer:
    """An official layer: a code of five signs is a commune, None is a secret."""
    rows = [
        ("commune" if len(code) == 5 else "france" if code == "FR" else "qpv", code, value)
        for code, value in cells.items()
    ]
    rows += [("spread", name, float(value)) for name, value in SPREAD.items() if spread]
    index = pd.MultiIndex.from_tuples([row[:2] for row in rows], names=["zone_kind", "zone"])
    values = [NAN if row[2] is None else row[2] for row in rows]
    statuses = ["secret" if row[2] is None else "ok" for row in rows]
    frame = pd.DataFrame({"value": values, "status": statuses}, index=index)
    return IndicatorLayer(indicator.id, "2022", "2015", "producer", "demo", False, frame, indicator)


def share(**changes: object) -> Indicator:
    fields: dict[str, object] = {
        "unit": "%",
        "kind": "share",
        "label": "Part d’essai",
        "additivity": "weighted",
        "decimals": 1,
        "numerator_ids": ("essai.n",),
        "denominator_id": "essai.d",
        "denominator": "foyers",
    }
    return described("essai.part", **(fields | changes))


def count(name: str) -> Indicator:
    return described(name, kind="count", unit="hab.", additivity="sum", decimals=0)


def compared_share(
    parts: Mapping[str, tuple[float | None, float]] = PARTS,
    *,
    qpv: str = HERE,
    reference: str = "",
    one: Indicator | None = None,
    spread: bool = True,
) -> tuple[Comparison, ProtectedLayer]:
    """A share made from its parts; a part that is None is hidden."""
    shares = {
        code: None if part is None else 100 * part / whole for code, (part, whole) in parts.items()
    }
    raw = [
        official(one or share(), shares, spread=spread),
        official(count("essai.n"), {code: part for code, (part, _) in parts.items()}),
        official(count("essai.d"), {code: whole for code, (_, whole) in parts.items()}),
    ]
    layer, *counts = protect(raw, Rules(), {})
    named = {part.indicator: part for part in counts}
    own = named if layer.description.derived else {}
    made = compare_places(qpv, layer, own, places(), ground(), reference=reference)
    return made, layer


def compared_field(
    rows: Mapping[str, tuple[int, int]],
    *,
    item: str = "rassemblements",
    grids: list[Grid] | None = None,
) -> tuple[Comparison, ProtectedLayer]:
    """A field theme over 2023: observations and outings in a year; (0, 0) is where nobody went."""
    years = {
        code: {"2023-01": Month(seen, outings, min(seen, outings))} if outings else {}
        for code, (seen, outings) in rows.items()
    }
    raw = [
        replace(one, description=replace(one.description, additivity="weighted"))  # type: ignore[type-var]
        for one in field_layers(years, indicator=f"terrain.{item}")
    ]
    layer = next(one for one in protect(raw, Rules(), {}) if one.period == "2023")
    held = [demo_grid(site) for site in read_sites()] if grids is None else grids
    return compare_places(HERE, layer, {}, places(), ground(), grids=held), layer
