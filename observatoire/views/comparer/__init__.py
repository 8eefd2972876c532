"""The page Comparer: a neighbourhood beside its commune, its site, the other sites, France."""

from __future__ import annotations

import streamlit as st

from observatoire.disclosure import ProtectedLayer
from observatoire.labels import read_words
from observatoire.labels.numbers import edition_words, number
from observatoire.labels.numbers import period as period_words
from observatoire.labels.typography import typeset
from observatoire.views import shell
from observatoire.views.classes import map_breaks
from observatoire.views.comparer import asking, choices, dots, files
from observatoire.views.comparer.comparison import Comparison
from observatoire.views.comparer.funnel import build_funnel
from observatoire.views.comparer.funnel_chart import draw_funnel
from observatoire.views.comparer.material import asked_state, comparison_of
from observatoire.views.comparer.reading import comparison_sentences
from observatoire.views.comparer.sheet import comparison_table, funnel_table, within_reference
from observatoire.views.comparer.state import CompareState
from observatoire.views.doors import Doors
from observatoire.views.evolution import evolution
from observatoire.views.history import read_evolution
from observatoire.views.markup import Markup, join, tag, text, words
from observatoire.views.meaning import meaning_lines
from observatoire.views.part import part
from observatoire.views.planche import planche
from observatoire.views.scale import Scale

PARTS = ("reperes", "quartiers", "hasard", "planche", "temps", "tableau", "source")


def render(doors: Doors, pages: shell.Pages) -> None:
    """Show the page."""
    labels = read_words("comparer")
    title = words("h1", labels("title")) + words("p", labels("lead"), of="quiet page-lead")
    st.html(tag("header", title, of="compare-head"))
    _body(doors)


@part
def _body(doors: Doors) -> None:
    """Show all that a choice changes."""
    published = doors.published()
    state, notices = asked_state(doors, st.query_params.to_dict())
    made, layer = comparison_of(doors, state), doors.layer(state.layer)

    def change(**wanted: str) -> None:
        settled = state.changed(published.offer, published.codes, **wanted)
        st.query_params.from_dict(settled.as_params())

    if notices:
        shell.note(" ".join(notices), look="wrong")
    choices.choices(state, made, doors, change)
    if layer.fictitious:
        shell.fictitious_note()
    _heading(made, layer)
    _contents()
    scale = dots.scale_of_comparison(made)
    left, right = st.columns([2.3, 1], gap="medium")
    with left:
        _dots(made, scale)
    with right:
        asking.show(state, made, layer, change)
    _each(made, scale)
    _funnel(made)
    _planche(doors, state, made)
    _evolution(doors, state)
    _table(made)
    _under(state, layer)


def _contents() -> None:
    """Show the way to each part of a long page."""
    labels = read_words("comparer")
    links = [
        words("a", labels(f"parts.{name}"), attrs={"href": f"#{name}", "target": "_self"})
        for name in PARTS
    ]
    attrs = {"aria-label": labels("parts.title")}
    st.html(tag("nav", words("span", labels("parts.title")), *links, of="page-parts", attrs=attrs))


def _heading(made: Comparison, layer: ProtectedLayer) -> None:
    """Say what is compared, and what the comparison shows."""
    labels, one = read_words("comparer"), made.one
    line = labels(
        "heading.line" if one.unit else "heading.line_bare",
        period=period_words(layer.period),
        edition=edition_words(layer.edition),
        unit=typeset(one.unit),
    )
    first, *others = comparison_sentences(made)
    title = words("h2", typeset(one.label), of="layer-title") + words("p", line, of="layer-line")
    said = words("p", first, of="lead") + tag(
        "p", join(words("span", other + " ") for other in others)
    )
    attrs = {"role": "region", "aria-live": "polite", "aria-label": labels("reading")}
    st.html(
        tag(
            "header",
            tag("div", title),
            tag("div", said, of="said", attrs=attrs),
            of="layer-heading",
        )
    )


