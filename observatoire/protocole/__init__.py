"""The sharing agreement of a site (« protocole de partage »): what, with whom, how precisely. Pure.

An agreement is a numbered version of a site's terms. It is drafted, proposed, signed by
organisations, in force from a day on, then never changes; a later version supersedes it. `terms`
holds what it says, `faults` what stands against it, `changes` what two versions say differently,
`openings` what an act would open of the past, `documents` its TOML form.
"""

from observatoire.protocole.agreements import STATUSES, Agreement, Status
from observatoire.protocole.changes import Change, changes, given, named_items
from observatoire.protocole.faults import BOUNDS, THRESHOLDS, Fault, faults, require_sound
from observatoire.protocole.openings import Lowered, Opening, Reign, openings
from observatoire.protocole.terms import (
    EVERY_ITEM,
    ONE_BY_ONE,
    PRECISIONS,
    RHYTHMS,
    SHARERS,
    Share,
    Terms,
    model_terms,
)

__all__ = [
    "BOUNDS",
    "EVERY_ITEM",
    "ONE_BY_ONE",
    "PRECISIONS",
    "RHYTHMS",
    "SHARERS",
    "STATUSES",
    "THRESHOLDS",
    "Agreement",
    "Change",
    "Fault",
    "Lowered",
    "Opening",
    "Reign",
    "Share",
    "Status",
    "Terms",
    "changes",
    "faults",
    "given",
    "model_terms",
    "named_items",
    "openings",
    "require_sound",
]
