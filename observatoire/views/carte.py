"""The map page: one indicator, the sites side by side or one of them large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from observatoire.catalogue import Indicator
from observatoire.classify import Breaks
from observatoire.component import PanePaint, living_map
from observatoire.component.painting import layer_texts, paint_layer
from observatoire.disclosure import ProtectedLayer
from observatoire.labels import read_words
from observatoire.labels.numbers import edition_words, quantity
from observatoire.labels.numbers import period as period_words
from observatoire.labels.typography import typeset
from observatoire.sentences import map_sentences
from observatoire.sources import find_source
from observatoire.views import chooser, classes, meaning, panel, shell, table, territories
from observatoire.views.doors import Doors, zone_figures
from observatoire.views.figures import Reference, doubtful, estimated, reference
from observatoire.views.legend import legend
from observatoire.views.markup import Markup, join, tag, words
from observatoire.views.part import part
from observatoire.views.sites import compare_sites
from observatoire.views.state import ALL_SITES, MapState, read_state

_HEIGHT = {"trois": 460, "un": 620}


def render(doors: Doors, pages: shell.Pages) -> None:
    """Show the page."""
    st.html(words("h1", read_words("carte")("map.title"), of="seen-by-readers"))
    _body(doors, pages)


@part
def _body(doors: Doors, pages: shell.Pages) -> None:
    """Show all that a choice changes; only this runs again, and the map stays mounted."""
    elsewhere = territories.published_territories(doors)
    asked = territories.asked_territory(st.query_params.get("vue", ""), elsewhere)
    sites = (*doors.settings.sites, *asked)
    doors = territories.doors_of(doors, asked)
    published = doors.published()
    state, notices = read_state(
        st.query_params.to_dict(), published.offer, [site.id for site in sites], published.codes
    )

    def change(**wanted: Any) -> None:
        if asked and wanted.get("view", state.view) != state.view:
            wanted = {"view": wanted["view"] or ALL_SITES, "qpv": ""}
        classing = wanted.get("classing", classes.kept(state, wanted))
        settled = published.offer.settle(replace(state, **wanted | {"classing": classing}))
        st.query_params.from_dict(settled.as_params())

    if notices:
        shell.note(" ".join(notices), look="wrong")
    chooser.choices(state, published.offer, sites, doors.themes(), change)
    territories.choose(elsewhere, state.view, change)
    if asked:
        shell.note(read_words("territoires")("note"))
    layer = doors.layer(state)
    frame = estimated(doors, state)
    shown = frame if state.view == ALL_SITES else frame[frame["site"] == state.view]
    breaks = classes.map_breaks(frame, state, layer.description)
    _heading(layer, shown)
    classes.banner(state)
    picked = _map(doors, state, breaks, frame, change)
    left, right = st.columns([1.7, 1], gap="large")
    with left:
        st.html(words("h2", read_words("carte")("table.title")))
        picked = table.show(shown, layer.description, layer.period, breaks, state.qpv) or picked
    with right:
        spread = compare_sites(frame, layer.description, state.qpv)
        if spread and state.view == ALL_SITES:  # nothing to compare: no figure is shown
            st.html(spread)
        panel.show(doors, state, card=pages["quartier"], clear=lambda: change(qpv=""))
    meaning.show(layer, state)
    if picked and picked != state.qpv:
        change(qpv=picked)
        st.rerun(scope="fragment")


def _heading(layer: ProtectedLayer, shown: pd.DataFrame) -> None:
    """Say what the map shows: title, period, warning, sentences."""
    labels = read_words("carte")
    description = layer.description
    line = labels(
        "heading.line" if description.unit else "heading.line_bare",
        period=period_words(layer.period),
        edition=edition_words(layer.edition),
        unit=typeset(description.unit),
    )
    first, *others = map_sentences(
        shown.rename(columns={"site": "site_id", "site_name": "site"}),
        description,
        layer.period,
        reference=_reference(layer),
    )
    if layer.fictitious:
        shell.fictitious_note()
    title = words("h2", typeset(description.label), of="layer-title") + words(
        "p", line, of="layer-line"
    )
    said = words("p", first, of="lead") + tag(
        "p", join(words("span", other + " ") for other in others)
    )
    st.html(
        tag(
            "header",
            tag("div", title),
            tag(
                "div",
                said,
                of="said",
                attrs={
                    "aria-label": labels("heading.sentence"),
                    "aria-live": "polite",
                    "role": "region",
                },
            ),
            of="layer-heading",
        )
    )


def _reference(layer: ProtectedLayer) -> tuple[str, float] | None:
    """Return the national figure published beside the neighbourhoods', when there is one."""
    national = zone_figures(layer, "france")
    shown = national[national["status"] == "ok"]
    if shown.empty:
        return None
    return read_words("carte")("panel.france_name"), float(shown["value"].iloc[0])


def _map(
    doors: Doors,
    state: MapState,
    breaks: Breaks,
    frame: pd.DataFrame,
    change: classes.Change,
) -> str:
    """Show the map beside its legend; return the code of the neighbourhood just picked.

    Every site is painted, then the ones of the view are kept: the size of a circle does not
    depend on the view.
    """
    layer, against = doors.layer(state), reference(doors, state)
    every = doors.panes(state.edition)
    doubt = doubtful(frame, against)
    hatched = doubt if state.hatched else ()
    shown = [
        (pane, paint)
        for pane, paint in zip(every, paint_layer(layer, every, breaks, hatched), strict=True)
        if state.view in (ALL_SITES, pane.id)
    ]
    with st.container(key="scene", horizontal=True, gap="medium"):
        with st.container(key="carte"):
            event = living_map(
                [pane for pane, _ in shown],
                [paint for _, paint in shown],
                layer_texts(layer, sources=_credit(layer)),
                classes=len(breaks),
                key="carte_vivante",
                selected=state.qpv,
                height=_HEIGHT["trois" if len(shown) > 1 else "un"],
            )
        with st.container(key="legende"):
            painted = [paint for _, paint in shown]
            one = layer.description
            st.html(_legend(one, painted, breaks, frame, state=state, against=against))
            may_hatch = against is not None and bool(frame["low"].notna().any())
            classes.choices(state, breaks, layer.description, change, reference=may_hatch)
    return event.pick if event else ""


def _legend(
    one: Indicator,
    painted: Sequence[PanePaint],
    breaks: Breaks,
    frame: pd.DataFrame,
    *,
    state: MapState,
    against: Reference | None,
) -> Markup:
    """Return the legend of what is shown, judged on the values that were classified."""
    classified = frame[frame["site"] == state.site] if state.classing.own_scale else frame
    said = ""
    if state.hatched and against is not None:
        value = quantity(against.value, one.unit, one.decimals)
        said = read_words("carte")("reference.said", name=against.name, value=value)
    return legend(
        one,
        "".join(paint.classes for paint in painted),
        breaks,
        [float(value) for value in classified["value"].dropna()],
        hatched=sum(len(paint.hatched) for paint in painted),
        reference=said,
    )


def _credit(layer: ProtectedLayer) -> str:
    """Return the source, the vintage and the edition, as they stand at the foot of the map."""
    source = find_source(layer.source)
    return read_words("carte")(
        "map.sources",
        publisher=typeset(source.publisher),
        vintage=typeset(source.vintage),
        edition=edition_words(layer.edition),
    )
