"""What changed with the last release."""

from __future__ import annotations

import streamlit as st

from observatoire.labels import read_words
from observatoire.labels.numbers import day, number
from observatoire.views.doors import Doors
from observatoire.views.markup import tag, words


def show(doors: Doors) -> None:
    """Show the last release: its date, and what it holds."""
    labels = read_words("accueil")
    release = doors.published().release
    official = {layer.indicator for layer in doors.published().offer.layers if not layer.fictitious}
    periods = sorted(
        layer.period for layer in doors.published().offer.layers if not layer.fictitious
    )
    themes = {layer.indicator for layer in doors.published().offer.layers if layer.fictitious}
    lines = [
        labels("news.first", date=day(release.released_on)),
        labels(
            "news.content",
            indicators=number(len(official)),
            periods=labels("news.span", first=periods[0], last=periods[-1]),
            themes=number(len(themes)),
        ),
    ]
    st.html(
        words("h2", labels("news.title"))
        + tag("ul", *(words("li", line) for line in lines), of="points")
    )
