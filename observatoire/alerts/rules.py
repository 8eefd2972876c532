"""A rule of vigilance: one of three forms, its numbers, and what it says in French. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from observatoire.labels import read_words

Form = Literal["repeat", "unusual", "silence"]
FORMS: tuple[Form, ...] = get_args(Form)
EVERY_ITEM = "*"
LEAST_REPORTS, MOST_REPORTS = 3, 40
LEAST_OUTINGS = 2
LEAST_DAYS, MOST_DAYS = 2, 92
LEAST_SILENCE, MOST_SILENCE = 14, 366


@dataclass(frozen=True)
class Rule:
    """A rule that both parties wrote.

    Attributes
    ----------
    form
        `repeat`: so many observations of one item in one QPV within so many days, from two outings
        at least; `unusual`: a week whose count its own past makes rare; `silence`: a QPV where
        nobody went for longer than so many days.
    items
        Codes of the grid, or `*`; of no meaning for `silence`.
    reports
        Observations, 3 at least (`repeat`).
    days
        Days, the first and the last counted (`repeat`), or without news (`silence`).
    confirmed
        Whether a single rare week is not enough (`unusual`).
    """

    form: Form
    items: tuple[str, ...] = (EVERY_ITEM,)
    reports: int = 3
    days: int = 10
    confirmed: bool = False

    def concerns(self, item: str) -> bool:
        """Tell whether an item of the grid is one of its own."""
        return EVERY_ITEM in self.items or item in self.items


def faults(rule: Rule) -> list[str]:
    """Return what is wrong with a rule, in French; never an alert on two reports or one outing."""
    words = read_words("vigilance")
    found = []
    if rule.form not in FORMS:
        return [words("rule_fault.form", form=str(rule.form))]
    if rule.form != "silence" and not rule.items:
        found.append(words("rule_fault.items"))
    if rule.form == "repeat" and not LEAST_REPORTS <= rule.reports <= MOST_REPORTS:
        found.append(words("rule_fault.reports", least=LEAST_REPORTS, most=MOST_REPORTS))
    if rule.form == "repeat" and not LEAST_DAYS <= rule.days <= MOST_DAYS:
        found.append(words("rule_fault.days", least=LEAST_DAYS, most=MOST_DAYS))
    if rule.form == "silence" and not LEAST_SILENCE <= rule.days <= MOST_SILENCE:
        found.append(words("rule_fault.silence", least=LEAST_SILENCE, most=MOST_SILENCE))
    return found


def sentence(rule: Rule, names: dict[str, str] | None = None) -> str:
    """Return the rule as people say it.

    Parameters
    ----------
    names
        Label of each item, by code; the code where there is none.
    """
    words = read_words("vigilance")
    if rule.form == "silence":
        return words("rule.silence", days=rule.days)
    held = [(names or {}).get(item, item) for item in rule.items if item != EVERY_ITEM]
    of = words("rule.of", names=", ".join(held)) if held and EVERY_ITEM not in rule.items else ""
    if rule.form == "repeat":
        return words("rule.repeat", reports=rule.reports, days=rule.days, of=of)
    return words("rule.confirmed" if rule.confirmed else "rule.unusual", of=of)
