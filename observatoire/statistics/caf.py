"""Recipients of the family benefit funds (CAF), by IRIS, by commune or by QPV.

Counts under 5, zeros included, and zones under 100 households are empty in the file: `secret`.
"""

from __future__ import annotations

from observatoire.statistics.reading import Asked, Draft, file_year, require_column
from observatoire.statistics.simple import Layout, figures_of_year
from observatoire.statistics.tables import RawTable
from observatoire.statistics.zones import read_zones

TITLE = "Allocataires des Caf"
KEY = "CODGEO"
MARKS = frozenset({"AAL", "AAPL"})
_NAMES = """
A PERCOU AI AM ACSSENF ACAVENF AC3ENF ENF ENF_2 ENF_3_5 ENF_6_10 ENF_11_14 ENF_15_17 ENF_18_24
A_ETUD A_NETUD_24 AAL AAPL AAAH APPA ARSAS
"""
LAYOUT = Layout({name: f"cnaf.{name}" for name in _NAMES.split()}, frozenset({KEY, "NOTE"}))


def read(table: RawTable, asked: Asked) -> Draft:
    """Return the recipients by zone; raise `FileError` when they cannot be read."""
    require_column(table, KEY, TITLE)
    year = file_year(table.path, asked)
    zones = read_zones(table, KEY, ("qpv", "iris", "commune"), editions={"commune": year})
    source = f"caf_{zones.kinds[0]}_{year}"
    frame, ignored = figures_of_year(table, LAYOUT, zones, year, source)
    return Draft("caf", frame, ignored)
