"""A rule of vigilance replayed on what a site's teams saw: which alerts, how often, how many false.

For the owner's command line: it reads entries. Invented rows are replayed where there is no other,
and said to be so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pandas as pd

from observatoire.alerts import (
    Alert,
    Announced,
    Past,
    Rule,
    announce,
    attach,
    budgeted_p,
    count_past,
    faults,
    learn,
    scan,
    sentence,
)
from observatoire.codes import qpv_department
from observatoire.errors import NotFoundError, SchemaError
from observatoire.labels import read_words
from observatoire.settings import Site
from observatoire.store import Connection, captured
from observatoire.store import observations as imported
from observatoire.store import outings as efforts

Basis = Literal["entries", "invented"]


@dataclass(frozen=True)
class RuleReplay:
    """What a rule would have given.

    Attributes
    ----------
    basis
        What teams wrote down, or invented rows.
    first, last
        The first day and the last of the weeks it was replayed on.
    alerts
        By first day.
    months
        How many alerts began in each month (`2026-05`), none left out.
    announced
        How many to expect in a week where nothing changes.
    """

    site: str
    rule: Rule
    basis: Basis
    first: date
    last: date
    alerts: tuple[Alert, ...]
    months: dict[str, int]
    announced: Announced

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "site": self.site,
            "rule": sentence(self.rule),
            "basis": self.basis,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "months": self.months,
            "announced_per_week": self.announced.per_week,
            "announced_low": self.announced.low,
            "announced_high": self.announced.high,
            "alerts": [
                {
                    "first": one.first.isoformat(),
                    "last": one.last.isoformat(),
                    "qpv": one.qpv,
                    "item": one.item,
                    "level": one.level or None,
                    "signals": one.signals,
                    "observed": one.told.observed,
                    "outings": one.told.outings,
                }
                for one in self.alerts
            ],
        }


def replay_rule(
    connection: Connection, site: Site, rule: Rule, *, today: date, delegates: int = 1
) -> RuleReplay:
    """Replay a rule on the weeks of a site that are over, as the owner.

    Parameters
    ----------
    delegates
        Who read the alerts of the site: the fewer, the rarer an unusual week must be.

    Raises
    ------
    SchemaError
        For a rule that nobody may write.
    NotFoundError
        When nothing was seen of the site in a week that is over.
    """
    wrong = faults(rule)
    if wrong:
        raise SchemaError(f"a rule with faults: {len(wrong)}", user=wrong[0], remedy=wrong[1:][:1])
    basis, past = _past(connection, site, today)
    law, alert_p = learn(past), budgeted_p(past.width, delegates=delegates)
    alerts = attach(scan(past, rule, law=law, alert_p=alert_p))
    return RuleReplay(
        site=site.id,
        rule=rule,
        basis=basis,
        first=past.first,
        last=past.date(past.weeks * 7 - 1),
        alerts=tuple(alerts),
        months=_months(alerts, past),
        announced=announce(past, rule, alert_p=alert_p),
    )


def _past(connection: Connection, site: Site, today: date) -> tuple[Basis, Past]:
    """Return what teams wrote down of a site, or else what was invented of it."""
    own = captured.site_quarters(connection, site.id)
    rows = captured.read_observations(connection), captured.read_outings(connection)
    found = _counted(*rows, own, today)
    if found is not None:
        return "entries", found
    told, went = imported.read_observations(connection), efforts.read_outings(connection)
    told, went = (one[one["fictitious"].astype(bool)] for one in (told, went))
    codes = [str(code) for code in went["qpv"].dropna().unique()]
    own = sorted(code for code in codes if site.holds(code, qpv_department(code)))
    invented = _counted(told.drop_duplicates(["id", "qpv"]), went, own, today)
    if invented is None:
        words = read_words("vigilance")
        raise NotFoundError(
            f"nothing was seen of {site.id} in a week that is over",
            user=words("replay.nothing"),
            remedy=words("replay.nothing_remedy"),
        )
    return "invented", invented


def _counted(
    told: pd.DataFrame, went: pd.DataFrame, codes: Sequence[str], today: date
) -> Past | None:
    items = sorted(told.loc[told["collection"] == "field", "theme"].unique())
    if not codes or not items:
        return None
    return count_past(told, went, quarters=codes, items=items, last=today)


def _months(alerts: Sequence[Alert], past: Past) -> dict[str, int]:
    begun = Counter(one.first.strftime("%Y-%m") for one in alerts)
    months = pd.period_range(past.first, past.date(past.weeks * 7 - 1), freq="M")
    return {str(month): begun[str(month)] for month in months}
