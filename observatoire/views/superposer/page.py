"""The page: choices, the map of two variables, the table, the areas of one neighbourhood."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from observatoire.component import PaneSpec
from observatoire.component.save import save_button
from observatoire.component.table import values_table
from observatoire.disclosure import ProtectedLayer
from observatoire.errors import ObservatoireError
from observatoire.labels import read_words
from observatoire.labels.numbers import period as period_words
from observatoire.labels.typography import typeset
from observatoire.superposition import Answer, Calibration, Places, Question
from observatoire.views import shell
from observatoire.views.doors import Doors, zone_figures
from observatoire.views.markup import tag, words
from observatoire.views.part import part
from observatoire.views.superposer import band, layers, loaded, tables
from observatoire.views.superposer import words as said
from observatoire.views.superposer.layers import Shown
from observatoire.views.superposer.scene import Scene, drawn_keys, show_scene
from observatoire.views.superposer.state import ALL_SITES, FILE, AreaOffer, OverlayState, read_state

Answered = tuple[Answer | None, ObservatoireError | None]
_ANSWER = "superposer_reponse"


@dataclass(frozen=True)
class Beside:
    """What the method rests on beside the ground.

    Attributes
    ----------
    calibrated
        An official total, and the year it is said of.
    official
        The neighbourhoods' own layer of the variable, at the nearest year.
    places
        Dwellings that the reader loaded.
    """

    calibrated: tuple[Calibration, str] | None
    official: ProtectedLayer | None
    places: Places | None


def render(doors: Doors, pages: shell.Pages) -> None:
    """Show the page."""
    labels = read_words("superposer")
    st.html(words("h1", labels("title")) + words("p", labels("lead"), of="lead"))
    _body(doors)


@part
def _body(doors: Doors) -> None:
    """Show all that a choice changes; only this runs again, and the map stays mounted."""
    offer = layers.area_offer(doors)
    edition = doors.edition()
    panes = doors.panes(edition)
    state, notices = read_state(
        st.query_params.to_dict(),
        offer,
        [pane.id for pane in panes],
        [code for pane in panes for code in pane.codes],
        view=_densest(doors),
    )

    def change(**wanted: str) -> None:
        settled = offer.settle(replace(state, **wanted))
        st.query_params.from_dict(settled.as_params())

    if notices:
        shell.note(" ".join(notices), look="wrong")
    band.choices(state, offer, doors, change)
    shown = _shown(doors, offer, state)
    if shown is None:
        return
    picked = _results(doors, offer, state, shown)
    if picked and picked != state.qpv:
        change(qpv=picked)
        st.rerun(scope="fragment")


def _densest(doors: Doors) -> str:
    """Return the site of the commune with most neighbourhoods: one look shows many of them."""
    frame = doors.published().boundaries[doors.edition()]
    return str(frame.groupby(["site", "commune"], sort=False).size().idxmax()[0])


def _shown(doors: Doors, offer: AreaOffer, state: OverlayState) -> Shown | None:
    """Return the areas to show: published, or what the reader has loaded so far."""
    if state.areas != FILE:
        return layers.published_shown(doors, offer, state)
    return loaded.choose(doors)


def _results(doors: Doors, offer: AreaOffer, state: OverlayState, shown: Shown) -> str:
    """Show the map and what it allows to say; return the code of the neighbourhood picked."""
    panes = [pane for pane in doors.panes(doors.edition()) if state.view in (ALL_SITES, pane.id)]
    places = loaded.choose_places(doors) if state.method == "logements" else None
    found = None if shown.is_loaded else layers.calibration(doors, offer, state)
    calibrated = found if state.method == "calage" else None
    official = (
        None if shown.is_loaded else layers.official_layer(doors, state.variable, shown.period)
    )
    beside = Beside(calibrated, official, places)
    answer, refused = _answered(doors, state, shown, panes, beside)
    if refused is not None:
        shell.note(f"{refused.user} {refused.remedy}", look="wrong")
    if shown.refusal:
        labels = read_words("superposer")
        shell.note(labels(f"refusal.{shown.refusal}"), labels("refusal.title"))
    scene = Scene(doors, state, shown, tuple(panes), answer, official)
    picked = show_scene(scene)
    _notes(state, shown, answer, beside)
    places_of = pd.DataFrame(doors.published().boundaries[doors.edition()].drop(columns="geometry"))
    if answer is not None:
        picked = _table(state, shown, answer, official, places_of) or picked
    elif official is not None:
        picked = _official_table(state, shown, official, places_of, panes) or picked
    _area_table(scene)
    return picked


def _answered(
    doors: Doors, state: OverlayState, shown: Shown, panes: list[PaneSpec], beside: Beside
) -> Answered:
    """Return the estimates, or why there are none; the last answer is kept for this reader.

    Opacity and order change nothing of it, and dwellings are told apart by where they are kept.
    """
    release = doors.published().release.sha256
    asked = (release, state.areas, state.variable, state.period, state.method, state.view)
    key = (*asked, shown.loaded, id(beside.places.ground) if beside.places else 0)
    kept = st.session_state.get(_ANSWER)
    if kept is None or kept[0] != key:
        kept = (key, _answer(doors, shown, panes, beside), beside)
        st.session_state[_ANSWER] = kept
    found: Answered = kept[1]
    return found


def _answer(doors: Doors, shown: Shown, panes: list[PaneSpec], beside: Beside) -> Answered:
    if shown.figures is None or doors.overlays is None:
        return None, None
    codes = [code for pane in panes for code in pane.codes]
    question = Question(
        shown.areas,
        shown.figures,
        doors.published().boundaries[doors.edition()].loc[codes],
        calibration=beside.calibrated[0] if beside.calibrated else None,
        known=layers.known_figures(beside.official, shown.period),
        places=beside.places,
    )
    try:
        return doors.overlays.answer(question), None
    except ObservatoireError as error:
        return None, error


def _notes(state: OverlayState, shown: Shown, answer: Answer | None, beside: Beside) -> None:
    """Say what the method is worth here, in plain words."""
    labels = read_words("superposer")
    if answer is None:
        return
    if beside.calibrated is not None:
        label = typeset(layers.benchmark_label())
        year = period_words(beside.calibrated[1])
        shell.note(labels("note.calibrated", label=label, period=year))
    elif state.method == "logements":
        shell.note(labels("note.places_here" if beside.places else "note.places_missing"))
    else:
        bare = state.method == "surface" or shown.is_loaded
        shell.note(labels("note.surface" if bare else "note.no_benchmark"))


def _table(
    state: OverlayState,
    shown: Shown,
    answer: Answer,
    official: ProtectedLayer | None,
    places: pd.DataFrame,
) -> str:
    """Show the table, the areas of the neighbourhood picked, and the total."""
    labels = read_words("superposer")
    known = zone_figures(official, "qpv") if official is not None else None
    st.html(words("h2", labels("table.title")))
    picked = values_table(
        said.columns(shown, official.period if official is not None else None),
        said.rows(answer, shown, places, known),
        caption=labels("table.caption", label=typeset(shown.label)),
        key="tableau_superposer",
        sort="name",
        selected=state.qpv,
    )
    save_button(
        "superposer.csv",
        labels("table.download"),
        said.csv_lines(answer, places, known),
        key="enregistrer_superposer",
    )
    st.html(said.grades_markup())
    if answer.warnings:
        st.html(words("p", " ".join(answer.warnings), of="superposer-warnings"))
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.html(_picked(state, shown, answer, places))
    with right:
        if answer.conservation is not None:
            st.html(said.conservation_markup(answer.conservation, shown))
    return picked or ""


def _official_table(
    state: OverlayState,
    shown: Shown,
    official: ProtectedLayer,
    places: pd.DataFrame,
    panes: list[PaneSpec],
) -> str:
    """Show the official figures where nothing is carried."""
    labels = read_words("superposer")
    st.html(words("h2", labels("table.official_title")))
    codes = [code for pane in panes for code in pane.codes]
    picked = values_table(
        tables.official_columns(shown, official.period),
        tables.official_rows(shown, places, zone_figures(official, "qpv"), codes),
        caption=labels("table.caption", label=typeset(shown.label)),
        key="tableau_officiel",
        sort="name",
        selected=state.qpv,
    )
    return picked or ""


def _area_table(scene: Scene) -> None:
    """Show the areas as they are drawn, for who does not see the map."""
    labels = read_words("superposer")
    with st.expander(labels("areas.title")):
        values_table(
            tables.area_columns(scene.shown),
            tables.area_rows(scene.shown, drawn_keys(scene)),
            caption=labels("areas.title"),
            key="tableau_aires",
            sort="value",
            down=True,
        )


def _picked(state: OverlayState, shown: Shown, answer: Answer, places: pd.DataFrame) -> str:
    labels = read_words("superposer")
    title = words("h2", labels("parts.picked"))
    here = [row for row in answer.rows if row.qpv == state.qpv]
    if not here:
        return title + words("p", labels("parts.hint"), of="quiet")
    name = str(places.at[state.qpv, "name"])
    return title + tag("div", said.parts_markup(here[0], shown, name))
