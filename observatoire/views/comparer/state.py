"""What the page Comparer shows, as its address says it. Pure.

Like the map's, the state lives in the address alone: a link always reopens the same comparison, and
a value that makes no sense gives the default and a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from observatoire.labels import read_words
from observatoire.labels.numbers import edition_words, in_period
from observatoire.labels.typography import typeset
from observatoire.views.state import MapState, Offer

SITE, COMMUNE, FRANCE = "site", "commune", "france"
REFERENCES = (SITE, COMMUNE, FRANCE)
REFERENCE, OTHER = "reference", "avec"
# Shares with both parts published come first: everything on the page can be said of them.
_FIRST_CHOICES = ("cnaf.part_AM", "filosofi.TP60")
_LONGEST_ECHO = 40


@dataclass(frozen=True)
class CompareState:
    """One comparison: everything its address holds.

    Attributes
    ----------
    layer
        Indicator, edition and period compared, and the code of the neighbourhood (`layer.qpv`).
    reference
        What is drawn as the line to compare with: `site`, `commune`, `france`, or empty for the
        first that has a figure.
    other
        The second place of the question: a QPV code or a reference; empty for the first offered.
    """

    layer: MapState
    reference: str = ""
    other: str = ""

    @property
    def qpv(self) -> str:
        """Return the code of the neighbourhood compared."""
        return self.layer.qpv

    def as_params(self) -> dict[str, str]:
        """Return the state as the parameters of an address."""
        values = {
            "indicateur": self.layer.indicator,
            "edition": self.layer.edition,
            "periode": self.layer.period,
            "qpv": self.layer.qpv,
            REFERENCE: self.reference,
            OTHER: self.other,
        }
        return {name: value for name, value in values.items() if value}

    def changed(
        self, offer: Offer, qpvs: Mapping[str, Iterable[str]], **wanted: str
    ) -> CompareState:
        """Return the state after a choice, with a period and a place that its layer has.

        Parameters
        ----------
        wanted
            `indicator`, `edition`, `period`, `qpv`, `reference`, `other`.
        """
        now = self.layer
        layer = offer.settle(
            replace(
                now,
                indicator=wanted.get("indicator", now.indicator),
                edition=wanted.get("edition", now.edition),
                period=wanted.get("period", now.period),
                qpv=wanted.get("qpv", now.qpv),
            )
        )
        codes = tuple(qpvs.get(layer.edition, ()))
        if layer.qpv not in codes and codes:
            layer = replace(layer, qpv=codes[0])
        other = wanted.get("other", self.other)
        if other == layer.qpv or (other not in REFERENCES and other not in codes):
            other = ""
        return CompareState(layer, wanted.get(REFERENCE, self.reference), other)


def read_state(
    params: Mapping[str, str],
    offer: Offer,
    qpvs: Mapping[str, Iterable[str]],
    first: Mapping[str, str],
) -> tuple[CompareState, tuple[str, ...]]:
    """Return the comparison an address asks for, and a sentence for each value without meaning.

    Parameters
    ----------
    params
        Parameters of the address.
    offer
        What is published; at least one layer.
    qpvs
        Codes of the neighbourhoods, by edition.
    first
        By edition, the neighbourhood shown to who asks for none.
    """
    labels = read_words("comparer")
    notices: list[str] = []

    def refuse(name: str, **fields: str) -> None:
        notices.append(labels(f"address.{name}", given=_echo(params[name]), **fields))

    published = offer.indicators()
    indicator = params.get("indicateur", "")
    if indicator not in published:
        indicator = _first_indicator(offer)
        if params.get("indicateur"):
            refuse("indicateur", shown=typeset(published[indicator].label))
    asked = MapState(indicator, params.get("edition", ""), params.get("periode", ""))
    layer = offer.settle(asked)
    if asked.edition and asked.edition != layer.edition:
        refuse("edition", shown=edition_words(layer.edition))
    if asked.period and asked.period != layer.period:
        refuse("periode", shown=in_period(layer.period))
    codes = set(qpvs.get(layer.edition, ()))
    qpv = params.get("qpv", "").upper()
    if qpv not in codes:
        if qpv:
            refuse("qpv", shown=edition_words(layer.edition))
        qpv = first.get(layer.edition, "")
    reference, other = params.get(REFERENCE, ""), params.get(OTHER, "")
    if reference and reference not in REFERENCES:
        refuse(REFERENCE)
        reference = ""
    other = other if other in REFERENCES else other.upper()
    if other and (other == qpv or other not in {*REFERENCES, *codes}):
        refuse(OTHER)
        other = ""
    return CompareState(replace(layer, qpv=qpv), reference, other), tuple(notices)


def _first_indicator(offer: Offer) -> str:
    published = offer.indicators()
    return next((name for name in _FIRST_CHOICES if name in published), offer.default_indicator())


def _echo(given: str) -> str:
    bare = " ".join(given.split())
    return bare if len(bare) <= _LONGEST_ECHO else bare[:_LONGEST_ECHO] + "…"
