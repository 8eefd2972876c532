"""What stands against the terms of an agreement: all its faults at once, in French."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from observatoire.errors import SchemaError
from observatoire.labels import read_words
from observatoire.protocole.terms import EVERY_ITEM, PRECISIONS, RHYTHMS, SHARERS, Share, Terms

LONGEST_ARTICLE = 1000
_ITEM = re.compile(r"[*]|[a-z][a-z0-9_]{1,39}")
# Bounds of the whole numbers; thresholds of disclosure go lower with an article that says so.
BOUNDS = {
    "retention_months": (1, 60),
    "text_months": (1, 3),
    "days_back": (0, 366),
    "delay_days": (0, 90),
}
THRESHOLDS = {"k": (5, 3, 100), "outings": (2, 1, 100), "base": (10, 2, 1000)}


@dataclass(frozen=True)
class Fault:
    """One fault: its place (`k`, `shares.2.rhythm`) and a French sentence."""

    place: str
    said: str


def faults(terms: Terms, items: Collection[str] | None = None) -> tuple[Fault, ...]:
    """Return every fault, in reading order.

    Parameters
    ----------
    items
        Codes of the site's grid in force, when there is one: a share names no other.
    """
    return tuple(_faults(terms, items))


def require_sound(terms: Terms, items: Collection[str] | None = None) -> None:
    """Refuse terms that have faults, naming all of them.

    Raises
    ------
    SchemaError
        With the faults in `faults`.
    """
    found = faults(terms, items)
    if not found:
        return
    words = read_words("protocole")
    listed = tuple(f"{fault.place} : {fault.said}" for fault in found)
    raise SchemaError(
        f"terms with {len(found)} faults",
        user=words.count("refused.faults", len(found)),
        remedy=" ; ".join(listed) + ".",
        faults=listed,
    )


def _faults(terms: Terms, items: Collection[str] | None) -> Iterator[Fault]:
    words = read_words("protocole")
    if terms.precision not in PRECISIONS:
        yield Fault("precision", words("fault.choice", allowed=", ".join(PRECISIONS)))
    for name, (lowest, highest) in BOUNDS.items():
        if not lowest <= getattr(terms, name) <= highest:
            yield Fault(name, words("fault.bounds", lowest=lowest, highest=highest))
    for name, (house, lowest, highest) in THRESHOLDS.items():
        value = getattr(terms, name)
        if not lowest <= value <= highest:
            yield Fault(name, words("fault.bounds", lowest=lowest, highest=highest))
        elif value < house and not terms.article.strip():
            yield Fault(name, words("fault.article", house=house))
    if len(terms.article) > LONGEST_ARTICLE:
        yield Fault("article", words("fault.long", most=LONGEST_ARTICLE))
    if not terms.shares:
        yield Fault("shares", words("fault.empty"))
    for rank, share in enumerate(terms.shares, 1):
        yield from _of_share(share, terms, items, f"shares.{rank}")
    named = Counter((share.role, item) for share in terms.shares for item in share.items)
    for role, item in (key for key, times in named.items() if times > 1):
        yield Fault(f"{role}.{item}", words("fault.twice"))


def _of_share(
    share: Share, terms: Terms, items: Collection[str] | None, place: str
) -> Iterator[Fault]:
    words = read_words("protocole")
    if share.role not in SHARERS:
        yield Fault(f"{place}.role", words("fault.choice", allowed=", ".join(SHARERS)))
    if share.rhythm not in RHYTHMS:
        yield Fault(f"{place}.rhythm", words("fault.choice", allowed=", ".join(RHYTHMS)))
    if share.precision not in PRECISIONS:
        yield Fault(f"{place}.precision", words("fault.choice", allowed=", ".join(PRECISIONS)))
    elif terms.precision in PRECISIONS and _finer(share.precision, terms.precision):
        yield Fault(f"{place}.precision", words("fault.finer"))
    if not share.items:
        yield Fault(f"{place}.items", words("fault.no_item"))
    for item in share.items:
        unknown = items is not None and item != EVERY_ITEM and item not in items
        if not _ITEM.fullmatch(item) or unknown:
            yield Fault(f"{place}.items", words("fault.item", code=item[:40]))


def _finer(one: str, other: str) -> bool:
    return PRECISIONS.index(one) > PRECISIONS.index(other)
