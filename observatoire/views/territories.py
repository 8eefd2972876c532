"""The territories beside the sites: when the whole of France is loaded, each can be looked at.

A territory is a department, or one overseas; it is shown as a site of its own, so that all that
holds for a site (its pane, its towns measured in its legal metric system, its table) holds for it.
With the sites' own neighbourhoods alone, there is none and nothing shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import streamlit as st

from observatoire.crs import metric_epsg
from observatoire.errors import CrsError
from observatoire.labels import read_words
from observatoire.settings import Settings, Site

if TYPE_CHECKING:
    from observatoire.views.doors import Doors

PREFIX = "dep"
_KEY = "territoire_choisi"


def territories(departments: Iterable[str], sites: Sequence[Site]) -> tuple[Site, ...]:
    """Return the territories that hold neighbourhoods and are in no site, overseas ones first.

    Parameters
    ----------
    departments
        Department of each neighbourhood that is published.
    sites
        The sites; their departments are left out.

    Notes
    -----
    A territory without a legal metric system is left out: nothing could be measured in it.
    """
    held = {code for site in sites for code in site.departments}
    found = sorted({str(code) for code in departments} - held)
    known = [code for code in found if _is_measured(code)]
    ordered = sorted(known, key=lambda code: (not is_overseas(code), code))
    return tuple(Site(f"{PREFIX}{code}", territory_name(code), (code,)) for code in ordered)


def territory_name(code: str) -> str:
    """Return the French name of a department or overseas territory; its code without one."""
    return read_words("territoires").entries.get(f"name.{code}", code)


def is_overseas(code: str) -> bool:
    """Tell whether a territory is overseas."""
    return len(code) == 3


def asked_territory(view: str, known: Sequence[Site]) -> tuple[Site, ...]:
    """Return the territory that an address asks for, alone; none for anything else."""
    return tuple(one for one in known if one.id == view)


def site_asked(settings: Settings, name: str) -> Site:
    """Return a site by its id, or a territory by its own.

    Raises
    ------
    SettingsError
        When it is neither.
    """
    code = name.removeprefix(PREFIX)
    other = territories([code], settings.sites) if name.startswith(PREFIX) else ()
    return other[0] if other else settings.site(name)


def published_territories(doors: Doors) -> tuple[Site, ...]:
    """Return the territories of the current release."""
    return territories(doors.quarters(doors.edition())["department"], doors.settings.sites)


def doors_of(doors: Doors, asked: Sequence[Site]) -> Doors:
    """Return the doors of a territory, which sees its neighbourhoods alone; else the same doors."""
    if not asked:
        return doors
    own = replace(doors.settings, sites=tuple(asked))
    return replace(doors, settings=own, within="".join(f".{one.id}" for one in asked))


def choose(known: Sequence[Site], view: str, change: Callable[..., None]) -> None:
    """Show the list of territories; nothing when there is none."""
    if not known:
        return
    words = read_words("territoires")
    named = {one.id: words("option", name=one.name, code=one.departments[0]) for one in known}
    st.session_state[_KEY] = view if view in named else ""
    with st.container(key="choix_territoire"):
        st.selectbox(
            words("title"),
            ["", *named],
            format_func=lambda one: named.get(one, words("none")),
            key=_KEY,
            on_change=lambda: change(view=str(st.session_state[_KEY]), qpv=""),
            placeholder=words("none"),
        )


def of_sites(boundaries: gpd.GeoDataFrame, sites: Sequence[Site]) -> gpd.GeoDataFrame:
    """Return the perimeters of the sites, in the order of the sites, with their names."""
    order = {site.id: rank for rank, site in enumerate(sites)}
    names = {site.id: site.name for site in sites}
    holder = [
        next((site.id for site in sites if site.holds(str(code), department)), None)
        for code, department in boundaries["department"].items()
    ]
    own = boundaries.assign(site=holder)
    own = own[own["site"].notna()]
    own = own.assign(site_name=own["site"].map(names), rank=own["site"].map(order))
    return own.sort_values(["rank", "name"], kind="stable").drop(columns="rank")


def _is_measured(code: str) -> bool:
    try:
        metric_epsg(code)
    except CrsError:
        return False
    return True
