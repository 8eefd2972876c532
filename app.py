"""The router: it builds the settings and the doors once, and hands them to the page asked for."""

from functools import partial

import streamlit as st

from observatoire.access import COOKIE, open_access
from observatoire.activity_desk import ActivityDesk
from observatoire.labels import read_words
from observatoire.overlay_desk import OverlayDesk
from observatoire.replays import replay_release
from observatoire.settings import load
from observatoire.views import shell
from observatoire.views.doors import Doors
from observatoire.views.pages import RENDER


@st.cache_resource(show_spinner=False, on_release=lambda doors: doors.access.close())
def open_doors() -> Doors:
    settings = load()
    activity = ActivityDesk(settings)
    return Doors(settings, open_access(settings), OverlayDesk(), replay_release, activity=activity)


def main() -> None:
    shell.dress()
    with shell.guarded():
        pages: dict[str, st.Page] = {}
        doors = open_doors().signed(st.context.cookies.get(COOKIE))
        suite = read_words("commun")("title")
        for name, render in RENDER.items():
            pages[name] = st.Page(
                partial(render, doors, pages),
                title=f"{shell.page_name(name, doors.visitor)} · {suite}",
                url_path=name,
                default=name == "accueil",
            )
        here = st.navigation(list(pages.values()), position="hidden")
        sites = ", ".join(site.name for site in doors.settings.sites)
        shell.header(pages, here, sites, doors.visitor)
        with shell.guarded():
            here.run()
        shell.footer(doors)


main()
