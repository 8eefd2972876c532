"""« Que veut dire secret ? »: the explanation, with one small worked example. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from observatoire.disclosure import Rules
from observatoire.labels import read_words
from observatoire.labels.numbers import number, status_definition, status_words
from observatoire.views.markup import Markup, join, tag, text, words
from observatoire.views.publications.holdings import small_table

OTHERS = ("missing", "blind", "not_collected")


@dataclass(frozen=True)
class Example:
    """Invented counts of three neighbourhoods: the first is small, the second is hidden beside."""

    small: int = 3
    beside: int = 9
    open: int = 14

    @property
    def total(self) -> int:
        """Return the count of the three together."""
        return self.small + self.beside + self.open


def explained(example: Example | None = None) -> Markup:
    """Return the whole section."""
    labels, one = read_words("publications"), example or Example()
    final = [words("p", labels(f"secret.{name}")) for name in ("once", "never")]
    parts = [
        words("h2", labels("secret.title")),
        words("p", labels("secret.lead"), of="lead"),
        words("p", labels("secret.example")),
        _table(one),
        words("p", subtraction(one)),
        words("p", labels("secret.same_mark")),
        words("h3", labels("secret.not_title")),
        _others(),
        words("h3", labels("secret.final_title")),
        *final,
    ]
    return tag("section", *parts, of="release-part secret-part", attrs={"id": "secret"})


def subtraction(one: Example) -> str:
    """Return why the second neighbourhood is hidden: the subtraction that would find the first."""
    return read_words("publications")(
        "secret.subtract",
        k=number(Rules().k),
        total=number(one.total),
        a=number(one.small),
        b=number(one.beside),
        c=number(one.open),
        both=number(one.small + one.beside),
    )


def _table(one: Example) -> Markup:
    labels = read_words("publications")
    mark = tag("span", of="swatch look-secret", attrs={"aria-hidden": "true"})
    hidden = mark + words("span", labels("secret.mark"))
    small = labels("secret.small_why", k=number(Rules().k))
    rows = [
        [text("A"), text(number(one.small)), hidden, text(small)],
        [text("B"), text(number(one.beside)), hidden, words("span", labels("secret.beside_why"))],
        [text("C"), *(text(number(one.open)),) * 2, text(labels("secret.open_why"))],
        [
            text(labels("secret.total")),
            *(text(number(one.total)),) * 2,
            text(labels("secret.open_why")),
        ],
    ]
    heads = [labels(f"secret.{name}") for name in ("place", "counted", "published", "shown_why")]
    return small_table(heads, rows, labels("secret.caption"), "secret-table")


def _others() -> Markup:
    labels = read_words("publications")
    cases = [
        ("zero", labels("secret.zero"), labels("secret.zero_text")),
        *((status, status_words(status), status_definition(status)) for status in OTHERS),
    ]
    rows = [
        tag("dt", tag("span", of=f"swatch look-{look}", attrs={"aria-hidden": "true"}), text(name))
        + words("dd", meaning)
        for look, name, meaning in cases
    ]
    return tag("dl", join(rows), of="real")
