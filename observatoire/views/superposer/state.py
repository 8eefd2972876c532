"""What the page shows, as its address says it. Pure.

As on the map page, the address is the only place where the choices live; what a reader loads from
a file stays in their own session and never in an address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from observatoire import periods
from observatoire.catalogue import Indicator, read_catalogue
from observatoire.labels import read_words
from observatoire.publication import LayerInfo

FILE = "fichier"
KINDS = ("iris", "commune")
METHODS = ("calage", "logements", "surface")
ABOVE = ("estimation", "officiel", "contours")
NAMES = ("aires", "variable", "periode", "methode", "quartiers", "vue", "qpv")
ALL_SITES = "trois-sites"
_FIRST_CHOICES = ("cnaf.PERCOU", "cnaf.A", "rp.POP_MUN")
_NEAREST_YEARS = 2


@dataclass(frozen=True)
class OverlayState:
    """One view of the page.

    Attributes
    ----------
    areas
        `iris`, `commune`, or `fichier` for what the reader loaded.
    variable, period
        The published layer under the neighbourhoods; empty for a loaded file.
    method
        How figures are carried: one of `METHODS`.
    above
        What the neighbourhoods show: one of `ABOVE`.
    view
        Id of the site shown, or `trois-sites`.
    qpv
        Code of the neighbourhood picked, empty for none.
    """

    areas: str
    variable: str
    period: str
    method: str = METHODS[0]
    above: str = ABOVE[0]
    view: str = ALL_SITES
    qpv: str = ""

    def as_params(self) -> dict[str, str]:
        """Return the state as the parameters of an address."""
        values = (
            self.areas,
            self.variable,
            self.period,
            self.method,
            self.above,
            self.view,
            self.qpv,
        )
        return {name: value for name, value in zip(NAMES, values, strict=True) if value}


@dataclass(frozen=True)
class AreaOffer:
    """The published layers of each kind of areas."""

    layers: Mapping[str, tuple[LayerInfo, ...]]

    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of areas that have figures, then the reader's own file."""
        return (*(kind for kind in KINDS if self.layers.get(kind)), FILE)

    def variables(self, kind: str) -> dict[str, Indicator]:
        """Return the indicators of a kind of areas, in the order of the catalogue."""
        found = {layer.indicator: layer.description for layer in self.layers.get(kind, ())}
        known = [name for name in read_catalogue().indicators if name in found]
        return {name: found[name] for name in dict.fromkeys([*known, *sorted(found)])}

    def periods(self, kind: str, variable: str) -> tuple[str, ...]:
        """Return the periods of an indicator, the latest first."""
        found = {layer.period for layer in self.layers.get(kind, ()) if layer.indicator == variable}
        return tuple(sorted(found, key=periods.first_day, reverse=True))

    def info(self, state: OverlayState) -> LayerInfo:
        """Return what is published about the layer of a state."""
        return next(
            layer
            for layer in self.layers[state.areas]
            if (layer.indicator, layer.period) == (state.variable, state.period)
        )

    def settle(self, state: OverlayState) -> OverlayState:
        """Return the state with a variable and a period that its areas have."""
        known = self.variables(state.areas)
        if not known:
            return replace(state, variable="", period="")
        first = next((name for name in _FIRST_CHOICES if name in known), next(iter(known)))
        variable = state.variable if state.variable in known else first
        available = self.periods(state.areas, variable)
        period = state.period if state.period in available else available[0]
        return replace(state, variable=variable, period=period)


def read_state(
    params: Mapping[str, str],
    offer: AreaOffer,
    views: Sequence[str],
    codes: Iterable[str],
    *,
    view: str,
) -> tuple[OverlayState, tuple[str, ...]]:
    """Return the state an address asks for, and a sentence for each value that made no sense.

    Parameters
    ----------
    views
        Ids of the sites that have neighbourhoods.
    codes
        Codes of the neighbourhoods.
    view
        The view shown to who asks for none.
    """
    words = read_words("superposer")
    notices: list[str] = []

    def asked(name: str, known: Sequence[str], default: str) -> str:
        given = params.get(name, "")
        if given in known:
            return given
        if given:
            notices.append(words("address.unknown", given=_echo(given)))
        return default

    areas = asked("aires", offer.kinds(), offer.kinds()[0])
    wanted = OverlayState(
        areas,
        asked("variable", tuple(offer.variables(areas)), ""),
        params.get("periode", ""),
        asked("methode", METHODS, METHODS[0]),
        asked("quartiers", ABOVE, ABOVE[0]),
        asked("vue", (*views, ALL_SITES), view),
        asked("qpv", tuple(codes), ""),
    )
    settled = offer.settle(wanted)
    if wanted.period and settled.period != wanted.period:
        notices.append(words("address.unknown", given=_echo(wanted.period)))
    return settled, tuple(notices)


def nearest_period(wanted: str, available: Iterable[str]) -> str | None:
    """Return the yearly period nearest to another, the later of two; None beyond two years.

    Notes
    -----
    The year in the name of a producer's file is not always that of its data: a count said to be of
    2020 by area and one published in the file of 2021 by neighbourhood may be of the same day.
    """
    year = int(wanted[:4])
    years = {int(name): name for name in available if len(name) == 4}
    near = [one for one in years if abs(one - year) <= _NEAREST_YEARS]
    return years[min(near, key=lambda one: (abs(one - year), -one))] if near else None


def _echo(given: str) -> str:
    bare = " ".join(given.split())
    return bare if len(bare) <= 40 else bare[:40] + "…"
