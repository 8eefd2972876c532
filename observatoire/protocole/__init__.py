"""The sharing agreement of a site (« protocole de partage »): what, with whom, how precisely. Pure.

An agreement is a numbered version of a site's terms. It is drafted, proposed, signed by
organisations, in force from a day on, then never changes; a later version supersedes it. `terms`
holds what it says, `faults` what stands against it, `documents` its TOML form.
"""

from observatoire.protocole.agreements import STATUSES, Agreement, Status
from observatoire.protocole.faults import Fault, faults, require_sound
from observatoire.protocole.terms import PRECISIONS, RHYTHMS, SHARERS, Share, Terms, model_terms

__all__ = [
    "PRECISIONS",
    "RHYTHMS",
    "SHARERS",
    "STATUSES",
    "Agreement",
    "Fault",
    "Share",
    "Status",
    "Terms",
    "faults",
    "model_terms",
    "require_sound",
]
