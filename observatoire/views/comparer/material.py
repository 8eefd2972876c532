"""From the doors to a comparison: what the page and its file both read."""

from __future__ import annotations

import pandas as pd

from observatoire import grid_desk
from observatoire.views.comparer.comparators import Ground
from observatoire.views.comparer.comparison import Comparison, compare_places
from observatoire.views.comparer.state import CompareState, read_state
from observatoire.views.doors import Doors
from observatoire.views.state import MapState

_POPULATION = "rp.POP_MUN"


def comparison_of(doors: Doors, state: CompareState) -> Comparison:
    """Return the comparison that a state asks for."""
    layer = state.layer
    with doors.access.session() as session:
        grids = grid_desk.in_force(session)
    places = pd.DataFrame(doors.published().boundaries[layer.edition].drop(columns="geometry"))
    return compare_places(
        state.qpv,
        doors.layer(layer),
        doors.parts(layer),
        places,
        Ground(doors.quarters(layer.edition), doors.commune_names()),
        grids=grids,
        reference=state.reference,
    )


def asked_state(doors: Doors, params: dict[str, str]) -> tuple[CompareState, tuple[str, ...]]:
    """Return the state of an address, and a sentence for each value without meaning."""
    published = doors.published()
    first = {edition: first_place(doors, edition) for edition in published.codes}
    return read_state(params, published.offer, published.codes, first)


def first_place(doors: Doors, edition: str) -> str:
    """Return the neighbourhood shown to who asks for none: the most populous one of the sites.

    The first of the first site when populations are not published.
    """
    published = doors.published()
    codes = published.codes.get(edition, ())
    if edition in published.offer.editions(_POPULATION):
        period = published.offer.periods(_POPULATION, edition)[0]
        known = doors.values(MapState(_POPULATION, edition, period))["value"].dropna()
        if len(known):
            return str(known.idxmax())
    return codes[0] if codes else ""
