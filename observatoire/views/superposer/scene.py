"""The map of two variables, one under the other, and its legends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import streamlit as st

from observatoire.classify import Breaks
from observatoire.component import (
    AreaSpec,
    MapTexts,
    PanePaint,
    PaneSpec,
    Underlay,
    area_spec,
    living_map,
)
from observatoire.component.areas import areas_near
from observatoire.component.painting import layer_breaks, layer_texts, paint_layer
from observatoire.disclosure import ProtectedLayer
from observatoire.errors import FileError
from observatoire.labels import read_words
from observatoire.labels.numbers import number
from observatoire.labels.numbers import period as period_words
from observatoire.labels.typography import typeset
from observatoire.sources import find_source
from observatoire.superposition import Answer
from observatoire.views.doors import Doors
from observatoire.views.superposer import band, drawing, keys
from observatoire.views.superposer.layers import Shown
from observatoire.views.superposer.state import OverlayState

MOST_AREAS = 5_000
_AROUND = 0.02  # degrees: the areas drawn are those within two kilometres or so of a neighbourhood
_HEIGHT = {True: 620, False: 460}


@dataclass(frozen=True)
class Scene:
    """All that the map shows.

    Attributes
    ----------
    panes
        Sites shown, in order.
    answer
        The estimates; None when nothing is carried.
    official
        The neighbourhoods' own layer of the variable, at the nearest year; None without one.
    """

    doors: Doors
    state: OverlayState
    shown: Shown
    panes: tuple[PaneSpec, ...]
    answer: Answer | None
    official: ProtectedLayer | None


@dataclass(frozen=True)
class Above:
    """What the neighbourhoods show: their paint, its classes, and its words."""

    paint: Sequence[PanePaint]
    breaks: Breaks
    texts: MapTexts
    title: str


def show_scene(scene: Scene) -> str:
    """Show the map beside its legends; return the code of the neighbourhood just picked."""
    shown = scene.shown
    specs = [_spec(scene, pane) for pane in scene.panes]
    keys_drawn = sorted({key for spec in specs for key in spec.keys})
    drawn = drawing.drawn_values(shown, _areas_m2(scene))
    breaks = drawing.area_breaks(drawn, keys_drawn)
    heading = _area_heading(shown)
    underlay = Underlay(
        tuple(specs),
        tuple(drawing.paint_areas(shown, drawn, spec.keys, breaks, scene.answer) for spec in specs),
        drawing.area_texts(shown, heading),
        len(breaks),
        band.opacity(),
        band.is_over(),
    )
    above = _above(scene)
    with st.container(key="scene", horizontal=True, gap="medium"):
        with st.container(key="carte"):
            event = living_map(
                scene.panes,
                above.paint,
                above.texts,
                classes=len(above.breaks),
                key="carte_superposee",
                selected=scene.state.qpv,
                height=_HEIGHT[len(scene.panes) == 1],
                underlay=underlay,
            )
        with st.container(key="legende"):
            letters = "".join(part.classes for part in underlay.paint)
            st.html(keys.area_key(shown, heading, letters, breaks))
            st.html(keys.above_key(above.title, above.paint, above.breaks, _largest(scene), shown))
    return event.pick if event else ""


def drawn_keys(scene: Scene) -> list[str]:
    """Return the keys of the areas that are drawn, all panes together."""
    return sorted({key for pane in scene.panes for key in _spec(scene, pane).keys})


def _spec(scene: Scene, pane: PaneSpec) -> AreaSpec:
    """Return the outlines drawn in a pane; those of the release are made once."""
    if scene.shown.is_loaded:
        return _loaded_spec(scene, pane)
    sha = scene.doors.published().release.sha256
    return _published_spec(sha, scene.state.areas, pane.id, scene.doors, scene.shown.areas, pane)


@st.cache_resource(show_spinner=False, max_entries=24)
def _published_spec(
    sha256: str, kind: str, site: str, _doors: Doors, _areas: gpd.GeoDataFrame, _pane: PaneSpec
) -> AreaSpec:
    own = _areas[_areas["department"].isin(_doors.settings.site(site).departments)]
    return area_spec(areas_near(own, _boundaries(_doors, _pane), _AROUND * 4))


def _loaded_spec(scene: Scene, pane: PaneSpec) -> AreaSpec:
    near = areas_near(scene.shown.areas, _boundaries(scene.doors, pane), _AROUND)
    if len(near) > MOST_AREAS:
        raise FileError(
            f"{len(near)} areas to draw",
            user=read_words("superposer")("error.too_many", n=number(len(near))),
        )
    return area_spec(near)


def _boundaries(doors: Doors, pane: PaneSpec) -> gpd.GeoDataFrame:
    return doors.published().boundaries[doors.edition()].loc[list(pane.codes)]


def _areas_m2(scene: Scene) -> pd.Series:
    overlays = scene.doors.overlays
    if overlays is None or not scene.shown.is_count:
        return pd.Series(dtype="float64")
    if scene.shown.is_loaded:
        return overlays.areas_m2(scene.shown.areas)
    return _published_m2(scene.doors.published().release.sha256, scene.state.areas, scene)


@st.cache_resource(show_spinner=False, max_entries=4)
def _published_m2(sha256: str, kind: str, _scene: Scene) -> pd.Series:
    assert _scene.doors.overlays is not None
    return _scene.doors.overlays.areas_m2(_scene.shown.areas)


def _above(scene: Scene) -> Above:
    """Return what the neighbourhoods show; without an estimate or a figure, their outlines."""
    labels = read_words("superposer")
    wanted = scene.state.above
    if wanted == "officiel" and scene.official is not None:
        every = scene.doors.panes(scene.doors.edition())
        breaks = layer_breaks(scene.official, every)
        painted = dict(
            zip((one.id for one in every), paint_layer(scene.official, every, breaks), strict=True)
        )
        title = labels(
            "heading.official",
            label=typeset(scene.official.description.label),
            period=period_words(scene.official.period),
        )
        texts = layer_texts(scene.official, sources=_credit(scene.shown))
        return Above([painted[pane.id] for pane in scene.panes], breaks, texts, title)
    title = labels("heading.estimates", label=typeset(scene.shown.label))
    texts = drawing.estimate_texts(title, _credit(scene.shown), "")
    if wanted == "estimation" and scene.answer is not None:
        breaks = drawing.estimate_breaks(scene.answer, scene.shown)
        paint = drawing.paint_estimates(scene.answer, scene.shown, scene.panes, breaks)
        return Above(paint, breaks, texts, title)
    bare = drawing.estimate_texts("", _credit(scene.shown), "")
    return Above(drawing.paint_outlines(scene.panes), Breaks(), bare, labels("legend.above"))


def _largest(scene: Scene) -> float:
    """Return the value of the largest circle."""
    if scene.state.above == "officiel" and scene.official is not None:
        codes = [code for pane in scene.doors.panes(scene.doors.edition()) for code in pane.codes]
        frame = scene.official.frame.droplevel("zone_kind")
        found = frame["value"].reindex(codes).max()
        return 0.0 if pd.isna(found) else float(found)
    rows = scene.answer.rows if scene.answer is not None else ()
    return max((row.estimate or 0.0 for row in rows if row.is_shown), default=0.0)


def _area_heading(shown: Shown) -> str:
    labels = read_words("superposer")
    if not shown.period:
        return labels("heading.areas_bare", label=typeset(shown.label))
    fields = {"label": typeset(shown.label), "period": period_words(shown.period)}
    return labels("heading.areas", **fields)


def _credit(shown: Shown) -> str:
    """Return the source of the areas, as it stands at the foot of the map."""
    labels = read_words("superposer")
    if shown.is_loaded:
        return labels("heading.source", source=shown.source)
    source = find_source(shown.source)
    return labels("heading.source", source=typeset(f"{source.publisher}, {source.vintage}"))
