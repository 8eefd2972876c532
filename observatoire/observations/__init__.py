"""Geolocated observations and outings: file → validated frame, with what was set aside and why."""

from observatoire.observations.observed import Columns, read_observations, theme_id
from observatoire.observations.outings import read_outings
from observatoire.observations.quarantine import REASONS, summarise
from observatoire.observations.reading import Reading

__all__ = [
    "REASONS",
    "Columns",
    "Reading",
    "read_observations",
    "read_outings",
    "summarise",
    "theme_id",
]
