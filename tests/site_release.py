"""A release of the three sites for the tests of the pages: the project's own official figures, and
one made-up field theme with its four absences."""

from __future__ import annotations

from datetime import date
from functools import cache

import pandas as pd
from map_layers import DATA, communes, perimeters
from toy_releases import MONTHS, Month, field_layers

from observatoire import publication
from observatoire.access import Access
from observatoire.catalogue import read_catalogue
from observatoire.disclosure import ProtectedLayer, Rules, protect
from observatoire.indicators.official import build_official_layers
from observatoire.pipeline import described
from observatoire.publication import ReleaseInfo
from observatoire.statistics import read_statistics

FILES = ("insee_qpv_demo_2022", "insee_qpv_panel_revenus", "insee_qpv_revn_2022", "sdes_rpls_2022")
INDICATORS = (
    "rp.POP_MUN",
    "rp.TX_TOT_0A24",
    "filosofi.TP60",
    "filosofi.DISP_Q2",
    "filosofi.GINI",
    "rpls.nbLsPls",
    "rpls.moyLoy",
)
BLIND, RARE = "QP042001", "QP057001"
RULES = Rules()


@cache
def site_layers() -> tuple[ProtectedLayer, ...]:
    """Return the protected layers: official figures as the project holds them, and « Jeux »."""
    read = [read_statistics(DATA / "figures" / f"{name}.csv").frame for name in FILES]
    figures = pd.concat(read, ignore_index=True)
    figures = figures[figures["indicator"].isin(INDICATORS)]
    official = described(build_official_layers(figures), read_catalogue())
    return tuple(protect([*official, *field_layers(_years())], RULES, {}))


def _years() -> dict[str, dict[str, Month]]:
    """Return a year of outings: one QPV where nobody went, one where little was seen."""
    years = {
        code: dict.fromkeys(MONTHS, Month(6 + rank % 9, 12 + rank % 5, 6))
        for rank, code in enumerate(perimeters().index)
    }
    years[BLIND] = {}
    years[RARE] = dict.fromkeys(MONTHS[:1], Month(1, 12, 1))
    return years


def publish_sites(
    store: Access, *, layers: tuple[ProtectedLayer, ...] = (), today: date = date(2024, 1, 15)
) -> ReleaseInfo:
    """Publish the release in a store."""
    with store.owner() as connection:
        return publication.write_release(
            connection,
            layers or site_layers(),
            boundaries={"2015": perimeters()},
            outlines={"commune": communes()},
            rules=RULES,
            today=today,
        )
