"""The choice of a site by a page that shows one at a time."""

from __future__ import annotations

import streamlit as st

from observatoire.settings import Site
from observatoire.views.doors import Doors

_PARAM = "site"


def choose_site(doors: Doors, page: str, label: str) -> Site:
    """Return the site of the address, else the visitor's own or the first; offer the others.

    Parameters
    ----------
    page
        A name of its own, in the state and in the style sheets (`choix_<page>`).
    """
    names = {site.id: site.name for site in doors.settings.sites}
    own = [site for site in doors.visitor.sites if site in names]
    asked = st.query_params.get(_PARAM, "")
    with st.container(key=f"choix_{page}"):
        picked = st.segmented_control(
            label,
            list(names),
            default=asked if asked in names else [*own, *names][0],
            format_func=lambda name: names[name],
            required=True,
            key=f"{page}_site",
        )
    if picked != asked:
        st.query_params[_PARAM] = str(picked)
    return doors.settings.site(str(picked))
