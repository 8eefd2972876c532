"""The door: the only way out of the computing ring. Pure.

`protect` takes all the layers of a release together, with what was released before, and returns
what may be read; publishers accept nothing else (`require_protected`).
"""

from observatoire.disclosure.door import protect, require_one_edition
from observatoire.disclosure.granularity import Granularities, shown_levels
from observatoire.disclosure.judging import SQUARE_KIND, is_shared
from observatoire.disclosure.months import is_due, release_months
from observatoire.disclosure.protected import (
    ProtectedLayer,
    join_sites,
    read_description,
    require_protected,
    reverify,
    split_sites,
)
from observatoire.disclosure.rules import Agreed, Rules
from observatoire.disclosure.site_years import COUNTS, SQUARES, SiteMonths

__all__ = [
    "COUNTS",
    "SQUARES",
    "SQUARE_KIND",
    "Agreed",
    "Granularities",
    "ProtectedLayer",
    "Rules",
    "SiteMonths",
    "is_due",
    "is_shared",
    "join_sites",
    "protect",
    "read_description",
    "release_months",
    "require_one_edition",
    "require_protected",
    "reverify",
    "shown_levels",
    "split_sites",
]
