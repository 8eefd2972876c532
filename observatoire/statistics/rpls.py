"""Social housing by QPV: the register of social landlords (RPLS), situation on 1 January.

An empty cell is `secret`, zeros included: a kind of housing that does not exist cannot be told from
one that is withheld.
"""

from __future__ import annotations

from observatoire.statistics.reading import Asked, Draft, file_year, require_column
from observatoire.statistics.simple import Layout, figures_of_year
from observatoire.statistics.tables import RawTable
from observatoire.statistics.zones import read_zones

TITLE = "Logement social (RPLS)"
KEY = "CodGeo"
MARKS = frozenset({"nbLsPls", "txLsCol", "medLoy"})
_NAMES = """
nbLsPls nbLsMes txVac txVac3m txRot txLsCol txLsInd txLs1p txLs2p txLs3p txLs4p txLs5pp txLsm30
txLs30a40 txLs40a60 txLs60a80 txLs80a100 txLs100a120 txLs120p txLsAv49 txLs49a75 txLs76a88
txLs89a00 txLs01a13 txLsAp13 txLsPlai txLsPlusAv77 txLsPlusAp77 txLsPls txLsPli moyLoy q1Loy medLoy
q3Loy
"""
LAYOUT = Layout({name: f"rpls.{name}" for name in _NAMES.split()}, frozenset({KEY, "Note"}))


def read(table: RawTable, asked: Asked) -> Draft:
    """Return the social housing figures by QPV; raise `FileError` when they cannot be read."""
    require_column(table, KEY, TITLE)
    year = file_year(table.path, asked)
    zones = read_zones(table, KEY)
    frame, ignored = figures_of_year(table, LAYOUT, zones, year, f"sdes_rpls_{year}")
    return Draft("sdes_rpls", frame, ignored)
