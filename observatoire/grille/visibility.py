"""How much of a grid its readers would see: shares of cells, never counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from observatoire.periods import LEVELS, Level

Basis = Literal["store", "demo", "published", "simulated", "producer"]
"""What an item was replayed on: real observations, invented ones, the figures already published,
outings drawn at the rates to expect, or nothing, when a producer decides."""
ENOUGH = 0.5


@dataclass(frozen=True)
class ItemVisibility:
    """What would be seen of an item.

    Attributes
    ----------
    shares
        By level of period: QPV × periods that show a value, over those where somebody looked
        (0–1). None where nobody looked.
    """

    code: str
    label: str
    frequency: Level
    basis: Basis
    shares: Mapping[Level, float | None]

    @property
    def at_its_frequency(self) -> float | None:
        """Return the share at the level at which the item is meant to be read."""
        return self.shares.get(self.frequency)

    @property
    def enough(self) -> bool:
        """Tell whether half of it or more is seen, or nothing of ours decides."""
        share = self.at_its_frequency
        return share is None or share >= ENOUGH

    @property
    def readable(self) -> Level | None:
        """Return the finest level at which half of it or more is seen; None for none."""
        seen = (level for level in LEVELS if (self.shares.get(level) or 0) >= ENOUGH)
        return next(seen, None)


@dataclass(frozen=True)
class Merge:
    """Two items that, counted together, would be seen at a level where one of them is not."""

    codes: tuple[str, str]
    labels: tuple[str, str]
    level: Level
    share: float
    basis: Basis


@dataclass(frozen=True)
class Replay:
    """How much of a grid would be seen, item by item, and what could be merged.

    `sha256` is the hash of the content replayed.
    """

    site: str
    version: int
    sha256: str
    items: tuple[ItemVisibility, ...]
    merges: tuple[Merge, ...] = ()

    @property
    def visible(self) -> float | None:
        """Return the mean over the items of what is seen at their frequency; None without any."""
        known = [share for one in self.items if (share := one.at_its_frequency) is not None]
        return sum(known) / len(known) if known else None

    @property
    def hardly_seen(self) -> tuple[ItemVisibility, ...]:
        """Return the items of which less than half is seen at their frequency."""
        return tuple(one for one in self.items if not one.enough)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, for `--json`."""
        rows = [
            asdict(one)
            | {"shares": dict(one.shares), "enough": one.enough, "readable": one.readable}
            for one in self.items
        ]
        return {
            "site": self.site,
            "version": self.version,
            "sha256": self.sha256,
            "visible": self.visible,
            "items": rows,
            "merges": [asdict(one) for one in self.merges],
        }
