"""The thresholds of the door, and which of them bind a layer.

Official figures keep the secrecy of their producer. Our own observations are shown from five
observations that two outings reported, over ten outings; a zero needs effort too, or it would
only say that nobody looked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from observatoire.errors import DisclosureError
from observatoire.periods import LEVELS, Level

PRODUCER = "producer"
FIELD = "field"
REGISTER = "register"
SETTLE_DAYS = 33
"""The model agreement lets write what was seen 31 days before, two days apart at most."""
RULES: frozenset[str] = frozenset({PRODUCER, FIELD, REGISTER})


@dataclass(frozen=True)
class Thresholds:
    """What one of our own layers must reach to be shown.

    Attributes
    ----------
    k
        Observations in a period.
    reports
        Distinct outings that report at least one of them; 0 where effort is not counted.
    base
        Outings in the period, whatever they saw.
    zero_outings
        Outings without which a zero is not shown.
    finest
        The finest level of period ever shown.
    """

    k: int
    reports: int
    base: int
    zero_outings: int
    finest: Level

    @property
    def divisible(self) -> int:
        """Return the smallest count that may be looked at part by part.

        Hiding the parts of a total tells that one of them at least does not pass. Of a total of
        k + 2 or more, a part is then anything from 1 to the total less 1: k apart or more.
        """
        return self.k + 2

    def levels(self) -> tuple[Level, ...]:
        """Return the levels that may be shown, coarsest first."""
        return tuple(reversed(LEVELS[LEVELS.index(self.finest) :]))


@dataclass(frozen=True)
class Agreed:
    """What the agreement of a site asks of its own observations before a figure is shown.

    Attributes
    ----------
    k, outings, base
        Observations in a period; distinct outings that report one; outings in the period.
    """

    k: int = 5
    outings: int = 2
    base: int = 10

    @property
    def is_tenable(self) -> bool:
        """Tell whether an agreement may ask so little, with an article that says why."""
        return self.k >= 3 and self.outings >= 1 and self.base >= 2


@dataclass(frozen=True)
class Rules:
    """The rules of a release.

    Attributes
    ----------
    k, reports, base, zero_outings
        Thresholds of field observations, see `Thresholds`.
    sensitive_k, sensitive_finest
        For the themes that the catalogue flags as sensitive.
    as_of
        Day of the release: a year that is not over that day is not shown, since the next release
        would add to its totals and the difference would show single observations. None: all are
        over.
    agreed
        By site, what its agreement asks of real field observations; the house's where none does.
    former
        By site, what earlier versions of its agreement asked, each with the day until which it
        ruled what was seen: see `agreed_for`.
    settled
        By site, how many days after its end entries may still come to a period (days); what is
        released of it is released after them.
    kept_since
        By site, the day before which its observations may be gone.
    begun_on
        By site, the day of its first agreement: nothing that was seen before it is released alone.

    Notes
    -----
    Proposed thresholds of the observatory (k = 5, two outings, base of ten outings, zero from
    four outings; k = 10 by quarter for sensitive themes), after the thresholds that INSEE, the
    CNAF and France Travail apply to their QPV files. Methods: docs/methods.md.
    """

    k: int = 5
    reports: int = 2
    base: int = 10
    zero_outings: int = 4
    sensitive_k: int = 10
    sensitive_finest: Level = "quarter"
    as_of: date | None = None
    agreed: Mapping[str, Agreed] = field(default_factory=dict)
    former: Mapping[str, tuple[tuple[date, Agreed], ...]] = field(default_factory=dict)

    settled: Mapping[str, int] = field(default_factory=dict)
    kept_since: Mapping[str, date] = field(default_factory=dict)
    begun_on: Mapping[str, date] = field(default_factory=dict)

    def settle_days(self, site: str) -> int:
        """Return how many days after its end a period of a site may still change."""
        return self.settled.get(site, SETTLE_DAYS)

    def may_be_gone(self, site: str, day: date) -> bool:
        """Tell whether what was seen that day, under an agreement, may be gone by now."""
        since = self.kept_since.get(site)
        return since is not None and self.begun_on.get(site, date.min) <= day < since

    def agreed_for(self, site: str, year: str) -> Agreed | None:
        """Return what a site's figures of a year must reach; None: the house's thresholds.

        The most that the version in force and those that ruled a part of the year ask: a new
        version opens nothing that was seen before it.
        """
        first = date(int(year), 1, 1)
        before = [asked for until, asked in self.former.get(site, ()) if first < until]
        if not before:
            return self.agreed.get(site)
        every = [self.agreed.get(site, Agreed()), *before]
        most = Agreed(
            max(one.k for one in every),
            max(one.outings for one in every),
            max(one.base for one in every),
        )
        return None if most == Agreed() else most

    def thresholds(self, rule: str, *, sensitive: bool, agreed: Agreed | None = None) -> Thresholds:
        """Return what binds a layer of that rule, or its part of a site with an agreement.

        Raises
        ------
        DisclosureError
            For a rule that is not one of ours.
        """
        if rule not in (FIELD, REGISTER):
            raise DisclosureError(f"no thresholds for rule {rule!r}")
        effort = rule == FIELD
        own = agreed or Agreed(self.k, self.reports, self.base)
        return Thresholds(
            k=max(self.sensitive_k, own.k) if sensitive else own.k,
            reports=own.outings if effort else 0,
            base=own.base if effort else 0,
            zero_outings=self.zero_outings if effort else 0,
            finest=self.sensitive_finest if sensitive else "month",
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the thresholds as they are written in the ledger; the day is not one."""
        values = asdict(self)
        for moment in ("as_of", "settled", "kept_since", "begun_on"):
            values.pop(moment)
        if not self.agreed:
            values.pop("agreed")
        if not self.former:
            values.pop("former")
        return values | {
            name: {
                site: [[until.isoformat(), asked] for until, asked in versions]
                for site, versions in values[name].items()
            }
            for name in ("former",)
            if name in values
        }

    def least(self) -> Agreed | None:
        """Return the least that any site's observations must reach, None without agreement."""
        if not self.agreed:
            return None
        every = [Agreed(self.k, self.reports, self.base), *self.agreed.values()]
        return Agreed(
            min(one.k for one in every),
            min(one.outings for one in every),
            min(one.base for one in every),
        )
