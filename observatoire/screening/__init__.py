"""Words that may point at a person, found in short French texts. Pure.

The rules are data (`rules.toml`, `words.toml`, `names.toml`): the Python of this package and the
browser, by `component/static/screening.js`, read them alike and find the same things.
"""

from observatoire.screening.finding import Finding, find
from observatoire.screening.tables import kinds, rules

__all__ = ["Finding", "find", "kinds", "rules"]
