"""What a phone keeps of a site to write there without network: its neighbourhoods, grid and terms.

Each site is ruled by its own agreement and grid: nothing of one site is said of another.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from observatoire.codes import qpv_edition
from observatoire.grille import Item
from observatoire.publication import Connection, read_boundaries
from observatoire.rulings import Ruling
from observatoire.squares import draw_ground
from observatoire.team_desk import site_quarters


def offer_of(session: Connection, ruling: Ruling, name: str, today: date) -> dict[str, Any]:
    """Return what the page needs to write on a site, or to say that nothing may be.

    Parameters
    ----------
    name
        Of the site.
    """
    terms = ruling.agreement.terms if ruling.agreement else None
    return {
        "id": ruling.site,
        "name": name,
        "first": (terms.first_day(today) if terms else today).isoformat(),
        "grid": ruling.grid,
        "agreement": ruling.agreement.version if ruling.agreement else None,
        "precision": terms.precision if terms else "qpv",
        "text": bool(terms and terms.text),
        "qpv": _quarters(session, ruling.site, terms.precision if terms else "qpv"),
        "items": [_shown(item) for item in ruling.items],
    }


def _quarters(session: Connection, site: str, precision: str) -> list[dict[str, Any]]:
    codes = site_quarters(session, site)
    if not codes:
        return []
    ground = read_boundaries(session, qpv_edition(codes[0]))
    size = None if precision == "qpv" else int(precision)
    return [
        {
            "code": code,
            "name": str(row["name"]),
            "commune": str(row["commune"] or ""),
            **_drawn(code, row["geometry"], size),
        }
        for code, row in ground.loc[ground.index.isin(codes)].iterrows()
    ]


def _drawn(code: str, area: Any, size: int | None) -> dict[str, Any]:
    drawn = draw_ground(code, area, size)
    return {"outline": drawn.outline, "cells": [asdict(one) for one in drawn.squares]}


def _shown(item: Item) -> dict[str, Any]:
    return {
        "code": item.code,
        "label": item.label,
        "theme": item.theme,
        "definition": item.definition,
        "direction": item.direction,
    }
