"""What changes between two versions, in words. Pure but for `show`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from observatoire.labels import read_words
from observatoire.labels.typography import typeset
from observatoire.protocole import PRECISIONS, Agreement, Change, Share, Terms, changes
from observatoire.views.markup import Markup, join, tag, text, words
from observatoire.views.protocole.phrases import Names, figure, items_said, known, received


def show(versions: Sequence[Agreement], names: Names) -> None:
    """Offer two versions, and say what changes from one to the other."""
    if len(versions) < 2:
        return
    labels, held = read_words("protocole"), {one.version: one for one in versions}
    numbers, site = list(held), versions[0].site
    st.html(words("h2", labels("compare.title")))
    with st.container(key="protocole_deux", horizontal=True):
        before = _choice("before", numbers, len(numbers) - 2, site)
        after = _choice("after", numbers, len(numbers) - 1, site)
    st.html(compared(held[before], held[after], names))


def _choice(name: str, numbers: list[int], rank: int, site: str) -> int:
    # A version that appears makes the choice anew: the last two are what one comes for.
    key = f"protocole_{name}_{site}_{len(numbers)}"
    chosen = st.selectbox(
        read_words("protocole")(f"compare.{name}"), numbers, index=rank, key=key, width=180
    )
    return int(chosen)


def compared(before: Agreement, after: Agreement, names: Names) -> Markup:
    """Return how many terms are wider or narrower, and each of them."""
    labels = read_words("protocole")
    found = changes(before.terms, after.terms)
    if not found:
        return words("p", labels("compare.none"), of="quiet")
    ways = Counter(one.way for one in found)
    summary = labels(
        "compare.summary",
        before=before.version,
        after=after.version,
        wider=labels.count("compare.wider", ways["wider"]),
        narrower=labels.count("compare.narrower", ways["narrower"]),
        other=labels.count("compare.neither", ways["other"]),
    )
    return words("p", summary, of="facts") + change_list(found, names)


def change_list(found: Sequence[Change], names: Names) -> Markup:
    """Return each change as a line: which way, of what, from what to what."""
    return tag("ul", join(_line(one, names) for one in found), of="pact-changes")


def differing(before: Terms, after: Terms, names: Names) -> Markup:
    """Return what the terms of a draft change to others."""
    found = changes(before, after)
    if not found:
        return words("p", read_words("protocole")("compare.none"), of="quiet")
    return change_list(found, names)


def _line(one: Change, names: Names) -> Markup:
    labels = read_words("protocole")
    way = words("span", labels(f"way.{one.way}"), of=f"pact-way {one.way}")
    if one.place == "share":
        items = items_said(names, one.items)
        name = labels("change.share", who=known("who.", one.role), items=items)
        before, after = received(one.before), received(one.after)
    else:
        name = labels("change.term", name=labels(f"field.{one.place}"))
        before, after = _value(one.before), _value(one.after)
    said = labels("change.arrow", before=before, after=after)
    return tag("li", way, tag("span", words("b", name), text(f" {said}")))


def _value(value: Share | str | int | bool | None) -> str:
    labels = read_words("protocole")
    if isinstance(value, bool):
        return labels("change.yes" if value else "change.no")
    if isinstance(value, int):
        return figure(value)
    said = str(value or "").strip()
    if said in PRECISIONS:
        return known("precision.", said)
    return typeset(said) or labels("change.empty")
