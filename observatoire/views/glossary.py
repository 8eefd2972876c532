"""The terms that a page uses, each explained in one or two sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from observatoire.labels import read_words
from observatoire.search import fold
from observatoire.views.markup import Markup, tag, words


def terms_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the terms of the glossary that texts use, in the glossary's order.

    A term without words of its own is always there; the words of another are looked for at the
    beginning of the words of the texts, accents and case set aside.
    """
    labels = read_words("glossaire")
    said = f" {' '.join(fold(text) for text in texts)}"
    found = []
    for name in term_names():
        wanted = labels.items(f"term.{name}.words")
        if not wanted or any(f" {fold(word)}" in said for word in wanted):
            found.append(name)
    return tuple(found)


def term_names() -> tuple[str, ...]:
    """Return every term of the glossary, in order."""
    entries = read_words("glossaire").entries
    return tuple(
        name.removeprefix("term.").removesuffix(".title")
        for name in entries
        if name.endswith(".title")
    )


def glossary(names: Iterable[str]) -> Markup:
    """Return terms with what they mean, each one unfolding."""
    labels = read_words("glossaire")
    return tag(
        "div",
        *(
            tag(
                "details",
                words("summary", labels(f"term.{name}.title")),
                words("p", labels(f"term.{name}.text")),
            )
            for name in names
        ),
        of="glossary",
    )
