"""The catalogue: every indicator described once, in one TOML file per theme of this folder.

An indicator id is namespaced by its producer (`filosofi.TP60`, `rp.POP_MUN`, `cnaf.A`, `ft.A`):
the same column name means different things in different files. An id is never reused with
another meaning.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Literal

from observatoire.errors import NotFoundError

Kind = Literal["count", "share", "ratio", "amount", "index", "per_outing"]
Additivity = Literal["sum", "weighted", "none"]


@dataclass(frozen=True)
class Indicator:
    """One indicator, as it is explained to its readers.

    Attributes
    ----------
    id
        `producer.COLUMN`, or `terrain.theme` for field observations.
    label, short
        French name, and a name of at most 32 characters for legends.
    definition, numerator, denominator, unit
        French; `unit` is what stands beside the number (« % », « € par an », « pers. »).
    kind, additivity
        What it is, and whether it may be summed over areas (`weighted`: through its parts).
    direction
        +1 when a higher value is a harder situation, −1 when it is a better one, 0 neutral.
    source
        Name in the register of sources.
    next_update, caveat
        French; when the producer should publish again, and what breaks comparison.
    verdict
        French; what may be said of a difference between two places (« intervalle », …).
    breaks_after
        Periods after which the series breaks (a new method): no difference across them.
    decimals
        Digits after the comma when printed.
    sensitive
        Field themes published only by quarter or coarser, with k = 10.
    numerator_ids, denominator_id
        Ids of the published counts whose ratio (numerators summed, times 100) this indicator is;
        empty for an indicator that the producer publishes itself.
    grid
        French; of which site's grid, in which version, a field theme is an item. The catalogue
        leaves it empty: a release fills it in.
    """

    id: str
    theme: str
    label: str
    short: str
    definition: str
    unit: str
    kind: Kind
    additivity: Additivity
    source: str
    numerator: str = ""
    denominator: str = ""
    direction: int = 0
    next_update: str = ""
    caveat: str = ""
    verdict: str = ""
    breaks_after: tuple[str, ...] = ()
    decimals: int = 0
    sensitive: bool = False
    numerator_ids: tuple[str, ...] = ()
    denominator_id: str = ""
    grid: str = ""

    @property
    def derived(self) -> bool:
        """Tell whether it is computed here from counts that a producer publishes."""
        return bool(self.denominator_id)

    @property
    def producer(self) -> str:
        """Return the namespace of the id (`filosofi`, `rp`, `terrain`)."""
        return self.id.split(".", 1)[0]


@dataclass(frozen=True)
class Catalogue:
    """All indicators by id, and the French titles of the themes in reading order."""

    indicators: dict[str, Indicator]
    themes: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, indicator_id: str) -> Indicator:
        try:
            return self.indicators[indicator_id]
        except KeyError:
            raise NotFoundError(
                f"unknown indicator {indicator_id!r}",
                user=f"L’indicateur « {indicator_id} » n’existe pas dans le catalogue.",
                remedy="La commande « observatoire catalogue » donne la liste.",
            ) from None

    def __contains__(self, indicator_id: object) -> bool:
        return indicator_id in self.indicators


@cache
def read_catalogue() -> Catalogue:
    """Read the catalogue shipped with the package, themes in their declared order."""
    indicators: dict[str, Indicator] = {}
    themes: list[tuple[int, str, str]] = []
    for entry in sorted(resources.files(__name__).iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".toml"):
            continue
        table = tomllib.loads(entry.read_text("utf-8"))
        theme = table["theme"]
        themes.append((int(theme["order"]), str(theme["id"]), str(theme["label"])))
        for row in table["indicator"]:
            indicator = _indicator(row, theme["id"])
            if indicator.id in indicators:
                raise ValueError(f"indicator {indicator.id} is described twice")
            indicators[indicator.id] = indicator
    return Catalogue(indicators, {name: label for _, name, label in sorted(themes)})


def _indicator(row: dict[str, Any], theme: str) -> Indicator:
    values = dict(row)
    for name in ("breaks_after", "numerator_ids"):
        values[name] = tuple(values.get(name, ()))
    return Indicator(theme=theme, **values)
