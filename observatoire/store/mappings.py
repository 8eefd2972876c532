"""Mappings of columns that sites saved: the last one of each name, and the steps the desk adds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class SavedMapping:
    """A mapping as a site saved it last.

    Attributes
    ----------
    step
        Number of its last step, which the next one names.
    columns
        Plain values, as in its document.
    organisation, role, recorded_on
        Who saved it: never an account; empty and `owner` for the machine's administrator.
    """

    step: int
    site: str
    name: str
    columns: Mapping[str, Any]
    organisation: str
    role: str
    recorded_on: date


def read_mappings(connection: Connection, site: str) -> list[SavedMapping]:
    """Return the mappings of a site, by name; for its teams and the owner."""
    rows = connection.execute(text("SELECT * FROM desk.mappings(:site)"), {"site": site})
    return [
        SavedMapping(
            row["id"],
            row["site"],
            row["name"],
            row["columns"],
            row["organisation"],
            row["role"],
            row["recorded_on"],
        )
        for row in rows.mappings()
    ]


def write_mapping(
    connection: Connection, site: str, name: str, columns: Mapping[str, Any], after: int
) -> int:
    """Save a mapping after a step (0: none yet); return the number of its step."""
    statement = text("SELECT desk.save_mapping(:site, :name, CAST(:columns AS jsonb), :after)")
    values = {
        "site": site,
        "name": name,
        "columns": json.dumps(dict(columns), ensure_ascii=False),
        "after": after,
    }
    return int(connection.execute(statement, values).scalar_one())
