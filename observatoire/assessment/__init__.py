"""The draft impact assessment (AIPD, GDPR article 35), filled from the rules that the code applies.

Prose is in `aipd.md`, the inventory of the tables in `donnees.toml`; every number, list and table
comes from the constants that the program obeys. A test compares the page with the inventory of the
database itself. `python -m observatoire.assessment > docs/aipd.md` renews it.
"""

from observatoire.assessment.writing import inventory, write_assessment

__all__ = ["inventory", "write_assessment"]
