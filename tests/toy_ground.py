"""Square neighbourhoods, invented, and files of points around them. No place here is real."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from contour_files import feature, polygon, ring, write_geojson

from observatoire.access import Access
from observatoire.boundaries import read_boundaries
from observatoire.store.boundaries import write_boundaries

WEST, SOUTH, SIDE = 4.0, 45.4, 0.01
SQUARES_2015 = {"QP042901": 0.0, "QP042902": 0.01, "QP042903": 0.03}
"""Offsets to the east, in degrees; the first two share an edge."""
SQUARES_2024 = {"QN04291M": 0.005, "QN04292M": 0.03}


def load_squares(
    access: Access,
    folder: Path,
    squares: Mapping[str, float] = SQUARES_2015,
    *,
    name: str = "squares.geojson",
    grown: float = 0.0,
    tolerance_m: float | None = None,
) -> None:
    """Load squares as perimeters, grown by some degrees on each side, at a stated precision."""
    edition = "2015" if next(iter(squares)).startswith("QP") else "2024"
    ground = [
        feature(
            polygon(ring(WEST + east - grown, SOUTH - grown, SIDE + 2 * grown)),
            code_qp=code,
            nom_qp=f"Quartier fictif {code}",
        )
        for code, east in squares.items()
    ]
    members: dict[str, Any] = {} if tolerance_m is None else {"tolerance_m": tolerance_m}
    path = write_geojson(folder / name, *ground, edition=edition, **members)
    reading = read_boundaries(path, edition)
    with access.owner() as connection:
        write_boundaries(connection, reading)


def write_rows(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], sep: str = ","
) -> Path:
    """Write a CSV file, cell by cell as they come."""
    lines = [sep.join(map(str, line)) for line in (header, *rows)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path
