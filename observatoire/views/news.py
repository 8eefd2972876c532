"""What changed with the last release. Pure but for `show`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import streamlit as st

from observatoire.catalogue import Indicator
from observatoire.labels import read_words
from observatoire.labels.numbers import day
from observatoire.labels.numbers import period as period_words
from observatoire.labels.typography import typeset
from observatoire.periods import sort_key
from observatoire.views.doors import Doors
from observatoire.views.markup import tag, words

LayerKey = tuple[str, str, str]
_NAMED_AT_MOST = 6


@dataclass(frozen=True)
class Changes:
    """Layers by (indicator, period, edition): new ones, ones whose content moved, ones gone."""

    added: tuple[LayerKey, ...]
    revised: tuple[LayerKey, ...]
    removed: tuple[LayerKey, ...]


def compare(before: Mapping[LayerKey, str], after: Mapping[LayerKey, str]) -> Changes:
    """Return what changed between the layers of two releases, given their hashes."""
    both = after.keys() & before.keys()
    return Changes(
        added=tuple(sorted(after.keys() - before.keys())),
        revised=tuple(sorted(key for key in both if after[key] != before[key])),
        removed=tuple(sorted(before.keys() - after.keys())),
    )


def show(doors: Doors) -> None:
    """Show the last release: its date, what it changed, what it holds."""
    labels = read_words("accueil")
    (release, layers), *earlier = doors.ledger()
    lines = [_content(doors)]
    if earlier:
        before, previous = earlier[0]
        lines = [*change_lines(compare(previous, layers), _descriptions(doors)), *lines]
        dates = {"date": day(release.released_on), "before": day(before.released_on)}
        lines = [labels("news.latest", **dates), *lines]
    else:
        lines = [labels("news.first", date=day(release.released_on)), *lines]
    points = tag("ul", *(words("li", line) for line in lines), of="points")
    st.html(words("h2", labels("news.title")) + points)


def change_lines(changes: Changes, described: Mapping[str, Indicator]) -> list[str]:
    """Return one sentence for each kind of change, or the one that says there is none."""
    labels = read_words("accueil")
    kinds = {"new": changes.added, "changed": changes.revised, "gone": changes.removed}
    lines = [
        labels(f"news.{kind}_layers", names=_named(keys, described))
        for kind, keys in kinds.items()
        if keys
    ]
    return lines or [labels("news.same")]


def _named(keys: Iterable[LayerKey], described: Mapping[str, Indicator]) -> str:
    """Return the names of the layers, by indicator, a few of them when they are many."""
    labels = read_words("accueil")
    periods: dict[str, list[str]] = {}
    for indicator, period, _ in keys:
        periods.setdefault(indicator, []).append(period)
    named = [
        labels(
            "news.name",
            label=typeset(described[name].label) if name in described else name,
            period=_span(found),
        )
        for name, found in periods.items()
    ]
    shown = ", ".join(named[:_NAMED_AT_MOST])
    more = len(named) - _NAMED_AT_MOST
    return labels.count("news.more", more, names=shown) if more > 0 else shown


def _span(periods: Iterable[str]) -> str:
    """Return one period, or the first and the last of several."""
    ordered = sorted(set(periods), key=sort_key)
    if len(ordered) == 1:
        return period_words(ordered[0])
    ends = {"first": period_words(ordered[0]), "last": period_words(ordered[-1])}
    return read_words("accueil")("news.span", **ends)


def _content(doors: Doors) -> str:
    """Return the sentence that says what is published."""
    labels = read_words("accueil")
    layers = doors.published().offer.layers
    official = [layer for layer in layers if not layer.fictitious]
    count = len({layer.indicator for layer in official})
    fields = {"indicators": labels.count("news.indicators", count)}
    fields["periods"] = _span(layer.period for layer in official) if official else ""
    themes = len({layer.indicator for layer in layers if layer.fictitious})
    if not themes:
        return labels("news.content_official", **fields)
    return labels("news.content", themes=labels.count("news.themes", themes), **fields)


def _descriptions(doors: Doors) -> dict[str, Indicator]:
    return doors.published().offer.indicators()
