"""A grid: one version of a site's list of items, with its status and who agreed on it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from observatoire.grille.items import Item

Status = Literal["draft", "proposed", "agreed", "superseded"]
STATUSES: tuple[Status, ...] = get_args(Status)
Step = tuple[Status, Status]

# What may follow a status. An agreed grid never changes: another version takes its place.
_NEXT: dict[Status, tuple[Status, ...]] = {
    "draft": ("draft", "proposed"),
    "proposed": ("draft", "agreed"),
    "agreed": ("superseded",),
    "superseded": (),
}
LEAST_FAVOURABLE = 0.25


def steps_from(status: Status) -> tuple[Status, ...]:
    """Return the statuses that may follow one."""
    return _NEXT[status]


@dataclass(frozen=True)
class Grid:
    """One version of the grid of a site.

    Attributes
    ----------
    site, site_name
        Key of the site, and its French name on that day: a version is kept for ever.
    version
        From 1; a version that was given up keeps its number.
    status
        `draft` (« projet »), `proposed` (« proposée »), `agreed` (« validée »), `superseded`
        (« remplacée »).
    items
        In reading order.
    reason
        French; why so few items are positive or neutral. Needed under 25 %.
    agreed_by, agreed_on
        Names of the organisations, never of people, and the day; empty until agreed.
    supersedes
        The version that this one takes the place of; None for the first.
    fictitious
        Part of the demonstration: no organisation agreed on anything.
    """

    site: str
    site_name: str
    version: int
    items: tuple[Item, ...] = ()
    status: Status = "draft"
    reason: str = ""
    agreed_by: tuple[str, ...] = ()
    agreed_on: date | None = None
    supersedes: int | None = None
    fictitious: bool = False

    def item(self, code: str) -> Item | None:
        """Return the item of a local code, None when there is none."""
        return next((item for item in self.items if item.code == code), None)

    @property
    def themes(self) -> tuple[str, ...]:
        """Return the themes of the items, each once, in reading order."""
        return tuple(dict.fromkeys(item.theme for item in self.items))

    @property
    def favourable_share(self) -> float | None:
        """Return the share of items that are positive or neutral (0–1); None without items."""
        if not self.items:
            return None
        return sum(item.favourable for item in self.items) / len(self.items)

    @property
    def needs_reason(self) -> bool:
        """Tell whether under 25 % of the items are positive or neutral."""
        share = self.favourable_share
        return share is not None and share < LEAST_FAVOURABLE

    @property
    def in_force(self) -> bool:
        """Tell whether it was agreed on and not superseded."""
        return self.status == "agreed"

    def content(self) -> dict[str, Any]:
        """Return all that people agree on, as plain values: what never changes afterwards."""
        return {
            "site": self.site,
            "site_name": self.site_name,
            "version": self.version,
            "supersedes": self.supersedes,
            "fictitious": self.fictitious,
            "reason": self.reason,
            "items": [item.as_dict() for item in self.items],
        }

    @property
    def sha256(self) -> str:
        """Return the hash of the content."""
        text = json.dumps(self.content(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()
