"""What the map page shows, as its address says it. Pure.

The address is the only place where the state lives: the page reads it at each run and writes it at
each choice, so that a link always reopens the same map. A wrong value gives the default and a
sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from observatoire import periods
from observatoire.catalogue import Indicator, read_catalogue
from observatoire.classing import FROZEN, PARAMS, Classing, read_classing
from observatoire.errors import BreaksError
from observatoire.labels import read_words
from observatoire.labels.numbers import edition_words, in_period
from observatoire.labels.typography import typeset
from observatoire.publication import LayerInfo

ALL_SITES = "trois-sites"
HATCHED = "hachures"
NAMES = ("indicateur", "edition", "periode", "vue", "qpv", *PARAMS, HATCHED)
_FIRST_CHOICES = ("filosofi.TP60", "rp.POP_MUN")
_LONGEST_ECHO = 40


@dataclass(frozen=True)
class MapState:
    """One view of the map: everything its address holds.

    Attributes
    ----------
    indicator, edition, period
        The published layer shown.
    view
        `trois-sites`, or the id of the one site shown large.
    qpv
        Code of the neighbourhood picked, empty for none.
    classing
        The classes chosen; those of one site alone only where one site is shown.
    hatched
        Whether the neighbourhoods whose interval contains the reference are hatched.
    """

    indicator: str
    edition: str
    period: str
    view: str = ALL_SITES
    qpv: str = ""
    classing: Classing = FROZEN
    hatched: bool = False

    @property
    def site(self) -> str:
        """Return the id of the one site shown, empty when all are."""
        return "" if self.view == ALL_SITES else self.view

    def as_params(self) -> dict[str, str]:
        """Return the state as the parameters of an address.

        Nothing is left to a default but the classes, whose default is frozen.
        """
        values = (self.indicator, self.edition, self.period, self.view, self.qpv)
        layer = {name: value for name, value in zip(NAMES, values, strict=False) if value}
        return layer | self.classing.as_params() | ({HATCHED: "oui"} if self.hatched else {})


@dataclass(frozen=True)
class Offer:
    """The published layers of the QPV, and what may be chosen among them."""

    layers: tuple[LayerInfo, ...]

    def indicators(self) -> dict[str, Indicator]:
        """Return the published indicators by id: in the order of the catalogue, others last."""
        found = {layer.indicator: layer.description for layer in self.layers}
        known = [name for name in read_catalogue().indicators if name in found]
        return {name: found[name] for name in dict.fromkeys([*known, *sorted(found)])}

    def editions(self, indicator: str) -> tuple[str, ...]:
        """Return the editions in which an indicator is published, newest first."""
        found = {layer.edition for layer in self.layers if layer.indicator == indicator}
        return tuple(sorted(found, reverse=True))

    def periods(self, indicator: str, edition: str) -> tuple[str, ...]:
        """Return the periods published, years first, the latest first in each level."""
        found = {
            layer.period
            for layer in self.layers
            if (layer.indicator, layer.edition) == (indicator, edition)
        }
        newest = sorted(found, key=periods.first_day, reverse=True)
        return tuple(sorted(newest, key=lambda name: -_coarseness(name)))

    def info(self, state: MapState) -> LayerInfo:
        """Return what is published about the layer of a state."""
        key = (state.indicator, state.edition, state.period)
        return next(
            layer for layer in self.layers if (layer.indicator, layer.edition, layer.period) == key
        )

    def default_indicator(self) -> str:
        """Return the indicator shown to who asks for none."""
        published = self.indicators()
        return next((name for name in _FIRST_CHOICES if name in published), next(iter(published)))

    def settle(self, state: MapState) -> MapState:
        """Return the state with an edition and a period that its indicator has.

        Without a known edition, the newest one that has the period, else the newest one.
        """
        editions = self.editions(state.indicator)
        having = [name for name in editions if state.period in self.periods(state.indicator, name)]
        edition = state.edition if state.edition in editions else [*having, *editions][0]
        available = self.periods(state.indicator, edition)
        period = state.period if state.period in available else available[0]
        return replace(state, edition=edition, period=period, classing=_allowed(state))


def read_state(
    params: Mapping[str, str], offer: Offer, sites: Sequence[str], qpvs: Mapping[str, Iterable[str]]
) -> tuple[MapState, tuple[str, ...]]:
    """Return the state an address asks for, and a sentence for each value that made no sense.

    Parameters
    ----------
    params
        Parameters of the address.
    offer
        What is published; at least one layer.
    sites
        Ids of the sites.
    qpvs
        Codes of the neighbourhoods shown, by edition.
    """
    words = read_words("carte")
    notices: list[str] = []

    def refuse(name: str, **fields: str) -> None:
        notices.append(words(f"address.{name}", given=_echo(params[name]), **fields))

    indicator = params.get("indicateur", "")
    if indicator not in offer.indicators():
        indicator = offer.default_indicator()
        if params.get("indicateur"):
            refuse("indicateur", shown=offer.indicators()[indicator].label)
    asked = MapState(indicator, params.get("edition", ""), params.get("periode", ""))
    state = offer.settle(asked)
    if asked.edition and asked.edition != state.edition:
        refuse("edition", shown=edition_words(state.edition))
    if asked.period and asked.period != state.period:
        refuse("periode", shown=in_period(state.period))
    view = params.get("vue") or ALL_SITES
    if view not in (ALL_SITES, *sites):
        refuse("vue")
        view = ALL_SITES
    qpv = params.get("qpv", "").upper()
    if qpv and qpv not in set(qpvs.get(state.edition, ())):
        refuse("qpv", shown=edition_words(state.edition))
        qpv = ""
    try:
        classing = read_classing(params)
    except BreaksError as error:
        classing = FROZEN
        notices.append(typeset(f"{error.user} {error.remedy} {words('address.classes')}"))
    hatched = params.get(HATCHED, "") == "oui"
    state = replace(state, view=view, qpv=qpv, classing=classing, hatched=hatched)
    return replace(state, classing=_allowed(state)), tuple(notices)


def _allowed(state: MapState) -> Classing:
    """Return the classes of a state: those of one site alone need that site to be alone."""
    return state.classing if state.site else replace(state.classing, own_scale=False)


def _coarseness(period: str) -> int:
    return periods.LEVELS.index(periods.level_of(period))


def _echo(given: str) -> str:
    """Return what was typed, cut short: an address may hold anything."""
    bare = " ".join(given.split())
    return bare if len(bare) <= _LONGEST_ECHO else bare[:_LONGEST_ECHO] + "…"
