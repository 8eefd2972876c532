"""One version of a site's agreement, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from observatoire.protocole.terms import Terms

Status = Literal["draft", "proposed", "agreed", "superseded"]
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True)
class Agreement:
    """One version of a site's agreement.

    Attributes
    ----------
    site, site_name
        Of the settings.
    version
        From 1; 0 for a document not taken in yet.
    terms
        What it says.
    status
        Draft, proposed, agreed (in force) or superseded.
    agreed_by, agreed_on
        The organisations, and the day from which it is in force.
    fictitious
        Invented for the demonstration.
    """

    site: str
    site_name: str
    version: int
    terms: Terms
    status: Status = "draft"
    agreed_by: tuple[str, ...] = ()
    agreed_on: date | None = None
    fictitious: bool = False

    @property
    def in_force(self) -> bool:
        """Tell whether it is the one that rules."""
        return self.status == "agreed"

    @property
    def is_open(self) -> bool:
        """Tell whether it may still change."""
        return self.status in ("draft", "proposed")
