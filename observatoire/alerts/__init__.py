"""Rules of vigilance and the alerts they give: written in plain French, replayed on the past. Pure.

`rules` are the forms that a site chooses from, `past` is what was seen and how often somebody went
out, `scanning` finds where a rule holds, `episodes` makes alerts of it, `announcing` says how many
false ones to expect.
"""

from observatoire.alerts.announcing import Announced, announce, budgeted_p
from observatoire.alerts.episodes import Alert, attach
from observatoire.alerts.past import Past, count_past, learn
from observatoire.alerts.rules import FORMS, Rule, faults, sentence
from observatoire.alerts.scanning import Signal, scan

__all__ = [
    "FORMS",
    "Alert",
    "Announced",
    "Past",
    "Rule",
    "Signal",
    "announce",
    "attach",
    "budgeted_p",
    "count_past",
    "faults",
    "learn",
    "scan",
    "sentence",
]
