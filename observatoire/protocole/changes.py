"""What changes between the terms of two versions: wider, narrower, or otherwise. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from observatoire.protocole.terms import EVERY_ITEM, PRECISIONS, RHYTHMS, SHARERS, Share, Terms

Way = Literal["wider", "narrower", "other"]

# How a larger value of each other term reads: more is kept, written or shown, or less.
_GROWS: dict[str, bool | None] = {
    "precision": True,
    "retention_months": True,
    "text": True,
    "text_months": True,
    "days_back": True,
    "delay_days": None,
    "transmit": True,
    "k": False,
    "outings": False,
    "base": False,
    "article": None,
}


@dataclass(frozen=True)
class Change:
    """One thing that two versions say differently.

    Attributes
    ----------
    way
        Wider: more is shared, kept or written; narrower: less; other: neither, or both at once.
    place
        `share`, or the name of the term.
    before, after
        For a share what a role receives, None for nothing; otherwise the two values.
    role, items
        For a share, whose, and of which items (`*`: all those that are not named elsewhere).
    """

    way: Way
    place: str
    before: Share | str | int | bool | None
    after: Share | str | int | bool | None
    role: str = ""
    items: tuple[str, ...] = ()


def given(terms: Terms, role: str, item: str) -> Share | None:
    """Return what a role receives of an item: the share that names it, else the one of all."""
    own = [share for share in terms.shares if share.role == role]
    for name in (item, EVERY_ITEM):
        found = next((share for share in own if name in share.items), None)
        if found is not None:
            return found
    return None


def named_items(*several: Terms) -> tuple[str, ...]:
    """Return the items that these terms name, in order, then the one of all the others."""
    named = dict.fromkeys(item for terms in several for one in terms.shares for item in one.items)
    named.pop(EVERY_ITEM, None)
    return (*named, EVERY_ITEM)


def changes(before: Terms, after: Terms) -> tuple[Change, ...]:
    """Return everything that differs, shares first, in reading order."""
    return (*share_changes(before, after), *_other_changes(before, after))


def share_changes(before: Terms, after: Terms) -> tuple[Change, ...]:
    """Return what each role receives otherwise; items that change alike are said together."""
    found = []
    every = named_items(before, after)
    for role in SHARERS:
        alike: dict[tuple[tuple[str, str], tuple[str, str]], list[str]] = {}
        shares: dict[tuple[tuple[str, str], tuple[str, str]], tuple[Share | None, Share | None]]
        shares = {}
        for item in every:
            pair = given(before, role, item), given(after, role, item)
            key = _said(pair[0]), _said(pair[1])
            if key[0] != key[1]:
                alike.setdefault(key, []).append(item)
                shares.setdefault(key, pair)
        for key, items in alike.items():
            old, new = shares[key]
            said = (EVERY_ITEM,) if len(items) == len(every) else tuple(items)
            found.append(Change(_way(old, new), "share", old, new, role, said))
    return tuple(found)


def widened(found: Iterable[Change]) -> tuple[Change, ...]:
    """Return the shares that give more, those that give more and less at once included."""
    return tuple(one for one in found if one.place == "share" and one.way != "narrower")


def _said(share: Share | None) -> tuple[str, str]:
    return (share.precision, share.rhythm) if share is not None else ("", "")


def _way(before: Share | None, after: Share | None) -> Way:
    if before is None or after is None:
        return "wider" if before is None else "narrower"
    steps = {
        _rank(PRECISIONS, after.precision) - _rank(PRECISIONS, before.precision),
        _rank(RHYTHMS, after.rhythm) - _rank(RHYTHMS, before.rhythm),
    }
    if min(steps) < 0 < max(steps):
        return "other"
    return "wider" if max(steps) > 0 else "narrower"


def _rank(names: tuple[str, ...], name: str) -> int:
    """Return the rank of a name; one that is not known, in a draft with faults, is the least."""
    return names.index(name) if name in names else -1


def _other_changes(before: Terms, after: Terms) -> Iterable[Change]:
    for name, grows in _GROWS.items():
        old, new = getattr(before, name), getattr(after, name)
        if old == new:
            continue
        way: Way = "other"
        if grows is not None:
            more = (
                _rank(PRECISIONS, new) > _rank(PRECISIONS, old)
                if name == "precision"
                else new > old
            )
            way = "wider" if more is grows else "narrower"
        yield Change(way, name, old, new)
