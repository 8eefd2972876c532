"""The card that asks « Cette différence est-elle réelle ? » and shows the answer."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from observatoire.disclosure import ProtectedLayer
from observatoire.labels import read_words
from observatoire.verdict_words import sentences, small_print
from observatoire.verdicts import Verdict
from observatoire.views.comparer.comparison import Comparison
from observatoire.views.comparer.question import second_name, second_places, verdict_between
from observatoire.views.comparer.state import REFERENCES, CompareState
from observatoire.views.markup import Markup, join, tag, words

Change = Callable[..., None]
_FIRST, _SECOND = "question_entre", "question_et"


def show(state: CompareState, made: Comparison, layer: ProtectedLayer, change: Change) -> None:
    """Show the two selectors, the button, and the answer once it was asked for."""
    labels = read_words("comparer")
    seconds = second_places(made)
    with st.container(key="question"):
        st.html(
            words("h2", labels("question.title")) + words("p", labels("question.lead"), of="quiet")
        )
        _first(made, change)
        if not seconds:
            return
        asked = state.other if state.other in seconds else ""
        if asked or st.session_state.get(_SECOND) not in seconds:
            st.session_state[_SECOND] = asked or seconds[0]
        st.selectbox(
            labels("question.second"),
            seconds,
            key=_SECOND,
            format_func=lambda key: _option(made, key),
            on_change=lambda: change(other=""),
        )
        st.button(
            labels("question.ask"),
            key="question_poser",
            type="primary",
            width="stretch",
            on_click=lambda: change(other=str(st.session_state[_SECOND])),
        )
        if asked:
            st.html(answer(verdict_between(made, layer, asked)))


def _first(made: Comparison, change: Change) -> None:
    every = [line.key for line in (*made.places, *made.apart)]
    st.session_state[_FIRST] = made.place.key
    st.selectbox(
        read_words("comparer")("question.first"),
        every,
        key=_FIRST,
        format_func=lambda key: _option(made, key),
        on_change=lambda: change(qpv=str(st.session_state[_FIRST])),
    )


def _option(made: Comparison, key: str) -> str:
    """Return a place as it is offered: with its town; a reference as it is called."""
    if key in REFERENCES:
        name = second_name(made, key)
        return name[:1].upper() + name[1:]
    line = next(line for line in (*made.places, *made.apart) if line.key == key)
    labels = read_words("comparer")
    return labels("place.option", name=line.name, commune=line.more) if line.more else line.name


def answer(verdict: Verdict) -> Markup:
    """Return the answer: one sentence in large, what supports it, the test in small print."""
    first, *others = sentences(verdict)
    fine = small_print(verdict)
    parts = [words("p", first, of="lead"), join(words("p", said) for said in others)]
    if fine:
        parts.append(words("p", fine, of="facts"))
    attrs = {
        "role": "status",
        "aria-live": "polite",
        "aria-label": read_words("comparer")("question.answer"),
        "data-verdict": verdict.kind,
    }
    return tag("div", *parts, of=f"verdict {verdict.kind}", attrs=attrs)
