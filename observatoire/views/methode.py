"""The page « Sources et méthode »: absences, protection, editions, sources."""

from __future__ import annotations

import streamlit as st

from observatoire.codes import EDITIONS, Edition
from observatoire.disclosure import Rules
from observatoire.labels import read_words
from observatoire.labels.numbers import day, edition_words, status_definition, status_words
from observatoire.labels.typography import typeset
from observatoire.schemas import STATUSES
from observatoire.sources import find_source
from observatoire.views import shell
from observatoire.views.doors import Doors
from observatoire.views.markup import Markup, join, tag, text, words


def render(doors: Doors, pages: shell.Pages) -> None:
    """Show the page."""
    labels = read_words("methode")
    sections = [
        words("h1", labels("title")) + words("p", labels("lead"), of="lead"),
        _absences(),
        _rules(),
        _editions(),
        words("h2", labels("classes.title")) + words("p", labels("classes.text")),
    ]
    st.html(tag("div", join(tag("section", section) for section in sections), of="reading"))
    st.html(_sources(doors))


def _absences() -> Markup:
    labels = read_words("methode")
    cases = [
        (status_words(status), status_definition(status), status)
        for status in STATUSES
        if status != "ok"
    ]
    cases.append((labels("absences.zero"), labels("absences.zero_definition"), "zero"))
    rows = [
        tag("dt", tag("span", of=f"swatch look-{look}", attrs={"aria-hidden": "true"}), text(name))
        + words("dd", meaning)
        for name, meaning, look in cases
    ]
    return (
        words("h2", labels("absences.title"))
        + words("p", labels("absences.lead"))
        + tag("dl", join(rows), of="real")
    )


def _rules() -> Markup:
    labels = read_words("methode")
    rules = Rules()
    field, sensitive = (
        rules.thresholds("field", sensitive=False),
        rules.thresholds("field", sensitive=True),
    )
    said = [
        labels("rules.official"),
        labels(
            "rules.field",
            k=field.k,
            reports=field.reports,
            base=field.base,
            zero=field.zero_outings,
        ),
        labels("rules.sensitive", k=sensitive.k),
        labels("rules.period"),
        labels("rules.outing"),
    ]
    return words("h2", labels("rules.title")) + tag(
        "ul", join(words("li", one) for one in said), of="points"
    )


def _editions() -> Markup:
    labels = read_words("methode")
    rows = [
        words("li", labels("editions.shown", edition=edition_words(name), what=_in_force(one)))
        for name, one in EDITIONS.items()
    ]
    return (
        words("h2", labels("editions.title"))
        + words("p", labels("editions.lead"))
        + tag("ul", join(rows), of="points")
    )


def _in_force(edition: Edition) -> str:
    labels = read_words("methode")
    if edition.ends is None:
        return labels("editions.since", start=day(edition.starts), decree=edition.decree)
    return labels(
        "editions.span", start=day(edition.starts), end=day(edition.ends), decree=edition.decree
    )


def _sources(doors: Doors) -> Markup:
    labels = read_words("methode")
    used: dict[str, set[str]] = {}
    for layer in doors.published().offer.layers:
        used.setdefault(layer.source, set()).add(layer.indicator)
    heads = [
        words("th", labels(f"sources.{name}"), attrs={"scope": "col"})
        for name in ("source", "publisher", "vintage", "licence", "layers")
    ]
    rows = [_source_row(name, len(indicators)) for name, indicators in sorted(used.items())]
    table = tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *rows), of="plain-table")
    return tag(
        "section",
        words("h2", labels("sources.title")),
        words("p", labels("sources.lead")),
        tag("div", table, of="scroll"),
        of="wide-reading",
    )


def _source_row(name: str, indicators: int) -> Markup:
    labels = read_words("methode")
    source = find_source(name)
    title = text(typeset(source.title))
    if source.fictitious:
        title += words("b", labels("sources.fictitious"), of="badge")
    if source.page:
        link = words(
            "a", labels("sources.page"), attrs={"href": source.page, "rel": "noopener noreferrer"}
        )
        title += tag("small", link)
    cells = [
        words("td", typeset(part)) for part in (source.publisher, source.vintage, source.licence)
    ]
    return tag(
        "tr",
        tag("th", title, attrs={"scope": "row"}),
        *cells,
        words("td", labels.count("sources.count", indicators)),
    )
