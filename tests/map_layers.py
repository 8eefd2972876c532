"""Protected layers of made-up values over the project's own perimeters, for the tests of maps."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import geopandas as gpd
import pandas as pd

from observatoire.boundaries import read_boundaries
from observatoire.catalogue import Indicator
from observatoire.disclosure import ProtectedLayer, Rules, protect
from observatoire.layers import IndicatorLayer
from observatoire.outlines import read_outlines
from observatoire.settings import read_sites

DATA = Path(__file__).resolve().parent.parent / "data"
STATUSES = ("ok", "ok", "ok", "ok", "ok", "ok", "ok", "secret", "missing", "not_collected")


@cache
def perimeters() -> gpd.GeoDataFrame:
    """The 45 perimeters of the three sites, with the id of their site."""
    read = read_boundaries(DATA / "qpv_contours" / "qpv_2015_sites_2m.geojson")
    frame = read.frame.set_index("code")
    holders = [
        next(site.id for site in read_sites() if site.holds(code, department))
        for code, department in frame["department"].items()
    ]
    return frame.assign(site=holders)


@cache
def communes() -> gpd.GeoDataFrame:
    return read_outlines(DATA / "context" / "communes_2026.geojson", "commune").frame


def described(name: str, *, kind: str = "share") -> Indicator:
    counted = kind == "count"
    return Indicator(
        id=name,
        theme="essai",
        label="Part d’essai" if not counted else "Nombre d’essai",
        short="Essai",
        definition="Une valeur inventée pour les tests.",
        unit="pers." if counted else "%",
        kind=kind,  # type: ignore[arg-type]
        additivity="sum" if counted else "none",
        source="demo",
        decimals=0 if counted else 1,
    )


def protected(
    name: str, *, kind: str = "share", absences: bool = True, period: str = "2018"
) -> ProtectedLayer:
    """A layer whose values depend on its name only; one zone in three or so has none."""
    draw = random.Random(f"{name} {period}")
    codes = list(perimeters().index)
    statuses = [draw.choice(STATUSES) if absences else "ok" for _ in codes]
    top = 9000 if kind == "count" else 70
    values = [
        round(draw.uniform(0, top), 0 if kind == "count" else 1) if status == "ok" else float("nan")
        for status in statuses
    ]
    if kind == "count":
        values[codes.index("QP042001")] = 0.0
        statuses[codes.index("QP042001")] = "ok"
    index = pd.MultiIndex.from_product([["qpv"], codes], names=["zone_kind", "zone"])
    frame = pd.DataFrame({"value": values, "status": statuses}, index=index)
    raw = IndicatorLayer(
        indicator=name,
        period=period,
        edition="2015",
        rule="producer",
        source="demo",
        fictitious=True,
        frame=frame,
        description=described(name, kind=kind),
    )
    return protect([raw], Rules(), {})[0]
