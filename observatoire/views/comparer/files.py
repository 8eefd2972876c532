"""The file of a comparison: the address it is served at, and its bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from observatoire.disclosure import ProtectedLayer
from observatoire.errors import NotFoundError
from observatoire.exports import csv_bytes
from observatoire.labels import read_words
from observatoire.views.comparer.material import asked_state, comparison_of
from observatoire.views.comparer.sheet import comparison_rows
from observatoire.views.comparer.state import REFERENCE, CompareState
from observatoire.views.doors import Doors

FOLDER = "/telechargements/comparer"


def address(state: CompareState) -> str:
    """Return the address of the file of a comparison."""
    layer = state.layer
    parts = (layer.indicator, layer.edition, f"{layer.period}.csv")
    path = f"{FOLDER}/" + "/".join(quote(part, safe="") for part in parts)
    asked = {"qpv": state.qpv, REFERENCE: state.reference}
    return f"{path}?{urlencode({name: value for name, value in asked.items() if value})}"


@dataclass(frozen=True)
class ComparisonFile:
    """The file of a comparison: the name it is saved under, its bytes, the layer compared."""

    name: str
    content: bytes
    layer: ProtectedLayer


def comparison_file(
    doors: Doors, path: Mapping[str, str], query: Mapping[str, str]
) -> ComparisonFile:
    """Return the file that an address names.

    Parameters
    ----------
    path
        `indicator`, `edition`, and `file`: the period and its suffix.
    query
        May hold `qpv` and `reference`.

    Raises
    ------
    NotFoundError
        When the layer or the neighbourhood is not published, or the form is not CSV.
    """
    period, _, form = path["file"].rpartition(".")
    if form != "csv":
        raise NotFoundError(f"unknown form {form!r}", user=read_words("serveur")("error.form"))
    named = {"indicateur": path["indicator"], "edition": path["edition"], "periode": period}
    own = {name: query[name] for name in ("qpv", REFERENCE) if name in query}
    state, notices = asked_state(doors, named | own)
    if notices:
        raise NotFoundError("a comparison that is not published", user=" ".join(notices))
    layer = doors.layer(state.layer)
    rows = comparison_rows(comparison_of(doors, state), layer)
    parts = ["comparer", layer.indicator, layer.edition, layer.period, state.qpv]
    name = "-".join([*parts, *(["fictif"] if layer.fictitious else [])])
    return ComparisonFile(f"{name}.csv", csv_bytes(rows), layer)
