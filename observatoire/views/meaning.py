"""Under the map: what the figure means, where it comes from, and the downloads."""

from __future__ import annotations

import streamlit as st

from observatoire.disclosure import ProtectedLayer
from observatoire.labels import read_words
from observatoire.labels.numbers import edition_words, quantity
from observatoire.labels.numbers import period as period_words
from observatoire.labels.typography import typeset
from observatoire.sources import find_source
from observatoire.views.downloads import links
from observatoire.views.markup import Markup, join, tag, text, words
from observatoire.views.state import MapState


def show(layer: ProtectedLayer, state: MapState) -> None:
    """Show the definition, the source, the caveats and the files of a layer."""
    labels = read_words("carte")
    st.html(
        tag(
            "section",
            tag(
                "div",
                words("h2", labels("meaning.title")),
                _facts(meaning_lines(layer)),
                of="meaning",
            ),
            tag(
                "div",
                words("h2", labels("download.title")),
                links(state),
                words("p", labels("download.note"), of="facts"),
                of="downloads",
            ),
            of="under-map",
        )
    )


def meaning_lines(layer: ProtectedLayer) -> list[tuple[str, str]]:
    """Return the name and the text of everything that is said of a layer; empty ones left out."""
    labels = read_words("carte")
    one, source = layer.description, find_source(layer.source)
    lines = [
        ("definition", one.definition),
        ("numerator", one.numerator),
        ("denominator", one.denominator),
        ("verdict", one.verdict),
        ("caveat", one.caveat),
        ("grid", one.grid),
        ("source", f"{source.publisher} : {source.title}"),
        ("vintage", source.vintage),
        ("licence", source.licence),
        ("period", period_words(layer.period)),
        ("edition", edition_words(layer.edition)),
        ("next_update", one.next_update),
        ("rule", labels(f"meaning.rule_text.{layer.rule}")),
    ]
    share = layer.share_visible
    if share is not None and share < 1:
        printed = quantity(100 * share, "%", 0)
        lines.append(("visible", labels("meaning.visible_text", share=printed)))
    return [(labels(f"meaning.{name}"), typeset(said)) for name, said in lines if said]


def secret_link() -> Markup:
    """Return the link to what « secret » means, on the page of the releases."""
    address = {"href": "/publications?partie=secret", "target": "_self"}
    return tag("p", words("a", read_words("commun")("secret.link"), attrs=address), of="facts")


def _facts(lines: list[tuple[str, str]]) -> Markup:
    return tag("dl", join(words("dt", name) + tag("dd", text(said)) for name, said in lines))
