"""One line of a grid: what is looked at, by whom, for whom, how often, and what it is worth."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from observatoire.periods import LEVELS, Level

Temporality = Literal["veille", "diagnostic", "both"]
Kind = Literal[
    "per_outing", "count", "share", "ratio", "mean", "quantile", "index", "ordinal", "text"
]
Collector = Literal["equipe", "service", "delegue", "producteur"]
Reader = Literal["equipe", "service", "delegue", "copil", "public"]

TEMPORALITIES: tuple[Temporality, ...] = get_args(Temporality)
KINDS: tuple[Kind, ...] = get_args(Kind)
COLLECTORS: tuple[Collector, ...] = get_args(Collector)
READERS: tuple[Reader, ...] = get_args(Reader)
FREQUENCIES: tuple[Level, ...] = LEVELS
DIRECTIONS = (1, 0, -1)
WAYS = {-1: "better", 0: "neutral", 1: "harder"}


@dataclass(frozen=True)
class Item:
    """One indicator of a grid.

    Attributes
    ----------
    code
        Local code: lower-case letters, digits and underscores. Of an item collected by a team it is
        the theme that its observations are imported under.
    theme, label, definition
        French.
    temporality
        `veille` (what changes from one outing to the next), `diagnostic` (structure), or `both`.
    kind, unit
        What it is, and what stands beside the number.
    collector
        Who makes the figure: the team, a service, the delegate, or a producer of statistics.
    audience
        Who reads it.
    frequency
        The calendar period at which it is read.
    direction
        +1 when a higher value is a harder situation, −1 when it is a better one, 0 neutral.
    threshold
        The value from which it is looked at closer; None for none.
    core, lossless
        The item of the common core that it corresponds to, empty for none, and whether nothing is
        lost on the way: same thing counted, in the same manner.
    sensitive
        Shown by quarter or coarser only, with the higher threshold.
    """

    code: str
    theme: str
    label: str
    definition: str
    temporality: Temporality = "veille"
    kind: Kind = "per_outing"
    unit: str = ""
    collector: Collector = "equipe"
    audience: tuple[Reader, ...] = ("equipe", "delegue")
    frequency: Level = "quarter"
    direction: int = 0
    threshold: float | None = None
    core: str = ""
    lossless: bool = False
    sensitive: bool = False

    @property
    def favourable(self) -> bool:
        """Tell whether it counts as positive or neutral (« positif ou neutre »)."""
        return self.direction <= 0

    @property
    def observed(self) -> bool:
        """Tell whether our own rules of disclosure decide what is shown of it."""
        return self.collector == "equipe" and self.kind in ("per_outing", "count")

    def as_dict(self) -> dict[str, Any]:
        """Return the item as plain values, the threshold left out when there is none."""
        values = asdict(self) | {"audience": list(self.audience)}
        if self.threshold is None:
            values.pop("threshold")
        return values
