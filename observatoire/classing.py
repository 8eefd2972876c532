"""How a map is classified, as a reader chooses it and as an address writes it. Pure.

The choice nobody makes is the frozen one: five Fisher–Jenks classes on all the sites together, so
that a colour means the same thing in every pane and in every meeting.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

from observatoire.classify import (
    MANUAL,
    MOST_CLASSES,
    Breaks,
    Method,
    class_breaks,
    manual_breaks,
    site_breaks,
)
from observatoire.errors import BreaksError

FEWEST_CLASSES = 3
METHODS: tuple[str, ...] = (*get_args(Method), MANUAL)
_ADDRESSES = {
    "fisher_jenks": "jenks",
    "quantiles": "quantiles",
    "equal_interval": "egales",
    MANUAL: "bornes",
}
PARAMS = ("methode", "classes", "bornes", "echelle")
OWN_SCALE = "site"


@dataclass(frozen=True)
class Classing:
    """A choice of classes.

    Attributes
    ----------
    method
        One of `METHODS`.
    classes
        How many are wanted; fewer come out of few distinct values. Nothing to `manual`.
    edges
        Typed edges, both extremes included, for `manual` alone.
    own_scale
        Classes of the one site shown, not comparable with those of another.
    """

    method: str = "fisher_jenks"
    classes: int = 5
    edges: tuple[float, ...] = ()
    own_scale: bool = False

    @property
    def is_frozen(self) -> bool:
        """Tell whether these are the classes of the map that everybody shares."""
        return self == Classing()

    def as_params(self) -> dict[str, str]:
        """Return the choice as the parameters of an address; the frozen choice has none."""
        values = {}
        if self.method != Classing.method:
            values["methode"] = _ADDRESSES[self.method]
        if self.method == MANUAL:
            values["bornes"] = ";".join(_typed(edge) for edge in self.edges)
        elif self.classes != Classing.classes:
            values["classes"] = str(self.classes)
        if self.own_scale and self.method != MANUAL:
            values["echelle"] = OWN_SCALE
        return values

    def breaks(self, pooled: Iterable[float], own: Iterable[float] = ()) -> Breaks:
        """Return the classes of the values.

        Parameters
        ----------
        pooled
            Values of all the sites, missing ones included.
        own
            Values of the one site shown, for its own scale.
        """
        if self.method == MANUAL:
            return manual_breaks(self.edges)
        method: Method = self.method  # type: ignore[assignment]
        if self.own_scale:
            return site_breaks(own, self.classes, method)
        return class_breaks(pooled, self.classes, method)


FROZEN = Classing()
"""The classes of the map that everybody shares."""


def read_classing(params: Mapping[str, str]) -> Classing:
    """Return the choice an address asks for.

    Raises
    ------
    BreaksError
        When a method is unknown, a number of classes is out of range, or edges make no class.
    """
    method = _method(params.get("methode", ""))
    if method == MANUAL:
        edges = read_edges(params.get("bornes", ""))
        return Classing(method, edges=edges)
    own = params.get("echelle", "")
    if own not in ("", OWN_SCALE):
        raise _unknown(f"unknown scale {own!r}", "Une échelle propre s’écrit « site ».")
    return Classing(method, _classes(params.get("classes", "")), own_scale=own == OWN_SCALE)


def read_edges(typed: str) -> tuple[float, ...]:
    """Return edges typed as French numbers between semicolons or spaces: « 20 ; 32,5 ; 40 ».

    Raises
    ------
    BreaksError
        When they do not make classes (`classify.manual_breaks`).
    """
    pieces = typed.replace("\u202f", "").replace("\u00a0", " ").replace(";", " ").split()
    try:
        edges = tuple(float(piece.replace(",", ".").replace("−", "-")) for piece in pieces)
    except ValueError as cause:
        raise _unknown("an edge is not a number", "Chaque borne est un nombre.") from cause
    return manual_breaks(edges).edges


def _method(asked: str) -> str:
    known = {address: name for name, address in _ADDRESSES.items()}
    if asked and asked not in known:
        raise _unknown(
            f"unknown method {asked!r}",
            "Les méthodes sont « jenks », « quantiles », « egales » et « bornes ».",
        )
    return known.get(asked, Classing.method)


def _classes(asked: str) -> int:
    if not asked:
        return Classing.classes
    if asked.isdecimal() and FEWEST_CLASSES <= int(asked) <= MOST_CLASSES:
        return int(asked)
    raise _unknown(f"{asked!r} classes", f"Il faut de {FEWEST_CLASSES} à {MOST_CLASSES} classes.")


def _typed(edge: float) -> str:
    whole = math.isfinite(edge) and edge == int(edge)
    return str(int(edge)) if whole else repr(edge).replace(".", ",")


def _unknown(message: str, remedy: str) -> BreaksError:
    return BreaksError(message, user="Ce choix de classes n’existe pas.", remedy=remedy)