def _dots(made: Comparison, scale: Scale) -> None:
    """Show the neighbourhood and its comparators, their key, and how each was made."""
    labels = read_words("comparer")
    same: dict[str, list[str]] = {}
    for line in made.comparators:
        same.setdefault(line.note, []).append(line.name)
    notes = [
        tag("li", words("b", labels("dots.note", names=", ".join(names))), text(note))
        for note, names in same.items()
    ]
    st.html(
        tag(
            "section",
            words("h2", labels("dots.title"), attrs={"id": "reperes"}),
            dots.summary_chart(made, scale),
            dots.legend(made),
            _folded(labels("dots.notes"), tag("ul", *notes, of="points"), opened=True),
            of="compare-part",
        )
    )


def _each(made: Comparison, scale: Scale) -> None:
    """Show every neighbourhood, its own site open and the others folded."""
    labels = read_words("comparer")
    sites = [
        _folded(
            labels("dots.site", site=line.name, n=line.more),
            dots.site_chart(made, scale, line.site),
            opened=line.site == made.place.site,
        )
        for line in made.sites
    ]
    st.html(
        tag(
            "section",
            words("h2", labels("dots.each"), attrs={"id": "quartiers"}),
            words("p", labels("dots.each_lead"), of="quiet"),
            *sites,
            of="compare-part",
        )
    )


def _funnel(made: Comparison) -> None:
    labels, drawn = read_words("comparer"), build_funnel(made)
    parts = [words("h2", labels("funnel.heading"), attrs={"id": "hasard"})]
    if drawn is None:
        parts.append(words("p", labels("funnel.none"), of="quiet"))
    else:
        form = "funnel.widened" if drawn.widened else "funnel.plain"
        phi = number(drawn.dispersion, 1)
        parts += [
            words("p", labels("funnel.lead"), of="reading-text"),
            draw_funnel(drawn, made.one, made.place.key),
            words("p", labels(form, phi=phi), of="facts"),
            _folded(labels("funnel.see_table"), funnel_table(drawn, made.one)),
        ]
    st.html(tag("section", *parts, of="compare-part"))


def _planche(doors: Doors, state: CompareState, made: Comparison) -> None:
    """Show every perimeter at one scale, hatched where its interval contains the reference."""
    title = words("h2", read_words("comparer")("planche.title"), attrs={"id": "planche"})
    if made.apart:
        said = words("p", read_words("comparer")("planche.apart"), of="quiet")
        st.html(tag("section", title, said, of="compare-part"))
        return
    breaks = map_breaks(doors.values(state.layer), state.layer, made.one)
    reference = made.reference.name if made.reference else ""
    hatched = within_reference(made)
    drawn = planche(doors, state.layer, breaks, hatched=hatched, reference=reference)
    st.html(tag("div", title, drawn, of="compare-part"))


def _evolution(doors: Doors, state: CompareState) -> None:
    """Show the neighbourhood through time, breaks drawn as breaks."""
    labels = read_words("comparer")
    drawn = evolution(read_evolution(doors, state.layer, state.qpv))
    st.html(
        tag(
            "section",
            words("h2", labels("evolution.title"), attrs={"id": "temps"}),
            drawn,
            of="compare-part",
        )
    )


def _table(made: Comparison) -> None:
    labels = read_words("comparer")
    title = words("h2", labels("table.title"), attrs={"id": "tableau"})
    st.html(tag("section", title, comparison_table(made), of="compare-part"))


def _under(state: CompareState, layer: ProtectedLayer) -> None:
    """Show what the figure means, its sources and vintage, and the file of the comparison."""
    labels, common = read_words("comparer"), read_words("carte")
    facts = join(words("dt", name) + tag("dd", text(said)) for name, said in meaning_lines(layer))
    link = words("a", labels("download.csv"), attrs={"href": files.address(state), "download": ""})
    st.html(
        tag(
            "section",
            tag(
                "div",
                words("h2", common("meaning.title"), attrs={"id": "source"}),
                tag("dl", facts),
                of="meaning",
            ),
            tag(
                "div",
                words("h2", labels("download.title")),
                tag("ul", tag("li", link), of="files"),
                words("p", labels("download.note"), of="facts"),
                of="downloads",
            ),
            of="under-map",
        )
    )


def _folded(title: str, inside: Markup, *, opened: bool = False) -> Markup:
    attrs = {"open": ""} if opened else {}
    return tag("details", words("summary", title), inside, of="folded", attrs=attrs)
