"""The words of an agreement's choices: roles, items, precision, rhythm. Pure.

A draft may hold anything: what is no known choice is said as it was typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from observatoire.labels import read_words
from observatoire.labels.numbers import number
from observatoire.labels.typography import typeset
from observatoire.protocole import EVERY_ITEM, Share

_LONGEST = 60
_LARGEST = 10**9

Names = Mapping[str, str]
"""Label by code, of the items of the grid in force."""


def known(name: str, typed: str) -> str:
    """Return the words of a choice (`known("who.", role)`), or the choice as it was typed."""
    return read_words("protocole").entries.get(f"{name}{typed}", typed[:_LONGEST])


def item_name(names: Names, code: str) -> str:
    """Return the name of an item; its code when the grid in force has none."""
    return typeset(names.get(code, code[:_LONGEST]))


def items_said(names: Names, items: Sequence[str], *, alone: bool = True) -> str:
    """Return items as they stand in a sentence.

    Parameters
    ----------
    alone
        No other share of the role names an item: « all » is then all of them.
    """
    labels = read_words("protocole")
    said = [item_name(names, item) for item in items if item != EVERY_ITEM]
    if EVERY_ITEM in items:
        said.append(labels("items.all" if alone and not said else "items.others"))
    return ", ".join(said)


def received(share: object) -> str:
    """Return what a share gives: « par quartier, une fois le mois terminé »; or nothing."""
    labels = read_words("protocole")
    if not isinstance(share, Share):
        return labels("share.nothing")
    where, when = known("precision_in.", share.precision), known("rhythm_in.", share.rhythm)
    said = labels("change.something", where=where, when=when)
    return labels("squares.change", said=said) if share.has_squares else said


def figure(value: int) -> str:
    """Return a whole number; one far too large, in a draft with faults, is cut short."""
    return number(value) if abs(value) < _LARGEST else f"{str(value)[:9]}…"
