"""The door: the only way out of the computing ring. Pure.

`protect` takes all the layers of a release together, with what was released before, and returns
what may be read; publishers accept nothing else (`require_protected`).
"""

from observatoire.disclosure.door import protect
from observatoire.disclosure.granularity import Granularities, shown_levels
from observatoire.disclosure.protected import (
    ProtectedLayer,
    join_sites,
    read_description,
    require_protected,
    reverify,
    split_sites,
)
from observatoire.disclosure.rules import Agreed, Rules

__all__ = [
    "Agreed",
    "Granularities",
    "ProtectedLayer",
    "Rules",
    "join_sites",
    "protect",
    "read_description",
    "require_protected",
    "reverify",
    "shown_levels",
    "split_sites",
]
