"""Valid codes and editions. Codes are strings, always.

A QPV code says its edition: `QP` + department on three characters + three digits is the 2015
geography, `QN` + department on three characters + two digits + a letter is the 2024 one. That of a
square of INSEE's grids says its CRS, its side and its south-west corner.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from observatoire.errors import CodeError

_QPV = {
    "2015": re.compile(r"QP([0-9]{3}|02[AB])[0-9]{3}"),
    "2024": re.compile(r"QN([0-9]{3}|02[AB])[0-9]{2}[A-Z]"),
}
_COMMUNE = re.compile(r"[0-9]{5}|2[AB][0-9]{3}")
_IRIS = re.compile(r"[0-9]{9}|2[AB][0-9]{7}")
_EPCI = re.compile(r"2[0-9]{8}")
_CELL = re.compile(r"CRS(3035|2975|5490)RES(200|400|800|1600)mN(-?\d{1,8})E(-?\d{1,8})")
_OVERSEAS = ("971", "972", "973", "974", "976", "977", "978", "987", "988")


@dataclass(frozen=True)
class Edition:
    """A geography of the QPV, with the days it is in force (both included; None: still is)."""

    name: str
    starts: date
    ends: date | None
    decree: str

    def holds(self, day: date) -> bool:
        """Tell whether this edition was in force on that day."""
        return self.starts <= day and (self.ends is None or day <= self.ends)


EDITIONS: dict[str, Edition] = {
    "2015": Edition(
        "2015", date(2015, 1, 1), date(2023, 12, 31), "décrets n° 2014-1750 et n° 2015-1138"
    ),
    "2024": Edition("2024", date(2024, 1, 1), None, "décret n° 2023-1314"),
}


class Cell(NamedTuple):
    """A square of a public grid: EPSG code, side and south-west corner in metres."""

    epsg: int
    size_m: int
    north: int
    east: int

    @property
    def code(self) -> str:
        """Return INSEE's identifier of the square."""
        return f"CRS{self.epsg}RES{self.size_m}mN{self.north}E{self.east}"


CELL_SIDES = (200, 400, 800, 1600)
"""Sides of the squares of the public grids (m), finest first."""
AROUND = ("iris", "commune")
"""Kinds of places around the QPV that have layers of their own."""


def edition_in_force(day: date) -> str | None:
    """Return the name of the edition in force that day; None before the first one."""
    return next((name for name, edition in EDITIONS.items() if edition.holds(day)), None)


def require_edition(name: str) -> str:
    """Return `name` when it is a known edition; raise `CodeError` otherwise."""
    if name not in EDITIONS:
        known = ", ".join(EDITIONS)
        raise CodeError(
            f"unknown QPV edition {name!r} (known: {known})",
            user=f"L’édition « {name} » des contours n’existe pas.",
            remedy=f"Éditions connues : {known}.",
        )
    return name


def around_edition(kind: str, vintage: str) -> str:
    """Return the edition of a layer of places around the QPV: `iris-2020`, `commune-2026`."""
    return f"{kind}-{vintage}"


def squares_edition(side: int, edition: str) -> str:
    """Return the edition of a layer of squares no finer than a side: `square-400-2024`."""
    return f"square-{side}-{edition}"


def edition_kind(edition: str) -> str:
    """Return the kind of places of an edition: `qpv`, or the one that its name begins with."""
    return "qpv" if edition in EDITIONS else edition.partition("-")[0]


def is_qpv(code: str, edition: str | None = None) -> bool:
    """Tell whether `code` is a well-formed QPV code (of that edition when one is named)."""
    patterns = [_QPV[edition]] if edition else list(_QPV.values())
    return any(pattern.fullmatch(code) for pattern in patterns)


def qpv_edition(code: str) -> str:
    """Return the edition that a QPV code belongs to; raise `CodeError` when it is not one."""
    for name, pattern in _QPV.items():
        if pattern.fullmatch(code):
            return name
    raise CodeError(
        f"not a QPV code: {code!r}",
        user=f"« {code} » n’est pas un code de quartier prioritaire.",
        remedy="Un code s’écrit QP042001 (géographie 2015) ou QN04201M (géographie 2024).",
    )


def qpv_department(code: str) -> str:
    """Return the INSEE department of a QPV code: `QP02B001` → `2B`, `QP042001` → `42`.

    Overseas codes keep three digits (`QP974001` → `974`).
    """
    qpv_edition(code)
    raw = code[2:5]
    return raw if raw in _OVERSEAS else raw[1:]


def is_commune(code: str) -> bool:
    """Tell whether `code` is a well-formed INSEE commune code."""
    return bool(_COMMUNE.fullmatch(code))


def is_iris(code: str) -> bool:
    """Tell whether `code` is a well-formed IRIS code (commune + four digits)."""
    return bool(_IRIS.fullmatch(code))


def is_epci(code: str) -> bool:
    """Tell whether `code` is a well-formed EPCI code: the nine digits of its SIREN number."""
    return bool(_EPCI.fullmatch(code))


def department_of_commune(code: str) -> str:
    """Return the department of a commune or IRIS code (`2B033` → `2B`, `97411` → `974`)."""
    return code[:3] if code[:3] in _OVERSEAS else code[:2]


def read_cell(code: str) -> Cell | None:
    """Return the square that a code names; None for a corner off the grid: it is a point."""
    found = _CELL.fullmatch(code)
    if found is None:
        return None
    made = Cell(*(int(part) for part in found.groups()))
    is_on_grid = made.north % made.size_m == 0 and made.east % made.size_m == 0
    return made if is_on_grid else None
