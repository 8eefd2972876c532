"""The assessment says what the program does: the page is its own, the inventory the database's."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from observatoire.assessment import inventory, write_assessment
from observatoire.assessment.writing import JOURNAL_MONTHS, SESSION_HOURS
from observatoire.labels.typography import typeset

ROOT = Path(__file__).parents[1]
SQL = ROOT / "observatoire/store/migrations/sql"
# What holds nothing of a person, a team or a reader: the key of the seals, the sites and their QPV.
PLAIN = {"people.sealing", "people.site", "people.site_qpv"}
SCHEMAS = ("capture", "people", "audit", "agreements", "exchanges", "grids", "disclosure")
IMPORTED = ("raw.observation", "raw.outing")


def test_the_page_of_the_documentation_is_the_one_the_rules_write():
    assert (ROOT / "docs/aipd.md").read_text("utf-8") == write_assessment()
    assert typeset(write_assessment()) == write_assessment()


def test_every_column_about_people_is_in_the_inventory(store):
    with store.owner() as owner:
        found = owner.execute(
            text(
                "SELECT table_schema || '.' || table_name, column_name"
                " FROM information_schema.columns JOIN information_schema.tables"
                " USING (table_schema, table_name)"
                " WHERE table_type = 'BASE TABLE' AND (table_schema = ANY (:schemas)"
                " OR table_schema || '.' || table_name = ANY (:imported))"
            ),
            {"schemas": list(SCHEMAS), "imported": list(IMPORTED)},
        ).all()
    held: dict[str, set[str]] = {}
    for table, column in found:
        held.setdefault(table, set()).add(column)
    said = {table: set(one["columns"]) for table, one in inventory().items()}
    assert said == {table: columns for table, columns in held.items() if table not in PLAIN}


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("0005_sharing.sql", f"interval '{JOURNAL_MONTHS} months'"),
        ("0004_people.sql", f"interval '{SESSION_HOURS} hours'"),
    ],
)
def test_lengths_that_the_database_knows_are_the_ones_it_is_given(file, words):
    assert words in (SQL / file).read_text("utf-8")


def test_what_the_organisations_must_write_is_marked():
    page = write_assessment()
    assert page.count("**[à compléter]**") >= 10
    assert "$" not in page
