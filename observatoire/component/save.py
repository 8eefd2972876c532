"""A button that saves a table as a file, made in the reader's own browser: nothing is kept here."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from functools import cache
from typing import Any

import streamlit as st

from observatoire.component.shelf import asset_url

_LOADER = """// the button's own module, cached by the browser
export default async (component) =>
  (await import(new URL(component.data.module, location.origin).href)).default(component);
"""


def save_button(name: str, label: str, lines: Sequence[Sequence[str]], *, key: str) -> None:
    """Show a button that saves lines as CSV (`;`, UTF-8 with its mark, as spreadsheets expect).

    Parameters
    ----------
    name
        Name of the file.
    lines
        The header first; texts as they are to be read.
    """
    data = {"module": asset_url("save.js"), "name": name, "label": label, "text": csv_text(lines)}
    _component()(key=key, data=data)


def csv_text(lines: Sequence[Sequence[str]]) -> str:
    """Return lines as CSV; a text that a spreadsheet would run as a formula is made harmless."""
    made = io.StringIO()
    writer = csv.writer(made, delimiter=";", lineterminator="\r\n")
    writer.writerows([[_harmless(text) for text in line] for line in lines])
    return "\ufeff" + made.getvalue()


def _harmless(text: str) -> str:
    risky = text[:1] in ("=", "+", "@", "\t") or (text[:1] == "-" and not _is_number(text))
    return f"'{text}" if risky else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@cache
def _component() -> Any:
    return st.components.v2.component("observatoire_save", js=_LOADER, isolate_styles=False)
