"""The page: the grid in force of a site, its versions, how much of it is seen, the next version."""

from __future__ import annotations

import streamlit as st

from observatoire import grid_desk
from observatoire.errors import ObservatoireError
from observatoire.grille import Grid, Replay
from observatoire.labels import read_words
from observatoire.settings import Site
from observatoire.views import shell
from observatoire.views.doors import Doors
from observatoire.views.grilles import actions, drafting
from observatoire.views.grilles.contents import contents, heading
from observatoire.views.grilles.versions import timeline
from observatoire.views.grilles.visibility import visibility
from observatoire.views.markup import tag, words
from observatoire.views.part import part
from observatoire.views.site_choice import choose_site


def render(doors: Doors, pages: shell.Pages) -> None:
    """Show the page."""
    labels = read_words("grilles")
    title = words("h1", labels("title")) + words("p", labels("lead"), of="quiet page-lead")
    st.html(tag("header", title, of="compare-head"))
    _body(doors)


@part
def _body(doors: Doors) -> None:
    """Show all that a choice or a step changes."""
    site = choose_site(doors, "grille", read_words("grilles")("choice.site"))
    actions.outcome.show()
    with doors.access.session() as session:
        versions = grid_desk.read_versions(session, site.id)
    grids = [one.grid for one in versions]
    current = next((grid for grid in grids if grid.in_force), None)
    being = next((one for one in versions if one.grid.status in ("draft", "proposed")), None)
    if current is not None and current.fictitious:
        labels = read_words("grilles")
        shell.note(labels("fictitious"), read_words("commun")("fictitious.label"), "fictitious")
    _current(current, grids, site)
    _seen(doors, site, being.grid if being else None, current)
    if doors.may_write(site.id):
        drafting.show(doors, site, being, current)
    elif being is not None:
        drafting.show_read(being)


def _current(current: Grid | None, grids: list[Grid], site: Site) -> None:
    """Show the grid in force beside the versions of the site."""
    labels = read_words("grilles")
    if not grids:
        st.html(words("p", labels("empty.sentence", site=site.name), of="lead"))
        return
    left, right = st.columns([2.3, 1], gap="large")
    with left:
        if current is None:
            st.html(words("p", labels("empty.none_agreed", site=site.name), of="lead"))
        else:
            items = contents(current)
            if len(grids) and grids[-1] is not current:  # another version is being prepared
                summary = words("summary", labels("heading.fold"))
                items = tag("details", summary, items, of="folded")
            st.html(tag("section", heading(current), items, of="grid-part"))
    with right:
        st.html(timeline(grids))


def _seen(doors: Doors, site: Site, being: Grid | None, current: Grid | None) -> None:
    """Show how much of the proposed grid would be seen, else of the one in force."""
    labels = read_words("grilles")
    if being is not None and being.status == "draft" and being.items:
        wanted = st.toggle(labels("replay.draft", version=being.version), key="grille_rejouer")
        grid = being if wanted else current
    else:
        grid = being if being is not None and being.status == "proposed" else current
    if grid is None or doors.replay is None:
        return
    name = "replay.title" if grid.in_force else "replay.title_next"
    title = words("h2", labels(name, version=grid.version))
    lead = words("p", labels("replay.lead"), of="quiet page-lead")
    try:
        with st.spinner(labels("replay.running")):
            found = replayed(doors, site, grid)
    except ObservatoireError as error:
        st.html(tag("section", title, words("p", error.user, of="note"), of="grid-part"))
        return
    st.html(tag("section", title, lead, visibility(found), of="grid-part"))


def replayed(doors: Doors, site: Site, grid: Grid) -> Replay:
    """Return the replay of a grid on the current release; kept for all readers."""
    return _replayed(doors.published().release.sha256, grid.sha256, site.id, doors, grid)


@st.cache_resource(show_spinner=False, max_entries=24)
def _replayed(release: str, content: str, site: str, _doors: Doors, _grid: Grid) -> Replay:
    published = _doors.published()
    observed = [layer.edition for layer in published.offer.layers if layer.rule == "field"]
    edition = max(sorted(set(observed)), key=observed.count) if observed else _doors.edition()
    places = published.boundaries[edition]
    codes = [str(code) for code in places.index[places["site"] == site]]
    assert _doors.replay is not None, "asked for only where there is one"
    with _doors.access.session() as session:
        return _doors.replay(session, _grid, codes)
