"""Exports of aggregated activity (TRAJECT or any other tool) → outings, through a saved mapping.

A site says once which column of its export is what (`mapping`, kept as a TOML document,
`documents`; `suggestions` proposes one from the headers). Then `reading` makes outings of the rows
and sets the others aside. A file on persons is refused whole (`people`), whatever the mapping.
"""

from observatoire.exchanges.documents import (
    from_partial,
    from_values,
    read_mapping,
    to_toml,
    to_values,
)
from observatoire.exchanges.mapping import ColumnMapping, ItemColumn, ItemRows, faults
from observatoire.exchanges.reading import (
    ActivityReading,
    SetAside,
    Unknown,
    read_activity,
    read_content,
    read_headers,
    read_unknown,
)
from observatoire.exchanges.suggestions import suggest

__all__ = [
    "ActivityReading",
    "ColumnMapping",
    "ItemColumn",
    "ItemRows",
    "SetAside",
    "Unknown",
    "faults",
    "from_partial",
    "from_values",
    "read_activity",
    "read_content",
    "read_headers",
    "read_mapping",
    "read_unknown",
    "suggest",
    "to_toml",
    "to_values",
]
