"""What the pages read: the current release, through one short session at a time.

Everything read here passed the door and belongs to one release: it is kept under the release's own
hash and the audience that read it, and for no other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import geopandas as gpd
import pandas as pd
import shapely
import streamlit as st

from observatoire import publication
from observatoire.access import Access, Visitor
from observatoire.accounts import TEAM, figure_noted, note_reading, sites_read
from observatoire.activity import Activity
from observatoire.catalogue import read_catalogue
from observatoire.component import PaneSpec, site_pane
from observatoire.component.painting import site_values
from observatoire.disclosure import SQUARE_KIND, ProtectedLayer
from observatoire.errors import NotFoundError
from observatoire.estimates import read_parts
from observatoire.grille import Grid, Replay
from observatoire.labels import read_words
from observatoire.protocole import ONE_BY_ONE
from observatoire.publication import ReleaseInfo
from observatoire.settings import Settings
from observatoire.superposition import Overlays
from observatoire.views.published import Cell, Place, Published, as_cell, zone_figures
from observatoire.views.state import MapState, Offer
from observatoire.views.territories import of_sites

__all__ = ["Cell", "Doors", "Place", "Published", "as_cell", "zone_figures"]

Replaying = Callable[[publication.Connection, Grid, Sequence[str]], Replay]
"""How much of a grid would be seen of the QPV of its site, by what the release shows."""


_FRESH_S = 2.0


@dataclass(frozen=True)
class Doors:
    """What a page is given: the settings and the door of the store. Hashes as one."""

    settings: Settings
    access: Access
    overlays: Overlays | None = None
    replay: Replaying | None = None
    within: str = ""
    visitor: Visitor = field(default_factory=Visitor)
    activity: Activity | None = None

    def signed(self, token: str | None) -> Doors:
        """Return the same doors for whoever holds this session token: proved again at each run.

        Raises
        ------
        SignInError
            When the session is over.
        """
        access = self.access.signed(token)
        return replace(self, access=access, visitor=access.visitor())

    def again(self) -> Doors:
        """Return the same doors, proved again: for a fragment, which runs without the router.

        Raises
        ------
        SignInError
            When the session is over.
        """
        return self.signed(self.access.token)

    def may_write(self, site: str) -> bool:
        """Tell whether whoever asks may prepare grids and agreements of a site."""
        writers = ("team_leader", "delegate", "geographer", "copilot", "facilitator")
        who = self.visitor
        return who.role in writers and site in who.sites and not who.must_change

    @property
    def keeps_accounts(self) -> bool:
        """Tell whether whoever asks keeps the accounts of his sites."""
        return self.visitor.role == "administrator" and not self.visitor.must_change

    @property
    def is_team(self) -> bool:
        """Tell whether whoever asks is a street team."""
        return self.visitor.role in TEAM and not self.visitor.must_change

    @property
    def reads_shared(self) -> bool:
        """Tell whether whoever asks may be given what teams share, one by one."""
        return self.visitor.role in ONE_BY_ONE and not self.visitor.must_change

    def published(self) -> Published:
        """Return the current release.

        Raises
        ------
        NotFoundError
            When nothing was ever published.
        StoreError
            When the store does not answer.
        """
        release = _current(id(self.access.app_engine), int(time.monotonic() / _FRESH_S), self)
        if release is None:
            words = read_words("commun")
            raise NotFoundError(
                "nothing is published yet",
                user=words("empty.sentence"),
                remedy=words("empty.remedy"),
            )
        return _published(release.sha256, f"{self.within}/{self.visitor.audience}", self)

    def ground(self, code: str) -> shapely.Geometry | None:
        """Return the perimeter of a neighbourhood of the sites, EPSG:4326, when it is published."""
        try:
            drawn = self.published().boundaries.values()
        except NotFoundError:
            return None
        return next((frame.geometry[code] for frame in drawn if code in frame.index), None)

    def communes(self) -> gpd.GeoDataFrame:
        """Return the outlines of communes to stand behind the perimeters, EPSG:4326."""
        with self.access.session() as session:
            return publication.read_outlines(session, "commune")

    def ledger(self) -> list[tuple[ReleaseInfo, dict[tuple[str, str, str], str]]]:
        """Return the current release and the one before, with the hashes of their layers."""
        return _ledger(self.published().release.sha256, self)

    def layer(self, state: MapState) -> ProtectedLayer:
        """Return the published layer of a state, re-verified when it is first read.

        Real figures of the field are noted in the journal, once a day for each account.
        """
        key = (state.indicator, state.period, state.edition)
        found = _layer(self.published().release.sha256, *key, self)
        if found.is_real_field and not self.visitor.is_public:
            day = date.today().isoformat()
            sites = tuple(sites_read(self.settings, self.visitor, found.quarters))
            _noted(day, self.visitor.login, sites, figure_noted(*key), self)
        return found

    def parts(self, state: MapState) -> dict[str, ProtectedLayer]:
        """Return the published counts that a layer is made from, by id; none for most layers."""
        key = (state.indicator, state.period, state.edition)
        return _parts(self.published().release.sha256, *key, self)

    def quarters(self, edition: str) -> pd.DataFrame:
        """Return the name, commune and department of every QPV, those outside the sites too."""
        return _quarters(self.published().release.sha256, edition, self)

    def commune_names(self) -> pd.DataFrame:
        """Return the name and department of the communes around, by INSEE code."""
        return _commune_names(self.published().release.sha256, self)

    def values(self, state: MapState) -> pd.DataFrame:
        """Return the figures of a layer for the neighbourhoods of the sites, with their names.

        Columns of `Published.boundaries` without geometry, and `value`, `status`, `outings`.
        A neighbourhood the layer says nothing of is `not_collected`, as on the map, never zero.
        """
        self.layer(state)  # noted, also when what follows was kept for another account
        key = (state.indicator, state.period, state.edition)
        return _values(self.published().release.sha256, *key, self)

    def cell(self, state: MapState, code: str) -> Cell:
        """Return the figure of one neighbourhood."""
        return as_cell(self.values(state), code)

    def edition(self) -> str:
        """Return the edition of the perimeters that most indicators are published in."""
        editions = [layer.edition for layer in self.published().offer.layers]
        return max(sorted(set(editions)), key=editions.count)

    def default_state(self) -> MapState:
        """Return the map shown to who asks for none."""
        offer = self.published().offer
        return offer.settle(MapState(offer.default_indicator(), self.edition(), ""))

    def themes(self) -> dict[str, str]:
        """Return the titles of the themes in reading order, those of field layers included."""
        known = dict(read_catalogue().themes)
        other = read_words("commun")("theme.other")
        for layer in self.published().offer.layers:
            known.setdefault(layer.description.theme, other)
        return known

    def panes(self, edition: str) -> tuple[PaneSpec, ...]:
        """Return the panes of the map, one for each site that has neighbourhoods."""
        return _panes(self.published().release.sha256, edition, self)


@st.cache_resource(show_spinner=False, max_entries=4)
def _current(store: int, moment: int, _doors: Doors) -> ReleaseInfo | None:
    """Ask for the current release at most every two seconds: a page asks many times in a run.

    The moment is part of the key: Streamlit's own expiry may strike between its look at a key and
    its reading of it, which is a failure of the page.
    """
    with _doors.access.session() as session:
        return publication.current_release(session)


@st.cache_resource(show_spinner=False, max_entries=6)
def _published(sha256: str, within: str, _doors: Doors) -> Published:
    with _doors.access.session() as session:
        release = publication.current_release(session)
        layers = tuple(publication.list_layers(session))
        squares = tuple(publication.list_layers(session, SQUARE_KIND))
        editions = sorted({layer.edition for layer in layers})
        drawn = {name: publication.read_boundaries(session, name) for name in editions}
    if release is None or release.sha256 != sha256:
        words = read_words("commun")
        raise NotFoundError(
            "the release changed while it was read",
            user=words("error.release"),
            remedy=words("error.unexpected_remedy"),
        )
    sites = _doors.settings.sites
    own = {name: of_sites(frame, sites) for name, frame in drawn.items()}
    # What is read in a territory is kept under a name of its own.
    return Published(replace(release, sha256=sha256 + within), Offer(layers), own, squares)


@st.cache_resource(show_spinner=False, max_entries=2)
def _ledger(
    sha256: str, _doors: Doors
) -> list[tuple[ReleaseInfo, dict[tuple[str, str, str], str]]]:
    with _doors.access.session() as session:
        return publication.read_ledger(session)


@st.cache_resource(show_spinner=False, max_entries=400)
def _layer(sha256: str, indicator: str, period: str, edition: str, _doors: Doors) -> ProtectedLayer:
    with _doors.access.session() as session:
        return publication.read_layer(session, indicator, period=period, edition=edition)


@st.cache_resource(show_spinner=False, max_entries=4000)
def _noted(day: str, login: str, sites: tuple[str, ...], what: str, _doors: Doors) -> None:
    """Keep once a day that an account read figures of the field of these sites."""
    note_reading(_doors.access, sites, "read", what)


@st.cache_resource(show_spinner=False, max_entries=400)
def _values(sha256: str, indicator: str, period: str, edition: str, _doors: Doors) -> pd.DataFrame:
    layer = _layer(sha256, indicator, period, edition, _doors)
    places = _doors.published().boundaries[edition].drop(columns="geometry")
    return pd.DataFrame(places).join(site_values(layer, list(places.index)))


@st.cache_resource(show_spinner=False, max_entries=100)
def _parts(
    sha256: str, indicator: str, period: str, edition: str, _doors: Doors
) -> dict[str, ProtectedLayer]:
    layer = _layer(sha256, indicator, period, edition, _doors)
    with _doors.access.session() as session:
        return read_parts(session, layer)


@st.cache_resource(show_spinner=False, max_entries=4)
def _quarters(sha256: str, edition: str, _doors: Doors) -> pd.DataFrame:
    with _doors.access.session() as session:
        drawn = publication.read_boundaries(session, edition)
    return pd.DataFrame(drawn[["name", "commune", "department"]])


@st.cache_resource(show_spinner=False, max_entries=2)
def _commune_names(sha256: str, _doors: Doors) -> pd.DataFrame:
    return pd.DataFrame(_doors.communes()[["name", "department"]])


@st.cache_resource(show_spinner=False, max_entries=8)
def _panes(sha256: str, edition: str, _doors: Doors) -> tuple[PaneSpec, ...]:
    drawn = _doors.published().boundaries[edition]
    communes = _doors.communes()
    panes = []
    for site in _doors.settings.sites:
        own = drawn[drawn["site"] == site.id]
        if len(own):
            around = communes[communes["department"].isin(site.departments)]
            panes.append(site_pane(site.id, site.name, own, communes=around))
    return tuple(panes)
