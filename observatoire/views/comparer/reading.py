"""The sentences above a comparison: what it shows, before any chart. Pure."""

from __future__ import annotations

from observatoire.labels import read_words
from observatoire.labels.typography import typeset
from observatoire.views.comparer.comparison import Comparison
from observatoire.views.comparer.lines import interval_text, once, value_text
from observatoire.views.comparer.sheet import beside_reference


def comparison_sentences(made: Comparison) -> tuple[str, ...]:
    """Return what the comparison shows: the place, its reference, what varies, who is apart."""
    labels = read_words("comparer")
    apart = [
        labels("heading.apart", site=site, reason=reason) for site, reason in made.reasons.items()
    ]
    said = [_place(made), *_reference(made), *_varies(made), *apart]
    return tuple(once(typeset(sentence)) for sentence in said)


def _place(made: Comparison) -> str:
    labels, line = read_words("comparer"), made.place
    value, span = value_text(line, made.one), interval_text(line, made.one)
    if not line.is_shown:
        return labels("heading.absent", name=line.name, reason=value)
    form = "heading.value_interval" if span else "heading.value"
    return labels(form, name=line.name, value=value, interval=span)


def _reference(made: Comparison) -> list[str]:
    labels, line = read_words("comparer"), made.reference
    if line is None:
        return [labels("heading.no_reference")]
    said = [labels("heading.reference", name=line.name, value=value_text(line, made.one))]
    beside = beside_reference(made.place, line)
    return [*said, labels(f"heading.beside_{beside}")] if beside else said


def _varies(made: Comparison) -> list[str]:
    labels = read_words("comparer")
    lines = (made.place, *made.places)
    found = next((line.varies for line in lines if line.has_interval), "")
    field = "field" if made.one.kind == "per_outing" and found else ""
    said = [labels(f"varies.{field or found or 'none'}")]
    if any(line.smoothed == line.smoothed for line in lines):
        said.append(labels("varies.smoothed"))
    return said
